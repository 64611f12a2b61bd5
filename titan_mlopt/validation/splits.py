"""Candles cut in time: a hold-out sealed at their end, and segments to walk through before it."""

from __future__ import annotations

import math
from itertools import pairwise

from titan_mlopt.candles import Candles
from titan_mlopt.errors import CandleError
from titan_mlopt.records import Segment

#: Bars from a decision to its outcome.
HORIZON = 1
#: Candles between tuning part and hold-out that are in neither: the horizon and one bar.
PURGED = HORIZON + 1


def split_candles(candles: Candles, share: float) -> tuple[Candles, Candles | None]:
    """Return the candles to tune on and the sealed ones, the last ``share`` of all.

    share: in [0, 1). The sealed part has round(share · n) candles; ``PURGED`` before it are in
    neither part, so that no outcome that is tuned on is known to, or seen from, a sealed bar.
    With share 0 all are to tune on, and the second is None. Raises ``CandleError`` when a part
    would have fewer than 2 candles.
    """
    if share == 0:
        return candles, None
    n_sealed = round(share * len(candles))
    first = len(candles) - n_sealed
    if n_sealed < 2 or first - PURGED < 2:
        raise CandleError(
            f"{candles.name}: must leave at least 2 candles to tune on and 2 to hold out, got "
            f"{max(0, first - PURGED)} and {n_sealed} by holdout={share:g}; pass more candles or "
            "holdout=0"
        )
    return candles.part(0, first - PURGED), candles.part(first, len(candles))


def split_segments(candles: Candles, k: int, warm_up: int) -> tuple[Segment, ...]:
    """Return ``k`` segments whose scored bars follow one another without gap or overlap.

    warm_up: candles before the first scored bar of each, unscored, so that the first segment
    begins after so many. The bars from ``warm_up`` to the last but one are cut into parts that
    differ by one bar at most. Raises ``CandleError`` when a segment would have no bar.
    """
    n = len(candles) - HORIZON - warm_up
    if n < k:
        raise CandleError(
            f"{candles.name}: must have at least {warm_up + k + HORIZON} candles for {k} segments, "
            f"got {len(candles)}; pass more candles or fewer segments"
        )
    bounds = [warm_up + math.ceil(n * place / k) for place in range(k + 1)]
    return tuple(
        Segment(first - warm_up, first, after + HORIZON, int(candles.ts[first]))
        for first, after in pairwise(bounds)
    )
