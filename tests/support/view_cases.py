"""Databases with and without the SQL views of the studies, and what is asked of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest

from support.studies import Tuned
from titan_mlopt.study.storage.views import VIEWS, create_views

NAME = "titan_optimization"

Rows = list[tuple[Any, ...]]


@pytest.fixture
def titan(tuned: Tuned, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection to a copy of the tuned study with its views."""
    with (
        closing(sqlite3.connect(tmp_path / "titan.db")) as copy,
        closing(sqlite3.connect(f"file:{tuned.db}?mode=ro", uri=True)) as source,
    ):
        source.backup(copy)
        create_views(copy)
        yield copy


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection to a database of plain Optuna's without studies and without views."""
    optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'plain.db'}").engine.dispose()
    with closing(sqlite3.connect(tmp_path / "plain.db", timeout=0)) as connection:
        yield connection


def path_of(connection: sqlite3.Connection) -> str:
    path: str = connection.execute("PRAGMA database_list").fetchone()[2]
    return path


def url_of(connection: sqlite3.Connection) -> str:
    return f"sqlite:///{path_of(connection)}"


def rows(connection: sqlite3.Connection, query: str, *values: object) -> Rows:
    return connection.execute(query, values).fetchall()


def column(connection: sqlite3.Connection, query: str, *values: object) -> list[Any]:
    return [row[0] for row in rows(connection, query, *values)]


def kinds(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the type of everything in the file that has the name of a view."""
    marks = ", ".join("?" * len(VIEWS))
    return dict(
        rows(connection, f"SELECT name, type FROM sqlite_master WHERE name IN ({marks})", *VIEWS)
    )
