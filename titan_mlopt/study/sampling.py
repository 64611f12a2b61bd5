"""The sampler, seeded anew for each trial, and the space in Optuna's terms."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.trial import FrozenTrial

from titan_mlopt.params import Params, Range

N_STARTUP_TRIALS = 10


def distributions_of(space: Mapping[str, Range]) -> dict[str, BaseDistribution]:
    """Return Optuna's distribution for each parameter of a search space."""
    return {name: _distribution(*bounds) for name, bounds in space.items()}


def _distribution(low: float, high: float, kind: str) -> BaseDistribution:
    if kind == "int":
        return IntDistribution(int(low), int(high))
    return FloatDistribution(low, high, log=kind == "log")


class _Sampler(optuna.samplers.TPESampler):
    """TPE that is told its search space: it would look for it in every trial at each ask."""

    def __init__(self, space: Mapping[str, BaseDistribution], **settings: Any) -> None:
        super().__init__(**settings)
        drawn = sorted(name for name, among in space.items() if not among.single())
        self._space = {name: space[name] for name in drawn}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return what Optuna finds once a trial has ended; before, nothing is drawn from it."""
        return self._space


def build_sampler(
    space: Mapping[str, BaseDistribution], seed: int, number: int, *, parallel: bool
) -> optuna.samplers.TPESampler:
    """Return the TPE sampler that draws trial ``number`` of a study that draws from ``space``.

    Seeded from (seed, number): a study that was interrupted goes on with the points that it would
    have drawn anyway. ``parallel``: take running trials for bad ones, so that two differ.
    """
    state = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    with warnings.catch_warnings():
        # Multivariate TPE is what DESIGN measured; Optuna calls it experimental at each use.
        warnings.simplefilter("ignore", ExperimentalWarning)
        return _Sampler(
            space,
            seed=state,
            multivariate=True,
            constant_liar=parallel,
            n_startup_trials=N_STARTUP_TRIALS,
        )


def suggest_params(trial: optuna.Trial, space: Mapping[str, Range]) -> Params:
    """Return a value for each parameter of ``space`` from a trial that was asked for."""
    params: Params = {}
    for name, (low, high, kind) in space.items():
        if kind == "int":
            params[name] = trial.suggest_int(name, int(low), int(high))
        else:
            params[name] = trial.suggest_float(name, low, high, log=kind == "log")
    return params
