"""Atomic replacement of a database file, which a killed restore leaves to be completed."""

from __future__ import annotations

import fcntl
import logging
import os
from contextlib import suppress
from pathlib import Path

from titan_mlopt.core.errors import StudyError
from titan_mlopt.executors.local.processes import describe_holders

#: Suffixes of the files that SQLite may keep beside a database.
BESIDE = ("-wal", "-shm", "-journal")
#: Suffixes of a database that is ready to replace another one, and of the replaced one.
READY, REPLACED = ".restoring", ".replaced"

_log = logging.getLogger(__name__)


def replace_database(db_path: Path, new: Path) -> Path | None:
    """Replace the database ``db_path`` by ``new``.

    Once ``new`` is renamed beside ``db_path``, the replacement will be completed: here, or by the
    next ``complete_replacement`` if this process is killed. The replaced database keeps its
    write-ahead log, which would damage the new one.

    Args:
        db_path: The database; it need not exist.
        new: A complete database in a single file of the same folder that nobody has open.

    Returns:
        Where the replaced database lies now, None if there was none.

    Raises:
        StudyError: Another process has the database open.
    """
    new.replace(_ready(db_path))
    return _replace(db_path)


def complete_replacement(db_path: Path) -> None:
    """Complete a replacement that a killed process had begun, and log it.

    Any number of processes may call it at the same time.

    Args:
        db_path: The database.

    Raises:
        StudyError: Another process has the database open.
    """
    try:
        if not os.path.exists(_ready(db_path)):  # noqa: PTH110 - False for a name that is too long
            return
    except ValueError:  # an invalid path
        return
    aside = _replace(db_path)
    suffix = f"; what was there is {aside}" if aside is not None else ""
    _log.warning("%s: the restore that was cut short is completed%s", db_path, suffix)


def free_name(path: Path) -> Path:
    """Return the path, or the first of ``path-2``, ``path-3``, … that does not exist."""
    count, free = 1, path
    while free.exists():
        count += 1
        free = path.with_name(f"{path.name}-{count}")
    return free


def _ready(db_path: Path) -> Path:
    path = Path(os.path.realpath(db_path))
    return path.with_name(path.name + READY)


def _replace(db_path: Path) -> Path | None:
    ready, path = _ready(db_path), Path(os.path.realpath(db_path))
    try:
        descriptor = os.open(ready, os.O_RDONLY)
    except FileNotFoundError:
        return None  # another process has completed it
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not _is(ready, descriptor):
            return None
        if path.exists() and (holders := describe_holders(path)):
            raise StudyError(
                f"{path}: must be no one's while it is replaced, got it {holders}; stop that, then "
                "run the command again"
            )
        aside = _put_aside(path)
        ready.replace(path)
    finally:
        os.close(descriptor)
    return aside


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _put_aside(path: Path) -> Path | None:
    """Rename a database with the files beside it; return its new name, None if there are none.

    The database is renamed first. If only its log is left, a process was killed in between.
    """
    ends = [end for end in ("", *BESIDE) if path.with_name(path.name + end).exists()]
    if not ends:
        return None
    aside = free_name(path.with_name(path.name + REPLACED))
    if "" not in ends:
        aside = _last_aside(path, ends) or aside
    for end in ends:
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).replace(aside.with_name(aside.name + end))
    return aside


def _last_aside(path: Path, ends: list[str]) -> Path | None:
    """Return the last database that was put aside, None if it has a log of its own already."""
    first = path.with_name(path.name + REPLACED)
    last, count = first, 2
    while (following := first.with_name(f"{first.name}-{count}")).exists():
        last, count = following, count + 1
    has_log = any(last.with_name(last.name + end).exists() for end in ends)
    return last if last.exists() and not has_log else None
