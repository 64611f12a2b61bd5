"""The runs of running trials: their state as reported, and the part of it that is written."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException

from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import Checkpoint, TrialRecord
from titan_mlopt.tracking.run_content import checkpoint_metrics, trial_content
from titan_mlopt.tracking.run_writer import (
    begin_run,
    end_run,
    find_begun,
    log_candles,
    upload_files,
    write_batch,
)
from titan_mlopt.tracking.store import Parent, describe_error, is_refusal

# A running trial's params and checkpoints are written this often; a short trial's at its end.
_FLUSH_S = 5.0


@dataclass
class _LiveRun:
    """A running trial and its run.

    artifact_uri: "" where it is not known. unsure: the run was requested and the answer may
    be lost. has_params: its params are written. steps: how much of its end is written: 1 the
    files, 2 the dataset, 3 the batch. metrics: not written yet. written: written values by name
    and step. tagged: tags that the run was created with.
    """

    trial: TrialRecord
    run_id: str | None = None
    artifact_uri: str = ""
    unsure: bool = False
    ended: bool = False
    steps: int = 0
    has_params: bool = False
    metrics: list[Metric] = field(default_factory=list)
    written: dict[tuple[str, int], float] = field(default_factory=dict)
    tagged: dict[str, str] = field(default_factory=dict)
    flushed_at: float = field(default_factory=time.monotonic)


class LiveRuns:
    """Keeps the news of running trials until they are written.

    folder: for files until they are uploaded.
    """

    def __init__(self, study: StudyRecord, folder: Path) -> None:
        self._study, self._folder = study, folder
        self._live: dict[int, _LiveRun] = {}
        #: The run of each trial, by its number.
        self.run_ids: dict[int, str] = {}
        #: What MLflow refused for good, by trial.
        self.refused: dict[int, str] = {}
        #: Number of runs that are complete.
        self.n_written = 0

    def start(self, trial: TrialRecord) -> None:
        """Add a trial that begins."""
        self._live[trial.number] = _LiveRun(trial)

    def add_checkpoint(self, number: int, checkpoint: Checkpoint, timestamp_ms: int) -> None:
        """Add a checkpoint; it is ignored for a trial that MLflow refused."""
        if (live := self._live.get(number)) is not None:
            live.metrics += checkpoint_metrics(checkpoint, timestamp_ms)

    def end(self, trial: TrialRecord) -> None:
        """Note that a trial has ended."""
        live = self._live.setdefault(trial.number, _LiveRun(trial))
        live.trial, live.ended = trial, True

    def write(self, client: MlflowClient, parent: Parent) -> None:
        """Write what is due; after an error of MLflow the remainder is still due."""
        for number, live in list(self._live.items()):
            try:
                self._write(client, parent, live)
            except MlflowException as error:
                if not is_refusal(error):
                    raise
                self.refused[number] = describe_error(error)
                live.ended = True
            if live.ended:
                del self._live[number]

    def _write(self, client: MlflowClient, parent: Parent, live: _LiveRun) -> None:
        if live.run_id is None:
            live.run_id = self._begin(client, parent, live)
            self.run_ids[live.trial.number] = live.run_id
        if live.ended:
            self._finish(client, live.run_id, live)
        elif time.monotonic() - live.flushed_at >= _FLUSH_S:
            self._flush(client, live.run_id, live)

    def _begin(self, client: MlflowClient, parent: Parent, live: _LiveRun) -> str:
        number = live.trial.number
        run_id = find_begun(client, number, self._study, parent) if live.unsure else None
        live.unsure = True
        if run_id is None:
            info = begin_run(client, live.trial, self._study, parent)
            run_id, live.artifact_uri = str(info.run_id), info.artifact_uri or ""
            live.tagged = dict(trial_content(live.trial, self._study).tags)
        return run_id

    def _finish(self, client: MlflowClient, run_id: str, live: _LiveRun) -> None:
        """Write what the run of an ended trial still lacks, step by step."""
        trial, study = live.trial, self._study
        if live.steps == 0:
            upload_files(client, run_id, trial, self._folder, live.artifact_uri)
            live.steps = 1
        if live.steps == 1:
            log_candles(client, run_id, study)
            live.steps = 2
        if live.steps == 2:
            write_batch(client, run_id, trial, study, live.written, live.tagged)
            live.steps = 3
        end_run(client, run_id, trial, study)
        self.n_written += 1

    def _flush(self, client: MlflowClient, run_id: str, live: _LiveRun) -> None:
        """Write a running trial's params, once, and its new checkpoints."""
        names = {} if live.has_params else live.trial.params
        params = [Param(name, str(value)) for name, value in names.items()]
        if live.metrics or params:
            client.log_batch(run_id, metrics=live.metrics, params=params)
        live.written |= {(metric.key, metric.step): metric.value for metric in live.metrics}
        live.has_params, live.flushed_at = True, time.monotonic()
        live.metrics = []
