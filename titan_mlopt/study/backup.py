"""Copies of Titan's database: consistent, checked, whole or not at all; and the way back."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from titan_mlopt.errors import StudyError, shown
from titan_mlopt.locks import describe_holders
from titan_mlopt.trial.workspace import temporary_folder

#: Ends of the names of the copies that are kept automatically: the newest and the one before.
NEWEST, PREVIOUS = ".backup", ".backup.previous"
REPLACED, RESCUED = ".replaced", ".rescued"
_ENDS = r"(\.backup|\.backup\.previous|\.\d{8}-\d{6}\.backup)"
_FOLDER, _FILE = "a folder", "one that exists"
# What SQLite may keep beside a database.
_BESIDE = ("-wal", "-shm", "-journal")
#: A kept copy leaves so much room: the study itself needs some.
_ROOM_BYTES = 64 * 2**20
_PATIENCE_S = 60.0


def find_damage(path: Path, *, copy: bool = False) -> str:
    """Return the first lines of ``PRAGMA quick_check``, "" for a sound database.

    copy: of a file that nobody else has open; nothing is made beside it. Reads the whole file, and
    does not write, not even what a log still holds.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if copy else ''}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S)) as connection:
            lines = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise  # it says nothing of the content
        lines = [str(error)]
    text = "; ".join(" ".join(line.split()) for line in lines)
    return "" if text == "ok" else text[:300]


def save_backup(db_path: str | Path, to: Path, *, force: bool = False) -> None:
    """Write a copy of the database as the file ``to``, also while others write to the database.

    It is what was committed at one moment, a single file, and checked before it gets its name.
    Raises ``StudyError`` when it cannot be made, or ``to`` exists and force does not allow that.
    """
    kind = _kind(to)
    if kind == _FOLDER or (kind and not force):
        raise StudyError(f"{to}: must be a new file, got {kind}; name another, or pass --force")
    with _copied(Path(db_path), to) as part:
        part.replace(to)


def _kind(path: Path) -> str:
    """Return what is there, "" for nothing; ``StudyError`` for a path that no file can have."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        got = shown(str(path))
        raise StudyError(f"path: must be one that a file can have, got {got} ({why})") from error
    return _FOLDER if stat.S_ISDIR(mode) else _FILE


def keep_backup(db_path: Path) -> None:
    """Make a copy beside the database the newest one, and the newest one the previous.

    Raises ``StudyError`` when that fails, or would leave little room on the disk; both stay then.
    """
    newest, previous = (db_path.with_name(db_path.name + end) for end in (NEWEST, PREVIOUS))
    free, needed = shutil.disk_usage(db_path.parent).free, _size(db_path)
    if free - needed < _ROOM_BYTES:
        raise StudyError(
            f"{newest}: must leave {_ROOM_BYTES >> 20} MB free, got {free >> 20} MB for a copy of "
            f"{needed >> 20} MB; make room"
        )
    with _copied(db_path, newest) as part:
        with suppress(FileNotFoundError):
            newest.replace(previous)
        part.replace(newest)


@contextmanager
def _copied(db_path: Path, to: Path) -> Iterator[Path]:
    """Give a checked copy under a name of its own beside ``to``; it is gone when it stays there."""
    if _kind(db_path) != _FILE:
        raise StudyError(
            f"{db_path}: must be an existing database, got no file; name one with --db"
        )
    try:
        with _part_of(to) as part:
            _copy(db_path, part)
            if damage := find_damage(part, copy=True):
                raise StudyError(
                    f"{db_path}: must be a sound database, got {damage}; {restore_advice(db_path)}"
                )
            _finish(part, db_path)
            yield part
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StudyError(f"{to}: must take a copy of {db_path}, got {why}; see its disk") from error


@contextmanager
def _part_of(to: Path) -> Iterator[Path]:
    """Give a new private file beside ``to``; what is left of it afterwards is removed."""
    prefix = f".{to.name}.{os.getpid()}."
    descriptor, name = tempfile.mkstemp(".part", prefix, to.absolute().parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for end in ("", *_BESIDE):
            with suppress(OSError):
                Path(name + end).unlink()


def _finish(part: Path, like: Path) -> None:
    """Let a new file be on the disk, for those who may read the other one."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    if like.exists():
        shutil.copymode(like, part)


def _copy(db_path: Path, part: Path) -> None:
    uri, deadline = f"{db_path.absolute().as_uri()}?mode=rw", time.monotonic() + _PATIENCE_S

    def go_on(status: int, remaining: int, total: int) -> None:
        if status != sqlite3.SQLITE_DONE and time.monotonic() > deadline:
            raise TimeoutError(0, f"a database that is locked for {_PATIENCE_S:g} s")

    source = sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S)
    with closing(source), closing(sqlite3.connect(part)) as target:
        source.execute("PRAGMA query_only = ON")
        source.backup(target, progress=go_on)
        # One file that can be read from anywhere, not one that waits for a write-ahead log.
        target.execute("PRAGMA journal_mode = DELETE")


def _size(db_path: Path) -> int:
    return sum(
        path.stat().st_size
        for end in ("", "-wal")
        if (path := db_path.with_name(db_path.name + end)).is_file()
    )


def remove_remains(db_path: Path) -> None:
    """Remove unfinished copies whose makers were killed."""
    name = re.compile(re.escape(f".{db_path.name}{NEWEST}") + r"\.(\d+)\.\w+\.part(-\w+)?")
    with suppress(OSError):
        for path in db_path.absolute().parent.iterdir():
            found = name.fullmatch(path.name)
            if found and not _lives(int(found[1])):
                path.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def rescue(connection: sqlite3.Connection, db_path: Path) -> Path | None:
    """Save what a connection has open as a new file: its own is no longer in its place.

    Beside where it was, else in the temporary folder; None when it can be written nowhere.
    """
    for folder in (db_path.parent, temporary_folder()):
        target = _free_name(folder / f"{db_path.name}{RESCUED}")
        with suppress(OSError, sqlite3.Error), _part_of(target) as part:
            with closing(sqlite3.connect(part)) as copy:
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            part.replace(target)
            return target
    return None


def _free_name(path: Path) -> Path:
    count, free = 1, path
    while free.exists():
        count += 1
        free = path.with_name(f"{path.name}-{count}")
    return free


# --- the way back --------------------------------------------------------------------------------


def default_name(db_path: Path, now_s: float) -> Path:
    """Return the name of a copy made at that time: ``titan.db.20250131-235959.backup``."""
    stamp = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%d-%H%M%S")
    return Path(f"{db_path}.{stamp}{NEWEST}")


def find_backups(db_path: Path) -> list[Path]:
    """Return the copies beside the database by their names, the newest first."""
    name = re.compile(re.escape(db_path.name) + _ENDS)
    with suppress(OSError):
        found = [p for p in db_path.absolute().parent.iterdir() if name.fullmatch(p.name)]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
    return []


def find_sound_backup(db_path: Path) -> Path | None:
    """Return the newest copy that is whole."""
    for path in find_backups(db_path):
        with suppress(sqlite3.Error, OSError):
            if not find_damage(path, copy=True):
                return path
    return None


def restore_advice(db_path: Path) -> str:
    """Return what to do about a damaged database, naming the newest sound copy."""
    newest = find_sound_backup(db_path)
    if newest is None:
        return "there is no backup beside it: put a copy in its place, or name another db"
    made = datetime.fromtimestamp(newest.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M UTC")
    command = shlex.join(["titan-mlopt", "restore", "--db", str(db_path)])
    return f"the newest backup is {newest.name} of {made}, which this puts back: {command}"


def restore_backup(db_path: Path, backup: Path) -> Path | None:
    """Put a copy in the place of the database; return where that lies now, None without one.

    What was there keeps its own write-ahead log, which in the wrong place would damage the copy.
    Raises ``StudyError`` when the copy is not sound, or another process has the database open.
    """
    if _kind(backup) != _FILE:
        raise StudyError(f"{backup}: must be a backup, got no file; name one with --from")
    try:
        if damage := find_damage(backup, copy=True):
            raise StudyError(f"{backup}: must be a sound backup, got {damage}; name another")
        if db_path.exists() and (holders := describe_holders(db_path)):
            raise StudyError(
                f"{db_path}: must be no one's while it is replaced, got it {holders}; stop that"
            )
        with _part_of(db_path) as part:
            shutil.copyfile(backup, part)
            _finish(part, db_path)
            aside = _put_aside(db_path)
            part.replace(db_path)
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StudyError(f"{db_path}: must be replaceable, got {why}; see its disk") from error
    return aside


def _put_aside(db_path: Path) -> Path | None:
    """Rename a database with what belongs to it; return its new name."""
    if not db_path.exists():
        return None
    aside = _free_name(db_path.with_name(db_path.name + REPLACED))
    for end in ("", *_BESIDE):
        with suppress(FileNotFoundError):
            db_path.with_name(db_path.name + end).replace(aside.with_name(aside.name + end))
    return aside
