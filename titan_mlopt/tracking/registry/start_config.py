"""The registered config that a study tries first."""

from __future__ import annotations

from collections.abc import Callable

from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.parameters import Params
from titan_mlopt.tracking.registry.champion import champion_version
from titan_mlopt.tracking.registry.pull import VersionQuery, pull_config
from titan_mlopt.tracking.registry.versions import CHAMPION
from titan_mlopt.tracking.store import mlflow_errors, open_client, sqlite_file


def registered_config(
    uri: str, name: str, which: str, on_notice: Callable[[str], None]
) -> tuple[str, Params] | None:
    """Return a registered config with its label, ``champion titan-config v3``, hash verified.

    Args:
        uri: MLflow's store.
        name: Name in the registry.
        which: "champion", or the number of a version.
        on_notice: Told when no copy of it can be kept for ``pull --offline``.

    Returns:
        None when there is no champion.

    Raises:
        TrackingError: The store does not answer, has no such version, or holds a damaged one.
        ConfigError: A value of it is out of its range.
    """
    try:
        version = _champion(uri, name) if which == CHAMPION else which
        if version is None:
            return None
        query = VersionQuery(uri, name, None, version)
        pulled = pull_config(query, offline=False, on_notice=on_notice)
    except TrackingError as error:
        raise TrackingError(f"warm_start: {error}") from error
    label = f"{name} v{version}"
    return f"{CHAMPION} {label}" if which == CHAMPION else label, pulled.bundle.config


def _champion(uri: str, name: str) -> str | None:
    file = sqlite_file(uri)
    if file is not None and not file.exists():  # nothing was ever registered
        return None
    with mlflow_errors(uri):
        return champion_version(open_client(uri, "read"), name)
