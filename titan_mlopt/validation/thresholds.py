"""The limits of the gate, each with its default and its range."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from titan_mlopt.errors import ConfigError, shown


@dataclass(frozen=True, slots=True)
class GateThresholds:
    """All limits of the gate (docs/verdicts.md has the table); shares, not percent.

    Raises ``ConfigError`` when one is out of its range.
    """

    alpha: float = 0.02
    power: float = 0.9
    min_improvement: float = 0.005
    min_predictions: int = 100
    min_coverage_ratio: float = 0.5
    guard_alpha: float = 0.02
    ece_margin: float = 0.01
    ece_limit: float = 0.05
    drawdown_factor: float = 1.25
    drawdown_points: float = 0.005
    dsr_warn: float = 0.95
    dsr_block: float = 0.0
    pbo_warn: float = 0.5
    pbo_block: float = 1.0
    below_baseline_warn: float = 0.2

    def __post_init__(self) -> None:
        """Check each limit."""
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            low, high, open_ends = _RANGES[name]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if number and (low < value < high or (not open_ends and value in (low, high))):
                continue
            bounds = f"in ({low:g}, {high:g})" if open_ends else f"from {low:g} to {high:g}"
            raise ConfigError(
                f"gate: {name} must be {bounds}, got {shown(value)}; the default is {field.default}"
            )


# Lowest, highest, and whether these are excluded.
_RANGES = {
    **dict.fromkeys(("alpha", "guard_alpha"), (0.0, 0.5, True)),
    "power": (0.5, 1.0, True),
    "min_predictions": (1, math.inf, False),
    "drawdown_factor": (0.0, math.inf, False),
    **dict.fromkeys(
        (
            *("min_improvement", "min_coverage_ratio", "ece_margin", "ece_limit"),
            *("drawdown_points", "dsr_warn", "dsr_block", "pbo_warn", "pbo_block"),
            "below_baseline_warn",
        ),
        (0.0, 1.0, False),
    ),
}


# A file of limits is far smaller.
_MOST_BYTES = 100_000


def load_thresholds(path: str | Path) -> GateThresholds:
    """Return the limits of a JSON file ``{"alpha": 0.01, …}``; those that it lacks are the default.

    Raises ``ConfigError`` that names the file, for unknown names too.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: must be a readable file, got {error.strerror}") from error
    try:
        content = json.loads(raw) if len(raw) <= _MOST_BYTES else None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: must be JSON, got {shown(str(error))}") from error
    names = [field.name for field in fields(GateThresholds)]
    limits: dict[str, Any] = content if isinstance(content, dict) else {"": content}
    unknown = next((key for key in limits if key not in names), None)
    if unknown is not None:
        raise ConfigError(
            f"{path}: must be a JSON object with limits of the gate ({', '.join(names)}), got "
            f"{shown(unknown or content)}; see docs/verdicts.md"
        )
    try:
        return GateThresholds(**limits)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
