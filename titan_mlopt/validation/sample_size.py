"""How many predictions it takes to see a difference."""

from __future__ import annotations

import math
from statistics import NormalDist


def scores(alpha: float, power: float) -> tuple[float, float]:
    """Return Φ⁻¹(1 − alpha) and Φ⁻¹(power) of a one-sided test; for a two-sided pass alpha / 2.

    Raises ``ValueError`` unless both are in (0, 1).
    """
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"sample size: alpha and power must be in (0, 1), got {alpha=}, {power=}")
    quantile = NormalDist().inv_cdf
    return quantile(1 - alpha), quantile(power)


def predictions_needed_paired(
    better: float, worse: float, alpha: float = 0.02, power: float = 0.9
) -> int:
    """Return on how many common bars McNemar's test sees that one config is better than another.

    better, worse: shares of bars on which only the one and only the other is right, better > worse;
    their difference is that of the accuracies. alpha: one-sided.
    n = (z_α · √(b + w) + z_β · √(b + w − (b − w)²))² / (b − w)² (R. J. Connor, Sample size for
    testing differences in proportions for the paired-sample design, Biometrics 43 (1987) 207-211).
    Raises ``ValueError`` unless 0 <= worse < better and better + worse <= 1.
    """
    if not (0 <= worse < better and better + worse <= 1):
        raise ValueError(
            "predictions_needed_paired: must have 0 <= worse < better, better + worse <= 1, got "
            f"{better=}, {worse=}"
        )
    z_alpha, z_beta = scores(alpha, power)
    apart, difference = better + worse, better - worse
    root = z_alpha * math.sqrt(apart) + z_beta * math.sqrt(apart - difference * difference)
    return math.ceil((root / difference) ** 2)


def predictions_needed_unpaired(
    accuracy_a: float, accuracy_b: float, alpha: float = 0.02, power: float = 0.9
) -> int:
    """Return how many predictions each of two configs needs on bars of its own.

    alpha: one-sided. n = (z_α · √(2 · m · (1 − m)) + z_β · √(a · (1 − a) + b · (1 − b)))² over
    (a − b)², m = (a + b) / 2 (J. L. Fleiss, B. Levin and M. C. Paik, Statistical methods for rates
    and proportions, 3rd ed., 2003, ch. 4). Raises ``ValueError`` unless both are in (0, 1), apart.
    """
    a, b = accuracy_a, accuracy_b
    if not (0 < a < 1 and 0 < b < 1) or a == b:
        raise ValueError(
            "predictions_needed_unpaired: accuracies must be in (0, 1) and apart, got "
            f"{accuracy_a=}, {accuracy_b=}"
        )
    z_alpha, z_beta = scores(alpha, power)
    mean = (a + b) / 2
    root = z_alpha * math.sqrt(2 * mean * (1 - mean))
    root += z_beta * math.sqrt(a * (1 - a) + b * (1 - b))
    return math.ceil((root / (a - b)) ** 2)


def predictions_needed_against_chance(
    accuracy: float, chance: float = 0.5, alpha: float = 0.02, power: float = 0.9
) -> int:
    """Return how many predictions show that one config is better than chance.

    alpha: one-sided. n = (z_α · √(c · (1 − c)) + z_β · √(a · (1 − a)))² / (a − c)² (Fleiss, Levin
    and Paik 2003, ch. 2). Raises ``ValueError`` unless 0 < chance < accuracy < 1.
    """
    if not 0 < chance < accuracy < 1:
        raise ValueError(
            "predictions_needed_against_chance: must have 0 < chance < accuracy < 1, got "
            f"{accuracy=}, {chance=}"
        )
    z_alpha, z_beta = scores(alpha, power)
    root = z_alpha * math.sqrt(chance * (1 - chance))
    root += z_beta * math.sqrt(accuracy * (1 - accuracy))
    return math.ceil((root / (accuracy - chance)) ** 2)


def smallest_visible(standard_error: float, alpha: float = 0.02, power: float = 0.9) -> float:
    """Return the true difference that a test with this standard error finds with ``power``.

    (z_α + z_β) · standard error; alpha is one-sided. Raises ``ValueError`` unless
    standard_error >= 0.
    """
    if not standard_error >= 0:
        raise ValueError(f"smallest_visible: standard_error must be >= 0, got {standard_error!r}")
    return sum(scores(alpha, power)) * standard_error


def bars_needed(
    n_bars: int, difference: float, standard_error: float, alpha: float = 0.02, power: float = 0.9
) -> int:
    """Return how many bars show a true difference of this size, from how it spreads on ``n_bars``.

    n_bars · ((z_α + z_β) · standard error / difference)², as standard errors fall with √bars.
    Raises ``ValueError`` unless n_bars > 0 and difference > 0.
    """
    if not (n_bars > 0 and difference > 0):
        raise ValueError(
            f"bars_needed: n_bars and difference must be > 0, got {n_bars=}, {difference=}"
        )
    return math.ceil(n_bars * (smallest_visible(standard_error, alpha, power) / difference) ** 2)
