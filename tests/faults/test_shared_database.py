"""Titan's database with Titan in it: two studies at once, and a program that holds long locks."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from support.fault_cases import Family
from support.tally import TALLY
from titan_mlopt.core.trial import RUNNING, was_interrupted
from titan_mlopt.study.storage.studies import load_record

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

AREA = "two studies beside a program with 20 s locks"
LOCK_S, N_TRIALS = 20, 16
# Bounds against hanging, no promises.
PATIENCE_S, END_S = 300, 900

#: Titan's part: it writes its table all the time, and locks the whole file twice. The first lock is
#: there before the studies begin, in the journal mode that a new file has.
FOREIGN = f"""
import sqlite3, sys, time

connection = sqlite3.connect("titan.db", timeout={PATIENCE_S}, isolation_level=None)
connection.execute("CREATE TABLE kv (key TEXT PRIMARY KEY, value_blob BLOB, updated_at INTEGER)")
written = 0

def write():
    global written
    connection.execute("INSERT INTO kv VALUES (?, ?, ?)", (f"state.{{written}}", b"x" * 2000, 0))
    written += 1

def count(query):
    return connection.execute("SELECT count(*) FROM " + query).fetchone()[0]

def lock():
    connection.execute("BEGIN EXCLUSIVE")
    write()
    print("locked", flush=True)
    time.sleep({LOCK_S})
    connection.execute("COMMIT")

lock()
while not count("sqlite_master WHERE name = 'trials'"):
    time.sleep(0.01)
while count("trials") < {N_TRIALS // 2}:
    write()
    time.sleep(0.01)
lock()
for _ in range(100):
    write()
    time.sleep(0.01)
print(written, flush=True)
"""
STUDY = f"""
import sys, json
from titan_mlopt import AutoTuner, TunerConfig

told = []

class Listener:
    def trial_started(self, trial): ...
    def trial_progressed(self, number, checkpoint): ...
    def trial_finished(self, trial): told.append(trial.number)

config = TunerConfig(
    n_trials={N_TRIALS}, study_name=sys.argv[1], limit=700, min_predictions=50, tracking=False,
    seed=int(sys.argv[2]), n_jobs=2,
)
with AutoTuner("titan.db", config, listeners=[Listener()]) as tuner:
    tuner.optimize("sample")
print(json.dumps(told))
"""


@pytest.mark.matrix
def test_two_studies_and_a_program_with_20_s_locks_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "foreign.py").write_text(FOREIGN)
    (tmp_path / "study.py").write_text(STUDY)
    families = [Family(tmp_path) for _ in range(3)]
    with ExitStack() as running:
        foreign = running.enter_context(families[0].start(["foreign.py"]))
        assert foreign.stdout is not None
        assert foreign.stdout.readline() == "locked\n"
        studies = [
            running.enter_context(family.start(["study.py", name, seed]))
            for family, name, seed in zip(families[1:], ("one", "two"), "12", strict=True)
        ]
        told = [json.loads(ended_well(study)) for study in studies]
        written = int(ended_well(foreign).splitlines()[-1])
    for name, numbers in zip(("one", "two"), told, strict=True):
        trials = load_record(tmp_path / "titan.db", name).trials
        TALLY.add(AREA, faults=1, lost=len(set(numbers) - {trial.number for trial in trials}))
        assert sorted(numbers) == [trial.number for trial in trials]
        assert len(trials) == N_TRIALS
        assert all(trial.outcome and trial.state != RUNNING for trial in trials)
        assert not any(was_interrupted(trial) for trial in trials)
    with closing(sqlite3.connect(tmp_path / "titan.db")) as connection:
        assert connection.execute("SELECT count(*) FROM kv").fetchone() == (written,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def ended_well(process: subprocess.Popen[str]) -> str:
    output, error = process.communicate(timeout=END_S)
    assert process.returncode == 0, error
    # A lock that lasts is told of while it is waited for, and the first call tells its defaults.
    expected = ("is waited for", "Warning: defaults: ")
    for line in error.splitlines():
        assert line.startswith("  ") or any(text in line for text in expected), error
    return output
