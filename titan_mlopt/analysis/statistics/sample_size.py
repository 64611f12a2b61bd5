"""Sample sizes: how many bars it takes to detect a difference."""

from __future__ import annotations

import math
from statistics import NormalDist


def scores(alpha: float, power: float) -> tuple[float, float]:
    """Return Φ⁻¹(1 − alpha) and Φ⁻¹(power) of a one-sided test; for a two-sided one pass alpha / 2.

    Raises:
        ValueError: ``alpha`` or ``power`` is not in (0, 1).
    """
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"sample size: alpha and power must be in (0, 1), got {alpha=}, {power=}")
    quantile = NormalDist().inv_cdf
    return quantile(1 - alpha), quantile(power)


def smallest_visible(standard_error: float, alpha: float = 0.02, power: float = 0.9) -> float:
    """Return the true difference that a test with this standard error finds with ``power``.

    (z_α + z_β) · standard error.

    Args:
        standard_error: Of the difference, >= 0.
        alpha: One-sided level.
        power: Probability of finding the difference.

    Raises:
        ValueError: An argument is out of its range.
    """
    if not standard_error >= 0:
        raise ValueError(f"smallest_visible: standard_error must be >= 0, got {standard_error!r}")
    return sum(scores(alpha, power)) * standard_error


def bars_needed(
    n_bars: int, difference: float, standard_error: float, alpha: float = 0.02, power: float = 0.9
) -> int:
    """Return how many bars it takes to detect a true difference of this size.

    n_bars · ((z_α + z_β) · standard error / difference)², as standard errors fall with √bars.

    Args:
        n_bars: Bars of the standard error, > 0.
        difference: The true difference, > 0.
        standard_error: Of the difference on ``n_bars``, >= 0.
        alpha: One-sided level.
        power: Probability of finding the difference.

    Raises:
        ValueError: An argument is out of its range.
    """
    if not (n_bars > 0 and difference > 0):
        raise ValueError(
            f"bars_needed: n_bars and difference must be > 0, got {n_bars=}, {difference=}"
        )
    return math.ceil(n_bars * (smallest_visible(standard_error, alpha, power) / difference) ** 2)
