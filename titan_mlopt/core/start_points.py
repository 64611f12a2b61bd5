"""Configs from elsewhere that a study tries first, fitted into its search space."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from titan_mlopt.core.parameters import Params, ParamValue, is_number, same_value
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.space.sampled import SampledSpace

# Relative difference of a value and of what its quantile gives back.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class StartPoint:
    """Params that a study tries before it searches.

    Attributes:
        source: Where they come from: "defaults", "study NAME trial 12", several joined by "; ".
        params: Values of sampled parameters of the study's space; one that is missing is sampled.
    """

    source: str
    params: Params


def fit_params(space: Space, config: Mapping[str, ParamValue]) -> tuple[Params, list[str]]:
    """Return the part of a config that a space samples, and what had to be changed for it.

    Args:
        space: The space of the study that tries the config.
        config: Any config; names that the space does not have are ignored.

    Returns:
        The values that a trial gets, for each sampled parameter that the config has a number for,
        moved to one that the space has, and for each choice that it has; {} where it has none. And
        one text for each value that differs from the config's by more than rounding, such as
        ``feature.fast_window 12 to 10``, or that is left out.
    """
    fitted: Params = {}
    changes: list[str] = []
    for name in space.names:
        if (value := config.get(name)) is None:
            continue
        nearest = _nearest(space, name, value)
        if nearest is None:
            changes.append(f"{name} {_text(value)} left out, as the space has no such value")
        else:
            fitted[name] = nearest
    sampled = SampledSpace(space)
    params = sampled.decode(sampled.encode(fitted))  # what a trial gets; quantiles may be rounded
    pairs = [*params.items(), *space.fixed.items()]
    changes += [
        f"{name} {_text(config[name])} to {_text(value)}"
        for name, value in pairs
        if name in config and not _is_close(config[name], value)
    ]
    return params, changes


def _nearest(space: Space, name: str, value: ParamValue) -> ParamValue | None:
    """Return the value of a sampled parameter that is nearest to one, None where there is none."""
    if name not in space.ranges:
        return next((c for c in space.details[name].choices if same_value(value, c)), None)
    if not is_number(value):
        return None
    nearest = space.numbers[name].nearest(value)
    return nearest if space.ranges[name][2] == "int" else float(nearest)


def _is_close(first: ParamValue, second: ParamValue) -> bool:
    """Return whether two values are the same but for the rounding of a quantile."""
    if is_number(first) and is_number(second):
        return math.isclose(first, second, rel_tol=_ROUNDING, abs_tol=_ROUNDING**2)
    return same_value(first, second)


def _text(value: ParamValue) -> str:
    return f"{value:.9g}" if isinstance(value, float) else f"{value}"


def merge_points(points: Iterable[StartPoint]) -> tuple[StartPoint, ...]:
    """Return each params once, where they come first, with all of their sources."""
    merged: list[StartPoint] = []
    for point in points:
        same = (i for i, before in enumerate(merged) if before.params == point.params)
        index = next(same, None)
        if index is None:
            merged.append(point)
        else:
            sources = f"{merged[index].source}; {point.source}"
            merged[index] = StartPoint(sources, point.params)
    return tuple(merged)
