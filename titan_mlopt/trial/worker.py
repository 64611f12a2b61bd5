"""One trial in its own process: config into a fresh database, backtest, stats out as plain data."""

from __future__ import annotations

import faulthandler
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from titan_mlopt.backtest.bars import save_bars
from titan_mlopt.backtest.ledger import load_config, save_config
from titan_mlopt.backtest.runner import run_backtest, segment_stats
from titan_mlopt.backtest.segments import Walk, walk_segments
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles import Candles, load_candles
from titan_mlopt.params import merge_config
from titan_mlopt.records import COMPLETE, Checkpoint, TrialJob, TrialOutcome
from titan_mlopt.sample import sample_candles
from titan_mlopt.shared_candles import map_candles, share_candles
from titan_mlopt.trial.answers import GO_ON
from titan_mlopt.trial.endings import ended, failed, walked
from titan_mlopt.trial.memory import limit_memory
from titan_mlopt.trial.workspace import DB_FILE, LOG_FILE, OUT_FOLDER


def serve_trial(fd: int) -> None:
    """Read a job from the socket ``fd``, run it, and answer with its checkpoints and outcome."""
    with Connection(fd) as line:
        raw = json.loads(line.recv_bytes())
        _log_to(Path(raw["folder"]) / LOG_FILE)
        job = TrialJob.from_plain(raw)
        limit_memory(job.memory_bytes)
        if job.sealed:
            _work_in(job.folder)

        def on_checkpoint(point: Checkpoint) -> bool:
            line.send_bytes(json.dumps({"checkpoint": asdict(point)}).encode())
            return line.recv_bytes() == GO_ON

        def tell(outcome: TrialOutcome) -> None:
            line.send_bytes(json.dumps({"outcome": outcome.to_json()}).encode())

        def stop(outcome: TrialOutcome) -> NoReturn:
            tell(outcome)
            os._exit(0)  # the zygote ends what the backtest has started

        if job.backtest:
            from titan_mlopt.trial.guest import run_guest

            tell(run_guest(job, on_checkpoint, stop))
        else:
            tell(run_trial(job, on_checkpoint))


def _work_in(folder: str) -> None:
    """Leave the folder that the tuner was started in: its candle file may lie there."""
    os.chdir(folder)
    os.environ["PWD"] = folder
    os.environ.pop("OLDPWD", None)


def _log_to(path: Path) -> None:
    """Send what the trial prints, Python or C, to its log, and where it was when it crashes."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)
    faulthandler.enable()


def run_trial(job: TrialJob, ask: Callable[[Checkpoint], bool]) -> TrialOutcome:
    """Run one trial in its folder; ``ask`` gets each checkpoint and says whether to go on.

    An exception of the backtest becomes an outcome FAIL; it is never raised.
    """
    folder, points = Path(job.folder), list[Checkpoint]()
    stopped = False

    def on_checkpoint(point: Checkpoint) -> bool:
        nonlocal stopped
        points.append(point)
        stopped = not ask(point)
        return not stopped

    try:
        save_config(folder / DB_FILE, job.config, int(time.time()))
        if job.segments:
            walk = _walk(job, folder / DB_FILE, on_checkpoint)
            if job.bars_path:
                save_bars(walk.stats, job.bars_path)
            return walked(walk, points)
        stats = run_backtest(
            job.candles_path,
            folder / DB_FILE,
            folder / OUT_FOLDER,
            tune_weights=False,
            return_stats=True,
            grid=job.grid,
            on_checkpoint=on_checkpoint,
            seed=job.seed,
            candles=_candles_of(job),
        )
        assert isinstance(stats, BacktestStats)
        return ended(stats, points, stopped=stopped)
    except Exception as error:  # noqa: BLE001 - a trial's failure is data, whatever its kind
        return failed(error, points, job)


def _walk(job: TrialJob, db_path: Path, ask: Callable[[Checkpoint], bool]) -> Walk:
    """Run the embedded predictor on each segment of the one mapped candle file."""
    candles, config = _candles_of(job), load_config(db_path)
    return walk_segments(
        job.segments, lambda segment: segment_stats(candles, segment, config, job.seed), ask
    )


def _candles_of(job: TrialJob) -> Candles:
    mapped = map_candles(job.candles_path, job.limit)
    return load_candles(job.candles_path, job.limit) if mapped is None else mapped


def warm_up(folder: Path) -> None:
    """Run a short trial in an empty folder: what it loads and compiles, forks of us need not."""
    path = folder / "candles.npy"
    share_candles(sample_candles(300), path)
    config = merge_config({"ml.min_samples": 50, "ml.n_estimators": 50})
    outcome = run_trial(TrialJob(0, config, str(path), str(folder), (50,)), lambda _: True)
    if outcome.state != COMPLETE:
        raise RuntimeError(outcome.traceback)
    outcome.to_json()
