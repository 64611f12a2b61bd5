"""Sharpe ratios: the published examples of Bailey and López de Prado."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_mlopt.analysis.statistics.luck import best_of
from titan_mlopt.analysis.statistics.sharpe import (
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    independent_trials,
    minimum_backtest_length,
    minimum_track_record_length,
    per_bar,
    probabilistic_sharpe_ratio,
    sharpe_variance,
)
from titan_mlopt.backtest.returns import Moments, find_moments
from titan_mlopt.backtest.stats import sharpe_ratio, sharpe_standard_error

# Bailey and López de Prado 2014: annual ratio 2.5 of five years of 250 days, skewness −3,
# kurtosis 10; the trials' annual ratios have the variance 1/2.
STRATEGY = Moments(1250, 2.5 / math.sqrt(250), -3.0, 10.0)
VARIANCE = 0.5 / 250


def test_the_deflated_ratio_of_a_hundred_trials_is_the_published_one() -> None:
    assert expected_maximum_sharpe(VARIANCE, 100) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe_ratio(STRATEGY, VARIANCE, 100) == pytest.approx(0.9004, abs=5e-5)


def test_the_deflated_ratio_of_46_trials_is_the_published_one() -> None:
    assert deflated_sharpe_ratio(STRATEGY, VARIANCE, 46) == pytest.approx(0.9505, abs=5e-5)


def test_normal_returns_would_be_forgiven_88_trials() -> None:
    # The same paper: with skewness 0 and kurtosis 3 the ratio is .95 after N = 88 trials.
    normal = Moments(1250, STRATEGY.sharpe, 0.0, 3.0)
    assert deflated_sharpe_ratio(normal, VARIANCE, 88) == pytest.approx(0.9505, abs=5e-5)


def test_one_trial_is_not_deflated() -> None:
    assert expected_maximum_sharpe(VARIANCE, 1) == 0.0
    alone = deflated_sharpe_ratio(STRATEGY, VARIANCE, 1)
    assert alone == probabilistic_sharpe_ratio(STRATEGY)


def test_the_probabilistic_ratio_of_a_hedge_fund_is_the_published_one() -> None:
    # Bailey and López de Prado 2012: 24 months, annual 1.59 (.458 a month), skewness −2.448,
    # kurtosis 10.164: .913; normal returns would have .982.
    fund = Moments(24, 0.458, -2.448, 10.164)
    assert probabilistic_sharpe_ratio(fund) == pytest.approx(0.913, abs=5e-4)
    assert probabilistic_sharpe_ratio(Moments(24, 0.458, 0, 3)) == pytest.approx(0.982, abs=5e-4)


@pytest.mark.parametrize(("a_year", "years"), [(252, 2.73), (52, 2.83), (12, 3.24)])
def test_minimum_track_records_are_the_published_ones(a_year: int, years: float) -> None:
    # The same paper: an annual 2 shown to be above 1 with 95 %, by days, weeks and months.
    moments = Moments(10, per_bar(2, a_year), 0.0, 3.0)
    bars = minimum_track_record_length(moments, per_bar(1, a_year))
    assert bars / a_year == pytest.approx(years, abs=5e-3)


def test_five_years_are_enough_for_45_trials() -> None:
    # Bailey, Borwein, López de Prado and Zhu 2014: with five years no more than 45 configurations.
    assert minimum_backtest_length(45) == pytest.approx(5.0, abs=5e-3)
    assert minimum_backtest_length(46) > 5.0
    assert minimum_backtest_length(45, annual_sharpe=2) == pytest.approx(1.25, abs=2e-3)
    assert minimum_backtest_length(45) < 2 * math.log(45)
    assert minimum_backtest_length(1) == 0.0


def test_a_track_record_as_long_as_needed_has_the_confidence_asked_for() -> None:
    bars = minimum_track_record_length(STRATEGY, 0.05, 0.99)
    enough = Moments(round(bars), STRATEGY.sharpe, STRATEGY.skewness, STRATEGY.kurtosis)
    assert probabilistic_sharpe_ratio(enough, 0.05) == pytest.approx(0.99, abs=1e-4)
    assert minimum_track_record_length(STRATEGY, STRATEGY.sharpe) == math.inf


@pytest.mark.parametrize("n", [10, 46, 100, 1000])
def test_the_expected_maximum_is_near_the_exact_one(n: int) -> None:
    exact = best_of(np.full(n, 2.0)).expected[-1]
    assert expected_maximum_sharpe(4.0, n) == pytest.approx(exact, rel=0.025)


def test_moments_are_those_worked_by_hand() -> None:
    # 0, 0, 0, 4: mean 1, deviations −1, −1, −1, 3: m₂ = 3, m₃ = 6, m₄ = 21; sd √(12 / 3) = 2.
    moments = find_moments(np.array([0.0, 0.0, 0.0, 4.0]))
    assert moments is not None
    assert (moments.n, moments.sharpe) == (4, pytest.approx(0.5))
    assert moments.skewness == pytest.approx(6 / 3**1.5)
    assert moments.kurtosis == pytest.approx(21 / 9)


def test_the_ratio_is_that_of_the_metrics() -> None:
    returns = np.random.default_rng(1).normal(1e-5, 1e-4, 500)
    moments = find_moments(returns)
    assert moments is not None
    assert moments.sharpe == pytest.approx(per_bar(sharpe_ratio(returns, 525_600), 525_600))


def test_normal_returns_have_lo_s_standard_error() -> None:
    error = math.sqrt(sharpe_variance(0.5) / 60)
    assert error == pytest.approx(sharpe_standard_error(0.5, 60, 1))


@pytest.mark.parametrize("returns", [[], [0.1], [0.0] * 5, [0.1] * 7, [-0.3] * 3])
def test_returns_without_spread_have_no_moments(returns: list[float]) -> None:
    assert find_moments(np.array(returns)) is None


@given(
    st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=2, max_size=40),
    st.floats(-2, 2),
)
def test_the_probabilistic_ratio_is_a_probability(returns: list[float], benchmark: float) -> None:
    moments = find_moments(np.array(returns))
    if moments is None:
        return
    p = probabilistic_sharpe_ratio(moments, benchmark)
    assert 0.0 <= p <= 1.0
    assert p >= probabilistic_sharpe_ratio(moments, benchmark + 0.1)
    assert p >= deflated_sharpe_ratio(moments, 0.01, 50) or benchmark > 0


def test_a_ratio_without_error_is_known() -> None:
    # 1 − γ₃ · s + (γ₄ − 1) / 4 · s² = 0 for s = 1, γ₃ = 2, γ₄ = 5.
    sure = Moments(10, 1.0, 2.0, 5.0)
    assert [probabilistic_sharpe_ratio(sure, b) for b in (0.5, 1.0, 1.5)] == [1.0, 0.5, 0.0]


def test_trials_that_move_together_are_one_and_others_are_many() -> None:
    rng = np.random.default_rng(3)
    same = np.tile(rng.standard_normal(64), (20, 1))
    assert independent_trials(same) == pytest.approx(1.0)
    assert independent_trials(rng.standard_normal((20, 4000))) == pytest.approx(20, abs=0.5)
    # Correlation 1/2 of each pair: 1/2 + 1/2 · 20 = 10.5.
    half = rng.standard_normal(40_000) + rng.standard_normal((20, 40_000))
    assert independent_trials(half) == pytest.approx(10.5, abs=0.2)


def test_trials_that_oppose_each_other_or_never_trade_count_fully() -> None:
    one = np.array([1.0, -1.0, 2.0, 0.0])
    assert independent_trials(np.stack([one, -one])) == 2.0
    assert independent_trials(np.zeros((3, 8))) == 3.0
    assert independent_trials(one[None, :]) == 1.0


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"kurtosis >= 1 \+ skewness², got skewness=2"):
        sharpe_variance(0.1, 2.0, 3.0)
    with pytest.raises(ValueError, match="n must be >= 2, got 1"):
        probabilistic_sharpe_ratio(Moments(1, 0.1, 0, 3))
    with pytest.raises(ValueError, match="variance >= 0, n_trials >= 1, got variance=-1"):
        expected_maximum_sharpe(-1, 10)
    with pytest.raises(ValueError, match=r"confidence must be in \(\.5, 1\), got 1"):
        minimum_track_record_length(STRATEGY, confidence=1)
    with pytest.raises(ValueError, match="n_trials >= 1, annual_sharpe > 0, got n_trials=0"):
        minimum_backtest_length(0)
