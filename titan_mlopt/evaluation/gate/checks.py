"""The checks of the gate: each value against its threshold, with a sentence that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import ge, gt, le
from statistics import NormalDist

from titan_mlopt.analysis.statistics.naive_rules import MAJORITY
from titan_mlopt.analysis.statistics.paired_tests import BLOCKS, PairedTest
from titan_mlopt.core.findings import FAILED, PASSED, UNKNOWN
from titan_mlopt.core.scoring import costs_text
from titan_mlopt.evaluation.gate.evidence import CHAMPION, COIN, AccuracyEvidence, Evidence
from titan_mlopt.evaluation.gate.thresholds import GateThresholds

#: Roles of a check: required for PROMOTE, veto, or warning.
DECIDES, GUARDS, WARNS = "decides", "guards", "warns"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: a value, its threshold, and the result.

    role: "decides", "guards" or "warns". status: "passed", "failed" or "unknown". value and
    threshold: None where there is none. sentence: for a person.
    """

    test: str
    role: str
    status: str
    value: float | None
    threshold: float | None
    sentence: str


def check_predictions(evidence: Evidence, limits: GateThresholds) -> Check:
    """Return whether candidate and champion predicted often enough to be judged at all."""
    counts = [
        min(rival.n_candidate, rival.n_rival)
        for rival in evidence.accuracy
        if rival.rival in (CHAMPION, COIN)  # how often a naive rule predicts does not matter
    ]
    n = min(counts, default=0)
    sentence = (
        f"{n:,} predictions on bars that moved; at least {limits.min_predictions:,} are needed"
    )
    return _check("predictions", DECIDES, n, ge, limits.min_predictions, sentence)


def check_accuracy(
    rival: AccuracyEvidence, alpha: float, limits: GateThresholds
) -> tuple[Check, Check]:
    """Return the difference to one rival, and its tests at the level of this look."""
    boot, than = rival.bootstrap, named(rival.rival)
    comparison = (
        f"{rival.accuracy_candidate:.1%} on {rival.n_candidate:,} predictions against "
        f"{rival.accuracy_rival:.1%} of {than}: {points(boot.difference)} "
        f"({points(boot.low)} to {points(boot.high)})"
    )
    return (
        _check(
            f"accuracy over {than}",
            DECIDES,
            boot.difference,
            ge,
            limits.min_improvement,
            comparison,
        ),
        _check(
            f"accuracy over {than}, largest p",
            DECIDES,
            rival.p_value,
            le,
            alpha,
            f"{_p_values(rival)}; at most {alpha:.2g} is needed",
        ),
    )


def _p_values(rival: AccuracyEvidence) -> str:
    boot, by_block = rival.bootstrap, rival.block_means
    beyond = " by Student's t beyond" if rival.bootstrap_p < boot.p_greater else " in"
    return (
        f"p = {rival.bootstrap_p:.2g}{beyond} {boot.resamples:,} resamples with blocks of "
        f"{boot.block_length:.1f} bars, {rival.mcnemar.p_greater:.2g} by McNemar's mid-p, "
        + (
            f"{by_block.p_greater:.2g} by the means of {BLOCKS} blocks of time"
            if by_block is not None
            else f"unknown by blocks of time, since all predictions stand in one of {BLOCKS}"
        )
    )


def check_guards(evidence: Evidence, limits: GateThresholds) -> Iterator[Check]:
    """Yield the checks that veto a promotion when they fail: clear harm beyond the accuracy."""
    yield _coverage(evidence, limits)
    yield from _sharpe(evidence, limits)
    yield _brier(evidence, limits)
    yield _ece(evidence, limits)
    yield _drawdown(evidence, limits)
    yield _net_return(evidence)


def check_study(evidence: Evidence, limits: GateThresholds) -> Iterator[Check]:
    """Yield the checks of timing and of the study's trials: warnings, or vetoes beyond a limit."""
    yield _timing(evidence.timing, limits)
    yield _deflated_sharpe(evidence.deflated_sharpe, limits)
    overfitting = evidence.overfitting
    yield _overfitting(None if overfitting is None else overfitting.pbo, limits)
    yield _below_baseline(None if overfitting is None else overfitting.below_baseline, limits)


def named(rival: str) -> str:
    """Return the rival with its article."""
    return f"the {rival}" if rival in (CHAMPION, COIN, MAJORITY) else rival


def points(share: float) -> str:
    """Return a difference of shares in percentage points, signed."""
    return f"{100 * share:+.1f}"


def _check(
    test: str,
    role: str,
    value: float | None,
    passes: Callable[[float, float], bool],
    threshold: float | None,
    sentence: str,
) -> Check:
    """Return the check whether ``passes(value, threshold)``; without either it is unknown."""
    status = UNKNOWN
    if value is not None and threshold is not None:
        status = PASSED if passes(value, threshold) else FAILED
    return Check(test, role, status, value, threshold, sentence)


def _deflated_sharpe(dsr: float | None, limits: GateThresholds) -> Check:
    role = GUARDS if dsr is not None and dsr < limits.dsr_block else WARNS
    limit = limits.dsr_block if role == GUARDS else limits.dsr_warn
    return _check(
        "deflated Sharpe ratio",
        role,
        dsr,
        ge,
        limit,
        "not computed"
        if dsr is None
        else f"{dsr:.2f} that the chosen trial's Sharpe ratio is more than the luck of the search",
    )


def _overfitting(pbo: float | None, limits: GateThresholds) -> Check:
    role = GUARDS if pbo is not None and pbo > limits.pbo_block else WARNS
    limit = limits.pbo_block if role == GUARDS else limits.pbo_warn
    return _check(
        "probability of backtest overfitting",
        role,
        pbo,
        le,
        limit,
        "not computed"
        if pbo is None
        else f"the best trial of one half of the time is below the other's median in {pbo:.0%}",
    )


def _below_baseline(below: float | None, limits: GateThresholds) -> Check:
    return _check(
        "chosen trial not above its baseline out of sample",
        WARNS,
        below,
        le,
        limits.below_baseline_warn,
        "not computed"
        if below is None
        else f"the best trial of one half of the time is no better than chance in {below:.0%}",
    )


def _timing(timing: PairedTest | None, limits: GateThresholds) -> Check:
    return _check(
        "timing, Pesaran-Timmermann",
        WARNS,
        None if timing is None else timing.p_greater,
        le,
        limits.alpha,
        "all directions or all outcomes are the same, so timing and exposure cannot be told apart"
        if timing is None
        else f"p = {timing.p_greater:.2g} that its shares of UP and DOWN alone explain its hits",
    )


def _coverage(evidence: Evidence, limits: GateThresholds) -> Check:
    ours, theirs = evidence.coverage
    if not theirs:
        sentence = f"predicts on {ours:.0%} of the bars; no champion to compare with"
        return _check("coverage", GUARDS, ours, ge, None, sentence)
    least = limits.min_coverage_ratio * theirs
    sentence = f"predicts on {ours:.0%} of the bars, the champion on {theirs:.0%}"
    return _check("coverage", GUARDS, ours, ge, least, sentence)


def _sharpe(evidence: Evidence, limits: GateThresholds) -> Iterator[Check]:
    sharpe, level = evidence.sharpe, limits.guard_alpha
    rival = "of the champion" if evidence.has_champion else "without a position"
    costs = f", {costs_text(evidence.earnings.cost_bps)}" if evidence.earnings else ""
    text = (
        f"{sharpe.candidate:.2f} a year against {sharpe.rival:.2f} {rival}{costs}" if sharpe else ""
    )
    boot = sharpe.bootstrap.p_less if sharpe else None
    psr = sharpe.psr.p_less if sharpe and sharpe.psr else None
    for name, p in (("stationary bootstrap", boot), ("probabilistic Sharpe ratio", psr)):
        yield _check(
            f"Sharpe ratio not worse, {name}",
            GUARDS,
            p,
            gt,
            level,
            "never traded" if p is None else f"{text}; luck alone does as badly with p = {p:.2g}",
        )


def _net_return(evidence: Evidence) -> Check:
    earnings, name = evidence.earnings, "net return"
    if earnings is None:
        return _check(name, GUARDS, None, gt, 0.0, "no bar with a position has a return")
    champion = "" if earnings.champion is None else f", the champion's {earnings.champion:+.2%}"
    even = earnings.break_even_bps
    return _check(
        name,
        GUARDS,
        earnings.net_return,
        gt,
        0.0,
        f"{earnings.net_return:+.2%} on these bars after costs of {earnings.cost_bps:g} bp"
        f"{champion}"
        + ("" if even is None else f"; it breaks even at costs of {even:.2g} bp, one way"),
    )


def _brier(evidence: Evidence, limits: GateThresholds) -> Check:
    brier, name = evidence.brier, "Brier score not worse, Diebold-Mariano"
    if brier is None or brier.diebold_mariano is None:
        return _check(name, GUARDS, None, gt, limits.guard_alpha, "no difference to test")
    p = brier.diebold_mariano.p_greater
    rival = "of the champion" if evidence.has_champion else "of saying 50 %"
    return _check(
        name,
        GUARDS,
        p,
        gt,
        limits.guard_alpha,
        f"{brier.candidate:.4f} against {brier.rival:.4f} {rival}, less is better; "
        f"luck alone does as badly with p = {p:.2g}",
    )


def _ece(evidence: Evidence, limits: GateThresholds) -> Check:
    calibration, name = evidence.calibration, "calibration error"
    if calibration is None:
        return _check(name, GUARDS, None, le, None, "no predictions")
    apart, against, level = evidence.ece_difference, "", limits.ece_limit
    if apart is not None:
        luck = NormalDist().inv_cdf(1 - limits.guard_alpha) * apart.standard_error
        level = calibration.ece - apart.difference + limits.ece_margin + luck
        against = f", the champion's {calibration.ece - apart.difference:.3f}: at most {level:.3f}"
    most = max(level, calibration.floor_95)
    return _check(
        name,
        GUARDS,
        calibration.ece,
        le,
        most,
        f"{calibration.ece:.3f}{against}; perfect calibration shows up to "
        f"{calibration.floor_95:.3f} at this n (p = {calibration.p_value:.2g})",
    )


def _drawdown(evidence: Evidence, limits: GateThresholds) -> Check:
    ours, theirs = evidence.drawdown
    if theirs is None:
        sentence = f"{ours:.1%}; no champion to compare with"
        return _check("drawdown", GUARDS, ours, le, None, sentence)
    most = limits.drawdown_factor * theirs + limits.drawdown_points
    sentence = f"{ours:.1%} against {theirs:.1%} of the champion; at most {most:.1%}"
    return _check("drawdown", GUARDS, ours, le, most, sentence)
