"""Processes of a study are stopped at random moments, and continued: no trial pays for it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.fault_cases import Family
from support.pool_cases import eventually, linux, mirrors_of, status_of
from support.tally import LONG, SEED, TALLY
from titan_mlopt.cli import main
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, TIMEOUT, ended_trials, was_interrupted
from titan_mlopt.study.storage.studies import load_record

pytestmark = [linux, pytest.mark.slow]

AREA = "stops of coordinator, zygote, mirror and trial"
N_TRIALS, N_STOPS = (120, 24) if LONG else (8, 2)
#: Seconds that a trial may take, a hundred times what it needs, and that what is stopped stays so:
#: longer, but not as long as a zygote's silence may last.
TIMEOUT_S, STOP_S = 12.0, 15.0
NAME = "stops"
SPACE = {
    "ranges": {
        "feature.fast_window": [3, 10, "int"],
        "model.flat_threshold": [0.5, 0.6, "float"],
        "pattern.max_boost": [0.01, 0.05, "float"],
    },
    "fixed": {"ml.enabled": False},
}
_END_S = 1500.0


def command(n_trials: int, *more: str) -> list[str]:
    words = ["-m", "titan_mlopt", "tune", "--n-trials", str(n_trials), "--n-jobs", "2"]
    words += ["--study-name", NAME, "--space", "space.json", "--pruner", "none"]
    return [*words, "--timeout-per-trial", f"{TIMEOUT_S:g}", *more]


def processes(family: Family, coordinator: int) -> dict[str, list[int]]:
    """Return who there is now, by kind."""
    mirrors = mirrors_of(coordinator)
    zygotes = [
        pid for pid in family.members() if status_of(pid)[1] == coordinator and pid not in mirrors
    ]
    return {"coordinator": [coordinator], "mirror": mirrors, "zygote": zygotes}


def finished(db: Path) -> int:
    query = "SELECT count(*) FROM trials WHERE state IN ('COMPLETE', 'PRUNED', 'FAIL')"
    address = f"{db.as_uri()}?mode=rw"
    with (
        contextlib.suppress(sqlite3.OperationalError),  # no database, or no tables yet
        closing(sqlite3.connect(address, uri=True, timeout=5)) as connection,
    ):
        return int(connection.execute(query).fetchone()[0])
    return 0


def stopped(pid: int) -> bool:
    """Stop a process; return whether it is, and not dead."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        return bool(eventually(lambda: status_of(pid)[0] in "TXZ") and status_of(pid)[0] == "T")
    return False


def go_on(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def wrong_trials(study: StudyRecord) -> set[int]:
    """Return the trials that are late: none is slow, so one of our stops was blamed on it."""
    return {t.number for t in study.trials if t.outcome is not None and t.outcome.reason == TIMEOUT}


#: Trials that leave the machine idle while a process is stopped.
SLOW = """
import time

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    time.sleep(0.2)
    return {"accuracy": 0.5, "ece": 0.0, "n_predictions": 100}
"""


@pytest.mark.timeout(3600)
def test_stops_of_our_own_processes_are_blamed_on_no_trial(store: str, tmp_path: Path) -> None:
    draw, db = random.Random(SEED), tmp_path / "titan.db"
    (tmp_path / "space.json").write_text(json.dumps(SPACE))
    (tmp_path / "slow.py").write_text(SLOW)
    slow = ("--backtest", "slow:run_backtest", "--backtest-path", ".", "--min-predictions", "1")
    family = Family(tmp_path, {"MLFLOW_TRACKING_URI": store})
    # The study ends after the last stop, however few trials run meanwhile.
    with family.start(command(10_000, *slow)) as process:
        for moment in sorted(draw.randrange(N_TRIALS) for _ in range(N_STOPS)):
            eventually(lambda n=moment: finished(db) >= n)
            time.sleep(draw.uniform(0.0, 0.3))  # somewhere in a trial
            kind = draw.choice(["coordinator", "mirror", "zygote"])
            (victim,) = eventually(lambda kind=kind: processes(family, process.pid)[kind])
            assert stopped(victim)
            time.sleep(STOP_S)  # the fault itself
            go_on(victim)
        eventually(lambda: finished(db) >= N_TRIALS)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=_END_S)
        assert process.returncode == 130, (out, err)
    before = ended_trials(load_record(db, NAME).trials)
    n_trials = len(before) + 2  # one for each job that the signal interrupted
    go_on_to(n_trials, *slow)
    study = load_record(db, NAME)
    ended = ended_trials(study.trials)
    wrong = wrong_trials(study)
    TALLY.add(AREA, faults=N_STOPS, lost=n_trials - len(ended), wrong=len(wrong))
    assert (wrong, len(ended)) == (set(), n_trials)
    assert {trial.state for trial in ended} == {COMPLETE}
    assert {t.point for t in ended} == set(range(n_trials))
    assert all(was_interrupted(trial) for trial in study.trials if trial not in ended)
    check_mirror(store, study)
    assert (family.members(), family.left()) == ([], [])


def go_on_to(n_trials: int, *more: str) -> None:
    """Tune on in this process, whose folder and store are those of the study."""
    done = CliRunner().invoke(main, command(n_trials, *more)[2:])
    assert done.exit_code == 0, done.output


def check_mirror(store: str, study: StudyRecord) -> None:
    from mlflow import MlflowClient

    from titan_mlopt.tracking.reconcile import compare, find_runs

    assert compare(study, find_runs(MlflowClient(store), study.uid), tuned_now=False) == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("mirror", marks=pytest.mark.matrix),
        pytest.param("zygote", marks=pytest.mark.matrix),
        "coordinator",
    ],
)
def test_the_first_interrupt_ends_a_study_whose_process_is_stopped_and_it_goes_on_later(
    store: str, tmp_path: Path, kind: str
) -> None:
    """A promise of 10 s, checked with a bound that a loaded machine cannot break."""
    (tmp_path / "space.json").write_text(json.dumps(SPACE))
    db = tmp_path / "titan.db"
    family = Family(tmp_path, {"MLFLOW_TRACKING_URI": store})
    with family.start(command(400)) as process:
        eventually(lambda: finished(db) >= 2)
        (victim,) = eventually(lambda: processes(family, process.pid)[kind])
        assert stopped(victim)
        process.send_signal(signal.SIGINT)
        if kind == "coordinator":
            process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=_END_S)
        assert process.returncode == 130, (out, err)
        assert "Traceback" not in err
    assert family.members() == []
    before = load_record(db, NAME)
    assert wrong_trials(before) == set()
    assert finished(db) < 400
    n_trials = len(ended_trials(before.trials)) + 2
    go_on_to(n_trials)
    after = load_record(db, NAME)
    assert len(ended_trials(after.trials)) == n_trials
    check_mirror(store, after)
    TALLY.add(AREA, faults=1)


def test_a_trial_that_others_stop_is_late(tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text(json.dumps(SPACE))
    (tmp_path / "still.py").write_text(STILL)
    family = Family(tmp_path)
    words = ["--backtest", "still:run_backtest", "--backtest-path", ".", "--min-predictions", "1"]
    with family.start(command(2, *words)) as process:
        out, err = process.communicate(timeout=_END_S)
        assert process.returncode in (0, 1), (out, err)
    trials = load_record(tmp_path / "titan.db", NAME).trials
    assert [trial.outcome.reason for trial in trials if trial.outcome] == [TIMEOUT, ""]
    TALLY.add(AREA, faults=1)


STILL = """
import os, signal

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    if "/trial-0/" in db_path and limit is None:
        os.kill(os.getpid(), signal.SIGSTOP)
    return {"accuracy": 0.5, "ece": 0.0, "n_predictions": 100}
"""
