"""The runs of a stored study: compared and repaired, and findings added to its parent run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from titan_mlopt.core.errors import TrackingError, TrialError
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.local.workspace import scratch_folder
from titan_mlopt.report.commands import repair_command, study_commands, this_shell
from titan_mlopt.report.html import render_study_html
from titan_mlopt.report.study_page import markdown_note
from titan_mlopt.tracking.parent_run import (
    add_findings,
    begin_parent,
    describe_parent,
    parent_tags,
)
from titan_mlopt.tracking.project_run import open_parent
from titan_mlopt.tracking.reconcile import Runs, find_runs
from titan_mlopt.tracking.repair import RunRepairer
from titan_mlopt.tracking.shared_view import has_view, write_view
from titan_mlopt.tracking.store import Parent, mlflow_errors, open_client, run_address, sqlite_file
from titan_mlopt.tracking.study_report import StudyReport, config_of, writing_errors
from titan_mlopt.tracking.uri import tracking_uri

if TYPE_CHECKING:
    import optuna

_log = logging.getLogger(__name__)


@contextmanager
def open_repairer(
    study: optuna.Study, record: StudyRecord, db_path: StorageUrl, uri: str
) -> Iterator[RunRepairer]:
    """Give a repairer of the study's runs in the store at ``uri``."""
    config = config_of(record)
    client = open_client(uri)
    with scratch_folder(config.scratch) as folder:
        report = StudyReport(study, record, config, db_path, store=uri)

        def describe(parent: Parent, runs: Runs) -> None:
            report_folder = folder / "report"
            report.write(report_folder)
            note = report.write_note(report_folder, _links_of(runs))
            describe_parent(client, parent, record, note, report_folder, report.statistics)

        def begin(earlier: list[str]) -> Parent:
            return _begin(client, record, config, earlier)

        def show(parent: Parent) -> None:
            if not has_view(client, parent.experiment_id, record.uid):
                write_view(client, parent.experiment_id, record.uid, report.parameters)

        yield RunRepairer(
            *(client, record, begin, describe, folder),
            show=show,
            mark=lambda: report.mark,
        )


def publish_findings(
    record: StudyRecord, db_path: StorageUrl, notice: Callable[[str], None]
) -> None:
    """Write a study's findings to the store in force, if it exists; a failure is only a notice."""
    uri = tracking_uri()
    file = sqlite_file(uri)
    if file is not None and not file.is_file():
        return
    try:
        with mlflow_errors(uri):
            mirror_findings(record, db_path, uri)
    except (TrackingError, TrialError) as error:
        again = repair_command(this_shell(), db_path, record.name)
        notice(
            f"MLflow: must take what was found, got {error}; the study has it, and this writes "
            f"it: {again}"
        )


def mirror_findings(record: StudyRecord, db_path: StorageUrl, uri: str) -> bool:
    """Write the findings of a study to its newest parent run: note, page, tables and metrics.

    The plots stay as they are, and the page has the pictures that are stored there.

    Args:
        record: The study, with its findings.
        db_path: Where it is stored, for the commands in the note.
        uri: Of the MLflow store.

    Returns:
        Whether the store has a parent run of the study. Errors of MLflow are not caught.
    """
    # plotly: a second or two
    from titan_mlopt.report.folder import PLOTS, write_note, write_page, write_tables

    client, config = open_client(uri, "write"), config_of(record)
    runs = find_runs(client, record.uid)
    parents = list(runs.living_parents)
    if not parents:
        return False
    commands = study_commands(record, config, db_path, uri)
    note = markdown_note(record, commands, trial_links=_links_of(runs))
    with scratch_folder(config.scratch) as folder:
        pictures = _stored_pictures(client, parents[-1], PLOTS, folder)
        with writing_errors(folder / "report"):
            write_tables(record, folder / "report")
            write_note(note, folder / "report")
            write_page(render_study_html(record, commands, pictures), folder / "report")
        client.log_artifacts(parents[-1], str(folder / "report"))
    add_findings(client, parents[-1], record, note)
    return True


def _stored_pictures(client: MlflowClient, run_id: str, plots: str, folder: Path) -> list[str]:
    """Return the study's pictures as its parent run has them, by way of ``folder``.

    The page does without them where they cannot be fetched or are no pictures.
    """
    from titan_mlopt.report.svg.study import is_picture

    try:
        paths = [file.path for file in client.list_artifacts(run_id, plots)]
        copies = [
            client.download_artifacts(run_id, path, str(folder))
            for path in paths
            if is_picture(path.rpartition("/")[2])
        ]
        texts = [Path(copy).read_text(encoding="utf-8") for copy in copies]
    except (MlflowException, OSError, UnicodeDecodeError):
        return []
    return [text for text in texts if "<svg" in text]


def _links_of(runs: Runs) -> dict[int, str]:
    """Return the address of each trial's newest run, relative to any page of the same MLflow."""
    return {
        number: run_address(trial_runs[-1].info.experiment_id, trial_runs[-1].info.run_id)
        for number, trial_runs in runs.by_trial.items()
        if number is not None
    }


def _begin(
    client: MlflowClient, record: StudyRecord, config: TunerConfig, earlier: list[str]
) -> Parent:
    """Create a parent run for a study that is not being tuned."""
    tags = parent_tags(record, earlier)
    parent = open_parent(client, record.name, config.experiment, tags, _log.warning)
    begin_parent(client, parent, record)
    client.set_terminated(parent.run_id, "FINISHED")
    return parent
