"""Hits and confidences: every number worked by hand or taken from a published example."""

from __future__ import annotations

import math

import numpy as np
import pytest

from titan_mlopt.backtest.calibration import (
    accuracy,
    calibration_bins,
    calibration_metrics,
    ece_noise,
    expected_calibration_error,
)

YES, NO = True, False


def metric(name: str, confidence: list[float], hit: list[bool]) -> float | None:
    """Return a logged metric of predictions."""
    return calibration_metrics([(np.array(confidence), np.array(hit))], seed=0)[name]


def test_accuracy_is_the_share_of_hits() -> None:
    assert accuracy(np.array([YES, NO, YES, YES])) == 0.75
    assert accuracy(np.array([], bool)) == 0.0


def test_ece_and_mce_weigh_the_gaps_of_ten_bins() -> None:
    # [.6,.7): Σconf 1.20, 1 hit, gap .20 (.10 a prediction); [.7,.8): .70, 1 hit, gap .30;
    # [.9,1]: 1.95, 2 hits, gap .05 (.025 a prediction). ECE (.20 + .30 + .05) / 5 = .11.
    confidence = np.array([0.6, 0.6, 0.7, 0.95, 1.0])
    hit = np.array([YES, NO, YES, YES, YES])
    assert expected_calibration_error(confidence, hit) == pytest.approx(0.11, abs=1e-12)
    assert metric("mce", confidence.tolist(), hit.tolist()) == pytest.approx(0.30, abs=1e-12)


@pytest.mark.parametrize("k", range(10))
def test_a_confidence_on_an_edge_belongs_to_the_bin_above(k: int) -> None:
    edges = np.arange(11) / 10
    on, below = float(f"0.{k}"), float(np.nextafter(float(f"0.{k}"), 0))
    count, total, hits = calibration_bins(np.array([on]), np.array([YES]), edges)
    assert count.tolist() == [int(i == k) for i in range(10)]
    assert (total[k], hits[k]) == (on, 1.0)
    if k:
        count, _, _ = calibration_bins(np.array([below]), np.array([YES]), edges)
        assert count.tolist() == [int(i == k - 1) for i in range(10)]


def test_the_last_bin_holds_one_and_the_first_zero() -> None:
    count, _, _ = calibration_bins(np.array([0.0, 1.0]), np.array([NO, YES]), np.arange(11) / 10)
    assert count.tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("edge", [0.6, 0.7, 0.8, 0.9])
def test_two_sides_of_an_edge_do_not_make_up_for_each_other_in_the_ece(edge: float) -> None:
    # A hit just below the edge and a miss on it: |edge - .01 - 1| + |edge - 0|, over 2. In one bin
    # the two would nearly cancel.
    confidence, hit = np.array([edge - 0.01, edge]), np.array([YES, NO])
    expected = ((1 - (edge - 0.01)) + edge) / 2
    assert expected_calibration_error(confidence, hit) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("forecast", "rained", "score"),
    [(1.0, YES, 0.0), (1.0, NO, 1.0), (0.7, YES, 0.09), (0.3, YES, 0.49), (0.5, YES, 0.25)],
)
def test_brier_scores_are_those_of_wikipedias_rain(
    forecast: float, rained: bool, score: float
) -> None:
    assert metric("brier", [forecast], [rained]) == pytest.approx(score)


def test_log_loss_is_that_of_scikit_learns_spam() -> None:
    # The example of sklearn.metrics.log_loss: .21616, with .9, .9, .8, .65 given to what happened.
    found = metric("log_loss", [0.9, 0.9, 0.8, 0.65], [YES] * 4)
    assert found == pytest.approx(0.21616, abs=5e-6)


def test_log_loss_takes_the_other_side_of_a_miss_and_stays_finite() -> None:
    assert metric("log_loss", [0.75], [NO]) == pytest.approx(math.log(4))  # -ln .25
    assert metric("log_loss", [1.0], [NO]) == pytest.approx(15 * math.log(10))  # 1e-15


def test_ece_noise_is_seeded() -> None:
    confidence = np.linspace(0.5, 0.7, 300)
    assert ece_noise(confidence, seed=3) == ece_noise(confidence, seed=3)
    for one, other in zip(ece_noise(confidence, 3), ece_noise(confidence, 4), strict=True):
        assert one != other


@pytest.mark.parametrize(
    ("confidence", "mean", "most"),
    [
        # One prediction of .6: a gap of .4 with chance .6, of .6 with chance .4.
        ([0.6], 0.48, 0.6),
        # Two in one bin, Σconf 1.2; hits 0, 1, 2 with chances .16, .48, .36: gaps 1.2, .2, .8.
        ([0.6, 0.6], (0.16 * 1.2 + 0.48 * 0.2 + 0.36 * 0.8) / 2, 0.6),
        # Six coins: gaps 0, 1, 2, 3 with chances 20, 30, 12, 2 in 64: 62 in 64 are 2 at most.
        ([0.5] * 6, (30 * 1 + 12 * 2 + 2 * 3) / 64 / 6, 2 / 6),
        # Two bins: (2·.6·.4 + 2·.7·.3) / 2; both miss with chance .12: (.6 + .7) / 2.
        ([0.6, 0.7], 0.45, 0.65),
        # Certainty has no noise.
        ([1.0, 1.0, 1.0], 0.0, 0.0),
    ],
)
def test_ece_noise_is_close_to_an_exact_small_case(
    confidence: list[float], mean: float, most: float
) -> None:
    # A draw's sd is at most .25: the mean of 100,000 draws has a standard error below .0008, that
    # of the default 1,000 draws one of .008.
    for draws, off in ((100_000, 0.004), (1000, 0.04)):
        found = ece_noise(np.array(confidence), draws=draws)
        assert found[0] == pytest.approx(mean, abs=off)
        assert found[1] == pytest.approx(most)


def test_ece_noise_falls_with_the_square_root_of_n() -> None:
    few, many = ece_noise(np.full(1000, 0.55)), ece_noise(np.full(100_000, 0.55))
    # One bin: the gap is half-normal, of √(.55 · .45 / n) = .01573 at n = 1,000; its mean is √(2/π)
    # of that, its 95 % quantile 1.960 of it.
    assert few == pytest.approx((0.01255, 0.03083), rel=0.1)
    assert many == pytest.approx((0.001255, 0.003083), rel=0.1)


def test_a_calibrated_predictor_exceeds_its_95_percent_noise_one_time_in_twenty() -> None:
    rng = np.random.default_rng(11)
    confidence = rng.uniform(0.5, 0.75, 400)
    _, most = ece_noise(confidence)
    above = [
        expected_calibration_error(confidence, rng.random(400) < confidence) > most
        for _ in range(4000)
    ]
    # 4,000 tries: .0034; the quantile itself is of 1,000 draws: .0069. Twice both together.
    assert np.mean(above) == pytest.approx(0.05, abs=0.0154)


def test_the_95_percent_noise_is_an_ece_that_was_drawn() -> None:
    # One prediction of .99 has a gap of .01 or .99: of 20 draws with one miss 95 % are .01.
    found = [ece_noise(np.array([0.99]), seed, draws=20) for seed in range(40)]
    assert {round(most, 9) for mean, most in found if mean < 0.1} == {0.01}
    assert any(mean > 0.05 for mean, _ in found)


def test_no_predictions_have_no_ece_noise() -> None:
    assert ece_noise(np.array([])) == (0.0, 0.0)
