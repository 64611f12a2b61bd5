"""MLflow stores that are copied to another place, and makers that are killed at a given step."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

#: Where a store names the places of its artifacts.
_PLACES = (
    ("experiments", "artifact_location"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    ("runs", "artifact_uri"),
)


def move_store(path: Path, old: Path, new: Path) -> None:
    """Let a copied store find the copies of its artifacts in ``new`` instead of ``old``."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, column in _PLACES:
            change = f"UPDATE {table} SET {column} = replace({column}, ?, ?)"
            connection.execute(change, (str(old), str(new)))


#: Makes a store for each line of its input: who makes it, its URI, and the statement at which the
#: maker kills itself: by its number, from 1 on, or the first one that has a text in it. Answers
#: with the number of statements, 0 of a maker that was killed. Each maker is a fork, as the import
#: of MLflow takes longer than a store.
_MAKERS = """
import functools, json, os, signal, sqlite3, sys

import mlflow.store.tracking.sqlalchemy_store
from mlflow import MlflowClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from titan_mlopt.tracking.store import open_client

MAKERS = {"mlflow": MlflowClient, "titan_mlopt": open_client}


def make(maker, uri, number, text, answer):
    given = 0

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    class Cursor(sqlite3.Cursor):
        def count(self, do, *what):
            nonlocal given
            given += 1
            if given == number:
                die()
            return do(*what)

        def execute(self, *what):
            return self.count(super().execute, *what)

        def executemany(self, *what):
            return self.count(super().executemany, *what)

    class Connection(sqlite3.Connection):
        def cursor(self, factory=Cursor):
            return super().cursor(factory)

        def execute(self, *what):
            return self.cursor().execute(*what)

        def executemany(self, *what):
            return self.cursor().executemany(*what)

    connect = functools.partial(sqlite3.connect, factory=Connection)
    sqlite3.connect = sqlite3.dbapi2.connect = connect

    @event.listens_for(Engine, "before_cursor_execute")
    def read(connection, cursor, statement, *_):
        if text and text in statement:
            die()

    MAKERS[maker](uri)
    os.write(answer, str(given).encode())


for line in sys.stdin:
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        make(*json.loads(line), told)
        sys.exit()
    os.close(told)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    given = int(os.read(heard, 20) or 0)
    os.close(heard)
    if status != (0 if given else -signal.SIGKILL):
        sys.exit(f"a maker ended with {status} after {given} statements")
    print(given, flush=True)
"""


class Makers:
    """A process that makes stores by MLflow itself, as older versions did, or by titan_mlopt."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def make(self, path: Path, maker: str, *, number: int = -1, text: str = "") -> int:
        """Let a maker make a store, and be killed at a statement.

        Args:
            path: Of the store.
            maker: "mlflow" or "titan_mlopt".
            number: Of the statement, from 1 on; -1 for none.
            text: What the first such statement has in it; "" for none.

        Returns:
            How many statements it took when it was made before, 0 when the maker was killed.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = json.dumps([maker, f"sqlite:///{path}", number, text])
        self._process.stdin.write(f"{asked}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Makers]:
    """Start the process, in a folder of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", _MAKERS],
        cwd=tmp_path_factory.mktemp("makers"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Makers(process)
        process.communicate()
    assert process.returncode == 0
