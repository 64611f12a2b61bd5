"""Where MLflow is: tracking URI, experiment, parent run, and the links that show them."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from titan_mlopt.config import DEFAULT_EXPERIMENT
from titan_mlopt.errors import TrackingError, shown

DEFAULT_STORE = "mlflow.db"
_PORT = 5000
# The user and password in an address, wherever it stands in a text.
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


def tracking_uri(given: str | None = None) -> str:
    """Return the URI in force: the given one, MLFLOW_TRACKING_URI, or mlflow.db in this folder."""
    uri = given or os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        return f"sqlite:///{Path(DEFAULT_STORE).absolute()}"
    if uri.startswith("file:") or "://" not in uri:
        raise TrackingError(
            f"MLFLOW_TRACKING_URI: must be a database or a server, got {shown(uri)}; MLflow no "
            f"longer keeps runs in plain folders: use sqlite:///{DEFAULT_STORE}"
        )
    return uri


def open_client(uri: str) -> MlflowClient:
    """Return a client of the store and of the registry in it; nothing global changes."""
    return MlflowClient(uri, registry_uri=uri)


def without_secrets(uri: str) -> str:
    """Return the URI without user and password."""
    return _CREDENTIALS.sub("//***@", uri)


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
        return str(client.create_experiment(name))
    if found.lifecycle_stage != "active":
        raise TrackingError(
            f"experiment: must not be deleted, got {shown(name)}; restore it with `mlflow "
            f"experiments restore --experiment-id {found.experiment_id}` or name another"
        )
    return str(found.experiment_id)


def describe_error(error: Exception) -> str:
    """Return an error of MLflow's in one line of at most 300 characters, without passwords."""
    text = error.message if isinstance(error, MlflowException) else str(error)
    line = _CREDENTIALS.sub("//***@", " ".join(str(text).split())) or type(error).__name__
    return line if len(line) <= 300 else line[:299] + "…"


@contextmanager
def mlflow_errors(uri: str) -> Iterator[None]:
    """Turn MLflow's errors, and those of the network under it, into a ``TrackingError``."""
    try:
        yield
    except (MlflowException, OSError) as error:
        raise TrackingError(
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


def run_link(uri: str, parent: Parent) -> str:
    """Return the address of the parent run's page."""
    return f"{_pages(uri)}/#/experiments/{parent.experiment_id}/runs/{parent.run_id}"


def trials_link(uri: str, parent: Parent) -> str:
    """Return the address of the flat table of the study's trials."""
    wanted = quote(f"tags.mlflow.parentRunId = '{parent.run_id}'")
    return f"{_pages(uri)}/#/experiments/{parent.experiment_id}/runs?searchFilter={wanted}"


def _pages(uri: str) -> str:
    return (
        without_secrets(uri).rstrip("/") if uri.startswith("http") else f"http://127.0.0.1:{_PORT}"
    )
