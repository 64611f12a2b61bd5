"""Titan's SQLite file as the storage of studies: opening, checks, and clear errors."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import sqlite3
import stat
import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import optuna
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from titan_mlopt.core.errors import (
    NoStudiesError,
    StudyError,
    TitanMloptWarning,
    short_repr,
)
from titan_mlopt.core.storage_url import ServerUrl, parse_storage
from titan_mlopt.executors.local.processes import describe_holders
from titan_mlopt.study.storage.backup import find_damage, restore_advice
from titan_mlopt.study.storage.fast_storage import LeanStorage
from titan_mlopt.study.storage.lock import create_table
from titan_mlopt.study.storage.looks import create_looks_table
from titan_mlopt.study.storage.postgres import open_postgres, postgres_errors
from titan_mlopt.study.storage.replacement import complete_replacement
from titan_mlopt.study.storage.sqlite_guard import DatabaseGuard
from titan_mlopt.study.storage.versions import check_versions
from titan_mlopt.study.storage.views import create_views

#: How long to wait for a lock of another program.
BUSY_TIMEOUT_S = 60.0
# A folder is locked for moments only; the user is notified of a longer wait.
_LOCK_POLL_S, _NOTICE_AFTER_S = 0.05, 2.0
_URL = "sqlite:///titan.db"
_COLUMNS_OF = "SELECT name FROM pragma_table_info(?)"
# Columns that tell Optuna's tables from other programs' tables of the same name.
_OPTUNA_COLUMNS = {
    "studies": {"study_id", "study_name"},
    "trials": {"trial_id", "number", "study_id", "state"},
    "trial_params": {"trial_id", "param_name", "param_value"},
    "version_info": {"schema_version", "library_version"},
}
_TABLES = (*_OPTUNA_COLUMNS, "alembic_version", "study_user_attributes")


def open_storage(db_path: str | Path, *, quick_check: bool = False) -> LeanStorage:
    """Open the database of the studies, created if needed; other tables are left alone.

    A SQLite file is opened with a write-ahead log. The storage raises ``StudyError`` later on if
    the file is moved or removed.

    Args:
        db_path: A SQLite file, or the address of a server (``open_postgres``).
        quick_check: Whether to check a SQLite file for damage first, which reads all of it.

    Raises:
        StudyError: The database cannot be used.
        ConfigError: psycopg is not installed for a server.
    """
    url = parse_storage(db_path)
    if isinstance(url, ServerUrl):
        return open_postgres(url, existing=False)
    path = _find_path(url)
    guard = DatabaseGuard(path)

    def connect() -> sqlite3.Connection:
        # The coordinator and a reader in another thread may use one connection in turn.
        uri, wait_s = guard.uri(), BUSY_TIMEOUT_S
        connection = sqlite3.connect(uri, uri=True, timeout=wait_s, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        guard.see()
        return connection

    with storage_errors(path), _alone_in(path.parent):
        _check_content(path, quick_check=quick_check)
        # The URL only names the dialect, since a path may hold characters that are special in one.
        storage = LeanStorage(_URL, engine_kwargs={"creator": connect})
        storage.close_engine = partial(guard.close, storage.engine)
        # Runs at exit too: closing the last connection merges the log into the file.
        weakref.finalize(storage, storage.close_engine)
        with closing(connect()) as connection:
            create_views(connection)
        create_table(storage)
        create_looks_table(storage)
        guard.watch(storage.engine)
        return storage


def _find_path(db_path: Path) -> Path:
    """Return the absolute path of a file that exists or can be created."""
    path = db_path.absolute()
    try:
        in_the_way = stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        in_the_way = False
    except (OSError, ValueError) as error:  # too long, or not a valid path
        why = error.strerror if isinstance(error, OSError) else error
        raise StudyError(
            f"db: must be the path of a file, got {short_repr(str(db_path))} ({why}); name another"
        ) from error
    if in_the_way or not path.parent.is_dir():
        raise StudyError(f"{db_path}: must be a file in an existing folder; make the folder first")
    complete_replacement(path)
    return path


def open_existing(db_path: str | Path) -> LeanStorage:
    """Open an existing database of studies, see ``open_storage``.

    Raises:
        StudyError: It does not exist or cannot be used.
    """
    url = parse_storage(db_path)
    if isinstance(url, ServerUrl):
        return open_postgres(url, existing=True)
    if not _find_path(url).is_file():
        raise StudyError(
            f"db: must be an existing database, got {short_repr(str(db_path))}; tune first"
        )
    return open_storage(url)


def open_read_only(db_path: str | Path) -> LeanStorage:
    """Open an existing database of studies for reading alone: it is neither changed nor made.

    No connection stays open between reads, and none leaves a file beside the database.

    Raises:
        NoStudiesError: It does not exist or holds no studies.
        StudyError: It cannot be used.
        ConfigError: psycopg is not installed for a server.
    """
    url = parse_storage(db_path)
    if isinstance(url, ServerUrl):
        return open_postgres(url, existing=True, read_only=True)
    path = url.absolute()
    if not path.is_file():
        raise NoStudiesError(
            f"db: must be an existing database, got {short_repr(str(db_path))}; tune first"
        )

    with storage_errors(path):
        with closing(_connect_reader(path)) as connection:
            tables = {name: _columns_of(connection, name) for name in _TABLES}
            if not all(columns <= tables[name] for name, columns in _OPTUNA_COLUMNS.items()):
                raise NoStudiesError(
                    f"db: must be a database with studies, got none in {path}; tune first"
                )
            _check_versions(path, connection, tables)
        return LeanStorage(
            _URL,
            engine_kwargs={"creator": partial(_connect_reader, path), "poolclass": sa.NullPool},
            skip_compatibility_check=True,
            skip_table_creation=True,
        )


@contextmanager
def storage_errors(path: str | Path) -> Iterator[None]:
    """Turn errors of the storage into a ``StudyError`` with the root cause."""
    url = parse_storage(path)
    try:
        if isinstance(url, ServerUrl):
            with postgres_errors(url):
                yield
        else:
            yield
    except optuna.exceptions.UpdateFinishedTrialError as error:
        raise StudyError(
            f"{path}: its running trials must be this program's alone, got one ended by another; "
            "stop the other tune of this study, then run again"
        ) from error
    except (optuna.exceptions.StorageInternalError, SQLAlchemyError, sqlite3.Error) as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        raise StudyError(_explain(Path(url), cause)) from error


def _explain(path: Path, cause: BaseException) -> str:
    """Return the message for an error of SQLite."""
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the primary code
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(path, str(cause))
    details = ""
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        with suppress(OSError):
            details = f" with {shutil.disk_usage(path.parent).free / 1e6:.3g} MB free on its disk"
    elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        holders = describe_holders(path)
        details = f" for {BUSY_TIMEOUT_S:g} s{holders and ', '}{holders}"
    return (
        f"{path}: must be a SQLite database that can be written, got {cause}{details}; finished "
        "trials are safe, run again when the cause is gone"
    )


def _damaged(path: Path, damage: str) -> str:
    return f"{path}: must be a sound SQLite database, got {damage}; {restore_advice(path)}"


@contextmanager
def _alone_in(
    folder: Path,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Let one process at a time create the tables of a database in the folder.

    The wait for another program's lock is limited to ``BUSY_TIMEOUT_S`` by ``clock``, in seconds.
    """
    try:
        fd = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StudyError(
            f"{folder}: must be a folder that can be read, got {error.strerror}; name another db"
        ) from error
    try:
        began, noticed = clock(), False
        while not _lock(folder, fd):
            waited_s = clock() - began
            if waited_s >= BUSY_TIMEOUT_S:
                raise StudyError(
                    f"{folder}: must not be locked (flock) by another program, got it "
                    f"{describe_holders(folder) or 'locked'} for {BUSY_TIMEOUT_S:g} s; end that "
                    "program, or name a db in another folder"
                )
            if waited_s >= _NOTICE_AFTER_S and not noticed:
                noticed = True
                _warn(
                    f"{folder}: {describe_holders(folder) or 'locked'} (flock), which is waited "
                    f"for up to {BUSY_TIMEOUT_S:g} s"
                )
            wait(_LOCK_POLL_S)
        yield
    finally:
        os.close(fd)


def _lock(folder: Path, fd: int) -> bool:
    """Lock the folder; return False if another process has locked it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        _warn(
            f"{folder}: should be on a file system with flock, got {error.strerror}; open a new "
            "database there from one process at a time"
        )
    return True


def _warn(text: str) -> None:
    warnings.warn(text, TitanMloptWarning, stacklevel=2)


def _check_content(path: Path, *, quick_check: bool) -> None:
    """Raise ``StudyError`` if the file is damaged, or holds tables of others or other versions.

    The file is opened by SQLite only: closing any other descriptor of it would release the POSIX
    locks that SQLite holds in this process.
    """
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        with closing(_connect_reader(path)) as connection:
            tables = {name: _columns_of(connection, name) for name in _TABLES}
            if quick_check and (damage := find_damage(path)):
                raise StudyError(_damaged(path, damage))
            if foreign := _foreign_tables(tables):
                raise StudyError(
                    f"{path}: its table {foreign[0]} must be Optuna's, got one of another program; "
                    "name another db"
                )
            _check_versions(path, connection, tables)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_NOTADB:
            raise StudyError(
                f"{path}: must be a SQLite database, got another file; name another db"
            ) from error
        raise


def _foreign_tables(tables: Mapping[str, set[str]]) -> list[str]:
    foreign = [
        name
        for name, columns in _OPTUNA_COLUMNS.items()
        if tables[name] and not columns <= tables[name]
    ]
    if tables["alembic_version"] and not tables["version_info"]:
        foreign.append("alembic_version")
    return foreign


def _check_versions(
    path: Path, connection: sqlite3.Connection, tables: Mapping[str, set[str]]
) -> None:
    names = {name for name, columns in tables.items() if columns}
    check_versions(
        str(path),
        shlex.quote(f"sqlite:///{path}"),
        names,
        lambda text: connection.execute(text).fetchall(),
    )


def _connect_reader(path: Path) -> sqlite3.Connection:
    """Return a connection that writes nothing; mode=ro would leave SQLite's log behind."""
    uri = f"{path.as_uri()}?mode=rw"
    # The coordinator and a reader in another thread may use one connection in turn.
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _columns_of(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[0] for row in connection.execute(_COLUMNS_OF, (table,))}
