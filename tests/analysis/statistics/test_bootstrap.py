"""The stationary bootstrap: its block length, its resamples, and what it says of differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.analysis.statistics.bootstrap import (
    Difference,
    autocovariances,
    optimal_block_length,
    ratio_difference,
    resampled_sums,
    sharpe_difference,
    sharpe_influence,
)
from titan_mlopt.analysis.statistics.sharpe import sharpe_variance
from titan_mlopt.backtest.returns import find_moments
from titan_mlopt.backtest.stats import sharpe_ratio


def autoregression(n: int, phi: float, seed: int) -> np.ndarray:
    shocks = np.random.default_rng(seed).standard_normal(n + 100).tolist()
    values = [0.0]
    for shock in shocks:
        values.append(phi * values[-1] + shock)
    return np.array(values[-n:])


def mean_difference(
    a: np.ndarray, b: np.ndarray, generator: np.random.Generator, **options: Any
) -> Difference:
    """Return the difference of two means, as that of two ratios over all bars."""
    ones = np.ones(len(a))
    difference = ratio_difference(a, ones, b, ones, generator, **options)
    assert difference is not None
    return difference


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- block length --------------------------------------------------------------------------------


def test_the_blocks_of_a_difference_are_as_long_whichever_comes_first() -> None:
    a, b = autoregression(2000, 0.8, 1) > 1.0, autoregression(2000, 0.3, 2) > -0.5
    every, half = np.ones(2000, bool), np.arange(2000) % 2 == 0
    there = ratio_difference(a, every, b & half, half, rng(1), resamples=19)
    back = ratio_difference(b & half, half, a, every, rng(1), resamples=19)
    assert there is not None
    assert back is not None
    assert there.block_length > 2
    assert back.block_length == pytest.approx(there.block_length, rel=1e-9)
    assert back.difference == pytest.approx(-there.difference)


@pytest.mark.parametrize("phi", [0.3, 0.7, -0.5])
def test_the_block_length_of_an_autoregression_is_that_of_theory(phi: float) -> None:
    # R(k) = φ^|k|: G = 2φ/(1 − φ)², g = (1 + φ)/(1 − φ), b = (2|φ|/(1 − φ²))^(2/3) · n^(1/3);
    # 18.2 for φ = .7, n = 800, as in table 1 of Politis and White (2004).
    n = 4000
    theory = (2 * abs(phi) / (1 - phi * phi)) ** (2 / 3) * n ** (1 / 3)
    found = [optimal_block_length(autoregression(n, phi, seed)) for seed in range(12)]
    assert np.mean(found) == pytest.approx(theory, rel=0.2)


def test_a_series_of_period_four_has_the_block_length_worked_by_hand() -> None:
    # 1, 0, −1, 0, ten times: R(k) = (40 − k)/40 · cos(kπ/2) / 2. The band is 2 · √(1.602/40) = .40;
    # each even lag is outside (.70 at 12), so never five in a row are within: M = ⌈√40⌉ + 5 = 12.
    values = np.tile([1.0, 0.0, -1.0, 0.0], 10)
    assert autocovariances(values, 3).tolist() == pytest.approx([0.5, 0.0, -0.475, 0.0])
    # Only even lags count; λ = 1, 1, 1, 2/3, 1/3, 0 at lags 2, 4, …, 12:
    # R = −.475, .45, −.425, .4, −.375; G = 2 · (−.95 + 1.8 − 2.55 + 2.1333 − 1.25) = −1.63333,
    # g = .5 + 2 · (−.475 + .45 − .425 + .26667 − .125) = −.11667; (14)^(2/3) · 40^(1/3) = 19.87,
    # above ⌈40 / 3⌉.
    assert optimal_block_length(values) == 14.0
    # Ten times as long the band is .1613, M = 20 + 5 = 25 and R(k) = (400 − k)/400 · cos(kπ/2) / 2.
    lags = np.arange(2, 26, 2)
    r = (400 - lags) / 800 * np.where(lags % 4 == 0, 1, -1)
    window = np.minimum(1, 2 - 2 * lags / 25)
    ratio = 2 * (window * lags * r).sum() / (0.5 + 2 * (window * r).sum())
    expected = min(abs(ratio) ** (2 / 3) * 400 ** (1 / 3), 60.0)
    assert optimal_block_length(np.tile(values, 10)) == pytest.approx(expected)


def test_independent_values_need_no_blocks() -> None:
    lengths = [optimal_block_length(rng(seed).standard_normal(2000)) for seed in range(20)]
    assert np.median(lengths) == 1.0
    assert max(lengths) < 6


@pytest.mark.parametrize("values", [[], [1.0], [2.0] * 50, [0.1 + 0.2] * 1000, [1.0, -1.0] * 4])
def test_series_without_spread_or_too_short_need_none_either(values: list[float]) -> None:
    assert optimal_block_length(np.array(values)) == 1.0


def test_values_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="values must be finite"):
        optimal_block_length(np.array([1.0, math.nan] * 10))


# --- resamples -----------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1.0, 1.7, 8.0, 1000.0])
def test_every_resample_has_as_many_rows_and_draws_each_equally_often(length: float) -> None:
    rows = np.hstack([np.ones((60, 1)), np.eye(60)])
    sums = resampled_sums(rows, length, 4000, rng(1))
    assert set(sums[:, 0]) == {60.0}
    # Of one row in 4,000 resamples the count has at most the error √(60 / 4,000) of whole draws.
    assert np.abs(sums[:, 1:].mean(axis=0) - 1).max() < 4.5 * math.sqrt(60 / 4000)


def test_neighbours_are_drawn_together_as_often_as_blocks_of_that_length_bring_them() -> None:
    # Rows drawn k apart are i and i + 1, either first, with probability 1/n times (1 − p)^k ·
    # [k = 1 or n − 1] + 2 · (1 − (1 − p)^k) / n; there are n − k such pairs. All rows are alike,
    # the last and the first one too.
    n, p = 20, 0.2
    k = np.arange(1, n)
    stay = (1 - p) ** k
    together = stay * ((k == 1) | (k == n - 1)) + 2 * (1 - stay) / n
    counts = resampled_sums(np.eye(n), 1 / p, 40_000, rng(2))
    found = (counts * np.roll(counts, -1, axis=1)).mean(axis=0)
    # Four standard errors of one pair; a product spreads by about 2.6.
    assert np.abs(found - float(((n - k) * together).sum()) / n).max() < 4 * 2.6 / 200


def test_the_resampled_mean_spreads_as_lemma_1_of_politis_and_romano_says() -> None:
    # n · var = R(0) + 2 · Σ b(i) · R(i), b(i) = (1 − i/n) · (1 − p)^i + i/n · (1 − p)^(n − i).
    values, n, p = autoregression(200, 0.6, 4), 200, 1 / 6
    i = np.arange(1, n)
    weight = (1 - i / n) * (1 - p) ** i + i / n * (1 - p) ** (n - i)
    covariance = autocovariances(values - values.mean(), n - 1)
    expected = (covariance[0] + 2 * float(weight @ covariance[1:])) / n
    drawn = resampled_sums(values[:, None], 6.0, 20_000, rng(5))[:, 0] / n
    assert drawn.var() == pytest.approx(expected, rel=0.05)
    assert drawn.mean() == pytest.approx(values.mean(), abs=4 * drawn.std() / 141)


def test_the_same_seed_gives_the_same_resamples() -> None:
    columns = rng(1).random((300, 2))
    first, again = (resampled_sums(columns, 3.0, 50, rng(7)) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, resampled_sums(columns, 3.0, 50, rng(8)))


def test_resamples_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="block_length >= 1, resamples >= 1, got n=0"):
        resampled_sums(np.empty((0, 1)), 1.0, 10, rng())
    with pytest.raises(ValueError, match=r"block_length=0\.5"):
        resampled_sums(np.ones((5, 1)), 0.5, 10, rng())


# --- differences ---------------------------------------------------------------------------------


def test_a_mean_difference_of_normals_has_the_p_value_of_the_z_test() -> None:
    a, b = rng(1).normal(0.1, 1, 800), rng(2).normal(0, 1, 800)
    apart = a - b
    found = mean_difference(a, b, rng(3), block_length=1)
    error = apart.std() / math.sqrt(800)
    assert found.difference == pytest.approx(apart.mean())
    assert found.standard_error == pytest.approx(error, rel=0.06)
    z = apart.mean() / error
    assert found.p_greater == pytest.approx(math.erfc(z / math.sqrt(2)) / 2, abs=0.02)
    assert (found.low, found.high) == pytest.approx(
        (apart.mean() - 1.96 * error, apart.mean() + 1.96 * error), abs=0.3 * error
    )
    assert (found.n, found.resamples, found.block_length) == (800, 2000, 1)


def test_runs_widen_the_interval_as_the_long_run_variance_asks() -> None:
    # φ = .6: the variance of the mean is (1 + φ)/(1 − φ) = 4 times that of independent values.
    values = autoregression(5000, 0.6, 3)
    found = mean_difference(values, np.zeros(5000), rng(4))
    blind = mean_difference(values, np.zeros(5000), rng(4), block_length=1)
    assert found.block_length > 10
    assert found.standard_error / blind.standard_error == pytest.approx(2.0, rel=0.15)


def test_an_accuracy_against_a_coin_has_the_binomial_error() -> None:
    hit = rng(6).random(1000) < 0.55
    predicted = rng(7).random(1000) < 0.8
    found = ratio_difference(hit & predicted, predicted, predicted / 2, predicted, rng(8))
    assert found is not None
    rate, n = hit[predicted].mean(), predicted.sum()
    assert found.difference == pytest.approx(rate - 0.5)
    assert found.standard_error == pytest.approx(math.sqrt(rate * (1 - rate) / n), rel=0.05)


def test_flat_bars_count_for_neither_side_and_common_luck_cancels() -> None:
    # b is a on the bars where both predict, and FLAT on half of them: the accuracies differ only
    # by the bars that b leaves out.
    hit = rng(9).random(2000) < 0.5
    half = np.arange(2000) % 2 == 0
    everywhere = np.ones(2000, bool)
    same = ratio_difference(hit, everywhere, hit, everywhere, rng(1))
    assert same is not None
    assert (same.difference, same.standard_error, same.p_greater) == (0.0, 0.0, 1.0)
    found = ratio_difference(hit, everywhere, hit & half, half, rng(1))
    assert found is not None
    assert found.difference == pytest.approx(hit.mean() - hit[half].mean())
    # h̄ − h̄_half = (h̄_other − h̄_half) / 2: √(.25 / 1000 · 2) / 2.
    assert found.standard_error == pytest.approx(math.sqrt(0.25 / 1000 * 2) / 2, rel=0.06)


def test_no_predictions_are_no_difference() -> None:
    nothing, all_bars = np.zeros(50), np.ones(50)
    assert ratio_difference(nothing, nothing, nothing, all_bars, rng()) is None
    assert ratio_difference(nothing, all_bars, nothing, nothing, rng()) is None


def test_a_resample_without_predictions_takes_what_was_seen() -> None:
    one = np.zeros(30)
    one[4] = 1
    found = ratio_difference(one, one, np.zeros(30), np.ones(30), rng())
    assert found is not None
    assert (found.difference, found.standard_error) == (1.0, 0.0)


def test_a_sharpe_difference_is_that_of_the_ratios_with_the_spread_of_their_influences() -> None:
    common = rng(1).standard_normal(3000)
    a = 1e-4 * (common + 0.6 * rng(2).standard_normal(3000) + 0.05)
    b = 3e-4 * (common + 0.6 * rng(3).standard_normal(3000))
    found = sharpe_difference(a, b, rng(4), block_length=1)
    assert found is not None
    assert found.difference == pytest.approx((sharpe_ratio(a, 1) or 0) - (sharpe_ratio(b, 1) or 0))
    error = (sharpe_influence(a) - sharpe_influence(b)).std() / math.sqrt(3000)
    assert found.standard_error == pytest.approx(error, rel=0.05)
    assert found.p_greater + found.p_less == pytest.approx(1.0, abs=0.01)


def test_the_influence_has_the_variance_of_the_ratio() -> None:
    returns = rng(5).exponential(1, 4000) - 0.8
    moments = find_moments(returns)
    assert moments is not None
    influence = sharpe_influence(returns)
    assert influence.mean() == pytest.approx(0.0, abs=1e-12)
    expected = sharpe_variance(moments.sharpe, moments.skewness, moments.kurtosis)
    assert influence.var() == pytest.approx(expected, rel=2e-3)


def test_never_trading_earns_nothing() -> None:
    a = rng(1).normal(1e-4, 1e-3, 500)
    found = sharpe_difference(a, np.zeros(500), rng(2))
    assert found is not None
    assert found.difference == pytest.approx(sharpe_ratio(a, 1))
    assert sharpe_difference(np.zeros(500), np.zeros(500), rng(2)) is None
    assert sharpe_difference(np.ones(1), np.zeros(1), rng(2)) is None


@given(st.integers(0, 10_000), st.integers(2, 60))
@settings(max_examples=30, deadline=None)
def test_p_values_are_probabilities_and_the_interval_holds_its_order(seed: int, n: int) -> None:
    values = rng(seed).standard_normal((2, n))
    found = mean_difference(*values, rng(seed), resamples=99)
    assert 0 < found.p_greater <= 1
    assert 0 < found.p_less <= 1
    assert found.p_greater + found.p_less >= 1
    assert found.low <= found.high
    assert 1 <= found.block_length <= math.ceil(n / 3) or found.block_length == 1


@pytest.mark.slow
def test_the_test_of_equal_accuracies_keeps_its_level() -> None:
    # 600 pairs of coins: rejected at .05 in 5 %, four standard errors .036; chosen block lengths.
    rejected = 0
    for seed in range(600):
        hit_a, hit_b, on_a, on_b = rng(seed).random((4, 400)) < [[0.5], [0.5], [0.8], [0.6]]
        found = ratio_difference(hit_a & on_a, on_a, hit_b & on_b, on_b, rng(seed), resamples=499)
        rejected += found is not None and found.p_greater <= 0.05
    assert rejected / 600 == pytest.approx(0.05, abs=0.036)
