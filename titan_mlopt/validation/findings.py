"""What each test of the gate found, against its limit, in numbers and in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

from titan_mlopt.validation.baselines import ANTI_PERSISTENCE, PERSISTENCE
from titan_mlopt.validation.evidence import CHAMPION, COIN, AccuracyEvidence, Evidence
from titan_mlopt.validation.thresholds import GateThresholds

PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"
#: What a test that fails does: it decides, it forbids a promotion, or it is only told.
DECIDES, GUARDS, WARNS = "decides", "guards", "warns"


@dataclass(frozen=True, slots=True)
class Finding:
    """One test: what it found, against which threshold, and what follows.

    role: "decides", "guards" or "warns". status: "passed", "failed" or "unknown". value and
    threshold: None where there is none. sentence: for a person.
    """

    test: str
    role: str
    status: str
    value: float | None
    threshold: float | None
    sentence: str


def find_predictions(evidence: Evidence, limits: GateThresholds) -> Finding:
    """Return whether candidate and champion predicted often enough to be judged at all."""
    counts = [
        min(one.n_candidate, one.n_rival)
        for one in evidence.deciding
        if one.rival in (CHAMPION, COIN)  # how often a baseline has something to say is no matter
    ]
    n = min(counts, default=0)
    sentence = (
        f"{n:,} predictions on bars that moved; at least {limits.min_predictions:,} are needed"
    )
    return _finding(
        "predictions", DECIDES, n >= limits.min_predictions, n, limits.min_predictions, sentence
    )


def find_accuracy(
    one: AccuracyEvidence, alpha: float, limits: GateThresholds
) -> tuple[Finding, Finding, Finding]:
    """Return the difference to one rival, and its two tests at the divided level."""
    boot, than = one.bootstrap, named(one.rival)
    seen = (
        f"{one.accuracy_candidate:.1%} on {one.n_candidate:,} predictions against "
        f"{one.accuracy_rival:.1%} of {than}: {points(boot.difference)} "
        f"({points(boot.low)} to {points(boot.high)})"
    )
    return (
        _finding(
            f"accuracy over {than}",
            DECIDES,
            boot.difference >= limits.min_improvement,
            boot.difference,
            limits.min_improvement,
            seen,
        ),
        _finding(
            f"accuracy over {than}, stationary bootstrap",
            DECIDES,
            boot.p_greater <= alpha,
            boot.p_greater,
            alpha,
            f"p = {boot.p_greater:.2g} in {boot.resamples:,} resamples with blocks of "
            f"{boot.block_length:.1f} bars; at most {alpha:.2g} is needed",
        ),
        _finding(
            f"accuracy over {than}, McNemar mid-p",
            DECIDES,
            one.mcnemar.p_greater <= alpha,
            one.mcnemar.p_greater,
            alpha,
            f"p = {one.mcnemar.p_greater:.2g}; at most {alpha:.2g} is needed",
        ),
    )


def find_guards(evidence: Evidence, limits: GateThresholds) -> Iterator[Finding]:
    """Yield what forbids a promotion when it fails: clear harm beside the accuracy."""
    yield _coverage(evidence, limits)
    yield from _sharpe(evidence, limits)
    yield _brier(evidence, limits)
    yield _ece(evidence, limits)
    yield _drawdown(evidence, limits)


def find_study_findings(evidence: Evidence, limits: GateThresholds) -> Iterator[Finding]:
    """Yield what the study's own trials say, and the coin: warnings, or guards beyond a block."""
    if evidence.has_champion:
        yield from (_over_coin(one, limits) for one in evidence.accuracy if one.rival == COIN)
    dsr = evidence.deflated_sharpe
    role = GUARDS if dsr is not None and dsr < limits.dsr_block else WARNS
    limit = limits.dsr_block if role == GUARDS else limits.dsr_warn
    yield _finding(
        "deflated Sharpe ratio",
        role,
        None if dsr is None else dsr >= limit,
        dsr,
        limit,
        "not computed"
        if dsr is None
        else f"{dsr:.2f} that the chosen trial's Sharpe ratio is more than the luck of the search",
    )
    found = evidence.overfitting
    pbo = None if found is None else found.pbo
    role = GUARDS if pbo is not None and pbo > limits.pbo_block else WARNS
    limit = limits.pbo_block if role == GUARDS else limits.pbo_warn
    yield _finding(
        "probability of backtest overfitting",
        role,
        None if pbo is None else pbo <= limit,
        pbo,
        limit,
        "not computed"
        if pbo is None
        else f"the best trial of one half of the time is below the other's median in {pbo:.0%}",
    )
    below = None if found is None else found.below_baseline
    yield _finding(
        "chosen trial not above its baseline out of sample",
        WARNS,
        None if below is None else below <= limits.below_baseline_warn,
        below,
        limits.below_baseline_warn,
        "not computed"
        if below is None
        else f"the best trial of one half of the time is no better than chance in {below:.0%}",
    )


def named(rival: str) -> str:
    """Return the rival with its article."""
    return rival if rival in (PERSISTENCE, ANTI_PERSISTENCE) else f"the {rival}"


def points(share: float) -> str:
    """Return a difference of shares in percentage points, signed."""
    return f"{100 * share:+.1f}"


def _finding(
    test: str,
    role: str,
    passed: bool | None,
    value: float | None,
    threshold: float | None,
    sentence: str,
) -> Finding:
    status = UNKNOWN if passed is None else PASSED if passed else FAILED
    return Finding(test, role, status, value, threshold, sentence)


def _over_coin(one: AccuracyEvidence, limits: GateThresholds) -> Finding:
    return _finding(
        "accuracy over the coin",
        WARNS,
        one.p_value <= limits.alpha,
        one.p_value,
        limits.alpha,
        f"{one.accuracy_candidate:.1%} on {one.n_candidate:,} predictions; flipped coins reach it "
        f"with p = {one.p_value:.2g}",
    )


def _coverage(evidence: Evidence, limits: GateThresholds) -> Finding:
    ours, theirs = evidence.coverage
    if not theirs:
        sentence = f"predicts on {ours:.0%} of the bars; no champion to compare with"
        return _finding("coverage", GUARDS, None, ours, None, sentence)
    least = limits.min_coverage_ratio * theirs
    sentence = f"predicts on {ours:.0%} of the bars, the champion on {theirs:.0%}"
    return _finding("coverage", GUARDS, ours >= least, ours, least, sentence)


def _sharpe(evidence: Evidence, limits: GateThresholds) -> Iterator[Finding]:
    found, level = evidence.sharpe, limits.guard_alpha
    rival = "of the champion" if evidence.has_champion else "without a position"
    seen = f"{found.candidate:.2f} a year against {found.rival:.2f} {rival}" if found else ""
    boot = found.bootstrap.p_less if found else None
    psr = found.psr.p_less if found and found.psr else None
    for name, p in (("stationary bootstrap", boot), ("probabilistic Sharpe ratio", psr)):
        yield _finding(
            f"Sharpe ratio not worse, {name}",
            GUARDS,
            None if p is None else p > level,
            p,
            level,
            "never traded" if p is None else f"{seen}; luck alone does as badly with p = {p:.2g}",
        )


def _brier(evidence: Evidence, limits: GateThresholds) -> Finding:
    found, name = evidence.brier, "Brier score not worse, Diebold-Mariano"
    if found is None or found.diebold_mariano is None:
        return _finding(name, GUARDS, None, None, limits.guard_alpha, "no difference to test")
    p = found.diebold_mariano.p_greater
    rival = "of the champion" if evidence.has_champion else "of saying 50 %"
    return _finding(
        name,
        GUARDS,
        p > limits.guard_alpha,
        p,
        limits.guard_alpha,
        f"{found.candidate:.4f} against {found.rival:.4f} {rival}, less is better; "
        f"luck alone does as badly with p = {p:.2g}",
    )


def _ece(evidence: Evidence, limits: GateThresholds) -> Finding:
    found, name = evidence.calibration, "calibration error"
    if found is None:
        return _finding(name, GUARDS, None, None, None, "no predictions")
    apart, against, level = evidence.ece_difference, "", limits.ece_limit
    if apart is not None:
        luck = NormalDist().inv_cdf(1 - limits.guard_alpha) * apart.standard_error
        level = found.ece - apart.difference + limits.ece_margin + luck
        against = f", the champion's {found.ece - apart.difference:.3f}: at most {level:.3f}"
    most = max(level, found.floor_95)
    return _finding(
        name,
        GUARDS,
        found.ece <= most,
        found.ece,
        most,
        f"{found.ece:.3f}{against}; perfect calibration shows up to {found.floor_95:.3f} at this n "
        f"(p = {found.p_value:.2g})",
    )


def _drawdown(evidence: Evidence, limits: GateThresholds) -> Finding:
    ours, theirs = evidence.drawdown
    if theirs is None:
        sentence = f"{ours:.1%}; no champion to compare with"
        return _finding("drawdown", GUARDS, None, ours, None, sentence)
    most = limits.drawdown_factor * theirs + limits.drawdown_points
    sentence = f"{ours:.1%} against {theirs:.1%} of the champion; at most {most:.1%}"
    return _finding("drawdown", GUARDS, ours <= most, ours, most, sentence)
