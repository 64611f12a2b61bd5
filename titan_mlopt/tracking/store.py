"""An MLflow store: its client, its errors, and links to its pages."""

from __future__ import annotations

import logging
import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import quote

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.entities.paged_list import PagedList
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from titan_mlopt.core.errors import TrackingError, short_repr
from titan_mlopt.core.tuner_config import DEFAULT_EXPERIMENT
from titan_mlopt.report.commands import mlflow_command
from titan_mlopt.tracking.refusals import explain_refusal
from titan_mlopt.tracking.revision import known_revisions
from titan_mlopt.tracking.sqlite import (
    Content,
    find_content,
    is_cut_short,
    keep_log,
    make_store,
    store_errors,
)
from titan_mlopt.tracking.uri import (
    DEFAULT_STORE,
    SETTING,
    StoreRefused,
    StoreUnavailable,
    without_secrets,
)

#: Tags by which runs are searched: their kind, and the id of their study.
KIND, STUDY_UID = "titan_mlopt.kind", "titan_mlopt.study_uid"
#: Id of MLflow's own experiment, which is everybody's.
DEFAULT_ID = "0"
#: Metric of a trial by which its objective is ranked.
OBJECTIVE = "objective_value"
#: What a store is opened for; "make" creates one that does not exist.
Purpose = Literal["make", "write", "read"]
#: Results that one request of a search returns.
PAGE = 1000
_PORT = 5000
_EXPERIMENT_NAME, _EXPERIMENT_ID = "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"
T = TypeVar("T")
_log = logging.getLogger(__name__)
# What MLflow says of a store with the tables of another version.
_OTHER_SCHEMA = re.compile(r"out-of-date database schema \(found version (\w+)")
# Errors of MLflow that no retry will help.
_REFUSALS = frozenset(("INVALID_PARAMETER_VALUE", "BAD_REQUEST", "RESOURCE_DOES_NOT_EXIST"))


def open_client(
    uri: str, purpose: Purpose = "make", on_notice: Callable[[str], None] = _log.warning
) -> MlflowClient:
    """Return a client of a store and of the registry in it; global settings do not change.

    Args:
        uri: Of a server or a database. A new store in a SQLite file is created in one transaction.
        purpose: See ``check_store``.
        on_notice: Receives a line when a store that a killed program left unfinished is replaced.

    Raises:
        TrackingError: The SQLite file is no MLflow store, and none can be created there.
    """
    check_store(uri, purpose)
    path = sqlite_file(uri)
    if path is not None:
        if purpose == "make":
            with store_errors(path):
                make_store(path, on_notice)
        keep_log(path)
    try:
        return MlflowClient(uri, registry_uri=uri)
    except (MlflowException, SQLAlchemyError) as error:
        if match := _OTHER_SCHEMA.search(str(error)):
            raise _other_schema(uri, match[1]) from error
        if path is None or not is_cut_short(error):
            raise
        raise StoreUnavailable(
            f"{path}: must be a whole MLflow store, got one whose upgrade was cut short, with "
            f"something in it ({describe_error(error)}); move it away and tune again, which writes "
            "the study's runs anew, or put a copy of it in its place"
        ) from error


def _other_schema(uri: str, revision: str) -> StoreRefused:
    """Return the error for a store whose tables another version of MLflow made."""
    older = revision in known_revisions().known
    store = without_secrets(uri)
    remedy = (
        f"keep a copy of it, then run: {shlex.join(['mlflow', 'db', 'upgrade', store])}"
        if older
        else "update MLflow: pip install --upgrade mlflow"
    )
    return StoreRefused(
        f"{store}: must have the tables of this MLflow, {mlflow.__version__}, got those of "
        f"{'an older' if older else 'a later'} one, revision {revision}; {remedy}"
    )


def check_store(uri: str, purpose: Purpose = "make") -> None:
    """Raise ``TrackingError`` at once if the SQLite file of ``uri`` cannot be an MLflow store.

    MLflow itself would try to open it for minutes. Servers and other databases are not checked.
    purpose: "write" and "read" require that the file exists.
    """
    path = sqlite_file(uri)
    if path is None:
        return
    with store_errors(path):
        fault = _fault_of(path, purpose)
    if fault is not None:
        raise StoreUnavailable(f"{path}: {fault}, or set {SETTING}")


def sqlite_file(uri: str) -> Path | None:
    """Return the file that SQLAlchemy opens for a URI; None for a server or what is in memory."""
    if not uri.startswith("sqlite"):
        return None
    try:
        url = make_url(uri)
        if url.host is not None or url.port is not None:
            raise ValueError(uri)
    except (ValueError, ArgumentError):
        raise TrackingError(
            f"{without_secrets(uri)}: must be sqlite:/// and a path, got something between the "
            f"slashes; set {SETTING} to sqlite:///{DEFAULT_STORE}"
        ) from None
    database = url.database or ":memory:"
    in_memory = database == ":memory:" or database.startswith("file:")  # a URI of SQLite itself
    return None if in_memory else Path(database).absolute()


def _fault_of(path: Path, purpose: Purpose) -> str | None:
    """Return why a file cannot be an MLflow store, as the end of a message; None if it can."""
    folder = path.parent
    if path.is_dir():
        return "must be an MLflow store, got a folder; name a file"
    if not path.exists():
        if purpose != "make":
            return "must be an MLflow store that exists, got no file; tune first"
        if not folder.is_dir():
            return "must be in an existing folder, got none; make the folder"
    elif not os.access(path, os.R_OK):
        return "must be readable, got no permission; change its permissions"
    elif fault := _fault_of_content(find_content(path), purpose):
        return fault
    written = [folder, *([path] if path.exists() else [])]  # the folder for SQLite's journal
    if purpose != "read" and not all(os.access(target, os.W_OK) for target in written):
        return "must be writable, its folder too, got no permission; change the permissions"
    return None


def _fault_of_content(content: Content, purpose: Purpose) -> str | None:
    if content is Content.FOREIGN:
        return f"must be an MLflow store, got {content.value}; name another file"
    if purpose != "make" and content is not Content.STORE:
        return f"must be an MLflow store, got {content.value}; tune first"
    return None


def of_study(study_uid: str) -> str:
    """Return the search filter for all runs of a study."""
    if not study_uid.isalnum():
        raise TrackingError(
            f"study: must have an id of letters and digits, got {short_repr(study_uid)}; it was "
            "changed in the database: restore a backup"
        )
    return f"tags.`{STUDY_UID}` = '{study_uid}'"


def all_pages(search: Callable[..., PagedList[T]]) -> Iterator[T]:
    """Yield the results of a search, page by page; ``search`` takes a ``page_token``."""
    page = search()
    yield from page
    while page.token:
        page = search(page_token=page.token)
        yield from page


@dataclass(frozen=True, slots=True)
class Parent:
    """The parent run of a study. ``adopted``: `mlflow run` created it and will end it."""

    run_id: str
    experiment_id: str
    adopted: bool


def experiment_name(client: MlflowClient, experiment: str | None) -> str:
    """Return the name of the experiment in force, which need not exist.

    Args:
        client: Of the store.
        experiment: As it was chosen; None for that of MLFLOW_EXPERIMENT_NAME or
            MLFLOW_EXPERIMENT_ID, which MLflow follows too, else the default.

    Raises:
        StoreRefused: The store has no experiment of that id, or not of that name and that id.
    """
    if experiment is not None:
        return experiment
    name, experiment_id = os.environ.get(_EXPERIMENT_NAME), os.environ.get(_EXPERIMENT_ID)
    if not experiment_id:
        return name or DEFAULT_EXPERIMENT
    try:
        home = str(client.get_experiment(experiment_id).name)
    except MlflowException as error:
        if not is_refusal(error):
            raise
        raise StoreRefused(
            f"{_EXPERIMENT_ID}: must be the id of an experiment in this store, got "
            f"{short_repr(experiment_id)}; unset it, or pass --experiment with a name"
        ) from error
    if name and name != home:
        raise StoreRefused(
            f"{_EXPERIMENT_ID}: must be the id of {short_repr(name)}, which {_EXPERIMENT_NAME} "
            f"names, got {short_repr(experiment_id)} of {short_repr(home)}; unset one of them, or "
            "pass --experiment with a name"
        )
    return home


def restore_experiment_command(client: MlflowClient, experiment: str | None) -> str | None:
    """Return the command that restores a deleted experiment; None if it is not deleted.

    experiment: its name, None as in ``experiment_name``.
    """
    entity = client.get_experiment_by_name(experiment_name(client, experiment))
    if entity is None or entity.lifecycle_stage == "active":
        return None
    args = ("experiments", "restore", "--experiment-id", str(entity.experiment_id))
    return mlflow_command(client.tracking_uri, *args)


def describe_error(error: Exception) -> str:
    """Return an error of MLflow's in one line of at most 300 characters, without passwords."""
    text = error.message if isinstance(error, MlflowException) else str(error)
    line = without_secrets(" ".join(str(text).split())) or type(error).__name__
    return line if len(line) <= 300 else line[:299] + "…"


def is_refusal(error: MlflowException) -> bool:
    """Return whether MLflow refused a request that it would refuse again."""
    return str(error.error_code) in _REFUSALS


@contextmanager
def mlflow_errors(uri: str) -> Iterator[None]:
    """Turn errors of MLflow, the network and the database under it into ``StoreUnavailable``."""
    try:
        yield
    except (MlflowException, OSError, SQLAlchemyError, ImportError) as error:
        if refusal := explain_refusal(uri, error):
            raise refusal from error
        raise StoreUnavailable(
            f"{without_secrets(uri)}: must answer as an MLflow store, got "
            f"{describe_error(error)}; set MLFLOW_TRACKING_URI"
        ) from error


def ui_command(uri: str) -> str:
    """Return the command that serves MLflow's pages of the store; for a server, its address."""
    if uri.startswith("http"):
        return without_secrets(uri)
    store = without_secrets(uri)
    return shlex.join(["mlflow", "server", "--backend-store-uri", store, "--port", str(_PORT)])


def run_address(experiment_id: str, run_id: str) -> str:
    """Return the address of a run's page, relative to any page of the same MLflow."""
    return f"#/experiments/{experiment_id}/runs/{run_id}"


def run_link(uri: str, parent: Parent) -> str:
    """Return the address of the parent run's page."""
    return f"{_pages(uri)}/{run_address(parent.experiment_id, parent.run_id)}"


def report_link(uri: str, parent: Parent) -> str:
    """Return the address of the study's page among the parent run's artifacts."""
    return f"{run_link(uri, parent)}/artifacts/report.html"


def trials_link(uri: str, parent: Parent, study_uid: str) -> str:
    """Return the address of the table of all trials of the study, best first."""
    order = f"orderByKey={quote(f'metrics.`{OBJECTIVE}`')}&orderByAsc=false"
    return f"{runs_page(uri, parent)}?searchFilter={quote(trials_filter(study_uid))}&{order}"


def trials_filter(study_uid: str) -> str:
    """Return the search filter for the runs of a study's trials."""
    return f"{of_study(study_uid)} and tags.`{KIND}` = 'trial'"


def runs_page(uri: str, parent: Parent) -> str:
    """Return the address of the page of all runs of the parent's experiment."""
    return f"{_pages(uri)}/#/experiments/{parent.experiment_id}/runs"


def _pages(uri: str) -> str:
    return (
        without_secrets(uri).rstrip("/") if uri.startswith("http") else f"http://127.0.0.1:{_PORT}"
    )
