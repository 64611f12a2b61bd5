"""Configs on the same bars, each run in a process of its own, bar by bar; ensembles by votes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from titan_mlopt.analysis.looks import TunedRange
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE
from titan_mlopt.backtest.stats import BacktestStats, load_bars
from titan_mlopt.backtest.voting import voted_stats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.ensemble import Ensemble
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.trial import COMPLETE, Segment, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.factory import open_jobs
from titan_mlopt.executors.run import run_jobs

# Share of an external backtest's predictions whose outcome may differ from the candles': it may
# read prices differently. Predictions that belong to another bar differ half of the time.
_MAX_MISMATCH = 0.02


@dataclass(frozen=True, slots=True)
class ConfigUnderTest:
    """A config, or an ensemble of them, with the seed that it runs with.

    name: for messages. config: of an ensemble its best member's. tuned: bars that it was tuned on;
    of a candidate those in other studies.
    """

    name: str
    config: Params
    seed: int
    tuned: tuple[TunedRange, ...] = field(default=(), kw_only=True)
    ensemble: Ensemble | None = field(default=None, kw_only=True)

    @property
    def config_sha256(self) -> str:
        """SHA-256 of the config's JSON, or of the ensemble, as of a registered version."""
        ensemble = self.ensemble
        return Bundle(self.config, {}, {}).config_sha256 if ensemble is None else ensemble.sha256

    @property
    def configs(self) -> tuple[Params, ...]:
        """The configs that run: the members of an ensemble, the best one first, or the config."""
        return (self.config,) if self.ensemble is None else self.ensemble.configs

    def name_of(self, member: int) -> str:
        """Return the name of the config at this place of ``configs``, for messages."""
        if self.ensemble is None:
            return self.name
        return f"{self.name}, member trial {self.ensemble.trials[member]},"


@dataclass(frozen=True, slots=True)
class HoldoutScore:
    """The stats of the hold-out's bars alone; None, and why, when there are none to compare."""

    stats: BacktestStats | None
    fault: str = ""


def score_on_holdout(
    candles: Candles,
    first: int,
    configs: Sequence[ConfigUnderTest],
    config: TunerConfig,
    sources: Mapping[str, str] = {},
) -> tuple[HoldoutScore, ...]:
    """Run each config over the candles and score all of them on the same bars.

    Args:
        candles: The hold-out, with the candles before it on which configs warm up.
        first: Index of the first bar that is scored; the last candle has no outcome.
        configs: The configs to run.
        config: Settings, of which backtest, jobs, timeout and scratch folder are used.
        sources: SHA-256 by module of what an external backtest must load.

    Returns:
        A score for each config, in order.

    Raises:
        BacktestError: The external backtest loads other modules than ``sources`` says.
    """
    whole = Segment(0, first, len(candles), int(candles.ts[first]))
    members = score_members(candles, (whole,), configs, config, sources)
    return tuple(
        _vote(tested, [score for (score,) in scores])
        for tested, scores in zip(configs, members, strict=True)
    )


def _vote(tested: ConfigUnderTest, members: Sequence[HoldoutScore]) -> HoldoutScore:
    """Return the score of an ensemble from its members' scores; of one config its own."""
    fault = next((score for score in members if score.stats is None), None)
    if fault is not None or tested.ensemble is None:
        return fault or members[0]
    stats = [score.stats for score in members if score.stats is not None]
    return HoldoutScore(voted_stats(stats, tested.ensemble.threshold))


def score_members(
    candles: Candles,
    segments: Sequence[Segment],
    configs: Sequence[ConfigUnderTest],
    config: TunerConfig,
    sources: Mapping[str, str] = {},
) -> tuple[tuple[tuple[HoldoutScore, ...], ...], ...]:
    """Run each config, and each member of an ensemble, on each segment.

    Whatever interrupts it, no process and no file is left.

    Args:
        candles: Those in which the segments count.
        segments: At least one; a config starts afresh on each.
        configs: As of ``score_on_holdout``.
        config: As of ``score_on_holdout``.
        sources: As of ``score_on_holdout``.

    Returns:
        For each of ``configs`` and each of its members a score for each segment, in order.

    Raises:
        BacktestError: As of ``score_on_holdout``.
    """
    runs = [
        (tested, member, part)
        for tested in configs
        for member in range(len(tested.configs))
        for part in range(len(segments))
    ]
    config = replace(config, n_jobs=min(config.n_jobs, len(runs)))
    with open_jobs(config, candles, tuple(segments), sources=sources) as (pool, maker):
        files = [maker.candles_path.parent / f"bars-{n}.npz" for n in range(len(runs))]
        jobs = deque(
            maker.job(
                *(number, tested.configs[member]),
                segments=(maker.segments[part],),
                seed=tested.seed,
                repeat=1,
                sealed=True,
                bars_path=str(file),
            )
            for number, ((tested, member, part), file) in enumerate(zip(runs, files, strict=True))
        )
        ends = run_jobs(pool, jobs, config.timeout_per_trial)
        scores = iter(
            _scored(
                *(tested.name_of(member), ends[number].outcome, files[number]),
                candles.part(segments[part].start, segments[part].stop),
                segments[part].first - segments[part].start,
            )
            for number, (tested, member, part) in enumerate(runs)
        )
        return tuple(
            tuple(tuple(next(scores) for _ in segments) for _ in tested.configs)
            for tested in configs
        )


def _scored(
    name: str, outcome: TrialOutcome, file: Path, candles: Candles, first: int
) -> HoldoutScore:
    bars = None
    try:
        bars = load_bars(file) if file.exists() else None
        if bars is not None and len(bars.direction) < len(candles) - 1 - first:
            raise BacktestError(
                f"the backtest must write a record for each bar into {PREDICTIONS_FILE}, FLAT ones "
                f"too, got {len(bars.direction)} for the {len(candles) - 1 - first} bars to "
                "score; write them all"
            )
        if outcome.state == COMPLETE:
            if bars is None:
                raise BacktestError(f"{file} must stay until it is read, got none; run it again")
            return HoldoutScore(same_bars(bars, candles, first))
    except BacktestError as error:
        return HoldoutScore(None, f"{name} cannot be scored bar by bar: {error}")
    return HoldoutScore(None, f"{name} did not run on these candles: {outcome.message}")


def same_bars(bars: BacktestStats, candles: Candles, first: int) -> BacktestStats:
    """Return the stats of the bars from ``first`` to the last but one, with the candles' outcomes.

    Some backtests write a record for the last candle too. Which bars the records belong to shows in
    the outcomes of their predictions; a bar without a prediction says nothing.

    Args:
        bars: Stats of these bars, or of one more before or after them.
        candles: The candles that were run.
        first: Index of the first scored bar.

    Raises:
        BacktestError: The outcomes fit neither way.
    """
    moves = np.sign(np.diff(candles.close[first:])).astype(np.int8)
    n = len(moves)
    last, before = bars.tail(n), bars.tail(n + 1).head(n)
    fitting = min((last, before), key=lambda part: _mismatch(part, moves))
    mismatch = _mismatch(fitting, moves)
    if mismatch > _MAX_MISMATCH:
        raise BacktestError(
            f"the outcome in {PREDICTIONS_FILE} must be the direction of the next close, got "
            f"another one on {mismatch:.0%} of the predictions; write one record a bar, FLAT ones "
            "too, in order, with that outcome"
        )
    # The same outcome for all, on FLAT bars too.
    return replace(fitting, outcome=moves)


def _mismatch(part: BacktestStats, moves: np.ndarray) -> float:
    """Return the share of predictions whose outcome is not the direction of the next close."""
    outcome = np.sign(part.returns) if part.outcome is None else part.outcome
    comparable = part.predicted & (outcome != 0) & (moves != 0)
    return float((outcome != moves)[comparable].mean()) if comparable.any() else 0.0
