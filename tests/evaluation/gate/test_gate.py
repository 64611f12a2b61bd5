"""The gate: which verdict follows from which evidence, and how often it is wrong."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.gate_cases import market, predictor
from support.page_cases import numbers
from titan_mlopt.analysis.looks import CANDIDATE, STUDY, TunedOverlap
from titan_mlopt.analysis.looks import CHAMPION as LOOKS_CHAMPION
from titan_mlopt.analysis.statistics.naive_rules import baseline_directions
from titan_mlopt.analysis.statistics.overfitting import Overfitting
from titan_mlopt.analysis.statistics.paired_tests import PairedTest
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.findings import (
    CANNOT_TELL,
    FAILED,
    KEEP_CHAMPION,
    PASSED,
    PROMOTE,
    UNKNOWN,
)
from titan_mlopt.evaluation.gate.checks import DECIDES, GUARDS, WARNS, Check
from titan_mlopt.evaluation.gate.decision import Decision, decide, harm_text, rivals_text
from titan_mlopt.evaluation.gate.evidence import Evidence, build_evidence
from titan_mlopt.evaluation.gate.thresholds import GateThresholds


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@cache
def evidence_of(
    accuracy: float, n: int = 4000, champion: bool = True, seed: int = 1, resamples: int = 999
) -> Evidence:
    returns, directions = market(n, rng(seed))
    candidate = predictor(returns, rng(seed + 1), accuracy=accuracy)
    rival = predictor(returns, rng(seed + 2), accuracy=0.53) if champion else None
    return build_evidence(candidate, rival, directions, seed=seed, resamples=resamples)


def finding(decision: Decision, test: str) -> Check:
    (found,) = (one for one in decision.findings if one.test == test)
    return found


# --- verdicts ------------------------------------------------------------------------------------


def test_a_candidate_that_is_clearly_better_is_promoted_with_every_number() -> None:
    decision = decide(evidence_of(0.6))
    assert decision.verdict == PROMOTE
    assert decision.sentence.startswith(
        "Better than the champion, the coin and every simple rule: "
    )
    assert "on 4,000 hold-out bars, and no guard objects." in decision.sentence
    roles = {one.role for one in decision.findings}
    assert roles == {DECIDES, GUARDS, WARNS}
    assert all(one.status != FAILED for one in decision.findings)
    assert all(one.sentence for one in decision.findings)
    assert len({one.test for one in decision.findings}) == len(decision.findings) == 26


def test_without_a_champion_it_must_beat_the_coin_and_every_baseline() -> None:
    decision = decide(evidence_of(0.58, champion=False))
    assert decision.verdict == PROMOTE
    assert decision.rivals == (
        *("coin", "always UP", "always DOWN", "majority class", "persistence", "anti-persistence"),
    )
    assert sum("McNemar" in one.sentence for one in decision.findings) == 6
    # The one told is the one that is hardest to beat.
    hardest = max(decision.evidence.accuracy, key=lambda one: one.p_value)
    assert hardest.p_value > 0.001
    assert f"against {hardest.accuracy_rival:.1%} of" in decision.sentence


def test_a_copy_of_the_strongest_baseline_is_not_promoted_whatever_it_beats() -> None:
    # Directions repeat with .6: persistence is right on 60 %, and so is the candidate.
    steps = np.where(rng(1).random(4500) < 0.6, 1, -1)
    returns = np.cumprod(steps) * 4e-4
    says = np.concatenate([[1], np.sign(returns[:-1])]).astype(np.int8)
    _, directions = market(4500, rng(2))
    candidate = replace(predictor(returns, rng(3), coverage=1.0), direction=says)
    against = {**directions, "persistence": says}
    decision = decide(build_evidence(candidate, None, against, resamples=999))
    assert decision.verdict == KEEP_CHAMPION
    assert finding(decision, "accuracy over the coin, largest p").status == PASSED
    assert "of persistence: +0.0" in decision.sentence


def test_who_beats_the_champion_but_not_the_rule_always_up_keeps_the_champion() -> None:
    # The market has turned: it rises on 62 % of the bars, and the champion still says DOWN on most.
    returns = np.where(rng(1).random(4000) < 0.62, 4e-4, -4e-4)
    closes = np.concatenate([[1.0], np.cumprod(1 + returns)])
    champion = predictor(returns, rng(2), accuracy=0.45)
    candidate = predictor(returns, rng(3), accuracy=0.56)
    rules = {name: said[:-1] for name, said in baseline_directions(closes).items()}
    alone = decide(build_evidence(candidate, champion, resamples=999))
    assert alone.verdict == PROMOTE
    decision = decide(build_evidence(candidate, champion, rules, resamples=999))
    assert decision.verdict == KEEP_CHAMPION
    strongest = decision.evidence.strongest_rule
    assert strongest is not None
    assert strongest.rival == "always UP"
    assert strongest.accuracy_rival == pytest.approx(0.62, abs=0.02)
    share = f"{strongest.accuracy_rival:.1%}"
    assert f"The strongest simple rule on its bars is always UP with {share}" in decision.sentence
    assert f"{100 * strongest.bootstrap.difference:+.1f} points." in decision.sentence


@pytest.mark.parametrize("accuracy", [0.5, 0.55, 0.6])
def test_whoever_wins_the_strongest_simple_rule_is_named_with_the_distance(accuracy: float) -> None:
    decision = decide(evidence_of(accuracy))
    strongest = decision.evidence.strongest_rule
    assert strongest is not None
    assert "The strongest simple rule on its bars is" in decision.sentence
    assert decision.sentence.endswith(f"{100 * strongest.bootstrap.difference:+.1f} points.")


def test_a_difference_worth_having_that_luck_can_give_cannot_be_told() -> None:
    decision = decide(evidence_of(0.55, n=1500, seed=4))
    boots = [rival.bootstrap for rival in decision.evidence.accuracy]
    assert min(boot.difference for boot in boots) > 0.005
    assert decision.verdict == CANNOT_TELL
    # 4.148267 standard errors are seen with power .9 at .8 · .02, one-sided, in 8 blocks.
    errors = [4.148267 * boot.standard_error for boot in boots]
    assert decision.smallest_visible == pytest.approx(max(errors))
    needed = [1500 * (e / boot.difference) ** 2 for e, boot in zip(errors, boots, strict=True)]
    assert decision.bars_needed == pytest.approx(max(needed), abs=1.5)
    assert f"About {decision.bars_needed:,} bars would show" in decision.sentence
    assert "take new candles" not in decision.sentence


def test_from_the_second_config_on_it_is_said_that_the_bars_wear_out() -> None:
    second = decide(replace(evidence_of(0.55, n=1500, seed=4), candidates=2))
    assert second.verdict == CANNOT_TELL
    assert "The bars wear out with every config" in second.sentence


def test_all_who_had_to_be_beaten_are_named() -> None:
    seen = evidence_of(0.6)
    champion, coin, *_ = seen.accuracy
    for accuracy, text in (
        ((coin,), "the coin"),
        ((champion, coin), "the champion and the coin"),
        (seen.accuracy, "the champion, the coin and every simple rule"),
    ):
        assert rivals_text(replace(seen, accuracy=accuracy)) == text


def test_a_small_or_negative_difference_keeps_the_champion() -> None:
    decision = decide(evidence_of(0.50))
    assert decision.verdict == KEEP_CHAMPION
    assert numbers(decision.sentence.partition(";")[2])[0] == "0.5"  # points that are asked for
    assert decision.bars_needed is None
    # Sure, but not worth a change.
    strict = decide(evidence_of(0.6), GateThresholds(min_improvement=0.2))
    assert strict.verdict == KEEP_CHAMPION
    assert finding(strict, "accuracy over the champion, largest p").status == PASSED


def test_of_several_small_differences_the_least_is_told() -> None:
    none, less = (
        Check("accuracy", DECIDES, FAILED, value, 0.005, sentence)
        for value, sentence in ((0.0, "none"), (-0.01, "less"))
    )
    text = harm_text([none, less], [], GateThresholds())
    assert text == "No improvement worth a change: less; at least +0.5 are asked for."


def test_too_few_predictions_cannot_be_judged() -> None:
    decision = decide(evidence_of(0.9, n=100, resamples=499))
    assert decision.verdict == CANNOT_TELL
    champion = decision.evidence.accuracy[0]
    n = min(champion.n_candidate, champion.n_rival)
    assert 0 < n < 100
    assert numbers(decision.sentence)[:2] == [str(n), "100"]
    assert decision.smallest_visible is not None
    nothing = decide(build_evidence(predictor(np.full(50, 1e-3), rng(), coverage=0.0)))
    assert (nothing.verdict, nothing.smallest_visible) == (CANNOT_TELL, None)
    # The fewest that can be asked for is 1, and of nobody there is none.
    lenient = decide(nothing.evidence, GateThresholds(min_predictions=1))
    assert (lenient.verdict, lenient.findings[0].value) == (CANNOT_TELL, 0)


def test_a_later_config_on_the_same_bars_needs_a_smaller_p_and_more_bars() -> None:
    seen = evidence_of(0.57, n=3000, seed=8)
    p = seen.accuracy[0].p_value
    assert 0.02 / 20 < p < 0.8 * 0.02
    assert decide(seen).verdict == PROMOTE
    later = decide(replace(seen, candidates=20))
    # .2 · .02 · 6 / (19 · π)²
    assert (later.alpha, later.look) == (pytest.approx(6.736e-6, rel=1e-4), 20)
    assert "take new candles" in later.sentence
    assert later.verdict == CANNOT_TELL
    assert later.bars_needed is not None
    assert later.bars_needed > 3000


def test_each_test_of_the_accuracy_can_refuse() -> None:
    seen = evidence_of(0.6)
    one, *others = seen.accuracy
    assert one.block_means is not None
    unsure = (
        replace(one, block_means=replace(one.block_means, p_greater=0.021)),
        replace(one, block_means=None),
        replace(one, mcnemar=replace(one.mcnemar, p_greater=0.021)),
        replace(one, bootstrap=replace(one.bootstrap, p_greater=0.021)),
    )
    for other in unsure:
        decision = decide(replace(seen, accuracy=(other, *others)))
        # The difference is that of a hold-out long enough, so one bar more is all that is told.
        assert (decision.verdict, decision.bars_needed) == (CANNOT_TELL, 4001)


# --- guards --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "limits", "test"),
    [
        ({"coverage": (0.3, 0.8)}, {}, "coverage"),
        ({"drawdown": (0.131, 0.1)}, {}, "drawdown"),
        ({"deflated_sharpe": 0.3}, {"dsr_block": 0.5}, "deflated Sharpe ratio"),
    ],
)
def test_a_guard_that_fails_keeps_the_champion_and_is_named(
    changes: dict[str, object], limits: dict[str, float], test: str
) -> None:
    decision = decide(replace(evidence_of(0.6), **changes), GateThresholds(**limits))  # type: ignore[arg-type]
    assert decision.verdict == KEEP_CHAMPION
    assert finding(decision, test).status == FAILED
    assert decision.sentence.startswith(f"{test}: ")


def test_the_drawdown_may_be_a_quarter_and_half_a_point_larger() -> None:
    # 1.25 · 10 % + .5 points = 13 %.
    within = decide(replace(evidence_of(0.6), drawdown=(0.13, 0.1)))
    assert within.verdict == PROMOTE
    assert finding(within, "drawdown").threshold == pytest.approx(0.13)


def test_right_more_often_but_losing_money_keeps_the_champion() -> None:
    # Right on 60 %, but not on the few large moves, where it trades against them.
    returns, _ = market(4000, rng(1))
    large = np.abs(returns) > np.quantile(np.abs(returns), 0.9)
    candidate, champion = (predictor(returns, rng(s), accuracy=a) for s, a in ((2, 0.66), (3, 0.5)))
    sides = np.where(large & (candidate.direction != 0), -np.sign(returns), candidate.direction)
    candidate = replace(candidate, direction=sides.astype(np.int8))
    decision = decide(build_evidence(candidate, champion, resamples=999))
    assert decision.verdict == KEEP_CHAMPION
    assert finding(decision, "accuracy over the champion, largest p").status == PASSED
    for name in ("stationary bootstrap", "probabilistic Sharpe ratio"):
        assert finding(decision, f"Sharpe ratio not worse, {name}").status == FAILED


def test_a_config_that_loses_money_at_the_studys_costs_keeps_the_champion() -> None:
    returns, directions = market(4000, rng(1))
    candidate = predictor(returns, rng(2), accuracy=0.6)
    free = decide(build_evidence(candidate, None, directions, resamples=999))
    assert free.verdict == PROMOTE
    assert finding(free, "net return").status == PASSED
    assert "on these bars after costs of 0 bp" in finding(free, "net return").sentence
    even = candidate.metrics()["break_even_bps"]
    assert even is not None
    assert 0 < even < 1000
    dear = replace(candidate, cost_bps=2 * even)
    decision = decide(build_evidence(dear, None, directions, resamples=999))
    assert decision.verdict == KEEP_CHAMPION
    found = finding(decision, "net return")
    assert found.status == FAILED
    assert f"after costs of {2 * even:g} bp" in found.sentence
    assert f"breaks even at costs of {even:.2g} bp" in found.sentence


def test_without_a_return_of_any_position_nothing_is_said_of_earnings() -> None:
    idle = replace(predictor(market(400, rng(1))[0], rng(2)), traded=np.zeros(400, bool))
    found = finding(decide(build_evidence(idle, resamples=99)), "net return")
    assert (found.status, found.value, found.threshold) == (UNKNOWN, None, 0.0)


def test_confidences_that_are_worse_keep_the_champion() -> None:
    returns, _ = market(4000, rng(1))
    boasting = predictor(returns, rng(2), accuracy=0.6, confidence=0.95)
    decision = decide(
        build_evidence(boasting, predictor(returns, rng(3), accuracy=0.5), resamples=999)
    )
    assert decision.verdict == KEEP_CHAMPION
    assert finding(decision, "Brier score not worse, Diebold-Mariano").status == FAILED
    ece = finding(decision, "calibration error")
    # A confidence of .95 where six in ten come true.
    assert (ece.status, ece.value) == (FAILED, pytest.approx(0.35, abs=0.02))


def test_calibration_error_within_the_noise_is_no_failure() -> None:
    seen = evidence_of(0.6)
    assert seen.calibration is not None
    assert seen.ece_difference is not None
    apart = replace(seen.ece_difference, difference=0.08, standard_error=0.005)
    noisy = replace(seen.calibration, ece=0.09, floor_95=0.1)
    assert decide(replace(seen, calibration=noisy, ece_difference=apart)).verdict == PROMOTE
    sure = replace(noisy, floor_95=0.02)
    decision = decide(replace(seen, calibration=sure, ece_difference=apart))
    assert decision.verdict == KEEP_CHAMPION
    # The champion's .01, the margin's .01, and 2.0537 standard errors, the 98 % point of luck.
    found = finding(decision, "calibration error")
    assert found.threshold == pytest.approx(0.02 + 2.0537 * 0.005, abs=1e-5)
    assert numbers(found.sentence)[:3] == ["0.090", "0.010", "0.030"]
    lucky = replace(apart, standard_error=0.035)
    assert decide(replace(seen, calibration=sure, ece_difference=lucky)).verdict == PROMOTE


def test_dsr_and_pbo_warn_by_default_and_block_when_asked() -> None:
    found = Overfitting(0.7, 0.4, 0.55, 0.5, 0.05, 40, 16, 12_870, "accuracy", 0.5)
    seen = replace(evidence_of(0.6), deflated_sharpe=0.6, overfitting=found)
    decision = decide(seen)
    assert decision.verdict == PROMOTE
    warned = [one.test for one in decision.findings if one.status == FAILED]
    assert warned == [
        "deflated Sharpe ratio",
        "probability of backtest overfitting",
        "chosen trial not above its baseline out of sample",
    ]
    blocked = decide(seen, GateThresholds(pbo_block=0.6))
    assert blocked.verdict == KEEP_CHAMPION
    assert finding(blocked, "probability of backtest overfitting").role == GUARDS


def test_what_is_not_known_is_said_and_does_not_forbid() -> None:
    decision = decide(evidence_of(0.58, champion=False))
    unknown = {one.test for one in decision.findings if one.status == UNKNOWN}
    assert unknown == {
        *("coverage", "drawdown", "deflated Sharpe ratio", "probability of backtest overfitting"),
        "chosen trial not above its baseline out of sample",
    }


def test_a_candidate_that_is_no_better_than_a_coin_is_not_promoted_over_a_poor_champion() -> None:
    returns, _ = market(6000, rng(1))
    worse, coin = predictor(returns, rng(2), accuracy=0.44), predictor(returns, rng(3))
    decision = decide(build_evidence(coin, worse, resamples=999))
    assert decision.verdict == KEEP_CHAMPION
    assert finding(decision, "accuracy over the champion, largest p").status == PASSED
    assert finding(decision, "accuracy over the coin").status == FAILED


def test_hits_that_the_shares_of_up_and_down_explain_are_warned_of_and_forbid_nothing() -> None:
    decision = decide(evidence_of(0.6))
    assert finding(decision, "timing, Pesaran-Timmermann").status == PASSED
    untimed = replace(evidence_of(0.6), timing=PairedTest(0.1, 0.46, 0.54))
    warned = finding(decide(untimed), "timing, Pesaran-Timmermann")
    assert (warned.role, warned.status) == (WARNS, FAILED)
    assert decide(untimed).verdict == PROMOTE
    unknown = decide(replace(evidence_of(0.6), timing=None))
    assert finding(unknown, "timing, Pesaran-Timmermann").status == UNKNOWN


@given(st.integers(0, 10_000), st.floats(0.4, 0.6), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_promotion_needs_every_deciding_test_and_no_failed_guard(
    seed: int, accuracy: float, candidates: int
) -> None:
    returns, directions = market(400, rng(seed))
    candidate = predictor(returns, rng(seed + 1), accuracy=accuracy)
    champion = predictor(returns, rng(seed + 2)) if seed % 2 else None
    seen = build_evidence(candidate, champion, directions, candidates=candidates, resamples=199)
    decision = decide(seen)
    binding = [one.status for one in decision.findings if one.role != WARNS]
    assert (decision.verdict == PROMOTE) == (FAILED not in binding)
    assert (decision.bars_needed is not None) <= (decision.verdict == CANNOT_TELL)
    json.dumps(asdict(decision))


# --- thresholds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("alpha", 0.0, r"alpha must be in \(0, 0.5\), got 0.0; the default is 0.02"),
        ("alpha", 0.5, r"alpha must be in \(0, 0.5\), got 0.5"),
        ("power", 1.0, r"power must be in \(0.5, 1\), got 1.0"),
        ("min_predictions", 0, r"min_predictions must be from 1 to inf, got 0"),
        ("drawdown_points", 1.5, r"drawdown_points must be from 0 to 1, got 1.5"),
        ("pbo_block", float("nan"), r"pbo_block must be from 0 to 1, got nan"),
        ("ece_limit", "x", r"ece_limit must be from 0 to 1, got 'x'"),
        ("dsr_warn", True, r"dsr_warn must be from 0 to 1, got True"),
    ],
)
def test_a_threshold_out_of_its_range_is_named(name: str, value: object, said: str) -> None:
    with pytest.raises(ConfigError, match=f"gate: {said}"):
        GateThresholds(**{name: value})  # type: ignore[arg-type]


def test_the_bounds_themselves_are_allowed_and_recorded() -> None:
    limits = GateThresholds(min_improvement=0.0, pbo_block=1, drawdown_factor=3)
    recorded = asdict(decide(evidence_of(0.6), limits))["thresholds"]
    assert recorded == {field.name: getattr(limits, field.name) for field in fields(limits)}


# --- how often it is wrong -----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("champion", "n"), [(True, 75), pytest.param(False, 150, marks=pytest.mark.matrix)]
)
def test_without_predictability_fewer_than_alpha_are_promoted(champion: bool, n: int) -> None:
    # Of n candidates at .02: 1.5 or 3 expected at most.
    promoted = 0
    for seed in range(n):
        returns, directions = market(800, rng([seed, 1]))
        candidate = predictor(returns, rng([seed, 2]))
        # A champion of another coverage, so that FLAT bars are in play.
        rival = predictor(returns, rng([seed, 3]), coverage=0.95) if champion else None
        seen = build_evidence(candidate, rival, directions, seed=seed, resamples=399)
        promoted += decide(seen).verdict == PROMOTE
    assert promoted <= 1  # beating six or seven rivals at once is rarer by far


@pytest.mark.matrix
def test_an_edge_sized_for_a_power_of_90_percent_is_promoted_as_often() -> None:
    # Against a champion of 50 % on the same bars of independent hits: the difference has the error
    # √(.5 / n); 4.1483 of them are .0745 at n = 1,552 decided bars (1,600, 3 % unchanged).
    promoted = 0
    for seed in range(100):
        returns, _ = market(1600, rng([seed, 1]))
        candidate = predictor(returns, rng([seed, 2]), accuracy=0.5745, coverage=1.0)
        champion = predictor(returns, rng([seed, 3]), accuracy=0.50, coverage=1.0)
        seen = build_evidence(candidate, champion, seed=seed, resamples=399)
        promoted += decide(seen).verdict == PROMOTE
    # Four standard errors of .9 are .12; the largest of three p-values and the guards take some.
    assert promoted / 100 == pytest.approx(0.9, abs=0.12)


# --- bars that somebody was tuned on --------------------------------------------------------------


def test_a_candidate_that_was_tuned_on_sealed_bars_cannot_be_told() -> None:
    seen = evidence_of(0.6)
    assert decide(seen).verdict == PROMOTE
    decision = decide(seen, tuned=(TunedOverlap(CANDIDATE, "study nightly", 0.25),))
    assert decision.verdict == CANNOT_TELL
    assert decision.sentence.startswith(
        "The candidate has seen sealed bars: study nightly was tuned on 25% of them. Better than"
    )


def test_a_champion_that_was_tuned_on_sealed_bars_can_lose_but_not_win() -> None:
    tuned = (TunedOverlap(LOOKS_CHAMPION, "titan-config version 3", 1.0),)
    assert decide(evidence_of(0.6), tuned=tuned).verdict == PROMOTE
    decision = decide(evidence_of(0.5), tuned=tuned)
    assert decide(evidence_of(0.5)).verdict == KEEP_CHAMPION
    assert decision.verdict == CANNOT_TELL
    assert "The champion has seen sealed bars: titan-config version 3 was" in decision.sentence


def test_another_study_that_was_tuned_on_sealed_bars_is_told_and_forbids_nothing() -> None:
    tuned = (TunedOverlap(STUDY, "study nightly", 0.5),)
    decision = decide(evidence_of(0.6), tuned=tuned)
    assert (decision.verdict, decision.tuned) == (PROMOTE, tuned)
