"""Intervals of a hit rate, and how many predictions it takes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nct, t

from titan_mlopt.analysis.statistics.intervals import (
    effective_interval,
    effective_n_of_blocks,
    newey_west_lags,
    newey_west_variance,
    wilson_interval,
)
from titan_mlopt.analysis.statistics.sample_size import (
    bars_needed,
    smallest_visible,
    visible_errors,
)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_wilson_s_interval_holds_the_rate_and_stays_within_0_and_1(hits: int, misses: int) -> None:
    n = hits + misses
    low, high = wilson_interval(hits, n)
    assert 0.0 <= low <= high <= 1.0
    if n:
        assert low <= hits / n <= high


# --- effective n ---------------------------------------------------------------------------------


def runs(n: int, stay: float, seed: int) -> np.ndarray:
    """Hits of a two-state chain of rate 1/2, whose autocorrelation at lag k is (2 · stay − 1)^k."""
    turns = np.random.default_rng(seed).random(n) >= stay
    return np.cumsum(turns) % 2 == 0


def test_the_long_run_variance_is_the_bartlett_sum_worked_by_hand() -> None:
    # 1, −1, 1, 1, −2: γ₀ = 8/5, γ₁ = (−1 − 1 + 1 − 2)/5, γ₂ = (1 − 1 − 2)/5; weights 2/3, 1/3.
    values = np.array([1.0, -1.0, 1.0, 1.0, -2.0])
    assert newey_west_variance(values, 0) == pytest.approx(1.6)
    assert newey_west_variance(values, 2) == pytest.approx(1.6 - 2 * 0.4 - 2 / 3 * 0.4)
    assert [newey_west_lags(n) for n in (0, 99, 100, 1000, 43_200)] == [0, 3, 4, 6, 15]


def test_blocks_that_differ_more_than_coins_count_for_less() -> None:
    # p = .5; (80 − 50)², (20 − 50)² over 100 · .25 · 1: φ = 1800 / 25 = 72, n = 200 / 72.
    found = effective_n_of_blocks(np.array([100, 100]), np.array([80, 20]))
    assert found == pytest.approx(200 / 72)
    # As even as this no coins are: not more than n all the same. Empty blocks tell nothing.
    assert effective_n_of_blocks(np.array([100, 0, 100]), np.array([50, 0, 50])) == 200.0


def test_blocks_see_the_runs_that_bars_see() -> None:
    hit = runs(64_000, 0.75, 5)
    found = effective_n_of_blocks(np.full(64, 1000), hit.reshape(64, -1).sum(axis=1))
    # Of 63 degrees of freedom: 18 % standard deviation.
    assert found == pytest.approx(64_000 / 3, rel=0.5)
    rng = np.random.default_rng(6)
    assert effective_n_of_blocks(np.full(64, 1000), rng.binomial(1000, 0.5, 64)) > 64_000 / 1.6


@pytest.mark.parametrize("hits", [[0, 0], [10, 10]])
def test_blocks_without_spread_are_taken_as_they_are(hits: list[int]) -> None:
    assert effective_n_of_blocks(np.array([10, 10]), np.array(hits)) == 20.0
    assert effective_n_of_blocks(np.array([10]), np.array([4])) == 10.0
    assert effective_n_of_blocks(np.array([]), np.array([])) == 0.0


def test_the_interval_widens_to_that_of_the_effective_n() -> None:
    assert effective_interval(50, 100, 25) == wilson_interval(12.5, 25)
    assert effective_interval(50, 100, 100) == wilson_interval(50, 100)
    assert effective_interval(0, 0, 0) == (0.0, 1.0)
    assert effective_interval(7, 7, 3.3)[1] == 1.0


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"n_effective must be in \(0, n\], got 11"):
        effective_interval(5, 10, 11)
    with pytest.raises(ValueError, match="must have 0 <= hits <= n_predictions in each block"):
        effective_n_of_blocks(np.array([3, 3]), np.array([4, 1]))


# --- sample sizes --------------------------------------------------------------------------------


def test_bars_needed_follow_from_the_spread_seen() -> None:
    # Student's t with 7 degrees of freedom exceeds 2.516752 with probability .02, and moved by
    # 3.970456 with probability .9.
    assert t.isf(0.02, 7) == pytest.approx(2.516752, abs=1e-6)
    assert nct.sf(2.516752, 7, 3.970456) == pytest.approx(0.9, abs=1e-6)
    assert visible_errors(0.02, 0.9) == pytest.approx(3.970456, abs=1e-5)
    assert smallest_visible(0.01) == pytest.approx(0.03970456, abs=1e-7)
    assert bars_needed(1000, 0.03970456, 0.01) == pytest.approx(1000, abs=1)
    assert bars_needed(1000, 0.01985228, 0.01) == pytest.approx(4000, abs=2)


def test_sizes_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"alpha and power must be in \(0, 1\), got alpha=0"):
        visible_errors(0, 0.9)
    with pytest.raises(ValueError, match="standard_error must be >= 0, got -1"):
        smallest_visible(-1)
    with pytest.raises(ValueError, match=re.escape("n_bars and difference must be > 0")):
        bars_needed(1000, 0.0, 0.01)
