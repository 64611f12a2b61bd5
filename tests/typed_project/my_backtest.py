"""A user's own backtest, typed by the protocol of titan_mlopt."""

from __future__ import annotations

from titan_mlopt import Backtest


def run_backtest(
    csv_path: str,
    db_path: str,
    out_dir: str,
    limit: int | None = None,
    tune_weights: bool = True,
    return_stats: bool = False,
) -> dict[str, float]:
    """Return the metrics of a run."""
    return {"total": 1.0, "correct": 1.0}


def lacks_arguments(csv_path: str, db_path: str) -> dict[str, float]:
    """Not a backtest: four arguments are missing."""
    return {}


good: Backtest = run_backtest
bad: Backtest = lacks_arguments  # type: ignore[assignment]
