"""The objective values of a trial, which Optuna maximises, from its metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from titan_mlopt.core.trial import (
    COMPLETE,
    PRUNED,
    SECONDS_PER_YEAR,
    TOO_FEW,
    Checkpoint,
    Metrics,
    TrialOutcome,
)
from titan_mlopt.core.tuner_config import TunerConfig

#: The two objectives of "multi", in order.
MULTI = ("accuracy", "sharpe")
#: Share of the objective lost by a trial whose ECE is above the constraint.
ECE_PENALTY = 0.1


@dataclass(frozen=True, slots=True)
class Score:
    """The objective values of a complete trial.

    Attributes:
        values: One per objective, to be maximised, after the penalty.
        violated: Whether the ECE was above its constraint.
    """

    values: tuple[float, ...]
    violated: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """Weights and noise with which accuracy and Sharpe ratio are combined into one number.

    Attributes:
        accuracy_weight: >= 0.
        sharpe_weight: >= 0; not both weights are 0.
        accuracy_noise: Standard error of the accuracy over all candles, without skill; > 0.
        sharpe_noise: The same of the annualised Sharpe ratio.
    """

    accuracy_weight: float
    sharpe_weight: float
    accuracy_noise: float
    sharpe_noise: float

    def weigh(self, accuracy: float, sharpe: float) -> float:
        """Return the weighted mean of both, each in standard errors above no skill."""
        total = self.accuracy_weight * (accuracy - 0.5) / self.accuracy_noise
        total += self.sharpe_weight * sharpe / self.sharpe_noise
        return total / (self.accuracy_weight + self.sharpe_weight)


def scale_of(candles: Mapping[str, Any], config: TunerConfig) -> Scale:
    """Return the scale of a study.

    Without skill the standard error of the accuracy over n bars is .5/√n, and that of the
    annualised Sharpe ratio is √(bars per year / n) (A. W. Lo, The statistics of Sharpe ratios,
    2002, eq. 9, at a ratio of 0).

    Args:
        candles: ``Candles.describe`` of the candles to tune on. Without a count or an interval it
            counts as one bar, or as one bar per year.
        config: Holds the weights.
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
    """Return ``value`` less a tenth of its absolute value, which lowers negative values too."""
    return value - ECE_PENALTY * abs(value)


def score(metrics: Metrics, config: TunerConfig) -> Score:
    """Return the objective values of a complete trial.

    Args:
        metrics: Of the trial. On segments ``walk_accuracy`` and ``walk_sharpe`` are the
            objectives, else ``accuracy`` and ``sharpe``. None counts as 0.
        config: Holds the objective and the ECE constraint. An ECE above it costs the first value
            a tenth; in "multi" that is the accuracy.
    """
    walk = "walk_" if config.segments > 1 else ""
    accuracy, sharpe = metrics[f"{walk}accuracy"] or 0.0, metrics.get(f"{walk}sharpe") or 0.0
    violated = (metrics.get("ece") or 0.0) > config.ece_constraint
    raw = {"accuracy": (accuracy,), "sharpe": (sharpe,), "multi": (accuracy, sharpe)}
    first, *others = raw[config.objective_type]
    return Score((penalised(first) if violated else first, *others), violated)


def progress_value(checkpoint: Checkpoint, objective: str, scale: Scale) -> float:
    """Return the intermediate value that the pruner sees: the objective so far, unpenalised.

    Args:
        checkpoint: Of a running trial.
        objective: "accuracy", "sharpe" or "multi".
        scale: Combines the two objectives of "multi".
    """
    accuracy, sharpe = checkpoint.accuracy, checkpoint.sharpe or 0.0
    if checkpoint.walk_accuracy is not None:
        accuracy, sharpe = checkpoint.walk_accuracy, checkpoint.walk_sharpe or 0.0
    if objective == "multi":
        return scale.weigh(accuracy, sharpe)
    return sharpe if objective == "sharpe" else accuracy


def objective_value(values: tuple[float, ...], scale: Scale) -> float:
    """Return the value of a single objective, or accuracy and Sharpe ratio combined by weight."""
    return values[0] if len(values) == 1 else scale.weigh(values[0], values[1])


def enforce_min_predictions(outcome: TrialOutcome, config: TunerConfig) -> TrialOutcome:
    """Return the outcome, turned from COMPLETE into PRUNED when it has too few predictions.

    The outcome of a backtest that does not report ``n_predictions`` is returned unchanged.
    """
    n = outcome.metrics.get("n_predictions")
    if outcome.state != COMPLETE or n is None or n >= config.min_predictions:
        return outcome
    message = (
        f"must make at least {config.min_predictions} predictions, got {n:g}; "
        "lower min_predictions or pass more candles"
    )
    return replace(outcome, state=PRUNED, reason=TOO_FEW, message=message)


def sharpe_costs(scoring: Mapping[str, Any], *, embedded: bool) -> str:
    """Return whether Sharpe ratios of a study are before or after costs, for a person.

    Another backtest's ratio over one run is its own, whatever it charges.

    Args:
        scoring: As the study stores it.
        embedded: Whether its backtest is the embedded one.
    """
    if not embedded and int(scoring.get("segments", 1)) == 1:
        return "as the backtest counts costs"
    return costs_text(float(scoring.get("cost_bps", 0.0)))


def costs_text(cost_bps: float) -> str:
    """Return whether a return or a Sharpe ratio is before or after costs, for a person."""
    return f"after costs of {cost_bps:g} bp" if cost_bps else "before costs"
