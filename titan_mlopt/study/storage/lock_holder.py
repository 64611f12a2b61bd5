"""The holder of a study's lock: a process of some machine, and whether it lives.

Clocks of different machines are never compared. A process in the same PID namespace can be looked
up. Of any other (another machine or container) only the heartbeat is known: the process lives if it
changes while watched, and is dead if it does not change for ``STALE_S``.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from titan_mlopt.core.process import read_boot_id, read_process_start

#: An unseen coordinator is dead when its heartbeat does not change for so long.
STALE_S = 180.0
_SELF = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Holder:
    """A coordinator that holds a lock.

    Attributes:
        owner: Unique id of the lock.
        host: Host name.
        pid: Process id.
        process_start: Start of the process in clock ticks since boot, which tells it from a later
            one with the same pid; 0 when unknown.
        boot_id: Id of the machine's boot.
        since: When it took the lock, UTC seconds since 1970.
        namespace: PID namespace of its pid, "" when unknown, as in locks of earlier versions.
    """

    owner: str
    host: str
    pid: int
    process_start: int
    boot_id: str
    since: float
    namespace: str = ""

    def __str__(self) -> str:
        moment = datetime.fromtimestamp(self.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"host {self.host}, pid {self.pid}, since {moment}"


class Liveness(Enum):
    """Whether the holder of a lock lives, as far as this process can know."""

    LIVES = "lives"
    DEAD = "dead"
    UNSEEN = "cannot be seen from here"


def describe_self(owner: str, since: float) -> Holder:
    """Return this process as the holder of a lock."""
    namespace, pid = _find_namespace(), os.getpid()
    start = (find_process_start(pid) or 0) if namespace else 0
    return Holder(owner, socket.gethostname(), pid, start, read_boot_id(), since, namespace)


def find_status(
    holder: Holder, me: Holder, start_of: Callable[[int], int | None], *, released: bool = False
) -> Liveness:
    """Return whether a holder lives, as far as that is known without waiting.

    Args:
        holder: Holder of a lock.
        me: The process that asks.
        start_of: Returns the start of the process with a pid, as ``find_process_start`` does.
        released: Whether the holder is the asking process itself, which has released the lock.
    """
    start = start_of(holder.pid)
    is_same = 0 != holder.process_start == start
    if not holder.namespace or not me.namespace:
        # A pid of another namespace may belong to any process here, but not with the same start.
        same_machine = (holder.host, holder.boot_id) == (me.host, me.boot_id)
        return Liveness.LIVES if same_machine and is_same and not released else Liveness.UNSEEN
    if (holder.namespace, holder.boot_id) != (me.namespace, me.boot_id):
        return Liveness.UNSEEN
    if released or start is None:
        return Liveness.DEAD
    if not start or not holder.process_start:
        return Liveness.UNSEEN  # some process has this pid
    return Liveness.LIVES if is_same else Liveness.DEAD


def judge_heartbeat(first: float, last: float, watched_s: float) -> Liveness:
    """Return whether an unseen holder lives, by its heartbeat.

    Args:
        first: Heartbeat at the start of the watch; any number that the holder changes.
        last: Heartbeat now.
        watched_s: Duration of the watch, in seconds of this process's own clock.
    """
    if first != last:
        return Liveness.LIVES
    return Liveness.DEAD if watched_s >= STALE_S else Liveness.UNSEEN


def find_process_start(pid: int) -> int | None:
    """Return when a process of this PID namespace started, in clock ticks since boot.

    Returns:
        The ticks; 0 for a living process whose start is hidden or unavailable (without /proc, or
        another user's process); None if there is no such process.
    """
    start = read_process_start(pid)
    if start is None:
        return 0 if _answers(pid) else None
    state, ticks = start
    return None if state in "ZX" else ticks


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _find_namespace() -> str:
    """Return the PID namespace of this process, "" if /proc is missing or of another namespace.

    On systems without namespaces the host is the namespace.
    """
    if sys.platform != "linux":
        return f"host {socket.gethostname()}"
    with suppress(OSError):
        if os.readlink(_SELF) == str(os.getpid()) and read_boot_id():  # noqa: PTH115 - no path
            return os.readlink(_SELF / "ns" / "pid")  # noqa: PTH115 - "pid:[4026531836]"
    return ""
