"""The study's tables: summary, leaderboard, results.json; neither prose nor plots."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from titan_mlopt.params import TUNABLE_PARAMS
from titan_mlopt.records import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PRUNED,
    RUNNING,
    Checkpoint,
    StudyRecord,
    TrialRecord,
)
from titan_mlopt.report.ranking import best_trial as best_trial  # callers take both from here
from titan_mlopt.report.ranking import is_multi, pareto_front, weighted_front
from titan_mlopt.report.ranking import ranked_trials as ranked_trials
from titan_mlopt.validation.intervals import wilson_interval as wilson_interval

RESULTS_SCHEMA_VERSION = 1
#: Metrics that the tables of trials show, in their order.
SHOWN_METRICS = (
    "accuracy",
    "ece",
    "sharpe",
    "n_predictions",
    "coverage",
    "brier",
    "max_drawdown",
)
#: How states are called in tables and sentences.
STATE_WORDS = {COMPLETE: "complete", PRUNED: "pruned", FAIL: "failed", RUNNING: "running"}


def trial_seconds(trial: TrialRecord) -> float | None:
    """Return how long the trial ran, by its outcome or else by its times; None while unknown."""
    if trial.outcome is not None:
        return trial.outcome.duration_seconds
    if trial.started_at is None or trial.finished_at is None:
        return None
    return trial.finished_at - trial.started_at


def trial_reason(trial: TrialRecord) -> str:
    """Return why a trial was PRUNED or FAILed ("unknown" when nobody said), else ""."""
    if trial.state not in (PRUNED, FAIL):
        return ""
    return (trial.outcome.reason if trial.outcome else "") or "unknown"


def _is_interrupted(trial: TrialRecord) -> bool:
    return trial.state == FAIL and trial_reason(trial) == INTERRUPTED


class Measured(Protocol):
    """What has metrics: a trial, or a baseline."""

    def metric(self, name: str) -> float | None:
        """Return the metric, None without one of that name."""


def metric_of(trial: Measured | None, name: str) -> float | None:
    """Return the metric where it is a finite number, else None."""
    value = trial.metric(name) if trial else None
    return float(value) if value is not None and math.isfinite(value) else None


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def trial_hits(trial: Measured) -> tuple[int, int] | None:
    """Return (hits, predictions) of the trial, or None where it did not get that far."""
    n, hits, accuracy = (metric_of(trial, key) for key in ("n_predictions", "hits", "accuracy"))
    if not n or (hits is None and accuracy is None):
        return None
    return round(hits if hits is not None else (accuracy or 0.0) * n), round(n)


def plain_json(value: Any) -> Any:
    """Return ``value`` as strict JSON has it: lists, dicts, and None for NaN and infinities."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


@dataclass(frozen=True, slots=True)
class EceViolations:
    """COMPLETE trials whose ECE was above the constraint, by number, in their order.

    beyond: those with an ECE above ``ece_noise_95`` as well. unknown: those without that metric.
    n_complete: the COMPLETE trials in all. limit: the constraint, None where it was not stored.
    """

    limit: float | None
    n_complete: int
    trials: tuple[int, ...]
    beyond: tuple[int, ...]
    unknown: tuple[int, ...]


def find_violations(study: StudyRecord) -> EceViolations:
    """Return which trials violated the ECE constraint, and which by more than noise explains."""
    complete = [trial for trial in study.trials if trial.state == COMPLETE]
    violated = [trial for trial in complete if trial.violated]
    pairs = [(t.number, metric_of(t, "ece"), metric_of(t, "ece_noise_95")) for t in violated]
    return EceViolations(
        limit=study.settings.get("ece_constraint"),
        n_complete=len(complete),
        trials=tuple(trial.number for trial in violated),
        beyond=tuple(n for n, ece, noise in pairs if ece and noise is not None and ece > noise),
        unknown=tuple(n for n, ece, noise in pairs if ece is None or noise is None),
    )


@dataclass(frozen=True, slots=True)
class RunNoise:
    """How far runs of one config differ in accuracy, and how far the configs do.

    noise: standard error of a config's mean, pooled (root mean square) over the repeated COMPLETE
    trials, None without one. spread: sample standard deviation over the COMPLETE trials, None of
    fewer than two.
    runs: how often a config was run, each number that occurs.
    """

    noise: float | None
    spread: float | None
    runs: tuple[int, ...]


def find_noise(study: StudyRecord) -> RunNoise:
    """Return how large the backtest's own noise is against the differences found."""
    errors, rates, runs = list[float](), list[float](), set[int]()
    for trial in (trial for trial in study.trials if trial.state == COMPLETE):
        rate, sd, n = (metric_of(trial, key) for key in ("accuracy", "accuracy_sd", "repeats"))
        rates += [rate] if rate is not None else []
        if sd is not None and n is not None and n > 1:
            errors.append(sd / math.sqrt(n))
            runs.add(round(n))
    return RunNoise(
        noise=math.sqrt(math.fsum(e * e for e in errors) / len(errors)) if errors else None,
        spread=statistics.stdev(rates) if len(rates) > 1 else None,
        runs=tuple(sorted(runs)),
    )


def summarise(study: StudyRecord) -> dict[str, Any]:
    """Return counts, the best trial and averages over the COMPLETE trials, as strict JSON.

    Numbers without any trial to take them from are None, params {}. Metrics are raw; best_value
    (one objective) and the values of the Pareto front (two) are after the ECE penalty. Interrupted
    trials, whose points are tried again, count under ``interrupted_trials`` alone.
    """
    counted = [trial for trial in study.trials if not _is_interrupted(trial)]
    states = Counter(trial.state for trial in counted)
    complete = [trial for trial in counted if trial.state == COMPLETE]
    best, violations, noise = best_trial(study), find_violations(study), find_noise(study)
    summary: dict[str, Any] = {
        "study_name": study.name,
        "objective_type": study.objective,
        "total_trials": len(counted),
        **{f"{word}_trials": states[state] for state, word in _COUNTED_AS.items()},
        "interrupted_trials": len(study.trials) - len(counted),
        "best_trial": best.number if best else None,
        "best_params": dict(best.params) if best else {},
    }
    if is_multi(study):
        summary["pareto_trials"] = [trial.number for trial in pareto_front(study)]
        summary["pareto_front"] = [_front_entry(*weighed) for weighed in weighted_front(study)]
    else:
        summary["best_value"] = best.values[0] if best and best.values else None
    for name in ("accuracy", "ece", "sharpe"):
        summary[f"best_{name}"] = metric_of(best, name)
        summary[f"avg_{name}"] = _mean([metric_of(trial, name) for trial in complete])
    summary |= {"noise_accuracy": noise.noise, "spread_accuracy": noise.spread}
    summary["avg_duration"] = _mean([trial_seconds(trial) for trial in complete])
    summary["ece_violations"] = len(violations.trials)
    summary["ece_violations_beyond_noise"] = len(violations.beyond)
    summary["ece_violations_of_unknown_noise"] = len(violations.unknown)
    summary["reasons"] = dict(Counter(filter(None, map(trial_reason, study.trials))).most_common())
    plain: dict[str, Any] = plain_json(summary)
    return plain


_COUNTED_AS = {COMPLETE: "completed", PRUNED: "pruned", FAIL: "failed", RUNNING: "running"}


def _front_entry(trial: TrialRecord, weighted: float) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "accuracy": metric_of(trial, "accuracy"),
        "sharpe": metric_of(trial, "sharpe"),
        "values": trial.values,
        "weighted": weighted,
    }


def results_document(study: StudyRecord) -> dict[str, Any]:
    """Return the content of results.json: the summary and every trial ever, as strict JSON."""
    return {**study_document(study), "trials": list(trial_documents(study))}


def trial_documents(study: StudyRecord) -> Iterator[dict[str, Any]]:
    """Yield what results.json says of each trial, as strict JSON."""
    return (plain_json(trial_document(trial)) for trial in study.trials)


def study_document(study: StudyRecord) -> dict[str, Any]:
    """Return what results.json says of a study beside its trials, as strict JSON."""
    document: dict[str, Any] = plain_json(
        {
            "schema_version": RESULTS_SCHEMA_VERSION,
            "study_uid": study.uid,
            "study_name": study.name,
            "objective": study.objective,
            "directions": study.directions,
            "candles": study.candles,
            "scoring": study.scoring,
            "holdout": study.holdout,
            "holdout_openings": [asdict(opening) for opening in study.openings],
            "baselines": [asdict(baseline) for baseline in study.baselines],
            "backtest": study.backtest,
            "space_sha256": study.space_sha256,
            "settings": study.settings,
            "summary": summarise(study),
        }
    )
    return document


def trial_document(trial: TrialRecord) -> dict[str, Any]:
    """Return all that results.json says of a trial; not strict JSON yet."""
    outcome = trial.outcome
    return {
        "trial": trial.number,
        "point": trial.point,
        "state": trial.state,
        "reason": trial_reason(trial),
        "message": outcome.message if outcome else "",
        "params": trial.params,
        "values": trial.values,
        "violated": trial.violated,
        "metrics": outcome.metrics if outcome else {},
        "started_at": trial.started_at,
        "finished_at": trial.finished_at,
        "duration_seconds": trial_seconds(trial),
        "checkpoints": [_plain_point(point) for point in outcome.checkpoints] if outcome else [],
        "segments": [asdict(segment) for segment in outcome.segments] if outcome else [],
    }


def _plain_point(point: Checkpoint) -> dict[str, Any]:
    """Return a checkpoint; what segments alone have only where there are any."""
    whole = point.walk_accuracy is None
    names = (
        name for name in point.__dataclass_fields__ if not (whole and name.startswith("walk_"))
    )
    return {name: getattr(point, name) for name in names}


def param_names(trials: tuple[TrialRecord, ...]) -> list[str]:
    """Return every tuned name: those of production Titan in its order, then the others sorted."""
    used = {name for trial in trials for name in trial.params}
    return [name for name in TUNABLE_PARAMS if name in used] + sorted(used - set(TUNABLE_PARAMS))


def state_counts(study: StudyRecord) -> dict[str, tuple[int, dict[str, int]]]:
    """Return for each state that occurs, in words, its count and the reasons behind it.

    Interrupted trials come last, under a word of their own, as in the summary.
    """
    found: dict[str, tuple[int, dict[str, int]]] = {}
    for state, word in STATE_WORDS.items():
        trials = [t for t in study.trials if t.state == state and not _is_interrupted(t)]
        if trials:
            reasons = Counter(filter(None, map(trial_reason, trials)))
            found[word] = len(trials), dict(reasons.most_common())
    interrupted = sum(map(_is_interrupted, study.trials))
    return found | ({INTERRUPTED: (interrupted, {})} if interrupted else {})
