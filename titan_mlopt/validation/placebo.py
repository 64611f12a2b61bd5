"""Placebo candles: the same moves in random directions, and what a study finds on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from titan_mlopt.candles import Candles
from titan_mlopt.errors import CandleError

#: The fewest placebo studies with which p can be as low as .05.
FEWEST_FOR_5_PERCENT = 19


@dataclass(frozen=True, slots=True)
class PlaceboTest:
    """How often studies on placebo candles find as much as the real one did.

    p_value: (1 + reached) / (1 + studies), in (0, 1]. lowest: what p is when none reaches it,
    1 / (1 + studies): with 19 studies .05, with 9 .1; no result can be stronger than that.
    """

    observed: float
    reached: int
    studies: int
    p_value: float
    lowest: float


def placebo_candles(candles: Candles, rng: np.random.Generator) -> Candles:
    """Return candles in which the direction of each close-to-close return is a fair coin's.

    Where the coin says so, a whole candle is mirrored, in log prices, at the close before it: its
    open, high, low and close change sides, high and low swap. So the sizes of the log returns, the
    ranges log(high / low), gaps, unchanged closes, volumes, times, and all clustering of them stay;
    whatever told the direction of the next close is gone. The first candle stays as it is. Prices
    are on no tick grid any more. If nothing predicts directions, and up and down moves are alike,
    real and placebo candles have the same distribution (a sign-flip test: E. S. Edgington and
    P. Onghena, Randomization tests, 4th ed., 2007).

    Raises ``CandleError`` when a price gets beyond what a float holds.
    """
    close = np.log(candles.close)
    before = np.concatenate([close[:1], close[:-1]])
    signs = rng.choice(np.array([-1.0, 1.0]), len(candles))
    signs[0] = 1.0
    path = close[0] + np.cumsum(signs * (close - before))
    start = np.concatenate([path[:1], path[:-1]])
    with np.errstate(over="ignore", under="ignore"):  # looked at below
        open_, first, second = (
            np.exp(start + signs * (np.log(values) - before))
            for values in (candles.open, candles.high, candles.low)
        )
        new_close = np.exp(path)
    # The swap, and what rounding of the logarithms leaves.
    high = np.maximum.reduce([first, second, open_, new_close])
    low = np.minimum.reduce([first, second, open_, new_close])
    if not (low.min() > 0 and np.isfinite(high).all()):
        raise CandleError(
            f"{candles.name}: prices of placebo candles must stay within floats, got "
            f"{low.min():g} to {high.max():g}; leave out candles whose price jumps"
        )
    # Through logarithms and back it would differ in the last bit.
    for new, old in zip((open_, high, low, new_close), candles.arrays[1:5], strict=True):
        new[0] = old[0]
    return replace(
        candles,
        name=f"{candles.name} (placebo)",
        open=open_,
        high=high,
        low=low,
        close=new_close,
        notices=(),
        path="",
    )


def placebo_test(observed: float, placebo: Sequence[float]) -> PlaceboTest:
    """Return the empirical p-value of the best value of a study against those on placebo candles.

    observed, placebo: best values, higher is better; the same search on each. p = (1 + #{placebo
    >= observed}) / (1 + K): the real study counts as one of those that chance could have given
    (Davison and Hinkley 1997, § 4.2), so p is never 0, and on candles without predictability p <= α
    happens with probability at most α. Raises ``ValueError`` without placebo studies, or when a
    value is not finite.
    """
    if not placebo or not all(math.isfinite(value) for value in (observed, *placebo)):
        raise ValueError(
            f"placebo_test: must have finite values of at least one study, got {observed=}, "
            f"placebo={list(placebo)!r}"
        )
    reached, k = sum(value >= observed for value in placebo), len(placebo)
    return PlaceboTest(observed, reached, k, (1 + reached) / (1 + k), 1 / (1 + k))
