"""Read-only access to an Optuna study: snapshots, COMPLETE trials, silenced warnings."""

from __future__ import annotations

import copy
import importlib
import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast

import optuna
from optuna._imports import _LazyImport
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


def forget_attributes(study: optuna.Study) -> None:
    """Free the user attributes of all trials, for a caller that has read them and writes nothing.

    An outcome has 20 kB, and Optuna's storage keeps the trials: this changes those in memory.
    """
    for trial in study.get_trials(deepcopy=False):
        trial.user_attrs = {}


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


def optuna_plots() -> ModuleType:
    """Return ``optuna.visualization``, loaded without matplotlib, which nobody here draws with.

    Optuna imports it where it is installed, which takes most of a second and writes a list of fonts
    to the user's folders. ``optuna.visualization.matplotlib`` is loaded on its first use instead,
    as Optuna loads its other modules.
    """
    name, modules = "optuna.visualization", cast(dict[str, Any], sys.modules)
    if name not in modules and "matplotlib" not in modules:
        modules["matplotlib"] = None  # an import of it fails as if it were not installed
        try:
            plots = importlib.import_module(name)
        finally:
            del modules["matplotlib"]
        for loaded in [key for key in modules if key.startswith(f"{name}.matplotlib")]:
            del modules[loaded]
        plots.matplotlib = _LazyImport(f"{name}.matplotlib")  # type: ignore[attr-defined]  # any name
    return importlib.import_module(name)
