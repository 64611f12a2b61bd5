"""From a trial's metrics to the objective values that Optuna maximises."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from titan_mlopt.backtest.stats import SECONDS_PER_YEAR
from titan_mlopt.config import TunerConfig
from titan_mlopt.records import COMPLETE, PRUNED, TOO_FEW, Checkpoint, Metrics, TrialOutcome

#: The two objectives of "multi", in their order.
MULTI = ("accuracy", "sharpe")
#: Part of the objective that an ECE above the constraint costs.
ECE_PENALTY = 0.1


@dataclass(frozen=True, slots=True)
class Score:
    """values: one per objective, maximised. violated: the ECE was above its constraint."""

    values: tuple[float, ...]
    violated: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """What makes one number of accuracy and Sharpe: their weights and the noise of each.

    accuracy_noise, sharpe_noise: the standard errors, without skill, over all candles of the study.
    """

    accuracy_weight: float
    sharpe_weight: float
    accuracy_noise: float
    sharpe_noise: float

    def weigh(self, accuracy: float, sharpe: float) -> float:
        """Return the weighted mean of both, each in standard errors away from no skill."""
        above = self.accuracy_weight * (accuracy - 0.5) / self.accuracy_noise
        above += self.sharpe_weight * sharpe / self.sharpe_noise
        return above / (self.accuracy_weight + self.sharpe_weight)


def scale_of(candles: Mapping[str, Any], config: TunerConfig) -> Scale:
    """Return the scale of a study on candles as ``Candles.describe`` tells of them.

    Without skill the standard error of accuracy is .5/√n, that of an annualised Sharpe ratio
    √(bars a year / n) (Lo 2002, eq. 9, ratio 0). Unknown candles count as one bar a year.
    """
    n = max(1, int(candles.get("count", 1)))
    bars_per_year = SECONDS_PER_YEAR / float(candles.get("interval_s") or SECONDS_PER_YEAR)
    return Scale(
        config.accuracy_weight,
        config.sharpe_weight,
        accuracy_noise=0.5 / math.sqrt(n),
        sharpe_noise=math.sqrt(bars_per_year / n),
    )


def directions_of(objective: str) -> tuple[str, ...]:
    """Return Optuna's directions for an objective type."""
    return ("maximize",) * (2 if objective == "multi" else 1)


def penalised(value: float) -> float:
    """Return ``value`` less a tenth of its size: the penalty never improves a negative value."""
    return value - ECE_PENALTY * abs(value)


def score(metrics: Metrics, config: TunerConfig) -> Score:
    """Return the objective values of a complete trial; a Sharpe ratio that is None counts 0.

    On segments ``walk_accuracy`` and ``walk_sharpe`` stand in their place. An ECE above the
    constraint costs the first value a tenth: of "multi" the accuracy.
    """
    walk = "walk_" if config.segments > 1 else ""
    accuracy, sharpe = metrics[f"{walk}accuracy"] or 0.0, metrics.get(f"{walk}sharpe") or 0.0
    violated = (metrics.get("ece") or 0.0) > config.ece_constraint
    raw = {"accuracy": (accuracy,), "sharpe": (sharpe,), "multi": (accuracy, sharpe)}
    first, *others = raw[config.objective_type]
    return Score((penalised(first) if violated else first, *others), violated)


def progress_value(point: Checkpoint, objective: str, scale: Scale) -> float:
    """Return what the pruner sees of a running trial: its objective so far, unpenalised."""
    accuracy, sharpe = point.accuracy, point.sharpe or 0.0
    if point.walk_accuracy is not None:
        accuracy, sharpe = point.walk_accuracy, point.walk_sharpe or 0.0
    if objective == "multi":
        return scale.weigh(accuracy, sharpe)
    return sharpe if objective == "sharpe" else accuracy


def objective_value(values: tuple[float, ...], scale: Scale) -> float:
    """Return one number for the values: the value itself, or accuracy and Sharpe weighed."""
    return values[0] if len(values) == 1 else scale.weigh(values[0], values[1])


def judged(outcome: TrialOutcome, config: TunerConfig) -> TrialOutcome:
    """Return the outcome as it counts: COMPLETE with too few predictions becomes PRUNED.

    A backtest that does not tell their number is taken as it is.
    """
    n = outcome.metrics.get("n_predictions")
    if outcome.state != COMPLETE or n is None or n >= config.min_predictions:
        return outcome
    message = (
        f"must make at least {config.min_predictions} predictions, got {n:g}; "
        "lower min_predictions or pass more candles"
    )
    return replace(outcome, state=PRUNED, reason=TOO_FEW, message=message)
