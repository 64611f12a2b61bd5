"""Locks of commands on this machine, which the kernel drops with their holder."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.tracking.registry.pull import cache_folder


@contextmanager
def command_lock(
    kind: str, *identity: str, on_wait: Callable[[], None] | None = None
) -> Iterator[bool]:
    """Hold the lock of a command within the block.

    The lock is a file of ours in the user's cache: neither Titan nor MLflow is ever locked out.

    Args:
        kind: Of the command; begins the name of the file.
        identity: What only one process at a time may work on.
        on_wait: Called before a lock of another process is waited for; None does not wait.

    Yields:
        Whether this process holds it; False where another one does.

    Raises:
        ConfigError: The folder of the locks cannot be written.
    """
    digest = hashlib.sha256("\0".join(identity).encode("utf-8", "surrogateescape")).hexdigest()
    path = cache_folder() / f"{kind}-{digest[:16]}.lock"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"{path.parent}: must be a folder that can be written, got {error.strerror}; set "
            "XDG_CACHE_HOME"
        ) from error
    try:
        is_mine = _lock(descriptor)
        if not is_mine and on_wait is not None:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            is_mine = True
        yield is_mine
    finally:
        os.close(descriptor)


@contextmanager
def promotion_turn(uri: str, name: str, notice: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other process of this machine promotes a version of the model.

    Where the lock cannot be made, a notice says so and nothing is waited for.

    Args:
        uri: Of the MLflow store.
        name: Of the registered model.
        notice: Receives one-line messages.
    """

    def tell() -> None:
        notice(f"waiting for another process that promotes a version of {name}")

    with ExitStack() as stack:
        try:
            stack.enter_context(command_lock("promote", uri, name, on_wait=tell))
        except ConfigError as error:
            notice(f"another promotion on this machine is not waited for: {error}")
        yield


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
