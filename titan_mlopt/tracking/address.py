"""Which tracking URI is in force, told without MLflow, which takes seconds to import."""

from __future__ import annotations

import os
import re
from pathlib import Path

from titan_mlopt.errors import TrackingError, shown

DEFAULT_STORE = "mlflow.db"
SETTING = "MLFLOW_TRACKING_URI"
# What SQLAlchemy takes for the end of a file's name, or decodes.
_MISREAD = re.compile(r"\?|%[0-9A-Fa-f]{2}")
# The user and password in an address, wherever it stands in a text.
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


def tracking_uri(given: str | None = None) -> str:
    """Return the URI in force: the given one, MLFLOW_TRACKING_URI, or mlflow.db in this folder.

    Raises ``TrackingError`` for a plain folder, and when this folder's name cannot stand in a URI.
    """
    uri = given or os.environ.get(SETTING)
    if not uri:
        path = Path(DEFAULT_STORE).absolute()
        if found := _MISREAD.search(str(path)):
            raise TrackingError(
                f"{path}: must have a path that a database's address can hold, got "
                f"{shown(found[0])} in it; work in another folder or set {SETTING}"
            )
        return f"sqlite:///{path}"
    if uri.startswith("file:") or "://" not in uri:
        where = "tracking_uri" if given else SETTING
        raise TrackingError(
            f"{where}: must be a database or a server, got {shown(without_secrets(uri))}; MLflow "
            f"no longer keeps runs in plain folders: use sqlite:///{DEFAULT_STORE}"
        )
    return uri


def without_secrets(uri: str) -> str:
    """Return a URI, or a text with some in it, without user and password."""
    return _CREDENTIALS.sub("//***@", uri)
