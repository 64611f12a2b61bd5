"""The TPE sampler, seeded separately for each trial, and the space as Optuna's distributions."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.trial import FrozenTrial

from titan_mlopt.core.parameters import Params, Range

N_STARTUP_TRIALS = 10


def distributions_of(space: Mapping[str, Range]) -> dict[str, BaseDistribution]:
    """Return Optuna's distribution of each parameter.

    Args:
        space: ``{name: (low, high, "int" | "float" | "log")}``.
    """
    return {name: _distribution(*bounds) for name, bounds in space.items()}


def _distribution(low: float, high: float, kind: str) -> BaseDistribution:
    if kind == "int":
        return IntDistribution(int(low), int(high))
    return FloatDistribution(low, high, log=kind == "log")


class _Sampler(optuna.samplers.TPESampler):
    """TPE with a known search space, which Optuna would infer from all trials at each ask."""

    def __init__(self, space: Mapping[str, BaseDistribution], **settings: Any) -> None:
        super().__init__(**settings)
        names = sorted(name for name, values in space.items() if not values.single())
        self._space = {name: space[name] for name in names}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the space that Optuna would infer from ended trials."""
        return self._space


def build_sampler(
    space: Mapping[str, BaseDistribution], seed: int, number: int, *, parallel: bool
) -> optuna.samplers.TPESampler:
    """Return the TPE sampler of one point.

    It is seeded by (seed, number), so a resumed study samples the points that it would have sampled
    without the interruption.

    Args:
        space: Optuna's distributions by name.
        seed: Seed of the study.
        number: Number of the point.
        parallel: Whether trials run at the same time. Running ones then count as bad
            (``constant_liar``), so that the next point differs from theirs.
    """
    state = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    with warnings.catch_warnings():
        # Optuna warns at each use that multivariate TPE is experimental.
        warnings.simplefilter("ignore", ExperimentalWarning)
        return _Sampler(
            space,
            seed=state,
            multivariate=True,
            constant_liar=parallel,
            n_startup_trials=N_STARTUP_TRIALS,
        )


def suggest_params(trial: optuna.Trial, space: Mapping[str, Range]) -> Params:
    """Suggest a value for each parameter of a space.

    Args:
        trial: A trial that Optuna was asked for.
        space: ``{name: (low, high, "int" | "float" | "log")}``.
    """
    params: Params = {}
    for name, (low, high, kind) in space.items():
        if kind == "int":
            params[name] = trial.suggest_int(name, int(low), int(high))
        else:
            params[name] = trial.suggest_float(name, low, high, log=kind == "log")
    return params
