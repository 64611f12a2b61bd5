"""Trials as processes: what they answer, their deadlines, and what is left of them."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.pool_cases import (
    GRID,
    PATIENCE_S,
    Following,
    _shared_pool,
    candles_path,
    eventually,
    here,
    is_alive,
    job_of,
    linux,
    pool,
    processes_of,
    same,
    scratch,
    shared_pool,
    shared_scratch,
    stop,
    worker_of,
    zygote_of,
)
from titan_mlopt.core.trial import (
    COMPLETE,
    EXCEPTION,
    FAIL,
    INTERRUPTED,
    PRUNED,
    PRUNER,
    TIMEOUT,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.executors.local.scratch import PREFIX

# Fixtures: pytest finds them here by their names.
__all__ = [
    "_shared_pool",
    "candles_path",
    "job_of",
    "pool",
    "scratch",
    "shared_pool",
    "shared_scratch",
]
pytestmark = linux


def fds() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- answers -------------------------------------------------------------------------------------


def test_two_trials_at_once_give_what_run_backtest_gives_here_to_the_bit(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    jobs = [job_of(0, {"ml.n_estimators": 60}), job_of(1)]
    following = Following(shared_pool, 0, 1)
    for job in jobs:
        shared_pool.submit(job, 600)
    assert shared_pool.free == 0
    following.until_waiting(0, 1)
    workers = {worker_of(shared_scratch, number) for number in (0, 1)}
    assert len(workers - {os.getpid(), zygote_of(shared_scratch)}) == 2
    for job in jobs:
        following.release(job.number)
    following.until_ended(0, 1)
    for job in jobs:
        outcome = following.outcomes[job.number]
        assert (outcome.state, outcome.reason, outcome.message) == (COMPLETE, "", "")
        assert same(outcome, *here(job, tmp_path))
    assert following.outcomes[0].metrics != following.outcomes[1].metrics


def test_a_trial_told_to_stop_is_pruned_with_the_metrics_of_exactly_the_bars_so_far(
    shared_pool: WorkerPool, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    job, following = job_of(0), Following(shared_pool, 0)
    shared_pool.submit(job, 600)
    following.until_waiting(0)
    assert shared_pool.wait(0.05) == []  # it waits for its answer
    shared_pool.answer(0, go_on=False)
    outcome = following.until_ended(0)
    (point,) = outcome.checkpoints
    assert (outcome.state, outcome.reason) == (PRUNED, PRUNER)
    assert outcome.message == "stopped by the pruner after 1000 predictions"
    assert point.n_predictions == outcome.metrics["n_predictions"] == GRID[0]
    assert outcome.metrics["accuracy"] == point.accuracy
    assert same(outcome, *here(job, tmp_path, lambda _: False))
    # The same as a file that ends there: nothing of the bars beyond is in it.
    warm_up = 5760 - 1 - int(here(job, tmp_path)[0].metrics()["n_bars"] or 0)
    short = job_of(1, limit=warm_up + point.n_bars + 1, grid=())
    assert here(short, tmp_path)[0].metrics() == outcome.metrics


def test_a_job_that_raises_is_a_failure_with_type_message_and_traceback(
    shared_pool: WorkerPool, job_of: Callable[..., TrialJob]
) -> None:
    shared_pool.submit(job_of(0, candles_path="/nowhere/candles.npy"), 600)
    outcome = Following(shared_pool).until_ended(0)
    assert (outcome.state, outcome.reason, outcome.metrics) == (FAIL, EXCEPTION, {})
    assert outcome.message.startswith("CandleError: /nowhere/candles.npy: must be a file, got no")
    assert outcome.traceback.startswith("Traceback (most recent call last):")
    assert "in load_candles" in outcome.traceback


# --- deadlines -----------------------------------------------------------------------------------


def test_a_stuck_trial_is_killed_at_its_deadline_and_its_neighbour_is_undisturbed(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    following = Following(shared_pool, 0, 1)
    began = time.monotonic()
    timeout_s = following.begin(job_of(0), 1.5)
    shared_pool.submit(job_of(1), 600)
    following.until_waiting(1)
    stuck = worker_of(shared_scratch, 0)
    stop(stuck)
    shared_pool.answer(0, go_on=True)
    outcome = following.until_ended(0)
    assert timeout_s <= time.monotonic() - began < PATIENCE_S
    assert (outcome.state, outcome.reason, outcome.metrics) == (FAIL, TIMEOUT, {})
    told = f"must finish within {timeout_s:g} s, killed after 1000 predictions"
    assert told in outcome.message
    assert [point.n_predictions for point in outcome.checkpoints] == [1000]
    assert not is_alive(stuck)
    assert not (shared_scratch / "trial-0").exists()
    assert following.ended == [0]
    following.release(1)
    assert same(following.until_ended(1), *here(job_of(1), tmp_path))


def test_a_deadline_holds_while_the_coordinator_is_busy_and_a_late_answer_is_no_error(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(shared_pool, 0)
    following.begin(job_of(0), 0.5)
    stop(worker_of(shared_scratch, 0))
    shared_pool.answer(0, go_on=True)
    eventually(
        lambda: processes_of(shared_scratch) == [zygote_of(shared_scratch)]
    )  # nobody has called wait
    assert following.until_ended(0).reason == TIMEOUT
    shared_pool.answer(0, go_on=True)
    shared_pool.kill(0, TrialOutcome(FAIL, INTERRUPTED))


def test_a_deadline_years_away_is_no_error(
    shared_pool: WorkerPool, job_of: Callable[..., TrialJob]
) -> None:
    shared_pool.submit(job_of(0), 1e9)
    assert Following(shared_pool).until_ended(0).state == COMPLETE


# --- what is left --------------------------------------------------------------------------------


@pytest.mark.slow
def test_thirty_trials_leave_no_process_no_file_no_descriptor_and_no_thread(
    job_of: Callable[..., TrialJob],
) -> None:
    def files() -> set[Path]:
        folders = {Path(tempfile.gettempdir()), Path("/dev/shm")}
        return {f for folder in folders for f in folder.glob(f"{PREFIX}{os.getpid()}-*")}

    before = files(), fds(), threading.enumerate()
    scratch = workspace.new_scratch()
    with WorkerPool(2, scratch) as pool:
        following = Following(pool)
        pool.submit(job_of(0), 600)
        following.until_ended(0)
        parent = Path(f"/proc/{zygote_of(scratch)}/fd")
        open_here, open_there = fds(), len(list(parent.iterdir()))
        for number in range(1, 30):
            pool.submit(job_of(number), 600)
            following.until_ended(number)
        assert len(list(parent.iterdir())) == open_there
        assert fds() <= open_here  # what other tests left may be closed meanwhile
        assert list(scratch.iterdir()) == []
    assert files() <= before[0]
    assert fds() <= before[1]
    assert set(threading.enumerate()) <= set(before[2])
    assert processes_of(scratch) == []


def test_close_ends_trials_that_run_wait_or_are_stuck_and_may_be_called_twice(
    pool: WorkerPool, scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(pool, 0, 1)
    for number in (0, 1):
        pool.submit(job_of(number), 600)
    following.until_waiting(0, 1)
    stop(worker_of(scratch, 0))
    assert len(processes_of(scratch)) == 3
    for _ in range(2):
        pool.close()
        assert processes_of(scratch) == []
        assert not scratch.exists()
    assert pool.running == ()


# --- memory --------------------------------------------------------------------------------------


def test_a_worker_with_the_default_config_needs_less_than_250_mb(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(shared_pool, 0)
    shared_pool.submit(job_of(0, {}), 600)
    following.until_waiting(0)
    rollup = Path(f"/proc/{worker_of(shared_scratch, 0)}/smaps_rollup").read_text()
    kilobytes = {key: int(rest.split()[0]) for key, rest in _pairs(rollup)}
    assert 0 < kilobytes["Pss"] < 250_000
    assert kilobytes["Rss"] < 250_000


def _pairs(rollup: str) -> list[tuple[str, str]]:
    lines = (line.partition(":") for line in rollup.splitlines()[1:])
    return [(key, rest) for key, _, rest in lines]
