"""A trial on several segments: the stats pooled, each segment's own score, what counts of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.records import Checkpoint, Metrics, Segment, SegmentScore

#: Standard errors of the mean that a trial's uneven segments cost it; a heuristic.
WALK_ERRORS = 0.5
#: What a segment without a prediction counts: a coin.
_COIN = 0.5


@dataclass(frozen=True)
class Walk:
    """A trial on its segments, or on those before it was stopped: pooled, and one by one."""

    stats: BacktestStats
    scores: tuple[SegmentScore, ...]
    stopped: bool


def walk_segments(
    segments: Sequence[Segment],
    run: Callable[[Segment], BacktestStats],
    ask: Callable[[Checkpoint], bool] = lambda _: True,
) -> Walk:
    """Run at least one segment after the other; ``ask`` says after each but the last to go on.

    run: returns the stats of a segment's scored bars alone.
    """
    parts: list[BacktestStats] = []
    scores: list[SegmentScore] = []
    for segment in segments:
        parts.append(run(segment))
        scores.append(score_segment(parts[-1], segment))
        left = len(parts) < len(segments)
        if left and not ask(walk_checkpoint(pool_stats(parts), scores)):
            return Walk(pool_stats(parts), tuple(scores), stopped=True)
    return Walk(pool_stats(parts), tuple(scores), stopped=False)


def pool_stats(parts: Sequence[BacktestStats]) -> BacktestStats:
    """Return the stats of all bars of ``parts``, at least one, in their order.

    Interval, costs and seed are those of the first. The position is 0 before each part. An outcome
    that only some parts have told is the sign of the return in the others.
    """
    if len(parts) == 1:
        return parts[0]
    told = any(part.outcome is not None for part in parts)
    starts = list(accumulate((len(part.direction) for part in parts), initial=0))
    inner = [start + bar for start, part in zip(starts, parts, strict=False) for bar in part.breaks]
    return replace(
        parts[0],
        direction=np.concatenate([part.direction for part in parts]),
        confidence=np.concatenate([part.confidence for part in parts]),
        traded=np.concatenate([part.traded for part in parts]),
        returns=np.concatenate([part.returns for part in parts]),
        outcome=np.concatenate([_outcome(part) for part in parts]) if told else None,
        breaks=tuple(sorted({*inner, *starts[1:-1]} - {0, starts[-1]})),
    )


def _outcome(part: BacktestStats) -> np.ndarray:
    return np.sign(part.returns).astype(np.int8) if part.outcome is None else part.outcome


def score_segment(stats: BacktestStats, segment: Segment) -> SegmentScore:
    """Return how a trial did on a segment, from the stats of its scored bars alone."""
    return SegmentScore(
        first_bar=segment.first,
        first_time=segment.time,
        bars=len(stats.direction),
        predictions=stats.total,
        hits=stats.correct,
        accuracy=stats.accuracy() if stats.total else None,
        ece=stats.expected_calibration_error(),
        sharpe=stats.sharpe_ratio(),
    )


def walk_metrics(scores: Sequence[SegmentScore]) -> Metrics:
    """Return what counts of a trial on segments: of accuracy and of Sharpe ratio, ``walk_value``.

    A segment without a prediction counts as an accuracy of 1/2, one without a Sharpe ratio as 0.
    """
    accuracies = [_COIN if score.accuracy is None else score.accuracy for score in scores]
    return {
        "walk_accuracy": walk_value(accuracies),
        "walk_sharpe": walk_value([score.sharpe or 0.0 for score in scores]),
    }


def walk_value(values: Sequence[float]) -> float:
    """Return mean − ``WALK_ERRORS`` · sd / √K of K >= 1 values (sd with ddof 1, 0 for K = 1).

    It asks for a config that is good throughout. With the few segments that there are this is a
    heuristic, no bound: a standard error from 4 values is itself uncertain by 40 %.
    """
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return mean
    square = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean - WALK_ERRORS * math.sqrt(square / len(values))


def walk_checkpoint(stats: BacktestStats, scores: Sequence[SegmentScore]) -> Checkpoint:
    """Return the checkpoint after some segments: pooled numbers, and what counts so far."""
    walk = walk_metrics(scores)
    return replace(
        stats.checkpoint(),
        walk_accuracy=walk["walk_accuracy"],
        walk_sharpe=walk["walk_sharpe"],
    )
