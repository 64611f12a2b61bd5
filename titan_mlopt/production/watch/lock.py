"""One watch of a file at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from titan_mlopt.production.watch.reading import real_path
from titan_mlopt.tracking.registry.lock import command_lock


def watch_lock(uri: str, name: str, predictions: Path) -> AbstractContextManager[bool]:
    """Return the lock of a watch, which tells whether this process holds it.

    Args:
        uri: Of the MLflow store.
        name: Of the registered model.
        predictions: The file that is watched.
    """
    return command_lock("watch", uri, name, real_path(predictions))
