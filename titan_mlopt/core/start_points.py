"""Configs from elsewhere that a study tries first, fitted into its search space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from titan_mlopt.core.parameters import Params, ParamValue, is_number, same_value
from titan_mlopt.core.search_space import Space


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
        A value for each sampled parameter that the config has a number for, moved to the nearest
        one that the space has, and each choice that it has; {} where it has none. And one text for
        each value that differs from the config's, such as ``feature.fast_window 12 to 10``.
    """
    params: Params = {}
    changes: list[str] = []
    for name, bounds in space.ranges.items():
        value = config.get(name)
        if is_number(value):
            nearest = space.numbers[name].nearest(value)
            params[name] = nearest if bounds[2] == "int" else float(nearest)
            if nearest != value:
                changes.append(f"{name} {value:g} to {nearest:g}")
    for name, detail in space.details.items():
        if equal := [c for c in detail.choices if same_value(config.get(name), c)]:
            params[name] = equal[0]
    fixed = {name: value for name, value in space.fixed.items() if config.get(name, value) != value}
    return params, changes + [f"{name} {config[name]} to {fixed[name]}" for name in fixed]


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
