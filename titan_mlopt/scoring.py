"""From a trial's metrics to the objective values that Optuna maximises."""

from __future__ import annotations

from dataclasses import dataclass, replace

from titan_mlopt.config import TunerConfig
from titan_mlopt.records import COMPLETE, PRUNED, TOO_FEW, Checkpoint, Metrics, TrialOutcome

#: Part of the objective that an ECE above the constraint costs.
ECE_PENALTY = 0.1


@dataclass(frozen=True, slots=True)
class Score:
    """values: one per objective, maximised. violated: the ECE was above its constraint."""

    values: tuple[float, ...]
    violated: bool


def directions_of(objective: str) -> tuple[str, ...]:
    """Return Optuna's directions for an objective type."""
    return ("maximize",) * (2 if objective == "multi" else 1)


def penalised(value: float) -> float:
    """Return ``value`` less a tenth of its size: the penalty never improves a negative value."""
    return value - ECE_PENALTY * abs(value)


def score(metrics: Metrics, config: TunerConfig) -> Score:
    """Return the objective values of a complete trial; a Sharpe ratio that is None counts 0."""
    accuracy, sharpe = metrics["accuracy"] or 0.0, metrics["sharpe"] or 0.0
    violated = (metrics["ece"] or 0.0) > config.ece_constraint
    raw = {"accuracy": (accuracy,), "sharpe": (sharpe,), "multi": (accuracy, sharpe)}
    values = raw[config.objective_type]
    return Score(tuple(penalised(v) for v in values) if violated else values, violated)


def progress_value(point: Checkpoint, objective: str) -> float:
    """Return what the pruner sees of a running trial: its objective so far, unpenalised."""
    return (point.sharpe or 0.0) if objective == "sharpe" else point.accuracy


def objective_value(values: tuple[float, ...], config: TunerConfig) -> float:
    """Return one number for the values: the value itself, or the weighted sum of the two."""
    if len(values) == 1:
        return values[0]
    return config.accuracy_weight * values[0] + config.sharpe_weight * values[1]


def judged(outcome: TrialOutcome, config: TunerConfig) -> TrialOutcome:
    """Return the outcome as it counts: COMPLETE with too few predictions becomes PRUNED."""
    n = int(outcome.metrics.get("n_predictions") or 0)
    if outcome.state != COMPLETE or n >= config.min_predictions:
        return outcome
    message = (
        f"must make at least {config.min_predictions} predictions, got {n}; "
        "lower min_predictions or pass more candles"
    )
    return replace(outcome, state=PRUNED, reason=TOO_FEW, message=message)
