"""The study's tables: ranking, summary, leaderboard, results.json; neither prose nor plots."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from titan_mlopt.params import DEFAULTS, TUNABLE_PARAMS
from titan_mlopt.records import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PRUNED,
    RUNNING,
    StudyRecord,
    TrialRecord,
)

if TYPE_CHECKING:
    import pandas as pd

RESULTS_SCHEMA_VERSION = 1
#: Metrics that the leaderboard shows, in its order.
_SHOWN_METRICS = (
    "accuracy",
    "ece",
    "sharpe",
    "n_predictions",
    "coverage",
    "brier",
    "max_drawdown",
)
_STATE_WORDS = {COMPLETE: "complete", PRUNED: "pruned", FAIL: "failed", RUNNING: "running"}


def wilson_interval(hits: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """Return the score interval of a hit rate; (0, 1) when there is nothing to judge by.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    JASA 22 (1927) 209-212. Raises ``ValueError`` unless 0 <= hits <= n.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"wilson_interval: must have 0 <= hits <= n, got {hits=}, {n=}")
    if n == 0:
        return 0.0, 1.0
    rate, spread = hits / n, z * z / n
    centre = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt((rate * (1 - rate) + spread / 4) / n) / (1 + spread)
    low = 0.0 if hits == 0 else centre - half
    return low, 1.0 if hits == n else centre + half


def ranked_trials(study: StudyRecord) -> list[TrialRecord]:
    """Return the COMPLETE trials that have usable values, best first (all maximised)."""
    usable = [
        trial
        for trial in study.trials
        if trial.state == COMPLETE and trial.values and not any(map(math.isnan, trial.values))
    ]
    return sorted(usable, key=lambda trial: (*(-v for v in trial.values or ()), trial.number))


def best_trial(study: StudyRecord) -> TrialRecord | None:
    """Return the COMPLETE trial with the highest first value, or None.

    Ties go to the higher second value, then to the lower number; so with two objectives the
    best is the Pareto-optimal trial with the highest first value.
    """
    return next(iter(ranked_trials(study)), None)


def pareto_front(study: StudyRecord) -> tuple[TrialRecord, ...]:
    """Return the trials that no other one dominates, best first; one objective: the best alone."""
    ranked = ranked_trials(study)
    if not is_multi(study):
        return tuple(ranked[:1])
    front: list[TrialRecord] = []
    for trial in ranked:
        assert trial.values is not None
        last = front[-1].values if front else None
        # Sorted by the first value, so only a higher second value, or equality, stays on the front.
        if last is None or trial.values[1] > last[1] or trial.values == last:
            front.append(trial)
    return tuple(front)


def is_multi(study: StudyRecord) -> bool:
    """Return whether the study has two objectives: accuracy and Sharpe."""
    return len(study.directions) > 1


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


def metric_of(trial: TrialRecord | None, name: str) -> float | None:
    """Return the metric where it is a finite number, else None."""
    value = trial.metric(name) if trial else None
    return float(value) if value is not None and math.isfinite(value) else None


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def trial_hits(trial: TrialRecord) -> tuple[int, int] | None:
    """Return (hits, predictions) of the trial, or None where it did not get that far."""
    n, hits, accuracy = (metric_of(trial, key) for key in ("n_predictions", "hits", "accuracy"))
    if not n or (hits is None and accuracy is None):
        return None
    return round(hits if hits is not None else (accuracy or 0.0) * n), round(n)


def _plain(value: Any) -> Any:
    """Return ``value`` as strict JSON has it: lists, dicts, and None for NaN and infinities."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def summarise(study: StudyRecord) -> dict[str, Any]:
    """Return counts, the best trial and averages over the COMPLETE trials, as strict JSON.

    Interrupted trials (they will be run again) count under ``interrupted_trials`` alone.
    """
    counted = [trial for trial in study.trials if not _is_interrupted(trial)]
    states = Counter(trial.state for trial in counted)
    complete = [trial for trial in counted if trial.state == COMPLETE]
    best = best_trial(study)
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
    else:
        summary["best_value"] = best.values[0] if best and best.values else None
    for name in ("accuracy", "ece", "sharpe"):
        summary[f"best_{name}"] = metric_of(best, name)
        summary[f"avg_{name}"] = _mean([metric_of(trial, name) for trial in complete])
    summary["avg_duration"] = _mean([trial_seconds(trial) for trial in complete])
    summary["ece_violations"] = sum(trial.violated for trial in complete)
    summary["reasons"] = dict(Counter(filter(None, map(trial_reason, study.trials))).most_common())
    plain: dict[str, Any] = _plain(summary)
    return plain


_COUNTED_AS = {COMPLETE: "completed", PRUNED: "pruned", FAIL: "failed", RUNNING: "running"}


def results_document(study: StudyRecord) -> dict[str, Any]:
    """Return the content of results.json: the summary and every trial ever, as strict JSON."""
    document: dict[str, Any] = _plain(
        {
            "schema_version": RESULTS_SCHEMA_VERSION,
            "study_uid": study.uid,
            "study_name": study.name,
            "objective": study.objective,
            "directions": study.directions,
            "candles": study.candles,
            "backtest": study.backtest,
            "space_sha256": study.space_sha256,
            "settings": study.settings,
            "summary": summarise(study),
            "trials": [_trial_document(trial) for trial in study.trials],
        }
    )
    return document


def _trial_document(trial: TrialRecord) -> dict[str, Any]:
    outcome = trial.outcome
    return {
        "trial": trial.number,
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
        "checkpoints": [asdict(point) for point in outcome.checkpoints] if outcome else [],
    }


def leaderboard(study: StudyRecord, top: int | None = None) -> pd.DataFrame:
    """Return one row a trial, best first; then unranked, pruned, failed and running by number."""
    import pandas as pd

    objectives = ("accuracy_objective", "sharpe_objective") if is_multi(study) else ("objective",)
    ranked = ranked_trials(study)
    seen = {trial.number for trial in ranked}
    order = list(_STATE_WORDS)
    rest = [trial for trial in study.trials if trial.number not in seen]
    rest.sort(key=lambda trial: (order.index(trial.state), trial.number))
    names = param_names(study.trials)
    rows = [
        {
            "rank": place if place <= len(ranked) else None,
            "trial": trial.number,
            "state": trial.state,
            "reason": trial_reason(trial),
            **dict(zip(objectives, trial.values or [None] * len(objectives), strict=True)),
            **{name: metric_of(trial, name) for name in _SHOWN_METRICS},
            "duration_seconds": trial_seconds(trial),
            **{name: trial.params.get(name) for name in names},
        }
        for place, trial in enumerate([*ranked, *rest][:top], start=1)
    ]
    columns = ["rank", "trial", "state", "reason", *objectives, *_SHOWN_METRICS]
    frame = pd.DataFrame(rows, columns=[*columns, "duration_seconds", *names])
    whole = [name for name in names if type(DEFAULTS.get(name)) is int]
    # Nullable, so that a trial without the number does not turn 5 into 5.0 in leaderboard.csv.
    return frame.astype(dict.fromkeys(["rank", "n_predictions", *whole], "Int64"))


def param_names(trials: tuple[TrialRecord, ...]) -> list[str]:
    """Return every tuned name: those of production Titan in its order, then the others sorted."""
    used = {name for trial in trials for name in trial.params}
    return [name for name in TUNABLE_PARAMS if name in used] + sorted(used - set(TUNABLE_PARAMS))


def state_counts(study: StudyRecord) -> dict[str, tuple[int, dict[str, int]]]:
    """Return for each state that occurs, in words, its count and the reasons behind it."""
    found: dict[str, tuple[int, dict[str, int]]] = {}
    for state, word in _STATE_WORDS.items():
        trials = [trial for trial in study.trials if trial.state == state]
        if trials:
            reasons = Counter(filter(None, map(trial_reason, trials)))
            found[word] = len(trials), dict(reasons.most_common())
    return found
