"""Optuna's distributions as the axes of a unit cube."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)


class UnitCube:
    """The points of ``[0, 1]^d`` that a search space has.

    A whole number, a step and a choice have cells of one width, and stand at the centres of their
    cells; with ``log`` it is one width of the logarithm, except that a whole number's cell reaches
    half a unit to either side, as in Optuna. A parameter with a single value has no axis.

    Args:
        space: Optuna's distributions by name; the axes have their order.
        one_hot: Whether a categorical parameter has an axis for each choice, of which the largest
            coordinate chooses, instead of a single axis.

    Attributes:
        n_axes: Number of axes, d.
        names: Name of each axis's parameter.
    """

    def __init__(self, space: Mapping[str, BaseDistribution], *, one_hot: bool = False) -> None:
        self._fixed = {n: _only_value(d) for n, d in space.items() if d.single()}
        self._axes: dict[str, _Axis] = {}
        self.names: tuple[str, ...] = ()
        for name, distribution in space.items():
            if name not in self._fixed:
                self._axes[name] = axis = _axis_of(distribution, one_hot=one_hot)
                self.names += (name,) * axis.width
        self.n_axes = len(self.names)

    def to_unit(self, params: Mapping[str, Any]) -> np.ndarray:
        """Return the point of params, shape (d,).

        Args:
            params: A value within its distribution for each parameter that has an axis; others
                are ignored.
        """
        return np.concatenate(
            [np.empty(0), *(axis.to_unit(params[name]) for name, axis in self._axes.items())]
        )

    def from_unit(self, x: np.ndarray) -> dict[str, Any]:
        """Return the params of a point, shape (d,); coordinates beyond [0, 1] count as its ends."""
        params, first = dict(self._fixed), 0
        for name, axis in self._axes.items():
            params[name] = axis.from_unit(np.clip(x[first : first + axis.width], 0.0, 1.0))
            first += axis.width
        return params

    def snap(self, points: np.ndarray) -> np.ndarray:
        """Return for each point, shape (n, d), the point of the params that it stands for."""
        snapped: np.ndarray = np.clip(points, 0.0, 1.0)
        first = 0
        for axis in self._axes.values():
            block = slice(first, first + axis.width)
            snapped[:, block] = axis.snap(snapped[:, block])
            first += axis.width
        return snapped


@dataclass(frozen=True)
class _Axis:
    """A continuous parameter; ``log`` for one whose logarithm is uniform."""

    low: float
    high: float
    log: bool
    width: int = 1

    def to_unit(self, value: Any) -> np.ndarray:
        low, high, at = self.low, self.high, float(value)
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return np.array([(at - low) / (high - low)])

    def from_unit(self, x: np.ndarray) -> Any:
        if self.log:
            value = math.exp(_between(math.log(self.low), math.log(self.high), float(x[0])))
        else:
            value = _between(self.low, self.high, float(x[0]))
        return min(max(value, self.low), self.high)  # rounding may leave the range

    def snap(self, block: np.ndarray) -> np.ndarray:
        return block


@dataclass(frozen=True)
class _LogInt(_Axis):
    """A whole number on a logarithmic axis, which reaches half a unit beyond both ends."""

    def from_unit(self, x: np.ndarray) -> int:
        value = round(super().from_unit(x))
        return int(min(max(value, math.ceil(self.low)), math.floor(self.high)))

    def snap(self, block: np.ndarray) -> np.ndarray:
        low, high = math.log(self.low), math.log(self.high)
        values = np.rint(np.exp(low + (high - low) * block))
        values = np.clip(values, math.ceil(self.low), math.floor(self.high))
        snapped: np.ndarray = (np.log(values) - low) / (high - low)
        return snapped


@dataclass(frozen=True)
class _Cells(_Axis):
    """Evenly spaced values, or choices by their index."""

    step: float = 1
    n_cells: int = 1
    choices: tuple[Any, ...] = ()

    def to_unit(self, value: Any) -> np.ndarray:
        at = _index(self.choices, value) if self.choices else round((value - self.low) / self.step)
        return np.array([(at + 0.5) / self.n_cells])

    def from_unit(self, x: np.ndarray) -> Any:
        at = min(int(x[0] * self.n_cells), self.n_cells - 1)
        if self.choices:
            return self.choices[at]
        # Optuna refuses what rounding puts beyond the end: 3 * .1 is more than .3.
        exact = Decimal(str(self.low)) + at * Decimal(str(self.step))
        return min(type(self.low)(exact), self.high)

    def snap(self, block: np.ndarray) -> np.ndarray:
        cells = np.minimum(np.floor(block * self.n_cells), self.n_cells - 1)
        centres: np.ndarray = (cells + 0.5) / self.n_cells
        return centres


@dataclass(frozen=True)
class _OneHot(_Cells):
    """Choices with an axis each."""

    def to_unit(self, value: Any) -> np.ndarray:
        return _one_hot(np.array([_index(self.choices, value)]), self.width).ravel()

    def from_unit(self, x: np.ndarray) -> Any:
        return self.choices[int(np.argmax(x))]

    def snap(self, block: np.ndarray) -> np.ndarray:
        return _one_hot(np.argmax(block, axis=1), self.width)


def _axis_of(distribution: BaseDistribution, *, one_hot: bool) -> _Axis:
    if isinstance(distribution, CategoricalDistribution):
        choices, n = tuple(distribution.choices), len(distribution.choices)
        if one_hot:
            return _OneHot(0, n - 1, False, width=n, n_cells=n, choices=choices)
        return _Cells(0, n - 1, False, n_cells=n, choices=choices)
    assert isinstance(distribution, IntDistribution | FloatDistribution)  # Optuna has no other
    low, high, step = distribution.low, distribution.high, distribution.step
    if isinstance(distribution, IntDistribution) and distribution.log:
        return _LogInt(low - 0.5, high + 0.5, log=True)
    if step is None:
        return _Axis(low, high, log=distribution.log)
    return _Cells(low, high, False, step=step, n_cells=round((high - low) / step) + 1)


def _only_value(distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    assert isinstance(distribution, IntDistribution | FloatDistribution)  # Optuna has no other
    return distribution.low


def _one_hot(chosen: np.ndarray, width: int) -> np.ndarray:
    rows: np.ndarray = np.eye(width)[chosen]
    return rows


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share


def _index(choices: tuple[Any, ...], value: Any) -> int:
    """Return where a value stands among choices, of which True is not 1."""
    return next(k for k, c in enumerate(choices) if c == value and type(c) is type(value))
