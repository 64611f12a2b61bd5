"""The mirror: a study as an MLflow run, each trial as a nested one, written by one thread."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from titan_mlopt.config import TunerConfig
from titan_mlopt.provenance import code_version
from titan_mlopt.records import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PRUNED,
    Checkpoint,
    StudyRecord,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.report.trial_svg import draw_trial_svg
from titan_mlopt.scoring import Scale, objective_value, scale_of
from titan_mlopt.tracking.store import (
    KIND,
    STUDY_UID,
    Parent,
    describe_error,
    open_client,
    open_parent,
)

STUDY, TRIAL, STATE, REASON, CANDLES, BACKTEST, SPACE, VERSION = (
    f"titan_mlopt.{key}"
    for key in (
        *("study", "trial", "state", "reason", "candles_sha256", "backtest", "space_sha256"),
        "version",
    )
)
NOTE, RUN_NAME, PARENT_RUN = "mlflow.note.content", "mlflow.runName", "mlflow.parentRunId"
SVG_FILE, ERROR_FILE, LOG_FILE = "trial.svg", "error.txt", "log.txt"

#: MLflow's statuses for Optuna's states.
STATUSES = {COMPLETE: "FINISHED", PRUNED: "KILLED", FAIL: "FAILED"}
# Most params that MLflow takes in one batch.
_BATCH = 100
# A running trial's params and checkpoints are written this often; a short trial's at its end.
_FLUSH_S = 5.0
_TICK_S = 0.5
_METRICS_OF_CHECKPOINT = ("accuracy", "ece", "sharpe")

_log = logging.getLogger(__name__)


class StudyMirror:
    """Listens to a study and writes it to MLflow in a thread of its own.

    The first failure ends the mirror; ``on_failure`` hears of it once, in the thread of those who
    tell the mirror. The study goes on.
    """

    def __init__(
        self,
        uri: str,
        study: StudyRecord,
        config: TunerConfig,
        on_failure: Callable[[str], None],
    ) -> None:
        self.parent: Parent | None = None
        self.failure: str | None = None
        self.busy_seconds = 0.0
        self.uri = uri
        self._study, self._config = study, config
        self._scale = scale_of(study.candles, config)
        self._on_failure, self._told = on_failure, False
        self._runs: dict[int, str] = {}
        self._unwritten: dict[int, list[Checkpoint]] = {}
        self._flushed_at: dict[int, float] = {}
        self._params: dict[int, list[Param]] = {}
        self._queue: queue.SimpleQueue[Callable[[], None] | threading.Event | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._work, name="mlflow-mirror", daemon=True)
        self._queue.put(self._open)
        self._thread.start()

    def trial_started(self, trial: TrialRecord) -> None:
        """Begin the trial's run."""
        self._ask(partial(self._begin, trial))

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Add a checkpoint to the trial's metrics."""
        self._ask(partial(self._progress, number, checkpoint))

    def trial_finished(self, trial: TrialRecord) -> None:
        """Write the trial's metrics and files and end its run."""
        self._ask(partial(self._end, trial))

    def write_parent(self, note: str, metrics: Mapping[str, float], folder: Path) -> None:
        """Write the parent's description, metrics and every file under ``folder``."""
        self._ask(partial(self._describe, note, metrics, folder))

    def drain(self) -> None:
        """Wait until everything so far is written."""
        done = threading.Event()
        self._queue.put(done)
        while not done.wait(_TICK_S) and self._thread.is_alive():
            pass

    def close(self, status: str, patience_s: float | None = None) -> None:
        """Wait until everything is written and end the parent run; a second call does nothing.

        patience_s: give up after so many seconds; what is left is not written then.
        """
        if self._thread.is_alive():
            self._ask(partial(self._terminate, status))
            self._queue.put(None)
            self._thread.join(patience_s)
            if self._thread.is_alive():
                self.failure = f"no end of writing within {patience_s:g} s"
        self._tell_failure()

    def _ask(self, command: Callable[[], None]) -> None:
        self._queue.put(command)
        self._tell_failure()

    def _tell_failure(self) -> None:
        if self.failure is not None and not self._told:
            self._told = True
            self._on_failure(self.failure)

    @property
    def client(self) -> MlflowClient:
        """The client of the store, once the parent run is open."""
        return self._client

    def _work(self) -> None:
        while True:
            command: Callable[[], None] | threading.Event | None
            try:
                command = self._queue.get(timeout=_FLUSH_S)
            except queue.Empty:
                command = self._flush_all
            if command is None:
                return
            if isinstance(command, threading.Event):
                command.set()
            else:
                self._do(command)

    def _do(self, command: Callable[[], None]) -> None:
        began = time.thread_time()
        try:
            if self.failure is None:
                command()
        except Exception as error:  # noqa: BLE001 - the study must outlive whatever its mirror meets
            self.failure = describe_error(error)
            _log.debug("the MLflow mirror stopped", exc_info=True)
        self.busy_seconds += time.thread_time() - began

    def _open(self) -> None:
        self._client: MlflowClient = open_client(self.uri)
        tags = {KIND: "study", **self._study_tags()}
        parent = open_parent(self._client, self._study.name, self._config.experiment, tags)
        there = self._client.get_run(parent.run_id).data.params
        settings = [
            Param(name, str(value))
            for name, value in self._config.as_dict().items()
            if name not in there and name not in ("tracking_uri", "space")
        ]
        self._client.log_batch(parent.run_id, params=settings[:_BATCH])
        self.parent = parent

    def _study_tags(self) -> dict[str, str]:
        study = self._study
        return {
            STUDY: study.name,
            STUDY_UID: study.uid,
            CANDLES: str(study.candles.get("sha256", "")),
            BACKTEST: str(study.backtest.get("path", "")),
            SPACE: study.space_sha256,
            VERSION: code_version(),
        }

    def _begin(self, trial: TrialRecord) -> None:
        assert self.parent is not None
        tags = {
            KIND: "trial",
            TRIAL: str(trial.number),
            STATE: trial.state,
            PARENT_RUN: self.parent.run_id,
            **self._study_tags(),
        }
        run = self._client.create_run(
            self.parent.experiment_id,
            start_time=_ms(trial.started_at),
            tags=tags,
            run_name=trial_name(trial),
        )
        self._runs[trial.number] = run.info.run_id
        self._unwritten[trial.number] = []
        self._flushed_at[trial.number] = time.monotonic()
        self._params[trial.number] = [Param(k, str(v)) for k, v in trial.params.items()]

    def _progress(self, number: int, checkpoint: Checkpoint) -> None:
        self._unwritten[number].append(checkpoint)
        if time.monotonic() - self._flushed_at[number] >= _FLUSH_S:
            self._flush(number)

    def _flush_all(self) -> None:
        for number in list(self._unwritten):
            self._flush(number)

    def _flush(self, number: int) -> None:
        points, self._unwritten[number] = self._unwritten[number], []
        self._flushed_at[number] = time.monotonic()
        params = self._params.pop(number, [])
        if points or params:
            now = _ms(time.time())
            metrics = [metric for point in points for metric in checkpoint_metrics(point, now)]
            self._client.log_batch(self._runs[number], metrics=metrics, params=params)

    def _end(self, trial: TrialRecord) -> None:
        run_id, now = self._runs.pop(trial.number), _ms(trial.finished_at)
        points = self._unwritten.pop(trial.number)
        metrics = [metric for point in points for metric in checkpoint_metrics(point, now)]
        metrics += [
            Metric(k, v, now, _steps(trial)) for k, v in trial_metrics(trial, self._scale).items()
        ]
        outcome = trial.outcome or TrialOutcome(trial.state)
        tags = {STATE: trial.state, REASON: outcome.reason, RUN_NAME: trial_name(trial)}
        if outcome.message:
            tags[NOTE] = outcome.message
        batch = [RunTag(key, value) for key, value in tags.items()]
        params = self._params.pop(trial.number, [])
        self._client.log_batch(run_id, metrics=metrics, params=params, tags=batch)
        for name, text in trial_files(trial).items():
            self._client.log_text(run_id, text, name)
        self._client.set_terminated(run_id, run_status(trial), now)

    def _describe(self, note: str, metrics: Mapping[str, float], folder: Path) -> None:
        assert self.parent is not None
        now = _ms(time.time())
        batch = [Metric(key, value, now, 0) for key, value in metrics.items()]
        self._client.log_batch(self.parent.run_id, metrics=batch, tags=[RunTag(NOTE, note)])
        self._client.log_artifacts(self.parent.run_id, str(folder))

    def _terminate(self, status: str) -> None:
        if self.parent is not None:
            self._client.set_terminated(self.parent.run_id, status)


def _ms(seconds: float | None) -> int:
    return int((time.time() if seconds is None else seconds) * 1000)


def _steps(trial: TrialRecord) -> int:
    return int(trial.metric("n_predictions") or 0)


def run_status(trial: TrialRecord) -> str:
    """Return MLflow's status of a trial's run."""
    if trial.outcome is not None and trial.outcome.reason == INTERRUPTED:
        return "KILLED"
    return STATUSES[trial.state]


def trial_name(trial: TrialRecord) -> str:
    """Return the run's name: ``trial 017 · acc .5312 · sharpe 3.1``, or with its other state."""
    parts = [f"trial {trial.number:03d}"]
    if trial.state != COMPLETE:
        parts.append(trial.state.lower())
    accuracy, sharpe = trial.metric("accuracy"), trial.metric("sharpe")
    if accuracy is not None:
        parts.append(f"acc {accuracy:.4f}".replace(" 0.", " ."))
    if sharpe is not None:
        parts.append(f"sharpe {sharpe:.1f}")
    return " · ".join(parts)


def checkpoint_metrics(point: Checkpoint, timestamp_ms: int) -> list[Metric]:
    """Return a checkpoint's metrics; their step is the number of predictions."""
    values = {name: getattr(point, name) for name in _METRICS_OF_CHECKPOINT}
    return [
        Metric(name, value, timestamp_ms, point.n_predictions)
        for name, value in values.items()
        if value is not None
    ]


def trial_metrics(trial: TrialRecord, scale: Scale) -> dict[str, float]:
    """Return every metric of an ended trial that has a value."""
    if trial.outcome is None:
        return {}
    metrics = {name: v for name, v in trial.outcome.metrics.items() if v is not None}
    metrics["duration_seconds"] = trial.outcome.duration_seconds
    if trial.state == COMPLETE and trial.values:
        metrics["objective_value"] = objective_value(trial.values, scale)
        metrics["ece_violated"] = float(trial.violated)
    return metrics


def trial_files(trial: TrialRecord) -> dict[str, str]:
    """Return the text files of a trial's run by name."""
    outcome, files = trial.outcome, dict[str, str]()
    if outcome is None:
        return files
    if outcome.bins:
        files[SVG_FILE] = draw_trial_svg(trial)
    if trial.state == FAIL:
        files[ERROR_FILE] = f"{outcome.reason}: {outcome.message}\n\n{outcome.traceback}"
        if outcome.log:
            files[LOG_FILE] = outcome.log
    return files
