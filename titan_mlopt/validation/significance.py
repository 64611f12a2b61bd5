"""What luck alone reaches: the best accuracy and Sharpe ratio of many trials without skill."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from scipy.special import log_ndtr, ndtri

# Points and range of the integral: its error stays below 1e-9 for k up to ten million.
_STEPS, _REACH = 481, 12.0
#: Of the best of trials without skill, what ``Luck.most`` stays below.
LUCK_QUANTILE = 0.95
# Points of the grid to the smallest standard error: interpolation is off by less than 2e-4 of it.
_FINENESS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Luck:
    """What the best of the first 1, 2, … n trials shows when none has skill; (n,) each.

    expected: its mean; about 4 in 10 studies without skill end above it. most: its 95 % quantile;
    1 in 20 ends above it.
    """

    expected: np.ndarray
    most: np.ndarray


def expected_maximum(k: int) -> float:
    """Return the mean of the largest of ``k`` independent standard normal draws; 0 for k = 1.

    ∫ x · k · φ(x) · Φ(x)^(k − 1) dx, the mean of the largest order statistic (L. H. C. Tippett, On
    the extreme individuals and the range of samples taken from a normal population, Biometrika 17
    (1925) 364-387). D. H. Bailey and M. López de Prado, The deflated Sharpe ratio, Journal of
    Portfolio Management 40 (2014) no. 5, 94-107, approximate it by
    (1 − γ) · Φ⁻¹(1 − 1/k) + γ · Φ⁻¹(1 − 1/(k · e)). Raises ``ValueError`` unless k >= 1.
    """
    if k < 1:
        raise ValueError(f"expected_maximum: k must be >= 1, got {k!r}")
    below, weights = _grid()
    return float(k * (below ** (k - 1) @ weights))


def expected_best_accuracy(n_predictions: float, k: int, chance: float = 0.5) -> float:
    """Return the accuracy, at most 1, that the best of ``k`` trials without skill shows on average.

    chance + √(chance · (1 − chance) / n) · ``expected_maximum(k)``; ``chance`` itself for k = 1.
    n_predictions: of each trial, above 0, and enough for hits to be normal. chance: of a hit, in
    (0, 1); 1/2 for a coin, less where closes are unchanged, which is a miss for both sides. It is a
    mean: of studies that are luck alone, about 4 in 10 end above it. It takes independent trials;
    those of one study see the same candles and are correlated, so that their luck reaches less,
    while a search that learns from its trials, as TPE does, may find more on noise.
    Raises ``ValueError`` when an argument is out of its range.
    """
    return min(1.0, chance + _sd(n_predictions, chance) * expected_maximum(k))


def expected_best_accuracies(n_predictions: float, trials: int, chance: float = 0.5) -> np.ndarray:
    """Return ``expected_best_accuracy`` of k = 1 … ``trials``, (trials,); empty for 0 trials."""
    maxima = np.array([expected_maximum(k) for k in range(1, trials + 1)])
    return np.minimum(1.0, chance + _sd(n_predictions, chance) * maxima)


def accuracy_luck(n_predictions: np.ndarray, chance: float = 0.5) -> Luck:
    """Return the best accuracy, at most 1, of trials that hit by chance, each with its own n.

    n_predictions: of each trial, (n,), > 0, in the order in which they came; a trial that predicts
    on few bars reaches further by luck than one that predicts on all. The accuracy of trial i is
    taken as normal with mean ``chance`` and variance chance · (1 − chance) / n_i, and the trials as
    independent; see ``expected_best_accuracy`` for what that leaves out. Raises ``ValueError``
    when an argument is out of its range.
    """
    n = np.asarray(n_predictions, np.float64)
    if n.size and not n.min() > 0:
        raise ValueError(f"accuracy_luck: n_predictions must be > 0, got {n.min()!r}")
    luck = best_of(np.sqrt(_variance(chance) / n))
    return Luck(np.minimum(1.0, chance + luck.expected), np.minimum(1.0, chance + luck.most))


def sharpe_luck(n_bars: np.ndarray, bars_per_year: float) -> Luck:
    """Return the best annualised Sharpe ratio of trials whose true one is 0, each with its own n.

    n_bars: of each trial, (n,), > 0, bars without a position included. The ratio of trial i has
    the standard error sqrt(bars_per_year / n_i) (Lo 2002, eq. 9, at a ratio of 0). Raises
    ``ValueError`` when an argument is out of its range.
    """
    n = np.asarray(n_bars, np.float64)
    if n.size and not n.min() > 0:
        raise ValueError(f"sharpe_luck: n_bars must be > 0, got {n.min()!r}")
    if not bars_per_year > 0:
        raise ValueError(f"sharpe_luck: bars_per_year must be > 0, got {bars_per_year!r}")
    return best_of(np.sqrt(bars_per_year / n))


def best_of(errors: np.ndarray) -> Luck:
    """Return mean and 95 % quantile of the largest of independent normals of mean 0.

    errors: their standard deviations, (n,), finite and > 0. The largest has the distribution
    F(x) = Π Φ(x / σ_i), the mean ∫ (1 − F) over x > 0 less ∫ F over x < 0, by the trapezoid rule
    on a grid of σ_min / 16. With equal σ the quantile is σ · Φ⁻¹(.95^(1/n)) (H. A. David and H. N.
    Nagaraja, Order statistics, 3rd ed., 2003, § 2.1 and 3.1). Raises ``ValueError`` for other
    errors.
    """
    sd = np.asarray(errors, np.float64)
    if not sd.size:
        return Luck(np.empty(0), np.empty(0))
    if not (sd.min() > 0 and np.isfinite(sd).all()):
        raise ValueError(f"best_of: errors must be finite and > 0, got {sd.min()!r}")
    points = math.ceil(2 * _REACH * _FINENESS * sd.max() / sd.min()) + 1
    x, step = np.linspace(-_REACH * sd.max(), _REACH * sd.max(), points, retstep=True)
    log_below, expected, most = np.zeros(points), np.empty(len(sd)), np.empty(len(sd))
    for i, error in enumerate(sd):
        log_below += log_ndtr(x / error)
        below = np.exp(log_below)
        expected[i] = x[-1] - step * (below.sum() - (below[0] + below[-1]) / 2)
        # Between two points the normal score of F is nearly a line.
        after = int(np.searchsorted(below, LUCK_QUANTILE))
        score = ndtri(below[after - 1 : after + 1])
        most[i] = np.interp(ndtri(LUCK_QUANTILE), score, x[after - 1 : after + 1])
    return Luck(expected, most)


def _variance(chance: float) -> float:
    """Return the variance of one hit by chance."""
    if not 0 < chance < 1:
        raise ValueError(f"accuracy_luck: chance must be in (0, 1), got {chance!r}")
    return chance * (1 - chance)


def _sd(n: float, chance: float) -> float:
    """Return the standard error of an accuracy over n predictions that hit by chance."""
    if not n > 0:
        raise ValueError(f"expected_best_accuracy: n_predictions must be > 0, got {n!r}")
    if not 0 < chance < 1:
        raise ValueError(f"expected_best_accuracy: chance must be in (0, 1), got {chance!r}")
    return math.sqrt(chance * (1 - chance) / n)


@cache
def _grid() -> tuple[np.ndarray, np.ndarray]:
    """Return Φ(x) and x · φ(x) · dx on the points of the trapezoid rule, (481,) each.

    The integrand is smooth and vanishes at both ends, where that rule converges exponentially.
    """
    x = np.linspace(-_REACH, _REACH, _STEPS)
    # By erfc, not 1 − erf: the lower tail keeps its digits.
    below = np.array([math.erfc(-value / math.sqrt(2)) / 2 for value in x])
    density = np.array([NormalDist().pdf(value) for value in x])
    return below, x * density * (2 * _REACH / (_STEPS - 1))
