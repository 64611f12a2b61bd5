"""Drawdowns that a strategy's own returns give by luck, from the stationary block bootstrap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from titan_mlopt.analysis.statistics.bootstrap import optimal_block_length
from titan_mlopt.analysis.statistics.intervals import newey_west_lags, newey_west_variance

#: Probabilities of the table; the last one is what 9,999 resamples can show.
LEVELS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4)
RESAMPLES = 9_999
#: Longest window, a day of minutes.
MOST_BARS = 1_440
_CHUNK = 2**17
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class DrawdownTail:
    """Drawdowns of ``n_bars`` bars that are exceeded by luck with at most some probabilities.

    n_bars: of a window. levels: the probabilities, decreasing. exceeded: one drawdown for each, in
    [0, 1]. block_length: mean one of the bootstrap, in bars. margin: what was taken off each
    return.
    """

    n_bars: int
    levels: tuple[float, ...]
    exceeded: tuple[float, ...]
    block_length: float
    margin: float


def drawdown_tail(
    net: np.ndarray, rng: np.random.Generator, *, resamples: int = RESAMPLES
) -> DrawdownTail | None:
    """Return which drawdowns resamples of the returns give, and how rarely.

    Windows are drawn in blocks of geometric length (D. N. Politis and J. P. Romano, The stationary
    bootstrap, JASA 89 (1994) 1303-1313), as long as ``optimal_block_length`` asks of the returns or
    of their sizes, whichever is longer, since volatility comes in clusters. The mean return is
    lowered to the lower end of its 95 % interval (Newey-West), which is the margin of a test
    against these drawdowns. A drawdown above ``exceeded`` of a level has p <= level: p = (1 +
    #{resampled >= it}) / (resamples + 1).

    Args:
        net: Return per bar after costs, (n,).
        rng: Source of the resamples.
        resamples: Their number, >= 1; levels below 1 / (resamples + 1) are left out.

    Returns:
        The table; None where no return differs from 0 or n < 9.
    """
    net = np.asarray(net, np.float64)
    n = len(net)
    if n < 9 or not net.any():
        return None
    length = max(optimal_block_length(net), optimal_block_length(np.abs(net)))
    variance = newey_west_variance(net - net.mean(), newey_west_lags(n))
    margin = _Z * math.sqrt(variance / n)
    bars = min(n, MOST_BARS)
    falls, rows = list[np.ndarray](), max(1, _CHUNK // bars)
    for first in range(0, resamples, rows):
        places = _places(n, bars, min(rows, resamples - first), length, rng)
        falls.append(_drawdowns(net[places] - margin))
    largest = np.sort(np.concatenate(falls))[::-1]
    ranks = {level: math.floor(level * (resamples + 1) + 1e-9) - 1 for level in LEVELS}
    levels = tuple(level for level in LEVELS if ranks[level] >= 0)
    exceeded = tuple(float(largest[ranks[level]]) for level in levels)
    return DrawdownTail(bars, levels, exceeded, length, margin)


def _places(n: int, bars: int, rows: int, length: float, rng: np.random.Generator) -> np.ndarray:
    """Return which bars each resample takes, (rows, bars): blocks that go on around the end."""
    starts = rng.integers(0, n, (rows, bars), np.int32)
    if length == 1.0:
        return starts
    begins = rng.random((rows, bars), np.float32) < 1.0 / length
    begins[:, 0] = True
    bar = np.arange(bars, dtype=np.int32)
    last = np.maximum.accumulate(np.where(begins, bar, np.int32(0)), axis=1)
    places = np.take_along_axis(starts, last, axis=1) + bar - last
    places[places >= n] -= n  # a window is no longer than the bars, so it goes around once
    return places


def _drawdowns(returns: np.ndarray) -> np.ndarray:
    """Return the largest drawdown of each row's compounded equity, (rows,)."""
    equity = np.cumprod(np.maximum(1.0 + returns, 0.0), axis=1)
    peak = np.maximum.accumulate(equity, axis=1)
    np.maximum(peak, 1.0, out=peak)
    np.divide(equity, peak, out=equity)
    return np.asarray(1.0 - equity.min(axis=1))
