"""Work in a fork that is killed right after its n-th write, whatever it writes to.

A write is a commit of SQLAlchemy's (MLflow's stores, the studies), a statement or a commit to
Titan's database, an artifact that was stored, or a file that was copied, synced or renamed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import traceback
from collections.abc import Callable
from typing import Any

from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from sqlalchemy.engine.default import DefaultDialect


def killed_at(n: int, work: Callable[[], object]) -> bool:
    """Run ``work`` in a fork and kill that after its n-th write; return whether it was killed."""
    pid = os.fork()
    if pid == 0:
        try:
            _die_after(n)
            work()
        except BaseException:  # noqa: BLE001 - the exit code tells it
            traceback.print_exc()
            os._exit(3)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def at_once(*works: Callable[[], object]) -> None:
    """Run all in forks that begin together, and wait for their ends."""
    reader, writer = os.pipe()
    children = []
    for work in works:
        pid = os.fork()
        if pid == 0:
            try:
                os.close(writer)
                os.read(reader, 1)  # until the parent closes its end
                work()
            except BaseException:  # noqa: BLE001 - the exit code tells it
                traceback.print_exc()
                os._exit(3)
            os._exit(0)
        children.append(pid)
    os.close(reader)
    os.close(writer)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    assert codes == [0] * len(works)


def _die_after(n: int) -> None:
    left = n

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            count()
            return result

        return call

    written: dict[int, int] = {}

    def do_commit(self: Any, connection: Any) -> None:
        commit(self, connection)
        changes = connection.total_changes
        if changes != written.get(id(connection), 0):  # not after a mere look
            written[id(connection)] = changes
            count()

    class Counting(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            cursor = super().execute(sql, *args)
            if sql.lstrip().upper().startswith(("BEGIN", "CREATE", "INSERT", "DELETE", "REPLACE")):
                count()
            return cursor

        def __exit__(self, *args: Any) -> Any:
            result = super().__exit__(*args)
            count()
            return result

    commit, connect = DefaultDialect.do_commit, sqlite3.connect
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
    sqlite3.connect = lambda *args, **kwargs: connect(*args, **{"factory": Counting, **kwargs})
    for name in ("log_artifact", "log_artifacts"):
        function = getattr(LocalArtifactRepository, name)
        setattr(LocalArtifactRepository, name, counted(function))
    os.replace, os.fsync = counted(os.replace), counted(os.fsync)
    shutil.copyfile = counted(shutil.copyfile)
