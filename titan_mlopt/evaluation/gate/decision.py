"""The gate: PROMOTE, KEEP CHAMPION or CANNOT TELL, with every number that decides it."""

from __future__ import annotations

from dataclasses import dataclass

from titan_mlopt.analysis.looks import CANDIDATE, TunedOverlap
from titan_mlopt.analysis.looks import CHAMPION as TUNED_CHAMPION
from titan_mlopt.analysis.statistics.look_levels import level_of_look
from titan_mlopt.analysis.statistics.sample_size import bars_needed, smallest_visible
from titan_mlopt.core.findings import CANNOT_TELL, FAILED, KEEP_CHAMPION, PROMOTE
from titan_mlopt.evaluation.gate import checks
from titan_mlopt.evaluation.gate.checks import GUARDS, Check, named, points
from titan_mlopt.evaluation.gate.evidence import CHAMPION, COIN, AccuracyEvidence, Evidence
from titan_mlopt.evaluation.gate.thresholds import GateThresholds


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict with everything it rests on.

    verdict: PROMOTE, KEEP_CHAMPION or CANNOT_TELL. alpha: the level of this look
    (``look_levels.level_of_look``). bars_needed: how long the hold-out must be for the difference
    seen; None unless the verdict is CANNOT_TELL and there is such a difference. smallest_visible:
    true difference of the accuracies that this hold-out finds with the thresholds' power, None
    without predictions.
    rivals: names of all that had to be beaten; decisions of earlier versions lack it: of these only
    the champion had to be, where there was one. look: which config it is that is judged on these
    bars, from 1; decisions of earlier versions lack it: their level was divided by the number of
    configs. tuned: who was tuned on sealed bars.
    """

    verdict: str
    sentence: str
    findings: tuple[Check, ...]
    alpha: float
    bars_needed: int | None
    smallest_visible: float | None
    thresholds: GateThresholds
    evidence: Evidence
    rivals: tuple[str, ...]
    look: int
    tuned: tuple[TunedOverlap, ...] = ()


def decide(
    evidence: Evidence,
    thresholds: GateThresholds | None = None,
    tuned: tuple[TunedOverlap, ...] = (),
) -> Decision:
    """Return whether the candidate replaces the champion.

    PROMOTE: it is more accurate than the champion, if there is one, than the coin and than each
    simple rule, by at least ``min_improvement``, with p at most the level of this look by
    bootstrap, by McNemar's test and by the means of blocks of time, and no guard fails. That
    each rival must be beaten costs no level: to be promoted wrongly, a candidate must wrongly
    beat the very rival that is as good as it is (an intersection-union test; R. L. Berger,
    Multiparameter hypothesis testing and acceptance sampling, Technometrics 24 (1982) 295-300).
    KEEP_CHAMPION: a guard fails, or the observed difference is below ``min_improvement``.
    CANNOT_TELL: too few predictions, or a difference worth having that the hold-out is too
    short to tell from luck. Guards and warnings never help a candidate: on data without
    predictability P(PROMOTE) stays below alpha (docs/verdicts.md). A candidate that was tuned
    on sealed bars is always CANNOT_TELL. With a champion that was, PROMOTE is valid, as only
    the candidate is at a disadvantage; KEEP_CHAMPION becomes CANNOT_TELL.

    Args:
        evidence: As ``build_evidence`` returns it.
        thresholds: The limits; None for the defaults.
        tuned: Who was tuned on sealed bars, and on which share of them.
    """
    limits = thresholds or GateThresholds()
    alpha = level_of_look(limits.alpha, evidence.candidates)
    predictions = checks.check_predictions(evidence, limits)
    accuracy = [checks.check_accuracy(rival, alpha, limits) for rival in evidence.accuracy]
    guards = (*checks.check_guards(evidence, limits), *checks.check_study(evidence, limits))
    findings = (predictions, *(check for both in accuracy for check in both), *guards)
    harm = [check for check in guards if check.role == GUARDS and check.status == FAILED]
    small = [difference for difference, _ in accuracy if difference.status == FAILED]
    visible = _smallest_visible(evidence, alpha, limits)
    needed: int | None = None
    if predictions.status == FAILED:
        verdict, sentence = CANNOT_TELL, f"Too few predictions: {predictions.sentence}."
    elif harm or small:
        verdict, sentence = KEEP_CHAMPION, harm_text(small, harm, limits)
    elif any(tests.status == FAILED for _, tests in accuracy):
        needed = _bars_needed(evidence, alpha, limits)
        verdict, sentence = CANNOT_TELL, _too_short_text(evidence, needed, visible or 0.0)
    else:
        verdict, sentence = PROMOTE, _improvement_text(evidence, alpha)
    sentence += _strongest_rule_text(evidence)
    verdict, sentence = _without_tuned(verdict, sentence, tuned)
    numbers = (alpha, needed, visible, limits, evidence, evidence.rivals)
    return Decision(verdict, sentence, findings, *numbers, evidence.candidates, tuned)


def _without_tuned(verdict: str, sentence: str, tuned: tuple[TunedOverlap, ...]) -> tuple[str, str]:
    """Return verdict and sentence, or CANNOT_TELL where tuning on sealed bars forbids the verdict.

    tuned: the largest share first.
    """
    forbidden = [CANDIDATE] + ([TUNED_CHAMPION] if verdict == KEEP_CHAMPION else [])
    for overlap in tuned:
        if overlap.role in forbidden:
            return CANNOT_TELL, (
                f"The {overlap.role} has seen sealed bars: {overlap.name} was tuned on "
                f"{overlap.share:.0%} of them. {sentence}"
            )
    return verdict, sentence


def _closest(evidence: Evidence) -> AccuracyEvidence:
    """Return the rival that is hardest to tell from the candidate."""
    return max(evidence.accuracy, key=lambda rival: (rival.p_value, -rival.bootstrap.difference))


def _smallest_visible(evidence: Evidence, alpha: float, limits: GateThresholds) -> float | None:
    errors = [rival.bootstrap.standard_error for rival in evidence.accuracy]
    return smallest_visible(max(errors), alpha, limits.power) if errors else None


def _bars_needed(evidence: Evidence, alpha: float, limits: GateThresholds) -> int | None:
    """Return the most bars that any rival needs; None where a difference is 0."""
    tests = [rival.bootstrap for rival in evidence.accuracy]
    if any(test.difference <= 0 for test in tests):
        return None
    return max(
        evidence.n_bars + 1,
        *(
            bars_needed(evidence.n_bars, test.difference, test.standard_error, alpha, limits.power)
            for test in tests
        ),
    )


def _improvement_text(evidence: Evidence, alpha: float) -> str:
    closest = _closest(evidence)
    boot = closest.bootstrap
    return (
        f"Better than {rivals_text(evidence)}: accuracy {closest.accuracy_candidate:.1%} against "
        f"{closest.accuracy_rival:.1%} of {named(closest.rival)}, {points(boot.difference)} points "
        f"(95 % interval {points(boot.low)} to {points(boot.high)}; p = {closest.p_value:.2g}, at "
        f"most {alpha:.2g} is needed) on {evidence.n_bars:,} hold-out bars, and no guard objects."
    )


def harm_text(small: list[Check], harm: list[Check], limits: GateThresholds) -> str:
    """Return why the champion stays: differences that are too small, and guards that object."""
    sentences = [f"{check.test}: {check.sentence}." for check in harm]
    if small:
        least = min(small, key=lambda check: check.value or 0.0)
        minimum = points(limits.min_improvement)
        first = (
            f"No improvement worth a change: {least.sentence}; at least {minimum} are asked for."
        )
        sentences.insert(0, first)
    return " ".join(sentences)


def _too_short_text(evidence: Evidence, needed: int | None, visible: float) -> str:
    closest = _closest(evidence)
    longer = f" About {needed:,} bars would show a difference of this size." if needed else ""
    if evidence.candidates > 1:
        longer += " The bars wear out with every config that is judged on them; take new candles."
    return (
        f"{points(closest.bootstrap.difference)} points over {named(closest.rival)}, which luck "
        f"can give (p = {closest.p_value:.2g}): {evidence.n_bars:,} hold-out bars show only "
        f"differences from {points(visible)} points on.{longer}"
    )


def _strongest_rule_text(evidence: Evidence) -> str:
    rule = evidence.strongest_rule
    if rule is None:
        return ""
    return (
        f" The strongest simple rule on its bars is {named(rule.rival)} with "
        f"{rule.accuracy_rival:.1%}: {points(rule.bootstrap.difference)} points."
    )


def rivals_text(evidence: Evidence) -> str:
    """Return whom the candidate had to beat, in words."""
    champion_and_coin = [r.rival for r in evidence.accuracy if r.rival in (CHAMPION, COIN)]
    names = [named(rival) for rival in champion_and_coin]
    names += ["every simple rule"] if evidence.strongest_rule else []
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
