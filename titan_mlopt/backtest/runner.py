"""The embedded backtest: one config over candles, with the signature of Titan's own backtest."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from titan_mlopt.backtest.calibration import Bins
from titan_mlopt.backtest.engine.predictor import Predictor
from titan_mlopt.backtest.kv_table import WEIGHTS_KEY, load_config, save_values
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.trial import Checkpoint, Metrics, Segment
from titan_mlopt.core.unchanged import SKIP

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
    unchanged: str = SKIP,
    candles: Candles | None = None,
) -> BacktestStats | Metrics:
    """Run the embedded predictor with the config of ``db_path`` and write ``out_dir/summary.json``.

    Args:
        csv_path: Any file that ``load_candles`` reads.
        db_path: SQLite file with Titan's table ``kv``; a missing key has its default.
        out_dir: Folder of the summary, created if needed.
        limit: Use only the first candles; None for all.
        tune_weights: Whether to save the ensemble's learned weights to the database, from which
            production can continue; False leaves the database unchanged.
        return_stats: Whether to return the ``BacktestStats`` rather than the metrics.
        grid: Numbers of predictions after which ``on_checkpoint`` is called, increasing.
        on_checkpoint: Returns False to stop the run; the result then covers the bars so far.
        seed: Seed of the classifier and of the ECE's noise floor.
        cost_bps: Trading costs in basis points per unit of changed position.
        unchanged: What an unchanged close counts as (``core.unchanged``).
        candles: The candles of the file, for a caller that has read it already.

    Returns:
        The stats of the scored bars, or their metrics by logged name.

    Raises:
        CandleError: The file cannot be used, or holds too few candles for the config.
        ConfigError: ``limit`` or a value of the config is out of its range.
    """
    candles = load_candles(csv_path, limit) if candles is None else candles
    predictor = Predictor(candles, load_config(db_path), seed, keep_p_up=False)
    stats = _run(predictor, candles, grid, on_checkpoint, seed, cost_bps, unchanged)
    weights = [round(float(weight), 12) for weight in predictor.weights]
    del predictor  # frees its arrays before the metrics allocate theirs
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
    cost_bps: float = 0.0,
    unchanged: str = SKIP,
) -> BacktestStats:
    """Return the stats of the embedded predictor on candles in memory.

    Args:
        candles: At least ``warm_up_bars(config) + 2``.
        config: Full config, as ``merge_config`` returns it.
        seed: Seed of the classifier and of the ECE's noise floor.
        grid: As in ``run_backtest``.
        on_checkpoint: As in ``run_backtest``.
        cost_bps: As in ``run_backtest``.
        unchanged: As in ``run_backtest``.

    Raises:
        CandleError: There are too few candles.
    """
    predictor = Predictor(candles, config, seed, keep_p_up=False)
    return _run(predictor, candles, grid, on_checkpoint, seed, cost_bps, unchanged)


def segment_stats(
    candles: Candles,
    segment: Segment,
    config: Params,
    seed: int = 0,
    cost_bps: float = 0.0,
    unchanged: str = SKIP,
) -> BacktestStats:
    """Return the stats of a segment's scored bars, from a predictor that starts afresh on it.

    Args:
        candles: The candles in which the segment counts; their interval is used too.
        segment: The segment.
        config: Full config, as ``merge_config`` returns it.
        seed: Seed of the classifier and of the ECE's noise floor.
        cost_bps: As in ``run_backtest``.
        unchanged: As in ``run_backtest``.

    Raises:
        CandleError: The segment has too few candles.
    """
    part = candles.part(segment.start, segment.stop)
    stats = backtest_stats(part, config, seed, cost_bps=cost_bps, unchanged=unchanged)
    return replace(stats.tail(segment.bars), interval_s=candles.interval_s)


def _run(
    predictor: Predictor,
    candles: Candles,
    grid: Sequence[int],
    on_checkpoint: Callable[[Checkpoint], bool] | None,
    seed: int,
    cost_bps: float,
    unchanged: str,
) -> BacktestStats:
    steps = grid if on_checkpoint is not None else ()
    whole = _stats_in_progress(predictor, candles, seed, cost_bps, unchanged)
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


def _stats_in_progress(
    predictor: Predictor, candles: Candles, seed: int, cost_bps: float, unchanged: str
) -> BacktestStats:
    """Return stats that share the predictor's arrays, which it fills while it runs.

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
        unchanged=unchanged,
    )


class Progress:
    """The checkpoints of a run, each computed only from the bars since the one before.

    They equal ``BacktestStats.checkpoint`` of the same bars, to the bit.

    Args:
        whole: Stats of all bars of the run; the later decisions may still be missing.
    """

    def __init__(self, whole: BacktestStats) -> None:
        self._whole, self._bars, self._bins = whole, 0, Bins()

    def checkpoint(self, n_bars: int) -> Checkpoint:
        """Return the checkpoint after the first ``n_bars`` bars.

        Args:
            n_bars: Scored bars, no fewer than in the call before.
        """
        for confidence, hit in self._whole.part(self._bars, n_bars).predictions():
            self._bins.add(confidence, hit)
        self._bars, n = n_bars, self._bins.total
        return Checkpoint(
            n_predictions=n,
            n_bars=n_bars,
            accuracy=int(self._bins.hits.sum()) / n if n else 0.0,
            ece=self._bins.ece(),
            sharpe=self._whole.head(n_bars).sharpe_ratio(),
        )
