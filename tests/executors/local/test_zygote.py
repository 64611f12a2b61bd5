"""The zygote: what it sends, whose death it survives, and nothing is left without it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.paths import ROOT
from support.pool_cases import (
    PATIENCE_S,
    Following,
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
    status_of,
    stop,
    worker_of,
    zygote_of,
)
from titan_mlopt.core.errors import TrialError
from titan_mlopt.core.trial import COMPLETE, EXCEPTION, FAIL, INTERRUPTED, TrialJob, TrialOutcome
from titan_mlopt.executors.local import workspace, zygote
from titan_mlopt.executors.local.pool import WorkerPool

# Fixtures: pytest finds them here by their names.
__all__ = ["candles_path", "job_of", "pool", "scratch"]
pytestmark = linux


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


@pytest.mark.parametrize("line", [b"hello\n", b'{"x": 1}\n', b'{"run": 1}\n', b"x" * 70_000])
def test_a_zygote_that_is_told_what_it_does_not_know_ends_and_leaves_nothing(
    scratch: Path, line: bytes
) -> None:
    ours, theirs = socket.socketpair()
    command = zygote.launch(theirs, scratch)
    with subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process, ours:
        theirs.close()
        ours.settimeout(PATIENCE_S)
        ours.sendall(line)
        assert process.wait(PATIENCE_S) == 0
    assert not scratch.exists()


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
        assert (outcome.state, outcome.reason) == (FAIL, INTERRUPTED)
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


def test_a_zygote_that_is_killed_as_it_starts_is_started_again(
    scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first interpreter that starts from now on waits for its end before it runs our code.
    once = f"os.open({str(tmp_path / 'once')!r}, os.O_CREAT | os.O_EXCL)"
    code = f"import os, signal\ntry:\n    {once}\n    signal.pause()\n"
    (tmp_path / "sitecustomize.py").write_text(f"{code}except FileExistsError:\n    pass\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with WorkerPool(2, scratch) as pool:
        eventually((tmp_path / "once").exists)
        os.kill(zygote_of(scratch), signal.SIGKILL)
        pool.submit(job_of(0), 600)
        assert Following(pool).until_ended(0).state == COMPLETE
    assert not scratch.exists()


def test_a_zygote_that_is_killed_whenever_it_starts_is_an_error_that_names_its_end(
    scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    (tmp_path / "sitecustomize.py").write_text(
        f"import os; open({str(started)!r}, 'a').write('.'); os.kill(os.getpid(), 9)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with WorkerPool(2, scratch) as pool:
        pool.submit(job_of(0), 600)
        following = Following(pool)
        with pytest.raises(TrialError, match=r"start and stay, got the death of .* 3 times in a"):
            following.until_ended(0)
    assert started.read_text() == "..."
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
        assert pools[0].wait(PATIENCE_S) == []  # it is ready
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


# --- the coordinator -----------------------------------------------------------------------------

COORDINATOR = """
import dataclasses, json, os, signal, sys, threading
from pathlib import Path
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.trial import TrialJob
from titan_mlopt.executors.base import Ended, Reached
from titan_mlopt.executors.local.pool import WorkerPool

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
    os.dup2(pool._zygote.connection.fileno(), 0)  # a copy of the zygote's line, which so stays open
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


def child_of(parent: int, scratch: Path) -> int:
    """Return the zygote of another coordinator than this process."""
    (pid,) = (pid for pid in processes_of(scratch) if status_of(pid)[1] == parent)
    return pid


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
        if how != "at once":  # a fork of the coordinator may not have become `sleep` yet
            eventually(lambda: len(processes_of(scratch)) == 4)
            stop(worker_of(scratch, 1))
        process.kill()
        eventually(lambda: processes_of(scratch) == [])
        eventually(lambda: not scratch.exists())


def test_a_stopped_zygote_wakes_up_to_clean_up_after_its_coordinator(
    candles_path: Path, scratch: Path
) -> None:
    with coordinator("plain", candles_path, scratch) as process:
        stop(worker_of(scratch, 0))
        stop(child_of(process.pid, scratch))
        process.kill()
        eventually(lambda: processes_of(scratch) == [])
        eventually(lambda: not scratch.exists())


def test_trials_end_when_coordinator_and_zygote_are_killed_at_once(
    candles_path: Path, scratch: Path
) -> None:
    with coordinator("plain", candles_path, scratch) as process:
        stop(worker_of(scratch, 0))
        parent = child_of(process.pid, scratch)
        # The death of the coordinator wakes a stopped zygote up, so that goes first.
        for signum in (signal.SIGSTOP, signal.SIGKILL):
            for pid in (parent, process.pid):
                os.kill(pid, signum)
        eventually(lambda: processes_of(scratch) == [])
        process.wait()
    assert scratch.exists()  # nobody was left to remove it: the next coordinator sweeps


def test_nothing_is_left_of_a_coordinator_whose_whole_process_group_was_killed(
    candles_path: Path, scratch: Path
) -> None:
    with coordinator("plain", candles_path, scratch) as process:
        stop(worker_of(scratch, 0))
        os.killpg(process.pid, signal.SIGKILL)
        eventually(lambda: processes_of(scratch) == [])
        eventually(lambda: not scratch.exists())


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
