"""How trials die: the outcome names the manner, no process is left and no neighbour suffers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from support.pool_cases import (
    Following,
    _shared_pool,
    candles_path,
    eventually,
    here,
    is_alive,
    job_of,
    linux,
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
    CRASH,
    FAIL,
    INTERRUPTED,
    TIMEOUT,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.executors.local import memory, workspace
from titan_mlopt.executors.local.outcomes import manner
from titan_mlopt.executors.local.pool import WorkerPool

# Fixtures: pytest finds them here by their names.
__all__ = ["_shared_pool", "candles_path", "job_of", "scratch", "shared_pool", "shared_scratch"]
pytestmark = linux


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
            "    if 'rehearsal' not in str(args):  # of the zygote, before the first trial\n"
            f"        {code}\n"
            "    return original(*args, **keywords)\n"
            f"{module}.{name} = planted\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
        monkeypatch.chdir(tmp_path)

    return write


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGSEGV])
def test_a_crashed_trial_names_the_signal_and_disturbs_neither_its_neighbour_nor_its_successor(
    shared_pool: WorkerPool,
    shared_scratch: Path,
    job_of: Callable[..., TrialJob],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signum: signal.Signals,
) -> None:
    # What the kernel kills for want of memory meanwhile, anywhere, would be taken for the trial.
    monkeypatch.setattr(memory, "_read_number", lambda *_: 0)
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
    assert manner(code) == words


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
        following.begin(job_of(0), 1.5)
        for number in (1, 2):
            pool.submit(job_of(number), 600)
        following.until_waiting(1, 2)
        for number in (0, 1, 2):
            log = scratch / f"trial-{number}" / workspace.LOG_FILE
            helpers.append(int(log.read_text().split()[0]))
        assert all(is_alive(pid) for pid in helpers)
        pool.kill(1, TrialOutcome(FAIL, INTERRUPTED))
        stop(worker_of(scratch, 0))
        for number in (0, 2):
            following.release(number)
        following.until_ended(0, 1, 2)
        eventually(lambda: not any(is_alive(pid) for pid in helpers))
    reasons = [following.outcomes[number].reason for number in (0, 1, 2)]
    assert reasons == [TIMEOUT, INTERRUPTED, ""]


@pytest.mark.parametrize("stopped", [False, True])
def test_the_death_of_the_zygote_leaves_no_process_that_a_trial_started(
    scratch: Path, job_of: Callable[..., TrialJob], plant: Callable[[str], None], stopped: bool
) -> None:
    plant("import subprocess; print(subprocess.Popen(['sleep', '1000']).pid)")
    with WorkerPool(1, scratch) as pool:
        following = Following(pool, 0)
        pool.submit(job_of(0), 600)
        following.until_waiting(0)
        helper = int((scratch / "trial-0" / workspace.LOG_FILE).read_text().split()[0])
        assert is_alive(helper)
        if stopped:  # the pool's end has to kill it
            stop(zygote_of(scratch))
        else:
            os.kill(zygote_of(scratch), signal.SIGKILL)
            following.until_ended(0)
    assert not is_alive(helper)


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


def test_a_zygote_that_says_what_nobody_knows_is_replaced_and_the_study_goes_on(
    scratch: Path, job_of: Callable[..., TrialJob], plant: Callable[[str, str], None]
) -> None:
    write = "open('said', 'w'); os.write(int(__import__('sys').argv[2]), b'no json\\n')"
    plant(f"if not os.path.exists('said'): {write}", "os.waitstatus_to_exitcode")
    with WorkerPool(1, scratch) as pool:
        following = Following(pool)
        first = zygote_of(scratch)
        for number in (0, 1):
            pool.submit(job_of(number), 600)
            # What the trial itself said stands.
            assert following.until_ended(number).state == COMPLETE
        assert zygote_of(scratch) != first
    assert not is_alive(first)
