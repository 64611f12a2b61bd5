"""The trials that run now: submit, follow, answer, kill; nothing of a trial outlives it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from titan_mlopt.errors import TrialError, shown
from titan_mlopt.records import FAIL, Checkpoint, TrialJob, TrialOutcome
from titan_mlopt.trial import workspace, zygote
from titan_mlopt.trial.answers import GO_ON, STOP
from titan_mlopt.trial.endings import Death, died
from titan_mlopt.trial.executor import Ended, Event, Reached, run_alone
from titan_mlopt.trial.memory import count_kills
from titan_mlopt.trial.session import end_session

_START_TIMEOUT_S = 120.0  # the first start of all compiles the candle loop
_END_TIMEOUT_S = 5.0
_STARTS = 3


@dataclass
class _Running:
    job: TrialJob
    line: Connection
    timeout_s: float
    started: float = field(default_factory=time.monotonic)
    kills: int | None = field(default_factory=count_kills)
    outcome: TrialOutcome | None = None
    points: list[Checkpoint] = field(default_factory=list)


class WorkerPool:
    """At most ``n_jobs`` trials at once, each a process of its own; close it after use.

    scratch: a folder of the coordinator's own, in which every trial gets one; removed by ``close``.
    The zygote starts in the background; the first ``submit`` waits for it.
    """

    def __init__(self, n_jobs: int, scratch: Path) -> None:
        self.n_jobs = n_jobs
        self._scratch = scratch
        self._running: dict[int, _Running] = {}
        self._unread = b""
        self._ready = False
        self._start()
        self._alarm, self._bell = socket.socketpair()
        self._bell.setblocking(False)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def free(self) -> int:
        """Number of trials that may still be submitted."""
        return self.n_jobs - len(self._running)

    @property
    def running(self) -> tuple[int, ...]:
        """Numbers of the trials that run."""
        return tuple(self._running)

    def submit(self, job: TrialJob, timeout_s: float) -> None:
        """Start a trial; it is killed when it is not done ``timeout_s`` seconds from now."""
        if self._ready and not self._running and self._process.poll() is not None:
            self._restart()  # it died idle: nothing is lost
        if not self._ready:
            self._await_zygote()
        folder = workspace.open_folder(self._scratch, job.number)
        job = dataclasses.replace(job, folder=str(folder))
        ours, theirs = socket.socketpair()
        line = Connection(ours.detach())
        self._running[job.number] = _Running(job, line, timeout_s)
        message = json.dumps({"run": job.number, "timeout_s": timeout_s}).encode() + b"\n"
        with theirs, contextlib.suppress(ConnectionError):  # the end will be told
            socket.send_fds(self._line, [message], [theirs.fileno()])
        with contextlib.suppress(ConnectionError):
            line.send_bytes(json.dumps(asdict(job)).encode())

    def check(self, job: TrialJob, timeout_s: float) -> TrialOutcome:
        """Run ``job`` alone, to see what comes of it: before the first trial, as a dry one."""
        return run_alone(self, job, timeout_s)

    def answer(self, number: int, *, go_on: bool) -> None:
        """Answer the checkpoint of a trial: go on, or stop and hand in what there is.

        Nothing happens when the trial has died since.
        """
        run = self._running.get(number)
        if run is not None and not run.line.closed:
            with contextlib.suppress(ConnectionError):
                run.line.send_bytes(GO_ON if go_on else STOP)

    def kill(self, number: int, outcome: TrialOutcome) -> None:
        """Kill a running trial; it ends with ``outcome``, unless it was done already."""
        run = self._running.get(number)
        if run is not None:
            run.outcome = run.outcome or outcome
            with contextlib.suppress(ConnectionError):  # then it dies with the zygote
                self._line.sendall(json.dumps({"kill": number}).encode() + b"\n")

    def wait(self, timeout_s: float | None = None) -> list[Event]:
        """Return what happened, waiting for it at most ``timeout_s`` seconds.

        Raises ``TrialError`` when a trial failed and what all trials need is gone.
        """
        lines = {run.line: run for run in self._running.values() if not run.line.closed}
        ready = wait([*lines, self._line, self._alarm], timeout_s)
        if self._alarm in ready:
            self._alarm.recv(4096)
        events: list[Event] = []
        for line in ready:
            if isinstance(line, Connection):
                events += self._hear_trial(lines[line])
        if self._line in ready:
            events += self._hear_zygote()
        return events

    def wake(self) -> None:
        """Let the ``wait`` of another thread return at once; the only call for other threads."""
        with contextlib.suppress(OSError):  # it was called often already, or is closed
            self._bell.send(b"!")

    def close(self) -> None:
        """Kill what runs, end the zygote and remove the scratch folder."""
        with contextlib.suppress(OSError):  # also when a fork of ours holds a copy of the socket
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._kill_zygote()
        for run in self._running.values():
            self._hear_last_words(run, _END_TIMEOUT_S)
        self._running.clear()
        self._alarm.close()
        self._bell.close()
        workspace.remove_folder(self._scratch)

    def _start(self) -> None:
        self._line, theirs = socket.socketpair()
        self._unread, self._ready = b"", False
        with theirs:
            try:
                self._process = subprocess.Popen(
                    zygote.launch(theirs, self._scratch),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # a signal to our group is ours to handle
                )
            except OSError as error:
                self._line.close()
                workspace.remove_folder(self._scratch)
                raise TrialError(
                    f"trials: the worker process must start, got {error}; "
                    f"can {shown(sys.executable)} be run?"
                ) from error

    def _kill_zygote(self) -> None:
        """End the zygote, when it has not ended, and all that its trials have running."""
        if self._process.returncode is None:  # its number is its own as long as nobody waited
            self._process.kill()
            end_session(self._process.pid, _END_TIMEOUT_S)
            self._process.wait()

    def _restart(self) -> None:
        self._line.close()
        self._kill_zygote()
        self._start()

    def _await_zygote(self) -> None:
        """Wait for a new zygote's first word; one that is killed before it is started again."""
        for more in reversed(range(_STARTS)):
            self._line.settimeout(_START_TIMEOUT_S)
            try:
                hello = self._messages()
            except TimeoutError:
                raise TrialError(
                    f"trials: the worker process must start within {_START_TIMEOUT_S:g} s, got no "
                    "word of it; is the machine overloaded?"
                ) from None
            if hello is not None:
                break
            code = self._process.wait()
            if code >= 0 or not more:
                raise TrialError(
                    f"trials: the worker process must start, got exit code {code}; its error "
                    "stands above"
                )
            self._restart()
        self._line.settimeout(None)
        self._ready = True

    def _hear_trial(self, run: _Running) -> Iterable[Event]:
        try:
            message = json.loads(run.line.recv_bytes())
        except (EOFError, OSError):
            run.line.close()  # dead; the zygote tells how
            return
        if "checkpoint" in message:
            point = Checkpoint(**message["checkpoint"])
            run.points.append(point)
            if run.outcome is None:
                yield Reached(run.job.number, point)
        elif run.outcome is None:
            run.outcome = TrialOutcome.from_json(message["outcome"])

    def _hear_last_words(self, run: _Running, patience_s: float) -> None:
        """Read what a trial sent before it died, and wait for its death ``patience_s`` seconds."""
        while not run.line.closed and run.line.poll(patience_s):
            list(self._hear_trial(run))
        run.line.close()

    def _hear_zygote(self) -> Iterable[Event]:
        messages = self._messages()
        if messages is None:
            messages = [
                {"ended": number, "code": None, "why": "the death of its worker's parent"}
                for number in self._running
            ]
            self._restart()
        for message in messages:
            if "ready" in message:
                self._ready = True
            elif message["ended"] in self._running:
                yield self._end(message)

    def _messages(self) -> list[dict[str, Any]] | None:
        """Return the zygote's next messages, None when it is dead."""
        try:
            data = self._line.recv(65_536)
        except ConnectionResetError:
            data = b""
        if not data:
            return None
        *lines, self._unread = (self._unread + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def _end(self, message: dict[str, Any]) -> Ended:
        run = self._running.pop(message["ended"])
        # Without an exit code it may be dying still.
        self._hear_last_words(run, _END_TIMEOUT_S if message["code"] is None else 0.0)
        folder = Path(run.job.folder)
        told = run.outcome
        log = workspace.read_log(folder) if told is None or told.state == FAIL else ""
        outcome = told or died(_death(run, message, log))
        workspace.remove_folder(folder)
        if outcome.state == FAIL:
            workspace.check_files(self._scratch, Path(run.job.candles_path))
        seconds = time.monotonic() - run.started
        points = outcome.checkpoints or tuple(run.points)
        return Ended(
            run.job.number,
            dataclasses.replace(outcome, log=log, checkpoints=points, duration_seconds=seconds),
        )


def _death(run: _Running, message: dict[str, Any], log: str) -> Death:
    """Return what is known of a trial that ended without a word; message: the zygote's."""
    before, now = run.kills, count_kills()
    return Death(
        job=run.job,
        points=run.points,
        code=message["code"],
        why=message.get("why", ""),
        timeout_s=run.timeout_s if message.get("timed_out") else None,
        log=log,
        kills=None if before is None or now is None else now - before,
    )
