"""Who holds a SQLite file: what Linux tells of locks and open files; nothing elsewhere."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_File = tuple[int, int]  # device and inode
_PROC = Path("/proc")
#: The files of a SQLite database that are locked, by the end of their names.
_LOCKED = ("", "-shm")


def describe_holders(path: Path) -> str:
    """Return ``held by pid 12 (python)``, or ``open in …`` without a lock; "" when none is seen.

    Only processes that this user may look at are seen, and never this one.
    """
    paths = (path.with_name(path.name + end) for end in _LOCKED)
    files = {file for place in paths if (file := _identity(place)) is not None}
    if pids := sorted(_writers(files) - {os.getpid()}):
        return f"held by {_names(pids)}"
    if pids := sorted(set(_openers(files)) - {os.getpid()}):
        return f"open in {_names(pids)}"
    return ""


def _identity(path: Path) -> _File | None:
    """Return which file it is, None when it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _writers(files: set[_File]) -> set[int]:
    """Return the processes that lock one of the files for writing, else those for reading."""
    found = [(kind, pid) for kind, pid, file in _locks() if pid > 0 and file in files]
    writing = {pid for kind, pid in found if kind == "WRITE"} - {os.getpid()}
    return writing or {pid for _, pid in found}


def _locks() -> Iterator[tuple[str, int, _File]]:
    """Yield each lock that is held: READ or WRITE, the process, the file."""
    try:
        lines = (_PROC / "locks").read_text().splitlines()
    except OSError:
        return
    for line in lines:  # 1: POSIX  ADVISORY  WRITE 12 fe:00:345 120 120
        words = line.split()
        if "->" in words:  # it waits
            continue
        with contextlib.suppress(ValueError, IndexError):  # a file without a device
            major, minor, inode = words[5].split(":")
            device = os.makedev(int(major, 16), int(minor, 16))
            yield words[3], int(words[4]), (device, int(inode))


def _openers(files: set[_File]) -> Iterator[int]:
    for process in _PROC.glob("[0-9]*"):
        try:
            descriptors = list((process / "fd").iterdir())
        except OSError:  # another user's, or gone
            continue
        if any(_identity(descriptor) in files for descriptor in descriptors):
            yield int(process.name)


def _names(pids: list[int]) -> str:
    return ", ".join(f"pid {pid} ({_command(pid)})" for pid in pids)


def _command(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return "gone"
