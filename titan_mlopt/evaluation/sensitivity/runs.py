"""A sensitivity study in MLflow: a parent run, each job a nested one, written by one thread."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from titan_mlopt.core.provenance import code_version
from titan_mlopt.core.trial import TrialOutcome, TrialRecord
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.sensitivity.analysis import BASE, Variation
from titan_mlopt.tracking import run_content, store
from titan_mlopt.tracking.project_run import open_parent
from titan_mlopt.tracking.run_writer import log_texts, log_values

STUDY_KIND, JOB_KIND = "sensitivity", "sensitivity_trial"
PARAMETER, END = "titan_mlopt.parameter", "titan_mlopt.end"
#: The whole config of a job, among the files of its run.
CONFIG_FILE = "config.json"
_SETTINGS = (
    *("limit", "holdout", "n_jobs", "timeout_per_trial", "seed", "backtest"),
    *("backtest_path", "repeat", "scratch"),
)
# How long writing may go on after an error or an interrupt.
_PATIENCE_S = 10.0
_TICK_S = 0.2

_log = logging.getLogger(__name__)


class SensitivityRuns:
    """Listens to a sensitivity study and writes it to MLflow in a thread of its own.

    The first failure ends the writing, but not the study. ``on_failure`` is called once for it, and
    ``on_notice`` for other messages, both in the caller's thread. stop: set when the study is asked
    to stop.
    """

    def __init__(
        self,
        uri: str,
        config: TunerConfig,
        candles: Mapping[str, object],
        backtest: Mapping[str, str],
        on_failure: Callable[[str], None],
        on_notice: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self.uri = uri
        self.parent: store.Parent | None = None
        self.failure: str | None = None
        self._config, self._on_failure, self._failure_reported = config, on_failure, False
        self._stop, self._on_notice = stop, on_notice
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._name = f"sensitivity on {candles['name']}"
        self._tags = {
            run_content.CANDLES: str(candles["sha256"]),
            run_content.BACKTEST: str(backtest.get("path", "")),
            run_content.SPACE: config.space.digest,
            run_content.VERSION: code_version(),
        }
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="mlflow-sensitivity", daemon=True)
        self._queue.put(self._open)
        self._thread.start()

    def planned(self, plan: Sequence[Variation]) -> None:
        """Nothing to write: a job's run is written when the job has ended."""

    def varied(self, variation: Variation, outcome: TrialOutcome) -> None:
        """Write a job that ended as a run that has ended."""
        self._send(partial(self._write_job, variation, outcome, time.time()))

    def write_parent(
        self, note: str, metrics: Mapping[str, float], files: Mapping[str, str]
    ) -> None:
        """Write the parent's description, metrics and text files."""
        self._send(partial(self._describe, note, metrics, files))

    def close(self, status: str, *, hurry: bool = False) -> None:
        """Wait until everything is written and end the parent run; a second call does nothing.

        In a hurry, or once the study was told to stop, what takes longer than 10 seconds is left.
        """
        if self._thread.is_alive():
            self._send(partial(self._terminate, status))
            self._queue.put(None)
            waited_s = 0.0
            while self._thread.is_alive() and waited_s < _PATIENCE_S:
                self._thread.join(_TICK_S)
                waited_s += _TICK_S if hurry or self._stop.is_set() else 0.0
            if self._thread.is_alive():
                self.failure = self.failure or f"no end of writing within {_PATIENCE_S:g} s"
        self._pass_notices_on()

    def links(self) -> dict[str, str]:
        """Return the command and addresses that show the runs; none without a parent run."""
        if self.parent is None:
            return {}
        return {"ui": store.ui_command(self.uri), "study": store.run_link(self.uri, self.parent)}

    def _send(self, command: Callable[[], None]) -> None:
        self._queue.put(command)
        self._pass_notices_on()

    def _pass_notices_on(self) -> None:
        while not self._notices.empty():
            self._on_notice(self._notices.get())
        if self.failure is not None and not self._failure_reported:
            self._failure_reported = True
            self._on_failure(self.failure)

    def _work(self) -> None:
        while (command := self._queue.get()) is not None:
            if self.failure is None:
                self._do(command)

    def _do(self, command: Callable[[], None]) -> None:
        try:
            command()
        except Exception as error:  # noqa: BLE001 - the study must outlive whatever MLflow meets
            self.failure = store.describe_error(error)
            _log.debug("the MLflow runs stopped", exc_info=True)

    def _open(self) -> None:
        self._client = store.open_client(self.uri, on_notice=self._notices.put)
        tags = {store.KIND: STUDY_KIND, **self._tags}
        experiment, notice = self._config.experiment, self._notices.put
        parent = open_parent(self._client, self._name, experiment, tags, notice)
        logged = self._client.get_run(parent.run_id).data.params
        settings = {name: getattr(self._config, name) for name in _SETTINGS if name not in logged}
        log_values(self._client, parent.run_id, params=settings)
        self.parent = parent

    def _write_job(self, variation: Variation, outcome: TrialOutcome, ended_at: float) -> None:
        assert self.parent is not None
        ended_ms = int(ended_at * 1000)
        tags = {
            store.KIND: JOB_KIND,
            run_content.TRIAL: str(variation.number),
            END: variation.end,
            PARAMETER: variation.parameter,
            run_content.STATE: outcome.state,
            run_content.REASON: outcome.reason,
            run_content.PARENT_RUN: self.parent.run_id,
            **self._tags,
        }
        run_id = self._client.create_run(
            self.parent.experiment_id,
            start_time=ended_ms - int(outcome.duration_seconds * 1000),
            tags=tags | ({run_content.NOTE: outcome.message} if outcome.message else {}),
            run_name=variation.name,
        ).info.run_id
        values = {**outcome.metrics, "duration_seconds": outcome.duration_seconds}
        changed = {} if variation.end == BASE else {variation.parameter: variation.value}
        log_values(self._client, run_id, metrics=values, params=changed, timestamp_ms=ended_ms)
        trial = TrialRecord(
            variation.number, outcome.state, variation.config, None, None, ended_at, outcome
        )
        files = {
            CONFIG_FILE: json.dumps(variation.config, indent=2) + "\n",
            **run_content.trial_files(trial),
        }
        log_texts(self._client, run_id, files)
        self._client.set_terminated(run_id, run_content.run_status(trial), ended_ms)

    def _describe(self, note: str, metrics: Mapping[str, float], files: Mapping[str, str]) -> None:
        assert self.parent is not None
        run_id, now_ms, tags = self.parent.run_id, int(time.time() * 1000), {run_content.NOTE: note}
        log_values(self._client, run_id, metrics=metrics, tags=tags, timestamp_ms=now_ms)
        log_texts(self._client, run_id, files)

    def _terminate(self, status: str) -> None:
        if self.parent is not None:
            self._client.set_terminated(self.parent.run_id, status)
