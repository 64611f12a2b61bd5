"""Where the sealed candles of the sample can be found again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from support.walk_cases import CANDLES
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.splits import split_candles

TUNING, SEALED = split_candles(CANDLES, 0.2)


def marks(sealed: Candles) -> list[bytes]:
    """Return what a file that holds a sealed candle would have in it, as text or as numbers."""
    middle = len(sealed) // 2
    times = [str(int(sealed.ts[i])).encode() for i in (0, middle, -1)]
    return [*times, *(sealed.close[i : i + 2].tobytes() for i in (0, middle))]


def files_of(root: Path) -> dict[Path, bytes]:
    """Return the files under ``root`` and what is in them; a trial may delete its own then."""
    found = {}
    for folder, _, names in os.walk(root):  # unlike rglob it passes over a folder that has gone
        for path in (Path(folder, name) for name in names):
            with suppress(FileNotFoundError):
                if path.is_file():
                    found[path] = path.read_bytes()
    return found


def with_marks(root: Path) -> list[Path]:
    """Return the files under ``root`` that hold one of the sealed candles."""
    assert SEALED is not None
    wanted = marks(SEALED)
    return [
        path for path, inside in files_of(root).items() if any(mark in inside for mark in wanted)
    ]
