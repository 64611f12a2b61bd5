"""The tracking URI in force; imports no MLflow, which takes seconds."""

from __future__ import annotations

import os
import re
from importlib.metadata import entry_points
from pathlib import Path

from titan_mlopt.core.errors import TrackingError, did_you_mean, short_repr

DEFAULT_STORE = "mlflow.db"
SETTING = "MLFLOW_TRACKING_URI"
_DATABRICKS = "databricks"
# What MLflow opens; a plug-in adds to it by an entry point of this group.
_SCHEMES = ("sqlite", "postgresql", "mysql", "mssql", "http", "https", "databricks", "uc")
_PLUGINS = "mlflow.tracking_store"
#: SQLAlchemy takes these for the end of a file's name, or decodes them.
MISREAD = re.compile(r"\?|%[0-9A-Fa-f]{2}")
# User and password in an address, anywhere in a text.
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


class StoreUnavailable(TrackingError):
    """The store does not answer, or is no store."""


class StoreRefused(StoreUnavailable):
    """The store refuses what a study needs, and would refuse it again."""


def tracking_uri(configured: str | None = None) -> str:
    """Return the URI in force: the argument, MLFLOW_TRACKING_URI, or mlflow.db in this folder.

    Raises ``TrackingError`` for a plain folder, a scheme that neither MLflow nor a plug-in of it
    opens, a SQLite file in a folder that is not there, and if the path of mlflow.db cannot be in a
    URI.
    """
    uri = configured or os.environ.get(SETTING)
    where = "tracking_uri" if configured else SETTING
    if not uri:
        path = Path(DEFAULT_STORE).absolute()
        if match := MISREAD.search(str(path)):
            raise TrackingError(
                f"{path}: must have a path that a database's address can hold, got "
                f"{short_repr(match[0])} in it; work in another folder or set {SETTING}"
            )
        return f"sqlite:///{path}"
    if uri.startswith("file:") or ("://" not in uri and uri != _DATABRICKS):
        raise TrackingError(
            f"{where}: must be a database or a server, got {short_repr(without_secrets(uri))}; "
            f"MLflow no longer keeps runs in plain folders: use sqlite:///{DEFAULT_STORE}"
        )
    scheme = uri.split("://")[0].split("+")[0]
    if scheme.split("-")[0] not in _SCHEMES and scheme not in entry_points(group=_PLUGINS).names:
        raise TrackingError(
            f"{where}: must begin with a scheme that MLflow opens, such as sqlite:/// or https://, "
            f"got {short_repr(f'{scheme}://')}{did_you_mean(scheme, _SCHEMES) or '; correct it'}"
        )
    return uri


def without_secrets(uri: str) -> str:
    """Return a URI, or a text with URIs in it, without user and password."""
    return _CREDENTIALS.sub("//***@", uri)
