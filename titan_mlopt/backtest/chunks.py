"""Long columns a chunk at a time: what is summed over millions of bars never stands in memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

#: Bars of a chunk: 2 MB of float64.
CHUNK_BARS = 1 << 18


class Column(Protocol):
    """One float64 a bar, given by the slice: an array, or what is computed when it is asked for."""

    def __len__(self) -> int:
        """Return the number of bars."""

    def __getitem__(self, cut: slice, /) -> np.ndarray:
        """Return the bars of a slice without a step."""


def cuts(n: int) -> Iterator[slice]:
    """Yield the slices that ``n`` bars are taken in."""
    for start in range(0, n, CHUNK_BARS):
        yield slice(start, min(start + CHUNK_BARS, n))


def chunks_of(column: Column) -> Iterator[np.ndarray]:
    """Yield the column in chunks."""
    for cut in cuts(len(column)):
        yield column[cut]


def sum_of(chunks: Iterable[np.ndarray]) -> float:
    """Return the sum over all chunks; of one chunk it is numpy's, to the bit. 0 without any."""
    return math.fsum(float(chunk.sum()) for chunk in chunks)


def mean_of(column: Column) -> float:
    """Return the mean of at least one bar."""
    return sum_of(chunks_of(column)) / len(column)
