"""Other programs that read and write titan.db and mlflow.db all the time beside the commands."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.fault_cases import Family
from support.tally import LONG, TALLY
from titan_mlopt.cli import main

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(3600)]

AREA = "titan.db and mlflow.db: other programs read and write beside every command"
ROUNDS = 10 if LONG else 1
#: Opens, writes to a table of its own, reads and closes, until it is told to end; says how many
#: rows it has committed.
OTHER = """
import select, sqlite3, sys, time

written = 0
while not select.select([sys.stdin], [], [], 0.01)[0]:
    connection = sqlite3.connect(sys.argv[1], timeout=60)
    with connection:
        connection.execute("CREATE TABLE IF NOT EXISTS others (number INTEGER)")
        connection.execute("INSERT INTO others VALUES (?)", (written,))
    written += 1
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    connection.close()
    if written == 1:
        print("writing", flush=True)
print(written)
"""
QUICK = ("--limit", "1500", "--min-predictions", "50", "--n-jobs", "2", "--holdout", "20%")


@contextlib.contextmanager
def writing(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", OTHER, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "writing\n"
            yield other
        finally:
            if other.poll() is None:
                other.kill()


def count(path: Path, query: str) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute(query).fetchone()[0])


def test_nothing_is_lost_beside_programs_that_write_to_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    family = Family(tmp_path)
    stores = [tmp_path / "titan.db", tmp_path / "mlflow.db"]

    def run(*words: str, codes: tuple[int, ...] = (0,)) -> str:
        with family.start(["-m", "titan_mlopt", *words]) as process:
            output, error = process.communicate(timeout=1500)
        assert process.returncode in codes, (words, output, error)
        assert "MLflow: must" not in error, error
        return output

    made = CliRunner().invoke(main, ["tune", "--n-trials", "1", *QUICK])
    assert made.exit_code == 0, made.output  # both files are there
    written = [0, 0]
    for number in range(ROUNDS):
        total = 3 + 2 * number
        with contextlib.ExitStack() as opened:
            others = [opened.enter_context(writing(path)) for path in stores]
            run("tune", "--n-trials", str(total), *QUICK)
            run("promote", "1", codes=(0, 3))
            run("promote", "1", "--force", "--reason", "a test")
            found = json.loads(run("doctor", "--json"))
            for place, other in enumerate(others):
                output, _ = other.communicate("end\n", timeout=300)
                written[place] += int(output)
        TALLY.add(AREA, faults=4)
        runs = count(
            tmp_path / "mlflow.db",
            "SELECT count(DISTINCT value) FROM tags WHERE key = 'titan_mlopt.trial'",
        )
        trials = count(
            tmp_path / "titan.db", "SELECT count(*) FROM trials WHERE state != 'RUNNING'"
        )
        rows = [count(path, "SELECT count(*) FROM others") for path in stores]
        TALLY.add(AREA, lost=2 * total - runs - trials + sum(written) - sum(rows))
        assert (trials, runs, rows, found["left"]) == (total, total, written, [])
