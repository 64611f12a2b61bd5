"""Makers of MLflow stores that are killed at a given step."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

#: Runs ``work`` and kills itself at the statement of that number, from 1 on, or at the first one
#: that has a text in it.
_KILLED = """
import os, signal, sqlite3, sys

from sqlalchemy import event
from sqlalchemy.engine import Engine
{imports}

uri, number, text = sys.argv[1], int(sys.argv[2]), sys.argv[3]
given = 0


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def count(frame, kind, what):
    global given
    if kind == "c_call" and getattr(what, "__name__", "") in ("execute", "executemany"):
        if isinstance(what.__self__, (sqlite3.Connection, sqlite3.Cursor)):
            given += 1
            if given == number:
                die()


@event.listens_for(Engine, "before_cursor_execute")
def read(connection, cursor, statement, *_):
    if text and text in statement:
        die()


sys.setprofile(count)
{work}
sys.setprofile(None)
print(given)
"""
#: As MLflow itself makes a store, and as older versions of titan_mlopt let it do.
BY_MLFLOW = _KILLED.format(imports="from mlflow import MlflowClient", work="MlflowClient(uri)")
#: As titan_mlopt makes it.
BY_US = _KILLED.format(
    imports="from titan_mlopt.tracking.store import open_client", work="open_client(uri)"
)


def make_killed(path: Path, maker: str, *, number: int = -1, text: str = "") -> int:
    """Let a process make a store and be killed at a statement.

    Args:
        path: Of the store.
        maker: ``BY_MLFLOW`` or ``BY_US``.
        number: Of the statement, from 1 on; -1 for none.
        text: What the first such statement has in it; "" for none.

    Returns:
        How many statements it took when it was made before, 0 when the maker was killed.
    """
    command = [sys.executable, "-c", maker, f"sqlite:///{path}", str(number), text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
    if done.returncode == -signal.SIGKILL:
        return 0
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])
