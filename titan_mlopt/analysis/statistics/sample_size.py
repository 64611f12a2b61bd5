"""Sample sizes: how many bars it takes to detect a difference."""

from __future__ import annotations

import math

from scipy.special import nctdtrinc, stdtrit

from titan_mlopt.analysis.statistics.paired_tests import BLOCKS


def visible_errors(alpha: float = 0.02, power: float = 0.9) -> float:
    """Return how many standard errors a true difference must have to be found with ``power``.

    By the test of the gate that asks for most, Student's t on the differences in 8 blocks of time
    (``paired_tests.block_means_test``): the noncentrality δ for which T'(7, δ) exceeds the quantile
    1 − alpha of Student's t with probability ``power``. With as many blocks as bars it would be
    Φ⁻¹(1 − alpha) + Φ⁻¹(power), which is 3.34 at the defaults; 8 blocks need 3.97.

    Args:
        alpha: One-sided level; for a two-sided test pass half of it.
        power: Probability of finding the difference.

    Raises:
        ValueError: ``alpha`` or ``power`` is not in (0, 1).
    """
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"sample size: alpha and power must be in (0, 1), got {alpha=}, {power=}")
    freedom = BLOCKS - 1
    return float(nctdtrinc(freedom, 1 - power, stdtrit(freedom, 1 - alpha)))


def smallest_visible(standard_error: float, alpha: float = 0.02, power: float = 0.9) -> float:
    """Return the true difference that a test with this standard error finds with ``power``.

    ``visible_errors`` · standard error.

    Args:
        standard_error: Of the difference, >= 0.
        alpha: One-sided level.
        power: Probability of finding the difference.

    Raises:
        ValueError: An argument is out of its range.
    """
    if not standard_error >= 0:
        raise ValueError(f"smallest_visible: standard_error must be >= 0, got {standard_error!r}")
    return visible_errors(alpha, power) * standard_error


def bars_needed(
    n_bars: int, difference: float, standard_error: float, alpha: float = 0.02, power: float = 0.9
) -> int:
    """Return how many bars it takes to detect a true difference of this size.

    n_bars · (``smallest_visible`` / difference)², as standard errors fall with √bars.

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
