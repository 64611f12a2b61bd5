"""What two bar records say of candidate and champion, with numbers worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from support.gate_cases import market, predictor, stats_of
from titan_mlopt.analysis.statistics.naive_rules import MAJORITY, PERSISTENCE
from titan_mlopt.analysis.statistics.paired_tests import mcnemar_mid_p
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.evaluation.gate.evidence import CHAMPION, COIN, build_evidence

RETURNS = [0.01, -0.02, 0.01, 0.0, 0.03, -0.01]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_accuracies_are_of_the_bars_that_moved() -> None:
    # The fourth bar did not move. Candidate: right on 1, 2, 5, wrong on 6: 3/4. Champion: right on
    # 1, wrong on 2 and 3: 1/3.
    candidate = stats_of([1, -1, 0, 1, 1, 1], RETURNS)
    champion = stats_of([1, 1, -1, 1, 0, 0], RETURNS)
    found = build_evidence(candidate, champion, resamples=99)
    (one, coin) = found.accuracy
    assert (one.rival, one.n_candidate, one.n_rival) == (CHAMPION, 4, 3)
    assert (one.accuracy_candidate, one.accuracy_rival) == (0.75, pytest.approx(1 / 3))
    assert one.bootstrap.difference == pytest.approx(0.75 - 1 / 3)
    assert (coin.rival, coin.n_rival, coin.accuracy_rival) == (COIN, 4, 0.5)
    assert coin.mcnemar == mcnemar_mid_p(3, 1)
    assert found.strongest_rule is None
    # Both predict in the first two of six blocks of a bar each: right and right, right and wrong.
    assert one.block_means is not None
    assert one.block_means.statistic == pytest.approx(0.5 / math.sqrt(0.5) * math.sqrt(2))
    tests = (one.bootstrap, one.mcnemar, one.block_means)
    assert one.p_value == max(test.p_greater for test in tests)
    assert replace(one, block_means=None).p_value == 1.0


@pytest.mark.parametrize("champion", [None, stats_of([1, 1, -1, 1, 0, 0], RETURNS)])
def test_coin_and_simple_rules_are_rivals_on_the_candidate_s_bars_with_a_champion_and_without(
    champion: BacktestStats | None,
) -> None:
    candidate = stats_of([1, -1, 0, 1, 1, 1], RETURNS)
    said = np.array([1, 1, 1, 1, 1, 1])
    rules = {MAJORITY: said, PERSISTENCE: 0 * said}
    found = build_evidence(candidate, champion, rules, resamples=99)
    (*champions, coin, majority) = found.accuracy  # persistence has nothing to say
    assert [rival.rival for rival in champions] == ([] if champion is None else [CHAMPION])
    assert (coin.rival, majority.rival) == (COIN, MAJORITY)
    # Of bars 1, 2, 5, 6 UP is right on 1 and 5; the candidate alone on 2, and both wrong on 6.
    assert (majority.n_rival, majority.accuracy_rival) == (4, 0.5)
    assert majority.mcnemar == mcnemar_mid_p(1, 0)
    assert found.strongest_rule == majority


def test_without_a_champion_there_is_none_to_compare_with() -> None:
    found = build_evidence(stats_of([1, -1, 0, 1, 1, 1], RETURNS), resamples=99)
    assert (found.drawdown[1], found.coverage[1], found.ece_difference) == (None, None, None)


def test_brier_scores_are_of_the_probability_of_up_and_flat_says_one_half() -> None:
    candidate = stats_of([1, -1, 0, 1, 0, 1], RETURNS, [0.6, 0.7, 0.5, 0.9, 0.5, 0.55])
    champion = stats_of([1, 0, -1, 1, 0, 0], RETURNS, [0.8, 0.5, 0.6, 0.9, 0.5, 0.5])
    found = build_evidence(candidate, champion, resamples=99).brier
    assert found is not None
    # Bars 1, 2, 3, 6; on the fourth nothing moved, on the fifth nobody predicts.
    # Candidate: .4², .3², .5², .55²; champion: .2², .5², .6², .5².
    assert found.n == 4
    assert found.candidate == pytest.approx((0.16 + 0.09 + 0.25 + 0.3025) / 4)
    assert found.rival == pytest.approx((0.04 + 0.25 + 0.36 + 0.25) / 4)
    alone = build_evidence(candidate, resamples=99).brier
    assert alone is not None
    assert (alone.n, alone.rival) == (3, pytest.approx(0.25))


def test_sharpe_drawdown_ece_and_coverage_are_those_of_the_metrics() -> None:
    returns, _ = market(600, rng(1))
    candidate, champion = (predictor(returns, rng(seed), accuracy=0.55) for seed in (2, 3))
    found = build_evidence(candidate, champion, resamples=99)
    assert found.sharpe is not None
    assert found.sharpe.candidate == candidate.sharpe_ratio()
    assert found.sharpe.rival == champion.sharpe_ratio()
    per_bar = (found.sharpe.candidate - found.sharpe.rival) / np.sqrt(525_600)
    assert found.sharpe.bootstrap.difference == pytest.approx(per_bar)
    assert found.drawdown == (candidate.max_drawdown(), champion.max_drawdown())
    assert found.coverage == (candidate.total / 600, champion.total / 600)
    assert found.calibration is not None
    assert found.calibration.ece == candidate.expected_calibration_error()
    assert found.ece_difference is not None
    assert found.ece_difference.difference == pytest.approx(
        candidate.expected_calibration_error() - champion.expected_calibration_error()
    )
    assert found.n_bars == 600


def test_who_has_lost_everything_has_earned_minus_100_percent_whatever_comes_after() -> None:
    # Short while the price rises to 2.5 times: −150 %. What follows has nothing to grow from.
    found = build_evidence(stats_of([-1, 1, 1], [1.5, 0.1, 0.2]), resamples=99).earnings
    assert found is not None
    assert found.net_return == -1.0


def test_never_trading_has_a_sharpe_ratio_of_zero_and_no_bars_have_no_evidence() -> None:
    returns, _ = market(300, rng(1))
    idle, busy = predictor(returns, rng(2), traded=0.0), predictor(returns, rng(3))
    found = build_evidence(idle, busy, resamples=99).sharpe
    assert found is not None
    assert (found.candidate, found.rival) == (0.0, busy.sharpe_ratio())
    for champion in (idle, None):
        found = build_evidence(busy, champion, resamples=99).sharpe
        assert found is not None
        assert (found.candidate, found.rival) == (busy.sharpe_ratio(), 0.0)
    assert build_evidence(idle, resamples=99).sharpe is None
    empty = build_evidence(stats_of([], []), resamples=99)
    assert (empty.accuracy, empty.sharpe, empty.brier, empty.calibration) == ((), None, None, None)
    assert empty.coverage == (0.0, None)


def test_a_backtest_need_not_tell_what_happened_where_it_is_flat() -> None:
    candidate = stats_of([1, 0, -1], [0.01, 0.0, -0.01], outcome=[1, 0, -1])
    champion = stats_of([1, -1, 0], [0.01, -0.02, 0.0], outcome=[1, -1, 0])
    (one, _) = build_evidence(candidate, champion, resamples=99).accuracy
    assert (one.n_candidate, one.accuracy_candidate) == (2, 1.0)
    assert (one.n_rival, one.accuracy_rival) == (2, 1.0)


def test_the_same_seed_gives_the_same_evidence() -> None:
    returns, directions = market(300, rng(1))
    candidate = predictor(returns, rng(2))
    first, again = (build_evidence(candidate, None, directions, seed=3) for _ in range(2))
    assert first == again
    assert first != build_evidence(candidate, None, directions, seed=4)


def test_the_accuracies_take_as_many_resamples_as_are_asked_for_by_default_4999() -> None:
    candidate = stats_of([1, -1, 0, 1, 1, 1], RETURNS)
    assert build_evidence(candidate).accuracy[0].bootstrap.resamples == 4999
    assert build_evidence(candidate, resamples=99).accuracy[0].bootstrap.resamples == 99


def test_records_of_other_bars_are_refused() -> None:
    candidate = stats_of([1, -1, 0, 1, 1, 1], RETURNS)
    with pytest.raises(BacktestError, match="must have the same bars, got 6 and 5; score both"):
        build_evidence(candidate, candidate.head(5))
    shifted = stats_of([1, -1, 0, 1, 1, 1], [-0.02, 0.01, 0.0, 0.03, -0.01, 0.01])
    with pytest.raises(BacktestError, match="other returns or outcomes on 4 of 6; score both"):
        build_evidence(candidate, shifted)
    against = replace(candidate, outcome=-np.sign(candidate.returns))
    with pytest.raises(BacktestError, match="other returns or outcomes on 5 of 6"):
        build_evidence(candidate, against)
    with pytest.raises(BacktestError, match=r"same interval, costs and rule .* got \(60\.0, 0\.0,"):
        build_evidence(candidate, replace(candidate, cost_bps=1.0))


def test_impossible_arguments_are_refused() -> None:
    candidate = stats_of([1, -1, 0, 1, 1, 1], RETURNS)
    with pytest.raises(ValueError, match="candidates must be >= 1, got 0"):
        build_evidence(candidate, candidates=0)
    with pytest.raises(ValueError, match=r"majority class must be \(6,\), got \(5,\)"):
        build_evidence(candidate, None, {MAJORITY: np.ones(5)})
