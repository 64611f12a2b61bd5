"""An MLflow store in SQLite: the content of a file, and the atomic creation of a new store.

MLflow creates its tables in several hundred steps, each a transaction. A kill between them leaves
a store that no later call can open.
"""

from __future__ import annotations

import atexit
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from weakref import WeakSet

from mlflow import MlflowClient
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from titan_mlopt.executors.local.processes import describe_holders
from titan_mlopt.tracking.uri import SETTING, StoreUnavailable

_stores: set[str] = set()
_engines: WeakSet[Engine] = WeakSet()
# How long to wait for another program that locks a store, or is creating one.
_PATIENCE_S = 60.0
# A store that another program is creating changes every few milliseconds.
_STANDSTILL_S = 5.0
_TICK_S = 0.1
# Tables that every store has after its first steps, and those that its creation writes rows to.
_FIRST_TABLES = frozenset(("experiments", "runs", "metrics", "params", "tags"))
_FILLED_TABLES = frozenset(("alembic_version", "workspaces"))
#: Prefix of the tables through which Alembic changes other tables.
_ALEMBICS = "_alembic_tmp_"
# Errors of SQLite when a step of a migration was done before, or only in part.
_CUT_SHORT = ("already exists", "duplicate column name", "no such table", "no such column")


class Content(Enum):
    """Content of a file; an unfinished store has no runs."""

    NOTHING = "an empty file"
    UNFINISHED = "one that was not finished"
    STORE = "a store"
    FOREIGN = "a database of another program"


_INCOMPLETE = (Content.NOTHING, Content.UNFINISHED)


def find_content(path: Path) -> Content:
    """Return the content of a file, as SQLite sees it; nothing is written.

    Raises ``sqlite3.Error`` for a file that is no database or cannot be read.
    """
    # Only SQLite may open the file: closing any other descriptor would release the locks that this
    # process's connections hold on it.
    with closing(_connect(path, "rw")) as connection:
        connection.execute("PRAGMA query_only = ON")
        return _content(connection)


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into ``StoreUnavailable``."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"{path}: {_explained(error, path)}, or set {SETTING}") from error


def _explained(error: sqlite3.Error | OSError, path: Path) -> str:
    if isinstance(error, PermissionError):
        return f"must be readable, got {error.strerror}; change its permissions"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the details above
    if code == sqlite3.SQLITE_NOTADB:
        return "must be a SQLite database, got another file; move the file away"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        holders = describe_holders(path)
        return (
            f"must be free within {_PATIENCE_S:g} s, got a lock{holders and ', '}{holders}; try "
            "again when it is gone"
        )
    why = error.strerror if isinstance(error, OSError) else error
    return f"must be a database that can be used, got {why}; see its disk and its permissions"


def is_cut_short(error: BaseException) -> bool:
    """Return whether MLflow failed at tables that a killed program created or changed in part."""
    return any(text in str(error) for text in _CUT_SHORT)


def make_store(path: Path, notice: Callable[[str], None]) -> None:
    """Create an MLflow store at ``path`` in one transaction, unless there is one.

    An unfinished store that no program is working on is created anew. If another program creates
    one meanwhile, that one stays.

    Args:
        path: Of the file, which need not exist.
        notice: Receives a line when an unfinished store is created anew.

    Raises:
        sqlite3.Error, OSError: The file cannot be written; it is unchanged then.
    """
    plan: _Plan | None = None
    while (content := _content_of(path)) in _INCOMPLETE:
        plan = plan or _load_plan()
        if content is Content.UNFINISHED:
            _await_standstill(path)
            if _content_of(path) is not Content.UNFINISHED:
                continue
            notice(f"{path}: its making was cut short, and no run is in it; it is made anew")
        _fill(path, plan, content)


def _content_of(path: Path) -> Content:
    return find_content(path) if path.exists() else Content.NOTHING


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S, isolation_level=None)


def _tables(connection: sqlite3.Connection) -> set[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
    return {name for (name,) in connection.execute(f"{query} ESCAPE '\\'")}


def _content(connection: sqlite3.Connection) -> Content:
    tables = _tables(connection)
    if not tables:
        return Content.NOTHING
    if not tables & _FIRST_TABLES:
        return Content.FOREIGN
    # Experiments first: the creation of a store ends with the row of the default experiment.
    for name in sorted(tables - _FILLED_TABLES, key=lambda name: name != "experiments"):
        if _rows(connection, name, most=1):
            return Content.STORE
    return Content.UNFINISHED


def _rows(connection: sqlite3.Connection, table: str, most: int = -1) -> list[tuple[Any, ...]]:
    query = f"SELECT * FROM {_quoted(table)} LIMIT ?"  # noqa: S608 - a quoted name
    return connection.execute(query, (most,)).fetchall()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _await_standstill(path: Path) -> None:
    """Wait until the file is a store, or has not changed for the time of hundreds of steps."""
    with closing(_connect(path, "rw")) as connection:
        version: int | None = None
        began = still_since = time.monotonic()
        while time.monotonic() - still_since < _STANDSTILL_S:
            if (current := _version(connection)) != version:
                if _content(connection) is Content.STORE:
                    return
                version, still_since = current, time.monotonic()
            if time.monotonic() - began > _PATIENCE_S:
                raise TimeoutError(0, f"a program that has been changing it for {_PATIENCE_S:g} s")
            time.sleep(_TICK_S)


def _version(connection: sqlite3.Connection) -> int:
    """Return a number that changes with each commit of another connection."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


@dataclass(frozen=True, slots=True)
class _Plan:
    """An empty MLflow store in SQL. statements: the schema. rows: of its tables, by name."""

    statements: tuple[str, ...]
    rows: dict[str, list[tuple[Any, ...]]]
    tables: frozenset[str]


def _load_plan() -> _Plan:
    """Let MLflow create a store in a temporary folder, and read it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mlflow.db"
        keep_log(path)
        try:
            MlflowClient(f"sqlite:///{path}")
        finally:
            _close(path)
        with closing(_connect(path, "rw")) as connection:
            schema = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type != 'table'"
            tables = _tables(connection)
            rows = {name: content for name in tables if (content := _rows(connection, name))}
            statements = tuple(sql for (sql,) in connection.execute(f"{schema}, rowid"))
    return _Plan(statements, rows, frozenset(tables))


def _fill(path: Path, plan: _Plan, expected: Content) -> None:
    """Execute the plan in one transaction, if the file's content is still as expected."""
    with closing(_connect(path, "rwc")) as connection:
        if connection.execute("PRAGMA page_count").fetchone() == (0,):
            with suppress(sqlite3.OperationalError):  # another program uses it: its mode stays
                connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _content(connection) is expected:
                _execute(connection, plan)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite may have rolled back itself
                connection.execute("ROLLBACK")
            raise


def _execute(connection: sqlite3.Connection, plan: _Plan) -> None:
    for name in _tables(connection):
        if name in plan.tables or name.startswith(_ALEMBICS):
            connection.execute(f"DROP TABLE {_quoted(name)}")
    for statement in plan.statements:
        connection.execute(statement)
    for name, rows in plan.rows.items():
        places = ", ".join("?" * len(rows[0]))
        insert = f"INSERT INTO {_quoted(name)} VALUES ({places})"  # noqa: S608 - as above
        connection.executemany(insert, rows)


# --- a write-ahead log ---------------------------------------------------------------------------


def keep_log(path: Path) -> None:
    """Use a write-ahead log in this process's connections to ``path``, if the file is new.

    A file that exists keeps its journal mode; with a log, its commits do not wait for the disk.
    MLflow commits some ten times per trial, and would wait each time. A power cut then costs at
    most the last runs, which can be repaired from the study. The log is merged into the file at the
    end of this process, unless another process has the file open.
    """
    if not _stores:
        event.listen(Engine, "connect", _on_connect)
        event.listen(Engine, "engine_connect", _on_use)
        atexit.register(close_stores)
    _stores.add(str(path.resolve()))


def close_stores() -> None:
    """Close idle connections; with the last one SQLite merges the log into the file."""
    for store in list(_stores):
        _close(Path(store))


def _close(path: Path) -> None:
    for engine in list(_engines):
        file = engine.url.database
        if engine.dialect.name == "sqlite" and file and Path(file).resolve() == path.resolve():
            engine.dispose()


def _on_use(connection: Connection, *_: object) -> None:
    _engines.add(connection.engine)


def _on_connect(connection: Any, _: object) -> None:
    if type(connection).__module__ != "sqlite3":
        return
    file = connection.execute("PRAGMA database_list").fetchone()[2]
    if file not in _stores:
        return
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        connection.execute("PRAGMA journal_mode=WAL")
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        connection.execute("PRAGMA synchronous=NORMAL")
