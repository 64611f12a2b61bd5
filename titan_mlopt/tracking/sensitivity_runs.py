"""A sensitivity study in MLflow: a parent run, each job a nested one, written by one thread."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from mlflow.entities import Metric, Param, RunTag

from titan_mlopt.config import TunerConfig
from titan_mlopt.provenance import code_version
from titan_mlopt.records import TrialOutcome, TrialRecord
from titan_mlopt.sensitivity import BASE, Variation
from titan_mlopt.tracking.runs import (
    BACKTEST,
    CANDLES,
    NOTE,
    PARENT_RUN,
    REASON,
    SPACE,
    STATE,
    TRIAL,
    VERSION,
    run_status,
    trial_files,
)
from titan_mlopt.tracking.store import (
    KIND,
    Parent,
    describe_error,
    open_client,
    open_parent,
    run_link,
    ui_command,
)

STUDY_KIND, JOB_KIND = "sensitivity", "sensitivity_trial"
PARAMETER, END = "titan_mlopt.parameter", "titan_mlopt.end"
#: The whole config of a job, among the files of its run.
CONFIG_FILE = "config.json"
_SETTINGS = (
    *("limit", "n_jobs", "timeout_per_trial", "seed", "backtest", "backtest_path", "repeat"),
    "scratch",
)
# How long writing may go on after an error or an interrupt.
_PATIENCE_S = 10.0
_TICK_S = 0.2

_log = logging.getLogger(__name__)


class SensitivityRuns:
    """Listens to a sensitivity study and writes it to MLflow in a thread of its own.

    The first failure ends it; ``on_failure`` hears of it once, in the thread of those who tell. The
    study goes on. stop: set when the study is told to stop.
    """

    def __init__(
        self,
        uri: str,
        config: TunerConfig,
        candles: Mapping[str, object],
        backtest: Mapping[str, str],
        on_failure: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self.uri = uri
        self.parent: Parent | None = None
        self.failure: str | None = None
        self._config, self._on_failure, self._told = config, on_failure, False
        self._stop = stop
        self._name = f"sensitivity on {candles['name']}"
        self._tags = {
            CANDLES: str(candles["sha256"]),
            BACKTEST: str(backtest.get("path", "")),
            SPACE: config.space.digest,
            VERSION: code_version(),
        }
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="mlflow-sensitivity", daemon=True)
        self._queue.put(self._open)
        self._thread.start()

    def planned(self, plan: Sequence[Variation]) -> None:
        """Nothing to write: a job's run is written when the job has ended."""

    def varied(self, variation: Variation, outcome: TrialOutcome) -> None:
        """Write a job that ended as a run that has ended."""
        self._ask(partial(self._write_job, variation, outcome, time.time()))

    def write_parent(
        self, note: str, metrics: Mapping[str, float], files: Mapping[str, str]
    ) -> None:
        """Write the parent's description, metrics and text files."""
        self._ask(partial(self._describe, note, metrics, files))

    def close(self, status: str, *, hurry: bool = False) -> None:
        """Wait until everything is written and end the parent run; a second call does nothing.

        In a hurry, or once the study was told to stop, what takes longer than 10 seconds is left.
        """
        if self._thread.is_alive():
            self._ask(partial(self._terminate, status))
            self._queue.put(None)
            waited_s = 0.0
            while self._thread.is_alive() and waited_s < _PATIENCE_S:
                self._thread.join(_TICK_S)
                waited_s += _TICK_S if hurry or self._stop.is_set() else 0.0
            if self._thread.is_alive():
                self.failure = self.failure or f"no end of writing within {_PATIENCE_S:g} s"
        self._tell_failure()

    def links(self) -> dict[str, str]:
        """Return the command and addresses that show the runs; none without a parent run."""
        if self.parent is None:
            return {}
        return {"ui": ui_command(self.uri), "study": run_link(self.uri, self.parent)}

    def _ask(self, command: Callable[[], None]) -> None:
        self._queue.put(command)
        self._tell_failure()

    def _tell_failure(self) -> None:
        if self.failure is not None and not self._told:
            self._told = True
            self._on_failure(self.failure)

    def _work(self) -> None:
        while (command := self._queue.get()) is not None:
            if self.failure is None:
                self._do(command)

    def _do(self, command: Callable[[], None]) -> None:
        try:
            command()
        except Exception as error:  # noqa: BLE001 - the study must outlive whatever MLflow meets
            self.failure = describe_error(error)
            _log.debug("the MLflow runs stopped", exc_info=True)

    def _open(self) -> None:
        self._client = open_client(self.uri)
        tags = {KIND: STUDY_KIND, **self._tags}
        parent = open_parent(self._client, self._name, self._config.experiment, tags)
        there = self._client.get_run(parent.run_id).data.params
        settings = [
            Param(name, str(getattr(self._config, name))) for name in _SETTINGS if name not in there
        ]
        self._client.log_batch(parent.run_id, params=settings)
        self.parent = parent

    def _write_job(self, variation: Variation, outcome: TrialOutcome, ended_at: float) -> None:
        assert self.parent is not None
        now = int(ended_at * 1000)
        tags = {
            KIND: JOB_KIND,
            TRIAL: str(variation.number),
            END: variation.end,
            PARAMETER: variation.parameter,
            STATE: outcome.state,
            REASON: outcome.reason,
            PARENT_RUN: self.parent.run_id,
            **self._tags,
        }
        run = self._client.create_run(
            self.parent.experiment_id,
            start_time=now - int(outcome.duration_seconds * 1000),
            tags=tags | ({NOTE: outcome.message} if outcome.message else {}),
            run_name=variation.name,
        )
        values = {**outcome.metrics, "duration_seconds": outcome.duration_seconds}
        metrics = [Metric(k, v, now, 0) for k, v in values.items() if v is not None]
        changed = variation.end != BASE
        params = [Param(variation.parameter, str(variation.value))] if changed else []
        self._client.log_batch(run.info.run_id, metrics=metrics, params=params)
        trial = TrialRecord(
            variation.number, outcome.state, variation.config, None, None, ended_at, outcome
        )
        files = {CONFIG_FILE: json.dumps(variation.config, indent=2) + "\n", **trial_files(trial)}
        for name, text in files.items():
            self._client.log_text(run.info.run_id, text, name)
        self._client.set_terminated(run.info.run_id, run_status(trial), now)

    def _describe(self, note: str, metrics: Mapping[str, float], files: Mapping[str, str]) -> None:
        assert self.parent is not None
        now = int(time.time() * 1000)
        batch = [Metric(key, value, now, 0) for key, value in metrics.items()]
        self._client.log_batch(self.parent.run_id, metrics=batch, tags=[RunTag(NOTE, note)])
        for name, text in files.items():
            self._client.log_text(self.parent.run_id, text, name)

    def _terminate(self, status: str) -> None:
        if self.parent is not None:
            self._client.set_terminated(self.parent.run_id, status)
