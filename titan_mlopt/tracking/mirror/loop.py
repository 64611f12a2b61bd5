"""The mirror of a study: one thread writes to MLflow, and retries while MLflow does not answer."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from titan_mlopt.analysis.significance import StudyStatistics
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import Checkpoint, TrialRecord
from titan_mlopt.tracking.mirror.mirrored_study import MirroredStudy
from titan_mlopt.tracking.refusals import explain_refusal
from titan_mlopt.tracking.store import describe_error, is_refusal
from titan_mlopt.tracking.uri import StoreRefused

_TICK_S = 0.2
# Pauses between tries while MLflow does not answer.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 30.0
# How long the end of a study waits for a MLflow that does not answer.
_LAST_WAIT_S = 10.0

_log = logging.getLogger(__name__)


class StudyMirror:
    """Writes a study to MLflow in a thread of its own.

    While MLflow does not answer, nothing is lost and no caller waits: pending writes are kept and
    tried again.

    Args:
        uri: Of the store.
        study: The study as it stands before the mirror's first trial.
        experiment: Its name; None for that of `mlflow run`, else the default.
        folder: For files until they are uploaded.
        on_notice: Receives messages for the user, in a thread that calls a method of the mirror.
        go_on: Continue the newest parent run of the study, if there is one, instead of a new one.
        mark: As in ``MirrorJob``; the study then has no trials.
    """

    def __init__(
        self,
        uri: str,
        study: StudyRecord,
        experiment: str | None,
        folder: Path,
        on_notice: Callable[[str], None],
        *,
        go_on: bool = False,
        mark: str = "",
    ) -> None:
        #: Why MLflow lacks a part of the study; None while it has all, or is about to.
        self.failure: str | None = None
        self.busy_seconds = 0.0
        self._on_notice, self._mark = on_notice, mark
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()
        #: What is written.
        self.runs = runs = MirroredStudy(
            *(uri, study, experiment, folder, self._notices.put), go_on=go_on, mark=mark
        )
        self._due: list[Callable[[], None]] = [self._open, runs.begin, runs.repair_earlier]
        self._was_away = self._hopeless = False
        self._refusal: str | None = None
        self._tried = threading.Event()
        self._retry_at, self._pause_s = 0.0, _FIRST_PAUSE_S
        self._n_done = self._n_written_then = 0
        self._done = threading.Event()
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="mlflow-mirror", daemon=True)
        self._thread.start()

    # --- called by the server --------------------------------------------------------------------

    def trial_started(self, trial: TrialRecord) -> None:
        """Begin the trial's run."""
        self._post(partial(self.runs.trials.start, trial))

    def trial_progressed(self, number: int, checkpoint: Checkpoint, when_ms: int) -> None:
        """Add a checkpoint to the trial's metrics; when_ms: not after the trial's end."""
        self._post(partial(self.runs.trials.add_checkpoint, number, checkpoint, when_ms))

    def trial_finished(self, trial: TrialRecord) -> None:
        """Write the trial's metrics and files and end its run."""
        self._post(partial(self.runs.end_trial, trial))

    def refusal(self) -> str | None:
        """Wait for the first try to open the store; return why it was refused, None if not.

        Nothing is written to a store that refuses, now or later: it would refuse again.
        """
        self._tried.wait()
        return self._refusal

    def is_current(self, mark: str) -> bool:
        """Wait for the first try to open the store; return whether it has a study of this mark."""
        self._tried.wait()
        return self.runs.is_current and mark == self._mark

    @property
    def is_unsure(self) -> bool:
        """Whether an answer may have been lost, so that the runs must be compared again."""
        return bool(self._was_away or self.runs.refused or self.runs.uri.startswith("http"))

    def verify(self, study: StudyRecord) -> None:
        """Compare every run with the study, and repair."""
        self._post(partial(self._due.append, partial(self.runs.verify, study)))

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

        parameters: those that matter, the most important first. mark: written last, "" for none.
        """
        describe = partial(self.runs.describe, study, note, folder, statistics, parameters, mark)
        self._post(partial(self._due.append, describe))

    def refuse(self, subject: str, why: str) -> None:
        """Note that MLflow refused something that the caller wrote."""
        self.runs.refused[subject] = why
        self.failure = self.runs.refusals()

    def drain(self, patience_s: float | None = None) -> bool:
        """Wait until everything so far is written; return whether it is.

        patience_s: how long to wait in all; None: as long as MLflow answers, and a little longer.
        """
        written = threading.Event()
        self._post(partial(self._due.append, written.set))
        self._post(self._try_again)  # the pause may be longer than what is waited for
        began = away_since = time.monotonic()
        n_written = self._n_written
        while not written.wait(_TICK_S) and self._thread.is_alive():
            self._pass_on()
            time_s = time.monotonic()
            if self.failure is None or n_written != self._n_written:
                away_since, n_written = time_s, self._n_written
            waited_s = time_s - (away_since if patience_s is None else began)
            if self._hopeless or waited_s >= (_LAST_WAIT_S if patience_s is None else patience_s):
                break
        self._pass_on()
        return written.is_set()

    def close(self, status: str, patience_s: float | None = None) -> None:
        """Wait until everything is written and end the parent run; a second call does nothing.

        patience_s: as in ``drain``; the next call repairs what is not written by then.
        """
        if self._done.is_set():
            return
        self._post(partial(self._due.append, partial(self.runs.terminate, status)))
        if not self.drain(patience_s) and self.failure is None:
            self.failure = "it has not taken them in time"
        self._done.set()
        self._post(_wake_up)
        self._thread.join(_TICK_S)

    def _post(self, message: Callable[[], None]) -> None:
        self._inbox.put(message)
        self._pass_on()

    def _pass_on(self) -> None:
        while not self._notices.empty():
            self._on_notice(self._notices.get())

    # --- in the mirror's thread ------------------------------------------------------------------

    def _work(self) -> None:
        while not self._done.is_set():
            self._take_messages()
            if self._refusal is None and time.monotonic() >= self._retry_at:
                self._catch_up()

    def _take_messages(self) -> None:
        """Handle all messages that have come; wait a little when there are none."""
        wait_s = _TICK_S
        while True:
            try:
                self._inbox.get(timeout=wait_s)()
            except queue.Empty:
                return
            wait_s = 0.001

    def _catch_up(self) -> None:
        """Write all that is due; after an error the remainder is due again after a pause."""
        began = time.thread_time()
        try:
            self._write_due()
        except Exception as error:  # noqa: BLE001 - no error of the mirror may end the study
            if not isinstance(error, MlflowException | OSError | SQLAlchemyError | TrackingError):
                _log.exception("the MLflow mirror met an error of its own")
            refusal = explain_refusal(self.runs.uri, error)
            if refusal is not None and not self._tried.is_set():
                self.failure = self._refusal = str(refusal)
                self._hopeless = True
            else:
                self._fall_behind(refusal or error)
            self._tried.set()
        else:
            if self._was_away and self.failure is not None:
                self._notices.put("MLflow answers again: its runs catch up")
            self.failure, self._hopeless = self.runs.refusals(), False
            self._pause_s = _FIRST_PAUSE_S
        self.busy_seconds += time.thread_time() - began

    def _try_again(self) -> None:
        """Try at once what MLflow has not taken, and then after short pauses."""
        self._retry_at, self._pause_s = 0.0, _FIRST_PAUSE_S

    def _fall_behind(self, error: Exception) -> None:
        reason = describe_error(error)
        if not self._was_away:
            self._notices.put(f"MLflow: must take the runs, got {reason}; the study goes on")
        self.failure, self._was_away = reason, True
        # A wrong setting: waiting does not help. A refusal may be mended while the study runs.
        self._hopeless = isinstance(error, TrackingError) and not isinstance(error, StoreRefused)
        if self._n_written != self._n_written_then:
            self._n_written_then, self._pause_s = self._n_written, _FIRST_PAUSE_S
        self._retry_at = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    @property
    def _n_written(self) -> int:
        """A measure of all that was written; while it grows, MLflow is not away for good."""
        return self.runs.trials.n_written + self._n_done

    def _write_due(self) -> None:
        """Write the trials, then the due tasks in their order."""
        while True:
            # Only after the repair of earlier runs, which would take a new trial's run for a stray.
            parent = self.runs.parent
            if parent is not None and self.runs.repair_earlier not in self._due:
                self.runs.write_trials(parent)
            if not self._due:
                return
            try:
                self._due[0]()
            except MlflowException as error:
                if not is_refusal(error) or self.runs.parent is None:
                    raise
                self.runs.refused["the study's run"] = describe_error(error)
            del self._due[0]
            self._n_done += 1

    def _open(self) -> None:
        self.runs.open()
        self._tried.set()


def _wake_up() -> None:
    """Do nothing: a message that only wakes the thread."""
