"""A study's summary and the content of results.json, as plain data."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from titan_mlopt.analysis.ranking import best_trial, is_multi, pareto_front, weighted_front
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PRUNED,
    RUNNING,
    Checkpoint,
    TrialRecord,
    was_interrupted,
)

RESULTS_SCHEMA_VERSION = 1
#: Metrics in tables of trials, in order.
SHOWN_METRICS = (
    "accuracy",
    "ece",
    "sharpe",
    "n_predictions",
    "coverage",
    "brier",
    "max_drawdown",
)
#: Names of the states in tables and sentences.
STATE_WORDS = {COMPLETE: "complete", PRUNED: "pruned", FAIL: "failed", RUNNING: "running"}


def trial_seconds(trial: TrialRecord) -> float | None:
    """Return the seconds that a trial ran, by its outcome or else its times; None if unknown."""
    if trial.outcome is not None:
        return trial.outcome.duration_seconds
    if trial.started_at is None or trial.finished_at is None:
        return None
    return trial.finished_at - trial.started_at


def trial_reason(trial: TrialRecord) -> str:
    """Return why a trial is PRUNED or FAIL, "unknown" without a reason; "" in other states."""
    if trial.state not in (PRUNED, FAIL):
        return ""
    return (trial.outcome.reason if trial.outcome else "") or "unknown"


class Measured(Protocol):
    """Anything with metrics: a trial or a baseline."""

    def metric(self, name: str) -> float | None:
        """Return the metric of that name, None without one."""


def metric_of(trial: Measured | None, name: str) -> float | None:
    """Return a metric if it is finite, None otherwise and for no trial."""
    value = trial.metric(name) if trial else None
    return float(value) if value is not None and math.isfinite(value) else None


def _mean(values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return math.fsum(defined) / len(defined) if defined else None


def trial_hits(trial: Measured) -> tuple[int, int] | None:
    """Return (hits, predictions) of a trial, None without predictions.

    Without a reported number of hits it is derived from the accuracy. None too for counts that
    cannot be, as another program may have stored them.
    """
    n, hits, accuracy = (metric_of(trial, key) for key in ("n_predictions", "hits", "accuracy"))
    if not n or (hits is None and accuracy is None):
        return None
    counts = round(hits if hits is not None else (accuracy or 0.0) * n), round(n)
    return counts if 0 <= counts[0] <= counts[1] else None


def plain_json(value: Any) -> Any:
    """Convert a value to strict JSON: lists, dicts, and None for NaN and infinities."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


@dataclass(frozen=True, slots=True)
class EceViolations:
    """COMPLETE trials whose ECE is above the constraint; trials are given by number.

    Attributes:
        limit: The constraint, None if it was not stored.
        n_complete: Number of all COMPLETE trials.
        trials: Those that violate the constraint.
        beyond: Those of them whose ECE is also above its noise, ``ece_noise_95``.
        unknown: Those of them whose ECE or noise is unknown.
    """

    limit: float | None
    n_complete: int
    trials: tuple[int, ...]
    beyond: tuple[int, ...]
    unknown: tuple[int, ...]


def find_violations(study: StudyRecord) -> EceViolations:
    """Return which trials violate the ECE constraint, and which by more than noise explains."""
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
    """The noise of a non-deterministic backtest against the differences between configs.

    Attributes:
        noise: Standard error of a config's mean accuracy, as the root mean square over repeated
            COMPLETE trials; None without one.
        spread: Standard deviation (ddof 1) of the accuracy over COMPLETE trials; None for fewer
            than two.
        runs: The numbers of runs per config that occur, increasing.
    """

    noise: float | None
    spread: float | None
    runs: tuple[int, ...]


def find_noise(study: StudyRecord) -> RunNoise:
    """Return the noise of the backtest and the spread of the accuracies over a study's trials."""
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
    """Return counts, the best trial, and averages over the COMPLETE trials, as strict JSON.

    Metrics are raw, while best_value (one objective) and the values of the Pareto front (two) are
    after the ECE penalty. Interrupted trials, which are retried, count only as
    ``interrupted_trials``. Without a trial a number is None, and the params are {}.
    """
    counted = [trial for trial in study.trials if not was_interrupted(trial)]
    states = Counter(trial.state for trial in counted)
    complete = [trial for trial in counted if trial.state == COMPLETE]
    best, violations, noise = best_trial(study), find_violations(study), find_noise(study)
    summary: dict[str, Any] = {
        "study_name": study.name,
        "objective_type": study.objective,
        "total_trials": len(counted),
        **{f"{label}_trials": states[state] for state, label in _COUNTED_AS.items()},
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


def study_document(study: StudyRecord) -> dict[str, Any]:
    """Return the content of results.json without the trials, as strict JSON."""
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
    """Return the entry of a trial in results.json, before ``plain_json``."""
    outcome = trial.outcome
    return {
        "trial": trial.number,
        "point": trial.point,
        **({"warm_start": trial.warm_start} if trial.warm_start else {}),
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
    """Return a checkpoint as a dict, with the walk-forward fields only if it has them."""
    whole = point.walk_accuracy is None
    names = (
        name for name in point.__dataclass_fields__ if not (whole and name.startswith("walk_"))
    )
    return {name: getattr(point, name) for name in names}


def param_names(trials: tuple[TrialRecord, ...]) -> list[str]:
    """Return the names of all sampled parameters, Titan's in its order, then the others sorted."""
    used = {name for trial in trials for name in trial.params}
    return [name for name in TUNABLE_PARAMS if name in used] + sorted(used - set(TUNABLE_PARAMS))


def state_counts(study: StudyRecord) -> dict[str, tuple[int, dict[str, int]]]:
    """Return ``{name of a state: (number of trials, {reason: number})}`` of the states that occur.

    Interrupted trials come last, under a name of their own, as in ``summarise``.
    """
    counts: dict[str, tuple[int, dict[str, int]]] = {}
    for state, label in STATE_WORDS.items():
        trials = [t for t in study.trials if t.state == state and not was_interrupted(t)]
        if trials:
            reasons = Counter(filter(None, map(trial_reason, trials)))
            counts[label] = len(trials), dict(reasons.most_common())
    interrupted = sum(map(was_interrupted, study.trials))
    return counts | ({INTERRUPTED: (interrupted, {})} if interrupted else {})
