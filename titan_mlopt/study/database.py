"""Titan's SQLite file: opened for the studies in it, and refused where it is not fit for them."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import optuna
from sqlalchemy.exc import SQLAlchemyError

from titan_mlopt.errors import StudyError, shown
from titan_mlopt.locks import describe_holders
from titan_mlopt.place import Server, read_place
from titan_mlopt.study.backup import find_damage, restore_advice
from titan_mlopt.study.lean_storage import LeanStorage
from titan_mlopt.study.lease import create_table
from titan_mlopt.study.postgres import open_postgres, postgres_errors
from titan_mlopt.study.presence import Presence
from titan_mlopt.study.views import create_views

#: How long a lock of another program is waited for.
BUSY_TIMEOUT_S = 60.0
_URL = "sqlite:///titan.db"
_COLUMNS_OF = "SELECT name FROM pragma_table_info(?)"
# Columns by which Optuna's tables are told from others of the same names.
_OPTUNAS = {
    "studies": {"study_id", "study_name"},
    "trials": {"trial_id", "number", "study_id", "state"},
    "trial_params": {"trial_id", "param_name", "param_value"},
    "version_info": {"schema_version", "library_version"},
}


def open_storage(db_path: str | Path, *, quick_check: bool = False) -> optuna.storages.RDBStorage:
    """Open, or make, the SQLite file of the studies: write-ahead log, waiting for locks.

    Other tables in the file are left alone. quick_check: look for damage first, which reads all of
    the file. Raises ``StudyError`` when it cannot be used; the storage raises it later, when the
    file is no longer in its place. A place may be a server's, see ``open_postgres``; of its files
    it takes care itself.
    """
    place = read_place(db_path)
    if isinstance(place, Server):
        return open_postgres(place, existing=False)
    path = _find_path(place)
    presence = Presence(path)

    def connect() -> sqlite3.Connection:
        # One connection may serve the coordinator and a reader in another thread, in turn.
        uri, wait_s = presence.uri(), BUSY_TIMEOUT_S
        connection = sqlite3.connect(uri, uri=True, timeout=wait_s, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        presence.see()
        return connection

    with storage_errors(path), _alone_in(path.parent):
        _check_content(path, quick_check=quick_check)
        # Its URL names the kind of database alone: a path may hold what means something in one.
        storage = LeanStorage(_URL, engine_kwargs={"creator": connect})
        # Also when Python ends: the last connection puts the log into the file.
        weakref.finalize(storage, storage.engine.dispose)
        with closing(connect()) as connection:
            create_views(connection)
        create_table(storage)
        presence.watch(storage.engine)
        return storage


def _find_path(db_path: Path) -> Path:
    """Return the absolute path of a file that is there or can be made."""
    path = db_path.absolute()
    try:
        in_the_way = stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        in_the_way = False
    except (OSError, ValueError) as error:  # a name too long, or one that no file can have
        why = error.strerror if isinstance(error, OSError) else error
        raise StudyError(
            f"db: must be the path of a file, got {shown(str(db_path))} ({why}); name another"
        ) from error
    if in_the_way or not path.parent.is_dir():
        raise StudyError(f"{db_path}: must be a file in an existing folder; make the folder first")
    return path


def open_existing(db_path: str | Path) -> optuna.storages.RDBStorage:
    """Open the database of studies that exist; ``StudyError`` when there is none."""
    place = read_place(db_path)
    if isinstance(place, Server):
        return open_postgres(place, existing=True)
    if not _find_path(place).is_file():
        raise StudyError(f"db: must be an existing database, got {shown(str(db_path))}; tune first")
    return open_storage(place)


@contextmanager
def storage_errors(path: str | Path) -> Iterator[None]:
    """Turn the storage's errors into a ``StudyError`` that names the true cause."""
    place = read_place(path)
    try:
        if isinstance(place, Server):
            with postgres_errors(place):
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
        raise StudyError(_explain(Path(place), cause)) from error


def _explain(path: Path, cause: BaseException) -> str:
    """Return what is wrong with the database, from what SQLite says of it."""
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # without the details above
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(path, str(cause))
    more = ""
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        with suppress(OSError):
            more = f" with {shutil.disk_usage(path.parent).free / 1e6:.3g} MB free on its disk"
    elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        holders = describe_holders(path)
        more = f" for {BUSY_TIMEOUT_S:g} s{holders and ', '}{holders}"
    return (
        f"{path}: must be a SQLite database that can be written, got {cause}{more}; finished "
        "trials are safe, run again when the cause is gone"
    )


def _damaged(path: Path, damage: str) -> str:
    return f"{path}: must be a sound SQLite database, got {damage}; {restore_advice(path)}"


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time make the tables of a database in the folder."""
    try:
        fd = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StudyError(
            f"{folder}: must be a folder that can be read, got {error.strerror}; name another db"
        ) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _check_content(path: Path, *, quick_check: bool) -> None:
    """Raise ``StudyError``, and change nothing, where Optuna's tables would not fit in."""
    if not path.is_file() or not path.stat().st_size:
        return
    tables = _load_columns(path)
    if quick_check and (damage := find_damage(path)):
        raise StudyError(_damaged(path, damage))
    others = [name for name, own in _OPTUNAS.items() if tables[name] and not own <= tables[name]]
    if tables["alembic_version"] and not tables["version_info"]:
        others.append("alembic_version")
    if others:
        raise StudyError(
            f"{path}: its table {others[0]} must be Optuna's, got one of another program; name "
            "another db"
        )


def _load_columns(path: Path) -> dict[str, set[str]]:
    """Return the columns of the tables that matter, none for one that is not there.

    Only SQLite may open the file: who opens it otherwise and closes it takes the locks away that
    SQLite holds in the same process.
    """
    uri = f"{path.as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S)) as connection:
            return {
                name: {row[0] for row in connection.execute(_COLUMNS_OF, (name,))}
                for name in (*_OPTUNAS, "alembic_version")
            }
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_NOTADB:
            raise StudyError(
                f"{path}: must be a SQLite database, got another file; name another db"
            ) from error
        raise
