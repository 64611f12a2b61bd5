"""The mirror as the coordinator sees it: a process that is told what a study does."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titan_mlopt.records import DRAWN, Checkpoint, StudyRecord, TrialRecord
from titan_mlopt.tracking.mirror_messages import Answer, Closing, MirrorJob, Registered, Told
from titan_mlopt.trial.launch import python_command

if TYPE_CHECKING:
    from titan_mlopt.bundle import Bundle
    from titan_mlopt.records import Champion
    from titan_mlopt.report.statistics import StudyStatistics

_END_TIMEOUT_S = 5.0


class MirrorProcess:
    """Mirrors a study in a process of its own; importing MLflow and writing to it stop nobody.

    It ends with the coordinator. When it dies before, the study goes on, and ``verify`` starts
    another one, which mends what is missing. job: called while the process imports MLflow.
    on_notice: told in the caller's thread.
    """

    def __init__(self, job: Callable[[], MirrorJob], on_notice: Callable[[str], None]) -> None:
        #: Why MLflow has not all of it; None while it has, or is about to.
        self.failure: str | None = None
        self._on_notice = on_notice
        self._answers: dict[int, object] = {}
        self._n_asked = 0
        self._closing: Closing | None = None
        self._start()
        try:
            first = job()
        except BaseException:
            self._hang_up()
            raise
        # Another one will be given the trials as they are then.
        self._job = dataclasses.replace(first, study=dataclasses.replace(first.study, trials=()))
        self._send(first)

    # --- told by the study ------------------------------------------------------------------------

    def trial_started(self, trial: TrialRecord) -> None:
        """Begin the trial's run."""
        self._tell("trial_started", trial)

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Add a checkpoint to the trial's metrics."""
        self._tell("trial_progressed", number, checkpoint, int(time.time() * 1000))

    def trial_finished(self, trial: TrialRecord) -> None:
        """Write the trial's metrics and files and end its run."""
        self._tell("trial_finished", trial)

    def verify(self, study: StudyRecord, *, always: bool = False) -> None:
        """Hold every run against the study, where an answer may have been lost, and mend."""
        unsure = self._await(self._ask("unsure"))
        if self._line is None:
            self._start()
            self._send(dataclasses.replace(self._job, study=study, go_on=True, seeks=None))
        elif always or unsure:
            self._tell("verify", study)

    def write_parent(
        self, study: StudyRecord, note: str, folder: Path, statistics: StudyStatistics | None
    ) -> None:
        """Write the parent's description, metrics and every file under ``folder``.

        statistics: as ``study_statistics`` gives them.
        """
        self._tell("write_parent", _undrawn(study), note, folder, statistics)

    # --- asked ------------------------------------------------------------------------------------

    def champion(self) -> Champion | None:
        """Return the champion; None when there is none or no answer has come in time."""
        return self._await(self._ask("champion"))  # type: ignore[return-value]  # what it answers

    def draining(self) -> Callable[[], bool]:
        """Return what waits until everything so far is written, and tells whether it is."""
        number = self._ask("drain")
        return lambda: bool(self._await(number))

    def trial_links(self) -> Mapping[int, str]:
        """Return the address of each trial's page, as a link on another page of the same MLflow."""
        return self._await(self._ask("trial_links")) or {}  # type: ignore[return-value]  # as above

    def registering(self, name: str, bundle: Bundle) -> Callable[[], Registered | None]:
        """Begin to make the bundle a version; return what waits for it, None when that failed."""
        number = self._ask("register", name, bundle)
        return lambda: self._await(number)  # type: ignore[return-value]  # as above

    def close(self, status: str, patience_s: float | None = None) -> Closing:
        """Wait until everything is written, end the parent run and the process.

        patience_s: how long to wait in all; None: as long as MLflow answers, and a little longer.
        What is left then is for the next call to mend. A second call does nothing.
        """
        if self._closing is None:
            told = self._await(self._ask("close", status, patience_s))
            self._closing = told if isinstance(told, Closing) else Closing({}, 0.0)
            self._hang_up()
        return self._closing

    # --- the line ---------------------------------------------------------------------------------

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._line: Connection | None = Connection(ours.detach())
        self._process: subprocess.Popen[bytes] | None = None
        with theirs:
            command = python_command(
                "titan_mlopt.tracking.mirror_main", theirs.fileno(), os.getpid()
            )
            try:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # a signal to our group is ours to handle
                )
            except OSError as error:
                self._lose(str(error))

    def _tell(self, name: str, *words: object) -> None:
        told: Told = (None, name, words)
        self._send(told)
        self._hear()

    def _ask(self, name: str, *words: object) -> int:
        self._n_asked += 1
        asked: Told = (self._n_asked, name, words)
        self._send(asked)
        return self._n_asked

    def _await(self, number: int) -> object:
        """Return the answer to a question; None when the process is dead."""
        while number not in self._answers and self._line is not None:
            self._hear(timeout_s=None)
        return self._answers.pop(number, None)

    def _send(self, message: object) -> None:
        if self._line is not None:
            try:
                with self._whole():
                    self._line.send(message)
            except OSError:
                self._hear()  # its last words, at whose end it is lost

    def _hear(self, timeout_s: float | None = 0.0) -> None:
        """Take in what has come, after waiting for it so long; pass notices on."""
        while self._line is not None:
            try:
                if not self._line.poll(timeout_s):
                    return
                with self._whole():
                    answer: Answer = self._line.recv()
            except (EOFError, OSError):
                self._lose()
                return
            number, content, failure = answer
            if number is None:
                self._on_notice(str(content))
            else:
                self._answers[number], self.failure = content, failure
                timeout_s = 0.0

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Give up a line on which half a message stands, as Ctrl-C leaves it."""
        try:
            yield
        except (EOFError, OSError):
            raise
        except BaseException:
            self._hang_up()
            self.failure = "it was interrupted"
            raise

    def _lose(self, how: str = "") -> None:
        if self._line is not None:
            self._hang_up()
            self.failure = f"the mirror's process must live, got {how or self._exit_code()}"
            self._on_notice(f"MLflow: {self.failure}; the study goes on")

    def _exit_code(self) -> str:
        return f"exit code {self._process.returncode}" if self._process is not None else "none"

    def _hang_up(self) -> None:
        """Close the line, at which the process ends, and wait for that."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            try:
                self._process.wait(_END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _undrawn(study: StudyRecord) -> StudyRecord:
    """Return a study without what only the trials' own pictures need, most of its size."""
    nothing: dict[str, Any] = dict.fromkeys(DRAWN, ())
    trials = tuple(
        dataclasses.replace(trial, outcome=dataclasses.replace(trial.outcome, **nothing))
        if trial.outcome is not None
        else trial
        for trial in study.trials
    )
    return dataclasses.replace(study, trials=trials)
