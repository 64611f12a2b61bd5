"""One trial in its own process: config into a fresh database, backtest, outcome as plain data."""

from __future__ import annotations

import faulthandler
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from titan_mlopt.backtest.kv_table import load_config, save_config
from titan_mlopt.backtest.runner import run_backtest, segment_stats
from titan_mlopt.backtest.segments import WalkForward, walk_segments
from titan_mlopt.backtest.stats import BacktestStats, save_bars
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.shared import map_candles, share_candles
from titan_mlopt.core.parameters import beyond_titan, merge_config
from titan_mlopt.core.trial import COMPLETE, Checkpoint, TrialJob, TrialOutcome
from titan_mlopt.executors.local.clock import ASKS, TELLS, WaitCounter
from titan_mlopt.executors.local.memory import limit_memory
from titan_mlopt.executors.local.messages import GO_ON
from titan_mlopt.executors.local.outcomes import ended, failed, walked
from titan_mlopt.executors.local.workspace import DB_FILE, LOG_FILE, OUT_FOLDER


def serve_trial(fd: int, waits: WaitCounter) -> None:
    """Read a job from the socket ``fd``, run it, and send its checkpoints and outcome.

    waits: shared with the zygote; counts the threads that wait for the coordinator.
    """
    waits.claim()
    with Connection(fd) as connection:
        raw = json.loads(connection.recv_bytes())
        _log_to(Path(raw["folder"]) / LOG_FILE)
        job = TrialJob.from_plain(raw)
        limit_memory(job.memory_bytes)
        if job.sealed:
            _work_in(job.folder)

        sending = threading.Lock()  # threads of an external backtest may import and ask at once

        def send(**message: object) -> None:
            data = json.dumps(message).encode()
            with waits.during(TELLS), sending:
                connection.send_bytes(data)

        def on_checkpoint(point: Checkpoint) -> bool:
            with waits.during(ASKS):
                send(checkpoint=asdict(point))
                return connection.recv_bytes() == GO_ON

        def tell(outcome: TrialOutcome) -> None:
            send(outcome=outcome.to_json())

        def stop(outcome: TrialOutcome) -> NoReturn:
            tell(outcome)
            os._exit(0)  # the zygote ends what the backtest has started

        if job.backtest:
            from titan_mlopt.executors.local.external import run_external

            tell(run_external(job, on_checkpoint, stop, lambda *source: send(source=source)))
        else:
            tell(run_trial(job, on_checkpoint))


def _work_in(folder: str) -> None:
    """Leave the folder that the tuner was started in: the sealed candles may lie there."""
    os.chdir(folder)
    os.environ["PWD"] = folder
    os.environ.pop("OLDPWD", None)


def _log_to(path: Path) -> None:
    """Send the output of Python and C, and the traceback of a crash, to the trial's log."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)
    faulthandler.enable()


def run_trial(job: TrialJob, ask: Callable[[Checkpoint], bool]) -> TrialOutcome:
    """Run one trial in its folder; ``ask`` gets each checkpoint and says whether to go on.

    An exception of the backtest becomes the outcome FAIL and is never raised.
    """
    folder, points = Path(job.folder), list[Checkpoint]()
    stopped = False

    def on_checkpoint(point: Checkpoint) -> bool:
        nonlocal stopped
        points.append(point)
        stopped = not ask(point)
        return not stopped

    try:
        beyond = bool(beyond_titan(job.config))
        save_config(folder / DB_FILE, job.config, int(time.time()), beyond=beyond)
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
            cost_bps=job.cost_bps,
            unchanged=job.unchanged,
            candles=_candles_of(job),
        )
        assert isinstance(stats, BacktestStats)
        return ended(stats, points, stopped=stopped)
    except Exception as error:  # noqa: BLE001 - a trial's failure is data, whatever its kind
        return failed(error, points, job)


def _walk(job: TrialJob, db_path: Path, ask: Callable[[Checkpoint], bool]) -> WalkForward:
    """Run the embedded predictor on each segment of the one mapped candle file."""
    candles, config = _candles_of(job), load_config(db_path)
    scoring = job.seed, job.cost_bps, job.unchanged
    return walk_segments(
        job.segments,
        lambda segment: segment_stats(candles, segment, config, *scoring),
        ask,
    )


def _candles_of(job: TrialJob) -> Candles:
    mapped = map_candles(job.candles_path, job.limit)
    return load_candles(job.candles_path, job.limit) if mapped is None else mapped


def warm_up(folder: Path) -> None:
    """Run a short trial in an empty folder, so that forks need not load and compile again."""
    path = folder / "candles.npy"
    share_candles(sample_candles(300), path)
    config = merge_config({"ml.min_samples": 50, "ml.n_estimators": 50})
    outcome = run_trial(TrialJob(0, config, str(path), str(folder), (50,)), lambda _: True)
    if outcome.state != COMPLETE:
        raise RuntimeError(outcome.traceback)
    outcome.to_json()
