"""``titan-mlopt delete-study``: a study, its runs and their artifacts, away for good."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from titan_mlopt.cli import options
from titan_mlopt.errors import ConfigError, StudyError

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from titan_mlopt.study.overview import Overview
    from titan_mlopt.tracking.deletion import Removed, Traces

_EXIT_NOTHING_DONE = 1
# Most parents and kept runs that are named.
_NAMED = 10


@click.command("delete-study")
@options.db
@click.option("--study-name", "--study", "study_name", required=True, help="Name of the study.")
@options.switch("--yes", "Do not ask.")
@options.switch("--keep-runs", "Leave MLflow alone; delete the study in the database only.")
@options.switch("--with-versions", "Delete the registered versions that come from it as well.")
def delete_study(db: str, study_name: str, yes: bool, keep_runs: bool, with_versions: bool) -> None:
    """Delete a study from its database, and its runs with their artifacts from MLflow.

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
    from titan_mlopt.study.database import storage_errors
    from titan_mlopt.study.lease import hold_study
    from titan_mlopt.study.storage import load_stored, remove_study

    seen = _find_study(db, study_name)
    client, traces = (None, None) if keep_runs else _find_traces(seen.study.uid)
    click.echo("\n".join(_plan(seen, db, traces, with_versions)))
    if not yes and not click.confirm("delete this?"):
        click.echo("nothing was deleted")
        sys.exit(_EXIT_NOTHING_DONE)
    removed = None
    _, backend = load_stored(db, study_name)
    with storage_errors(db), hold_study(backend, study_name):  # nobody tunes it meanwhile
        if client is not None and traces is not None:
            removed = _remove(client, traces, with_versions)
        remove_study(db, study_name)
    click.echo("\n".join(_done(seen, traces, removed, with_versions)))


def _find_study(db: str, study_name: str) -> Overview:
    """Return the study; ``StudyError`` when it is not there or is another program's."""
    from titan_mlopt.study.overview import read_overviews
    from titan_mlopt.study.storage import load_study

    load_study(db, study_name)  # says which there are when it is none of them
    (seen,) = [seen for seen in read_overviews(db) if seen.study.name == study_name]
    if not seen.study.uid and seen.study.trials:
        raise StudyError(
            f"study {study_name}: must be one of titan_mlopt's, got trials of another program; "
            "delete it with `optuna delete-study`"
        )
    return seen


def _find_traces(uid: str) -> tuple[MlflowClient | None, Traces | None]:
    """Return a client and what MLflow has; nothing of a study that never got its identity."""
    if not uid:
        return None, None
    from titan_mlopt.tracking.deletion import find_traces
    from titan_mlopt.tracking.store import (
        StoreUnavailable,
        mlflow_errors,
        open_client,
        tracking_uri,
    )

    uri = tracking_uri()
    try:
        with mlflow_errors(uri):
            client = open_client(uri, "write")
            return client, find_traces(client, uid)
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{error}, or leave its runs alone with --keep-runs") from error


def _remove(client: MlflowClient, traces: Traces, with_versions: bool) -> Removed:
    from titan_mlopt.tracking.deletion import remove_traces
    from titan_mlopt.tracking.store import mlflow_errors

    going, _ = traces.split(with_versions=with_versions)
    hidden = not sys.stderr.isatty()
    with (
        mlflow_errors(client.tracking_uri),
        click.progressbar(length=len(going), label="runs", file=sys.stderr, hidden=hidden) as bar,
    ):
        return remove_traces(
            client, traces, with_versions=with_versions, on_run=lambda _: bar.update(1)
        )


def _plan(seen: Overview, db: str, traces: Traces | None, with_versions: bool) -> Iterator[str]:
    """Yield exactly what will go, and what will stay although it is the study's."""
    from titan_mlopt.records import RUNNING
    from titan_mlopt.report.phrases import moment_text, trials_text

    study = seen.study
    since = f", {moment_text(seen.since)} to {moment_text(seen.last)}" if study.trials else ""
    yield f"study {study.name} in {db}: {trials_text(len(study.trials))}{since}"
    if running := sum(trial.state == RUNNING for trial in study.trials):
        yield f"  {trials_text(running)} RUNNING: stop its tune first, if there is one"
    if traces is None:
        yield "MLflow is left alone"
        return
    going, kept = traces.split(with_versions=with_versions)
    parents = [run for run in going if run.parent]
    n_gone = sum(run.gone for run in going)
    yield (
        f"{_count(len(going), 'run')} in MLflow with their artifacts: "
        f"{_count(len(parents), 'parent')}, {len(going) - len(parents)} of trials"
        + (f", {n_gone} of them deleted in MLflow already" if n_gone else "")
    )
    yield from _listed([f"parent {run.run_id} {run.name}" for run in parents])
    if not traces.versions:
        return
    if with_versions:
        yield f"{_count(len(traces.versions), 'version')} of the registry with every alias"
    else:
        verb = "is" if len(traces.versions) == 1 else "are"
        what = "it" if len(kept) == 1 else "them"
        yield (
            f"what stays, unless --with-versions is given: {_count(len(kept), 'run')}, as "
            f"{_count(len(traces.versions), 'version')} of the registry {verb} made of {what}"
        )
    yield from _listed([f"{version} of run {version.run_id}" for version in traces.versions])


def _done(
    seen: Overview, traces: Traces | None, removed: Removed | None, with_versions: bool
) -> Iterator[str]:
    """Yield what was done, and in the last line what is left to do."""
    from titan_mlopt.report.phrases import trials_text

    study = seen.study
    yield f"deleted study {study.name} with {trials_text(len(study.trials))}"
    if traces is None or removed is None:
        return
    from titan_mlopt.tracking.deletion import purge_command
    from titan_mlopt.tracking.store import tracking_uri

    versions = f" and {_count(removed.versions, 'version')}" if removed.versions else ""
    yield f"deleted {_count(removed.runs, 'run')}{versions} in MLflow"
    _, kept = traces.split(with_versions=with_versions)
    if kept:
        names = ", ".join(map(str, traces.versions[:_NAMED]))
        yield f"{_count(len(kept), 'run')} kept for {names}"
    if removed.left:
        yield f"artifacts of {_count(removed.left, 'run')} are still there: {removed.cause}"
    if removed.runs:
        yield (
            "MLflow keeps the rows of deleted runs, these and any others, until you say: "
            f"{purge_command(tracking_uri())}"
        )


def _listed(lines: list[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:_NAMED])
    if len(lines) > _NAMED:
        yield f"  and {len(lines) - _NAMED} more"


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
