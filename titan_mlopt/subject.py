"""What is tuned: candles and backtest, both looked at before the first trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from titan_mlopt.backtest import identity
from titan_mlopt.candles import Candles, load_candles, save_candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.engine.indicators import VOL_Z_BARS
from titan_mlopt.errors import BacktestError, CandleError
from titan_mlopt.params import DEFAULTS, TUNABLE_PARAMS
from titan_mlopt.records import COMPLETE, TrialJob
from titan_mlopt.sample import SAMPLE, sample_candles
from titan_mlopt.shared_candles import share_candles
from titan_mlopt.trial import workspace
from titan_mlopt.trial.pool import WorkerPool


def choose_candles(
    source: str | Path | Candles, config: TunerConfig, notice: Callable[[str], None]
) -> Candles:
    """Return the candles to tune on, cut to ``config.limit``; remarks on them go to ``notice``.

    Raises ``CandleError`` for a bad file and for too few candles.
    """
    if isinstance(source, Candles):
        candles = source
    else:
        candles = sample_candles() if source == SAMPLE else load_candles(source)
        for remark in candles.notices:
            notice(f"{candles.name}: {remark}")
    if config.limit is not None:
        candles = candles.head(config.limit)
    warm_up = len(candles) - most_predictions(candles, config) - 1
    needed = warm_up + max(config.min_predictions, 1) + 1
    if len(candles) < needed:
        raise CandleError(
            f"{candles.name}: must have at least {needed} candles ({warm_up} to warm up and "
            f"min_predictions={config.min_predictions}), got {len(candles)}; pass more candles, "
            "a larger limit or a lower min_predictions"
        )
    return candles


def _warm_up() -> int:
    """Return the bars before the embedded predictor's first prediction, at any point."""
    longest = [TUNABLE_PARAMS[f"feature.{w}_window"][1] for w in ("slow", "rsi")]
    vol = int(DEFAULTS["feature.vol_window"]) + VOL_Z_BARS - 1
    return max(*(int(bars) for bars in longest), vol)


def most_predictions(candles: Candles, config: TunerConfig) -> int:
    """Return the predictions that a trial can make at most: the last candle has no outcome.

    Of another backtest than the embedded one nothing is known: it may predict from the first on.
    """
    return len(candles) - 1 - (_warm_up() if config.backtest is None else 0)


def open_scratch(config: TunerConfig) -> Path:
    """Make the private folder of a coordinator, where ``config.scratch`` says, and return it."""
    return workspace.new_scratch(Path(config.scratch) if config.scratch else None)


@contextmanager
def scratch_folder(config: TunerConfig) -> Iterator[Path]:
    """Give such a folder, which is gone afterwards."""
    folder = open_scratch(config)
    try:
        yield folder
    finally:
        workspace.remove_folder(folder)


def put_candles(candles: Candles, config: TunerConfig, folder: Path) -> Path:
    """Write the candles as the backtest reads them and return the file."""
    if config.backtest is None:
        path = folder / "candles.npy"
        share_candles(candles, path)
        return path
    path = folder / "candles.csv"
    save_candles(candles, path)
    return path


def backtest_identity(config: TunerConfig, candles: Candles) -> dict[str, str]:
    """Return path, version and digest of the backtest, which a dry run in a worker tells.

    Raises ``BacktestError`` when it cannot be imported or called, or returns no metrics.
    """
    if config.backtest is None:
        return {"path": identity.IDENTITY, "version": identity.ENGINE_VERSION}
    scratch = open_scratch(config)
    with WorkerPool(1, scratch) as pool:
        job = TrialJob(
            number=0,
            config=config.space.point(),
            candles_path=str(put_candles(candles, config, scratch)),
            folder="",
            grid=(),
            backtest=config.backtest,
            backtest_path=config.backtest_path or "",
            interval_s=candles.interval_s,
            dry=True,
        )
        outcome = pool.check(job, config.timeout_per_trial)
    if outcome.state == COMPLETE:
        return dict(outcome.backtest)
    kind, _, text = outcome.message.partition(": ")
    if kind == BacktestError.__name__:
        raise BacktestError(text)
    last = outcome.log.strip().splitlines()[-1:]
    raise BacktestError(
        f"backtest {config.backtest}: must run on the first candles, got {outcome.message}"
        + (f"; its log ends with {last[0][:200]!r}" if last else "; try it by hand first")
    )
