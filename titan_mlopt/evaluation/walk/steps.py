"""The steps of a walk, planned from the times of the candles alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from titan_mlopt.candles.splits import PURGED
from titan_mlopt.core.errors import CandleError
from titan_mlopt.evaluation.walk.records import CandleRange, WalkStep

# Fewer candles than this cannot be split, nor sealed.
_LEAST = 2


def duration_text(seconds: int) -> str:
    """Return seconds in the largest unit that divides them: 30d, 12h, 90m, 45s."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def plan_steps(
    ts: np.ndarray,
    *,
    train_s: int,
    step_s: int,
    anchored: bool = False,
    sealed: float = 0.0,
    least: int = _LEAST,
    notice: Callable[[str], None] = lambda _: None,
) -> list[WalkStep]:
    """Return every step that the candles have room for.

    The first window begins with the first candle and lasts ``train_s``; its step is traded in the
    ``step_s`` after it, and the next window ends where that step does. A step needs the candle
    after its last bar, whose close is the outcome: one that is not over is not returned. Steps
    without a candle, in a gap, are left out, and so are those whose window has too few to be tuned
    on, say after a gap. So later candles add steps and change none.

    Args:
        ts: Opening times, UTC seconds since 1970, increasing, (n,).
        train_s: Seconds of a window, > 0.
        step_s: Seconds of a step, > 0.
        anchored: Whether all windows begin with the first candle, and so grow.
        sealed: Share of a window, its end, that no trial sees; in [0, 1).
        least: Fewest candles of a window to tune on, >= 2.
        notice: Called with how many steps are left out for their windows, where there are any.

    Raises:
        CandleError: There is no room for one step, or each window has too few candles.
    """
    begin, bounds, number = int(ts[0]), list[tuple[int, int, int]](), 0
    while True:
        boundary = begin + train_s + number * step_s
        if boundary + step_s > ts[-1]:  # the candle after the last bar is still to come
            break
        start, first, stop = np.searchsorted(
            ts, [begin if anchored else boundary - train_s, boundary, boundary + step_s]
        ).tolist()
        if stop > first:
            bounds.append((start, first, stop))
        number += 1
    if not bounds:
        raise CandleError(
            f"train, step: must leave room for one step, {(train_s + step_s) / 86_400:g} days and "
            f"one candle, got candles of {(int(ts[-1]) - begin) / 86_400:.4g} days; pass more "
            "candles or a shorter train"
        )
    return _with_enough(ts, bounds, sealed, least, notice)


def _with_enough(
    ts: np.ndarray,
    bounds: Sequence[tuple[int, int, int]],
    sealed: float,
    least: int,
    notice: Callable[[str], None],
) -> list[WalkStep]:
    """Return the steps whose windows have enough candles, numbered from 0."""
    steps = list[WalkStep]()
    for start, first, stop in bounds:
        seal = first - round(sealed * (first - start))
        tuned_stop = seal - PURGED if sealed else first
        if tuned_stop - start < least or (sealed and first - seal < _LEAST):
            continue
        steps.append(
            WalkStep(
                len(steps),
                CandleRange.of(ts, start, tuned_stop),
                CandleRange.of(ts, seal, first) if sealed else None,
                CandleRange.of(ts, first, stop),
            )
        )
    also_sealed = f" and {_LEAST} to seal" if sealed else ""
    if not steps:
        longest = max(first - start for start, first, _ in bounds)
        raise CandleError(
            f"train, holdout: must leave at least {least} candles to tune on{also_sealed} of a "
            f"window, got {longest} candles in the longest window; pass a longer train"
        )
    if n_left_out := len(bounds) - len(steps):
        notice(
            f"candles: {n_left_out} step{'s' if n_left_out > 1 else ''} left out, whose window has "
            f"fewer than {least} candles to tune on{also_sealed}"
        )
    return steps
