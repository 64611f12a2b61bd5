"""Processes of ours that are stopped: no trial pays for it, and nobody waits for ever."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.external_cases import _no_clock, write_backtest
from support.pool_cases import (
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
from support.standin_cases import csv
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.study import StudyListener
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    TIMEOUT,
    Checkpoint,
    TrialJob,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.executors.dask import executor
from titan_mlopt.executors.local import zygote_client
from titan_mlopt.executors.local.clock import (
    ASKS,
    MAX_STEP_S,
    TELLS,
    Stopwatch,
    WaitCounter,
    is_waiting,
)
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.study.storage.studies import read_study

# Fixtures: pytest finds them here by their names.
__all__ = ["_no_clock", "candles_path", "csv", "job_of", "pool", "scratch"]
pytestmark = [linux, pytest.mark.usefixtures("own_processes")]


# --- time that counts ---------------------------------------------------------------------------


def test_time_between_looks_adds_up() -> None:
    watch = Stopwatch(100.0)
    assert [watch.look(now) for now in (100.25, 100.5, 101.5)] == [0.25, 0.5, 1.5]


def test_of_a_gap_between_two_looks_one_second_counts() -> None:
    watch = Stopwatch(100.0)
    assert watch.look(3700.0) == MAX_STEP_S == 1.0
    assert watch.look(3700.5) == 1.5  # counted from the last look, not from the first


def test_time_in_which_a_trial_waits_does_not_count_and_time_after_it_does() -> None:
    watch = Stopwatch(0.0)
    watch.look(0.5)
    for tick in range(1, 401):  # 100 s in which the coordinator was stopped
        watch.look(0.5 + tick / 4, counts=False)
    assert watch.seconds == 0.5
    assert watch.look(101.0) == 1.0


def test_a_clock_that_stands_still_or_goes_back_adds_nothing() -> None:
    watch = Stopwatch(10.0)
    assert [watch.look(now) for now in (10.0, 9.0, 9.5)] == [0.0, 0.0, 0.5]


def test_a_stopwatch_that_is_restarted_counts_from_zero() -> None:
    watch = Stopwatch(0.0)
    watch.look(0.5)
    watch.restart(7.0)
    assert watch.look(7.25) == 0.25


@pytest.mark.parametrize(
    ("asks", "tells", "readable", "writable", "expected"),
    [
        (False, False, False, False, False),
        (True, False, False, True, True),  # no answer has come
        (True, False, True, True, False),  # it has one and does not take it: others stopped it
        (False, True, True, False, True),  # nobody reads its outcome
        (False, True, False, True, False),
        (True, True, True, False, True),  # a thread has its answer, another one is not read
    ],
)
def test_a_trial_waits_while_its_question_or_its_outcome_is_with_the_coordinator(
    asks: bool, tells: bool, readable: bool, writable: bool, expected: bool
) -> None:
    assert is_waiting(asks=asks, tells=tells, readable=readable, writable=writable) is expected


def test_what_a_trial_waits_for_shows_at_its_end_of_the_socket() -> None:
    waiting, (ours, its) = WaitCounter(), socket.socketpair()
    waiting.claim()
    with ours, its:
        its.setblocking(False)
        assert not waiting.is_waiting(its.fileno())
        with waiting.during(ASKS):
            assert waiting.is_waiting(its.fileno())
            with waiting.during(TELLS):
                assert waiting.is_waiting(its.fileno())
            assert waiting.is_waiting(its.fileno())
            ours.send(b"1")
            assert not waiting.is_waiting(its.fileno())
        with waiting.during(TELLS):
            assert not waiting.is_waiting(its.fileno())
            with contextlib.suppress(BlockingIOError):
                while True:
                    its.send(bytes(65_536))
            assert waiting.is_waiting(its.fileno())
        assert not waiting.is_waiting(its.fileno())
    waiting.close()


def test_what_a_trial_forks_does_not_say_that_the_trial_waits() -> None:
    waiting, (ours, its) = WaitCounter(), socket.socketpair()
    with ours, its, waiting.during(ASKS):  # not claimed: as in a fork of the one that did
        assert not waiting.is_waiting(its.fileno())
    waiting.close()


# --- the coordinator is stopped ------------------------------------------------------------------


def test_a_trial_that_waits_longer_for_its_answer_than_its_time_is_not_late(
    pool: WorkerPool, scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path
) -> None:
    following = Following(pool, 0, 1)
    timeout_s = following.begin(job_of(0), 2.0)
    asked_at = time.monotonic()
    worker = worker_of(scratch, 0)
    # A second trial, late by others, shows that so much time has gone by for the zygote too.
    following.begin(job_of(1), timeout_s + 0.5)
    stop(worker_of(scratch, 1))
    pool.answer(1, go_on=True)
    assert following.until_ended(1).reason == TIMEOUT
    assert time.monotonic() - asked_at > timeout_s
    assert is_alive(worker)
    following.release(0)
    assert same(following.until_ended(0), *here(job_of(0), tmp_path))


def test_on_dask_a_trial_waits_from_its_checkpoint_to_the_answer(
    job_of: Callable[..., TrialJob],
) -> None:
    run = executor._Running(job_of(0), 5.0)
    assert not run.waits
    run.points[1000] = Checkpoint(1000, 1000, 0.5, 0.1, None)
    assert run.waits
    run.answers[1000] = True
    assert not run.waits


# --- the zygote is stopped -----------------------------------------------------------------------


@pytest.mark.slow
def test_a_zygote_that_was_stopped_longer_than_a_trials_time_blames_no_trial(
    pool: WorkerPool,
    scratch: Path,
    job_of: Callable[..., TrialJob],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zygote_client, "_SILENCE_S", 1e9)
    following = Following(pool, 0)
    timeout_s = following.begin(job_of(0), 4.0)
    zygote = zygote_of(scratch)
    stop(zygote)
    began = time.monotonic()
    while time.monotonic() - began < timeout_s + 1.0:
        following.take(pool.wait(0.2))
    os.kill(zygote, signal.SIGCONT)
    following.release(0)
    assert same(following.until_ended(0), *here(job_of(0), tmp_path))
    assert zygote_of(scratch) == zygote


def test_a_zygote_that_does_not_answer_is_replaced_and_its_trials_are_interrupted(
    pool: WorkerPool,
    scratch: Path,
    job_of: Callable[..., TrialJob],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    worker, zygote = worker_of(scratch, 0), zygote_of(scratch)
    stop(zygote)
    with monkeypatch.context() as patch:  # the next one may be slow
        patch.setattr(zygote_client, "_SILENCE_S", 2.0)
        outcome = following.until_ended(0)
    assert (outcome.state, outcome.reason) == (FAIL, INTERRUPTED)
    assert "got no word of its worker's parent for " in outcome.message
    assert outcome.message.endswith(" s after 1000 predictions; its config is tried again")
    assert not is_alive(zygote)
    assert not is_alive(worker)
    pool.submit(job_of(1), 600)
    assert same(following.until_ended(1), *here(job_of(1), tmp_path))


def test_a_trial_that_had_finished_when_its_zygote_was_replaced_is_finished(
    pool: WorkerPool,
    scratch: Path,
    job_of: Callable[..., TrialJob],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zygote_client, "_SILENCE_S", 1e9)
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    stop(zygote_of(scratch))
    following.release(0)
    following._go_on(lambda: pool._running[0].outcome is not None)
    monkeypatch.setattr(zygote_client, "_SILENCE_S", 2.0)
    assert same(following.until_ended(0), *here(job_of(0), tmp_path))


def test_a_kill_that_a_stopped_zygote_does_not_hear_is_done_by_replacing_it(
    pool: WorkerPool,
    scratch: Path,
    job_of: Callable[..., TrialJob],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        zygote_client, "_SILENCE_S", 1e9
    )  # one that nobody wants dead may be silent
    following = Following(pool, 0)
    pool.submit(job_of(0), 600)
    following.until_waiting(0)
    worker = worker_of(scratch, 0)
    stop(zygote_of(scratch))
    gone = TrialOutcome(FAIL, INTERRUPTED, "stopped with the study before it was done")
    pool.kill(0, gone)
    assert following.until_ended(0).message == gone.message
    assert not is_alive(worker)


def test_a_zygote_that_is_stopped_while_it_starts_costs_no_trial(
    scratch: Path, job_of: Callable[..., TrialJob], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first interpreter that starts from now on stops itself before it runs anything of ours.
    once = f"os.open({str(tmp_path / 'once')!r}, os.O_CREAT | os.O_EXCL)"
    code = f"import os, signal\ntry:\n    {once}\n    os.kill(os.getpid(), signal.SIGSTOP)\n"
    (tmp_path / "sitecustomize.py").write_text(f"{code}except FileExistsError:\n    pass\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with WorkerPool(2, scratch) as pool:
        (zygote,) = eventually(lambda: processes_of(scratch))
        eventually(lambda: status_of(zygote)[0] == "T")
        pool.submit(job_of(0), 600)  # does not wait for it
        assert pool.wait(0.0) == []
        monkeypatch.setattr(zygote_client, "_START_TIMEOUT_S", 1.0)
        eventually(lambda: pool.wait(0.1) == [] and not is_alive(zygote))
        monkeypatch.setattr(zygote_client, "_START_TIMEOUT_S", 120.0)
        assert Following(pool).until_ended(0).state == COMPLETE
    assert not scratch.exists()


# --- a study --------------------------------------------------------------------------------------


class _Killer:
    """Kills the zygote, once, when a trial begins."""

    def __init__(self, number: int, scratch: Path) -> None:
        self._number, self._scratch, self.killed = number, scratch, list[int]()

    def trial_started(self, trial: TrialRecord) -> None:
        if trial.number == self._number and not self.killed:
            zygote = zygote_of(self._scratch)
            os.kill(zygote, signal.SIGKILL)
            self.killed.append(zygote)

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None: ...


def test_what_a_lost_zygote_interrupted_is_tried_again_in_the_same_call(
    csv: Path, tmp_path: Path
) -> None:
    # Trial 2 does not end by itself.
    named = write_backtest(tmp_path / "external", "if trial == 2: until(lambda: False)")
    plain = write_backtest(tmp_path / "plain")

    def trials_of(settings: dict[str, str], *listeners: StudyListener) -> list[TrialRecord]:
        more = {"tracking": False, "min_predictions": 1, "pruner_type": "none", "n_trials": 4}
        config = TunerConfig(**{**more, **settings, "scratch": str(tmp_path)})
        db = Path(settings["backtest_path"]) / "titan.db"
        with AutoTuner(db, config, listeners=listeners) as tuner:
            tuner.optimize(csv)
            return list(read_study(tuner.study).trials)

    killer = _Killer(2, tmp_path)
    trials, expected = trials_of(named, killer), trials_of(plain)
    assert len(killer.killed) == 1
    assert [trial.point for trial in trials] == [0, 1, 2, 2, 3]
    lost = trials.pop(2)
    assert lost.outcome is not None
    assert lost.outcome.reason == INTERRUPTED
    # And the study is the one that it would have been.
    assert [trial.params for trial in trials] == [trial.params for trial in expected]
    assert [trial.values for trial in trials] == [trial.values for trial in expected]
    assert lost.params == trials[2].params
