"""The steps of a walk, planned from the times of the candles alone."""

from __future__ import annotations

import numpy as np

from titan_mlopt.candles.splits import PURGED
from titan_mlopt.core.errors import CandleError
from titan_mlopt.evaluation.walk.records import CandleRange, WalkStep

# Fewer candles than this cannot be split.
_LEAST = 2


def duration_text(seconds: int) -> str:
    """Return seconds in the largest unit that divides them: 30d, 12h, 90m, 45s."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def plan_steps(
    ts: np.ndarray, *, train_s: int, step_s: int, anchored: bool = False, sealed: float = 0.0
) -> list[WalkStep]:
    """Return every step that the candles have room for.

    The first window begins with the first candle and lasts ``train_s``; its step is traded in the
    ``step_s`` after it, and the next window ends where that step does. A step needs the candle
    after its last bar, whose close is the outcome: one that is not over is not returned. So
    later candles add steps and change none. Steps without a candle, in a gap, are left out.

    Args:
        ts: Opening times, UTC seconds since 1970, increasing, (n,).
        train_s: Seconds of a window, > 0.
        step_s: Seconds of a step, > 0.
        anchored: Whether all windows begin with the first candle, and so grow.
        sealed: Share of a window, its end, that no trial sees; in [0, 1).

    Raises:
        CandleError: There is no room for one step.
    """
    begin, steps, number = int(ts[0]), list[WalkStep](), 0
    while True:
        boundary = begin + train_s + number * step_s
        if boundary + step_s > ts[-1]:  # the candle after the last bar is still to come
            break
        start, first, stop = np.searchsorted(
            ts, [begin if anchored else boundary - train_s, boundary, boundary + step_s]
        ).tolist()
        if stop > first and first - start >= _LEAST:
            steps.append(_step(ts, len(steps), (start, first, stop), sealed))
        number += 1
    if not steps:
        raise CandleError(
            f"train, step: must leave room for one step, {(train_s + step_s) / 86_400:g} days and "
            f"one candle, got candles of {(int(ts[-1]) - begin) / 86_400:.4g} days; pass more "
            "candles or a shorter train"
        )
    return steps


def _step(ts: np.ndarray, number: int, bounds: tuple[int, int, int], sealed: float) -> WalkStep:
    """Return a step; its window is split as ``split_candles`` splits the child study's."""
    start, first, stop = bounds
    trade = CandleRange.of(ts, first, stop)
    if sealed == 0:
        return WalkStep(number, CandleRange.of(ts, start, first), None, trade)
    seal = first - round(sealed * (first - start))
    if first - seal < _LEAST or seal - PURGED - start < _LEAST:
        raise CandleError(
            f"holdout: must leave at least {_LEAST} candles to tune on and {_LEAST} to seal of "
            f"each window, got {first - start} candles in that of step {number}; pass a longer "
            "train"
        )
    return WalkStep(
        number,
        CandleRange.of(ts, start, seal - PURGED),
        CandleRange.of(ts, seal, first),
        trade,
    )
