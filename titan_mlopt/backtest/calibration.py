"""Calibration of confidences: ECE, Brier score and log loss, in one go or by chunks."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.core.trial import Metrics

N_ECE_BINS = 10
#: Edges of the bins of the ECE.
ECE_EDGES = np.arange(N_ECE_BINS + 1) / N_ECE_BINS
_NOISE_DRAWS = 1000
_TINY = 1e-15


class Bins:
    """Predictions binned by confidence, added in any number of chunks.

    A bin includes its lower edge but not its upper one, except the last, which includes both.
    Confidences beyond the edges go into the first and the last bin. Values are added one by one in
    the order of the predictions, so chunks of any size give the same sums, to the bit.

    Args:
        edges: Edges of the bins, increasing, (bins + 1,).

    Attributes:
        count: Predictions in each bin, int64 (bins,).
        confidence: Sum of their confidences, float64 (bins,).
        hits: Number of them that came true, int64 (bins,).
    """

    def __init__(self, edges: np.ndarray = ECE_EDGES) -> None:
        n_bins = len(edges) - 1
        self._edges = edges
        self.count: NDArray[np.int64] = np.zeros(n_bins, np.int64)
        self.hits: NDArray[np.int64] = np.zeros(n_bins, np.int64)
        self.confidence: NDArray[np.float64] = np.zeros(n_bins)

    def add(self, confidence: np.ndarray, hit: np.ndarray) -> None:
        """Add the next predictions: ``confidence`` (n,) in [0, 1] and ``hit`` bool (n,)."""
        n_bins, bin_index = len(self.count), bins_of(confidence, self._edges)
        self.count += np.bincount(bin_index, minlength=n_bins)
        self.hits += np.bincount(bin_index[np.asarray(hit, np.bool_)], minlength=n_bins)
        np.add.at(self.confidence, bin_index, confidence)

    @property
    def total(self) -> int:
        """Number of predictions."""
        return int(self.count.sum())

    def ece(self) -> float:
        """Return the ECE (see ``expected_calibration_error``), 0 without predictions."""
        n = self.total
        return float(np.abs(self.confidence - self.hits).sum() / n) if n else 0.0

    def mce(self) -> float:
        """Return the largest |mean confidence - hit rate| of a bin, 0 without predictions."""
        filled = self.count > 0
        if not filled.any():
            return 0.0
        return float((np.abs(self.confidence - self.hits)[filled] / self.count[filled]).max())

    def noise(self, seed: int = 0, draws: int = _NOISE_DRAWS) -> tuple[float, float]:
        """Return mean and 95 % quantile of the ECE under perfect calibration (``ece_noise``)."""
        filled, n = self.count > 0, self.total
        if not n:
            return 0.0, 0.0
        count, total = self.count[filled], self.confidence[filled]
        rng = np.random.default_rng(seed)
        chance = np.minimum(total / count, 1.0)  # a sum of many 1.0 may round above its count
        hits = rng.binomial(count, chance, size=(draws, len(count)))
        gaps = np.abs(total - hits).sum(axis=1)
        most = np.quantile(gaps, 0.95, method="inverted_cdf")
        return float(gaps.mean() / n), float(most / n)


def bins_of(confidence: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the index of each confidence's bin, int64 (n,); the bins are those of ``Bins``."""
    bin_index = np.searchsorted(edges, confidence, side="right")
    bin_index -= 1
    return np.clip(bin_index, 0, len(edges) - 2, out=bin_index)


def calibration_bins(
    confidence: np.ndarray, hit: np.ndarray, edges: np.ndarray = ECE_EDGES
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return count, sum of confidence and hits of each bin of ``Bins``, (len(edges) - 1,) each.

    Args:
        confidence: Of each prediction, (n,), in [0, 1].
        hit: Whether it came true, bool (n,).
        edges: Edges of the bins, increasing.
    """
    bins = _filled(confidence, hit, edges)
    return bins.count, bins.confidence, bins.hits


def _filled(confidence: np.ndarray, hit: np.ndarray, edges: np.ndarray = ECE_EDGES) -> Bins:
    bins = Bins(edges)
    bins.add(confidence, hit)
    return bins


def accuracy(hit: np.ndarray) -> float:
    """Return the share of True in ``hit`` (n,), 0 without predictions."""
    return float(hit.mean()) if len(hit) else 0.0


def expected_calibration_error(confidence: np.ndarray, hit: np.ndarray) -> float:
    """Return the top-label expected calibration error over 10 equal bins on [0, 1].

    Σ_b n_b/n · |mean confidence_b - hit rate_b| (M. P. Naeini, G. F. Cooper and M. Hauskrecht,
    Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015; C. Guo, G. Pleiss,
    Y. Sun and K. Q. Weinberger, On calibration of modern neural networks, ICML 2017).

    Args:
        confidence: Of each prediction, (n,), in [0, 1].
        hit: Whether it came true, bool (n,).

    Returns:
        The ECE, in [0, 1]; 0 without predictions.
    """
    return _filled(confidence, hit).ece()


def ece_noise(
    confidence: np.ndarray, seed: int = 0, draws: int = _NOISE_DRAWS
) -> tuple[float, float]:
    """Return the noise floor of the ECE: what a perfectly calibrated predictor shows.

    The hits of each bin are simulated as Binomial(n_b, mean confidence_b) (after J. Bröcker and
    L. A. Smith, Increasing the reliability of reliability diagrams, Weather and Forecasting 22
    (2007) 651-661).

    Args:
        confidence: Of each prediction, (n,), in [0, 1].
        seed: Seed of the simulation.
        draws: Number of simulations, >= 1.

    Returns:
        Mean and 95 % quantile of the simulated ECEs; the quantile is the smallest one that at
        least 95 % of them do not exceed. (0, 0) for n = 0.
    """
    return _filled(confidence, np.zeros(len(confidence), np.bool_)).noise(seed, draws)


def _squares(confidence: np.ndarray, hit: np.ndarray) -> np.ndarray:
    gap = np.asarray(confidence - hit)
    np.square(gap, out=gap)
    return gap


def _surprises(confidence: np.ndarray, hit: np.ndarray) -> np.ndarray:
    probability = 1.0 - confidence
    np.copyto(probability, confidence, where=hit)
    np.log(np.clip(probability, _TINY, None, out=probability), out=probability)
    np.negative(probability, out=probability)
    return probability


def calibration_metrics(chunks: Iterable[tuple[np.ndarray, np.ndarray]], seed: int) -> Metrics:
    """Return the metrics that depend on the predictions alone, by logged name.

    ``mce``: the largest |mean confidence − hit rate| of the ECE's bins. ``brier``: the top-label
    Brier score, the mean of (confidence − hit)² (G. W. Brier, Verification of forecasts expressed
    in terms of probability, Monthly Weather Review 78 (1950) 1-3). ``log_loss``: the mean of
    −ln(probability given to the outcome) in nats, of which 0 counts as 1e-15. The last two, and
    ``ece_gap``, are None without predictions.

    Args:
        chunks: Confidence (n,) and hit, bool (n,), of the predictions in order, in any chunks.
        seed: Seed of the ECE's noise floor.
    """
    bins = Bins()
    gaps, squares, surprises = list[float](), list[float](), list[float]()
    for confidence, hit in chunks:
        bins.add(confidence, hit)
        gaps.append(float((confidence - hit).sum()))
        squares.append(float(_squares(confidence, hit).sum()))
        surprises.append(float(_surprises(confidence, hit).sum()))
    n, (noise, noise_95) = bins.total, bins.noise(seed)
    return {
        "accuracy": int(bins.hits.sum()) / n if n else 0.0,
        "ece": bins.ece(),
        "ece_noise": noise,
        "ece_noise_95": noise_95,
        "ece_gap": math.fsum(gaps) / n if n else None,
        "mce": bins.mce(),
        "brier": math.fsum(squares) / n if n else None,
        "log_loss": math.fsum(surprises) / n if n else None,
    }
