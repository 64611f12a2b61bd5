"""Trials on Dask workers that end early: really stopped, begun anew elsewhere, nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.dask_cases import (
    MARKS,
    ROOT,
    DaskCluster,
    Worker,
    cluster,
    dask_settings,
    notices,
    pool,
    worker,
)
from support.memory_cases import external_job
from support.pool_cases import (
    PATIENCE_S,
    Following,
    candles_path,
    eventually,
    here,
    is_alive,
    job_of,
    same,
    stop,
)
from support.studies import quick
from titan_mlopt.core.errors import TrialError
from titan_mlopt.core.trial import (
    COMPLETE,
    CRASH,
    FAIL,
    INTERRUPTED,
    PRUNED,
    TIMEOUT,
    TrialJob,
    TrialOutcome,
    ended_trials,
)
from titan_mlopt.executors.dask.executor import DaskPool
from titan_mlopt.executors.local import workspace
from titan_mlopt.study.storage.studies import load_record, read_study

pytest.importorskip("distributed", reason="Dask comes with the extra dask")
# Fixtures: pytest finds them here by their names.
__all__ = ["candles_path", "cluster", "external_job", "job_of", "notices", "pool", "worker"]
pytestmark = MARKS


# --- really stopped ------------------------------------------------------------------------------


def test_a_pruned_trial_hands_in_what_it_has_and_its_process_is_gone(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    (child,) = worker.trials()
    pool.answer(0, go_on=False)
    outcome = following.until_ended(0)
    assert (outcome.state, len(outcome.checkpoints)) == (PRUNED, 1)
    assert same(outcome, *here(job_of(0), tmp_path, lambda _: False))
    assert not is_alive(child)


def test_a_trial_past_its_deadline_is_killed_by_its_worker_even_when_it_is_deaf(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(pool, 0)
    began = time.monotonic()
    pool.submit(job_of(0), 10.0)  # enough for its first checkpoint also where that takes seconds
    following.until_waiting(0)
    (child,) = worker.trials()
    stop(child)
    following.release(0)  # its time does not run while it waits for us
    outcome = following.until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, TIMEOUT)
    assert "must finish within 10 s, killed after 1000 predictions" in outcome.message
    assert not is_alive(child)
    assert time.monotonic() - began < 10.0 + PATIENCE_S


def test_a_killed_trial_ends_with_the_outcome_given_and_its_process_is_gone(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    (child,) = worker.trials()
    stop(child)
    pool.kill(0, TrialOutcome(FAIL, INTERRUPTED, "stopped"))
    outcome = following.until_ended(0)
    assert (outcome.reason, outcome.message) == (INTERRUPTED, "stopped")
    assert len(outcome.checkpoints) == 1
    assert not is_alive(child)


def test_a_trial_that_crashes_leaves_the_worker_alone(
    pool: DaskPool, worker: Worker, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    (child,) = worker.trials()
    os.kill(child, signal.SIGSEGV)
    outcome = following.until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, CRASH)
    assert "signal 11 (SIGSEGV) after 1000 predictions" in outcome.message
    pool.submit(job_of(1), 600)
    assert following.until_ended(1).state == COMPLETE


# --- workers come and go -------------------------------------------------------------------------


def test_the_trial_of_a_worker_that_dies_begins_anew_elsewhere_and_asks_nothing_twice(
    tmp_path: Path, job_of: Callable[..., TrialJob]
) -> None:
    made, notices = DaskCluster(tmp_path), list[str]()
    try:
        with DaskPool(made.address, 1, workspace.new_scratch(tmp_path), notices.append) as pool:
            assert (pool.free, notices) == (0, [])
            pool.wait(0)
            assert notices == [f"{made.address} has no workers now: waiting for some"]
            first = made.start_worker()  # late, and used
            eventually(lambda: pool.wait(0.1) or pool.free == 1)
            following = Following(pool, 0)
            pool.submit(job_of(0), 600)
            following.until_waiting(0)
            pool.answer(0, go_on=True)
            following._go_on(lambda: len(following.points[0]) == 2)
            second = made.start_worker()
            zygotes = first.zygotes()
            first.kill()
            following.held.clear()
            pool.answer(0, go_on=True)
            outcome = following.until_ended(0)
            assert same(outcome, *here(job_of(0), tmp_path))
            assert [p.n_predictions for p in following.points[0]] == [1000, 2000, 3000]
            eventually(lambda: not any(map(is_alive, zygotes)))
            assert first.scratches() == []
        assert second.is_clean()
    finally:
        made.close()


@pytest.mark.matrix
def test_a_trial_that_outlives_too_many_workers_is_a_crash(
    tmp_path: Path, job_of: Callable[..., TrialJob]
) -> None:
    made = DaskCluster(tmp_path)
    try:
        with DaskPool(made.address, 1, workspace.new_scratch(tmp_path), print) as pool:
            following = Following(pool, 0)
            pool.submit(job_of(0), 600)
            for _ in range(3):
                worker = made.start_worker()
                eventually(lambda: following.take(pool.wait(0.1)) or worker.trials())  # noqa: B023
                worker.kill()
            outcome = following.until_ended(0)
        assert (outcome.state, outcome.reason) == (FAIL, CRASH)
        assert "3 attempts in all; the logs of the workers may tell why" in outcome.message
    finally:
        made.close()


STUDY = """
import sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from support.studies import quick
from titan_mlopt.executors.dask import cluster
cluster._CONNECT_TIMEOUT_S = {patience}
settings = dict(executor="dask", scheduler=sys.argv[2], n_trials={n_trials}, n_jobs=2, **{more})
with quick(Path(sys.argv[1]), **settings) as tuner:
    tuner.optimize("sample")
"""


def start_study(
    cluster: DaskCluster, folder: Path, n_trials: int, **more: Any
) -> subprocess.Popen[bytes]:
    code = STUDY.format(
        tests=str(ROOT / "tests"), patience=PATIENCE_S, n_trials=n_trials, more=more
    )
    return subprocess.Popen([sys.executable, "-c", code, str(folder), cluster.address])


SLEEPER = """
import time
from pathlib import Path

def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    if not limit:
        (Path(__file__).parent / "asleep").touch()
        time.sleep(600)
    return {"accuracy": 0.5, "ece": 0.1, "sharpe": 0.0, "n_predictions": 100, "n_bars": 100}
"""


def test_a_coordinator_that_is_killed_leaves_nothing_on_the_workers(
    cluster: DaskCluster, worker: Worker, tmp_path: Path
) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    external = {"backtest": "sleeper:run_backtest", "backtest_path": str(tmp_path)}
    study = start_study(cluster, tmp_path, 1, **external)
    try:
        eventually((tmp_path / "asleep").exists)
        assert len(worker.trials()) == 1
    finally:
        study.kill()
        study.wait()
    eventually(lambda: not worker.trials())
    eventually(worker.is_clean)


@pytest.mark.matrix
def test_a_study_loses_and_doubles_nothing_when_a_worker_dies_in_the_middle(
    tmp_path: Path,
) -> None:
    made, db = DaskCluster(tmp_path), tmp_path / "titan.db"
    try:
        first, second = made.start_worker(), made.start_worker()
        study = start_study(made, tmp_path, 30, pruner_type="none", deterministic=True)
        eventually(lambda: first.trials() and second.trials())
        eventually(lambda: len(ended_trials(load_record(db, "titan_optimization").trials)) >= 8)
        first.kill()
        third = made.start_worker()
        assert study.wait(PATIENCE_S * 2) == 0
        with quick(tmp_path) as tuner:
            trials = read_study(tuner.study).trials
        (tmp_path / "local").mkdir()
        settings = {"n_trials": 30, "n_jobs": 2, "pruner_type": "none", "deterministic": True}
        with quick(tmp_path / "local", **settings) as tuner:
            tuner.optimize("sample")
            expected = read_study(tuner.study).trials
        assert [t.point for t in trials] == list(range(30))
        assert [t.values for t in trials] == [t.values for t in expected]
        assert {t.state for t in trials} == {COMPLETE}
        assert second.is_clean()
        assert third.is_clean()
    finally:
        made.close()


@pytest.mark.matrix
def test_a_scheduler_that_dies_ends_the_study_with_one_line_and_no_trial_is_left_running(
    tmp_path: Path,
) -> None:
    made = DaskCluster(tmp_path)
    try:
        worker = made.start_worker()
        with quick(tmp_path, n_trials=50, **dask_settings(made)) as tuner:
            tuner.add_listener(_At(5, made.kill_scheduler))
            with pytest.raises(TrialError, match=r"^scheduler tcp://.*must stay while trials run"):
                tuner.optimize("sample")
            assert all(trial.state.is_finished() for trial in tuner.study.trials)
            reasons = {t.outcome.reason for t in read_study(tuner.study).trials if t.outcome}
            assert reasons <= {"", "pruner", INTERRUPTED}
        eventually(worker.is_clean)
    finally:
        made.close()


class _At:
    """Does something when a trial of that number starts."""

    def __init__(self, number: int, what: Callable[[], None]) -> None:
        self._number, self._what = number, what

    def trial_started(self, trial: Any) -> None:
        if trial.number == self._number:
            self._what()

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: object) -> None: ...
