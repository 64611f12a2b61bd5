"""SQLite's locks on a database outlive whatever else this process does with the file.

POSIX drops every lock that a process has on a file when the process closes any descriptor of it, so
nothing but SQLite may open a database. Without its locks another program that closes the database
removes the write-ahead log under it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.apply_cases import make_titan_db
from support.reader_cases import reading
from titan_mlopt.production.titan_db import open_titan
from titan_mlopt.study.storage import backup
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.tracking import store as tracking_store

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc/locks")


def locks_of(path: Path) -> list[str]:
    """Return this process's locks on the files of a database: kind, inode, range."""
    files = (path.with_name(path.name + end) for end in ("", "-shm"))
    inodes = {file.stat().st_ino for file in files if file.exists()}
    found = set()
    # A reading may leave a lock out, when others go meanwhile: the kernel gives the list in pieces.
    readings = [Path("/proc/locks").read_text() for _ in range(8)]
    for line in "".join(readings).splitlines():
        words = line.split()  # 1: POSIX  ADVISORY  WRITE 12 fe:00:345 120 120
        if "->" not in words and words[4] == str(os.getpid()):
            inode = int(words[5].split(":")[2])
            if inode in inodes:
                found.add(" ".join([words[3], str(inode), *words[6:]]))
    return sorted(found)


def made(path: Path) -> MlflowClient:
    """Return a client of a new store, with connections that stay open in its pool."""
    client = tracking_store.open_client(f"sqlite:///{path}")
    client.search_experiments()
    return client


@linux
@pytest.mark.parametrize("purpose", ["make", "write", "read"])
def test_opening_a_store_again_keeps_the_locks_of_those_who_have_it_open(
    tmp_path: Path, purpose: tracking_store.Purpose
) -> None:
    path = tmp_path / "mlflow.db"
    made(path)
    before = locks_of(path)
    assert len(before) >= 2  # on the file and on the shared memory of its log
    tracking_store.open_client(f"sqlite:///{path}", purpose)
    assert set(before) <= set(locks_of(path))


@linux
def test_a_second_client_beside_a_reader_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    client = made(path)
    uri = f"sqlite:///{path}"
    with reading(path):
        for number in range(20):
            run = client.create_run("0", run_name=str(number))
            tracking_store.open_client(uri, "write").set_tag(run.info.run_id, "number", number)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT count(*) FROM tags WHERE key = 'number'").fetchone()
        assert found == (20,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@linux
def test_backups_keep_the_locks_of_the_database_and_of_the_copy(tmp_path: Path) -> None:
    path, copy = tmp_path / "titan.db", tmp_path / "copy.db"
    storage = open_storage(path)
    storage.create_new_study([])
    before = locks_of(path)
    assert before
    backup.save_backup(path, copy)
    backup.keep_backup(path)
    backup.keep_backup(path)
    assert backup.find_damage(path) == ""
    assert backup.find_sound_backup(path) == tmp_path / "titan.db.backup"
    assert set(before) <= set(locks_of(path))
    with contextlib.closing(sqlite3.connect(copy)) as reader:
        reader.execute("PRAGMA journal_mode=WAL")
        reader.execute("SELECT count(*) FROM studies").fetchone()
        before = locks_of(copy)
        assert before
        backup.restore_backup(tmp_path / "other.db", copy)
        assert set(before) <= set(locks_of(copy))


def test_a_restored_copy_has_what_its_own_log_still_held(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE kv (key)")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with connection:
            connection.execute("INSERT INTO kv VALUES ('in the log')")
        assert (tmp_path / "copy.db-wal").stat().st_size
        backup.restore_backup(tmp_path / "titan.db", tmp_path / "copy.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "titan.db")) as connection:
        assert connection.execute("SELECT key FROM kv").fetchall() == [("in the log",)]


@linux
def test_titans_database_keeps_its_locks_while_it_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "titan.db"
    make_titan_db(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("SELECT count(*) FROM kv").fetchone()
        before = locks_of(path)
        assert before
        with open_titan(path, timeout_s=5, read_only=True):
            pass
        assert set(before) <= set(locks_of(path))
