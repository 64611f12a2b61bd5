"""Configs on the same bars of a hold-out, each run in a process of its own, bar by bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from titan_mlopt.backtest.bars import load_bars
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles import Candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import BacktestError
from titan_mlopt.params import Params
from titan_mlopt.records import COMPLETE, Segment, TrialJob, TrialOutcome
from titan_mlopt.subject import open_scratch, put_candles, put_segments
from titan_mlopt.trial.batch import run_jobs
from titan_mlopt.trial.pool import WorkerPool

# Of the predictions of a backtest that is not ours, how many may tell another outcome than the
# candles: it may read prices otherwise. Those of another bar tell another one half of the time.
_MOST_OTHERS = 0.02


@dataclass(frozen=True, slots=True)
class Contender:
    """A config with the seed that it runs with. name: for messages."""

    name: str
    config: Params
    seed: int


@dataclass(frozen=True, slots=True)
class Scored:
    """The stats of the hold-out's bars alone; None, and why, when there are none to compare."""

    stats: BacktestStats | None
    fault: str = ""


def score_on_holdout(
    candles: Candles, first: int, contenders: Sequence[Contender], config: TunerConfig
) -> tuple[Scored, ...]:
    """Run each contender over ``candles`` and return how it did from bar ``first`` on.

    What comes before warms up and is not scored; the last candle has no outcome. All have the same
    bars. config: of it the backtest, the jobs, the timeout and the scratch folder count. Whatever
    interrupts it, no process and no file is left.
    """
    scratch = open_scratch(config)
    whole = Segment(0, first, len(candles), int(candles.ts[first]))
    with WorkerPool(min(config.n_jobs, len(contenders)), scratch) as pool:
        path = put_candles(candles, config, scratch)
        segments = put_segments(candles, (whole,), config, scratch)
        files = [scratch / f"bars-{number}.npz" for number in range(len(contenders))]
        jobs = [
            TrialJob(
                number=number,
                config=one.config,
                candles_path=str(path),
                folder="",
                grid=(),
                seed=one.seed,
                backtest=config.backtest or "",
                backtest_path=config.backtest_folder,
                interval_s=candles.interval_s,
                memory_bytes=config.memory_bytes,
                segments=segments,
                sealed=True,
                bars_path=str(files[number]),
            )
            for number, one in enumerate(contenders)
        ]
        outcomes = run_jobs(pool, jobs, config.timeout_per_trial) or {}
        return tuple(
            _scored(contenders[n], outcomes[n], files[n], candles, first)
            for n in range(len(contenders))
        )


def _scored(
    contender: Contender, outcome: TrialOutcome, file: Path, candles: Candles, first: int
) -> Scored:
    bars = None
    try:
        bars = load_bars(file) if file.exists() else None
        if bars is not None and len(bars.direction) < len(candles) - 1 - first:
            raise BacktestError(
                f"the backtest must write a record for each bar into {PREDICTIONS_FILE}, FLAT ones "
                f"too, got {len(bars.direction)} for the {len(candles) - 1 - first} bars of the "
                "hold-out; write them all"
            )
        if bars is not None and outcome.state == COMPLETE:
            return Scored(same_bars(bars, candles, first))
    except BacktestError as error:
        return Scored(None, f"{contender.name} cannot be scored bar by bar: {error}")
    return Scored(None, f"{contender.name} did not run on the hold-out: {outcome.message}")


def same_bars(bars: BacktestStats, candles: Candles, first: int) -> BacktestStats:
    """Return the stats of the bars from ``first`` to the last but one, as the candles tell them.

    bars: of these, or with one more before or after them, since some backtests write a record for
    the last candle too. What the predictions tell of their outcome says which it is; a bar on which
    nothing was predicted tells nothing. Raises ``BacktestError`` when neither fits.
    """
    moves = np.sign(np.diff(candles.close[first:])).astype(np.int8)
    n = len(moves)
    last, before = bars.tail(n), bars.tail(n + 1).head(n)
    fitting = min((last, before), key=lambda part: _share_of_others(part, moves))
    others = _share_of_others(fitting, moves)
    if others > _MOST_OTHERS:
        raise BacktestError(
            f"the outcome in {PREDICTIONS_FILE} must be the direction of the next close, got "
            f"another one on {others:.0%} of the predictions; write one record a bar, FLAT ones "
            "too, in order, with that outcome"
        )
    # The same outcome for all, on FLAT bars too.
    return replace(fitting, outcome=moves)


def _share_of_others(part: BacktestStats, moves: np.ndarray) -> float:
    told = np.sign(part.returns) if part.outcome is None else part.outcome
    said = part.predicted & (told != 0) & (moves != 0)
    return float((told != moves)[said].mean()) if said.any() else 0.0
