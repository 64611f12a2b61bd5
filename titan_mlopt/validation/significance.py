"""What luck alone reaches: the best accuracy of many trials without skill."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

import numpy as np

# Points and range of the integral: its error stays below 1e-9 for k up to ten million.
_STEPS, _REACH = 481, 12.0


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
