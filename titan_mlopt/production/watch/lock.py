"""One watch of a file at a time: a lock that the kernel drops with its holder."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.tracking.registry.pull import cache_folder


@contextmanager
def watch_lock(uri: str, name: str, predictions: Path) -> Iterator[bool]:
    """Hold the lock of a watch within the block.

    The lock is a file of ours in the user's cache, not the predictions: Titan is never locked out.

    Args:
        uri: Of the MLflow store.
        name: Of the registered model.
        predictions: The file that is watched.

    Yields:
        Whether this process holds it; False where another one does.

    Raises:
        ConfigError: The folder of the locks cannot be written.
    """
    identity = "\0".join((uri, name, str(predictions.resolve())))
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()
    path = cache_folder() / f"watch-{digest[:16]}.lock"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"{path.parent}: must be a folder that can be written, got {error.strerror}; set "
            "XDG_CACHE_HOME"
        ) from error
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
