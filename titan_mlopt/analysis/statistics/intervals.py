"""Confidence intervals of a hit rate, also for autocorrelated hits."""

from __future__ import annotations

import math

import numpy as np


def wilson_interval(hits: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """Return the score interval of a hit rate.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22
    (1927) 209-212.

    Args:
        hits: Number of hits.
        n: Number of predictions.
        z: Normal quantile of the interval; the default is 95 %.

    Returns:
        The bounds; (0, 1) for n = 0.

    Raises:
        ValueError: Not 0 <= hits <= n.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"wilson_interval: must have 0 <= hits <= n, got {hits=}, {n=}")
    if n == 0:
        return 0.0, 1.0
    rate, spread = hits / n, z * z / n
    centre = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt((rate * (1 - rate) + spread / 4) / n) / (1 + spread)
    low = 0.0 if hits == 0 else centre - half
    return low, 1.0 if hits == n else centre + half


def effective_interval(
    hits: float, n: float, n_effective: float, z: float = 1.959964
) -> tuple[float, float]:
    """Return the Wilson interval of the rate hits / n for ``n_effective`` predictions.

    Args:
        hits: Number of hits.
        n: Number of predictions; for 0 the interval is (0, 1).
        n_effective: In (0, n], from ``effective_n_of_blocks``; ignored for n = 0.
        z: Normal quantile of the interval.

    Raises:
        ValueError: An argument is out of its range.
    """
    if n == 0:
        return wilson_interval(hits, n, z)
    if not 0 < n_effective <= n:
        raise ValueError(f"effective_interval: n_effective must be in (0, n], got {n_effective!r}")
    return wilson_interval(min(hits / n * n_effective, n_effective), n_effective, z)


def effective_n_of_blocks(n_predictions: np.ndarray, hits: np.ndarray) -> float:
    """Return the effective number of predictions from the sums of time blocks.

    Σ n / φ with Pearson's dispersion φ = Σ (hits_b − p · n_b)² / (p · (1 − p) · n_b) / (B − 1), p
    the overall rate, over the B blocks with predictions (P. McCullagh and J. A. Nelder, Generalized
    linear models, 2nd ed., 1989, § 4.5), and φ not below 1. It sees what is longer than a block.

    Args:
        n_predictions: Of each block, (blocks,).
        hits: Of each block, (blocks,).

    Returns:
        The number, in (0, Σ n]; Σ n itself for fewer than two blocks with predictions, or when all
        are hits or all are misses.

    Raises:
        ValueError: Not 0 <= hits <= n_predictions in each block.
    """
    n, k = np.asarray(n_predictions, np.float64), np.asarray(hits, np.float64)
    if n.shape != k.shape or not ((k >= 0) & (k <= n)).all():
        raise ValueError(
            "effective_n_of_blocks: must have 0 <= hits <= n_predictions in each block"
        )
    n, k = n[n > 0], k[n > 0]
    total = float(n.sum())
    rate = float(k.sum()) / total if total else 0.0
    if len(n) < 2 or rate in (0.0, 1.0):
        return total
    dispersion = float((np.square(k - rate * n) / n).sum()) / (rate * (1 - rate) * (len(n) - 1))
    return total / max(1.0, dispersion)


def newey_west_lags(n: int) -> int:
    """Return the usual number of lags for ``n`` >= 0 observations, ⌊4 · (n / 100)^(2/9)⌋."""
    return math.floor(4.0 * math.pow(n / 100.0, 2.0 / 9.0))


def newey_west_variance(values: np.ndarray, lags: int) -> float:
    """Return the long-run variance of a series of mean 0.

    γ₀ + 2 · Σ_k (1 − k / (L + 1)) · γ_k over the lags k = 1 … L, with the autocovariances γ (W. K.
    Newey and K. D. West, A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix, Econometrica 55 (1987) 703-708). The variance of the series' mean
    is this over n.

    Args:
        values: The series, (n,), n >= 1.
        lags: L >= 0; autocovariances have the divisor n, and those from lag n on are 0.

    Returns:
        The variance, >= 0.
    """
    n = len(values)
    total = float(values @ values)
    for k in range(1, min(lags, n - 1) + 1):
        total += 2.0 * (1.0 - k / (lags + 1.0)) * float(values[k:] @ values[:-k])
    return max(0.0, total / n)
