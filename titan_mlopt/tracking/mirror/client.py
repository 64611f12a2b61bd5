"""The coordinator's side of the mirror: starts its process, notifies it and requests answers.

Two threads send and receive, so that the coordinator never blocks on the mirror. While the mirror
is stopped or slow, messages queue up; when too many are pending, further ones are dropped. The
mirror is then behind until ``verify`` lets it compare its runs with the study.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from titan_mlopt.analysis.significance import StudyStatistics
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.study import Champion, StudyRecord
from titan_mlopt.core.trial import PLOT_FIELDS, Checkpoint, TrialRecord
from titan_mlopt.executors.local.clock import Stopwatch
from titan_mlopt.executors.local.launch import python_command
from titan_mlopt.tracking.mirror.messages import (
    PING,
    PONG,
    Answer,
    Closing,
    MirrorJob,
    Registered,
    Request,
    SomeTrials,
    split_message,
)
from titan_mlopt.tracking.uri import StoreRefused

_END_TIMEOUT_S = 5.0
# While an answer is awaited, a mirror that answers no ping for this long is given up; sooner when
# the study was asked to stop.
_SILENCE_S, _SILENCE_AT_STOP_S = 30.0, 6.0
_PING_S, _TICK_S = 1.0, 0.2
#: Messages that may wait for a mirror that does not read them; a trial's end takes some 50 kB.
_MAX_PENDING = 500


class _Channel:
    """Both directions of the socket to the mirror, each with a thread that may block."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._connection = Connection(os.dup(end.fileno()))
        self._out: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._in: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=work, name="mirror-line", daemon=True)
            for work in (self._send_all, self._receive_all)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def n_pending(self) -> int:
        """Number of messages that are not sent yet."""
        return self._out.qsize()

    def send(self, message: object) -> None:
        """Queue a message; it is pickled now, so later changes of its parts do not matter.

        But for trials of its study, which nobody changes: as bytes they take twice the memory.
        """
        for part in split_message(message):
            self._out.put(part if isinstance(part, SomeTrials) else ForkingPickler.dumps(part))

    def receive(self, timeout_s: float) -> Answer | None:
        """Return the next answer, None at the end; raises ``queue.Empty`` after the timeout."""
        return self._in.get(timeout=timeout_s) if timeout_s else self._in.get_nowait()

    def close(self) -> None:
        """Close both directions, upon which the mirror's process exits."""
        with contextlib.suppress(OSError):  # the other end is closed already
            self._end.shutdown(socket.SHUT_RDWR)
        self._out.put(None)
        for thread in self._threads:
            thread.join()
        self._connection.close()
        self._end.close()

    def _send_all(self) -> None:
        with contextlib.suppress(OSError):  # the receiving thread reports it
            while (part := self._out.get()) is not None:
                is_raw = isinstance(part, SomeTrials)
                self._connection.send_bytes(ForkingPickler.dumps(part) if is_raw else part)

    def _receive_all(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._in.put(self._connection.recv())
        self._in.put(None)


class MirrorProcess:
    """Mirrors a study in a process of its own, so that MLflow never blocks the coordinator.

    The process ends with the coordinator. If it dies before, the study goes on, and ``verify``
    starts a new process, which repairs what is missing. A process that does not answer is killed
    as soon as an answer is awaited.

    Args:
        job: Called while the process imports MLflow.
        on_notice: Receives messages for the user, one line each, in the caller's thread.
        in_haste: Whether the study should end soon. A mirror that does not answer is then given
            up sooner, and no new one is started.
    """

    def __init__(
        self,
        job: Callable[[], MirrorJob],
        on_notice: Callable[[str], None],
        in_haste: Callable[[], bool] = lambda: False,
    ) -> None:
        #: Why MLflow lacks a part of the study; None while it has all, or is about to.
        self.failure: str | None = None
        self._on_notice, self._in_haste = on_notice, in_haste
        self._is_behind = self._pinged = False
        self._answers: dict[int, object] = {}
        self._n_requests = 0
        self._closing: Closing | None = None
        self._start()
        try:
            first = job()
        except BaseException:
            self._disconnect()
            raise
        # A later process gets the trials as they are when it starts.
        self._job = dataclasses.replace(first, study=dataclasses.replace(first.study, trials=()))
        self._send(first)
        self._checking = self._request("refusal")

    # --- notifications ----------------------------------------------------------------------------

    def trial_started(self, trial: TrialRecord) -> None:
        """Begin the trial's run."""
        self._notify_trial("trial_started", trial)

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Add a checkpoint to the trial's metrics."""
        self._notify_trial("trial_progressed", number, checkpoint, int(time.time() * 1000))

    def trial_finished(self, trial: TrialRecord) -> None:
        """Write the trial's metrics and files and end its run."""
        self._notify_trial("trial_finished", trial)

    def verify(self, study: StudyRecord, *, always: bool = False) -> None:
        """Compare every run with the study and repair; skipped when no answer can be lost.

        A mirror that was started without the trials gets them here, whatever was lost.
        """
        always = always or bool(self._job.mark)
        unsure = self._await(self._request("unsure"))
        if self._channel is not None and (always or unsure or self._is_behind):
            self._notify("verify", study)
        elif self._channel is None and not self._in_haste():
            self._start()
            self._send(dataclasses.replace(self._job, study=study, go_on=True, seeks=None, mark=""))
        self._is_behind = False

    def write_parent(
        self,
        study: StudyRecord,
        note: str,
        folder: Path,
        statistics: StudyStatistics | None,
        parameters: Sequence[str] = (),
        mark: str = "",
    ) -> None:
        """Write the parent's description, metrics and every file under ``folder``, and the view.

        statistics: as ``study_statistics`` gives them. parameters: those that matter, the most
        important first. mark: written last; "" for none.
        """
        study = _without_plot_fields(study)
        self._notify("write_parent", study, note, folder, statistics, parameters, mark)

    # --- requests ---------------------------------------------------------------------------------

    def check(self, patience_s: float = 0.0) -> None:
        """Pass on notices, and raise ``StoreRefused`` if the store is known to refuse the study.

        patience_s: how long to wait for the first answer of the store, which may be away.
        """
        deadline_s = time.monotonic() + patience_s
        self.poll()
        while not self._is_checked and time.monotonic() < deadline_s and not self._in_haste():
            self._receive(_TICK_S)
            self.poll()
        refusal = self._answers.get(self._checking)
        if refusal is not None:
            raise StoreRefused(str(refusal))

    @property
    def _is_checked(self) -> bool:
        return self._channel is None or self._checking in self._answers

    def is_current(self, mark: str) -> bool:
        """Return whether MLflow has all of a study of this mark, so that nothing is to be written.

        False without an answer, and where the mirror was started for trials.
        """
        return bool(self._job.mark) and bool(self._await(self._request("current", mark)))

    def champion(self) -> Champion | None:
        """Return the champion; None when there is none or no answer came in time."""
        return self._await(self._request("champion"))  # type: ignore[return-value]  # the type of this answer

    def draining(self) -> Callable[[], bool]:
        """Return a function that waits until all so far is written, and returns whether it is."""
        number = self._request("drain")
        return lambda: bool(self._await(number))

    def trial_links(self) -> Mapping[int, str]:
        """Return the address of each trial's page, as a link on another page of the same MLflow."""
        return self._await(self._request("trial_links")) or {}  # type: ignore[return-value]  # as above

    def registering(self, name: str, bundle: Bundle) -> Callable[[], Registered | None]:
        """Begin to register the bundle; the returned function waits, and gives None on failure."""
        number = self._request("register", name, bundle)
        return lambda: self._await(number)  # type: ignore[return-value]  # as above

    def close(self, status: str, patience_s: float | None = None) -> Closing:
        """Wait until everything is written, end the parent run and the process.

        patience_s: how long to wait in all; None: as long as MLflow answers, and a little longer.
        The next call repairs what is not written by then. A second call does nothing.
        """
        if self._closing is None:
            answer = self._await(self._request("close", status, patience_s))
            self._closing = answer if isinstance(answer, Closing) else Closing({}, 0.0)
            self._disconnect()
        return self._closing

    # --- the process and the channel to it --------------------------------------------------------

    def poll(self) -> None:
        """Pass on notices and check that the mirror is alive; to be called now and then."""
        self._receive(0.0)
        if self._channel is not None:
            silent_s = self._silence.look(time.monotonic())
            if not self._pinged and silent_s >= _PING_S:
                self._pinged = True
                self._channel.send(PING)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._channel: _Channel | None = _Channel(ours)
        self._process: subprocess.Popen[bytes] | None = None
        self._silence = Stopwatch(time.monotonic())
        self._pinged = False
        with theirs:
            command = python_command(
                "titan_mlopt.tracking.mirror.main", theirs.fileno(), os.getpid()
            )
            try:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # a signal to our group is ours to handle
                )
            except OSError as error:
                self._give_up(str(error))

    def _notify_trial(self, name: str, *args: object) -> None:
        """Notify of a trial; with too many messages pending, this one and all later are dropped."""
        if self._channel is not None and self._channel.n_pending >= _MAX_PENDING:
            self._is_behind = True
        if not self._is_behind:
            self._notify(name, *args)

    def _notify(self, name: str, *args: object) -> None:
        message: Request = (None, name, args)
        self._send(message)
        self.poll()

    def _request(self, name: str, *args: object) -> int:
        self._n_requests += 1
        message: Request = (self._n_requests, name, args)
        self._send(message)
        return self._n_requests

    def _await(self, number: int) -> object:
        """Return the answer to a request; None when the process is dead or does not answer."""
        while number not in self._answers and self._channel is not None:
            self._receive(_TICK_S)
            self.poll()
            limit_s = _SILENCE_AT_STOP_S if self._in_haste() else _SILENCE_S
            if self._silence.seconds >= limit_s and self._process is not None:
                self._process.kill()
                self._give_up(f"no word of it for {self._silence.seconds:.0f} s")
        return self._answers.pop(number, None)

    def _send(self, message: object) -> None:
        if self._channel is not None:
            self._channel.send(message)

    def _receive(self, timeout_s: float) -> None:
        """Read all answers that have come, waiting ``timeout_s`` for the first; pass notices on."""
        while self._channel is not None:
            try:
                answer = self._channel.receive(timeout_s)
            except queue.Empty:
                return
            timeout_s = 0.0
            if answer is None:
                self._give_up()
                return
            self._silence.restart(time.monotonic())
            self._pinged = False
            number, content, failure = answer
            if number is None:
                self._on_notice(str(content))
            elif number != PONG:
                self._answers[number], self.failure = content, failure

    def _give_up(self, how: str = "") -> None:
        if self._channel is not None:
            self._disconnect()
            self.failure = f"the mirror's process must live, got {how or self._exit_code()}"
            self._on_notice(f"MLflow: {self.failure}; the study goes on")

    def _exit_code(self) -> str:
        return f"exit code {self._process.returncode}" if self._process is not None else "none"

    def _disconnect(self) -> None:
        """Close the channel, upon which the process exits, and wait for that."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            try:
                self._process.wait(_END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _without_plot_fields(study: StudyRecord) -> StudyRecord:
    """Return a study without the fields that only plots of trials need: most of its size."""
    empty: dict[str, Any] = dict.fromkeys(PLOT_FIELDS, ())
    trials = tuple(
        dataclasses.replace(trial, outcome=dataclasses.replace(trial.outcome, **empty))
        if trial.outcome is not None
        else trial
        for trial in study.trials
    )
    return dataclasses.replace(study, trials=trials)
