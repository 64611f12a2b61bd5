"""The numbers that a parameter may have, and the quantiles from which they are sampled."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from titan_mlopt.core.space.details import LOGNORMAL, Prior

Holds = Callable[[float], bool]
# Digits of a value on a grid, so that .1 + 2 · .1 is .3.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers from ``low`` to ``high``, both included.

    Attributes:
        low: The lowest.
        high: The highest, >= low.
        kind: "int", "float" or "log".
        step: Distance of neighbours, which are counted from ``origin``; None without a grid.
        origin: A number of the grid.
    """

    low: float
    high: float
    kind: str
    step: float | None = None
    origin: float = 0.0

    def _on_grid(self, index: int) -> float:
        """Return a number of the grid by its index, counted from ``low``."""
        step = self.step or 1
        if self.kind == "int":
            return int(self.low) + index * int(step)
        first = round((self.low - self.origin) / step)
        return round(self.origin + (first + index) * step, _DIGITS)

    def _count(self) -> int:
        """Return how many numbers there are on the grid."""
        return round((self.high - self.low) / (self.step or 1)) + 1

    def lowest(self, holds: Holds) -> float | None:
        """Return the lowest number at which a condition holds, None where it never does.

        Args:
            holds: The condition; where it holds, it holds at every higher number.
        """
        if holds(self.low) or not holds(self.high):
            return self.low if holds(self.low) else None
        return self._border(holds)[1]

    def highest(self, holds: Holds) -> float | None:
        """Return the highest number at which a condition holds, None where it never does.

        Args:
            holds: The condition; where it holds, it holds at every lower number.
        """
        if holds(self.high) or not holds(self.low):
            return self.high if holds(self.high) else None
        return self._border(lambda value: not holds(value))[0]

    def _border(self, holds: Holds) -> tuple[float, float]:
        """Return two neighbours: the condition holds from the second one on."""
        if self.step is None:
            below, above = self.low, self.high
            while below < (middle := below + (above - below) / 2) < above:
                below, above = (below, middle) if holds(middle) else (middle, above)
            return below, above
        first, last = 0, self._count() - 1
        while last - first > 1:
            half = (first + last) // 2
            first, last = (first, half) if holds(self._on_grid(half)) else (half, last)
        return self._on_grid(first), self._on_grid(last)

    def nearest(self, value: float) -> float:
        """Return the nearest number to a value."""
        value = min(max(value, self.low), self.high)
        return value if self.step is None else self._on_grid(round((value - self.low) / self.step))

    def at(self, quantile: float, prior: Prior | None = None) -> float:
        """Return the number at a quantile of the prior, by its inverse distribution function.

        Args:
            quantile: In [0, 1].
            prior: Density, cut off at both ends. None for an even one, of a log parameter in its
                logarithm.
        """
        if self.low >= self.high:
            return self.low
        if self.step is None:
            value = _inverse(self.low, self.high, self.kind, prior, quantile)
            return min(max(value, self.low), self.high)
        count = self._count()
        if prior is None:
            return self._on_grid(min(int(quantile * count), count - 1))
        value = _inverse(*self._cells(), self.kind, prior, quantile)
        return self._on_grid(min(max(round((value - self.low) / self.step), 0), count - 1))

    def quantile(self, value: float, prior: Prior | None = None) -> float:
        """Return the quantile of a number, on a grid the middle of those at which it is sampled."""
        value = min(max(value, self.low), self.high)
        if self.low >= self.high:
            return 0.5
        if self.step is None:
            return _share(self.low, self.high, self.kind, prior, value)
        index = round((value - self.low) / self.step)
        if prior is None:
            return (index + 0.5) / self._count()
        cells = self._cells()
        ends = (self.low + (index + side) * self.step for side in (-0.5, 0.5))
        return sum(_share(*cells, self.kind, prior, end) for end in ends) / 2

    def _cells(self) -> tuple[float, float]:
        """Return the ends of the grid, half a step further out."""
        half = (self.step or 0) / 2
        return self.low - half, self.high + half


def _score(prior: Prior, value: float) -> float:
    """Return how many standard deviations a value lies above the centre of the prior."""
    if prior.kind == LOGNORMAL:
        return math.log(value / prior.centre) / prior.spread if value > 0 else -math.inf
    return (value - prior.centre) / prior.spread


def _below(score: float) -> float:
    """Return the normal distribution function; by erfc, which is exact in the left tail."""
    return 0.5 * math.erfc(-score / math.sqrt(2))


def _inverse(low: float, high: float, kind: str, prior: Prior | None, quantile: float) -> float:
    """Return the value at a quantile of the density between two ends."""
    if prior is None:
        if kind == "log":
            return math.exp(math.log(low) + quantile * (math.log(high) - math.log(low)))
        return low + quantile * (high - low)
    first, last = _score(prior, low), _score(prior, high)
    # The right tail is mirrored: there 1 - p would lose its digits.
    mirrored = first > 0
    if mirrored:
        first, last, quantile = -last, -first, 1 - quantile
    share = _below(first) + quantile * (_below(last) - _below(first))
    # Beyond 38 standard deviations all mass is at the nearer end.
    score = NormalDist().inv_cdf(share) if 0 < share < 1 else last
    score = -score if mirrored else score
    if prior.kind == LOGNORMAL:
        return prior.centre * math.exp(score * prior.spread)
    return prior.centre + score * prior.spread


def _share(low: float, high: float, kind: str, prior: Prior | None, value: float) -> float:
    """Return the quantile of a value: the inverse of ``_inverse``, in [0, 1]."""
    if prior is None:
        scale = math.log if kind == "log" else float
        length = scale(high) - scale(low)
        return (scale(value) - scale(low)) / length if length else 0.5  # neighbours may be one
    first, last, score = (_score(prior, number) for number in (low, high, value))
    mirrored = first > 0
    if mirrored:
        first, last, score = -last, -first, -score
    mass = _below(last) - _below(first)
    share = min(max((_below(score) - _below(first)) / mass, 0.0), 1.0) if mass > 0 else 0.5
    return 1 - share if mirrored else share
