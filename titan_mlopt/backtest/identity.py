"""What identifies the embedded backtest in studies and manifests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IDENTITY = "titan_mlopt.backtest.runner:run_backtest"
#: Raised when a change of the engine changes any decision.
ENGINE_VERSION = "1"


def is_embedded(backtest: Mapping[str, Any]) -> bool:
    """Return whether an identity is the embedded backtest's, of whatever version."""
    return backtest.get("path") == IDENTITY
