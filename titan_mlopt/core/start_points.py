"""Configs from elsewhere that a study tries first, fitted into its search space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from titan_mlopt.core.parameters import Params, ParamValue, Range
from titan_mlopt.core.search_space import Space, is_number


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
        one of the range; {} where it has none. And one text for each value that differs from the
        config's, such as ``feature.fast_window 12 to 10``.
    """
    params: Params = {}
    changes: list[str] = []
    for name, bounds in space.ranges.items():
        value = config.get(name)
        if is_number(value):
            params[name] = _nearest(value, bounds)  # type: ignore[arg-type]  # a number by now
            if params[name] != value:
                changes.append(f"{name} {value:g} to {params[name]:g}")
    held = {name: value for name, value in space.fixed.items() if config.get(name, value) != value}
    return params, changes + [f"{name} {config[name]} to {held[name]}" for name in held]


def _nearest(value: float, bounds: Range) -> ParamValue:
    low, high, kind = bounds
    inside = min(max(value, low), high)
    return round(inside) if kind == "int" else float(inside)


def merge_points(points: Iterable[StartPoint]) -> tuple[StartPoint, ...]:
    """Return each params once, where they come first, with all of their sources."""
    merged: list[StartPoint] = []
    for point in points:
        index = next((i for i, other in enumerate(merged) if other.params == point.params), None)
        if index is None:
            merged.append(point)
        else:
            sources = f"{merged[index].source}; {point.source}"
            merged[index] = StartPoint(sources, point.params)
    return tuple(merged)
