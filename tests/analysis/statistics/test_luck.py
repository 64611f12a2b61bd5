"""What the best of trials without skill shows, each trial with its own number of predictions."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from titan_mlopt.analysis.statistics.luck import (
    accuracy_luck,
    best_of,
    sharpe_luck,
)


def test_a_hundred_trials_of_a_day_of_minutes_show_533_on_average_and_543_at_most() -> None:
    luck = accuracy_luck(np.full(100, 1440))
    # 1/2 + .5/√1440 · 2.50759 (Tippett 1925); the quantile is Φ⁻¹(.95^.01) = 3.2834 errors.
    assert luck.expected[-1] == pytest.approx(0.5 + 0.5 / math.sqrt(1440) * 2.50759, abs=1e-6)
    assert round(float(luck.expected[-1]), 3) == 0.533
    quantile = NormalDist().inv_cdf(0.95**0.01)
    assert luck.most[-1] == pytest.approx(0.5 + 0.5 / math.sqrt(1440) * quantile, abs=5e-6)
    assert round(float(luck.most[-1]), 3) == 0.543


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, 0.0),
        (2, 1 / math.sqrt(math.pi)),
        (3, 3 / (2 * math.sqrt(math.pi))),
        (4, 6 / math.sqrt(math.pi) * math.atan(math.sqrt(2)) / math.pi),
    ],
)
def test_the_mean_of_the_largest_of_a_few_normals_has_its_closed_form(
    k: int, expected: float
) -> None:
    assert best_of(np.ones(k)).expected[-1] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("k", "expected"), [(10, 1.53875), (100, 2.50759), (500, 3.03670), (1000, 3.24144)]
)
def test_it_is_half_the_mean_range_that_tippett_tabled_in_1925(k: int, expected: float) -> None:
    assert best_of(np.ones(k)).expected[-1] == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize(("n", "mean"), [(500, 0.556), (1440, 0.533), (5640, 0.517)])
def test_the_table_of_docs_metrics_says_the_same(n: int, mean: float) -> None:
    assert round(float(accuracy_luck(np.full(100, n)).expected[-1]), 3) == mean


def test_it_is_near_the_exact_binomial_best() -> None:
    # P(best of 100 <= k hits) = F(k)^100, F the binomial distribution of 1,440 coins.
    hits = np.arange(1441)
    below = binom.cdf(hits, 1440, 0.5) ** 100
    mean = float((1 - below).sum()) / 1440
    luck = accuracy_luck(np.full(100, 1440))
    assert luck.expected[-1] == pytest.approx(mean, abs=4e-4)
    assert luck.most[-1] == pytest.approx(float(hits[below >= 0.95][0]) / 1440, abs=1 / 1440)


def test_one_trial_shows_chance_and_two_show_the_closed_form() -> None:
    # The larger of two normals has the mean √((σ₁² + σ₂²) / 2π): σ = .05 and .01 here.
    luck = accuracy_luck(np.array([100, 2500]))
    assert luck.expected.tolist() == pytest.approx(
        [0.5, 0.5 + math.sqrt((0.05**2 + 0.01**2) / (2 * math.pi))], abs=1e-7
    )
    assert luck.most[0] == pytest.approx(0.5 + 0.05 * 1.644854, abs=2e-5)


def test_trials_with_few_predictions_reach_further_than_their_median_says() -> None:
    n = np.array([5000] * 90 + [100] * 10)
    drawn = np.random.default_rng(4).binomial(n, 0.5, (20_000, 100)) / n
    best = drawn.max(axis=1)
    luck = accuracy_luck(n)
    # Four standard errors; hits of 100 coins come in steps of .01.
    assert luck.expected[-1] == pytest.approx(best.mean(), abs=4 * best.std() / 141 + 5e-4)
    assert luck.most[-1] == pytest.approx(np.quantile(best, 0.95), abs=0.006)
    assert luck.expected[-1] > accuracy_luck(np.full(100, 5000)).expected[-1] + 0.03


def test_sharpe_s_luck_is_its_standard_error_times_the_largest_normal() -> None:
    # A day of minutes: √(525,600 / 1,440) = 19.105; the best of 100 shows 2.50759 of them.
    luck = sharpe_luck(np.full(100, 1440), 525_600)
    assert luck.expected[-1] == pytest.approx(19.1050 * 2.50759, abs=2e-3)
    drawn = np.random.default_rng(2).standard_normal((2000, 20, 250))
    ratios = drawn.mean(axis=2) / drawn.std(axis=2, ddof=1) * math.sqrt(365)
    found = float(ratios.max(axis=1).mean())
    assert sharpe_luck(np.full(20, 250), 365).expected[-1] == pytest.approx(found, rel=0.02)


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_more_trials_never_show_less_and_most_is_above_the_mean(errors: list[float]) -> None:
    luck = best_of(np.array(errors))
    assert np.all(np.diff(luck.expected) >= -1e-9)
    assert np.all(np.diff(luck.most) >= -1e-9)
    assert np.all(luck.most > luck.expected)
    # Never beyond that many trials with the largest error.
    assert luck.expected[-1] <= best_of(np.full(len(errors), max(errors))).expected[-1] + 1e-9


def test_no_accuracy_is_above_one_and_no_trial_is_no_luck() -> None:
    assert accuracy_luck(np.full(100, 1)).most[-1] == 1.0
    assert accuracy_luck(np.array([])).expected.shape == (0,)
    assert sharpe_luck(np.array([]), 365).most.shape == (0,)


def test_arguments_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match="accuracy_luck: n_predictions must be > 0, got"):
        accuracy_luck(np.array([10, 0]))
    with pytest.raises(ValueError, match=r"chance must be in \(0, 1\), got 1\.0"):
        accuracy_luck(np.array([10]), chance=1.0)
    with pytest.raises(ValueError, match="sharpe_luck: n_bars must be > 0, got"):
        sharpe_luck(np.array([-1]), 365)
    with pytest.raises(ValueError, match="bars_per_year must be > 0, got 0"):
        sharpe_luck(np.array([10]), 0)
    with pytest.raises(ValueError, match="errors must be finite and > 0, got"):
        best_of(np.array([math.inf, 1.0]))
