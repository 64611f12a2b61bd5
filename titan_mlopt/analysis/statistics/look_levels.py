"""The level of each look at the same data, so that all looks together stay below one level."""

from __future__ import annotations

import math

#: Share of the level that the first look gets; the other looks share what is left.
FIRST_SHARE = 0.8


def level_of_look(alpha: float, look: int) -> float:
    """Return the level of a test that is the ``look``-th one on the same data.

    The first look gets .8·alpha, the k-th .2·alpha·6/(π²(k−1)²). Since Σ 1/j² = π²/6, the levels of
    all looks, however many there are, sum to alpha, and by Bonferroni's inequality the probability
    of any false rejection is at most alpha. Who looks once loses a fifth of the
    level only, where an equal division must know the number of looks beforehand.

    Args:
        alpha: Level of all looks together, in (0, 1).
        look: Number of the look, counted from 1.

    Raises:
        ValueError: ``alpha`` is not in (0, 1), or ``look`` is below 1.
    """
    if not 0 < alpha < 1 or look < 1:
        raise ValueError(
            f"level of a look: alpha must be in (0, 1) and look >= 1, got {alpha=}, {look=}"
        )
    if look == 1:
        return FIRST_SHARE * alpha
    return (1 - FIRST_SHARE) * alpha * 6 / (math.pi * (look - 1)) ** 2
