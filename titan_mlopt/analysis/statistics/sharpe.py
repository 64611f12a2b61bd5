"""The significance of Sharpe ratios, also after a search over many trials."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from titan_mlopt.backtest.returns import Moments

_EULER = 0.5772156649015329
_NORMAL = NormalDist()


def per_bar(annual_sharpe: float, bars_per_year: float) -> float:
    """Return the per-bar ratio of an annual one; ``bars_per_year`` > 0."""
    return annual_sharpe / math.sqrt(bars_per_year)


def sharpe_variance(sharpe: float, skewness: float = 0.0, kurtosis: float = 3.0) -> float:
    """Return n times the variance of a per-bar Sharpe ratio: 1 − γ₃ · s + (γ₄ − 1) / 4 · s².

    E. Mertens, Comments on variance of the IID estimator in Lo (2002), 2002.

    Args:
        sharpe: The per-bar ratio s.
        skewness: γ₃ of the returns.
        kurtosis: γ₄ of the returns; 3 for normal ones.

    Returns:
        The variance, >= 0.

    Raises:
        ValueError: Moments that no returns have: γ₄ < 1 + γ₃².
    """
    if not kurtosis >= 1 + skewness * skewness - 1e-9:
        raise ValueError(
            f"sharpe_variance: must have kurtosis >= 1 + skewness², got {skewness=}, {kurtosis=}"
        )
    return max(0.0, 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe)


def probabilistic_sharpe_ratio(moments: Moments, benchmark: float = 0.0) -> float:
    """Return the probability that the true ratio is above ``benchmark``.

    Φ((s − s*) · √(n − 1) / √(1 − γ₃ · s + (γ₄ − 1) / 4 · s²)) (D. H. Bailey and M. López de Prado,
    The Sharpe ratio efficient frontier, Journal of Risk 15 (2012) no. 2, 3-44). It takes
    independent returns.

    Args:
        moments: Of the returns.
        benchmark: The ratio s*, per bar.

    Returns:
        The probability, in [0, 1]. When the variance is 0: 1 above the benchmark, 1/2 on it, 0
        below.

    Raises:
        ValueError: Moments of n < 2, or that no returns have.
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

    √variance · ((1 − γ) · Φ⁻¹(1 − 1/N) + γ · Φ⁻¹(1 − 1/(N · e))), γ Euler's constant (D. H. Bailey
    and M. López de Prado 2014). ``luck.best_of`` has the exact mean, which this approximates to 2.5
    % from N = 10 on; the published numbers come from this one.

    Args:
        variance: Of the ratios over the trials, >= 0, in the squared unit of the result.
        n_trials: Number of independent trials, >= 1, also a fraction (``independent_trials``).

    Returns:
        The ratio; 0 for N = 1.

    Raises:
        ValueError: An argument is out of its range.
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
    """Return the probability that the best trial's true ratio is above that of luck.

    The probabilistic Sharpe ratio against ``expected_maximum_sharpe`` (D. H. Bailey and M. López de
    Prado, The deflated Sharpe ratio, Journal of Portfolio Management 40 (2014) no. 5, 94-107).

    Args:
        moments: Of the chosen trial's returns.
        variance: Of the per-bar Sharpe ratios over the trials.
        n_trials: Number of independent trials.

    Returns:
        The probability, in [0, 1]; from .95 on the choice is held to be more than luck.

    Raises:
        ValueError: An argument is out of its range.
    """
    return probabilistic_sharpe_ratio(moments, expected_maximum_sharpe(variance, n_trials))


def independent_trials(block_returns: np.ndarray) -> float:
    """Return the effective number of independent trials among correlated ones.

    ρ̄ + (1 − ρ̄) · N with the mean correlation ρ̄ of the pairs, 0 where negative (D. H. Bailey and
    M. López de Prado 2014, appendix).

    Args:
        block_returns: Sums of returns, (trials, blocks), trials >= 1; a trial whose sums do not
            differ has no correlation and counts as independent.

    Returns:
        The number, in [1, trials].
    """
    values = np.asarray(block_returns, np.float64)
    n = len(values)
    if n < 2:
        return float(n)
    away = values - values.mean(axis=1, keepdims=True)
    norm = np.sqrt(np.square(away).sum(axis=1, keepdims=True))
    unit = np.divide(away, norm, out=np.zeros_like(away), where=norm > 0)
    total = unit.sum(axis=0)
    # Σ over all pairs, without the n terms of each trial with itself (1 or 0).
    pairs = float(total @ total) - float(np.square(unit).sum())
    mean = min(1.0, max(0.0, pairs / (n * (n - 1))))
    return mean + (1 - mean) * n


def minimum_track_record_length(
    moments: Moments, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """Return how many bars it takes to show with ``confidence`` a ratio above ``benchmark``.

    1 + (1 − γ₃ · s + (γ₄ − 1) / 4 · s²) · (Φ⁻¹(confidence) / (s − s*))² (D. H. Bailey and M. López
    de Prado 2012).

    Args:
        moments: Of the returns.
        benchmark: The ratio s*, per bar.
        confidence: In (.5, 1).

    Returns:
        The bars; infinite when the ratio is not above the benchmark.

    Raises:
        ValueError: ``confidence`` is out of its range.
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

    Args:
        n_trials: Number of independent trials, >= 1.
        annual_sharpe: The ratio, annualised, > 0.

    Returns:
        The years; 0 for a single trial.

    Raises:
        ValueError: An argument is out of its range.
    """
    if not (n_trials >= 1 and annual_sharpe > 0):
        raise ValueError(
            "minimum_backtest_length: must have n_trials >= 1, annual_sharpe > 0, got "
            f"{n_trials=}, {annual_sharpe=}"
        )
    return (_expected_maximum(n_trials) / annual_sharpe) ** 2
