"""The bars of a run as a file, for those who compare two runs bar by bar."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.errors import BacktestError

_COLUMNS = ("direction", "confidence", "traded", "returns")


def save_bars(stats: BacktestStats, path: str | Path) -> None:
    """Write every bar of the stats, and what they are computed with."""
    columns = {name: getattr(stats, name) for name in _COLUMNS}
    if stats.outcome is not None:
        columns["outcome"] = stats.outcome
    numbers = np.array([stats.interval_s, stats.cost_bps, float(stats.seed)])
    with Path(path).open("wb") as file:
        np.savez(file, numbers=numbers, **columns)


def load_bars(path: str | Path) -> BacktestStats:
    """Return the stats that ``save_bars`` wrote; ``BacktestError`` for what is no such file.

    Nothing is unpickled.
    """
    try:
        with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            interval_s, cost_bps, seed = file["numbers"].tolist()
            return BacktestStats(
                **{name: file[name] for name in _COLUMNS},
                interval_s=interval_s,
                cost_bps=cost_bps,
                seed=int(seed),
                outcome=file["outcome"] if "outcome" in file.files else None,
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BacktestError(
            f"bars: must be the file that the backtest's process wrote, got {error}"
        ) from error
