"""A coarse sample of closes, by which the instrument of some candles is recognised."""

from __future__ import annotations

import numpy as np

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.look import MOST_CLOSES, PriceRange, SampledCloses

_HOUR_S = 3600
_DIGITS = 4
# Of the 5,000 letters of a tag; the rest is for names and digests.
_LETTERS = 3_330


def price_range(candles: Candles, symbol: str = "") -> PriceRange:
    """Return the range of time of the candles, with the sample of their closes."""
    first, last = int(candles.ts[0]), int(candles.ts[-1])
    return PriceRange(first, last, symbol, sample_closes(candles), candles.digest)


def sample_closes(candles: Candles) -> SampledCloses:
    """Return the closes at every full hour, rounded to 4 significant digits.

    A candle counts for the time at which it closes, so that candles of other lengths of the same
    market have the same sample. Where that would be more than 400 closes, or more than a tag holds,
    only every second hour is taken, every fourth and so on: the times of two samples with different
    steps are those of the longer step, as all are multiples of it. Candles shorter in all than an
    hour may have none.
    """
    closed = candles.ts + candles.interval_s
    step, most = _HOUR_S, min(MOST_CLOSES, _LETTERS // (_letters(candles.close) + 1))
    while int(closed[-1]) // step - int(closed[0] - 1) // step > most:
        step *= 2
    full = closed % step == 0
    if not full.any():
        return SampledCloses(0, step, ())
    start = int(closed[full][0])
    places = (closed[full] - start) // step
    closes: list[float | None] = [None] * (int(places[-1]) + 1)
    for place, close in zip(places.tolist(), candles.close[full].tolist(), strict=True):
        closes[place] = _rounded(close)
    return SampledCloses(start, step, tuple(closes))


def _rounded(close: float) -> float:
    return float(np.format_float_positional(close, _DIGITS, fractional=False))


def _letters(closes: np.ndarray) -> int:
    """Return how many letters the longest of the rounded closes takes at most."""
    below_one = len("1.234e-05") if closes.min() < 1 else len("1.234")
    return max(below_one, len(repr(_rounded(float(closes.max())))))
