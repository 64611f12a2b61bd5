"""The limits of the gate, each with its default and its range."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.files import read_json


@dataclass(frozen=True, slots=True)
class GateThresholds:
    """All limits of the gate (docs/verdicts.md has the table); shares, not percent.

    Raises:
        ConfigError: One is out of its range.
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
                f"gate: {name} must be {bounds}, got {short_repr(value)}; the default is "
                f"{field.default}"
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


def load_thresholds(path: str | Path) -> GateThresholds:
    """Return the limits of a JSON file ``{"alpha": 0.01, …}``, with defaults for the others.

    Raises:
        ConfigError: The file cannot be read, has an unknown name, or a limit is out of its range.
    """
    content = read_json(path)
    names = [field.name for field in fields(GateThresholds)]
    limits: dict[str, Any] = content if isinstance(content, dict) else {"": content}
    unknown = next((key for key in limits if key not in names), None)
    if unknown is not None:
        raise ConfigError(
            f"{path}: must be a JSON object with limits of the gate ({', '.join(names)}), got "
            f"{short_repr(unknown or content)}; see docs/verdicts.md"
        )
    try:
        return GateThresholds(**limits)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
