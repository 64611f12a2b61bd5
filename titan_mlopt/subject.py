"""What is tuned: candles and backtest, both looked at before the first trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from titan_mlopt.backtest import identity
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE
from titan_mlopt.candles import Candles, load_candles, save_candles
from titan_mlopt.config import DASK, TunerConfig
from titan_mlopt.engine.windows import VOL_Z_BARS, warm_up_bars
from titan_mlopt.errors import BacktestError, CandleError
from titan_mlopt.params import DEFAULTS, TUNABLE_PARAMS
from titan_mlopt.records import COMPLETE, Metrics, Segment, TrialJob
from titan_mlopt.sample import SAMPLE, sample_candles
from titan_mlopt.shared_candles import share_candles
from titan_mlopt.space import Space
from titan_mlopt.trial import workspace
from titan_mlopt.trial.executor import Executor
from titan_mlopt.trial.pool import WorkerPool
from titan_mlopt.validation.splits import PURGED, split_candles, split_segments

#: A segment warms up for ``ml.min_samples`` bars and at least so many more, unscored.
SETTLE_BARS = 250
#: The fewest scored bars of a segment.
LEAST_SEGMENT = 100


@dataclass(frozen=True)
class Subject:
    """What the trials of a study are run on.

    candles: the part to tune on, which is all that trials see. holdout: what is told of the sealed
    part: ``Candles.describe`` with share and purged, the candles in neither part; {} without one.
    segments: () when a trial is one run over all candles; warm_up: candles before each, 0 then.
    """

    candles: Candles
    holdout: Mapping[str, Any]
    segments: tuple[Segment, ...]
    warm_up: int


def study_subject(candles: Candles, config: TunerConfig) -> Subject:
    """Return what a study on these candles is run on: its hold-out sealed, its segments cut.

    Raises ``CandleError`` when there are too few candles for ``config``.
    """
    part, sealed = split_candles(candles, config.holdout)
    _check_enough(part, config)
    told = {"share": config.holdout, "purged": PURGED}
    return Subject(
        candles=part,
        holdout={} if sealed is None else {**told, **sealed.describe()},
        segments=study_segments(part, config),
        warm_up=segment_warm_up(config.space) if config.segments > 1 else 0,
    )


def study_segments(candles: Candles, config: TunerConfig) -> tuple[Segment, ...]:
    """Return the segments of the candles to tune on, () for one run over all."""
    if config.segments == 1:
        return ()
    return split_segments(candles, config.segments, segment_warm_up(config.space))


def _check_enough(candles: Candles, config: TunerConfig) -> None:
    """Raise ``CandleError`` when the candles to tune on are too few."""
    warm_up = len(candles) - most_predictions(candles, config) - 1
    needed, wanted = max(config.min_predictions, 1), f"min_predictions={config.min_predictions}"
    if config.segments > 1 and needed < LEAST_SEGMENT * config.segments:
        needed = LEAST_SEGMENT * config.segments
        wanted = f"{config.segments} segments of {LEAST_SEGMENT}"
    if len(candles) >= warm_up + needed + 1:
        return
    remedy = "pass more candles, a larger limit or a lower min_predictions"
    if config.segments > 1:
        remedy = "pass more candles, a larger limit or fewer segments"
    beside = " beside the hold-out" if config.holdout > 0 else ""
    raise CandleError(
        f"{candles.name}: must have at least {warm_up + needed + 1} candles{beside} ({warm_up} to "
        f"warm up and {wanted}), got {len(candles)}; {remedy}"
    )


def segment_warm_up(space: Space) -> int:
    """Return the candles before the first scored bar of a segment.

    ``ml.min_samples`` and ``SETTLE_BARS`` more, or twice what the indicators need where that is
    longer, at the upper ends of the space; so the classifier is trained at each point. Of another
    backtest it is what the same names say.
    """
    ends = {name: bounds[1] for name, bounds in space.ranges.items()}
    longest = {**DEFAULTS, **space.fixed, **ends}
    return int(longest["ml.min_samples"]) + max(SETTLE_BARS, 2 * warm_up_bars(longest))


def choose_candles(
    source: str | Path | Candles, config: TunerConfig, notice: Callable[[str], None]
) -> Candles:
    """Return the candles of a study, cut to ``config.limit``; remarks on them go to ``notice``.

    Raises ``CandleError`` for a bad file and for too few candles.
    """
    candles = read_candles(source, config.limit, notice)
    study_subject(candles, config)
    return candles


def read_candles(
    source: str | Path | Candles, limit: int | None, notice: Callable[[str], None]
) -> Candles:
    """Return the first ``limit`` candles of a file, of "sample" or of those given."""
    if isinstance(source, Candles):
        candles = source
    else:
        candles = sample_candles() if source == SAMPLE else load_candles(source)
        for remark in candles.notices:
            notice(f"{candles.name}: {remark}")
    return candles if limit is None else candles.head(limit)


def _warm_up() -> int:
    """Return the bars before the embedded predictor's first prediction, at any point."""
    longest = [TUNABLE_PARAMS[f"feature.{w}_window"][1] for w in ("slow", "rsi")]
    vol = int(DEFAULTS["feature.vol_window"]) + VOL_Z_BARS - 1
    return max(*(int(bars) for bars in longest), vol)


def most_predictions(candles: Candles, config: TunerConfig) -> int:
    """Return the predictions that a trial can make at most: the last candle has no outcome.

    candles: those to tune on. On segments these are the scored bars. Of another backtest than the
    embedded one that runs in one piece nothing is known: it may predict from the first on.
    """
    if config.segments > 1:
        return len(candles) - 1 - segment_warm_up(config.space)
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


def put_segments(
    candles: Candles, segments: tuple[Segment, ...], config: TunerConfig, folder: Path
) -> tuple[Segment, ...]:
    """Return the segments; for a backtest that reads files, each with a file of its candles."""
    if config.backtest is None:
        return segments
    found = []
    for number, segment in enumerate(segments, start=1):
        path = folder / f"segment-{number}.csv"
        save_candles(candles.part(segment.start, segment.stop), path)
        found.append(replace(segment, path=str(path)))
    return tuple(found)


def open_executor(
    config: TunerConfig,
    n_jobs: int,
    scratch: Path,
    notice: Callable[[str], None],
    backtest: Mapping[str, str] | None = None,
) -> Executor:
    """Open what runs ``n_jobs`` trials at once, and removes ``scratch`` when it is closed.

    Where it cannot be opened ``scratch`` is gone, too.

    backtest: path, version and digest that one of others must have wherever it runs.
    """
    if config.executor != DASK:
        return WorkerPool(n_jobs, scratch)
    try:
        from titan_mlopt.trial.dask import DaskPool

        assert config.scheduler is not None
        pinned = None if config.backtest is None else backtest
        return DaskPool(config.scheduler, n_jobs, scratch, notice, pinned)
    except BaseException:
        workspace.remove_folder(scratch)
        raise


def backtest_identity(
    config: TunerConfig, candles: Candles, notice: Callable[[str], None]
) -> dict[str, str]:
    """Return path, version and digest of the backtest, which a dry run in a worker tells.

    candles: those to tune on. Raises ``BacktestError`` when it cannot be imported or called,
    returns no metrics, or cannot be scored on segments as ``config`` asks.
    """
    if config.backtest is None:
        return {"path": identity.IDENTITY, "version": identity.ENGINE_VERSION}
    scratch = open_scratch(config)
    with open_executor(config, 1, scratch, notice) as pool:
        job = TrialJob(
            number=0,
            config=config.space.point(),
            candles_path=str(put_candles(candles, config, scratch)),
            folder="",
            grid=(),
            backtest=config.backtest,
            backtest_path=config.backtest_folder,
            interval_s=candles.interval_s,
            dry=True,
            memory_bytes=config.memory_bytes,
            segments=study_segments(candles, config),
            sealed=config.holdout > 0,
        )
        outcome = pool.check(job, config.timeout_per_trial)
    if outcome.state == COMPLETE:
        _check_returns(outcome.metrics, config)
        return dict(outcome.backtest)
    kind, _, text = outcome.message.partition(": ")
    if kind == BacktestError.__name__:
        raise BacktestError(text)
    last = outcome.log.strip().splitlines()[-1:]
    where = " (with a hold-out it works in the trial's folder, not here)" if job.sealed else ""
    raise BacktestError(
        f"backtest {config.backtest}: must run on the first candles, got {outcome.message}{where}"
        + (f"; its log ends with {last[0][:200]!r}" if last else "; try it by hand first")
    )


def _check_returns(metrics: Metrics, config: TunerConfig) -> None:
    """Raise ``BacktestError`` when a Sharpe ratio is wanted that the records cannot give."""
    if config.segments == 1 or config.objective_type == "accuracy":
        return
    if metrics.get("n_predictions") and metrics.get("sharpe") is None:
        raise BacktestError(
            f"backtest {config.backtest}: must write the return of each bar into "
            f"{PREDICTIONS_FILE} for a Sharpe ratio on segments, got none; add it, or score in one "
            "piece with --segments 1"
        )
