"""What came of asking for a version to become the champion."""

from __future__ import annotations

from dataclasses import dataclass

from titan_mlopt.core.findings import GateDecision


@dataclass(frozen=True, slots=True)
class Promotion:
    """Result of asking for a version to become the champion.

    was: the champion before, None when there was none. promoted: whether the version is the
    champion now. decision: None when the gate was not asked.
    """

    name: str
    version: str
    was: str | None
    promoted: bool
    decision: GateDecision | None

    @property
    def not_due(self) -> str | None:
        """Why nothing was to do: the version was the champion before; None where it was not."""
        if not self.promoted or self.was != self.version:
            return None
        return f"{self.name} version {self.version} is the champion already"
