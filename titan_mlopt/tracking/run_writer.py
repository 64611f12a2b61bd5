"""Runs written to MLflow: one create, one upload, one dataset, one batch, one end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunInfo, RunTag
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from titan_mlopt.core.provenance import code_version
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trees import remove_tree
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.tracking.parent_run import candles_input
from titan_mlopt.tracking.reconcile import Runs, is_active
from titan_mlopt.tracking.run_content import (
    MIRRORED,
    NUMBER,
    PARENT_RUN,
    RUN_NAME,
    TRIAL,
    VERSION,
    trial_content,
    trial_files,
)
from titan_mlopt.tracking.store import Parent, is_refusal, of_study

# Most metrics of one request.
_BATCH = 1000


def log_values(
    client: MlflowClient,
    run_id: str,
    *,
    metrics: Mapping[str, float | None] = {},
    params: Mapping[str, object] = {},
    tags: Mapping[str, str] = {},
    timestamp_ms: int = 0,
) -> None:
    """Write metrics at step 0, params and tags of a run in one request.

    Args:
        client: Of the store.
        run_id: The run, which must not be deleted.
        metrics: Values by name; those that are None are left out.
        params: Values by name, written as text. MLflow refuses to change a param.
        tags: Text by name.
        timestamp_ms: Time of the metrics, milliseconds since 1970.
    """
    client.log_batch(
        run_id,
        metrics=[Metric(k, v, timestamp_ms, 0) for k, v in metrics.items() if v is not None],
        params=[Param(name, str(value)) for name, value in params.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )


def log_histories(
    client: MlflowClient, run_id: str, points: Sequence[tuple[str, float, int, int]]
) -> None:
    """Write points of metrics; MLflow keeps one of several that are the same.

    Args:
        client: Of the store.
        run_id: The run, which must not be deleted.
        points: Name, value, milliseconds since 1970, and step of each.
    """
    metrics = [Metric(*point) for point in points]
    for first in range(0, len(metrics), _BATCH):
        client.log_batch(run_id, metrics=metrics[first : first + _BATCH])


def log_texts(client: MlflowClient, run_id: str, files: Mapping[str, str]) -> None:
    """Write text files among a run's artifacts; files: content by name."""
    for name, text in files.items():
        client.log_text(run_id, text, name)


def begin_run(
    client: MlflowClient, trial: TrialRecord, study: StudyRecord, parent: Parent
) -> RunInfo:
    """Create the run of a trial under the parent; return its id and artifact URI."""
    content = trial_content(trial, study)
    tags = {**content.tags, PARENT_RUN: parent.run_id, VERSION: code_version()}
    run = client.create_run(
        parent.experiment_id, start_time=content.started_ms, tags=tags, run_name=content.name
    )
    return run.info


def find_begun(client: MlflowClient, number: int, study: StudyRecord, parent: Parent) -> str | None:
    """Return the run of a trial if a request whose answer was lost created it, else None."""
    filter_text = f"{of_study(study.uid)} and tags.`{TRIAL}` = '{number}'"
    runs = client.search_runs([parent.experiment_id], filter_text, max_results=1)
    return str(runs[0].info.run_id) if runs and is_active(runs[0]) else None


def finish_run(
    client: MlflowClient, run_id: str, trial: TrialRecord, study: StudyRecord, folder: Path
) -> None:
    """Write the content of an ended trial's run and end the run; idempotent.

    The files are written first and the end last, so that a run that has ended is complete. folder:
    for files until they are uploaded.
    """
    upload_files(client, run_id, trial, folder)
    log_candles(client, run_id, study)
    write_batch(client, run_id, trial, study)
    end_run(client, run_id, trial, study)


def upload_files(
    client: MlflowClient, run_id: str, trial: TrialRecord, folder: Path, artifact_uri: str = ""
) -> None:
    """Upload the files of an ended trial's run, by way of ``folder``.

    artifact_uri: of the run; "" asks MLflow for it.
    """
    files = trial_files(trial)
    if files:
        run_folder = folder / run_id
        try:
            run_folder.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                (run_folder / name).write_text(text, encoding="utf-8")
            # Databricks adds the profile to the URI, as its own client does.
            if artifact_uri and not client.tracking_uri.startswith("databricks"):
                store = get_artifact_repository(artifact_uri, tracking_uri=client.tracking_uri)
                store.log_artifacts(str(run_folder))  # type: ignore[no-untyped-call]  # no annotations
            else:
                client.log_artifacts(run_id, str(run_folder))
        finally:
            remove_tree(run_folder)


def log_candles(client: MlflowClient, run_id: str, study: StudyRecord) -> None:
    """Link a trial's run with the candles as a dataset, by which runs can be filtered."""
    client.log_inputs(run_id, [candles_input(study.candles)])


def write_batch(
    client: MlflowClient,
    run_id: str,
    trial: TrialRecord,
    study: StudyRecord,
    written: Mapping[tuple[str, int], float] = {},
    tagged: Mapping[str, str] = {},
) -> None:
    """Write params, metrics and tags.

    written: metrics that the run has already, by name and step. tagged: tags that it has already.
    """
    content = trial_content(trial, study)
    tags = {**content.tags, RUN_NAME: content.name, MIRRORED: content.digest}
    tags = {name: value for name, value in tags.items() if tagged.get(name) != value}
    client.log_batch(
        run_id,
        metrics=[m for m in content.metrics if written.get((m.key, m.step)) != m.value],
        params=[Param(name, value) for name, value in content.params.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )


def number_runs(client: MlflowClient, runs: Runs) -> None:
    """Write the number of the trial into runs of earlier versions, for the chart that needs it."""
    for number, trial_runs in runs.by_trial.items():
        for run in filter(is_active, trial_runs):
            if number is not None and NUMBER not in run.data.metrics:
                try:
                    log_values(client, run.info.run_id, metrics={NUMBER: number})
                except MlflowException as error:  # without it a run is missing in one chart alone
                    if not is_refusal(error):
                        raise


def end_run(client: MlflowClient, run_id: str, trial: TrialRecord, study: StudyRecord) -> None:
    """Set status and end time of an ended trial's run."""
    content = trial_content(trial, study)
    client.set_terminated(run_id, content.status, content.ended_ms)
