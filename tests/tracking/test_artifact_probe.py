"""Which error of an artifact store refuses a study, and which lets it begin."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import _artifact_repository_registry
from requests import ConnectionError as RequestFailed

from titan_mlopt.tracking.artifact_probe import probe_artifacts
from titan_mlopt.tracking.store import Parent
from titan_mlopt.tracking.uri import StoreRefused


class EndpointConnectionError(Exception):
    """As botocore's, which is no OSError."""


class NoCredentialsError(Exception):
    """As botocore's."""


class S3UploadFailedError(Exception):
    """As boto3's."""


class Forbidden(Exception):
    """As Google's."""

    code = 403


AWAY = [
    ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
    TimeoutError("timed out"),
    socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
    OSError(errno.EHOSTUNREACH, "No route to host"),
    RequestFailed("no answer"),
    EndpointConnectionError('Could not connect to the endpoint URL: "http://127.0.0.1:9/b"'),
    S3UploadFailedError(
        "Failed to upload a to b/a: An error occurred (SlowDown) when calling the PutObject "
        "operation (reached max retries: 4): Please reduce your request rate."
    ),
]
REFUSING = [
    PermissionError(errno.EACCES, "Permission denied"),
    NotADirectoryError(errno.ENOTDIR, "Not a directory"),
    FileExistsError(errno.EEXIST, "File exists"),
    OSError(errno.EROFS, "Read-only file system"),
    ModuleNotFoundError("No module named 'boto3'", name="boto3"),
    NoCredentialsError("Unable to locate credentials"),
    S3UploadFailedError(
        "Failed to upload a to b/a: An error occurred (AccessDenied) when calling the PutObject "
        "operation: Access Denied"
    ),
    Forbidden("403 POST https://storage.googleapis.com/: no permission"),
    MlflowException("API request failed: too many 500 error responses"),
]


def parent_on(store: str, error: Exception, monkeypatch: pytest.MonkeyPatch) -> Parent:
    """Return a run whose artifacts are in a store that answers each upload with the error."""

    class Broken(ArtifactRepository):  # type: ignore[misc]  # MLflow's has no types
        def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
            raise error

        def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
            raise error

        def list_artifacts(self, path: str | None = None) -> list[object]:
            raise error

        def _download_file(self, remote_file_path: str, local_path: str | Path) -> None:
            raise error

    monkeypatch.setitem(_artifact_repository_registry._registry, "broken", Broken)
    client = MlflowClient(store)
    place = client.create_experiment("far", artifact_location="broken://bucket/artifacts")
    return Parent(client.create_run(place).info.run_id, place, adopted=False)


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_an_artifact_store_that_is_away_for_a_moment_keeps_the_run_to_be_tried_again(
    store: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, client = parent_on(store, error, monkeypatch), MlflowClient(store)
    with pytest.raises((MlflowException, OSError), match=str(error).partition(" (")[0][-20:]):
        probe_artifacts(client, store, parent)
    assert client.get_run(parent.run_id).info.lifecycle_stage == "active"


@pytest.mark.parametrize("error", REFUSING, ids=lambda error: type(error).__name__)
def test_an_artifact_store_that_would_refuse_in_the_morning_too_ends_the_run(
    store: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, client = parent_on(store, error, monkeypatch), MlflowClient(store)
    with pytest.raises(StoreRefused, match=r"must (take artifacts from here|be able to store)"):
        probe_artifacts(client, store, parent)
    assert client.get_run(parent.run_id).info.lifecycle_stage == "deleted"
