"""Sharpe ratios: how sure one is, and what is left of it after many trials."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from titan_mlopt.backtest.returns import Moments as Moments  # callers take both from here
from titan_mlopt.backtest.returns import find_moments as find_moments

_EULER = 0.5772156649015329
_NORMAL = NormalDist()


def annualise(sharpe: float, bars_per_year: float) -> float:
    """Return the annual ratio of a per-bar one: · √(bars per year), for independent bars."""
    return sharpe * math.sqrt(bars_per_year)


def per_bar(annual_sharpe: float, bars_per_year: float) -> float:
    """Return the per-bar ratio of an annual one; ``bars_per_year`` > 0."""
    return annual_sharpe / math.sqrt(bars_per_year)


def sharpe_variance(sharpe: float, skewness: float = 0.0, kurtosis: float = 3.0) -> float:
    """Return n times the variance of a per-bar Sharpe ratio: 1 − γ₃ · s + (γ₄ − 1) / 4 · s².

    E. Mertens, Comments on variance of the IID estimator in Lo (2002), 2002. Never negative for
    moments of real returns, for which γ₄ >= 1 + γ₃². Raises ``ValueError`` for others.
    """
    if not kurtosis >= 1 + skewness * skewness - 1e-9:
        raise ValueError(
            f"sharpe_variance: must have kurtosis >= 1 + skewness², got {skewness=}, {kurtosis=}"
        )
    return max(0.0, 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe)


def probabilistic_sharpe_ratio(moments: Moments, benchmark: float = 0.0) -> float:
    """Return the probability, in [0, 1], that the true ratio is above ``benchmark`` (per bar).

    Φ((s − s*) · √(n − 1) / √(1 − γ₃ · s + (γ₄ − 1) / 4 · s²)) (D. H. Bailey and M. López de Prado,
    The Sharpe ratio efficient frontier, Journal of Risk 15 (2012) no. 2, 3-44). It takes
    independent returns. When the variance is 0: 1 above the benchmark, 1/2 on it, 0 below.
    Raises ``ValueError`` for moments of n < 2, or that no returns have.
    """
    if moments.n < 2:
        raise ValueError(f"probabilistic_sharpe_ratio: n must be >= 2, got {moments.n!r}")
    variance = sharpe_variance(moments.sharpe, moments.skewness, moments.kurtosis)
    above = (moments.sharpe - benchmark) * math.sqrt(moments.n - 1)
    if variance == 0.0:
        return 0.5 + 0.5 * ((above > 0) - (above < 0))
    return _NORMAL.cdf(above / math.sqrt(variance))


def expected_maximum_sharpe(variance: float, n_trials: float) -> float:
    """Return the Sharpe ratio that the best of ``n_trials`` without skill shows on average.

    variance: of the ratios over the trials, >= 0, in the unit (squared) that is wanted.
    √variance · ((1 − γ) · Φ⁻¹(1 − 1/N) + γ · Φ⁻¹(1 − 1/(N · e))), γ Euler's constant; 0 for N = 1
    (Bailey and López de Prado 2014). n_trials: independent ones, >= 1, also a fraction
    (``independent_trials``). ``significance.expected_maximum`` is the exact mean, which this
    approximates to 2.5 % from N = 10 on; the published numbers come from this one. Raises
    ``ValueError`` when an argument is out of its range.
    """
    if not (variance >= 0 and n_trials >= 1):
        raise ValueError(
            "expected_maximum_sharpe: must have variance >= 0, n_trials >= 1, got "
            f"{variance=}, {n_trials=}"
        )
    return math.sqrt(variance) * _expected_maximum(n_trials)


def _expected_maximum(n: float) -> float:
    if n == 1:
        return 0.0
    quantile = _NORMAL.inv_cdf
    first, second = quantile(1 - 1 / n), quantile(1 - 1 / (n * math.e))
    return max(0.0, (1 - _EULER) * first + _EULER * second)  # negative below N = 1.3


def deflated_sharpe_ratio(moments: Moments, variance: float, n_trials: float) -> float:
    """Return the probability, in [0, 1], that the best trial's true ratio is above luck's.

    moments: of the chosen trial's returns. variance: of the per-bar Sharpe ratios over the trials.
    n_trials: independent ones. The probabilistic Sharpe ratio against ``expected_maximum_sharpe``
    (D. H. Bailey and M. López de Prado, The deflated Sharpe ratio, Journal of Portfolio Management
    40 (2014) no. 5, 94-107). At .95 or more the choice is held to be more than luck. Raises
    ``ValueError`` when an argument is out of its range.
    """
    return probabilistic_sharpe_ratio(moments, expected_maximum_sharpe(variance, n_trials))


def independent_trials(block_returns: np.ndarray) -> float:
    """Return how many independent trials so many correlated ones are worth, in [1, trials].

    block_returns: sums of returns, (trials, blocks), trials >= 1; a trial whose sums do not differ
    has no correlation and counts as independent. ρ̄ + (1 − ρ̄) · N with the mean correlation ρ̄ of
    the pairs, 0 where negative (Bailey and López de Prado 2014, appendix).
    """
    values = np.asarray(block_returns, np.float64)
    n = len(values)
    if n < 2:
        return float(n)
    away = values - values.mean(axis=1, keepdims=True)
    norm = np.sqrt(np.square(away).sum(axis=1, keepdims=True))
    unit = np.divide(away, norm, out=np.zeros_like(away), where=norm > 0)
    total = unit.sum(axis=0)
    # Σ over all pairs, the n of each with itself (or 0) taken off.
    pairs = float(total @ total) - float(np.square(unit).sum())
    mean = min(1.0, max(0.0, pairs / (n * (n - 1))))
    return mean + (1 - mean) * n


def minimum_track_record_length(
    moments: Moments, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """Return how many bars show with ``confidence`` that the ratio is above ``benchmark``.

    1 + (1 − γ₃ · s + (γ₄ − 1) / 4 · s²) · (Φ⁻¹(confidence) / (s − s*))² (Bailey and López de Prado
    2012); both ratios per bar. Infinite when the ratio is not above the benchmark.
    Raises ``ValueError`` unless confidence is in (.5, 1).
    """
    if not 0.5 < confidence < 1:
        raise ValueError(
            f"minimum_track_record_length: confidence must be in (.5, 1), got {confidence!r}"
        )
    variance = sharpe_variance(moments.sharpe, moments.skewness, moments.kurtosis)
    above = moments.sharpe - benchmark
    return 1 + variance * (_NORMAL.inv_cdf(confidence) / above) ** 2 if above > 0 else math.inf


def minimum_backtest_length(n_trials: float, annual_sharpe: float = 1.0) -> float:
    """Return the years of data below which luck alone finds this ratio among ``n_trials``.

    (E[largest of N normals] / annual_sharpe)², with the mean as in ``expected_maximum_sharpe``;
    below 2 · ln N / annual_sharpe² (D. H. Bailey, J. M. Borwein, M. López de Prado and Q. J. Zhu,
    Pseudo-mathematics and financial charlatanism, Notices of the AMS 61 (2014) 458-471).
    0 for a single trial. Raises ``ValueError`` unless n_trials >= 1 and annual_sharpe > 0.
    """
    if not (n_trials >= 1 and annual_sharpe > 0):
        raise ValueError(
            "minimum_backtest_length: must have n_trials >= 1, annual_sharpe > 0, got "
            f"{n_trials=}, {annual_sharpe=}"
        )
    return (_expected_maximum(n_trials) / annual_sharpe) ** 2
