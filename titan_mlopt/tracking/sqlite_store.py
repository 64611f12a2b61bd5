"""An MLflow store in SQLite that waits for the disk seldom: a write-ahead log, where it is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

_stores: set[str] = set()


def keep_log(path: Path) -> None:
    """Let this process's connections to ``path`` write ahead: a new file for good, else as it is.

    MLflow commits some ten times a trial, and waits for the disk at each; with a log it need not,
    and an outage costs the last runs at most, which the study has.
    """
    if not _stores:
        event.listen(Engine, "connect", _on_connect)
    _stores.add(str(path.resolve()))


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
