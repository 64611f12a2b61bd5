"""The parent run of a study: settings, candles as a dataset, the best so far, note and files."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run, RunTag

from titan_mlopt.analysis.ranking import best_trial, scale_of_study
from titan_mlopt.analysis.significance import StudyStatistics, statistics_metrics
from titan_mlopt.analysis.summary import metric_of, summarise
from titan_mlopt.core.provenance import code_version
from titan_mlopt.core.scoring import objective_value
from titan_mlopt.core.settings import BY_FIELD, BY_NAME
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, TrialRecord
from titan_mlopt.report.findings.kinds import finding_metrics
from titan_mlopt.tracking.run_content import NOTE, RUN_NAME, STUDY_KIND, VERSION, study_tags
from titan_mlopt.tracking.store import KIND, Parent

#: Tag of a resumed study's parent: ids of the earlier parent runs, newest first.
EARLIER = "titan_mlopt.earlier_parents"
#: Tag of a parent run: id of the call of ``optimize`` that created it.
CALL = "titan_mlopt.call"
# Settings that are no params: one may hold a password, the other one is a file of its own.
_NO_PARAMS = ("tracking_uri", "space")
_COUNTS = (
    *("total_trials", "completed_trials", "pruned_trials", "failed_trials"),
    *("ece_violations", "ece_violations_beyond_noise"),
)
#: Metrics of each baseline that has them, logged as ``baseline_<name>_<metric>``.
BASELINE_METRICS = ("accuracy", "n_predictions", "ece", "sharpe", "walk_accuracy", "walk_sharpe")
_BEST_METRICS = ("accuracy", "ece", "sharpe")
# Longest digest of a dataset that MLflow stores.
_DIGEST_CHARS = 36


def parent_tags(study: StudyRecord, earlier: Sequence[str]) -> dict[str, str]:
    """Return a parent's tags; earlier: ids of the parents before it, the newest first."""
    tags = {KIND: STUDY_KIND, VERSION: code_version(), **study_tags(study)}
    return tags | ({EARLIER: ",".join(earlier[:50])} if earlier else {})


def begin_parent(client: MlflowClient, parent: Parent, study: StudyRecord) -> None:
    """Write settings and candles, which are known before any trial; idempotent."""
    written = client.get_run(parent.run_id).data.params
    missing = missing_params(study.settings, written)
    client.log_batch(parent.run_id, params=[Param(k, v) for k, v in missing.items()])
    client.log_inputs(parent.run_id, [candles_input(study.candles)])


def missing_params(settings: Mapping[str, object], written: Mapping[str, str]) -> dict[str, str]:
    """Return the settings as params that a run lacks.

    `mlflow run` writes its own parameters, by the names of the options: one that says the same as a
    setting under another name, as ``pruner`` does of ``pruner_type``, is enough.

    Args:
        settings: Of the study, by the names of their fields.
        written: Params that the run has already.
    """
    return {
        name: str(value)
        for name, value in settings.items()
        if name not in (*written, *_NO_PARAMS) and not _is_said(name, value, written)
    }


def _is_said(name: str, value: object, written: Mapping[str, str]) -> bool:
    setting = BY_NAME["candles"] if name == "candles_path" else BY_FIELD.get(name)
    if setting is None or setting.name not in written:
        return False
    # `mlflow run` quotes values as a shell needs them.
    return written[setting.name] in (setting.text(value), shlex.quote(setting.text(value)))


def candles_input(candles: Mapping[str, object]) -> DatasetInput:
    """Return the candles as a dataset of MLflow.

    MLflow's own digest would miss changes within the file. Ours is the first 36 digits of the
    SHA-256, the most that MLflow takes; the profile has all of them.
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
    """Return the study's counts, and the metrics of its baselines and of its best trial."""
    summary = summarise(study)
    metrics = {name: float(summary[name]) for name in _COUNTS} | _baseline_metrics(study)
    best = best_trial(study)
    return metrics | (_best_metrics(best, study) if best is not None else {})


def _baseline_metrics(study: StudyRecord) -> dict[str, float]:
    return {
        f"baseline_{baseline.name}_{name}": value
        for baseline in study.baselines
        for name in BASELINE_METRICS
        if (value := metric_of(baseline, name)) is not None
    }


def _best_metrics(best: TrialRecord, study: StudyRecord) -> dict[str, float]:
    assert best.values is not None
    metrics = {"objective_value": objective_value(best.values, scale_of_study(study))}
    metrics |= {name: value for name in _BEST_METRICS if (value := best.metric(name)) is not None}
    return {f"best_{name}": float(value) for name, value in metrics.items()}


class RunningBest:
    """The best trial so far, as metrics whose step is the number of a trial."""

    def __init__(self, study: StudyRecord) -> None:
        self._study = study
        self._best: TrialRecord | None = None

    def update(self, trial: TrialRecord) -> list[Metric]:
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
        timestamp_ms = int((time.time() if when is None else when) * 1000)
        metrics = _best_metrics(self._best, self._study)
        return [Metric(name, value, timestamp_ms, step) for name, value in metrics.items()]


def _order(trial: TrialRecord) -> tuple[float, ...]:
    return (*(-value for value in trial.values or ()), trial.number)


def best_history(study: StudyRecord) -> Iterator[Metric]:
    """Yield the metrics of each trial that was the best at its end; the last again at the end."""
    best, last = RunningBest(study), None
    for trial in sorted(study.trials, key=lambda trial: (trial.finished_at or 0.0, trial.number)):
        yield from best.update(trial)
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
    """Write the parent's description, metrics and files.

    Args:
        client: Of the store.
        parent: The run to describe.
        study: With all its trials.
        note: The description, Markdown.
        folder: Every file under it is uploaded.
        statistics: As ``study_statistics`` returns them.
    """
    best = parent_metrics(study)
    metrics = {
        **{k: v for k, v in best.items() if not k.startswith("best_")},
        **(statistics_metrics(statistics) if statistics else {}),
        **finding_metrics(study),
    }
    client.log_batch(
        parent.run_id,
        metrics=[*_single_values(metrics), *best_history(study)],
        tags=[RunTag(NOTE, note), RunTag(RUN_NAME, study.name)],
    )
    _correct(client, parent.run_id, best | metrics)
    client.log_artifacts(parent.run_id, str(folder))


def _single_values(metrics: Mapping[str, float]) -> list[Metric]:
    """Return metrics as of now, at step 0, where MLflow draws them as bars."""
    timestamp_ms = int(time.time() * 1000)
    return [Metric(name, value, timestamp_ms, 0) for name, value in metrics.items()]


def add_findings(client: MlflowClient, run_id: str, study: StudyRecord, note: str) -> None:
    """Write the description, and the metrics of findings made after the trials."""
    metrics = finding_metrics(study)
    client.log_batch(run_id, metrics=_single_values(metrics), tags=[RunTag(NOTE, note)])
    _correct(client, run_id, metrics)


def _correct(client: MlflowClient, run_id: str, metrics: Mapping[str, float]) -> None:
    """Log metrics again that a wrong value at a later step hides, at that step.

    Earlier versions logged single values at the last trial's number.
    """
    actual, timestamp_ms = client.get_run(run_id).data.metrics, int(time.time() * 1000)
    corrections = []
    for name, value in metrics.items():
        if actual.get(name) != value:
            last = max(client.get_metric_history(run_id, name), key=lambda m: m.step)
            corrections.append(
                Metric(name, value, max(timestamp_ms, last.timestamp + 1), last.step)
            )
    if corrections:
        client.log_batch(run_id, metrics=corrections)


def is_described(run: Run, study: StudyRecord) -> bool:
    """Return whether a parent run has a description and the study's current metrics."""
    metrics = parent_metrics(study) | finding_metrics(study)
    return bool(run.data.tags.get(NOTE)) and all(
        run.data.metrics.get(name) == value for name, value in metrics.items()
    )
