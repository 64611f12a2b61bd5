"""Splits of candles in time: a hold-out at the end, and walk-forward segments before it."""

from __future__ import annotations

import math
from itertools import pairwise

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import CandleError
from titan_mlopt.core.trial import Segment

#: Bars from a decision to its outcome.
HORIZON = 1
#: Candles between tuning part and hold-out that belong to neither: the horizon and one bar.
PURGED = HORIZON + 1


def split_candles(candles: Candles, share: float) -> tuple[Candles, Candles | None]:
    """Split candles into those to tune on and the sealed hold-out.

    ``PURGED`` candles between the two are dropped, so that no outcome overlaps both parts.

    Args:
        candles: All candles.
        share: Share of the hold-out, in [0, 1); it gets the last round(share · n) candles.

    Returns:
        The candles to tune on and the sealed ones; None for the latter when share is 0.

    Raises:
        CandleError: A part would have fewer than 2 candles.
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
    """Cut candles into segments whose scored bars adjoin without gap or overlap.

    The bars from ``warm_up`` to the last but one are divided into ``k`` parts whose lengths differ
    by at most one bar.

    Args:
        candles: The candles to tune on.
        k: Number of segments, >= 1.
        warm_up: Unscored candles before the first scored bar of each segment.

    Raises:
        CandleError: A segment would have no bar.
    """
    n = len(candles) - HORIZON - warm_up
    if n < k:
        raise CandleError(
            f"{candles.name}: must have at least {warm_up + k + HORIZON} candles for {k} segments, "
            f"got {len(candles)}; pass more candles or fewer segments"
        )
    bounds = [warm_up + math.ceil(n * part / k) for part in range(k + 1)]
    return tuple(
        Segment(first - warm_up, first, after + HORIZON, int(candles.ts[first]))
        for first, after in pairwise(bounds)
    )
