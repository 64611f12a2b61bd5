"""A walk's steps added up, each policy beside the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

from titan_mlopt.evaluation.walk.records import (
    STRATEGIES,
    StepOutcome,
    StrategyScore,
    StrategySummary,
)

_COIN = 0.5


def summarise_steps(steps: Sequence[StepOutcome]) -> dict[str, StrategySummary]:
    """Return each of ``STRATEGIES`` over the steps, by name; () gives equities without a point."""
    return {name: summarise_strategy([step.scores[name] for step in steps]) for name in STRATEGIES}


def summarise_strategy(scores: Sequence[StrategyScore]) -> StrategySummary:
    """Return one policy over its steps, in order."""
    n = sum(score.n_predictions for score in scores)
    accuracy = sum(score.hits for score in scores) / n if n else None
    tuned = [score.in_sample for score in scores if score.in_sample is not None]
    in_sample = math.fsum(tuned) / len(tuned) if tuned else None
    changes = sum(score.changed for score in scores)
    return StrategySummary(
        n_predictions=n,
        accuracy=accuracy,
        changes=changes,
        turnover=changes / (len(scores) - 1) if len(scores) > 1 else 0.0,
        in_sample=in_sample,
        efficiency=walk_efficiency(accuracy, in_sample),
        equity_gross=tuple(accumulate((score.gross for score in scores), mul)),
        equity=tuple(accumulate((score.net for score in scores), mul)),
    )


def walk_efficiency(later: float | None, in_sample: float | None) -> float | None:
    """Return which share of the in-sample lead over a coin was left later.

    After R. Pardo, The evaluation and optimization of trading strategies, 2nd ed., 2008, who
    divides annualised profits; here what is above 1/2 of an accuracy.

    Args:
        later: Accuracy on the traded bars, in [0, 1]; None without predictions.
        in_sample: Accuracy where the configs were tuned.

    Returns:
        The share, below 0 for less than a coin; None where there was no lead to lose.
    """
    if later is None or in_sample is None or in_sample <= _COIN:
        return None
    return (later - _COIN) / (in_sample - _COIN)
