"""Tests of a calibration error: against perfect calibration, and between two configs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from titan_mlopt.analysis.statistics.bootstrap import (
    RESAMPLES,
    Difference,
    difference_of,
    optimal_block_length,
    resampled_sums,
)
from titan_mlopt.backtest.calibration import (
    ECE_EDGES,
    N_ECE_BINS,
    bins_of,
    calibration_bins,
    ece_noise,
    expected_calibration_error,
)
from titan_mlopt.backtest.stats import BacktestStats


@dataclass(frozen=True, slots=True)
class CalibrationTest:
    """An ECE compared with perfect calibration at the same confidences.

    Attributes:
        ece: The observed ECE.
        floor: Its mean under perfect calibration.
        floor_95: Its 95 % quantile under perfect calibration.
        p_value: Probability of this ECE or more under perfect calibration, in (0, 1].
        n: Number of predictions.
    """

    ece: float
    floor: float
    floor_95: float
    p_value: float
    n: int


def calibration_test(
    confidence: np.ndarray, hit: np.ndarray, seed: int = 0, draws: int = 1000
) -> CalibrationTest | None:
    """Return the ECE of the predictions and its p-value under perfect calibration.

    Hits of each bin are drawn as Binomial(n_b, mean confidence_b), as for ``ece_noise``, which
    gives the floor; p = (1 + #{drawn ECE >= ECE}) / (draws + 1) (J. Bröcker and L. A. Smith,
    Increasing the reliability of reliability diagrams, Weather and Forecasting 22 (2007) 651-661,
    draw so; A. C. Davison and D. V. Hinkley, Bootstrap methods and their application, 1997, § 4.2,
    for p).

    Args:
        confidence: Of each prediction, (n,), in [0, 1].
        hit: Whether it came true, (n,), bool.
        seed: Of the draws.
        draws: Their number.

    Returns:
        The test, or None for n = 0.
    """
    n = len(confidence)
    if not n:
        return None
    count, total, hits = calibration_bins(confidence, hit, ECE_EDGES)
    filled = count > 0
    count, total, hits = count[filled], total[filled], hits[filled]
    rng = np.random.default_rng(seed)
    simulated_hits = rng.binomial(count, np.minimum(total / count, 1.0), (draws, len(count)))
    gaps = np.abs(total - simulated_hits).sum(axis=1)
    reached = int((gaps >= float(np.abs(total - hits).sum()) - 1e-9).sum())
    floor, floor_95 = ece_noise(confidence, seed, draws)
    ece = expected_calibration_error(confidence, hit)
    return CalibrationTest(ece, floor, floor_95, (1 + reached) / (draws + 1), n)


def calibration_difference(
    a: BacktestStats, b: BacktestStats, rng: np.random.Generator, *, resamples: int = RESAMPLES
) -> Difference | None:
    """Return the ECE of a less that of b on the same bars, with its bootstrap.

    Stationary bootstrap of the bars of both together (``bootstrap.resampled_sums``): a resample's
    ECE is that of its bars. Their mean block length is chosen from the bars' influences on the
    difference, (s · (confidence − hit) − ECE) / predictions, s the sign of the gap of its bin.

    Args:
        a: Stats of one config.
        b: Stats of the other one, on the same bars.
        rng: Source of the resamples.
        resamples: Their number, >= 1.

    Returns:
        The difference, or None when either predicts nothing.
    """
    if not a.total or not b.total:
        return None
    gaps = [_gaps_by_bin(stats) for stats in (a, b)]
    counts = [stats.predicted.astype(np.float64)[:, None] for stats in (a, b)]
    columns = np.hstack([gaps[0], counts[0], gaps[1], counts[1]])
    n = len(columns)
    influence = _influence(gaps[0], counts[0]) - _influence(gaps[1], counts[1])
    length = optimal_block_length(influence * n)
    half = columns.shape[1] // 2
    whole = columns.sum(axis=0, keepdims=True)
    observed = float(_ece(whole[:, :half])[0] - _ece(whole[:, half:])[0])
    sums = resampled_sums(columns, length, resamples, rng)
    return difference_of(observed, _ece(sums[:, :half]) - _ece(sums[:, half:]), length, n)


def _gaps_by_bin(stats: BacktestStats) -> np.ndarray:
    """Return confidence − hit of each bar in the column of its bin, (n, bins); FLAT bars are 0."""
    gaps = np.zeros((len(stats.direction), N_ECE_BINS))
    bars = np.flatnonzero(stats.predicted)
    confidence = stats.confidence[bars]
    gaps[bars, bins_of(confidence, ECE_EDGES)] = confidence - stats.hit[bars]
    return gaps


def _influence(gaps: np.ndarray, counts: np.ndarray) -> np.ndarray:
    total = gaps.sum(axis=0)
    ece = float(np.abs(total).sum() / counts.sum())
    return np.asarray((gaps @ np.sign(total) - ece * counts[:, 0]) / counts.sum())


def _ece(sums: np.ndarray) -> np.ndarray:
    """Return the ECE of each row of summed gaps and, last, predictions; 0 without predictions."""
    gaps = np.abs(sums[:, :-1]).sum(axis=1)
    return np.asarray(np.divide(gaps, sums[:, -1], out=np.zeros(len(sums)), where=sums[:, -1] > 0))
