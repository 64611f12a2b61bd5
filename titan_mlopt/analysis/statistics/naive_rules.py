"""Naive rules that a config has to beat on the bars that it predicts."""

from __future__ import annotations

import numpy as np

from titan_mlopt.core.unchanged import DOWN, SKIP, UP

ALWAYS_UP, ALWAYS_DOWN, MAJORITY = "always UP", "always DOWN", "majority class"
PERSISTENCE, ANTI_PERSISTENCE = "persistence", "anti-persistence"


def baseline_directions(
    closes: np.ndarray, first: int = 0, unchanged: str = SKIP
) -> dict[str, np.ndarray]:
    """Return the direction of the next close that each rule predicts after each candle.

    "always UP" and "always DOWN" say so on every bar. "majority class": the more frequent direction
    of the moves after candle ``first``, 0 while they are as many; "persistence": the direction of
    the last move, unchanged closes skipped, 0 before the first one; "anti-persistence": its
    opposite.

    Args:
        closes: Closing prices, (n,).
        first: The first candle whose next close is scored; moves up to it are no data of the
            majority class.
        unchanged: What an unchanged close counts as (``core.unchanged``): as UP or DOWN it is a
            move to that side.

    Returns:
        ``{name: int8 (n,)}``; entry t is +1, −1 or 0 (no prediction) and uses closes up to t alone.
    """
    moves = np.sign(np.diff(np.asarray(closes, np.float64), prepend=closes[:1])).astype(np.int64)
    if unchanged in (UP, DOWN):
        moves[1:][moves[1:] == 0] = 1 if unchanged == UP else -1
    last = np.maximum.accumulate(np.where(moves != 0, np.arange(len(moves)), 0))
    persistence = moves[last].astype(np.int8)
    scored = np.where(np.arange(len(moves)) > first, moves, 0)
    up = np.ones(len(moves), np.int8)
    return {
        ALWAYS_UP: up,
        ALWAYS_DOWN: -up,
        MAJORITY: np.sign(np.cumsum(scored)).astype(np.int8),
        PERSISTENCE: persistence,
        ANTI_PERSISTENCE: -persistence,
    }
