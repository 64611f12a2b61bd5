"""Backups of Titan's database, consistent, checked and atomic; and their restore."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from titan_mlopt.core.errors import StudyError, short_repr
from titan_mlopt.core.files import copy_access
from titan_mlopt.core.trial import Checkpoint, TrialRecord, was_interrupted
from titan_mlopt.executors.local.processes import describe_holders
from titan_mlopt.executors.local.workspace import temporary_folder
from titan_mlopt.study.storage.looks import keep_looks
from titan_mlopt.study.storage.replacement import (
    BESIDE,
    complete_replacement,
    free_name,
    replace_database,
)

#: Suffixes of the automatic backups: the newest and the one before.
NEWEST, PREVIOUS = ".backup", ".backup.previous"
RESCUED = ".rescued"
_SUFFIXES = r"(\.backup|\.backup\.previous|\.\d{8}-\d{6}\.backup)"
_FOLDER, _FILE = "a folder", "one that exists"
#: Free space that an automatic backup leaves for the study itself.
_ROOM_BYTES = 64 * 2**20
_TIMEOUT_S = 60.0
#: Finished trials of a study from one backup to the next.
EVERY = 50
_JOIN_TIMEOUT_S = 20.0


def find_damage(path: Path, *, copy: bool = False) -> str:
    """Check a database with ``PRAGMA quick_check``, which reads the whole file and writes nothing.

    Args:
        path: The database.
        copy: Whether nobody else has the file open. SQLite then creates no files beside it.

    Returns:
        What is damaged, in at most 300 characters; "" for a sound database.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if copy else ''}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_TIMEOUT_S)) as connection:
            lines = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise  # the error is not about the content
        lines = [str(error)]
    text = "; ".join(" ".join(line.split()) for line in lines)
    return "" if text == "ok" else text[:300]


def save_backup(db_path: str | Path, to: Path, *, force: bool = False) -> None:
    """Copy the database to a single file, also while others write to it.

    The copy holds what was committed at one moment, and is checked before it gets its name.

    Args:
        db_path: The database.
        to: The file. A symbolic link is followed; an existing file keeps its owner and mode, a new
            one gets those of the database.
        force: Whether to replace an existing file.

    Raises:
        StudyError: The copy cannot be made, the database is damaged, or ``to`` exists.
    """
    kind = _kind(to)
    if kind == _FOLDER or (kind and not force):
        raise StudyError(f"{to}: must be a new file, got {kind}; name another, or pass --force")
    target = Path(os.path.realpath(to))
    with _copied(Path(db_path), target) as part:
        if target.exists():
            copy_access(target.stat(), part)
        part.replace(target)


def _kind(path: Path) -> str:
    """Return what exists at a path, "" for nothing; raise ``StudyError`` for an invalid path."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        got = short_repr(str(path))
        raise StudyError(f"path: must be one that a file can have, got {got} ({why})") from error
    return _FOLDER if stat.S_ISDIR(mode) else _FILE


def keep_backup(db_path: Path) -> None:
    """Back the database up beside it; the former newest backup becomes the previous one.

    Raises:
        StudyError: The backup fails or would leave too little space; the old backups stay.
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
    """Yield a checked copy under a temporary name beside ``to``; unless renamed it is removed."""
    complete_replacement(db_path)
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
            _finish(part, db_path.stat())
            yield part
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StudyError(f"{to}: must take a copy of {db_path}, got {why}; see its disk") from error


@contextmanager
def _part_of(to: Path) -> Iterator[Path]:
    """Yield a new private file beside ``to``; unless renamed it is removed."""
    prefix = f".{to.name}.{os.getpid()}."
    descriptor, name = tempfile.mkstemp(".part", prefix, to.absolute().parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for end in ("", *BESIDE):
            with suppress(OSError):
                Path(name + end).unlink()


def _finish(part: Path, like: os.stat_result) -> None:
    """Sync a new copy to disk, and give it the owner and mode of the database if allowed.

    like: ``stat`` of the database. Without the right to change owners only the mode is set.
    """
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        copy_access(like, part)
    except OSError:
        part.chmod(stat.S_IMODE(like.st_mode))


def _copy(db_path: Path, part: Path, *, alone: bool = False) -> None:
    """Copy a database into an empty file; alone: nobody else has the database open."""
    mode = "mode=ro&immutable=1" if alone else "mode=rw"
    uri, deadline = f"{db_path.absolute().as_uri()}?{mode}", time.monotonic() + _TIMEOUT_S

    def go_on(status: int, remaining: int, total: int) -> None:
        if status != sqlite3.SQLITE_DONE and time.monotonic() > deadline:
            raise TimeoutError(0, f"a database that is locked for {_TIMEOUT_S:g} s")

    source = sqlite3.connect(uri, uri=True, timeout=_TIMEOUT_S)
    with closing(source), closing(sqlite3.connect(part)) as target:
        source.execute("PRAGMA query_only = ON")
        source.backup(target, progress=go_on)
        # A single file that needs no write-ahead log.
        target.execute("PRAGMA journal_mode = DELETE")


def _has_log(path: Path) -> bool:
    file = os.path.realpath(path)  # SQLite keeps a log beside the file that a link points to
    return any(Path(file + end).exists() for end in ("-wal", "-journal"))


def _size(db_path: Path) -> int:
    return sum(
        path.stat().st_size
        for end in ("", "-wal")
        if (path := db_path.with_name(db_path.name + end)).is_file()
    )


def remove_remains(db_path: Path) -> None:
    """Remove unfinished copies of processes that were killed."""
    prefix = rf"\.{re.escape(db_path.name)}({re.escape(NEWEST)})?"
    name = re.compile(prefix + r"\.(\d+)\.\w+\.part(-\w+)?")
    with suppress(OSError):
        for path in db_path.absolute().parent.iterdir():
            match = name.fullmatch(path.name)
            if match and not _lives(int(match[2])):
                path.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def rescue(
    connection: sqlite3.Connection, db_path: Path, like: os.stat_result | None = None
) -> Path | None:
    """Save the content of an open database whose file was moved or removed.

    Args:
        connection: Has the database open.
        db_path: Where the database was. The copy goes beside it, else into the temporary folder.
        like: ``stat`` of the database, whose owner and mode the copy gets; None for the defaults.

    Returns:
        The new file, None if it cannot be written anywhere.
    """
    for folder in (db_path.parent, temporary_folder()):
        target = free_name(folder / f"{db_path.name}{RESCUED}")
        with suppress(OSError, sqlite3.Error), _part_of(target) as part:
            with closing(sqlite3.connect(part)) as copy:
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            if like is not None:
                _finish(part, like)
            part.replace(target)
            return target
    return None


class BackupKeeper:
    """A listener that backs the database up every 50 finished trials, in a thread of its own.

    Leaving the context waits for a running backup.

    Args:
        db_path: The database.
        finished: Number of finished trials that the study has already.
        notice: Called once, in the thread of the study, if a backup fails.
    """

    def __init__(self, db_path: Path, finished: int, notice: Callable[[str], None]) -> None:
        self._db_path = db_path.absolute()
        self._finished, self._notice = finished, notice
        self._thread: threading.Thread | None = None
        self._failure, self._reported = "", False
        remove_remains(db_path)

    def __enter__(self) -> BackupKeeper:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._thread is not None:
            self._thread.join(_JOIN_TIMEOUT_S)
        self._report()

    def trial_started(self, trial: TrialRecord) -> None:
        """Do nothing."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Do nothing."""

    def trial_finished(self, trial: TrialRecord) -> None:
        """Start a backup if one is due and none is running."""
        if was_interrupted(trial):
            return
        self._finished += 1
        self._report()
        busy = self._thread is not None and self._thread.is_alive()
        if self._finished % EVERY == 0 and not busy:
            self._thread = threading.Thread(target=self._save, name="backup", daemon=True)
            self._thread.start()

    def _save(self) -> None:
        try:
            keep_backup(self._db_path)
        except StudyError as error:
            self._failure = str(error)

    def _report(self) -> None:
        if self._failure and not self._reported:
            self._reported = True
            self._notice(f"no backup was made: {self._failure}; the study goes on")


# --- restoring ------------------------------------------------------------------------------------


def default_name(db_path: Path, now_s: float) -> Path:
    """Return the name of a backup made at a time: ``titan.db.20250131-235959.backup``.

    Args:
        db_path: The database.
        now_s: UTC seconds since 1970.
    """
    stamp = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%d-%H%M%S")
    return Path(f"{db_path}.{stamp}{NEWEST}")


def find_backups(db_path: Path) -> list[Path]:
    """Return the backups beside the database, the newest first."""
    name = re.compile(re.escape(db_path.name) + _SUFFIXES)
    with suppress(OSError):
        paths = [p for p in db_path.absolute().parent.iterdir() if name.fullmatch(p.name)]
        return sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True)
    return []


def find_sound_backup(db_path: Path) -> Path | None:
    """Return the newest backup that is not damaged, None without one."""
    for path in find_backups(db_path):
        with suppress(sqlite3.Error, OSError):
            if not find_damage(path, copy=True):
                return path
    return None


def restore_advice(db_path: Path) -> str:
    """Return what to do about a damaged database, with the command to restore the newest backup."""
    from titan_mlopt.report.commands import this_shell

    newest = find_sound_backup(db_path)
    if newest is None:
        return "there is no backup beside it: put a copy in its place, or name another db"
    time_made = datetime.fromtimestamp(newest.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M UTC")
    shell = this_shell()
    command = shell.line("restore", *shell.storage(db_path))
    return f"the newest backup is {newest.name} of {time_made}, which this puts back: {command}"


def restore_backup(db_path: Path, backup: Path) -> Path | None:
    """Replace the database by a backup.

    The looks at sealed bars that the replaced database tells of are counted in the restored one
    too, where it can still be read.

    Args:
        db_path: The database. The target of a symbolic link is replaced; owner and mode stay.
        backup: The backup; it stays where it is.

    Returns:
        Where the replaced database lies now, with its own write-ahead log, which would damage the
        restored one; None if there was none.

    Raises:
        StudyError: The backup is damaged, another process has the database open, or it cannot be
            replaced.
    """
    if _kind(backup) != _FILE:
        raise StudyError(f"{backup}: must be a backup, got no file; name one with --from")
    file = Path(os.path.realpath(db_path))
    try:
        complete_replacement(file)
        remove_remains(file)
        alone = not _has_log(backup)
        if damage := find_damage(backup, copy=alone):
            raise StudyError(f"{backup}: must be a sound backup, got {damage}; name another")
        if file.exists() and (holders := describe_holders(file)):
            raise StudyError(
                f"{db_path}: must be no one's while it is replaced, got it {holders}; stop that"
            )
        with _part_of(file) as part:
            # Copied by SQLite, as part of the backup may still be in a write-ahead log.
            _copy(backup, part, alone=alone)
            if file.exists():
                keep_looks(file, part)  # before the copy has the backup's mode: it may be read-only
            _finish(part, backup.stat())
            if file.exists():
                _take_over(file, part)
            return replace_database(file, part)
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StudyError(f"{db_path}: must be replaceable, got {why}; see its disk") from error


def _take_over(file: Path, part: Path) -> None:
    """Give the restored file the owner and mode of the database, or raise ``StudyError``."""
    like = file.stat()
    try:
        copy_access(like, part)
    except OSError as error:
        raise StudyError(
            f"{file}: must keep its owner when it is replaced, got {error.strerror}; run this as "
            "that user or as root"
        ) from error
