"""Configs on the bars of a step, each in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from titan_mlopt.backtest.returns import net_returns
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.splits import HORIZON
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.trial import Segment
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest, HoldoutScore, score_members
from titan_mlopt.evaluation.walk.in_force import (
    UNTUNED,
    ConfigInForce,
    candidate_of,
    next_in_force,
)
from titan_mlopt.evaluation.walk.policies import paired_lead
from titan_mlopt.evaluation.walk.records import (
    ALWAYS_UP,
    DEFAULT,
    GATED,
    POLICIES,
    CandleRange,
    PairedLead,
    StepOutcome,
    StrategyScore,
    WalkStep,
)
from titan_mlopt.study.dataset import segment_warm_up


@dataclass(frozen=True, slots=True)
class StepStats:
    """One config on the sealed part of a window, and on the bars that are traded next."""

    sealed: HoldoutScore
    trade: HoldoutScore


def run_step(
    step: WalkStep,
    candles: Candles,
    configs: Sequence[ConfigInForce],
    config: TunerConfig,
    sources: Mapping[str, str],
) -> dict[str, StepStats]:
    """Run configs on the sealed part of a step's window and on its traded bars.

    Each run begins afresh, warmed up on the candles before, and sees none after its last outcome.

    Args:
        step: With a sealed part.
        candles: The whole file.
        configs: Each digest once.
        config: As of ``score_members``.
        sources: As of ``score_members``.

    Returns:
        The stats by the config's digest.

    Raises:
        BacktestError: As of ``score_members``.
    """
    assert step.sealed is not None
    warm_up = segment_warm_up(config.space)
    begin = max(0, step.sealed.start - warm_up)
    part = candles.part(begin, step.trade.stop + HORIZON)
    segments = tuple(
        _segment(part, max(0, first - warm_up - begin), first - begin, stop - begin)
        for first, stop in (
            (step.sealed.start, step.sealed.stop),
            (step.trade.start, step.trade.stop + HORIZON),
        )
    )
    tested = [ConfigUnderTest(f"config {c.config_sha256[:12]}", c.config, c.seed) for c in configs]
    scores = score_members(part, segments, tested, config, sources)
    return {
        c.config_sha256: StepStats(*member) for c, (member,) in zip(configs, scores, strict=True)
    }


def _segment(candles: Candles, start: int, first: int, stop: int) -> Segment:
    return Segment(start, first, stop, int(candles.ts[first]))


def lead_on(candidate: HoldoutScore, in_force: HoldoutScore, objective: str) -> PairedLead | None:
    """Return the lead of one config over another; None where one cannot be scored."""
    if candidate.stats is None or in_force.stats is None:
        return None
    return paired_lead(candidate.stats, in_force.stats, objective)


def traded_stats(score: HoldoutScore, number: int) -> BacktestStats:
    """Return the stats of a config in force on the traded bars of a step.

    Raises:
        BacktestError: It could not be run or scored there.
    """
    if score.stats is None:
        raise BacktestError(
            f"walk: the config in force on step {number} must be scored on its bars, got: "
            f"{score.fault}; put that right, and the same command goes on"
        )
    return score.stats


def always_up_stats(candles: Candles, bars: CandleRange, config: TunerConfig) -> BacktestStats:
    """Return the stats of UP on every bar, which is to buy and to hold."""
    n = len(bars)
    return BacktestStats(
        direction=np.ones(n, np.int8),
        confidence=np.full(n, 0.5),
        traded=np.ones(n, np.bool_),
        returns=returns_of(candles, bars),
        interval_s=candles.interval_s,
        unchanged=config.unchanged,
    )


def returns_of(candles: Candles, bars: CandleRange) -> np.ndarray:
    """Return close[t + 1] / close[t] - 1 of each bar, (n,)."""
    close = candles.close[bars.start : bars.stop + HORIZON]
    return np.asarray(close[1:] / close[:-1] - 1.0)


def score_strategy(
    stats: BacktestStats,
    returns: np.ndarray,
    in_force: ConfigInForce | None,
    before: StrategyScore | None,
    cost_bps: float,
) -> StrategyScore:
    """Return the score of a strategy on the bars of a step.

    Args:
        stats: Of these bars, (n,).
        returns: Of the candles, (n,): those of another backtest's records may be missing.
        in_force: Its config; None for UP on every bar.
        before: Its score on the step before, whose last position it begins with; None on the first.
        cost_bps: Costs in basis points per unit of changed position.
    """
    start = np.int8(0 if before is None else before.position)
    position = np.concatenate([[start], stats.position])
    # A bar without a return stands for the position that is carried over, which costs nothing.
    earned = np.concatenate([[0.0], returns])
    gross, net = (net_returns(position, earned, bps)[1:] for bps in (0.0, cost_bps))
    sha256 = "" if in_force is None else in_force.config_sha256
    return StrategyScore(
        config_sha256=sha256,
        changed=before is not None and before.config_sha256 != sha256,
        in_sample=None if in_force is None else in_force.in_sample,
        n_predictions=stats.total,
        hits=stats.correct,
        ece=stats.expected_calibration_error() if in_force is not None and stats.total else None,
        gross=float(np.prod(1.0 + gross)),
        net=float(np.prod(1.0 + net)),
        position=int(position[-1]),
    )


def score_step(
    outcome: StepOutcome,
    candles: Candles,
    config: TunerConfig,
    sources: Mapping[str, str],
    in_force: Mapping[str, ConfigInForce],
    untuned: ConfigInForce,
    before: Mapping[str, StrategyScore],
) -> StepOutcome:
    """Return the outcome with the lead of its candidate and the scores of all strategies.

    Args:
        outcome: Of a step whose child study is done, without lead and scores.
        candles: The whole file.
        config: Settings of the walk.
        sources: As of ``score_members``.
        in_force: What each policy had in force before.
        untuned: The default config.
        before: Scores on the step before by name, {} on the first.

    Raises:
        BacktestError: As of ``run_step``, and when a config in force cannot be scored.
    """
    step, candidate = outcome.step, candidate_of(outcome, config.seed)
    configs = [untuned, *in_force.values(), *([] if candidate is None else [candidate])]
    distinct = {c.config_sha256: c for c in configs}
    stats = run_step(step, candles, list(distinct.values()), config, sources)
    lead, rival = None, in_force[GATED]
    if candidate is not None and rival.step != UNTUNED:
        first, second = (stats[c.config_sha256].sealed for c in (candidate, rival))
        lead = lead_on(first, second, config.objective_type)
    chosen: dict[str, ConfigInForce] = {
        policy: next_in_force(policy, in_force[policy], candidate, lead) for policy in POLICIES
    }
    returns = returns_of(candles, step.trade)
    scores = {
        name: score_strategy(
            traded_stats(stats[c.config_sha256].trade, step.number),
            *(returns, c, before.get(name), config.cost_bps),
        )
        for name, c in {**chosen, DEFAULT: untuned}.items()
    }
    scores[ALWAYS_UP] = score_strategy(
        always_up_stats(candles, step.trade, config),
        *(returns, None, before.get(ALWAYS_UP), config.cost_bps),
    )
    return replace(outcome, lead=lead, scores=scores)
