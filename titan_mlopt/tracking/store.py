"""Where MLflow is: tracking URI, experiment, parent run, and the links that show them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from titan_mlopt.config import DEFAULT_EXPERIMENT
from titan_mlopt.errors import TrackingError, shown
from titan_mlopt.tracking.address import DEFAULT_STORE, SETTING
from titan_mlopt.tracking.address import tracking_uri as tracking_uri
from titan_mlopt.tracking.address import without_secrets as without_secrets
from titan_mlopt.tracking.sqlite_store import keep_log

#: Tags by which runs are found: what a run is of, and which study it belongs to.
KIND, STUDY_UID = "titan_mlopt.kind", "titan_mlopt.study_uid"
#: What a store is opened for; "make" takes one that is not there yet.
Purpose = Literal["make", "write", "read"]
_SQLITE_HEAD = b"SQLite format 3\0"
_PORT = 5000
# MLflow's page guesses what is untold, asks whether it guessed right, and may lose the filter of
# the link that led there.
_EXPERIMENT_KIND = {"mlflow.experimentKind": "custom_model_development"}
# What MLflow refuses again however often it is asked.
_REFUSALS = frozenset(("INVALID_PARAMETER_VALUE", "BAD_REQUEST", "RESOURCE_DOES_NOT_EXIST"))


class StoreUnavailable(TrackingError):
    """The store gives no answer, as opposed to one that is not what was asked for."""


def open_client(uri: str, purpose: Purpose = "make") -> MlflowClient:
    """Return a client of the store and of the registry in it; nothing global changes.

    purpose: see ``check_store``, which raises ``TrackingError``.
    """
    check_store(uri, purpose)
    path = sqlite_file(uri)
    if path is not None:
        keep_log(path)
    return MlflowClient(uri, registry_uri=uri)


def check_store(uri: str, purpose: Purpose = "make") -> None:
    """Raise ``TrackingError`` at once when the SQLite file of ``uri`` cannot be an MLflow store.

    MLflow itself would try to open it for minutes. purpose: "make" takes a file that is not there
    yet, "write" and "read" want one. Servers and other databases are not looked at.
    """
    path = sqlite_file(uri)
    if path is None:
        return
    try:
        fault = _fault_of(path, purpose)
    except OSError as error:
        fault = f"must be readable, got {error.strerror}; change its permissions"
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
    in_memory = database == ":memory:" or database.startswith("file:")  # that is SQLite's own form
    return None if in_memory else Path(database).absolute()


def _fault_of(path: Path, purpose: Purpose) -> str | None:
    """Return why a file cannot be an MLflow store, as the end of a message; None when it can."""
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
    elif head := _head_of(path):
        if head != _SQLITE_HEAD:
            return f"must be a SQLite database, got bytes {shown(head)}; move the file away"
    elif purpose != "make":
        return "must be an MLflow store, got an empty file; tune first"
    changing = [folder, *([path] if path.exists() else [])]  # the folder for SQLite's journal
    if purpose != "read" and not all(os.access(place, os.W_OK) for place in changing):
        return "must be writable, its folder too, got no permission; change the permissions"
    return None


def _head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_SQLITE_HEAD))


def of_study(study_uid: str) -> str:
    """Return the filter that finds every run of a study."""
    if not study_uid.isalnum():
        raise TrackingError(
            f"study: must have an id of letters and digits, got {shown(study_uid)}; it was changed "
            "in the database: restore a backup"
        )
    return f"tags.`{STUDY_UID}` = '{study_uid}'"


@dataclass(frozen=True, slots=True)
class Parent:
    """The parent run of a study. ``adopted``: `mlflow run` made it and will end it."""

    run_id: str
    experiment_id: str
    adopted: bool


def open_parent(
    client: MlflowClient, name: str, experiment: str | None, tags: Mapping[str, str]
) -> Parent:
    """Adopt the run that `mlflow run` made (MLFLOW_RUN_ID), or start a new one.

    An ``experiment`` that is named and is not that run's gets a new run, and the run of
    `mlflow run` a tag that points to it.
    """
    given = os.environ.get("MLFLOW_RUN_ID")
    run = client.get_run(given) if given else None
    if run is not None:
        home = client.get_experiment(run.info.experiment_id)
        if experiment is None or experiment == home.name:
            for key, value in {**tags, "mlflow.runName": name}.items():
                client.set_tag(run.info.run_id, key, value)
            return Parent(run.info.run_id, run.info.experiment_id, adopted=True)
    experiment_id = _experiment_id(client, experiment or DEFAULT_EXPERIMENT)
    made = client.create_run(experiment_id, run_name=name, tags=dict(tags))
    if run is not None:
        client.set_tag(run.info.run_id, "titan_mlopt.study_run", made.info.run_id)
    return Parent(made.info.run_id, experiment_id, adopted=False)


def _experiment_id(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        return str(client.create_experiment(name, tags=_EXPERIMENT_KIND))
    if found.lifecycle_stage != "active":
        raise TrackingError(
            f"experiment: must not be deleted, got {shown(name)}; restore it with `mlflow "
            f"experiments restore --experiment-id {found.experiment_id}` or name another"
        )
    return str(found.experiment_id)


def describe_error(error: Exception) -> str:
    """Return an error of MLflow's in one line of at most 300 characters, without passwords."""
    text = error.message if isinstance(error, MlflowException) else str(error)
    line = without_secrets(" ".join(str(text).split())) or type(error).__name__
    return line if len(line) <= 300 else line[:299] + "…"


def is_refusal(error: MlflowException) -> bool:
    """Return whether MLflow answered, and would give the same answer again."""
    return str(error.error_code) in _REFUSALS


@contextmanager
def mlflow_errors(uri: str) -> Iterator[None]:
    """Turn errors of MLflow, the network and the database under it into ``StoreUnavailable``."""
    try:
        yield
    except (MlflowException, OSError, SQLAlchemyError, ImportError) as error:
        raise StoreUnavailable(
            f"{without_secrets(uri)}: must answer as an MLflow store, got "
            f"{describe_error(error)}; set MLFLOW_TRACKING_URI"
        ) from error


def ui_command(uri: str) -> str:
    """Return the command that opens MLflow's pages on the store; for a server, its address."""
    if uri.startswith("http"):
        return without_secrets(uri)
    command = [
        "mlflow",
        "server",
        "--backend-store-uri",
        without_secrets(uri),
        "--port",
        str(_PORT),
    ]
    return shlex.join(command)


def run_address(experiment_id: str, run_id: str) -> str:
    """Return the address of a run's page, relative to any page of the same MLflow."""
    return f"#/experiments/{experiment_id}/runs/{run_id}"


def run_link(uri: str, parent: Parent) -> str:
    """Return the address of the parent run's page."""
    return f"{_pages(uri)}/{run_address(parent.experiment_id, parent.run_id)}"


def trials_link(uri: str, parent: Parent, study_uid: str) -> str:
    """Return the address of the table of the study's trials, of earlier parents too, best first."""
    wanted = quote(f"{of_study(study_uid)} and tags.`{KIND}` = 'trial'")
    order = f"orderByKey={quote('metrics.`objective_value`')}&orderByAsc=false"
    place = f"{_pages(uri)}/#/experiments/{parent.experiment_id}/runs"
    return f"{place}?searchFilter={wanted}&{order}"


def _pages(uri: str) -> str:
    return (
        without_secrets(uri).rstrip("/") if uri.startswith("http") else f"http://127.0.0.1:{_PORT}"
    )
