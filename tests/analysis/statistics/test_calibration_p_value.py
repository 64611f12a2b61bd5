"""Calibration error against chance: the p-value goes with the floor that is logged."""

from __future__ import annotations

import numpy as np
import pytest

from titan_mlopt.analysis.statistics.calibration import calibration_difference, calibration_test
from titan_mlopt.backtest.calibration import ece_noise
from titan_mlopt.backtest.stats import BacktestStats


def test_the_p_value_of_one_bin_is_the_binomial_one() -> None:
    # 100 predictions of .6, 50 right: ECE .1; |hits − 60| >= 10 has probability .0514 of
    # Binomial(100, .6) (.0271 below, .0248 above).
    found = calibration_test(np.full(100, 0.6), np.arange(100) < 50, draws=20_000)
    assert found is not None
    assert found.ece == pytest.approx(0.1)
    assert found.p_value == pytest.approx(0.0514, abs=4 * 0.0016)


def test_the_floor_is_that_of_the_metrics() -> None:
    confidence = np.random.default_rng(1).uniform(0.5, 0.8, 400)
    found = calibration_test(confidence, confidence > 0.6, seed=3)
    assert found is not None
    assert (found.floor, found.floor_95) == ece_noise(confidence, 3)
    assert found.n == 400


def test_a_calibrated_predictor_has_any_p_value_alike() -> None:
    values = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        confidence = rng.uniform(0.5, 0.75, 200)
        found = calibration_test(confidence, rng.random(200) < confidence, seed, draws=200)
        assert found is not None
        values.append(found.p_value)
    # Four standard errors of uniform draws and of a share of .05.
    assert np.mean(values) == pytest.approx(0.5, abs=4 * 0.289 / 300**0.5)
    assert np.mean(np.array(values) <= 0.05) <= 0.05 + 4 * 0.0126


def test_gross_overconfidence_has_the_smallest_p_value_there_is() -> None:
    found = calibration_test(np.full(1000, 0.9), np.arange(1000) % 2 == 0, draws=99)
    assert found is not None
    assert found.p_value == 0.01


def test_no_predictions_have_no_test() -> None:
    assert calibration_test(np.array([]), np.array([], bool)) is None


def stats_of(confidence: float, hit: np.ndarray, *, silent: int = 0) -> BacktestStats:
    """Stats of one that says UP with one confidence, but nothing on the first ``silent`` bars."""
    n, direction = len(hit), np.ones(len(hit), np.int8)
    direction[:silent] = 0
    sure = np.where(direction == 0, 0.5, confidence)
    return BacktestStats(direction, sure, direction != 0, np.ones(n), outcome=np.where(hit, 1, -1))


def test_the_difference_of_two_calibration_errors_has_the_spread_of_their_hits() -> None:
    rng = np.random.default_rng(1)
    a = stats_of(0.9, rng.permutation(2000) < 1000)
    b = stats_of(0.8, rng.permutation(2000) < 1200, silent=1000)
    found = calibration_difference(a, b, rng)
    assert found is not None
    gap_a, gap_b = 0.9 - a.accuracy(), 0.8 - b.accuracy()
    assert found.difference == pytest.approx(gap_a - gap_b)
    # Of means of 2,000 and 1,000 independent hits, drawn with .5 and about .6.
    rate = b.accuracy()
    expected = np.sqrt(0.25 / 2000 + rate * (1 - rate) / 1000)
    assert found.standard_error == pytest.approx(expected, rel=0.1)
    assert found.n == 2000


def test_one_that_predicts_nothing_has_no_calibration_error_to_compare() -> None:
    hit, rng = np.arange(10) < 5, np.random.default_rng(1)
    silent = stats_of(0.6, hit, silent=10)
    assert calibration_difference(stats_of(0.6, hit), silent, rng) is None
    assert calibration_difference(silent, stats_of(0.6, hit), rng) is None
