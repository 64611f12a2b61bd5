"""Walk-forward trials: pooled stats, the score of each segment, and the objective from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.trial import Checkpoint, Metrics, Segment, SegmentScore

#: Standard errors that the objective subtracts from the mean of the segments; a heuristic.
WALK_ERRORS = 0.5
#: Accuracy of a segment without a prediction: that of a coin.
_COIN = 0.5


@dataclass(frozen=True)
class WalkForward:
    """The result of a trial on its segments, or on those before it was stopped.

    Attributes:
        stats: Stats of all scored bars, pooled.
        scores: Score of each segment.
        stopped: Whether it was stopped before the last segment.
    """

    stats: BacktestStats
    scores: tuple[SegmentScore, ...]
    stopped: bool


def walk_segments(
    segments: Sequence[Segment],
    run: Callable[[Segment], BacktestStats],
    ask: Callable[[Checkpoint], bool] = lambda _: True,
) -> WalkForward:
    """Run a backtest on one segment after another.

    Args:
        segments: At least one, in order of time.
        run: Returns the stats of a segment's scored bars.
        ask: Called with the checkpoint after each segment but the last; False stops the trial.
    """
    parts: list[BacktestStats] = []
    scores: list[SegmentScore] = []
    for segment in segments:
        parts.append(run(segment))
        scores.append(score_segment(parts[-1], segment))
        remaining = len(parts) < len(segments)
        if remaining and not ask(walk_checkpoint(pool_stats(parts), scores)):
            return WalkForward(pool_stats(parts), tuple(scores), stopped=True)
    return WalkForward(pool_stats(parts), tuple(scores), stopped=False)


def pool_stats(parts: Sequence[BacktestStats]) -> BacktestStats:
    """Return the stats of the bars of all parts together.

    Args:
        parts: At least one, in order of time. Before each the position is 0. Where only some have
            an outcome, the sign of the return is the outcome of the others.

    Returns:
        The stats, with interval, costs and seed of the first part.
    """
    if len(parts) == 1:
        return parts[0]
    has_outcome = any(part.outcome is not None for part in parts)
    starts = list(accumulate((len(part.direction) for part in parts), initial=0))
    inner = [start + bar for start, part in zip(starts, parts, strict=False) for bar in part.breaks]
    return replace(
        parts[0],
        direction=np.concatenate([part.direction for part in parts]),
        confidence=np.concatenate([part.confidence for part in parts]),
        traded=np.concatenate([part.traded for part in parts]),
        returns=np.concatenate([part.returns for part in parts]),
        outcome=np.concatenate([_outcome(part) for part in parts]) if has_outcome else None,
        breaks=tuple(sorted({*inner, *starts[1:-1]} - {0, starts[-1]})),
    )


def _outcome(part: BacktestStats) -> np.ndarray:
    return np.sign(part.returns).astype(np.int8) if part.outcome is None else part.outcome


def score_segment(stats: BacktestStats, segment: Segment) -> SegmentScore:
    """Return the score of a segment from the stats of its scored bars."""
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
    """Return ``walk_accuracy`` and ``walk_sharpe``, the objectives of a walk-forward trial.

    Args:
        scores: Of at least one segment. One without a prediction counts as an accuracy of 1/2, one
            without a Sharpe ratio as a ratio of 0.

    Returns:
        ``walk_value`` of each of the two over the segments.
    """
    accuracies = [_COIN if score.accuracy is None else score.accuracy for score in scores]
    return {
        "walk_accuracy": walk_value(accuracies),
        "walk_sharpe": walk_value([score.sharpe or 0.0 for score in scores]),
    }


def walk_value(values: Sequence[float]) -> float:
    """Return mean − ``WALK_ERRORS`` · sd / √K of K values.

    It favours configs that do well on every segment. With few segments this is a heuristic and no
    confidence bound: a standard error estimated from 4 values is itself uncertain by 40 %.

    Args:
        values: One per segment, K >= 1.

    Returns:
        The value, with sd of ddof 1, taken as 0 for K = 1.
    """
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return mean
    square = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean - WALK_ERRORS * math.sqrt(square / len(values))


def walk_checkpoint(stats: BacktestStats, scores: Sequence[SegmentScore]) -> Checkpoint:
    """Return the checkpoint after some segments: pooled metrics, and the objectives so far."""
    walk = walk_metrics(scores)
    return replace(
        stats.checkpoint(),
        walk_accuracy=walk["walk_accuracy"],
        walk_sharpe=walk["walk_sharpe"],
    )
