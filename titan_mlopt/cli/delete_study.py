"""``titan-mlopt delete-study``: a study, its runs and their artifacts, away for good."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo, print_result
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.trial import RUNNING
from titan_mlopt.report.format import moment_text, trials_text
from titan_mlopt.study.storage.lock import lock_study
from titan_mlopt.study.storage.overview import Overview, read_overviews
from titan_mlopt.study.storage.sqlite import storage_errors
from titan_mlopt.study.storage.studies import load_stored, load_study, remove_study
from titan_mlopt.tracking.deletion import Removed, Traces, find_traces, purge_command, remove_traces
from titan_mlopt.tracking.store import mlflow_errors, open_client
from titan_mlopt.tracking.uri import StoreUnavailable, tracking_uri

_EXIT_NOTHING_DONE = 1
# Most parents and kept runs that are named.
_NAMED = 10


@command("delete-study")
@options.db
@click.option("--study-name", "--study", "study_name", required=True, help="Name of the study.")
@options.switch("--yes", "Do not ask.")
@options.switch("--keep-runs", "Leave MLflow alone; delete the study in the database only.")
@options.switch("--with-versions", "Delete the registered versions that come from it as well.")
@options.as_json
def delete_study(
    db: str, study_name: str, yes: bool, keep_runs: bool, with_versions: bool, as_json: bool
) -> None:
    """Delete a study, with its MLflow runs and their artifacts.

    What will go is shown first. The runs go first and the study last, so that a deletion that was
    interrupted is finished by the same command. A run that a registered version is made of stays.
    """
    if not yes and not sys.stdin.isatty():
        raise ConfigError(
            "yes: must be given where nobody can be asked, got no terminal on stdin; add --yes"
        )
    if keep_runs and with_versions:
        raise ConfigError(
            "keep_runs, with_versions: must be one of the two, got both; leave one out"
        )
    overview = _find_study(db, study_name)
    traces = None if keep_runs else _find_traces(overview.study.uid)
    echo("\n".join(_plan(overview, db, traces, with_versions)), err=as_json)
    if not yes and not click.confirm("delete this?", err=as_json):
        document = _document(overview, traces, None, with_versions, deleted=False)
        print_result(document, ["nothing was deleted"], as_json=as_json)
        sys.exit(_EXIT_NOTHING_DONE)
    _, backend = load_stored(db, study_name)
    with storage_errors(db), lock_study(backend, study_name):  # nobody tunes it meanwhile
        removed = None if traces is None else _remove(traces, with_versions)
        remove_study(db, study_name)
    document = _document(overview, traces, removed, with_versions, deleted=True)
    print_result(document, _summary(overview, traces, removed, with_versions), as_json=as_json)


def _find_study(db: str, study_name: str) -> Overview:
    """Return the study; ``StudyError`` when it is not there or is another program's."""
    load_study(db, study_name)  # names the studies that exist when it is none of them
    (overview,) = [item for item in read_overviews(db) if item.study.name == study_name]
    if not overview.study.uid and overview.study.trials:
        raise StudyError(
            f"study {study_name}: must be one of titan_mlopt's, got trials of another program; "
            "delete it with `optuna delete-study`"
        )
    return overview


def _find_traces(uid: str) -> Traces | None:
    """Return what MLflow has; None for a study that never got its identity."""
    if not uid:
        return None
    uri = tracking_uri()
    try:
        with mlflow_errors(uri):
            return find_traces(open_client(uri, "write"), uid)
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{error}, or leave its runs alone with --keep-runs") from error


def _remove(traces: Traces, with_versions: bool) -> Removed:
    runs, _ = traces.split(with_versions=with_versions)
    uri, hidden = tracking_uri(), not sys.stderr.isatty()
    with (
        mlflow_errors(uri),
        click.progressbar(length=len(runs), label="runs", file=sys.stderr, hidden=hidden) as bar,
    ):
        return remove_traces(
            open_client(uri, "write"),
            traces,
            with_versions=with_versions,
            on_run=lambda _: bar.update(1),
        )


def _plan(overview: Overview, db: str, traces: Traces | None, with_versions: bool) -> Iterator[str]:
    """Yield exactly what will be deleted, and what of the study's will stay."""
    study = overview.study
    since = (
        f", {moment_text(overview.since)} to {moment_text(overview.last)}" if study.trials else ""
    )
    yield f"study {study.name} in {db}: {trials_text(len(study.trials))}{since}"
    if running := sum(trial.state == RUNNING for trial in study.trials):
        yield f"  {trials_text(running)} RUNNING: stop its tune first, if there is one"
    if study.openings:
        yield "its looks at sealed bars stay counted (docs/verdicts.md)"
    if traces is None:
        yield "MLflow is left alone"
        return
    runs, kept_runs = traces.split(with_versions=with_versions)
    parents = [run for run in runs if run.parent]
    n_gone = sum(run.deleted for run in runs)
    yield (
        f"{_count(len(runs), 'run')} in MLflow with their artifacts: "
        f"{_count(len(parents), 'parent')}, {len(runs) - len(parents)} of trials"
        + (f", {n_gone} of them deleted in MLflow already" if n_gone else "")
    )
    yield from _first_lines([f"parent {run.run_id} {run.name}" for run in parents])
    if not traces.versions:
        return
    if with_versions:
        yield f"{_count(len(traces.versions), 'version')} of the registry with every alias"
    else:
        verb = "is" if len(traces.versions) == 1 else "are"
        pronoun = "it" if len(kept_runs) == 1 else "them"
        yield (
            f"what stays, unless --with-versions is given: {_count(len(kept_runs), 'run')}, as "
            f"{_count(len(traces.versions), 'version')} of the registry {verb} made of {pronoun}"
        )
    yield from _first_lines([f"{version} of run {version.run_id}" for version in traces.versions])


def _summary(
    overview: Overview, traces: Traces | None, removed: Removed | None, with_versions: bool
) -> Iterator[str]:
    """Yield what was deleted, and in the last line what is left to do."""
    study = overview.study
    yield f"deleted study {study.name} with {trials_text(len(study.trials))}"
    if traces is None or removed is None:
        return
    versions = f" and {_count(removed.versions, 'version')}" if removed.versions else ""
    yield f"deleted {_count(removed.runs, 'run')}{versions} in MLflow"
    _, kept_runs = traces.split(with_versions=with_versions)
    if kept_runs:
        names = ", ".join(map(str, traces.versions[:_NAMED]))
        yield f"{_count(len(kept_runs), 'run')} kept for {names}"
    if removed.n_undeleted:
        yield f"artifacts of {_count(removed.n_undeleted, 'run')} are still there: {removed.cause}"
    if removed.runs:
        yield (
            "MLflow keeps the rows of deleted runs, these and any others, until you say: "
            f"{purge_command(tracking_uri())}"
        )


def _document(
    overview: Overview,
    traces: Traces | None,
    removed: Removed | None,
    with_versions: bool,
    *,
    deleted: bool,
) -> dict[str, object]:
    """Return the same for scripts."""
    _, kept_runs = ((), ()) if traces is None else traces.split(with_versions=with_versions)
    return {
        "study": overview.study.name,
        "study_uid": overview.study.uid,
        "deleted": deleted,
        "trials": len(overview.study.trials),
        "runs": removed.runs if removed else 0,
        "versions": removed.versions if removed else 0,
        "runs_kept": len(kept_runs),
        "runs_with_artifacts_left": removed.n_undeleted if removed else 0,
    }


def _first_lines(lines: list[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:_NAMED])
    if len(lines) > _NAMED:
        yield f"  and {len(lines) - _NAMED} more"


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
