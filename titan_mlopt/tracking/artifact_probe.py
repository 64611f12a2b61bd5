"""Whether a run's artifacts can be written from here: asked before hours of trials."""

from __future__ import annotations

import errno
import re
from contextlib import suppress

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from requests import HTTPError

from titan_mlopt.tracking.refusals import explain_refusal, status_of
from titan_mlopt.tracking.store import Parent, describe_error
from titan_mlopt.tracking.uri import StoreRefused, without_secrets

# The study's page among the artifacts, and what stands in its place until that is written.
NOTE_FILE = "report.md"
_RUNNING = "This study is running. Its page is written when it ends.\n"

# At the end of the tries; a server that is busy or restarts says 502, 503 or 504.
_SERVER_ERROR = "too many 500 error responses"
# What MLflow asks for by the name of a module, as it is installed.
# Of a folder that cannot be written, or is none.
_NO_FOLDER = (PermissionError, NotADirectoryError, FileExistsError, FileNotFoundError)
# What Amazon's, Google's and Azure's libraries say of a bucket, or a user, that there is not.
_NO_BUCKET = re.compile(
    r"\((AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|NoSuchBucket|40[134])\)|"
    r"Unable to locate credentials|Partial credentials found|default credentials were not found|"
    r"DefaultAzureCredential failed"
)
_PACKAGES = {"s3": "boto3", "gs": "google-cloud-storage", "wasbs": "azure-storage-blob"}


def probe_artifacts(client: MlflowClient, uri: str, parent: Parent) -> None:
    """Write a line in the place of the study's page, which replaces it at the end.

    After a refusal the run is deleted, unless `mlflow run` created it.

    Args:
        client: Of the store.
        uri: Of the store, for the message.
        parent: Of a study that begins.

    Raises:
        StoreRefused: It cannot be written, and waiting would not help.
        MlflowException, OSError: The store of the artifacts does not answer now.
    """
    try:
        client.log_text(parent.run_id, _RUNNING, NOTE_FILE)
    except Exception as error:  # the library of each artifact store has its own
        refusal = explain_refusal(uri, error)
        if refusal is None and not _will_last(error):
            if isinstance(error, MlflowException | OSError):
                raise
            raise MlflowException(describe_error(error)) from error
        root = str(client.get_run(parent.run_id).info.artifact_uri)
        if not parent.adopted:
            with suppress(MlflowException):  # not everybody who may write may delete
                client.delete_run(parent.run_id)
        raise refusal or _unwritable(uri, root, error) from error


def _will_last(error: Exception) -> bool:
    """Return whether a later try would fail too: the place is not there, or may not be written."""
    if isinstance(error, HTTPError):
        return (status_of(error) or 0) <= 500
    if isinstance(error, (*_NO_FOLDER, ImportError)) or getattr(error, "errno", 0) == errno.EROFS:
        return True
    if {getattr(error, "code", 0), getattr(error, "status_code", 0)} & {401, 403, 404}:
        return True
    return bool(_NO_BUCKET.search(str(error))) or _SERVER_ERROR in str(error)


def _unwritable(uri: str, root: str, error: Exception) -> StoreRefused:
    if _SERVER_ERROR in str(error):
        return StoreRefused(
            f"{without_secrets(uri)}: must be able to store artifacts, got an error of the server "
            "for a small file, 500; see its log, and the folder or bucket of its "
            "--artifacts-destination"
        )
    if isinstance(error, ImportError):
        package = _PACKAGES.get(root.partition("://")[0], error.name)
        got, remedy = f"no package {package}", f"run: pip install {package}"
    else:
        got, remedy = describe_error(error), "make it writable for this user"
    return StoreRefused(
        f"{without_secrets(root)}: must take artifacts from here, got {got}; {remedy}, or start "
        "the server with --serve-artifacts and name a new experiment"
    )
