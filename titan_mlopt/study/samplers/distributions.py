"""The search space as Optuna's distributions."""

from __future__ import annotations

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from titan_mlopt.core.parameters import Params, Range


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
