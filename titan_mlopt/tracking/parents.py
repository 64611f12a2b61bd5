"""The parent run of a study: settings, candles as a dataset, the best so far, note and files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run, RunTag

from titan_mlopt.provenance import code_version
from titan_mlopt.records import COMPLETE, StudyRecord, TrialRecord
from titan_mlopt.report.ranking import best_trial, scale_of_study
from titan_mlopt.report.statistics import StudyStatistics, statistics_metrics
from titan_mlopt.report.summary import metric_of, summarise
from titan_mlopt.report.worth import finding_metrics
from titan_mlopt.scoring import objective_value
from titan_mlopt.tracking.runs import NOTE, RUN_NAME, STUDY_KIND, VERSION, study_tags
from titan_mlopt.tracking.store import KIND, Parent

#: Tag of a resumed study's parent: the run ids of the parents before it, the newest first.
EARLIER = "titan_mlopt.earlier_parents"
#: Tag of the parent that one call of ``optimize`` asked for.
CALL = "titan_mlopt.call"
# Settings that are no param: what may hold a password, and what is a file of its own.
_NO_PARAMS = ("tracking_uri", "space")
_COUNTS = (
    *("total_trials", "completed_trials", "pruned_trials", "failed_trials"),
    *("ece_violations", "ece_violations_beyond_noise"),
)
#: Of each baseline, as ``baseline_<name>_<metric>``, where it has them.
BASELINE_METRICS = ("accuracy", "n_predictions", "ece", "sharpe", "walk_accuracy", "walk_sharpe")
_BASELINE = "baseline_"
_BEST_METRICS = ("accuracy", "ece", "sharpe")
# Longest digest of a dataset that MLflow stores.
_DIGEST_CHARS = 36


def parent_tags(study: StudyRecord, earlier: Sequence[str]) -> dict[str, str]:
    """Return a parent's tags; earlier: ids of the parents before it, the newest first."""
    tags = {KIND: STUDY_KIND, VERSION: code_version(), **study_tags(study)}
    return tags | ({EARLIER: ",".join(earlier[:50])} if earlier else {})


def begin_parent(client: MlflowClient, parent: Parent, study: StudyRecord) -> None:
    """Write what is known before any trial: settings and candles; twice does no harm."""
    there = client.get_run(parent.run_id).data.params
    settings = [
        Param(name, str(value))
        for name, value in study.settings.items()
        if name not in there and name not in _NO_PARAMS
    ]
    client.log_batch(parent.run_id, params=settings)
    client.log_inputs(parent.run_id, [candles_input(study.candles)])


def candles_input(candles: Mapping[str, object]) -> DatasetInput:
    """Return the candles as MLflow lists a dataset; MLflow's own digest misses changes inside.

    The digest is the first 36 digits of the SHA-256, all that MLflow takes; the profile has all.
    """
    sha256 = str(candles.get("sha256", ""))
    dataset = Dataset(
        name=str(candles.get("name", "candles"))[:500],
        digest=sha256[:_DIGEST_CHARS],
        source_type="local",
        source=json.dumps({"uri": candles.get("name")}),
        schema=json.dumps({"mlflow_colspec": _COLUMNS}),
        profile=json.dumps(dict(candles)),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "tuning")])


_COLUMNS = [
    {"type": "long" if name == "timestamp" else "double", "name": name, "required": True}
    for name in ("timestamp", "open", "high", "low", "close", "volume")
]


def parent_metrics(study: StudyRecord) -> dict[str, float]:
    """Return the study's counts, its baselines' and the best trial's metrics, as they stand."""
    summary = summarise(study)
    metrics = {name: float(summary[name]) for name in _COUNTS} | _baseline_metrics(study)
    best = best_trial(study)
    return metrics | (_best_metrics(best, study) if best is not None else {})


def _baseline_metrics(study: StudyRecord) -> dict[str, float]:
    found = {
        f"{_BASELINE}{baseline.name}_{name}": metric_of(baseline, name)
        for baseline in study.baselines
        for name in BASELINE_METRICS
    }
    return {name: value for name, value in found.items() if value is not None}


def _best_metrics(best: TrialRecord, study: StudyRecord) -> dict[str, float]:
    assert best.values is not None
    found = {"objective_value": objective_value(best.values, scale_of_study(study))}
    found |= {name: value for name in _BEST_METRICS if (value := best.metric(name)) is not None}
    return {f"best_{name}": float(value) for name, value in found.items()}


class RunningBest:
    """The best trial so far, told as metrics whose step is the number of the trial."""

    def __init__(self, study: StudyRecord) -> None:
        self._study = study
        self._best: TrialRecord | None = None

    def hear(self, trial: TrialRecord) -> list[Metric]:
        """Return the metrics of the new best, [] when the trial is none."""
        if trial.state != COMPLETE or not trial.values:
            return []
        if self._best is not None and _order(trial) >= _order(self._best):
            return []
        self._best = trial
        return self.at(trial.number, trial.finished_at)

    def at(self, step: int, when: float | None) -> list[Metric]:
        """Return the metrics of the best so far as of trial ``step``, [] while there is none."""
        if self._best is None:
            return []
        moment = int((time.time() if when is None else when) * 1000)
        found = _best_metrics(self._best, self._study)
        return [Metric(name, value, moment, step) for name, value in found.items()]


def _order(trial: TrialRecord) -> tuple[float, ...]:
    return (*(-value for value in trial.values or ()), trial.number)


def best_history(study: StudyRecord) -> Iterator[Metric]:
    """Yield the metrics of each trial that was the best when it ended, and of the last of these."""
    best, last = RunningBest(study), None
    for trial in sorted(study.trials, key=lambda trial: (trial.finished_at or 0.0, trial.number)):
        yield from best.hear(trial)
        last = trial if trial.finished_at is not None else last
    if last is not None:
        final = max(trial.number for trial in study.trials)
        yield from best.at(final, last.finished_at)


def describe_parent(
    client: MlflowClient,
    parent: Parent,
    study: StudyRecord,
    note: str,
    folder: Path,
    statistics: StudyStatistics | None,
) -> None:
    """Write the parent's description, metrics and every file under ``folder``.

    statistics: as ``study_statistics`` gives them.
    """
    now = int(time.time() * 1000)
    final = max((trial.number for trial in study.trials), default=0)
    wanted = {
        **{k: v for k, v in parent_metrics(study).items() if k in _COUNTS or _is_baseline(k)},
        **(statistics_metrics(statistics) if statistics else {}),
        **finding_metrics(study),
    }
    client.log_batch(
        parent.run_id,
        metrics=[*(Metric(k, v, now, final) for k, v in wanted.items()), *best_history(study)],
        tags=[RunTag(NOTE, note), RunTag(RUN_NAME, study.name)],
    )
    _outdo(client, parent, parent_metrics(study))
    client.log_artifacts(parent.run_id, str(folder))


def _is_baseline(name: str) -> bool:
    return name.startswith(_BASELINE)


def add_findings(client: MlflowClient, run_id: str, study: StudyRecord, note: str) -> None:
    """Write description and metrics of what was found out after the trials; not the files."""
    now = int(time.time() * 1000)
    final = max((trial.number for trial in study.trials), default=0)
    metrics = [Metric(name, value, now, final) for name, value in finding_metrics(study).items()]
    client.log_batch(run_id, metrics=metrics, tags=[RunTag(NOTE, note)])


def _outdo(client: MlflowClient, parent: Parent, wanted: Mapping[str, float]) -> None:
    """Log again, at the last step there is, what a wrong value at a later step still hides."""
    there, now = client.get_run(parent.run_id).data.metrics, int(time.time() * 1000)
    for name, value in wanted.items():
        if there.get(name) != value:
            last = max(client.get_metric_history(parent.run_id, name), key=lambda m: m.step)
            again = Metric(name, value, max(now, last.timestamp + 1), last.step)
            client.log_batch(parent.run_id, metrics=[again])


def is_described(run: Run, study: StudyRecord) -> bool:
    """Return whether a parent run has a description and the study's metrics as they stand."""
    wanted = parent_metrics(study) | finding_metrics(study)
    return bool(run.data.tags.get(NOTE)) and all(
        run.data.metrics.get(name) == value for name, value in wanted.items()
    )
