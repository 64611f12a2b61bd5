"""What a check of a backtest came to: one line for each point of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

#: States of a point: it holds, it must be mended, or it is only to be known.
Status = Literal["ok", "missing", "notice"]
OK: Final = "ok"
MISSING: Final = "missing"
NOTICE: Final = "notice"
#: The points in the order in which a user would mend them, and in which they are looked at.
POINTS = (
    *("importable", "arguments", "runs", "returns", "config", "records", "predictions"),
    *("deterministic", "parameters", "pruning", "holdout", "causal"),
    *("import_once", "remnants", "time"),
)


@dataclass(frozen=True, slots=True)
class ContractPoint:
    """One point of the contract.

    Attributes:
        name: One of ``POINTS``.
        status: "ok"; "missing" where the contract does not hold; "notice" where it holds, but
            something works less well than it could, or could not be looked at.
        text: What was seen, in a sentence without a full stop.
    """

    name: str
    status: Status
    text: str

    def __str__(self) -> str:
        """The point as a line."""
        return f"{self.status:8}{self.name:14}{self.text}"


@dataclass(frozen=True, slots=True)
class BacktestCheck:
    """What ``check_backtest`` saw of a backtest.

    Attributes:
        backtest: Its import path.
        candles: ``Candles.describe`` of those that it ran on.
        points: In the order of ``POINTS``; it ends at the first one without which the later ones
            cannot be looked at.
        seconds_per_trial: Wall-clock time of one run on all candles, None where there was none.
    """

    backtest: str
    candles: Mapping[str, str | int]
    points: tuple[ContractPoint, ...]
    seconds_per_trial: float | None = None

    @property
    def holds(self) -> bool:
        """Whether no point is missing: the backtest can be tuned."""
        return all(point.status != MISSING for point in self.points)

    def document(self) -> dict[str, Any]:
        """Return the check as plain data for JSON."""
        return {**asdict(self), "points": [asdict(p) for p in self.points], "holds": self.holds}

    def __str__(self) -> str:
        """The points, a line each."""
        return "\n".join(map(str, self.points))
