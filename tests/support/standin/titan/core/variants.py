"""Backtests that are off in one way each, and one that asks whether to go on by itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from titan.core.backtest import run_watched
from titan.core.stats import BacktestStats

#: Predictions after which ``raises`` and ``dies`` do so.
FAILS_AFTER = 50

not_callable = "run_backtest"


def lacks_a_parameter(
    csv_path: str, db_path: str, out_dir: str, tune_weights: bool, return_stats: bool
) -> None:
    """Take no ``limit``."""


def needs_another(
    symbol: str,
    csv_path: str,
    db_path: str,
    out_dir: str,
    limit: int | None = None,
    tune_weights: bool = True,
    return_stats: bool = False,
) -> None:
    """Take more than there is to pass."""


def returns_none(**call: Any) -> None:
    """Run, and ignore ``return_stats``."""
    run_watched(**call)


def returns_a_summary(**call: Any) -> object:
    """Run, and return the summary's mapping."""
    return run_watched(**{**call, "return_stats": False})


def raises(**call: Any) -> object:
    """Fail in the middle."""

    def watch(stats: BacktestStats) -> bool:
        if stats.total == FAILS_AFTER:
            raise RuntimeError("the exchange has no such symbol")
        return True

    return run_watched(**call, watch=watch)


def dies(**call: Any) -> object:
    """End the process in the middle, as a crash in native code does."""

    def watch(stats: BacktestStats) -> bool:
        if stats.total == FAILS_AFTER:
            os._exit(3)
        return True

    return run_watched(**call, watch=watch)


def with_on_checkpoint(
    csv_path: str,
    db_path: str,
    out_dir: str,
    limit: int | None = None,
    tune_weights: bool = True,
    return_stats: bool = False,
    *,
    on_checkpoint: Callable[[dict[str, Any]], bool] | None = None,
    grid: Sequence[int] = (),
) -> object:
    """Ask after each number of predictions of ``grid``, every 100 without one."""

    def watch(stats: BacktestStats) -> bool:
        due = stats.total in grid if grid else stats.total % 100 == 0
        if on_checkpoint is None or not due:
            return True
        return on_checkpoint(
            {
                "n_predictions": stats.total,
                "n_bars": stats.bars,
                "accuracy": stats.correct / stats.total,
                "ece": stats.ece(),
                "sharpe": stats.sharpe_ratio(),
            }
        )

    return run_watched(csv_path, db_path, out_dir, limit, tune_weights, return_stats, watch)
