"""Read-only access to an Optuna study: snapshots, COMPLETE trials, silenced warnings."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.trial import FrozenTrial, TrialState


class Snapshot(optuna.Study):
    """A study with a fixed list of trials, which are never read again or copied.

    Args:
        study: The study.
        trials: Its trials, or some of them; they keep their numbers.
    """

    def __init__(self, study: optuna.Study, trials: Sequence[FrozenTrial]) -> None:
        self.__dict__.update(study.__dict__)
        self._fixed = list(trials)

    def get_trials(self, deepcopy: bool = True, states: Any = None) -> list[FrozenTrial]:
        """Return the fixed trials in the given states, never copies."""
        return [trial for trial in self._fixed if states is None or trial.state in states]


def complete_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Return the COMPLETE trials whose values are all finite."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return [trial for trial in complete if all(map(math.isfinite, trial.values))]


def bare_trial(trial: FrozenTrial) -> FrozenTrial:
    """Return a copy of a trial without user attributes, which Optuna puts into hover texts.

    An outcome has 20 kB, so a plot of a thousand trials would have 40 MB.
    """
    bare = copy.copy(trial)
    bare.user_attrs = {}
    return bare


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Silence Optuna's warnings of experimental features, and its log below ERROR."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            # PED-ANOVA warns that it minimises a given target, which is taken care of.
            warnings.filterwarnings("ignore", "PedAnovaImportanceEvaluator computes", UserWarning)
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)


def hide_optuna_info() -> None:
    """Silence Optuna's log line per trial, for programs that show the trials themselves."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
