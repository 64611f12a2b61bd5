"""The mirror: what a study does, written to MLflow by one thread, now or when MLflow answers."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from titan_mlopt.errors import TrackingError
from titan_mlopt.records import Checkpoint, StudyRecord, TrialRecord
from titan_mlopt.report.statistics import StudyStatistics
from titan_mlopt.tracking.live_runs import LiveRuns
from titan_mlopt.tracking.parents import (
    CALL,
    RunningBest,
    begin_parent,
    describe_parent,
    parent_tags,
)
from titan_mlopt.tracking.reconcile import Runs, find_runs
from titan_mlopt.tracking.repair import Mender, as_parent
from titan_mlopt.tracking.store import (
    Parent,
    describe_error,
    is_refusal,
    open_client,
    open_parent,
    run_address,
)

_TICK_S = 0.2
# Pauses between tries while MLflow does not answer.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 30.0
# How long the end of a study waits for a MLflow that does not answer.
_LAST_WAIT_S = 10.0

_log = logging.getLogger(__name__)


class StudyMirror:
    """Listens to a study and writes it to MLflow in a thread of its own.

    While MLflow does not answer nothing is lost and nothing waits: what is due is kept and tried
    again. on_notice: told of that once, in the thread of those who tell the mirror.
    experiment: None for that of `mlflow run`, else the default. folder: for files on their way.
    go_on: with the newest parent of the study, instead of a new one, where there is one.
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
    ) -> None:
        self.uri = uri
        self.parent: Parent | None = None
        #: Why MLflow has not all of it; None while it has, or is about to.
        self.failure: str | None = None
        self.busy_seconds = 0.0
        self._study, self._experiment, self._folder = study, experiment, folder
        self._go_on, self._on_notice = go_on, on_notice
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._runs, self._best = LiveRuns(study, folder), RunningBest(study)
        self._best_metrics: list[Metric] = []
        for trial in study.trials:
            self._best.hear(trial)
        self._due: list[Callable[[], None]] = [self._open, self._begin, self._mend_earlier]
        self._call = uuid.uuid4().hex
        self._refused: dict[str, str] = {}
        self._earlier: Runs | None = None
        self._was_away = self._hopeless = False
        self._retry_at, self._pause_s = 0.0, _FIRST_PAUSE_S
        self._n_done = self._n_written_then = 0
        self._done = threading.Event()
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="mlflow-mirror", daemon=True)
        self._thread.start()

    # --- told by the study, in its thread --------------------------------------------------------

    def trial_started(self, trial: TrialRecord) -> None:
        """Begin the trial's run."""
        self._tell(partial(self._runs.hear_start, trial))

    def trial_progressed(self, number: int, checkpoint: Checkpoint, when_ms: int) -> None:
        """Add a checkpoint to the trial's metrics; when_ms: not after the trial's end."""
        self._tell(partial(self._runs.hear_checkpoint, number, checkpoint, when_ms))

    def trial_finished(self, trial: TrialRecord) -> None:
        """Write the trial's metrics and files and end its run."""
        self._tell(partial(self._hear_end, trial))

    @property
    def is_unsure(self) -> bool:
        """Whether an answer may have been lost, so that the runs must be held against the study."""
        return bool(self._was_away or self._refused or self.uri.startswith("http"))

    def verify(self, study: StudyRecord) -> None:
        """Hold every run against the study, and mend."""
        self._tell(partial(self._due.append, partial(self._mend, study)))

    def write_parent(
        self, study: StudyRecord, note: str, folder: Path, statistics: StudyStatistics | None
    ) -> None:
        """Write the parent's description, metrics and every file under ``folder``."""
        describe = partial(self._describe, study, note, folder, statistics)
        self._tell(partial(self._due.append, describe))

    def refuse(self, what: str, why: str) -> None:
        """Keep in mind that MLflow refused something that is not written here."""
        self._refused[what] = why
        self.failure = self._refusals()

    def drain(self, patience_s: float | None = None) -> bool:
        """Wait until everything so far is written; return whether it is.

        patience_s: how long to wait in all; None: as long as MLflow answers, and a little longer.
        """
        written = threading.Event()
        self._tell(partial(self._due.append, written.set))
        began = away_since = time.monotonic()
        n_written = self._n_written
        while not written.wait(_TICK_S) and self._thread.is_alive():
            self._pass_on()
            now = time.monotonic()
            if self.failure is None or n_written != self._n_written:
                away_since, n_written = now, self._n_written
            waited_s = now - (away_since if patience_s is None else began)
            if self._hopeless or waited_s >= (_LAST_WAIT_S if patience_s is None else patience_s):
                break
        self._pass_on()
        return written.is_set()

    def close(self, status: str, patience_s: float | None = None) -> None:
        """Wait until everything is written and end the parent run; a second call does nothing.

        patience_s: as in ``drain``; what is left then is for the next call to mend.
        """
        if self._done.is_set():
            return
        self._tell(partial(self._due.append, partial(self._terminate, status)))
        if not self.drain(patience_s) and self.failure is None:
            self.failure = "it has not taken them in time"
        self._done.set()
        self._tell(_nothing)
        self._thread.join(_TICK_S)

    def _tell(self, message: Callable[[], None]) -> None:
        self._inbox.put(message)
        self._pass_on()

    def _pass_on(self) -> None:
        while not self._notices.empty():
            self._on_notice(self._notices.get())

    @property
    def study_uid(self) -> str:
        """The id of the study."""
        return self._study.uid

    @property
    def client(self) -> MlflowClient:
        """The client of the store, once the parent run is open."""
        return self._client

    def trial_links(self) -> dict[int, str]:
        """Return the address of each trial's page, as a link on another page of the same MLflow."""
        assert self.parent is not None
        experiment = self.parent.experiment_id
        return {number: run_address(experiment, run) for number, run in self._runs.run_ids.items()}

    # --- the thread: what it hears is kept, what is due is written -------------------------------

    def _work(self) -> None:
        while not self._done.is_set():
            self._listen()
            if time.monotonic() >= self._retry_at:
                self._catch_up()

    def _listen(self) -> None:
        """Hear all that was told; wait a little where that is nothing."""
        wait_s = _TICK_S
        while True:
            try:
                self._inbox.get(timeout=wait_s)()
            except queue.Empty:
                return
            wait_s = 0.001

    def _hear_end(self, trial: TrialRecord) -> None:
        self._runs.hear_end(trial)
        self._best_metrics += self._best.hear(trial)

    def _catch_up(self) -> None:
        """Write all that is due; what an error leaves is due still, after a pause."""
        began = time.thread_time()
        try:
            self._write_due()
        except Exception as error:  # noqa: BLE001 - the study must outlive whatever its mirror meets
            if not isinstance(error, MlflowException | OSError | SQLAlchemyError | TrackingError):
                _log.exception("the MLflow mirror met an error of its own")
            self._fall_behind(error)
        else:
            if self._was_away and self.failure is not None:
                self._notices.put("MLflow answers again: its runs catch up")
            self.failure, self._hopeless = self._refusals(), False
            self._pause_s = _FIRST_PAUSE_S
        self.busy_seconds += time.thread_time() - began

    def _fall_behind(self, error: Exception) -> None:
        reason = describe_error(error)
        if not self._was_away:
            self._notices.put(f"MLflow: must take the runs, got {reason}; the study goes on")
        self.failure, self._was_away = reason, True
        self._hopeless = isinstance(error, TrackingError)  # a setting is off: no use to wait for it
        if self._n_written != self._n_written_then:
            self._n_written_then, self._pause_s = self._n_written, _FIRST_PAUSE_S
        self._retry_at = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    @property
    def _n_written(self) -> int:
        """How much was written so far: what grows is not away for good."""
        return self._runs.n_written + self._n_done

    def _refusals(self) -> str | None:
        refused = {**self._refused, **{f"trial {n}": why for n, why in self._runs.refused.items()}}
        if not refused:
            return None
        first, why = next(iter(refused.items()))
        more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        return f"{first} refused{more}: {why}"

    def _write_due(self) -> None:
        """Write the trials, then what was asked for after them, in its order."""
        while True:
            # Not before what earlier calls left is mended: a run of a new trial would be stray.
            if self.parent is not None and self._mend_earlier not in self._due:
                self._runs.write(self._client, self.parent)
                self._write_best()
            if not self._due:
                return
            try:
                self._due[0]()
            except MlflowException as error:
                if not is_refusal(error) or self.parent is None:
                    raise
                self._refused["the study's run"] = describe_error(error)
            del self._due[0]
            self._n_done += 1

    def _write_best(self) -> None:
        if self._best_metrics and self.parent is not None:
            self._client.log_batch(self.parent.run_id, metrics=self._best_metrics)
            self._best_metrics = []

    def _open(self) -> None:
        """Open the parent run: adopted, gone on with, or new."""
        self._client: MlflowClient = open_client(self.uri)
        self._earlier = earlier = find_runs(self._client, self._study.uid)
        living = list(earlier.living_parents.values())
        mine = [run for run in living if run.data.tags.get(CALL) == self._call]
        if mine or (self._go_on and living):  # mine: asked for, and the answer was lost
            self.parent = as_parent((mine or living)[-1])
            return
        ids = [run.info.run_id for run in reversed(living)]
        tags = {**parent_tags(self._study, ids), CALL: self._call}
        self.parent = open_parent(self._client, self._study.name, self._experiment, tags)

    def _begin(self) -> None:
        assert self.parent is not None
        begin_parent(self._client, self.parent, self._study)

    def _mend_earlier(self) -> None:
        """Mend what earlier calls have left; a study's first call has nothing to mend."""
        earlier, self._earlier = self._earlier, None  # thousands of runs; what follows looks again
        if self._study.trials or earlier is None or earlier.trials:
            # Where no parent was left, there is a new one now.
            self._mend(self._study, earlier if earlier and earlier.living_parents else None)

    def _mend(self, study: StudyRecord, runs: Runs | None = None) -> None:
        mender = Mender(self._client, study, _no_parent, None, self._folder, self.parent)
        repair = mender.repair(runs=runs)
        if repair.found:
            self._notices.put(
                f"MLflow: {len(repair.found)} runs were behind the study and are mended"
            )
        self._know(repair.runs)
        if repair.left:
            kinds = ", ".join(sorted({finding.kind for finding in repair.left}))
            self._refused["the study's runs"] = f"{kinds} cannot be mended"

    def _know(self, runs: Runs) -> None:
        for number, own in runs.by_trial.items():
            if number is not None:
                self._runs.run_ids[number] = own[-1].info.run_id

    def _describe(
        self, study: StudyRecord, note: str, folder: Path, statistics: StudyStatistics | None
    ) -> None:
        assert self.parent is not None
        describe_parent(self._client, self.parent, study, note, folder, statistics)

    def _terminate(self, status: str) -> None:
        assert self.parent is not None
        self._client.set_terminated(self.parent.run_id, status)


def _nothing() -> None:
    """Wake the thread."""


def _no_parent(_: object) -> Parent:
    raise AssertionError("the mirror has a parent before it mends")
