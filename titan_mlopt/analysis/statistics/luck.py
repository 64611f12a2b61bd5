"""The best accuracy and Sharpe ratio that many trials without skill reach by luck."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri

# Half-width of the integral, in the largest standard errors; the rest is negligible.
_REACH = 12.0
#: Quantile of the best trial without skill that ``Luck.most`` is.
LUCK_QUANTILE = 0.95
# Grid points per smallest standard error; interpolation errs by less than 2e-4 of it.
_FINENESS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Luck:
    """The best value of the first 1, 2, … n trials without skill.

    Attributes:
        expected: Its mean, (n,); about 4 in 10 studies without skill end above it.
        most: Its 95 % quantile, (n,); 1 in 20 ends above it.
    """

    expected: np.ndarray
    most: np.ndarray


def accuracy_luck(n_predictions: np.ndarray, chance: float = 0.5) -> Luck:
    """Return the best accuracy of trials that hit by chance, each with its own n.

    A trial that predicts on few bars reaches further by luck than one that predicts on all. The
    accuracy of trial i is taken as normal with mean ``chance`` and variance chance · (1 − chance) /
    n_i. The trials are taken as independent: those of one study see the same candles and are
    correlated, so that their luck reaches less, while a search that learns from its trials, as TPE
    does, may find more on noise.

    Args:
        n_predictions: Of each trial, (n,), > 0, in the order in which they came.
        chance: Of a hit, in (0, 1); 1/2 for a coin, less where closes are unchanged, which is a
            miss for both sides.

    Returns:
        Accuracies, at most 1.

    Raises:
        ValueError: An argument is out of its range.
    """
    n = np.asarray(n_predictions, np.float64)
    if n.size and not n.min() > 0:
        raise ValueError(f"accuracy_luck: n_predictions must be > 0, got {n.min()!r}")
    luck = best_of(np.sqrt(_variance(chance) / n))
    return Luck(np.minimum(1.0, chance + luck.expected), np.minimum(1.0, chance + luck.most))


def sharpe_luck(n_bars: np.ndarray, bars_per_year: float) -> Luck:
    """Return the best annualised Sharpe ratio of trials whose true one is 0, each with its own n.

    The ratio of trial i has the standard error √(bars_per_year / n_i) (A. W. Lo, The statistics of
    Sharpe ratios, Financial Analysts Journal 58 (2002) no. 4, 36-52, eq. 9, at a ratio of 0).

    Args:
        n_bars: Of each trial, (n,), > 0, bars without a position included.
        bars_per_year: > 0.

    Raises:
        ValueError: An argument is out of its range.
    """
    n = np.asarray(n_bars, np.float64)
    if n.size and not n.min() > 0:
        raise ValueError(f"sharpe_luck: n_bars must be > 0, got {n.min()!r}")
    if not bars_per_year > 0:
        raise ValueError(f"sharpe_luck: bars_per_year must be > 0, got {bars_per_year!r}")
    return best_of(np.sqrt(bars_per_year / n))


def best_of(errors: np.ndarray) -> Luck:
    """Return mean and 95 % quantile of the largest of independent normals of mean 0.

    The largest has the distribution F(x) = Π Φ(x / σ_i), the mean ∫ (1 − F) over x > 0 less ∫ F
    over x < 0, by the trapezoid rule on a grid of σ_min / 16. With equal σ the quantile is σ ·
    Φ⁻¹(.95^(1/n)) (H. A. David and H. N. Nagaraja, Order statistics, 3rd ed., 2003, § 2.1 and 3.1).

    Args:
        errors: The standard deviations, (n,), finite and > 0.

    Raises:
        ValueError: Other errors.
    """
    sd = np.asarray(errors, np.float64)
    if not sd.size:
        return Luck(np.empty(0), np.empty(0))
    if not (sd.min() > 0 and np.isfinite(sd).all()):
        raise ValueError(f"best_of: errors must be finite and > 0, got {sd.min()!r}")
    return _best_of(sd.tobytes())


@functools.lru_cache(maxsize=4)  # each part of a report asks for the luck of the same trials
def _best_of(errors: bytes) -> Luck:
    """Return ``best_of`` the bytes of 64-bit floats; its arrays are shared, and read-only."""
    sd = np.frombuffer(errors)
    points = math.ceil(2 * _REACH * _FINENESS * sd.max() / sd.min()) + 1
    x, step = np.linspace(-_REACH * sd.max(), _REACH * sd.max(), points, retstep=True)
    log_below, expected, most = np.zeros(points), np.empty(len(sd)), np.empty(len(sd))
    for i, error in enumerate(sd):
        log_below += log_ndtr(x / error)
        below = np.exp(log_below)
        expected[i] = x[-1] - step * (below.sum() - (below[0] + below[-1]) / 2)
        # Between two points the normal score of F is nearly linear.
        after = int(np.searchsorted(below, LUCK_QUANTILE))
        score = ndtri(below[after - 1 : after + 1])
        most[i] = np.interp(ndtri(LUCK_QUANTILE), score, x[after - 1 : after + 1])
    expected.flags.writeable = most.flags.writeable = False
    return Luck(expected, most)


def _variance(chance: float) -> float:
    """Return the variance of one hit by chance."""
    if not 0 < chance < 1:
        raise ValueError(f"accuracy_luck: chance must be in (0, 1), got {chance!r}")
    return chance * (1 - chance)
