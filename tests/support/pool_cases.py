"""Pools, their trials and a look at their processes, for the tests of the pool and its zygote."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.prepared import forked
from titan_mlopt.backtest.kv_table import save_config
from titan_mlopt.backtest.runner import run_backtest
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import ParamValue, merge_config
from titan_mlopt.core.trial import FAIL, INTERRUPTED, Checkpoint, TrialJob, TrialOutcome
from titan_mlopt.executors.base import Event, Reached
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.pool import WorkerPool

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
GRID = (1000, 2000, 3000)
QUICK: dict[str, ParamValue] = {"ml.enabled": False}
# A bound against hanging, not a promise.
PATIENCE_S = 900.0


# --- trials and what they should give ------------------------------------------------------------


@pytest.fixture(scope="module")
def candles_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("candles") / "candles.npy"
    save_candles(sample_candles(version=1), path)
    return path


@pytest.fixture
def job_of(candles_path: Path) -> Callable[..., TrialJob]:
    def build(number: int, params: dict[str, ParamValue] = QUICK, **changes: Any) -> TrialJob:
        job = TrialJob(number, merge_config(params), str(candles_path), "", GRID, seed=7)
        return dataclasses.replace(job, **changes)

    return build


def here(
    job: TrialJob, folder: Path, ask: Callable[[Checkpoint], bool] = lambda _: True
) -> tuple[BacktestStats, list[Checkpoint]]:
    """Return the stats and checkpoints of the job's backtest, run in this process."""
    points: list[Checkpoint] = []

    def on_checkpoint(point: Checkpoint) -> bool:
        points.append(point)
        return ask(point)

    db = folder / f"{job.number}.db"
    save_config(db, job.config, 0)
    out = folder / "out"
    keywords = {"grid": job.grid, "on_checkpoint": on_checkpoint, "seed": job.seed}
    stats = run_backtest(job.candles_path, db, out, job.limit, False, True, **keywords)
    assert isinstance(stats, BacktestStats)
    return stats, points


def same(outcome: TrialOutcome, stats: BacktestStats, points: list[Checkpoint]) -> bool:
    """Whether all that an outcome holds of a backtest equals it, to the bit."""
    return (
        outcome.metrics == stats.metrics()
        and outcome.checkpoints == tuple(points)
        and outcome.bins == stats.plot_bins()
        and outcome.curve == stats.curve()
        and outcome.rolling == stats.rolling()
        and outcome.blocks == stats.blocks()
    )


class Following:
    """A pool's events; every checkpoint is told to go on, those of the trials in ``held`` wait."""

    def __init__(self, pool: WorkerPool, *held: int) -> None:
        self.pool, self.held = pool, set(held)
        self.points: dict[int, list[Checkpoint]] = {}
        self.outcomes: dict[int, TrialOutcome] = {}
        self.ended: list[int] = []

    def take(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Reached):
                self.points.setdefault(event.number, []).append(event.checkpoint)
                if event.number not in self.held:
                    self.pool.answer(event.number, go_on=True)
            else:
                self.outcomes[event.number] = event.outcome
                self.ended.append(event.number)

    def until_waiting(self, *numbers: int) -> None:
        """Go on until these trials wait at their first checkpoint."""
        self._go_on(lambda: self.points.keys() >= set(numbers))
        assert not self.outcomes.keys() & set(numbers)

    def begin(self, job: TrialJob, seconds: float) -> float:
        """Begin a trial that is held, with little time, until it asks; return its time.

        That is ``seconds``, or so much more that the trial has used less than a fourth of it: how
        fast the machine is decides nothing.
        """
        while not self.pool._zygote.is_ready:
            self.take(self.pool.wait(1.0))
        number = job.number
        while True:
            began = time.monotonic()
            self.pool.submit(job, seconds)
            self._go_on(lambda: number in self.points or number in self.outcomes)
            if number not in self.outcomes and time.monotonic() - began < seconds / 4:
                return seconds
            self.pool.kill(number, TrialOutcome(FAIL, INTERRUPTED))
            self.until_ended(number)
            self.points.pop(number, None)
            del self.outcomes[number]
            self.ended.remove(number)
            seconds *= 2

    def until_ended(self, *numbers: int) -> TrialOutcome:
        """Go on until these trials have ended; return the outcome of the last."""
        self._go_on(lambda: self.outcomes.keys() >= set(numbers))
        return self.outcomes[numbers[-1]]

    def release(self, number: int) -> None:
        self.held.discard(number)
        self.pool.answer(number, go_on=True)

    def _go_on(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not reached():
            assert time.monotonic() < deadline, (self.points.keys(), self.outcomes)
            assert self.pool.running, self.outcomes
            self.take(self.pool.wait(1.0))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return workspace.new_scratch(tmp_path)


@pytest.fixture
def pool(scratch: Path) -> Iterator[WorkerPool]:
    with WorkerPool(2, scratch) as pool:
        yield pool


@pytest.fixture(scope="module")
def shared_scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workspace.new_scratch(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def _shared_pool(shared_scratch: Path) -> Iterator[WorkerPool]:
    with WorkerPool(2, shared_scratch) as pool:
        yield pool


@pytest.fixture
def shared_pool(_shared_pool: WorkerPool) -> Iterator[WorkerPool]:
    """A pool that saves the start of one: for tests that leave its zygote alone."""
    yield _shared_pool
    if left := _shared_pool.running:  # by a test that failed
        for number in left:
            _shared_pool.kill(number, TrialOutcome(FAIL, INTERRUPTED))
        Following(_shared_pool).until_ended(*left)


# --- processes -----------------------------------------------------------------------------------


def eventually(what: Callable[[], Any]) -> Any:
    """Return ``what()`` as soon as it is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)
    return found


def status_of(pid: int) -> tuple[str, int]:
    """Return a process's state letter and its parent; ("X", 0) when there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return fields[0], int(fields[1])


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # gone meanwhile
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):  # this thread alone
                found += map(int, (thread / "children").read_text().split())
    return found


def mirrors_of(pid: int) -> list[int]:
    """Return the mirrors that a process has running, and this one from prepared processes."""
    others = forked("titan_mlopt.tracking.mirror.main") if pid == os.getpid() else []
    children = [child for child in children_of(pid) if is_alive(child) and _is_mirror(child)]
    return children + [other for other in others if is_alive(other)]


def _is_mirror(pid: int) -> bool:
    with contextlib.suppress(OSError):  # gone meanwhile
        # While the kernel is still at its exec, a process has no command line.
        line = Path(f"/proc/{pid}/cmdline")
        eventually(lambda: line.read_bytes() or not is_alive(pid))
        return b"mirror.main" in line.read_bytes()
    return False


def is_alive(pid: int) -> bool:
    return status_of(pid)[0] not in "XZ"


def processes_of(scratch: Path | str) -> list[int]:
    """Return the zygote and the workers that have this scratch folder on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(scratch).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return [pid for pid in sorted(found) if is_alive(pid)]


def zygote_of(scratch: Path) -> int:
    """Return the only zygote, once its new process has become one and an earlier one has gone."""

    def zygotes() -> list[int]:
        return [pid for pid in processes_of(scratch) if status_of(pid)[1] == os.getpid()]

    (pid,) = eventually(lambda: pids if len(pids := zygotes()) == 1 else None)
    return int(pid)


def worker_of(scratch: Path, number: int) -> int:
    """Return the process whose output goes to the log of trial ``number``."""
    log = scratch / f"trial-{number}" / workspace.LOG_FILE
    (pid,) = (pid for pid in processes_of(scratch) if _output_of(pid) == log)
    return pid


def _output_of(pid: int) -> Path | None:
    with contextlib.suppress(OSError):  # gone meanwhile
        return Path(f"/proc/{pid}/fd/1").readlink()
    return None


def stop(pid: int) -> None:
    """Make a process as deaf as one that is stuck in C code."""
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: status_of(pid)[0] == "T")
