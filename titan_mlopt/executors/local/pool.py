"""Trials on this machine: submit, answer, kill and wait; nothing of a trial outlives its pool."""

from __future__ import annotations

import dataclasses
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from titan_mlopt.core.errors import TrialError, printable, short_repr
from titan_mlopt.core.trial import CRASH, FAIL, TrialJob, TrialOutcome
from titan_mlopt.executors.base import Ended, Event, Executor
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.memory import LEAST_SESSION_BYTES, session_limit
from titan_mlopt.executors.local.messages import GO_ON, STOP, ImportRequest, StrayBytesError
from titan_mlopt.executors.local.running_trial import RunningTrial
from titan_mlopt.executors.local.zygote_client import (
    END_TIMEOUT_S,
    LostZygoteError,
    ZygoteClient,
)

# How long a look lasts at most: time in which nobody looked does not count as silence.
_TICK_S = 0.5
# So many zygotes may be lost in a row before a trial has ended.
_STARTS = 3
# Reasons that were said: a study of placebos opens one pool after the other.
_noticed: set[str] = set()


class WorkerPool(Executor):
    """At most ``n_jobs`` trials at once, each a process of its own; close it after use.

    The zygote starts in the background. One that dies or does not answer is replaced: what it ran
    ends as interrupted, since that says nothing of the config.

    Args:
        n_jobs: Number of trials at once.
        scratch: A folder of the coordinator's own, in which every trial gets one; removed by
            ``close``.
        notice: Called, once a process, when each start has to compile the backtest anew; None
            prints it on stderr.

    Raises:
        TrialError: A process may not get the memory that trials need, or cannot be started.
    """

    def __init__(
        self, n_jobs: int, scratch: Path, notice: Callable[[str], None] | None = None
    ) -> None:
        self.n_jobs = n_jobs
        self._scratch, self._notice = scratch, notice or _print
        self._running: dict[int, RunningTrial] = {}
        self._n_lost = 0
        self._knows_backtest = False
        limit = session_limit()
        if limit is not None and limit < LEAST_SESSION_BYTES:
            workspace.remove_folder(scratch)
            raise TrialError(
                f"memory: a process must get {LEAST_SESSION_BYTES / 1e9:.3g} GB of data to load "
                f"what trials need, got a limit of {limit / 1e9:.3g} GB (ulimit -d); raise it, "
                "then run again"
            )
        #: Why the backtest could not be imported once for all trials, "" as far as it could.
        self.import_fault = ""
        # Of the backtest that the zygote imports once; None where each trial does that.
        self._request: ImportRequest | None = None
        self._zygote = ZygoteClient(scratch, self._notice)
        self._alarm, self._bell = socket.socketpair()
        self._bell.setblocking(False)

    @property
    def free(self) -> int:
        """Number of trials that may still be submitted."""
        return self.n_jobs - len(self._running)

    @property
    def running(self) -> tuple[int, ...]:
        """Numbers of the trials that run."""
        return tuple(self._running)

    def submit(self, job: TrialJob, timeout_s: float) -> None:
        """Start a trial; it is killed when it has used ``timeout_s`` seconds.

        Time in which it waits for us, or in which we were all stopped, does not count.
        """
        if self._zygote.is_ready and not self._running and self._zygote.has_died:
            self._zygote.close()  # it died idle: no trial is lost
            self._start_zygote()
        self._import_once(job)
        folder = workspace.open_folder(self._scratch, job.number)
        self._hand_over(dataclasses.replace(job, folder=str(folder)), timeout_s)

    def _import_once(self, job: TrialJob) -> None:
        """Have the zygote import the job's backtest, at the first job whose sources are pinned."""
        is_pinned = job.backtest and job.sources is not None and not job.dry
        if is_pinned and not job.fresh_import and not self._knows_backtest:
            self._knows_backtest = True
            self._request = ImportRequest.write(job, self._scratch / "sources.json")
            self._zygote.import_backtest(self._request)

    def _import_in_trials(self, reason: str) -> None:
        """Let each trial import the backtest for itself, and say why."""
        self._request, self.import_fault = None, reason
        if reason not in _noticed:
            _noticed.add(reason)
            self._notice(
                f"backtest: each trial imports it anew, since its import cannot be shared: "
                f"{reason}; change that, or leave the attempt out with --fresh-import"
            )

    def _start_zygote(self) -> None:
        self._zygote = ZygoteClient(self._scratch, self._notice)
        if self._request is not None:
            self._zygote.import_backtest(self._request)

    def _hand_over(self, job: TrialJob, timeout_s: float) -> None:
        ours, theirs = socket.socketpair()
        run = self._running[job.number] = RunningTrial(job, timeout_s, ours)
        with theirs:
            self._zygote.send({"run": job.number, "timeout_s": timeout_s}, [theirs.fileno()])
        run.begin()

    def answer(self, number: int, *, go_on: bool) -> None:
        """Answer the checkpoint of a trial: go on, or stop and report its metrics so far.

        Nothing happens when the trial has died since.
        """
        run = self._running.get(number)
        if run is not None and run.is_open:
            run.send(GO_ON if go_on else STOP)

    def kill(self, number: int, outcome: TrialOutcome) -> None:
        """Kill a running trial; it ends with ``outcome``, unless it was done already."""
        run = self._running.get(number)
        if run is not None:
            run.outcome = run.outcome or outcome
            if not run.is_killed:
                run.is_killed = True
                self._zygote.send({"kill": number})

    def wait(self, timeout_s: float | None = None) -> list[Event]:
        """Return the next events, waiting for them at most ``timeout_s`` seconds.

        Raises:
            TrialError: A trial failed and what all trials need is gone, or no zygote stays alive.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            rest_s = _TICK_S if deadline is None else max(0.0, deadline - time.monotonic())
            ready, was_ready = self._look(min(rest_s, _TICK_S)), self._zygote.is_ready
            events: list[Event] = []
            for run in [run for run in self._running.values() if run.connection in ready]:
                events += self._receive(run)
            events += self._hear_zygote(readable=self._zygote.connection in ready)
            late = deadline is not None and time.monotonic() >= deadline
            # Somebody may wait for the zygote's start alone.
            started = self._zygote.is_ready and not was_ready and not self._running
            if events or late or started or self._alarm in ready:
                return events

    def _look(self, timeout_s: float) -> list[Any]:
        connections = [run.connection for run in self._running.values() if run.is_open]
        ready = wait([*connections, self._zygote.connection, self._alarm], timeout_s)
        if self._alarm in ready:
            self._alarm.recv(4096)
        return ready

    def wake(self) -> None:
        """Let the ``wait`` of another thread return at once; the only call for other threads."""
        with suppress(OSError):  # it was called often already, or is closed
            self._bell.send(b"!")

    def close(self) -> None:
        """Kill what runs, end the zygote and remove the scratch folder."""
        self._zygote.disconnect()
        # One that is still starting, or is stopped, would not see that the socket is closed.
        sees_it = self._zygote.is_ready and not self._is_silent()
        self._zygote.close(END_TIMEOUT_S if sees_it else 0.0)
        for run in self._running.values():
            self._receive_rest(run, END_TIMEOUT_S)
        self._running.clear()
        self._alarm.close()
        self._bell.close()
        workspace.remove_folder(self._scratch)

    # --- the zygote ------------------------------------------------------------------------------

    def _hear_zygote(self, *, readable: bool) -> list[Event]:
        """Return the ends that the zygote reports; replace it when it is lost."""
        events: list[Event] = []
        try:
            for message in self._zygote.receive() if readable else ():
                if (number := message["ended"]) in self._running:
                    self._n_lost = 0
                    events.append(self._end(number, message["code"], message))
            self._zygote.check_silence(kills=self._kills)
        except LostZygoteError as lost:
            events += self._replace_zygote(lost)
        return events

    @property
    def _kills(self) -> bool:
        return any(run.is_killed for run in self._running.values())

    def _is_silent(self) -> bool:
        return self._zygote.is_silent(kills=self._kills)

    def _replace_zygote(self, lost: LostZygoteError) -> list[Event]:
        """Replace a lost zygote and return the ends of its trials.

        What was handed to one that never was ready has not begun, and is handed to the next one.
        Raises ``TrialError`` when one after the other is lost.
        """
        had_begun, patience_s = self._zygote.is_ready, None
        if not had_begun:  # it may still be printing why it ends
            patience_s = 0.0 if self._is_silent() else END_TIMEOUT_S
        code = self._zygote.close(patience_s)
        if lost.import_fault:
            self._import_in_trials(lost.import_fault)
        else:
            self._n_lost += 1
        if code >= 0 and not self._zygote.has_started:
            raise TrialError(
                f"trials: the worker process must start, got exit code {code}; its error stands "
                "above"
            )
        if self._n_lost >= _STARTS:
            raise TrialError(
                f"trials: the worker process must start and stay, got {lost} {self._n_lost} times "
                "in a row; see what ends or stops it, then run again"
            )
        self._start_zygote()
        events: list[Event] = []
        for number, run in list(self._running.items()):
            if had_begun or run.outcome is not None:
                events.append(self._end(number, None, {"lost": str(lost)}))
            else:
                run.connection.close()
                self._hand_over(run.job, run.timeout_s)
        return events

    # --- the trials ------------------------------------------------------------------------------

    def _receive(self, run: RunningTrial) -> list[Event]:
        """Take in a part of what a trial has sent; kill one that sends no messages of ours."""
        try:
            return [*run.receive()]
        except StrayBytesError as error:
            run.connection.close()
            number = run.job.number
            message = (
                f"trial {number}: must write only its messages to its socket, got "
                f"{short_repr(str(error))}; see which descriptors the backtest, or what it starts, "
                "writes to"
            )
            self.kill(number, TrialOutcome(FAIL, CRASH, message))
            return []

    def _receive_rest(self, run: RunningTrial, patience_s: float) -> None:
        """Read what a trial sent before it died, and wait for its death ``patience_s`` seconds."""
        while run.is_open and wait([run.connection], patience_s):
            self._receive(run)
        run.connection.close()

    def _end(self, number: int, code: int | None, message: dict[str, Any]) -> Ended:
        """Return the end of a trial; message: the zygote's, or how that was lost."""
        run = self._running[number]
        # Without an exit code it may be dying still.
        self._receive_rest(run, END_TIMEOUT_S if code is None else 0.0)
        del self._running[number]
        ended = run.end(code, message)
        workspace.remove_folder(Path(run.job.folder))
        if ended.outcome.state == FAIL:
            workspace.check_files(self._scratch, Path(run.job.candles_path))
        return ended


def _print(text: str) -> None:
    sys.stderr.write(f"{printable(text)}\n")
