"""What a close that does not change counts as, from the trials of a study to its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The bar is left out, like a FLAT one; it is a miss for both directions; it is a move up or down.
SKIP, MISS, UP, DOWN = "skip", "miss", "up", "down"
RULES = (SKIP, MISS, UP, DOWN)

_TEXTS = {
    SKIP: "left out",
    MISS: "misses for either direction",
    UP: "counted as UP",
    DOWN: "counted as DOWN",
}


def rule_of(scoring: Mapping[str, Any]) -> str:
    """Return the rule of a study from its stored scoring; studies without one count a miss."""
    return str(scoring.get("unchanged", MISS))


def chance_of(rule: str, share: float) -> float:
    """Return the probability that a coin hits.

    Args:
        rule: What an unchanged close counts as.
        share: Share of unchanged closes, in [0, 1).
    """
    return 0.5 * (1.0 - share) if rule == MISS else 0.5


def unchanged_text(rule: str, share: float) -> str:
    """Return what becomes of unchanged closes, with their share of the bars, in [0, 1]."""
    return f"{_TEXTS.get(rule, rule)}, {share:.1%} of the bars"
