"""What `apply` promises beside other programs: it waits, and says for whom."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result

from support.apply_cases import (
    assert_done,
    assert_refused,
    dump,
    make_titan_db,
    run,
    value,
)
from support.kill_points import at_once

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells who holds a lock")


pytestmark = pytest.mark.usefixtures("own_cache")


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchone()
print("holding", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(db: Path, *statements: str) -> Iterator[subprocess.Popen[str]]:
    """Let another process run statements in an open transaction, until its stdin closes."""
    command = [sys.executable, "-c", HOLDER, str(db), *statements]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        yield process
        if process.stdin is not None:
            process.stdin.close()


@on_linux
@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_locked_database_is_refused_and_the_holder_is_named(
    champion: Path, db: Path, journal: str, lock: str
) -> None:
    db.unlink()
    make_titan_db(db, journal)
    before = dump(db)
    with held(db, lock) as holder:
        command = Path(f"/proc/{holder.pid}/comm").read_text().strip()
        start = time.monotonic()
        result = run("apply", "--timeout", "0.3")
        assert time.monotonic() - start >= 0.3
        assert_refused(
            result,
            "titan.db: must be free within 0.3 s, got a lock, held by pid "
            f"{holder.pid} ({command}); try again when it is gone, or wait longer with --timeout",
        )
    assert dump(db) == before
    assert_done(run("apply", "--timeout", "0"))


@on_linux
def test_a_reader_that_stays_is_named_too(champion: Path, db: Path) -> None:
    before = dump(db)
    with held(db, "BEGIN", "SELECT * FROM kv") as reader:
        result = run("apply", "--timeout", "0.1")
        assert_refused(result, f"got a lock, held by pid {reader.pid} (")
    assert dump(db) == before


@on_linux
def test_a_reader_beside_the_writer_is_not_blamed(champion: Path, db: Path) -> None:
    db.unlink()
    make_titan_db(db, "wal")
    with held(db, "BEGIN", "SELECT * FROM kv") as reader, held(db, "BEGIN IMMEDIATE") as writer:
        result = run("apply", "--timeout", "0")
    assert_refused(result, f"got a lock, held by pid {writer.pid} (")
    assert f"pid {reader.pid} " not in result.stderr


def test_a_lock_that_goes_in_time_is_waited_for(champion: Path, db: Path) -> None:
    results: list[Result] = []
    with held(db, "BEGIN EXCLUSIVE") as holder:
        thread = threading.Thread(target=lambda: results.append(run("apply", "--timeout", "60")))
        thread.start()
        # Our own connection is open: it waits now, or will. Either is served.
        deadline = time.monotonic() + 300
        while sys.platform == "linux" and not opened_here(db) and time.monotonic() < deadline:
            thread.join(0.01)
        assert holder.stdin is not None
        holder.stdin.close()
        thread.join()
    assert_done(results[0])
    assert value(db, "config.feature.fast_window") == 7


def opened_here(db: Path) -> bool:
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            if descriptor.readlink() == db:
                return True
        except OSError:
            continue
    return False


def test_of_three_at_once_one_applies_and_the_others_find_nothing_due_or_are_refused(
    champion: Path, db: Path, tmp_path: Path
) -> None:
    def apply(number: int) -> None:
        result = run("apply", "--json")
        text = result.stdout if result.exit_code == 0 else f"{result.exit_code}"
        (tmp_path / f"{number}.out").write_text(text)

    at_once(*(partial(apply, number) for number in range(3)))
    texts = [(tmp_path / f"{number}.out").read_text() for number in range(3)]
    documents = [json.loads(text) for text in texts if text != "2"]
    assert sum(document["written"] for document in documents) == 1
    assert all(document["written"] or document["not_due"] for document in documents)
    assert value(db, "titan_mlopt.applied")["number"] == 1


@pytest.mark.parametrize("wait", ["-1", "soon", "nan"])
def test_a_timeout_that_is_none_is_refused(champion: Path, db: Path, wait: str) -> None:
    assert_refused(run("apply", "--timeout", wait), "timeout: must be a number >= 0")
