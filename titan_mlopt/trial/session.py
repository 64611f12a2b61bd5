"""What is left of a dead zygote's session: trials that are dying, and what they started."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_PAUSE_S = 0.01


def end_session(leader: int, within_s: float) -> None:
    """Kill every process of the session but its leader, and wait for them at most ``within_s``.

    leader: a child of this process that is not reaped yet, so that its number is nobody else's.
    Linux; elsewhere nothing happens.
    """
    deadline = time.monotonic() + within_s
    while (members := _members(leader)) and time.monotonic() < deadline:
        for pid in members:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)


def _members(leader: int) -> list[int]:
    """Return the processes of a session that are not dead, without its leader."""
    found = []
    for process in _PROC.glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):  # gone meanwhile
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] not in "XZ" and int(process.name) != leader:
                found.append(int(process.name))
    return found
