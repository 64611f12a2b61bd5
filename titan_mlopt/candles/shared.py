"""Candles shared between processes: written once, memory-mapped by each trial, not rechecked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from titan_mlopt.candles.candles import Candles


def share_candles(candles: Candles, path: Path) -> None:
    """Write checked candles to a ``.npy`` file for ``map_candles``; ``load_candles`` reads it too.

    The array is int64 of shape (7, n): ts, then the bits of the float64 columns and of the returns,
    of which the last is 0.
    """
    block = np.lib.format.open_memmap(path, mode="w+", dtype=np.int64, shape=(7, len(candles)))
    for row, values in zip(block, (*candles.arrays, candles.returns), strict=True):
        row[: len(values)] = values.view(np.int64)
    block.flush()


def map_candles(path: str | Path, limit: int | None = None) -> Candles | None:
    """Memory-map the candles of a file that ``share_candles`` wrote.

    Args:
        path: The file.
        limit: Return only the first candles; None for all.

    Returns:
        The candles, whose arrays are the file's pages. None for any other or a damaged file, which
        ``load_candles`` reads or reports.
    """
    if Path(path).suffix != ".npy":
        return None
    try:
        block = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception:  # noqa: BLE001 - numpy raises nearly anything for a damaged header
        return None
    if block.dtype != np.int64 or block.ndim != 2 or len(block) != 7:
        return None
    ts, *values = (row[:limit] for row in block)
    open_, high, low, close, volume, returns = (row.view(np.float64) for row in values)
    return Candles(
        Path(path).name,
        *(ts, open_, high, low, close, volume),
        path=str(Path(path).absolute()),
        known_returns=returns[:-1],
    )
