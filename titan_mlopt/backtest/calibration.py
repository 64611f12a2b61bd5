"""How far confidence is what it says: functions of predictions, and sums over chunks of them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from titan_mlopt.records import Metrics

N_ECE_BINS = 10
#: Edges of the bins of the ECE.
ECE_EDGES = np.arange(N_ECE_BINS + 1) / N_ECE_BINS
_NOISE_DRAWS = 1000
_TINY = 1e-15


class Bins:
    """Predictions by confidence: count, sum of confidence and hits of each bin, (len(edges) - 1,).

    Bins are closed below and open above, the last one closed on both sides; the first and the last
    also take what lies beyond them. Sums go on in the order of the predictions: however these are
    cut, no bit differs.
    """

    def __init__(self, edges: np.ndarray = ECE_EDGES) -> None:
        n_bins = len(edges) - 1
        self._edges = edges
        self.count, self.hits = np.zeros(n_bins, np.int64), np.zeros(n_bins, np.int64)
        self.confidence = np.zeros(n_bins)

    def add(self, confidence: np.ndarray, hit: np.ndarray) -> None:
        """Take in the next predictions: confidence (n,), and hit, bool (n,)."""
        n_bins, place = len(self.count), bins_of(confidence, self._edges)
        self.count += np.bincount(place, minlength=n_bins)
        self.hits += np.bincount(place[np.asarray(hit, np.bool_)], minlength=n_bins)
        np.add.at(self.confidence, place, confidence)

    @property
    def total(self) -> int:
        """Number of predictions."""
        return int(self.count.sum())

    def ece(self) -> float:
        """Return the ECE (see ``expected_calibration_error``), 0 without predictions."""
        n = self.total
        return float(np.abs(self.confidence - self.hits).sum() / n) if n else 0.0

    def mce(self) -> float:
        """Return the largest |mean confidence - hit rate| of a bin that is not empty, else 0."""
        filled = self.count > 0
        if not filled.any():
            return 0.0
        return float((np.abs(self.confidence - self.hits)[filled] / self.count[filled]).max())

    def noise(self, seed: int = 0, draws: int = _NOISE_DRAWS) -> tuple[float, float]:
        """Return mean and 95 % quantile of the ECE of perfect calibration (see ``ece_noise``)."""
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
    """Return the number of the bin that each confidence lies in (see ``Bins``)."""
    place = np.searchsorted(edges, confidence, side="right")
    place -= 1
    return np.clip(place, 0, len(edges) - 2, out=place)


def calibration_bins(
    confidence: np.ndarray, hit: np.ndarray, edges: np.ndarray = ECE_EDGES
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return count, sum of confidence and hits of each bin, (len(edges) - 1,) each (``Bins``)."""
    bins = _filled(confidence, hit, edges)
    return bins.count, bins.confidence, bins.hits


def _filled(confidence: np.ndarray, hit: np.ndarray, edges: np.ndarray = ECE_EDGES) -> Bins:
    bins = Bins(edges)
    bins.add(confidence, hit)
    return bins


def accuracy(hit: np.ndarray) -> float:
    """Return the share of True in ``hit`` (n,), 0 when there is no prediction."""
    return float(hit.mean()) if len(hit) else 0.0


def expected_calibration_error(confidence: np.ndarray, hit: np.ndarray) -> float:
    """Return the top-label ECE in [0, 1] over 10 equal bins on [0, 1], 0 without predictions.

    Σ_b n_b/n · |mean confidence_b - hit rate_b| (Naeini et al. 2015; Guo et al. 2017).
    """
    return _filled(confidence, hit).ece()


def maximum_calibration_error(confidence: np.ndarray, hit: np.ndarray) -> float:
    """Return the largest |mean confidence - hit rate| of a bin that is not empty, else 0."""
    return _filled(confidence, hit).mce()


def ece_noise(
    confidence: np.ndarray, seed: int = 0, draws: int = _NOISE_DRAWS
) -> tuple[float, float]:
    """Return mean and 95 % quantile of the ECE that perfect calibration shows; (0, 0) for n = 0.

    confidence: of the predictions, (n,), in [0, 1]. The hits of each bin are drawn as
    Binomial(n_b, mean confidence_b), ``draws`` times, seeded (after Bröcker & Smith 2007). The
    quantile is the smallest ECE drawn that at least 95 % of the draws do not exceed.
    """
    return _filled(confidence, np.zeros(len(confidence), np.bool_)).noise(seed, draws)


def brier_score(confidence: np.ndarray, hit: np.ndarray) -> float | None:
    """Return the mean of (confidence - hit)², top-label, in [0, 1] (Brier 1950); None for n = 0."""
    return float(_squares(confidence, hit).sum()) / len(hit) if len(hit) else None


def log_loss(confidence: np.ndarray, hit: np.ndarray) -> float | None:
    """Return the mean of -ln(probability given to what happened), in nats; None for n = 0."""
    return float(_surprises(confidence, hit).sum()) / len(hit) if len(hit) else None


def _squares(confidence: np.ndarray, hit: np.ndarray) -> np.ndarray:
    gap = np.asarray(confidence - hit)
    np.square(gap, out=gap)
    return gap


def _surprises(confidence: np.ndarray, hit: np.ndarray) -> np.ndarray:
    given = 1.0 - confidence
    np.copyto(given, confidence, where=hit)
    np.log(np.clip(given, _TINY, None, out=given), out=given)
    np.negative(given, out=given)
    return given


def calibration_metrics(chunks: Iterable[tuple[np.ndarray, np.ndarray]], seed: int) -> Metrics:
    """Return every metric of the predictions alone; ``chunks``: their confidence and hits."""
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
