"""A trial of an external backtest: called by import path, followed by its file, repeated."""

from __future__ import annotations

import math
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from titan_mlopt.backtest.external import accepts, describe_backtest, load_backtest, read_metrics
from titan_mlopt.backtest.kv_table import save_config
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader, unchanged_rule
from titan_mlopt.backtest.segments import walk_segments
from titan_mlopt.backtest.sources import SourceLog
from titan_mlopt.backtest.stats import BacktestStats, save_bars
from titan_mlopt.core.backtest_id import COMMIT
from titan_mlopt.core.errors import BacktestError, describe_exception, short_repr
from titan_mlopt.core.provenance import commit_of
from titan_mlopt.core.trial import (
    CHANGED,
    COMPLETE,
    FAIL,
    PRUNED,
    PRUNER,
    Checkpoint,
    Metrics,
    Segment,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.executors.base import UNCHANGED
from titan_mlopt.executors.local import preload
from titan_mlopt.executors.local.alignment import Recorded, check_same_missing, scored_part
from titan_mlopt.executors.local.memory import is_shortage
from titan_mlopt.executors.local.outcomes import ended, failed, stopped_text, walked
from titan_mlopt.executors.local.remnants import remnants_noted
from titan_mlopt.executors.local.workspace import (
    DB_FILE,
    OUT_FOLDER,
    POLL_S,
    limit_log,
    remove_folder,
)

#: Candles of the run that shows whether a backtest can be used.
DRY_CANDLES = 500
#: Metrics whose spread over repeated runs is kept.
REPEATED = ("accuracy", "ece", "sharpe")
# Names under which the study keeps numbers of its own.
_OWN_METRICS = {
    *("duration_seconds", "objective_value", "ece_violated", "repeats"),
    *("walk_accuracy", "walk_sharpe"),
    *(f"{name}_sd" for name in REPEATED),
}
# Candles of the dry runs on segments, beside those that warm up.
_DRY_BARS = (200, 100)
_COMMIT_DIGITS = 12

Ask = Callable[[Checkpoint], bool]


def run_external(
    job: TrialJob,
    ask: Ask,
    stop: Callable[[TrialOutcome], NoReturn],
    tell: Callable[[str, str], None],
) -> TrialOutcome:
    """Run the backtest of ``job`` in its folder, ``job.repeat`` times; never raises.

    Args:
        job: What to run.
        ask: Gets each checkpoint of the first run, and says whether to go on.
        stop: Gets the outcome of a trial that the pruner ended, and ends the process with all that
            the backtest has running.
        tell: Gets each module of the backtest with its digest, before the module runs.
    """
    points: list[Checkpoint] = []
    identity: dict[str, str] = {}
    folder = Path(job.folder)

    def stop_as(outcome: TrialOutcome) -> NoReturn:
        stop(replace(outcome, backtest=identity))

    sources = SourceLog(job.backtest, job.backtest_path, job.sources or {}, tell)
    with limit_log(folder), sources.attached():
        try:
            _separate(folder)
            if preload.imported is not None:
                sources.log_loaded(preload.imported.sources)
            with remnants_noted(job):
                backtest = _load(job)
                identity.update(_describe(backtest, job, sources.found))
                run = _ExternalRun(job, backtest, points, ask, stop_as)
                # An edit before the trial began ends it here, not after hours.
                outcome = run.run_all() if sources.difference is None else TrialOutcome(FAIL)
                identity |= run.found
        except _ChangedError as change:
            outcome = TrialOutcome(FAIL, CHANGED, str(change))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a trial's failure is data
            outcome = failed(error, points, job)
        if (module := sources.difference) is not None:
            outcome = TrialOutcome(FAIL, CHANGED, f"another {module}")
    return replace(outcome, backtest=identity)


class _ChangedError(Exception):
    """The backtest is not what it was in earlier runs."""


def _load(job: TrialJob) -> Callable[..., Any]:
    """Return the backtest; raise ``_ChangedError`` when only earlier runs could load it."""
    try:
        return load_backtest(job.backtest, job.backtest_path or None)
    except BacktestError as error:
        if job.sources is None or is_shortage(error):
            raise
        raise _ChangedError(describe_exception(error.__cause__ or error)) from error


def _describe(
    backtest: Callable[..., Any], job: TrialJob, sources: Mapping[str, str]
) -> dict[str, str]:
    """Return the backtest's identity; that of a dry run has a commit for want of a version."""
    identity = describe_backtest(backtest, job.backtest, sources)
    file = getattr(sys.modules.get(job.backtest.partition(":")[0]), "__file__", None)
    if job.dry and not identity["version"] and file:
        commit = commit_of(Path(file).parent)
        identity["version"] = f"{COMMIT}{commit[:_COMMIT_DIGITS]}" if commit else ""
    return identity


def _separate(folder: Path) -> None:
    """Give this fork temporary files and random numbers of its own."""
    temporary = folder / "tmp"
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary)
    tempfile.tempdir = None  # it may be known already
    if preload.imported is not None:
        preload.imported.seed()
    else:
        np.random.seed()  # a fork has another seed in `random`, and the same one here


def averaged(runs: Sequence[Metrics]) -> Metrics:
    """Return each metric's mean over the runs that have it, and the spread of the main three.

    ``<name>_sd`` is the sample standard deviation (n - 1); one run alone stays as it is.
    """
    if len(runs) == 1:
        return runs[0]
    metrics: Metrics = {}
    for name in dict.fromkeys(name for run in runs for name in run):
        values = [value for run in runs if (value := run.get(name)) is not None]
        metrics[name] = math.fsum(values) / len(values) if values else None
        if name in REPEATED:
            metrics[f"{name}_sd"] = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {**metrics, "repeats": float(len(runs))}


def _go_on(_: Checkpoint) -> bool:
    return True


def _means(runs: Sequence[Metrics]) -> Metrics:
    """Return the mean of each metric that a backtest adds to those that the study computes."""
    added = [{k: v for k, v in run.items() if k not in _OWN_METRICS} for run in runs]
    return {k: v for k, v in averaged(added).items() if k not in _OWN_METRICS}


class _Follower(threading.Thread):
    """A thread that follows a growing file of predictions and reports each step of the grid."""

    def __init__(
        self,
        reader: PredictionReader,
        grid: Sequence[int],
        on_step: Callable[[PredictionReader, int], None],
    ) -> None:
        super().__init__(name="predictions", daemon=True)
        self._reader, self._grid, self._on_step = reader, list(grid), on_step
        self._done = threading.Event()

    def run(self) -> None:
        """Look every ``POLL_S`` seconds until ``finish``."""
        while not self._done.wait(POLL_S):
            self._look()

    def _look(self, *, ended: bool = False) -> None:
        """Read new records, and report each step that they reach."""
        self._reader.read(ended=ended)
        while self._grid and self._grid[0] <= self._reader.n_predictions:
            self._on_step(self._reader, self._grid.pop(0))

    def finish(self) -> None:
        """Stop after a last look, so that the steps are the same however fast the backtest was."""
        self._done.set()
        self.join()
        self._look(ended=True)


class _ExternalRun:
    """One backtest with one config; each run has a folder and a database of its own."""

    def __init__(
        self,
        job: TrialJob,
        backtest: Callable[..., object],
        points: list[Checkpoint],
        ask: Ask,
        stop: Callable[[TrialOutcome], NoReturn],
    ) -> None:
        self._job, self._backtest, self._points = job, backtest, points
        self._ask, self._stop = ask, stop
        self._stopped = self._has_records = False
        self.found: dict[str, str] = {}  # in a dry run

    def run_all(self) -> TrialOutcome:
        """Return the outcome of the first run, with the metrics of all."""
        if self._job.dry:
            return self._dry_on_segments() if self._job.segments else self._run(0)
        run = self._walk if self._job.segments else self._run
        first = run(0)
        runs = [first.metrics]
        if first.state == COMPLETE:
            runs += [run(number).metrics for number in range(1, self._job.repeat)]
        return replace(first, metrics=averaged(runs))

    def _run(self, number: int) -> TrialOutcome:
        """Run it once over all candles; the first time it is watched."""
        limit = DRY_CANDLES if self._job.dry else self._job.limit
        with self._opened(f"run-{number}", self._job.candles_path, limit) as (kwargs, reader):
            if number == 0 and not self._job.dry:
                stats = self._watched(kwargs, reader)
            else:
                stats = self._backtest(**kwargs)
            return self._end(stats, reader)

    @contextmanager
    def _opened(
        self, name: str, candles_path: str, limit: int | None
    ) -> Iterator[tuple[dict[str, Any], PredictionReader]]:
        """Yield the arguments of a run and the reader of its file; remove its folder afterwards.

        The folder of a run that raises stays: the trial's own is removed soon.
        """
        folder = Path(self._job.folder) / name
        out = folder / OUT_FOLDER
        out.mkdir(parents=True)
        save_config(folder / DB_FILE, self._job.config, int(time.time()))
        kwargs: dict[str, Any] = {
            "csv_path": candles_path,
            "db_path": str(folder / DB_FILE),
            "out_dir": str(out),
            "limit": limit,
            "tune_weights": False,
            "return_stats": True,
        }
        path = out / PREDICTIONS_FILE
        job = self._job
        yield (
            kwargs,
            PredictionReader(path, job.interval_s, job.seed, job.cost_bps, job.unchanged),
        )
        if job.examined and path.is_file():
            shutil.copyfile(path, Path(job.examined) / PREDICTIONS_FILE)
        remove_folder(folder)  # it may lie in memory, and there may be many runs

    def _walk(self, number: int) -> TrialOutcome:
        """Run it once on each segment; the first time, ask after each whether to go on."""
        runs: list[Recorded] = []
        metrics_of_runs: list[Metrics] = []

        def run(segment: Segment) -> BacktestStats:
            name = f"run-{number}-{len(runs)}"
            recorded, metrics = self._recorded(
                name, segment.path, None, segment.stop - segment.start
            )
            runs.append(recorded)
            metrics_of_runs.append(metrics)
            if self._job.bars_path and number == 0:
                # One bar more: which of them is the first is seen beside the candles.
                save_bars(recorded.stats.tail(segment.bars + 1), self._job.bars_path)
            check_same_missing(runs[0], recorded)
            return scored_part(recorded, segment.bars)

        walk = walk_segments(self._job.segments, run, self._answer_of if number == 0 else _go_on)
        outcome = walked(walk, self._points)
        # Metrics of its own are over whole runs, warm-up included.
        return replace(outcome, metrics={**_means(metrics_of_runs), **outcome.metrics})

    def _answer_of(self, point: Checkpoint) -> bool:
        self._points.append(point)
        return self._ask(point)

    def _dry_on_segments(self) -> TrialOutcome:
        """Run it on two numbers of candles: whether each bar has a record shows in both alone."""
        lead = self._job.segments[0].first - self._job.segments[0].start
        path, runs, rules = self._job.candles_path, list[Recorded](), list[str]()
        for extra in _DRY_BARS:
            n = lead + extra
            recorded, metrics = self._recorded(f"run-{extra}", path, n, n)
            rules.append(unchanged_rule(recorded.stats, metrics["n_predictions"]))
            runs.append(recorded)
        part = scored_part(runs[0], _DRY_BARS[0] - 1)
        self.found[UNCHANGED] = rules[0]  # of the longer run
        check_same_missing(*runs)
        return ended(part, (), stopped=False)

    def _recorded(
        self, name: str, candles_path: str, limit: int | None, n_candles: int
    ) -> tuple[Recorded, Metrics]:
        """Run it once, unwatched; return all its records and its metrics."""
        with self._opened(name, candles_path, limit) as (kwargs, reader):
            metrics = read_metrics(self._backtest(**kwargs))
            reader.read(ended=True)
            return Recorded(n_candles, reader.stats()), metrics

    def _watched(self, kwargs: dict[str, Any], reader: PredictionReader) -> object:
        """Call the backtest and ask at each step of the grid whether to go on."""
        if accepts(self._backtest, "on_checkpoint"):
            if accepts(self._backtest, "grid"):
                kwargs["grid"] = self._job.grid
            return self._backtest(**kwargs, on_checkpoint=partial(self._on_checkpoint, reader))
        follower = _Follower(reader, self._job.grid, self._look_at)
        follower.start()
        try:
            stats = self._backtest(**kwargs)
        except BaseException:
            with suppress(BacktestError):  # what the backtest raised comes first
                follower.finish()
            raise
        follower.finish()
        return stats

    def _on_checkpoint(self, reader: PredictionReader, stats: object) -> bool:
        """Answer a backtest that asks by itself; between the steps of the grid it goes on."""
        if self._stopped:  # it goes on although it was asked to stop
            return False
        point = _checkpoint_of(stats)
        reached = self._points[-1].n_predictions if self._points else 0
        if not any(reached < step <= point.n_predictions for step in self._job.grid):
            return True
        reader.read()  # so that a file that is removed later is missed
        self._points.append(point)
        self._stopped = not self._ask(point)
        return not self._stopped

    def _look_at(self, reader: PredictionReader, step: int) -> None:
        """Ask whether to go on after ``step`` predictions; a trial that may not ends here."""
        stats = reader.stats(step)
        self._points.append(stats.checkpoint())
        if not self._ask(self._points[-1]):
            self._stop(ended(stats, self._points, stopped=True))

    def _end(self, stats: object, reader: PredictionReader) -> TrialOutcome:
        """Return the outcome: the backtest's metrics, and those that its predictions add."""
        returned = {
            name: value
            for name, value in read_metrics(stats).items()
            if value is not None and name not in _OWN_METRICS
        }
        reader.read(ended=True)
        if self._has_records and not reader.n_records and returned.get("n_predictions"):
            raise BacktestError(
                f"{PREDICTIONS_FILE}: must be written by each of the repeated runs, as by the "
                "first, got none; see what removes it"
            )
        self._has_records = reader.n_records > 0
        if self._job.dry:
            rule = unchanged_rule(reader.stats(), returned.get("n_predictions"))
            self.found[UNCHANGED] = rule
        outcome = TrialOutcome(COMPLETE, checkpoints=tuple(self._points))
        if reader.n_predictions:
            outcome = ended(reader.stats(), self._points, stopped=False)
        if self._stopped:
            message = stopped_text(self._points[-1].n_predictions)
            outcome = replace(outcome, state=PRUNED, reason=PRUNER, message=message)
        metrics: Metrics = {"ece": None, "sharpe": None, **outcome.metrics, **returned}
        return replace(outcome, metrics=metrics)


def _checkpoint_of(stats: object) -> Checkpoint:
    """Return the checkpoint that a backtest reports by itself, read like its final stats."""
    metrics = read_metrics(stats)
    n, accuracy, ece = (metrics[name] for name in ("n_predictions", "accuracy", "ece"))
    if n is None or accuracy is None or ece is None:
        raise BacktestError(
            "backtest: on_checkpoint must be called with accuracy, ece, sharpe and n_predictions, "
            f"as a mapping or an object, got {short_repr(stats)}; pass what is returned at the end"
        )
    n_bars = metrics.get("n_bars")
    n_bars = n if n_bars is None else n_bars
    return Checkpoint(int(n), int(n_bars), accuracy, ece, metrics["sharpe"])
