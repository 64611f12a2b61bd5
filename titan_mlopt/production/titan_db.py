"""Titan's production database: opened, and rows of its table ``kv`` read and written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from titan_mlopt.backtest.kv_table import CREATE_TABLE, PUT_ROW
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.executors.local.processes import describe_holders
from titan_mlopt.study.storage.replacement import complete_replacement

#: ``value_blob`` and ``updated_at`` as SQLite holds them; None: there is no such key.
Row = tuple[object, object] | None
Rows = Mapping[str, Row]

_COLUMNS = {"key", "value_blob", "updated_at"}
_GET_ROW = "SELECT value_blob, updated_at FROM kv WHERE key = ?"
_DELETE_ROW = "DELETE FROM kv WHERE key = ?"
_LONGEST_WAIT_S = 1e6  # SQLite counts milliseconds in 32 bits


@dataclass(frozen=True, slots=True)
class Titan:
    """Titan's open database. has_table: whether there is a table ``kv``; else writing makes it."""

    connection: sqlite3.Connection
    path: Path
    has_table: bool


@contextmanager
def open_titan(
    db_path: str | Path, *, timeout_s: float, create: bool = False, read_only: bool = False
) -> Iterator[Titan]:
    """Open Titan's database; within the block SQLite's errors are raised as ``ConfigError``.

    Args:
        db_path: The file, which must exist.
        timeout_s: Seconds to wait for a lock.
        create: Accept a database without the table ``kv``.
        read_only: Let SQLite refuse to write.

    Raises:
        ConfigError: There is no such file, it is not Titan's, or it stays locked.
    """
    path = Path(db_path)
    complete_replacement(path)
    if not path.is_file():
        got = "a folder" if path.is_dir() else "no file"
        raise ConfigError(
            f"{path}: must be production's database, got {got}; name the file with --db"
        )
    uri, wait_s = f"{path.absolute().as_uri()}?mode=rw", min(timeout_s, _LONGEST_WAIT_S)
    try:
        opened = sqlite3.connect(uri, uri=True, timeout=wait_s, isolation_level=None)
        with closing(opened) as connection:
            if read_only:  # mode=ro would leave a -wal and a -shm behind
                connection.execute("PRAGMA query_only = ON")
            yield Titan(connection, path, _find_table(connection, path, create))
    except sqlite3.Error as error:
        raise _explained(error, path, timeout_s) from error


def _find_table(connection: sqlite3.Connection, path: Path, create: bool) -> bool:
    """Whether there is a table ``kv``; ``ConfigError`` when it must be, or is not Titan's."""
    columns = connection.execute("SELECT name, pk FROM pragma_table_info('kv')").fetchall()
    if not columns:
        if not create:
            raise ConfigError(
                f"{path}: must have the table kv, got none; name production's database, or pass "
                "--create to make the table"
            )
        return False
    if {name for name, _ in columns} != _COLUMNS or [n for n, pk in columns if pk] != ["key"]:
        raise ConfigError(
            f"{path}: its table kv must have the columns key (primary key), value_blob and "
            f"updated_at, got {', '.join(name for name, _ in columns)}; name production's database"
        )
    return True


def _explained(error: sqlite3.Error, path: Path, timeout_s: float) -> ConfigError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the details above
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        holders = describe_holders(path)
        return ConfigError(
            f"{path}: must be free within {timeout_s:g} s, got a lock{holders and ', '}{holders}; "
            "try again when it is gone, or wait longer with --timeout"
        )
    if code == sqlite3.SQLITE_NOTADB:
        return ConfigError(
            f"{path}: must be a SQLite database, got another file; name production's"
        )
    must = "writable, its folder too" if code == sqlite3.SQLITE_READONLY else "sound"
    return ConfigError(f"{path}: must be {must}, got {error}; put it right, nothing was written")


def load_rows(titan: Titan, keys: Iterable[str]) -> dict[str, Row]:
    """Return the rows of these keys, None for a key that is not there."""
    if not titan.has_table:
        return dict.fromkeys(keys)
    return {key: titan.connection.execute(_GET_ROW, (key,)).fetchone() for key in keys}


def replace_rows(titan: Titan, before: Rows, after: Rows) -> None:
    """Replace rows in one transaction.

    Args:
        titan: The open database.
        before: Rows as they were when the change was planned.
        after: Rows to write by key; None deletes a row.

    Raises:
        ConfigError: A row of ``before`` has changed since; nothing is written then.
    """
    with titan.connection as connection:  # commits, or rolls back what raises
        connection.execute("BEGIN IMMEDIATE")
        has_table = _find_table(connection, titan.path, create=not titan.has_table)
        current = load_rows(Titan(connection, titan.path, has_table), before)
        if changed := [key for key, row in before.items() if current[key] != row]:
            raise ConfigError(
                f"{titan.path}: {changed[0]} must stay as it was shown, got another value "
                "meanwhile; run again"
            )
        if not has_table:
            connection.execute(CREATE_TABLE)
        for key, row in after.items():
            connection.execute(*((_DELETE_ROW, (key,)) if row is None else (PUT_ROW, (key, *row))))
