"""A trial of a backtest that is not ours: called by import path, followed by its file, repeated."""

from __future__ import annotations

import math
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from titan_mlopt.backtest.bars import save_bars
from titan_mlopt.backtest.external import (
    accepts,
    describe_backtest,
    load_backtest,
    read_metrics,
)
from titan_mlopt.backtest.ledger import save_config
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader
from titan_mlopt.backtest.segments import walk_segments
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.errors import BacktestError, shown
from titan_mlopt.records import (
    COMPLETE,
    PRUNED,
    PRUNER,
    Checkpoint,
    Metrics,
    Segment,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.trial.endings import ended, failed, stopped_text, walked
from titan_mlopt.trial.follower import POLL_S, Follower
from titan_mlopt.trial.records_of_bars import Recorded, check_same_missing, scored_part
from titan_mlopt.trial.workspace import DB_FILE, LOG_FILE, OUT_FOLDER, read_log, remove_folder

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
_LOG_LIMIT = 10_000_000

Ask = Callable[[Checkpoint], bool]


def run_guest(job: TrialJob, ask: Ask, stop: Callable[[TrialOutcome], NoReturn]) -> TrialOutcome:
    """Run the backtest of ``job`` in its folder, ``job.repeat`` times; never raises.

    ask: gets each checkpoint of the first run, and says whether to go on. stop: gets the outcome of
    a trial that the pruner ended, and ends the process with all that the backtest has running.
    """
    points: list[Checkpoint] = []
    identity: dict[str, str] = {}
    folder = Path(job.folder)
    with _short_log(folder):
        try:
            _feel_alone(folder)
            backtest = load_backtest(job.backtest, job.backtest_path or None)
            identity.update(describe_backtest(backtest, job.backtest))
            guest = _Guest(job, backtest, points, ask, lambda told: stop(_of(told, identity)))
            outcome = guest.run_all()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a trial's failure is data
            outcome = failed(error, points, job)
    return _of(outcome, identity)


def _of(outcome: TrialOutcome, identity: Mapping[str, str]) -> TrialOutcome:
    return replace(outcome, backtest=dict(identity))


def _feel_alone(folder: Path) -> None:
    """Make this fork a process like any other: temporary files and random numbers of its own."""
    temporary = folder / "tmp"
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary)
    tempfile.tempdir = None  # it may be known already
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


def _means(told: Sequence[Metrics]) -> Metrics:
    """Return the mean of what a backtest tells of each segment, without what is ours to tell."""
    known = [{k: v for k, v in run.items() if k not in _OWN_METRICS} for run in told]
    return {k: v for k, v in averaged(known).items() if k not in _OWN_METRICS}


class _Guest:
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
        self._stopped = False

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
        with self._opened(f"run-{number}", self._job.candles_path, limit) as (words, reader):
            if number == 0 and not self._job.dry:
                stats = self._watched(words, reader)
            else:
                stats = self._backtest(**words)
            return self._end(stats, reader)

    @contextmanager
    def _opened(
        self, name: str, candles_path: str, limit: int | None
    ) -> Iterator[tuple[dict[str, Any], PredictionReader]]:
        """Give what a run is called with, and what reads its file; its folder is gone afterwards.

        Of a run that raises the folder stays: that of the trial goes soon.
        """
        folder = Path(self._job.folder) / name
        out = folder / OUT_FOLDER
        out.mkdir(parents=True)
        save_config(folder / DB_FILE, self._job.config, int(time.time()))
        words: dict[str, Any] = {
            "csv_path": candles_path,
            "db_path": str(folder / DB_FILE),
            "out_dir": str(out),
            "limit": limit,
            "tune_weights": False,
            "return_stats": True,
        }
        path = out / PREDICTIONS_FILE
        yield words, PredictionReader(path, self._job.interval_s, self._job.seed)
        remove_folder(folder)  # it may lie in memory, and there may be many runs

    def _walk(self, number: int) -> TrialOutcome:
        """Run it once on each segment; the first time it is asked after each whether to go on."""
        runs: list[Recorded] = []
        told: list[Metrics] = []

        def run(segment: Segment) -> BacktestStats:
            name = f"run-{number}-{len(runs)}"
            recorded, metrics = self._recorded(
                name, segment.path, None, segment.stop - segment.start
            )
            runs.append(recorded)
            told.append(metrics)
            if self._job.bars_path and number == 0:
                # One bar more: which of them is the first is seen beside the candles.
                save_bars(recorded.stats.tail(segment.bars + 1), self._job.bars_path)
            check_same_missing(runs[0], recorded)
            return scored_part(recorded, segment.bars)

        walk = walk_segments(self._job.segments, run, self._asked if number == 0 else _go_on)
        outcome = walked(walk, self._points)
        # What it alone knows is of whole runs, their warm-up included.
        return replace(outcome, metrics={**_means(told), **outcome.metrics})

    def _asked(self, point: Checkpoint) -> bool:
        self._points.append(point)
        return self._ask(point)

    def _dry_on_segments(self) -> TrialOutcome:
        """Run it on two numbers of candles: whether each bar has a record shows in both alone."""
        lead = self._job.segments[0].first - self._job.segments[0].start
        path, runs = self._job.candles_path, list[Recorded]()
        for extra in _DRY_BARS:
            recorded, _ = self._recorded(f"run-{extra}", path, lead + extra, lead + extra)
            runs.append(recorded)
        part = scored_part(runs[0], _DRY_BARS[0] - 1)
        check_same_missing(*runs)
        return ended(part, (), stopped=False)

    def _recorded(
        self, name: str, candles_path: str, limit: int | None, n_candles: int
    ) -> tuple[Recorded, Metrics]:
        """Run it once, unwatched; return all its records, and what it tells besides."""
        with self._opened(name, candles_path, limit) as (words, reader):
            metrics = read_metrics(self._backtest(**words))
            reader.read(ended=True)
            return Recorded(n_candles, reader.stats()), metrics

    def _watched(self, words: dict[str, Any], reader: PredictionReader) -> object:
        """Call the backtest and ask at each step of the grid whether to go on."""
        if accepts(self._backtest, "on_checkpoint"):
            grid = {"grid": self._job.grid} if accepts(self._backtest, "grid") else {}
            return self._backtest(**words, **grid, on_checkpoint=self._on_checkpoint)
        follower = Follower(reader, self._job.grid, self._look_at)
        follower.start()
        try:
            return self._backtest(**words)
        finally:
            follower.finish()

    def _on_checkpoint(self, told: object) -> bool:
        """Answer a backtest that asks by itself; between the steps of the grid it goes on."""
        if self._stopped:  # it did not stop when it was told to
            return False
        point = _checkpoint_of(told)
        reached = self._points[-1].n_predictions if self._points else 0
        if not any(reached < step <= point.n_predictions for step in self._job.grid):
            return True
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
        """Return the outcome: what the backtest tells, and what its predictions add to that."""
        found = read_metrics(stats).items()
        told = {name: v for name, v in found if v is not None and name not in _OWN_METRICS}
        reader.read(ended=True)
        outcome = TrialOutcome(COMPLETE, checkpoints=tuple(self._points))
        if reader.n_predictions:
            outcome = ended(reader.stats(), self._points, stopped=False)
        if self._stopped:
            message = stopped_text(self._points[-1].n_predictions)
            outcome = replace(outcome, state=PRUNED, reason=PRUNER, message=message)
        metrics: Metrics = {"ece": None, "sharpe": None, **outcome.metrics, **told}
        return replace(outcome, metrics=metrics)


def _checkpoint_of(told: object) -> Checkpoint:
    """Return what a backtest tells of itself while it runs, read as what it returns is read."""
    found = read_metrics(told)
    n, accuracy, ece = (found[name] for name in ("n_predictions", "accuracy", "ece"))
    if n is None or accuracy is None or ece is None:
        raise BacktestError(
            "backtest: on_checkpoint must be called with accuracy, ece, sharpe and n_predictions, "
            f"as a mapping or an object, got {shown(told)}; pass what is returned at the end"
        )
    n_bars = found.get("n_bars")
    return Checkpoint(int(n), int(n if n_bars is None else n_bars), accuracy, ece, found["sharpe"])


@contextmanager
def _short_log(folder: Path) -> Iterator[None]:
    """Cut the log of a trial whenever it becomes too long: it may lie in memory."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(POLL_S):
            with suppress(OSError):
                _cut_log(folder)

    thread = threading.Thread(target=watch, name="log", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _cut_log(folder: Path) -> None:
    """Leave only the end of a log that is too long; what is printed meanwhile may be lost."""
    path = folder / LOG_FILE
    if path.stat().st_size > _LOG_LIMIT:
        tail = read_log(folder).encode()
        os.truncate(path, 0)  # the trial appends: what comes next follows the tail
        with path.open("ab") as log:
            log.write(tail)
