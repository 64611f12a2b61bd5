"""A study that stands still while it is looked at, and looked at quietly."""

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
    """A study with fixed trials: read once, their numbers kept, and not copied on every look."""

    def __init__(self, study: optuna.Study, trials: Sequence[FrozenTrial]) -> None:
        self.__dict__.update(study.__dict__)
        self._fixed = list(trials)

    def get_trials(self, deepcopy: bool = True, states: Any = None) -> list[FrozenTrial]:
        """Return the fixed trials, never copies."""
        return [trial for trial in self._fixed if states is None or trial.state in states]


def complete_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Return the COMPLETE trials with finite values."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return [trial for trial in complete if all(map(math.isfinite, trial.values))]


def bare_trial(trial: FrozenTrial) -> FrozenTrial:
    """Return the trial without its user attributes, which Optuna writes into a plot's hover texts.

    An outcome has 20 kB, so a thousand of them would make a page of 40 MB.
    """
    bare = copy.copy(trial)
    bare.user_attrs = {}
    return bare


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Keep back that a part of Optuna's is experimental, and its log lines about thin data."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            # It wants a target of which less is better, and gets one.
            warnings.filterwarnings("ignore", "PedAnovaImportanceEvaluator computes", UserWarning)
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)
