"""The gate: PROMOTE, KEEP CHAMPION or CANNOT TELL, with every number that decides it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from titan_mlopt.validation.evidence import AccuracyEvidence, Evidence
from titan_mlopt.validation.findings import (
    FAILED,
    GUARDS,
    Finding,
    find_accuracy,
    find_guards,
    find_predictions,
    find_study_findings,
    named,
    points,
)
from titan_mlopt.validation.sample_size import bars_needed, smallest_visible
from titan_mlopt.validation.thresholds import GateThresholds as GateThresholds

PROMOTE, KEEP_CHAMPION, CANNOT_TELL = "PROMOTE", "KEEP_CHAMPION", "CANNOT_TELL"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict with all that it rests on.

    verdict: PROMOTE, KEEP_CHAMPION or CANNOT_TELL. alpha: the level after its division by the
    candidates. bars_needed: how long the hold-out must be for the difference seen; None unless the
    verdict is CANNOT_TELL and there is such a difference. smallest_visible: true difference of the
    accuracies that this hold-out finds with the thresholds' power, None without predictions.
    """

    verdict: str
    sentence: str
    findings: tuple[Finding, ...]
    alpha: float
    bars_needed: int | None
    smallest_visible: float | None
    thresholds: GateThresholds
    evidence: Evidence

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dicts, tuples, numbers and strings."""
        return asdict(self)


def judge(evidence: Evidence, thresholds: GateThresholds | None = None) -> Decision:
    """Return whether the candidate takes the champion's place.

    PROMOTE: it is more accurate than the champion (without one: than the coin and each baseline),
    by at least ``min_improvement``, with p at most alpha / candidates by bootstrap and by McNemar's
    test, and no guard fails. KEEP_CHAMPION: a guard fails, or the difference seen is below
    ``min_improvement``. CANNOT_TELL: too few predictions, or a difference worth having that the
    hold-out is too short to tell from luck. Guards and warnings never help a candidate: on data
    without predictability P(PROMOTE) stays below alpha (docs/verdicts.md).
    """
    limits = thresholds or GateThresholds()
    alpha = limits.alpha / evidence.candidates
    predictions = find_predictions(evidence, limits)
    accuracy = [find_accuracy(one, alpha, limits) for one in evidence.deciding]
    guards = (*find_guards(evidence, limits), *find_study_findings(evidence, limits))
    findings = (predictions, *(finding for three in accuracy for finding in three), *guards)
    harm = [one for one in guards if one.role == GUARDS and one.status == FAILED]
    small = [three[0] for three in accuracy if three[0].status == FAILED]
    visible = _smallest_visible(evidence, alpha, limits)
    needed: int | None = None
    if predictions.status == FAILED:
        verdict, sentence = CANNOT_TELL, f"Too few predictions: {predictions.sentence}."
    elif harm or small:
        verdict, sentence = KEEP_CHAMPION, _kept(small, harm, limits)
    elif any(finding.status == FAILED for three in accuracy for finding in three):
        needed = _bars_needed(evidence, alpha, limits)
        verdict, sentence = CANNOT_TELL, _too_short(evidence, needed, visible or 0.0)
    else:
        verdict, sentence = PROMOTE, _better(evidence, alpha)
    return Decision(verdict, sentence, findings, alpha, needed, visible, limits, evidence)


def _closest(evidence: Evidence) -> AccuracyEvidence:
    """Return the rival that is hardest to tell from the candidate."""
    return max(evidence.deciding, key=lambda one: (one.p_value, -one.bootstrap.difference))


def _smallest_visible(evidence: Evidence, alpha: float, limits: GateThresholds) -> float | None:
    errors = [one.bootstrap.standard_error for one in evidence.deciding]
    return smallest_visible(max(errors), alpha, limits.power) if errors else None


def _bars_needed(evidence: Evidence, alpha: float, limits: GateThresholds) -> int | None:
    """Return the most bars that any rival needs; None where a difference is 0."""
    tests = [one.bootstrap for one in evidence.deciding]
    if any(one.difference <= 0 for one in tests):
        return None
    return max(
        evidence.n_bars + 1,
        *(
            bars_needed(evidence.n_bars, one.difference, one.standard_error, alpha, limits.power)
            for one in tests
        ),
    )


def _better(evidence: Evidence, alpha: float) -> str:
    one = _closest(evidence)
    boot = one.bootstrap
    return (
        f"Better than {_rivals(evidence)}: accuracy {one.accuracy_candidate:.1%} against "
        f"{one.accuracy_rival:.1%} of {named(one.rival)}, {points(boot.difference)} points "
        f"(95 % interval {points(boot.low)} to {points(boot.high)}; p = {one.p_value:.2g}, at most "
        f"{alpha:.2g} is needed) on {evidence.n_bars:,} hold-out bars, and no guard objects."
    )


def _kept(small: list[Finding], harm: list[Finding], limits: GateThresholds) -> str:
    sentences = [f"{one.test}: {one.sentence}." for one in harm]
    if small:
        least = min(small, key=lambda one: one.value or 0.0)
        asked = points(limits.min_improvement)
        first = f"No improvement worth a change: {least.sentence}; at least {asked} are asked for."
        sentences.insert(0, first)
    return " ".join(sentences)


def _too_short(evidence: Evidence, needed: int | None, visible: float) -> str:
    one = _closest(evidence)
    more = "" if needed is None else f" About {needed:,} bars would show a difference of this size."
    return (
        f"{points(one.bootstrap.difference)} points over {named(one.rival)}, which luck can give "
        f"(p = {one.p_value:.2g}): {evidence.n_bars:,} hold-out bars show only differences from "
        f"{points(visible)} points on.{more}"
    )


def _rivals(evidence: Evidence) -> str:
    names = [named(one.rival) for one in evidence.deciding]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
