"""``run_backtest``: one config over one candle file, with Titan's own signature."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from titan_mlopt.backtest.ledger import WEIGHTS_KEY, load_config, save_values
from titan_mlopt.backtest.progress import Progress
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles import Candles, load_candles
from titan_mlopt.engine.predictor import Predictor
from titan_mlopt.params import Params
from titan_mlopt.records import Checkpoint, Metrics, Segment

SUMMARY_FILE = "summary.json"


def run_backtest(
    csv_path: str | Path,
    db_path: str | Path,
    out_dir: str | Path,
    limit: int | None = None,
    tune_weights: bool = True,
    return_stats: bool = False,
    *,
    grid: Sequence[int] = (),
    on_checkpoint: Callable[[Checkpoint], bool] | None = None,
    seed: int = 0,
    cost_bps: float = 0.0,
    candles: Candles | None = None,
) -> BacktestStats | Metrics:
    """Run the embedded predictor with the config of ``db_path`` and write ``out_dir/summary.json``.

    csv_path: any file that ``load_candles`` reads; limit: only its first candles.
    db_path: SQLite file with Titan's table ``kv``; absent keys mean the defaults.
    tune_weights: keep the ensemble's learned weights in the database, for a production that goes
    on from here; False leaves the database as it was.
    return_stats: return the ``BacktestStats`` instead of the metrics alone.
    grid, on_checkpoint: called after each of these numbers of predictions; False stops the run,
    and the stats are those of the bars so far.
    candles: those of the file, for a caller that has read it.
    Raises ``CandleError`` and ``ConfigError``.
    """
    candles = load_candles(csv_path, limit) if candles is None else candles
    predictor = Predictor(candles, load_config(db_path), seed, keep_p_up=False)
    stats = _run(predictor, candles, grid, on_checkpoint, seed, cost_bps)
    weights = [round(float(weight), 12) for weight in predictor.weights]
    del predictor  # its arrays of millions of bars, before the metrics make theirs
    if tune_weights:
        save_values(db_path, {WEIGHTS_KEY: weights}, int(candles.ts[-1]))
    metrics = stats.metrics()
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    (out / SUMMARY_FILE).write_text(json.dumps(metrics, indent=2) + "\n")
    return stats if return_stats else metrics


def backtest_stats(
    candles: Candles,
    config: Params,
    seed: int = 0,
    *,
    grid: Sequence[int] = (),
    on_checkpoint: Callable[[Checkpoint], bool] | None = None,
) -> BacktestStats:
    """Return the stats of the embedded predictor on candles in memory; ``config`` is full.

    grid, on_checkpoint: as in ``run_backtest``.
    """
    predictor = Predictor(candles, config, seed, keep_p_up=False)
    return _run(predictor, candles, grid, on_checkpoint, seed, 0.0)


def segment_stats(
    candles: Candles, segment: Segment, config: Params, seed: int = 0
) -> BacktestStats:
    """Return the stats of a segment's scored bars: a fresh predictor, warmed up before them.

    candles: those that the segment counts in, which give the interval too.
    """
    stats = backtest_stats(candles.part(segment.start, segment.stop), config, seed)
    return replace(stats.tail(segment.bars), interval_s=candles.interval_s)


def _run(
    predictor: Predictor,
    candles: Candles,
    grid: Sequence[int],
    on_checkpoint: Callable[[Checkpoint], bool] | None,
    seed: int,
    cost_bps: float,
) -> BacktestStats:
    steps = grid if on_checkpoint is not None else ()
    whole = _stats_to_be(predictor, candles, seed, cost_bps)
    progress = Progress(whole)
    try:
        for until in steps:
            predictor.run(until)
            if predictor.finished:
                break
            n_bars = predictor.bar - predictor.warm_up
            if on_checkpoint is not None and not on_checkpoint(progress.checkpoint(n_bars)):
                return whole.head(n_bars)
        predictor.run()
    finally:
        predictor.close()
    return whole


def _stats_to_be(
    predictor: Predictor, candles: Candles, seed: int, cost_bps: float
) -> BacktestStats:
    """Return the stats of all bars, whose decisions come while the predictor runs.

    The last candle has no outcome and is not scored.
    """
    scored = slice(predictor.warm_up, len(candles) - 1)
    decisions = predictor.decisions
    return BacktestStats(
        direction=decisions.direction[scored],
        confidence=decisions.confidence[scored],
        traded=decisions.traded[scored],
        returns=candles.returns[scored],
        interval_s=candles.interval_s,
        cost_bps=cost_bps,
        seed=seed,
    )
