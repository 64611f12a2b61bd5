"""Placebo candles: the same moves in random directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import CandleError


def placebo_candles(candles: Candles, rng: np.random.Generator) -> Candles:
    """Return candles in which the direction of each close-to-close return is a fair coin's.

    Where the coin says so, a whole candle is mirrored, in log prices, at the close before it: its
    open, high, low and close change sides, high and low swap. So the sizes of the log returns, the
    ranges log(high / low), gaps, unchanged closes, volumes, times, and all clustering of them stay;
    whatever told the direction of the next close is gone. The first candle stays as it is. Prices
    are on no tick grid any more. If nothing predicts directions, and up and down moves are alike,
    real and placebo candles have the same distribution (a sign-flip test: E. S. Edgington and
    P. Onghena, Randomization tests, 4th ed., 2007).

    Args:
        candles: The real ones, at least 1.
        rng: Draws a sign for each candle.

    Raises:
        CandleError: A price leaves the range of floats.
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
