"""The mean block length of the stationary bootstrap, chosen from the data."""

from __future__ import annotations

import math

import numpy as np

#: Autocorrelations within ± this · √(log₁₀ n / n) are taken as none.
_BAND = 2.0
_FEWEST_LAGS = 5


def optimal_block_length(values: np.ndarray) -> float:
    """Return the mean block length with the least error of the variance of a series' mean, >= 1.

    values: (n,), stationary. With the autocovariances R and the flat-top window λ of D. N. Politis
    and J. P. Romano (1995), λ(t) = min(1, 2 · (1 − |t|)), up to lag M: G = Σ λ(k/M) · |k| · R(k),
    g = Σ λ(k/M) · R(k), b = (G / g)^(2/3) · n^(1/3), at most ⌈min(3·√n, n/3)⌉ (D. N. Politis and
    H. White, Automatic block-length selection for the dependent bootstrap, Econometric Reviews 23
    (2004) 53-70, with the constant of the correction by A. Patton, D. N. Politis and H. White,
    Econometric Reviews 28 (2009) 372-375). M is twice the lag after which K = max(5, ⌈√log₁₀ n⌉)
    autocorrelations in a row are within ± 2 · √(log₁₀ n / n), at least 2, at most ⌈√n⌉ + K.
    1 for n < 9, for a constant series, and for one whose autocorrelations are all within the band:
    independent values need no blocks. Raises ``ValueError`` when a value is not finite.
    """
    x = np.asarray(values, np.float64)
    n = len(x)
    if not np.isfinite(x).all():
        raise ValueError("optimal_block_length: values must be finite, got one that is not")
    if n < 9:
        return 1.0
    run = max(_FEWEST_LAGS, math.ceil(math.sqrt(math.log10(n))))
    most = min(math.ceil(math.sqrt(n)) + run, n - 1)
    covariance = autocovariances(x - x.mean(), most)
    if covariance[0] <= 1e-28 * float(np.square(x).max()):
        return 1.0
    last = _last_significant_lag(covariance[1:] / covariance[0], n, run)
    if last == 0:
        return 1.0
    lags = np.arange(1, min(2 * last, most) + 1)
    window = np.minimum(1.0, 2.0 * (1.0 - lags / lags[-1])) if len(lags) > 1 else np.ones(1)
    weighted = 2.0 * window * covariance[lags]
    slope, spectrum = float(lags @ weighted), covariance[0] + float(weighted.sum())
    if spectrum == 0.0:
        return 1.0
    length = math.pow(abs(slope / spectrum), 2 / 3) * math.cbrt(n)
    return max(1.0, min(length, float(math.ceil(min(3 * math.sqrt(n), n / 3)))))


def autocovariances(away: np.ndarray, lags: int) -> np.ndarray:
    """Return those of lag 0 … ``lags`` < n, (lags + 1,), divisor n, of a series (n,) of mean 0."""
    n = len(away)
    return np.array([float(away[k:] @ away[: n - k]) for k in range(lags + 1)]) / n


def _last_significant_lag(correlation: np.ndarray, n: int, run: int) -> int:
    """Return the lag before the first ``run`` ones in the band; without such, the last outside."""
    outside = np.abs(correlation) >= _BAND * math.sqrt(math.log10(n) / n)
    beyond = np.flatnonzero(outside) + 1
    before = 0
    for lag in beyond.tolist():
        if lag - before > run:
            return before
        before = lag
    return before
