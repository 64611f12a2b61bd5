"""Calibration error against what a perfectly calibrated predictor shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from titan_mlopt.backtest.stats import (
    N_ECE_BINS,
    calibration_bins,
    ece_noise,
    expected_calibration_error,
)


@dataclass(frozen=True, slots=True)
class CalibrationTest:
    """An ECE beside what perfect calibration shows with the same confidences.

    floor, floor_95: mean and 95 % quantile under perfect calibration. p_value: how often perfect
    calibration shows this ECE or more, in (0, 1].
    """

    ece: float
    floor: float
    floor_95: float
    p_value: float
    n: int


def calibration_test(
    confidence: np.ndarray, hit: np.ndarray, seed: int = 0, draws: int = 1000
) -> CalibrationTest | None:
    """Return the ECE of the predictions and its p-value under perfect calibration; None for n = 0.

    confidence: (n,), in [0, 1]; hit: (n,), bool. Hits of each bin are drawn as
    Binomial(n_b, mean confidence_b), as for ``backtest.stats.ece_noise``, which gives the floor;
    p = (1 + #{drawn ECE >= ECE}) / (draws + 1) (J. Bröcker and L. A. Smith, Increasing the
    reliability of reliability diagrams, Weather and Forecasting 22 (2007) 651-661, draw so;
    A. C. Davison and D. V. Hinkley, Bootstrap methods and their application, 1997, § 4.2, for p).
    """
    n = len(confidence)
    if not n:
        return None
    edges = np.arange(N_ECE_BINS + 1) / N_ECE_BINS
    count, total, hits = calibration_bins(confidence, hit, edges)
    filled = count > 0
    count, total, hits = count[filled], total[filled], hits[filled]
    rng = np.random.default_rng(seed)
    drawn = rng.binomial(count, np.minimum(total / count, 1.0), (draws, len(count)))
    gaps = np.abs(total - drawn).sum(axis=1)
    reached = int((gaps >= float(np.abs(total - hits).sum()) - 1e-9).sum())
    floor, floor_95 = ece_noise(confidence, seed, draws)
    ece = expected_calibration_error(confidence, hit)
    return CalibrationTest(ece, floor, floor_95, (1 + reached) / (draws + 1), n)
