"""One trial in its own process: config into a fresh database, backtest, stats out as plain data."""

from __future__ import annotations

import faulthandler
import json
import os
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path

from titan_mlopt.backtest.ledger import save_config
from titan_mlopt.backtest.runner import run_backtest
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.records import (
    COMPLETE,
    EXCEPTION,
    FAIL,
    PRUNED,
    PRUNER,
    Checkpoint,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.trial.workspace import DB_FILE, LOG_FILE, OUT_FOLDER

GO_ON, STOP = b"1", b"0"
_MESSAGE_LIMIT, _TRACEBACK_LIMIT = 2000, 20_000


def serve_trial(fd: int) -> None:
    """Read a job from the socket ``fd``, run it, and answer with its checkpoints and outcome."""
    with Connection(fd) as line:
        raw = json.loads(line.recv_bytes())
        _log_to(Path(raw["folder"]) / LOG_FILE)
        job = TrialJob(**{**raw, "grid": tuple(raw["grid"])})

        def on_checkpoint(point: Checkpoint) -> bool:
            line.send_bytes(json.dumps({"checkpoint": asdict(point)}).encode())
            return line.recv_bytes() == GO_ON

        outcome = run_trial(job, on_checkpoint)
        line.send_bytes(json.dumps({"outcome": outcome.to_json()}).encode())


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
        stats = run_backtest(
            job.candles_path,
            folder / DB_FILE,
            folder / OUT_FOLDER,
            limit=job.limit,
            tune_weights=False,
            return_stats=True,
            grid=job.grid,
            on_checkpoint=on_checkpoint,
            seed=job.seed,
        )
        assert isinstance(stats, BacktestStats)
        return _outcome_of(stats, points, stopped)
    except Exception as error:  # noqa: BLE001 - a trial's failure is data, whatever its kind
        text = _text("".join(traceback.format_exception(error)))[-_TRACEBACK_LIMIT:]
        message = _text(f"{type(error).__name__}: {error}")[:_MESSAGE_LIMIT]
        return TrialOutcome(FAIL, EXCEPTION, message, text, checkpoints=tuple(points))


def _text(text: str) -> str:
    """Return what UTF-8 has words for: names of files may hold half a character."""
    return text.encode("utf-8", "replace").decode()


def _outcome_of(stats: BacktestStats, points: Sequence[Checkpoint], stopped: bool) -> TrialOutcome:
    return TrialOutcome(
        state=PRUNED if stopped else COMPLETE,
        reason=PRUNER if stopped else "",
        message=f"stopped by the pruner after {stats.total} predictions" if stopped else "",
        metrics=stats.metrics(),
        checkpoints=tuple(points),
        bins=stats.plot_bins(),
        curve=stats.curve(),
        rolling=stats.rolling(),
        blocks=stats.blocks(),
    )
