"""A tune that is killed leaves no process for longer than 3 s, whatever its trials are at."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from support.fault_cases import Family
from support.pool_cases import eventually, linux, status_of
from support.tally import TALLY
from titan_mlopt.executors.local import workspace

pytestmark = [linux, pytest.mark.slow]

AREA = "orphans of trials that spin in C"

# A deque that takes in an endless iterator stays in C and holds the interpreter's lock.
SPINNING = """
import collections, itertools, os, subprocess
from pathlib import Path

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    if limit == 500:  # the dry run
        return {"accuracy": 0.5, "ece": 0.0, "n_predictions": 100}
    subprocess.Popen(["sleep", "1000"])
    (Path(__file__).parent / f"spins-{os.getpid()}").touch()
    collections.deque(itertools.repeat(None), maxlen=0)
"""
TUNE = """
import sys, threading
from titan_mlopt import AutoTuner, TunerConfig

config = TunerConfig(
    n_trials=4, n_jobs=2, backtest="spinning:run_backtest", backtest_path=".", tracking=False,
    min_predictions=1,
)

def work():
    with AutoTuner("titan.db", config) as tuner:
        tuner.optimize("sample")

if sys.argv[1] == "thread":
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
else:
    work()
"""


@pytest.fixture
def family(tmp_path: Path) -> Family:
    (tmp_path / "spinning.py").write_text(SPINNING)
    (tmp_path / "tune.py").write_text(TUNE)
    return Family(tmp_path)


def spinning(family: Family) -> bool:
    # The default config, which a study runs first to compare with, spins as a trial does.
    return len(list(family.folder.glob("spins-*"))) >= 1


@pytest.mark.parametrize("where", ["main", "thread"])
def test_trials_that_spin_in_c_die_with_their_coordinator_and_leave_nothing(
    family: Family, where: str
) -> None:
    with family.start(["tune.py", where]) as process:
        eventually(lambda: spinning(family))
        process.kill()
        family.await_end()
        eventually(lambda: family.left() == [])
    TALLY.add(AREA, kills=1)


def test_what_is_killed_with_its_zygote_leaves_no_trial_and_its_folder_to_the_next(
    family: Family,
) -> None:
    with family.start(["tune.py", "main"]) as process:
        eventually(lambda: spinning(family))
        (zygote,) = (pid for pid in family.members() if status_of(pid)[1] == process.pid)
        trials = [pid for pid in family.members() if status_of(pid)[1] == zygote]
        for signum in (signal.SIGSTOP, signal.SIGKILL):
            # The zygote first: the kernel wakes it when its coordinator dies, and it tidies up.
            for pid in (zygote, process.pid):
                os.kill(pid, signum)
        eventually(lambda: not {zygote, process.pid, *trials} & set(family.members()))
    assert len(family.left()) == 1
    TALLY.add(AREA, kills=2)
    workspace.remove_folder(workspace.new_scratch(family.temporary))
    assert family.left() == []
