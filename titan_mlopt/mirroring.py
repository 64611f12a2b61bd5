"""A study's report for its parent run, and the whole mirror held against the study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.bundle import build_bundle, save_bundle
from titan_mlopt.config import DASK, TunerConfig
from titan_mlopt.place import Place
from titan_mlopt.provenance import git_commit
from titan_mlopt.records import StudyRecord
from titan_mlopt.report.summary import best_trial
from titan_mlopt.space import Space, space_text
from titan_mlopt.subject import scratch_folder

if TYPE_CHECKING:
    import optuna
    from mlflow import MlflowClient

    from titan_mlopt.report.statistics import StudyStatistics
    from titan_mlopt.tracking.reconcile import Runs
    from titan_mlopt.tracking.repair import Mender
    from titan_mlopt.tracking.store import Parent

#: Folder of the config among the parent run's artifacts.
BEST_CONFIG = "best_config"


@dataclass(frozen=True)
class StudyReport:
    """What is written about a study. stopped: why it ended early."""

    study: optuna.Study
    record: StudyRecord
    config: TunerConfig
    db_path: Place
    stopped: str | None = None

    @cached_property
    def statistics(self) -> StudyStatistics | None:
        """What the best trial is worth, in-sample."""
        from titan_mlopt.report.statistics import study_statistics

        return study_statistics(self.record)

    def write(self, folder: Path) -> None:
        """Write plots, tables and the best config into ``folder``: all but the note."""
        from titan_mlopt.report.commands import SPACE_FILE
        from titan_mlopt.report.folder import PLOTS, write_plots, write_tables

        write_plots(self.study, self.record, folder / PLOTS)
        write_tables(self.record, folder, self.statistics)
        if self.config.space != Space():
            (folder / SPACE_FILE).write_text(space_text(self.config.space))
        best = best_trial(self.record)
        if best is not None:
            save_bundle(build_bundle(self.record, best, git_commit()), folder / BEST_CONFIG)

    def write_note(self, folder: Path, links: Mapping[int, str]) -> str:
        """Write the note into ``folder`` and return it; links: each trial's page."""
        from titan_mlopt.report.commands import study_commands
        from titan_mlopt.report.folder import write_note
        from titan_mlopt.report.note import markdown_note

        commands = study_commands(self.record, self.config, self.db_path)
        note = markdown_note(
            *(self.record, commands),
            trial_links=links,
            stopped=self.stopped,
            statistics=self.statistics,
        )
        write_note(note, folder)
        return note


def config_of(record: StudyRecord) -> TunerConfig:
    """Return the settings of a study as it was last tuned; folders that are gone are left out."""
    settings = dict(record.settings)
    known = {k: v for k, v in settings.items() if k in TunerConfig.__dataclass_fields__}
    # On Dask the backtest's folder is one of the workers'.
    here = ("scratch",) if known.get("executor") == DASK else ("backtest_path", "scratch")
    for name in here:
        if known.get(name) and not Path(str(known[name])).is_dir():
            del known[name]
    space = known.pop("space", None)
    if isinstance(space, Mapping):
        ranges = {name: tuple(bounds) for name, bounds in space["ranges"].items()}
        known["space"] = Space(ranges, dict(space["fixed"]))
    return TunerConfig(**known)


@contextmanager
def open_mender(
    study: optuna.Study, record: StudyRecord, db_path: Place, uri: str
) -> Iterator[Mender]:
    """Give what holds the runs in the store at ``uri`` against the study, and mends them."""
    from titan_mlopt.tracking.repair import Mender
    from titan_mlopt.tracking.store import open_client

    config = config_of(record)
    client = open_client(uri)
    with scratch_folder(config) as folder:

        def describe(parent: Parent, runs: Runs) -> None:
            report = StudyReport(study, record, config, db_path)
            _describe(client, parent, report, folder / "report", _links_of(runs))

        def begin(earlier: list[str]) -> Parent:
            return _begin(client, record, config, earlier)

        yield Mender(client, record, begin, describe, folder)


def publish_findings(record: StudyRecord, db_path: Place, notice: Callable[[str], None]) -> None:
    """Write them to the store in force, where there is one; ``notice`` is told when it fails."""
    from titan_mlopt.errors import TrackingError
    from titan_mlopt.tracking.store import mlflow_errors, sqlite_file, tracking_uri

    uri = tracking_uri()
    file = sqlite_file(uri)
    if file is not None and not file.is_file():
        return
    try:
        with mlflow_errors(uri):
            mirror_findings(record, db_path, uri)
    except TrackingError as error:
        notice(
            f"MLflow: must take what was found, got {error}; the study has it, and `titan-mlopt "
            "doctor --repair` writes it"
        )


def mirror_findings(record: StudyRecord, db_path: Place, uri: str) -> bool:
    """Write what was found out after the trials to the study's newest parent run, but no plots.

    Returns whether the store has such a run. Raises what MLflow raises.
    """
    from titan_mlopt.report.commands import study_commands
    from titan_mlopt.report.folder import write_note, write_tables
    from titan_mlopt.report.note import markdown_note
    from titan_mlopt.tracking.parents import add_findings
    from titan_mlopt.tracking.reconcile import find_runs
    from titan_mlopt.tracking.store import open_client

    client, config = open_client(uri, "write"), config_of(record)
    runs = find_runs(client, record.uid)
    living = list(runs.living_parents)
    if not living:
        return False
    commands = study_commands(record, config, db_path)
    note = markdown_note(record, commands, trial_links=_links_of(runs))
    with scratch_folder(config) as folder:
        write_tables(record, folder / "report")
        write_note(note, folder / "report")
        client.log_artifacts(living[-1], str(folder / "report"))
    add_findings(client, living[-1], record, note)
    return True


def _links_of(runs: Runs) -> dict[int, str]:
    from titan_mlopt.tracking.store import run_address

    newest = {number: own[-1].info for number, own in runs.by_trial.items() if number is not None}
    return {n: run_address(info.experiment_id, info.run_id) for n, info in newest.items()}


def _describe(
    client: MlflowClient,
    parent: Parent,
    report: StudyReport,
    folder: Path,
    links: Mapping[int, str],
) -> None:
    from titan_mlopt.tracking.parents import describe_parent

    report.write(folder)
    note = report.write_note(folder, links)
    describe_parent(client, parent, report.record, note, folder, report.statistics)


def _begin(
    client: MlflowClient, record: StudyRecord, config: TunerConfig, earlier: list[str]
) -> Parent:
    """Make a parent run for a study that nobody tunes now."""
    from titan_mlopt.tracking.parents import begin_parent, parent_tags
    from titan_mlopt.tracking.store import open_parent

    parent = open_parent(client, record.name, config.experiment, parent_tags(record, earlier))
    begin_parent(client, parent, record)
    client.set_terminated(parent.run_id, "FINISHED")
    return parent
