"""Why an MLflow store refuses: the true cause in one line, with its remedy."""

from __future__ import annotations

import re

from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request
from requests import HTTPError

from titan_mlopt.tracking.uri import SETTING, StoreRefused, without_secrets

#: The lowest version of a tracking server: earlier ones have no logged models to register.
LOWEST_SERVER = (3, 0)
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})[\w.+-]{0,40}")
_STATUS = {"UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "ENDPOINT_NOT_FOUND": 404}
_PATH = re.compile(r"(?:endpoint|url:) (\S+)")
_NO_CREDENTIALS = "Databricks credential configuration"
_NO_JSON = "not in a valid JSON format"


def check_server(uri: str) -> None:
    """Raise ``StoreRefused`` if a server's version is below ``LOWEST_SERVER``: one request.

    Args:
        uri: Of a server; databases are served by the MLflow that is installed here.

    Raises:
        StoreRefused: The version is too low. A server that tells none is not refused.
        MlflowException: It does not answer.
    """
    if not uri.startswith("http"):
        return
    version = _server_version(uri)
    if version is not None and _is_too_low(version):
        raise _too_low(uri, version)


def explain_refusal(uri: str, error: Exception) -> StoreRefused | None:
    """Return the true cause of an error of MLflow's; None where a later try may succeed.

    Args:
        uri: Of the store.
        error: What MLflow, or the library of an artifact store, raised.
    """
    if isinstance(error, StoreRefused):
        return error
    store, text = without_secrets(uri), str(error)
    if _NO_CREDENTIALS in text:
        return StoreRefused(
            f"{store}: must find Databricks' credentials and its package, got none that work; set "
            "DATABRICKS_HOST and DATABRICKS_TOKEN, and see: pip install databricks-sdk"
        )
    status = status_of(error)
    if status == 401:
        return StoreRefused(
            f"{store}: must accept the user and the password, got 401 Unauthorized; set "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
        )
    if status == 403:
        return StoreRefused(
            f"{store}: must permit the user what is asked, got 403 Forbidden for {_path_of(text)}; "
            "ask its administrator for the permission EDIT, or name an experiment that has it"
        )
    if uri.startswith("http") and (status == 404 or _NO_JSON in text):
        return _explain_address(uri, status)
    return None


def _explain_address(uri: str, status: int | None) -> StoreRefused | None:
    """Return why a server has no such page: it is older, or its pages are at another path."""
    try:
        version = _server_version(uri)
    except MlflowException:
        version = None
    if version is not None:
        return _too_low(uri, version) if _is_too_low(version) else None
    got = "404 Not Found" if status == 404 else "a page of another program"
    return StoreRefused(
        f"{without_secrets(uri)}: must be the whole address of an MLflow server, got {got}; set "
        f"{SETTING} to it, with the path of the server's --static-prefix if it has one"
    )


def _too_low(uri: str, version: str) -> StoreRefused:
    lowest = ".".join(map(str, LOWEST_SERVER))
    return StoreRefused(
        f"{without_secrets(uri)}: must be an MLflow server of version {lowest} or later, got "
        f"{version}; upgrade the server, or set {SETTING} to another store"
    )


def _server_version(uri: str) -> str | None:
    """Return the version that a server tells at /version; None where it tells none there."""
    # MLflow's own way to a server: its tokens, certificates and proxies.
    credentials = get_default_host_creds(uri)  # type: ignore[no-untyped-call]  # MLflow's
    answer = http_request(credentials, "/version", "GET")  # type: ignore[no-untyped-call]  # MLflow's
    version = str(answer.text).strip() if answer.status_code == 200 else ""
    return version if _VERSION.fullmatch(version) else None


def _is_too_low(version: str) -> bool:
    match = _VERSION.fullmatch(version)
    return match is not None and (int(match[1]), int(match[2])) < LOWEST_SERVER


def status_of(error: Exception) -> int | None:
    """Return the HTTP status of an error of the artifacts' API, and 401, 403 or 404 of others."""
    if isinstance(error, HTTPError):
        return error.response.status_code if error.response is not None else None
    return _STATUS.get(str(getattr(error, "error_code", "")))


def _path_of(text: str) -> str:
    match = _PATH.search(text)
    return without_secrets(match[1]) if match else "a request"
