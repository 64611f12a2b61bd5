"""Titan's SQLite file: opened for the studies in it, and refused where it is not fit for them."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import optuna
from sqlalchemy.exc import SQLAlchemyError

from titan_mlopt.errors import StudyError, shown
from titan_mlopt.place import Server, read_place
from titan_mlopt.study.lease import create_table
from titan_mlopt.study.postgres import open_postgres, postgres_errors
from titan_mlopt.study.views import create_views

_BUSY_TIMEOUT_S = 60.0
_HEAD = b"SQLite format 3\0"
# Columns by which Optuna's tables are told from others of the same names.
_OPTUNAS = {
    "studies": {"study_id", "study_name"},
    "trials": {"trial_id", "number", "study_id", "state"},
    "trial_params": {"trial_id", "param_name", "param_value"},
    "version_info": {"schema_version", "library_version"},
}


def open_storage(db_path: str | Path) -> optuna.storages.RDBStorage:
    """Open, or make, the SQLite file of the studies: write-ahead log, waiting for locks.

    Other tables in the file are left alone. Raises ``StudyError`` when it cannot be used. A place
    may be a server's, see ``open_postgres``.
    """
    place = read_place(db_path)
    if isinstance(place, Server):
        return open_postgres(place, existing=False)
    path = place.absolute()
    if path.is_dir() or not path.parent.is_dir():
        raise StudyError(f"{db_path}: must be a file in an existing folder; make the folder first")

    def connect() -> sqlite3.Connection:
        # One connection may serve the coordinator and a reader in another thread, in turn.
        connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    with storage_errors(path), _alone_in(path.parent):
        _check_content(path)
        url = f"sqlite:///{path}"
        storage = optuna.storages.RDBStorage(url, engine_kwargs={"creator": connect})
        with closing(connect()) as connection:
            create_views(connection)
        create_table(storage)
        return storage


def open_existing(db_path: str | Path) -> optuna.storages.RDBStorage:
    """Open the database of studies that exist; ``StudyError`` when there is none."""
    place = read_place(db_path)
    if isinstance(place, Server):
        return open_postgres(place, existing=True)
    if not place.is_file():
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
        raise StudyError(
            f"{path}: must be a SQLite database that can be written, got {cause}; finished trials "
            "are safe, run again when the cause is gone"
        ) from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time make the tables of a database in the folder."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _check_content(path: Path) -> None:
    """Raise ``StudyError``, and change nothing, where Optuna's tables would not fit in."""
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        with path.open("rb") as file:
            head = file.read(len(_HEAD))
    except OSError as error:
        raise StudyError(f"{path}: must be readable, got {error.strerror}") from error
    if head != _HEAD:
        raise StudyError(f"{path}: must be a SQLite database, got another file; name another db")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        tables = {
            name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
            for name in (*_OPTUNAS, "alembic_version")
        }
    others = [name for name, own in _OPTUNAS.items() if tables[name] and not own <= tables[name]]
    if tables["alembic_version"] and not tables["version_info"]:
        others.append("alembic_version")
    if others:
        raise StudyError(
            f"{path}: its table {others[0]} must be Optuna's, got one of another program; name "
            "another db"
        )
