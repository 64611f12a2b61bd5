"""Two containers with one host name and one database: one tunes the study, and none is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.fault_cases import Family
from support.pool_cases import eventually, linux
from support.tally import LONG, TALLY
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.study.storage.studies import load_record

pytestmark = [linux, pytest.mark.slow]

AREA = "one study from two containers"
NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
# Becomes the first process of a PID namespace of its own.
CONTAINER = f"import os, sys; os.execvp('unshare', {NAMESPACE} + [sys.executable] + sys.argv[1:])"

#: Trials that leave the machine idle while one container watches the other.
SLOW = """
import time

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    time.sleep(0.5)
    return {"accuracy": 0.5, "ece": 0.0, "n_predictions": 100}
"""


def tune(n_trials: int) -> list[str]:
    return [
        *("-m", "titan_mlopt", "tune", "--n-trials", str(n_trials), "--limit", "700"),
        *("--backtest", "slow:run_backtest", "--backtest-path", "."),
        *("--min-predictions", "50", "--holdout", "0", "--register-as", "none"),
    ]


def finished(folder: Path) -> list[TrialRecord]:
    if not (folder / "titan.db").exists():
        return []
    try:
        trials = load_record(folder / "titan.db", "titan_optimization").trials
    except StudyError:  # it is being made
        return []
    return [trial for trial in trials if trial.outcome is not None]


def test_a_study_that_a_container_tunes_is_refused_to_another_until_that_is_dead(
    tmp_path: Path,
) -> None:
    ran = subprocess.run([*NAMESPACE, sys.executable, "-c", ""], capture_output=True, check=False)
    if ran.returncode != 0:
        pytest.skip(f"no namespaces here: {ran.stderr.decode()}")
    (tmp_path / "slow.py").write_text(SLOW)
    family = Family(tmp_path, {"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"})
    with family.start(["-c", CONTAINER, *tune(10_000)]) as inside:
        eventually(lambda: len(finished(tmp_path)) >= 2)
        with family.start(tune(10_000)) as outside:
            _, errors = outside.communicate(timeout=900)
            assert outside.returncode == 2, errors
            assert "cannot be seen from here; its heartbeat is watched for up to 180 s" in errors
            assert "must be tuned by one process at a time, got host" in errors
            assert inside.poll() is None
    TALLY.add(AREA, faults=1)
    if not LONG:
        return
    before = finished(tmp_path)  # leaving the blocks killed what is inside
    with family.start(tune(len(before) + 2)) as later:
        _, errors = later.communicate(timeout=900)
    assert later.returncode == 0, errors
    assert "cannot be seen from here; its heartbeat is watched" in errors
    after = {trial.number: trial.values for trial in finished(tmp_path)}
    lost = sum(trial.number not in after for trial in before)
    wrong = sum(after.get(trial.number, trial.values) != trial.values for trial in before)
    TALLY.add(AREA, kills=1, lost=lost, wrong=wrong)
    assert (lost, wrong) == (0, 0)
    assert family.left() == []
