"""Other processes of this machine: which hold a SQLite file, and which a dead leader has left.

psutil lists processes and says how they are. Locks, and open files by inode instead of by path, it
does not know: those are read from Linux's /proc, and elsewhere nobody is seen (docs/adr/0030). A
trial's process must not import this module.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_File = tuple[int, int]  # device and inode
_PROC = Path("/proc")
# The files of a SQLite database that are locked, by the end of their names.
_LOCKED = ("", "-shm")
_PAUSE_S = 0.01
# The kernel gives the list of locks in pieces of 4 KB, and leaves one out between two of them when
# a lock before it went meanwhile. The list is read so many times.
_READINGS = 4


def end_session(leader: int, within_s: float) -> None:
    """Kill every process of the session but its leader, and wait for them at most ``within_s``.

    leader: a child of this process that is not reaped yet, so that its pid cannot be reused.
    """
    deadline = time.monotonic() + within_s
    while (members := _session_members(leader)) and time.monotonic() < deadline:
        for pid in members:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)


def _session_members(leader: int) -> list[int]:
    """Return the processes of a session that are not dead, without its leader."""
    members = []
    for pid in _pids():
        with suppress(OSError, psutil.Error):  # it has ended meanwhile
            if pid != leader and os.getsid(pid) == leader and not _is_dead(pid):
                members.append(pid)
    return members


def _pids() -> list[int]:
    pids: list[int] = []
    with suppress(OSError):  # /proc is not mounted
        pids = psutil.pids()
    return pids


def _is_dead(pid: int) -> bool:
    return psutil.Process(pid).status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def describe_holders(path: Path) -> str:
    """Return ``held by pid 12 (python)``, or ``open in …`` without a lock; "" when none is seen.

    Only processes that this user may look at are seen, and never this one.
    """
    paths = (path.with_name(path.name + end) for end in _LOCKED)
    files = {file for path in paths if (file := _identity(path)) is not None}
    if pids := sorted(_writers(files) - {os.getpid()}):
        return f"held by {_names(pids)}"
    if pids := sorted(set(_openers(files)) - {os.getpid()}):
        return f"open in {_names(pids)}"
    return ""


def _identity(path: Path) -> _File | None:
    """Return device and inode of a file, None when it cannot be looked at."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _writers(files: set[_File]) -> set[int]:
    """Return the processes that lock one of the files for writing, else those for reading."""
    locks = [(kind, pid) for kind, pid, file in _locks() if pid > 0 and file in files]
    writing = {pid for kind, pid in locks if kind == "WRITE"} - {os.getpid()}
    return writing or {pid for _, pid in locks}


def _locks() -> Iterator[tuple[str, int, _File]]:
    """Yield each lock that is held: READ or WRITE, the process, the file."""
    lines: set[str] = set()
    with suppress(OSError):
        for _ in range(_READINGS):
            lines.update((_PROC / "locks").read_text().splitlines())
    for line in lines:  # 1: POSIX  ADVISORY  WRITE 12 fe:00:345 120 120
        columns = line.split()
        if "->" in columns:  # it waits
            continue
        with suppress(ValueError, IndexError):  # a file without a device
            major, minor, inode = columns[5].split(":")
            device = os.makedev(int(major, 16), int(minor, 16))
            yield columns[3], int(columns[4]), (device, int(inode))


def _openers(files: set[_File]) -> Iterator[int]:
    for pid in _pids():
        try:
            descriptors = list((_PROC / str(pid) / "fd").iterdir())
        except OSError:  # another user's, or gone
            continue
        if any(_identity(descriptor) in files for descriptor in descriptors):
            yield pid


def _names(pids: list[int]) -> str:
    return ", ".join(f"pid {pid} ({_command(pid)})" for pid in pids)


def _command(pid: int) -> str:
    name = "gone"
    with suppress(psutil.Error):
        name = psutil.Process(pid).name()
    return name
