"""The identity of a backtest, as studies and manifests store it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IDENTITY = "titan_mlopt.backtest.runner:run_backtest"
#: Incremented when a change of the engine changes any decision.
ENGINE_VERSION = "2"
#: Prefix of the version of an external backtest that is known by the git commit of its folder.
COMMIT = "git:"


def is_embedded(backtest: Mapping[str, Any]) -> bool:
    """Return whether the identity is that of the embedded backtest, in any version."""
    return backtest.get("path") == IDENTITY


def comparable(backtest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an identity that two runs must share.

    A git commit is not part of it: other commits of the repository may hold the same backtest,
    whose sources are compared by their digests.
    """
    by_commit = str(backtest.get("version", "")).startswith(COMMIT)
    return {**backtest, "version": ""} if by_commit else dict(backtest)
