"""Runs of trials written to MLflow: one create, one upload, one batch, one end."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Param, RunTag

from titan_mlopt.provenance import code_version
from titan_mlopt.records import StudyRecord, TrialRecord
from titan_mlopt.tracking.reconcile import is_active
from titan_mlopt.tracking.runs import (
    MIRRORED,
    PARENT_RUN,
    RUN_NAME,
    TRIAL,
    VERSION,
    trial_content,
    trial_files,
)
from titan_mlopt.tracking.store import Parent, of_study


def begin_run(client: MlflowClient, trial: TrialRecord, study: StudyRecord, parent: Parent) -> str:
    """Make the run of a trial under the parent; return its id."""
    content = trial_content(trial, study)
    tags = {**content.tags, PARENT_RUN: parent.run_id, VERSION: code_version()}
    made = client.create_run(
        parent.experiment_id, start_time=content.started_ms, tags=tags, run_name=content.name
    )
    return str(made.info.run_id)


def find_begun(client: MlflowClient, number: int, study: StudyRecord, parent: Parent) -> str | None:
    """Return the run of a trial that a request without an answer may have made, else None."""
    wanted = f"{of_study(study.uid)} and tags.`{TRIAL}` = '{number}'"
    found = client.search_runs([parent.experiment_id], wanted, max_results=1)
    return str(found[0].info.run_id) if found and is_active(found[0]) else None


def finish_run(
    client: MlflowClient, run_id: str, trial: TrialRecord, study: StudyRecord, folder: Path
) -> None:
    """Write all that an ended trial's run holds and end it; writing it twice does no harm.

    The files come first and the end last, so that a run that has ended is whole. folder: for the
    files on their way.
    """
    upload_files(client, run_id, trial, folder)
    write_batch(client, run_id, trial, study)
    end_run(client, run_id, trial, study)


def upload_files(client: MlflowClient, run_id: str, trial: TrialRecord, folder: Path) -> None:
    """Write the files of an ended trial's run; ``folder`` holds them on their way."""
    files = trial_files(trial)
    if files:
        place = folder / run_id
        try:
            place.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                (place / name).write_text(text, encoding="utf-8")
            client.log_artifacts(run_id, str(place))
        finally:
            shutil.rmtree(place, ignore_errors=True)


def write_batch(
    client: MlflowClient,
    run_id: str,
    trial: TrialRecord,
    study: StudyRecord,
    written: Mapping[tuple[str, int], float] = {},
    tagged: Mapping[str, str] = {},
) -> None:
    """Write params, metrics and tags.

    written: values that are there, by name and step. tagged: tags that are there.
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


def end_run(client: MlflowClient, run_id: str, trial: TrialRecord, study: StudyRecord) -> None:
    """Give the run of an ended trial its status and its end."""
    content = trial_content(trial, study)
    client.set_terminated(run_id, content.status, content.ended_ms)
