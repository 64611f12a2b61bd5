"""Evidence on a candidate: every statistic that the gate uses, from the bars of the hold-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from titan_mlopt.analysis.statistics.bootstrap import (
    RESAMPLES,
    Difference,
    ratio_difference,
    sharpe_difference,
)
from titan_mlopt.analysis.statistics.bootstrap_tail import GATE_RESAMPLES, bootstrap_tail
from titan_mlopt.analysis.statistics.calibration import (
    CalibrationTest,
    calibration_difference,
    calibration_test,
)
from titan_mlopt.analysis.statistics.drawdown import RESAMPLES as DRAWDOWN_RESAMPLES
from titan_mlopt.analysis.statistics.drawdown import DrawdownTail, drawdown_tail
from titan_mlopt.analysis.statistics.overfitting import Overfitting
from titan_mlopt.analysis.statistics.paired_tests import (
    PairedTest,
    block_means_test,
    diebold_mariano,
    mcnemar_with_flat,
    pesaran_timmermann,
    sharpe_difference_test,
)
from titan_mlopt.backtest.returns import break_even_bps
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.errors import BacktestError

CHAMPION, COIN = "champion", "coin"


@dataclass(frozen=True, slots=True)
class AccuracyEvidence:
    """Accuracy of candidate and rival on the hold-out's bars whose close moved.

    rival: "champion", "coin", or the name of a baseline. n: predictions on such bars. A bar that is
    FLAT for one of them counts for the other alone. bootstrap: of the difference, with its
    interval. mcnemar: the same difference against flipped coins
    (``paired_tests.mcnemar_with_flat``). block_means: the same in blocks of time
    (``paired_tests.block_means_test``); None where the predictions stand in one block.
    """

    rival: str
    n_candidate: int
    n_rival: int
    accuracy_candidate: float
    accuracy_rival: float
    bootstrap: Difference
    mcnemar: PairedTest
    block_means: PairedTest | None

    @property
    def bootstrap_p(self) -> float:
        """One-sided p-value of the bootstrap; see ``bootstrap_tail`` where no resample told."""
        return bootstrap_tail(self.bootstrap)

    @property
    def p_value(self) -> float:
        """The largest one-sided p-value of the three tests; 1 without one of them."""
        by_block = 1.0 if self.block_means is None else self.block_means.p_greater
        return max(self.bootstrap_p, self.mcnemar.p_greater, by_block)


@dataclass(frozen=True, slots=True)
class SharpeEvidence:
    """Annualised Sharpe ratios, 0 without any trade, and the two tests of their difference.

    bootstrap: of the per-bar ratios. psr: ``paired.sharpe_difference_test``. Without a champion the
    other ratio is 0.
    """

    candidate: float
    rival: float
    bootstrap: Difference
    psr: PairedTest | None


@dataclass(frozen=True, slots=True)
class EarningsEvidence:
    """What the candidate earned on the hold-out's bars.

    net_return: compounded, after ``cost_bps``; of the champion None without one. break_even_bps:
    costs at which the mean return is 0 (``returns.break_even_bps``).
    """

    net_return: float
    champion: float | None
    cost_bps: float
    break_even_bps: float | None


@dataclass(frozen=True, slots=True)
class BrierEvidence:
    """Mean (p_up − up)² on the bars that moved and that either predicts; FLAT says 1/2.

    Without a champion the rival says 1/2 on each, which scores .25. diebold_mariano: p_greater is
    that of "the candidate is not worse".
    """

    candidate: float
    rival: float
    n: int
    diebold_mariano: PairedTest | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that ``decide`` uses; None is what could not be computed or was not given.

    n_bars: of the hold-out. accuracy: one for each rival: the champion where there is one, the coin
    and each simple rule; a rival or candidate that predicts nothing has none there. timing: of the
    candidate's directions, see ``paired_tests.pesaran_timmermann``.
    ece_difference: candidate less champion, None when either predicts nothing. drawdown, coverage:
    of candidate and champion. deflated_sharpe, overfitting: of the study, not of the
    hold-out. earnings: None where no bar with a position has a return. candidates: which config
    it is that is judged on these bars, from 1; in decisions of earlier versions, how many were.
    """

    n_bars: int
    has_champion: bool
    candidates: int
    accuracy: tuple[AccuracyEvidence, ...]
    timing: PairedTest | None
    sharpe: SharpeEvidence | None
    brier: BrierEvidence | None
    calibration: CalibrationTest | None
    ece_difference: Difference | None
    drawdown: tuple[float, float | None]
    coverage: tuple[float, float | None]
    deflated_sharpe: float | None = None
    overfitting: Overfitting | None = None
    earnings: EarningsEvidence | None = None
    drawdown_tail: DrawdownTail | None = None

    @property
    def rivals(self) -> tuple[str, ...]:
        """Names of all that must be beaten."""
        return tuple(rival.rival for rival in self.accuracy)

    @property
    def strongest_rule(self) -> AccuracyEvidence | None:
        """The simple rule with the highest accuracy on the candidate's bars; None without rules."""
        rules = [rival for rival in self.accuracy if rival.rival not in (CHAMPION, COIN)]
        return max(rules, key=lambda rule: rule.accuracy_rival, default=None)


def build_evidence(
    candidate: BacktestStats,
    champion: BacktestStats | None = None,
    naive_rules: Mapping[str, np.ndarray] | None = None,
    *,
    candidates: int = 1,
    deflated_sharpe: float | None = None,
    overfitting: Overfitting | None = None,
    seed: int = 0,
    resamples: int | None = None,
) -> Evidence:
    """Return the tests of a candidate against the champion on the bars of the hold-out.

    The same arguments give the same evidence.

    Args:
        candidate: Stats of the hold-out's bars alone.
        champion: Stats of the same bars; None without a champion.
        naive_rules: Directions, (n_bars,), by the rule's name, as from ``baseline_directions``.
        candidates: Which config on these bars it is (``analysis.looks.number_of_look``), from 1.
        deflated_sharpe: Of the study, in [0, 1].
        overfitting: Of the study.
        seed: Of the bootstrap, the signs and the calibration draws.
        resamples: Of the bootstrap of the accuracies; None is 4,999. See ``resamples_for``.

    Raises:
        BacktestError: Candidate and champion are not of the same bars.
        ValueError: ``candidates`` is below 1, or a rule has another length.
    """
    if candidates < 1:
        raise ValueError(f"build_evidence: candidates must be >= 1, got {candidates!r}")
    _check_same_bars(candidate, champion)
    if resamples is None:
        resamples = GATE_RESAMPLES
    rivals: dict[str, np.ndarray | None] = {COIN: None, **(naive_rules or {})}
    if champion is not None:
        rivals = {CHAMPION: champion.direction, **rivals}
    outcome = _outcome(candidate, champion)
    for name, rival in rivals.items():
        if rival is not None and rival.shape != outcome.shape:
            raise ValueError(f"build_evidence: {name} must be {outcome.shape}, got {rival.shape}")
    compared = [
        _compare_accuracy(name, candidate, rival, outcome, seed, resamples)
        for name, rival in rivals.items()
    ]
    return Evidence(
        n_bars=len(candidate.direction),
        has_champion=champion is not None,
        candidates=candidates,
        accuracy=tuple(rival for rival in compared if rival is not None),
        timing=pesaran_timmermann(candidate.direction, outcome),
        sharpe=_compare_sharpe(candidate, champion, seed, resamples),
        brier=_compare_brier(candidate, champion),
        calibration=_calibration(candidate, seed),
        ece_difference=_compare_ece(candidate, champion, seed, resamples),
        drawdown=(candidate.max_drawdown(), champion.max_drawdown() if champion else None),
        coverage=(_coverage(candidate), _coverage(champion) if champion else None),
        deflated_sharpe=deflated_sharpe,
        overfitting=overfitting,
        earnings=_earnings(candidate, champion),
        drawdown_tail=drawdown_tail(
            candidate.net,
            np.random.default_rng([seed, 4]),
            resamples=min(2 * resamples + 1, DRAWDOWN_RESAMPLES),
        ),
    )


def _earnings(candidate: BacktestStats, champion: BacktestStats | None) -> EarningsEvidence | None:
    if not (candidate.position * candidate.returns).any():
        return None
    return EarningsEvidence(
        _compounded(candidate),
        None if champion is None else _compounded(champion),
        candidate.cost_bps,
        break_even_bps(candidate.position, candidate.returns, candidate.breaks),
    )


def _compounded(stats: BacktestStats) -> float:
    return float(np.prod(np.maximum(1.0 + stats.net, 0.0))) - 1.0


def _check_same_bars(candidate: BacktestStats, champion: BacktestStats | None) -> None:
    if champion is None:
        return
    bars = len(candidate.direction), len(champion.direction)
    if bars[0] != bars[1]:
        raise BacktestError(
            f"hold-out: candidate and champion must have the same bars, got {bars[0]} and "
            f"{bars[1]}; score both on the same range of candles"
        )
    outcomes = candidate.actual, champion.actual
    for ours, theirs in ((candidate.returns, champion.returns), outcomes):
        differs = (ours != theirs) & (ours != 0) & (theirs != 0)
        if differs.any():
            raise BacktestError(
                "hold-out: candidate and champion must have the same bars, got other returns or "
                f"outcomes on {int(differs.sum())} of {bars[0]}; score both on the same range of "
                "candles"
            )
    settings = [(s.interval_s, s.cost_bps, s.unchanged) for s in (candidate, champion)]
    if settings[0] != settings[1]:
        raise BacktestError(
            "hold-out: candidate and champion must have the same interval, costs and rule for "
            f"unchanged closes, got {settings[0]} and {settings[1]}; run both with the same ones"
        )


def _outcome(candidate: BacktestStats, champion: BacktestStats | None) -> np.ndarray:
    """Return what happened; a backtest need not tell it (0) of bars on which it is FLAT."""
    ours = candidate.actual
    return ours if champion is None else np.where(ours != 0, ours, champion.actual)


def _coverage(stats: BacktestStats) -> float:
    return stats.total / len(stats.direction) if len(stats.direction) else 0.0


def _compare_accuracy(
    rival: str,
    candidate: BacktestStats,
    direction: np.ndarray | None,
    outcome: np.ndarray,
    seed: int,
    resamples: int,
) -> AccuracyEvidence | None:
    """Return None when either predicts nothing; a rule is FLAT where the candidate is."""
    moving_bars = outcome != 0
    ours = candidate.predicted & moving_bars
    hit = candidate.hit & ours
    if direction is None:
        theirs, rival_hit = ours, ours / 2.0
    else:
        if rival != CHAMPION:
            direction = np.where(candidate.predicted, direction, 0)
        theirs = (direction != 0) & moving_bars
        rival_hit = direction * outcome > 0
    difference = ratio_difference(
        hit, ours, rival_hit, theirs, np.random.default_rng(seed), resamples=resamples
    )
    coins = np.random.default_rng([seed, 1])
    mcnemar = mcnemar_with_flat(candidate.direction, direction, outcome, coins)
    if difference is None or mcnemar is None:
        return None
    n, n_rival = int(ours.sum()), int(theirs.sum())
    rate, rival_rate = float(hit.sum()) / n, float(rival_hit.sum()) / n_rival
    by_block = block_means_test(hit, ours, rival_hit * theirs, theirs)
    return AccuracyEvidence(rival, n, n_rival, rate, rival_rate, difference, mcnemar, by_block)


def _compare_sharpe(
    candidate: BacktestStats, champion: BacktestStats | None, seed: int, resamples: int
) -> SharpeEvidence | None:
    ours = candidate.net
    theirs = champion.net if champion is not None else np.zeros_like(ours)
    rng = np.random.default_rng([seed, 2])
    difference = sharpe_difference(ours, theirs, rng, resamples=min(resamples, RESAMPLES))
    if difference is None:
        return None
    rival = (champion.sharpe_ratio() or 0.0) if champion is not None else 0.0
    psr = sharpe_difference_test(ours, theirs)
    return SharpeEvidence(candidate.sharpe_ratio() or 0.0, rival, difference, psr)


def _compare_brier(
    candidate: BacktestStats, champion: BacktestStats | None
) -> BrierEvidence | None:
    outcome = _outcome(candidate, champion)
    either = candidate.predicted | (champion.predicted if champion is not None else False)
    bars = (outcome != 0) & either
    if not bars.any():
        return None
    up = outcome[bars] > 0
    ours = np.square(_p_up(candidate)[bars] - up)
    theirs = np.square((_p_up(champion)[bars] if champion is not None else 0.5) - up)
    test = diebold_mariano(ours, theirs)
    return BrierEvidence(float(ours.mean()), float(theirs.mean()), int(bars.sum()), test)


def _p_up(stats: BacktestStats) -> np.ndarray:
    """Return the probability of UP that direction and confidence say; 1/2 where FLAT."""
    return np.asarray(0.5 + np.sign(stats.direction) * (stats.confidence - 0.5))


def _calibration(stats: BacktestStats, seed: int) -> CalibrationTest | None:
    return calibration_test(stats.confidence[stats.predicted], stats.hit[stats.predicted], seed)


def _compare_ece(
    candidate: BacktestStats, champion: BacktestStats | None, seed: int, resamples: int
) -> Difference | None:
    if champion is None:
        return None
    rng = np.random.default_rng([seed, 3])
    return calibration_difference(candidate, champion, rng, resamples=min(resamples, RESAMPLES))
