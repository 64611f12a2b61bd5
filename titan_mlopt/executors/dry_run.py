"""The dry run: whether a backtest can be run at all, and what it is, before the first trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from titan_mlopt.backtest.external import NoBacktestError, SignatureError
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core import backtest_id
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.trial import COMPLETE, TIMEOUT, Metrics, Segment, TrialJob, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.core.unchanged import SKIP
from titan_mlopt.executors.base import UNCHANGED
from titan_mlopt.executors.factory import open_jobs
from titan_mlopt.executors.run import run_alone

#: Seconds for a backtest to be imported and to run on the first candles.
DRY_TIMEOUT_S = 300.0
# A trial tells an exception by its name alone.
_REFUSALS = {kind.__name__ for kind in (BacktestError, NoBacktestError, SignatureError)}


@dataclass(frozen=True, slots=True)
class KnownBacktest:
    """What a dry run showed of a backtest.

    identity: path, version and digest of its own file; of the embedded one path and version.
    sources: SHA-256 by module of all that it loaded, {} of the embedded one. unchanged: what an
    unchanged close counts as in its records (``predictions.unchanged_rule``).
    """

    identity: dict[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    unchanged: str = SKIP


def try_backtest(
    config: TunerConfig,
    candles: Candles,
    notice: Callable[[str], None],
    segments: tuple[Segment, ...] = (),
) -> KnownBacktest:
    """Run an external backtest on the first candles, in a worker, and return what it is.

    Args:
        config: Names the backtest and says where it runs.
        candles: Those to tune on.
        notice: Called with what a person should know.
        segments: Those that trials are scored on, () for one run over all candles.

    Raises:
        BacktestError: When it cannot be imported or called, returns no metrics, or cannot be
            scored on segments as ``config`` asks.
    """
    if config.backtest is None:
        return KnownBacktest({"path": backtest_id.IDENTITY, "version": backtest_id.ENGINE_VERSION})
    with open_jobs(replace(config, n_jobs=1), candles, notice=notice) as (pool, jobs):
        # Without sampled parameters: an external backtest has defaults of its own.
        fixed = dict(config.space.fixed)
        job = jobs.job(0, fixed, seed=0, repeat=1, segments=segments, dry=True)
        end = run_alone(pool, job, DRY_TIMEOUT_S)
    _, fault = dry_run_fault(end.outcome, job, DRY_TIMEOUT_S)
    if fault:
        raise BacktestError(fault)
    _check_returns(end.outcome.metrics, config)
    identity = dict(end.outcome.backtest)
    rule = identity.pop(UNCHANGED, SKIP)
    return KnownBacktest(identity, dict(end.sources), rule)


def dry_run_fault(outcome: TrialOutcome, job: TrialJob, timeout_s: float) -> tuple[str, str]:
    """Return why a dry run did not complete, ("", "") when it did.

    Args:
        outcome: Of the dry run.
        job: What was run.
        timeout_s: Seconds that it had.

    Returns:
        Name of the ``BacktestError``, "" for any other cause, and the message.
    """
    if outcome.state == COMPLETE:
        return "", ""
    if outcome.reason == TIMEOUT:
        return "", (
            f"backtest {job.backtest}: must run on the first candles within "
            f"{timeout_s:g} s, got no end of it; try it by hand first"
        )
    kind, _, text = outcome.message.partition(": ")
    if kind in _REFUSALS:
        return kind, text
    last = outcome.log.strip().splitlines()[-1:]
    where = " (with a hold-out it works in the trial's folder, not here)" if job.sealed else ""
    return "", (
        f"backtest {job.backtest}: must run on the first candles, got {outcome.message}{where}"
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
