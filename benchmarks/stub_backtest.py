"""A backtest that takes a known time and no work: it sleeps, and asks at each checkpoint."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

SECONDS = "STUB_SECONDS"


def run_backtest(
    csv_path: str,
    db_path: str,
    out_dir: str,
    limit: int | None = None,
    tune_weights: bool = True,
    return_stats: bool = False,
    grid: Sequence[int] = (),
    on_checkpoint: Callable[[dict[str, float]], bool] = lambda _: True,
) -> dict[str, float]:
    """Sleep STUB_SECONDS in all; the accuracy is the same number for each config."""
    seconds = 0.0 if limit else float(os.environ[SECONDS])
    stats = {"accuracy": 0.5, "ece": 0.01, "sharpe": 0.0, "n_predictions": 1000, "n_bars": 1000}
    ends = time.monotonic() + seconds
    for number, step in enumerate(grid, 1):
        time.sleep(max(0.0, ends - seconds * (1 - number / (len(grid) + 1)) - time.monotonic()))
        on_checkpoint({**stats, "n_predictions": step})
    time.sleep(max(0.0, ends - time.monotonic()))
    return stats
