"""Candles that processes share: written once, mapped by each trial, not checked again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from titan_mlopt.candles import Candles


def share_candles(candles: Candles, path: Path) -> None:
    """Write checked candles to a ``.npy`` file that ``map_candles`` maps without a copy.

    int64 of shape (7, n): ts, then the bits of the float64 columns and of the returns, the last of
    which is 0. ``load_candles`` reads it too.
    """
    block = np.lib.format.open_memmap(path, mode="w+", dtype=np.int64, shape=(7, len(candles)))
    for row, values in zip(block, (*candles.arrays, candles.returns), strict=True):
        row[: len(values)] = values.view(np.int64)
    block.flush()


def map_candles(path: str | Path, limit: int | None = None) -> Candles | None:
    """Return the first ``limit`` candles of a file of ``share_candles``.

    The arrays are the file's pages, which all who map it share. None for any other file, damaged
    ones too: ``load_candles`` reads it, or tells what is wrong with it.
    """
    if Path(path).suffix != ".npy":
        return None
    try:
        block = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception:  # noqa: BLE001 - damaged headers make numpy's parser raise nearly anything
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
