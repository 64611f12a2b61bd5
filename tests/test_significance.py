"""What luck alone reaches: numbers of closed forms, of tables, and of coins that are flipped."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from titan_mlopt.validation.significance import (
    expected_best_accuracies,
    expected_best_accuracy,
    expected_maximum,
)


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
    assert expected_maximum(k) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "expected"), [(10, 1.53875), (100, 2.50759), (500, 3.03670), (1000, 3.24144)]
)
def test_it_is_half_the_mean_range_that_tippett_tabled_in_1925(k: int, expected: float) -> None:
    assert expected_maximum(k) == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize("k", [10, 100, 1000, 100_000, 10_000_000])
def test_it_is_near_the_approximation_of_bailey_and_lopez_de_prado_2014(k: int) -> None:
    gamma, quantile = 0.5772156649, NormalDist().inv_cdf
    near = (1 - gamma) * quantile(1 - 1 / k) + gamma * quantile(1 - 1 / (k * math.e))
    assert expected_maximum(k) == pytest.approx(near, rel=0.025)


def test_luck_is_that_many_standard_errors_above_chance() -> None:
    # By hand: sqrt(.25 / 2,500) = .01, sqrt(.24 / 2,400) = .01; both of 1 / sqrt(pi) = .56419.
    assert expected_best_accuracy(2500, 2) == pytest.approx(0.5056419, abs=1e-7)
    assert expected_best_accuracy(2400, 2, chance=0.4) == pytest.approx(0.4056419, abs=1e-7)
    assert expected_best_accuracy(2500, 1) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(("n", "shown"), [(500, 0.556), (1440, 0.533), (5640, 0.517)])
def test_the_table_of_docs_metrics_says_the_same(n: int, shown: float) -> None:
    assert round(expected_best_accuracy(n, 100), 3) == shown


def test_the_best_of_a_hundred_flipped_coins_shows_it() -> None:
    hits = np.random.default_rng(7).binomial(1440, 0.5, size=(4000, 100))
    # Four standard errors of this mean: the best has a standard deviation of .0057.
    found = float((hits.max(axis=1) / 1440).mean())
    assert expected_best_accuracy(1440, 100) == pytest.approx(found, abs=0.0004)


def test_no_accuracy_is_above_one() -> None:
    assert expected_best_accuracy(1, 100) == 1.0
    assert expected_best_accuracies(1, 100)[-1] == 1.0


def test_the_line_has_the_value_of_each_k() -> None:
    line = expected_best_accuracies(2500, 50, chance=0.48)
    assert line.tolist() == [expected_best_accuracy(2500, k, chance=0.48) for k in range(1, 51)]
    assert np.all(np.diff(line) > 0)
    assert expected_best_accuracies(2500, 0).shape == (0,)


def test_arguments_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match="k must be >= 1, got 0"):
        expected_maximum(0)
    with pytest.raises(ValueError, match="k must be >= 1, got -3"):
        expected_best_accuracy(2500, -3)
    for n in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=f"n_predictions must be > 0, got {n!r}"):
            expected_best_accuracies(n, 3)
    for chance in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match=rf"chance must be in \(0, 1\), got {chance!r}"):
            expected_best_accuracy(2500, 3, chance)
