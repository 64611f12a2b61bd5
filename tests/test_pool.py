"""Trials as processes: what they answer, how they die, and what is left of them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import titan_mlopt
from titan_mlopt.backtest.ledger import save_config
from titan_mlopt.backtest.runner import run_backtest
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles import save_candles
from titan_mlopt.errors import TrialError
from titan_mlopt.params import ParamValue, merge_config
from titan_mlopt.records import (
    COMPLETE,
    CRASH,
    EXCEPTION,
    FAIL,
    INTERRUPTED,
    PRUNED,
    PRUNER,
    TIMEOUT,
    Checkpoint,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.sample import sample_candles
from titan_mlopt.trial import workspace, zygote
from titan_mlopt.trial.pool import Ended, Event, Reached, WorkerPool, _manner

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
pytestmark = linux

ROOT = Path(titan_mlopt.__file__).parents[1]
GRID = (1000, 2000, 3000)
QUICK: dict[str, ParamValue] = {"ml.enabled": False}
# A bound against hanging, not a promise.
PATIENCE_S = 60.0


# --- trials and what they should give ------------------------------------------------------------


@pytest.fixture(scope="module")
def candles_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("candles") / "candles.npy"
    save_candles(sample_candles(), path)
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


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what makes the interpreters that start from now on run some code before a call.

    The function called is one of Python's own that every trial calls: a backtest that talks,
    starts processes or exits without a change of ours.
    """

    def write(code: str, function: str = "sqlite3.connect") -> None:
        module, name = function.split(".")
        (tmp_path / "sitecustomize.py").write_text(
            f"import os, {module}\n"
            f"original = {function}\n"
            "def planted(*args, **keywords):\n"
            f"    {code}\n"
            "    return original(*args, **keywords)\n"
            f"{module}.{name} = planted\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
        monkeypatch.chdir(tmp_path)

    return write


# --- processes -----------------------------------------------------------------------------------


def eventually(what: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """Return ``what()`` as soon as it is true."""
    deadline = time.monotonic() + within_s
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
    (pid,) = (pid for pid in processes_of(scratch) if status_of(pid)[1] == os.getpid())
    return pid


def worker_of(scratch: Path, number: int) -> int:
    """Return the process whose output goes to the log of trial ``number``."""
    log = scratch / f"trial-{number}" / workspace.LOG_FILE
    (pid,) = (pid for pid in processes_of(scratch) if Path(f"/proc/{pid}/fd/1").readlink() == log)
    return pid


def stop(pid: int) -> None:
    """Make a process as deaf as one that is stuck in C code."""
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: status_of(pid)[0] == "T")


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


def test_all_that_a_trial_sends_is_json(
    scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    ours, theirs = socket.socketpair()
    command = zygote.launch(theirs, scratch)
    with subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process, ours:
        theirs.close()
        ours.settimeout(PATIENCE_S)
        lines = ours.makefile("rb")
        assert json.loads(lines.readline()) == {"ready": process.pid}
        trial, its = socket.socketpair()
        job = job_of(4, candles_path="/nowhere", folder=str(workspace.open_folder(scratch, 4)))
        raw = json.dumps(dataclasses.asdict(job)).encode()
        with trial:
            with its:
                socket.send_fds(ours, [b'{"run":4,"timeout_s":60}\n'], [its.fileno()])
            trial.sendall(len(raw).to_bytes(4, "big") + raw)
            trial.settimeout(PATIENCE_S)
            answer = b"".join(iter(lambda: trial.recv(65_536), b""))
        assert int.from_bytes(answer[:4], "big") == len(answer) - 4
        assert TrialOutcome.from_json(json.loads(answer[4:])["outcome"]).reason == EXCEPTION
        assert json.loads(lines.readline()) == {"ended": 4, "code": 0, "timed_out": False}
        lines.close()


# --- deadlines -----------------------------------------------------------------------------------


def test_a_stuck_trial_is_killed_at_its_deadline_and_its_neighbour_is_undisturbed(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    following = Following(shared_pool, 0, 1)
    began = time.monotonic()
    shared_pool.submit(job_of(0), 1.5)
    shared_pool.submit(job_of(1), 600)
    following.until_waiting(0, 1)
    stuck = worker_of(shared_scratch, 0)
    stop(stuck)
    shared_pool.answer(0, go_on=True)
    outcome = following.until_ended(0)
    assert 1.5 <= time.monotonic() - began < PATIENCE_S
    assert (outcome.state, outcome.reason, outcome.metrics) == (FAIL, TIMEOUT, {})
    assert "must finish within 1.5 s, killed after 1000 predictions" in outcome.message
    assert [point.n_predictions for point in outcome.checkpoints] == [1000]
    assert not is_alive(stuck)
    assert not (shared_scratch / "trial-0").exists()
    assert following.ended == [0]
    following.release(1)
    assert same(following.until_ended(1), *here(job_of(1), tmp_path))


def test_a_deadline_holds_while_the_coordinator_is_busy_and_a_late_answer_is_no_error(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    shared_pool.submit(job_of(0), 0.3)
    eventually(
        lambda: processes_of(shared_scratch) == [zygote_of(shared_scratch)]
    )  # nobody has called wait
    events = shared_pool.wait(PATIENCE_S)
    while not isinstance(events[-1], Ended):
        events += shared_pool.wait(PATIENCE_S)
    reached, ended = events
    assert isinstance(reached, Reached)
    assert isinstance(ended, Ended)
    assert ended.outcome.reason == TIMEOUT
    shared_pool.answer(0, go_on=True)
    shared_pool.kill(0, TrialOutcome(FAIL, INTERRUPTED))


def test_a_deadline_years_away_is_no_error(
    shared_pool: WorkerPool, job_of: Callable[..., TrialJob]
) -> None:
    shared_pool.submit(job_of(0), 1e9)
    assert Following(shared_pool).until_ended(0).state == COMPLETE


# --- crashes and kills ---------------------------------------------------------------------------


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGSEGV])
def test_a_crashed_trial_names_the_signal_and_disturbs_neither_its_neighbour_nor_its_successor(
    shared_pool: WorkerPool,
    shared_scratch: Path,
    job_of: Callable[..., TrialJob],
    tmp_path: Path,
    signum: signal.Signals,
) -> None:
    following = Following(shared_pool, 0, 1)
    for number in (0, 1):
        shared_pool.submit(job_of(number), 600)
    following.until_waiting(0, 1)
    os.kill(worker_of(shared_scratch, 0), signum)
    outcome = following.until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, CRASH)
    assert f"signal {int(signum)} ({signum.name}) after 1000 predictions" in outcome.message
    # A fault's log says where; no process can say a word about SIGKILL.
    assert ("Segmentation fault" in outcome.log) == (signum == signal.SIGSEGV)
    assert ("worker.py" in outcome.log) == (signum == signal.SIGSEGV)
    assert ("lower n_jobs" in outcome.message) == (signum == signal.SIGKILL)
    assert not (shared_scratch / "trial-0").exists()
    shared_pool.submit(job_of(2), 600)
    following.release(1)
    following.until_ended(1, 2)
    expected = here(job_of(1), tmp_path)
    assert same(following.outcomes[1], *expected)
    assert same(following.outcomes[2], *expected)


def test_a_trial_that_exits_without_an_outcome_is_a_crash_and_its_log_tells_why(
    shared_pool: WorkerPool, job_of: Callable[..., TrialJob]
) -> None:
    shared_pool.submit(job_of(0, grid=5), 600)  # the worker cannot read such a job
    outcome = Following(shared_pool).until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, CRASH)
    assert "got exit code 1 after 0 predictions; the trial's log may tell why" in outcome.message
    assert "TypeError: 'int' object is not iterable" in outcome.log


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit code 0"),
        (3, "exit code 3"),
        (-11, "signal 11 (SIGSEGV)"),
        (-40, "signal 40 (a real-time one)"),
    ],
)
def test_every_manner_of_death_has_words(code: int, words: str) -> None:
    assert _manner(code) == words


def test_the_outcome_of_a_trial_that_died_before_anybody_listened_is_not_lost(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    shared_pool.submit(job_of(0, grid=()), 600)
    eventually(lambda: processes_of(shared_scratch) == [zygote_of(shared_scratch)])
    assert same(Following(shared_pool).until_ended(0), *here(job_of(0, grid=()), tmp_path))


def test_a_killed_trial_ends_with_the_outcome_given_and_its_checkpoints(
    shared_pool: WorkerPool, shared_scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(shared_pool, 0)
    shared_pool.submit(job_of(0), 600)
    following.until_waiting(0)
    worker = worker_of(shared_scratch, 0)
    stop(worker)
    shared_pool.kill(0, TrialOutcome(FAIL, INTERRUPTED, "stopped"))
    outcome = following.until_ended(0)
    assert (outcome.state, outcome.reason, outcome.message) == (FAIL, INTERRUPTED, "stopped")
    assert [point.n_predictions for point in outcome.checkpoints] == [1000]
    assert not is_alive(worker)
    assert not (shared_scratch / "trial-0").exists()


def test_no_end_of_a_trial_leaves_a_process_that_it_started(
    scratch: Path, job_of: Callable[..., TrialJob], plant: Callable[[str], None]
) -> None:
    plant("import subprocess; print(subprocess.Popen(['sleep', '1000']).pid)")
    helpers = []
    with WorkerPool(3, scratch) as pool:
        following = Following(pool, 0, 1, 2)
        for number, timeout_s in enumerate((1.5, 600, 600)):
            pool.submit(job_of(number), timeout_s)
        following.until_waiting(0, 1, 2)
        for number in (0, 1, 2):
            log = scratch / f"trial-{number}" / workspace.LOG_FILE
            helpers.append(int(log.read_text().split()[0]))
        assert all(is_alive(pid) for pid in helpers)
        pool.kill(1, TrialOutcome(FAIL, INTERRUPTED))
        following.release(2)
        following.until_ended(0, 1, 2)
        eventually(lambda: not any(is_alive(pid) for pid in helpers))
    reasons = [following.outcomes[number].reason for number in (0, 1, 2)]
    assert reasons == [TIMEOUT, INTERRUPTED, ""]


def test_what_a_trial_printed_before_it_was_killed_is_in_its_log(
    scratch: Path, job_of: Callable[..., TrialJob], plant: Callable[[str], None]
) -> None:
    plant("print('the last thing I saw')")
    with WorkerPool(2, scratch) as pool:
        following = Following(pool, 0)
        pool.submit(job_of(0), 600)
        following.until_waiting(0)
        os.kill(worker_of(scratch, 0), signal.SIGKILL)
        assert following.until_ended(0).log.startswith("the last thing I saw\n")


def test_a_trial_that_calls_exit_is_a_crash_of_which_the_log_tells(
    scratch: Path, job_of: Callable[..., TrialJob], plant: Callable[[str], None]
) -> None:
    plant("raise SystemExit('enough')")
    with WorkerPool(2, scratch) as pool:
        pool.submit(job_of(0), 600)
        outcome = Following(pool).until_ended(0)
    assert (outcome.reason, "got exit code 1 after 0" in outcome.message) == (CRASH, True)
    assert "SystemExit: enough" in outcome.log


def test_a_trial_that_cannot_be_forked_fails_alone(
    scratch: Path, job_of: Callable[..., TrialJob], plant: Callable[[str, str], None]
) -> None:
    # Root may start as many processes as it likes, so the kernel's refusal is planted.
    code = "if not os.path.exists('fork'): open('fork', 'w'); raise BlockingIOError(11, 'full')"
    plant(code, "os.fork")
    with WorkerPool(2, scratch) as pool:
        following = Following(pool)
        for number in (0, 1):
            pool.submit(job_of(number), 600)
        following.until_ended(0, 1)
    assert following.outcomes[0].reason == CRASH
    assert "got no process (full) after 0 predictions" in following.outcomes[0].message
    assert following.outcomes[1].state == COMPLETE


# --- the zygote ----------------------------------------------------------------------------------


def test_trials_die_with_the_zygote_and_the_next_trial_gets_a_new_one(
    pool: WorkerPool, scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    following = Following(pool, 0, 1)
    for number in (0, 1):
        pool.submit(job_of(number), 600)
    following.until_waiting(0, 1)
    stop(worker_of(scratch, 0))
    old, first = processes_of(scratch), zygote_of(scratch)
    assert len(old) == 3
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not any(is_alive(pid) for pid in old))  # the kernel's doing, not wait's
    following.until_ended(0, 1)
    for outcome in following.outcomes.values():
        assert (outcome.state, outcome.reason) == (FAIL, CRASH)
        assert "got the death of its worker's parent after 1000 predictions" in outcome.message
    assert not list(scratch.glob("trial-*"))
    pool.submit(job_of(2), 600)
    assert same(following.until_ended(2), *here(job_of(2), tmp_path))
    assert zygote_of(scratch) != first


def test_a_zygote_that_died_idle_costs_no_trial(
    pool: WorkerPool, scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    following = Following(pool)
    for number in (0, 1):
        pool.submit(job_of(number), 600)
        assert following.until_ended(number).state == COMPLETE
        parent = zygote_of(scratch)
        os.kill(parent, signal.SIGKILL)
        eventually(lambda pid=parent: not is_alive(pid))


def test_a_zygote_that_dies_as_it_starts_is_an_error_that_names_its_end(
    scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    with WorkerPool(2, scratch) as pool:
        (parent,) = eventually(lambda: processes_of(scratch))
        os.kill(parent, signal.SIGKILL)
        with pytest.raises(TrialError, match=r"worker process must start, got exit code -9"):
            pool.submit(job_of(0), 600)
    assert not scratch.exists()


def test_an_interpreter_that_cannot_be_run_is_an_error_that_names_it(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(TrialError, match=r"must start, got .* can '/nowhere/python' be run"):
        WorkerPool(2, scratch)
    assert not scratch.exists()


def test_the_zygote_has_one_thread_for_forks_of_more_can_hang(
    pool: WorkerPool, scratch: Path
) -> None:
    assert pool.wait(PATIENCE_S) == []  # it is ready
    assert len(list(Path(f"/proc/{zygote_of(scratch)}/task").iterdir())) == 1


def test_the_zygote_imports_the_package_from_where_its_coordinator_did(
    scratch: Path, job_of: Callable[..., TrialJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoy = scratch.parent / "titan_mlopt"
    decoy.mkdir()
    (decoy / "__init__.py").write_text("raise ImportError('another version')")
    monkeypatch.setenv("PYTHONPATH", str(decoy.parent))
    with WorkerPool(2, scratch) as pool:
        pool.submit(job_of(0), 600)
        assert Following(pool).until_ended(0).state == COMPLETE


def test_the_pool_outlives_the_thread_that_started_it(
    scratch: Path, job_of: Callable[..., TrialJob]
) -> None:
    # The kernel tells the zygote of its parent's death when no more than that thread ends.
    pools: list[WorkerPool] = []

    def start() -> None:
        pools.append(WorkerPool(2, scratch))
        pools[0].submit(job_of(0), 600)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    with pools[0] as pool:
        first = zygote_of(scratch)
        following = Following(pool, 1)
        pool.submit(job_of(1), 600)
        following.until_waiting(1)
        following.release(1)
        following.until_ended(0, 1)
        assert {outcome.state for outcome in following.outcomes.values()} == {COMPLETE}
        assert zygote_of(scratch) == first


# --- what is left --------------------------------------------------------------------------------


def test_thirty_trials_leave_no_process_no_file_no_descriptor_and_no_thread(
    job_of: Callable[..., TrialJob],
) -> None:
    def files() -> list[Path]:
        folders = {Path(tempfile.gettempdir()), Path("/dev/shm")}
        return [f for folder in folders for f in folder.glob(f"{workspace.PREFIX}{os.getpid()}-*")]

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
        assert (fds(), len(list(parent.iterdir()))) == (open_here, open_there)
        assert list(scratch.iterdir()) == []
    assert (files(), fds(), threading.enumerate()) == before
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


# --- the coordinator -----------------------------------------------------------------------------

COORDINATOR = """
import dataclasses, json, os, signal, sys, threading
from pathlib import Path
from titan_mlopt.params import merge_config
from titan_mlopt.records import TrialJob
from titan_mlopt.trial.pool import Ended, Reached, WorkerPool

print("this script runs", flush=True)
candles, scratch, how = sys.argv[1:]
config = merge_config({"ml.enabled": False})

def start():
    global pool
    pool = WorkerPool(2, Path(scratch))
    if how != "at once":
        for number in range(2):
            pool.submit(TrialJob(number, config, candles, "", (1000, 2000)), 600)

interrupted = threading.Event()
signal.signal(signal.SIGINT, lambda *_: interrupted.set())
if how == "in a thread":
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
else:
    start()
if how == "with a fork" and os.fork() == 0:
    os.dup2(pool._line.fileno(), 0)  # a copy of the zygote's line, which so stays open
    os.execvp("sleep", ["sleep", "1000"])
waiting = []
while how != "at once" and len(waiting) < 2:
    waiting += [event.number for event in pool.wait(1) if isinstance(event, Reached)]
print("ready", flush=True)
if how == "to the end":
    interrupted.wait()
    outcomes = {}
    while len(outcomes) < 2:
        for number in waiting:
            pool.answer(number, go_on=True)
        events = pool.wait(10)
        waiting = [event.number for event in events if isinstance(event, Reached)]
        outcomes |= {e.number: e.outcome.state for e in events if isinstance(e, Ended)}
    pool.close()
    print(json.dumps(sorted(outcomes.items())), flush=True)
else:
    while True:
        signal.pause()
"""


@contextlib.contextmanager
def coordinator(how: str, candles_path: Path, scratch: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the script above, which has no ``__main__`` guard, until two trials wait."""
    script = scratch.parent / "coordinator.py"
    script.write_text(COORDINATOR)
    with subprocess.Popen(
        [sys.executable, script, candles_path, scratch, how],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "this script runs\n"
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("how", ["plain", "in a thread", "with a fork", "at once"])
def test_nothing_is_left_of_a_coordinator_that_was_killed(
    how: str, candles_path: Path, scratch: Path
) -> None:
    with coordinator(how, candles_path, scratch) as process:
        if how != "at once":
            assert len(processes_of(scratch)) == 4
            stop(worker_of(scratch, 1))
        process.kill()
        eventually(lambda: processes_of(scratch) == [] and not scratch.exists(), 20)


def test_nothing_is_left_of_a_coordinator_whose_whole_process_group_was_killed(
    candles_path: Path, scratch: Path
) -> None:
    with coordinator("plain", candles_path, scratch) as process:
        stop(worker_of(scratch, 0))
        os.killpg(process.pid, signal.SIGKILL)
        eventually(lambda: processes_of(scratch) == [] and not scratch.exists(), 20)


def test_an_interrupt_of_the_process_group_and_a_script_without_guard_harm_no_trial(
    candles_path: Path, scratch: Path
) -> None:
    with coordinator("to the end", candles_path, scratch) as process:
        os.killpg(process.pid, signal.SIGINT)
        # The script's own first line is not printed again: no trial ran it.
        assert process.communicate(timeout=PATIENCE_S)[0] == (
            json.dumps([[0, COMPLETE], [1, COMPLETE]]) + "\n"
        )
        assert process.returncode == 0
    assert not scratch.exists()


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
