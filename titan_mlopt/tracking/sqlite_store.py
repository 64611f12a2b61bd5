"""An MLflow store in SQLite that waits for the disk seldom: a write-ahead log, where it is ours."""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

_stores: set[str] = set()
_engines: WeakSet[Engine] = WeakSet()


def keep_log(path: Path) -> None:
    """Let this process's connections to ``path`` write ahead: a new file for good, else as it is.

    MLflow commits some ten times a trial, and waits for the disk at each; with a log it need not,
    and an outage costs the last runs at most, which the study has. At this process's end the file
    stands alone, unless another process has it open.
    """
    if not _stores:
        event.listen(Engine, "connect", _on_connect)
        event.listen(Engine, "engine_connect", _on_use)
        atexit.register(close_stores)
    _stores.add(str(path.resolve()))


def close_stores() -> None:
    """Close the connections that nobody uses: SQLite puts the log into the file with the last."""
    for engine in list(_engines):
        file = engine.url.database
        if engine.dialect.name == "sqlite" and file and str(Path(file).resolve()) in _stores:
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
