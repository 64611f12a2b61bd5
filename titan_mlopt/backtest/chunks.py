"""Columns of millions of bars, processed in chunks so that no temporary array has full length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

#: Bars per chunk: 2 MB of float64.
CHUNK_BARS = 1 << 18


class Column(Protocol):
    """One float64 per bar, read in slices: an array, or values computed on access."""

    def __len__(self) -> int:
        """Return the number of bars."""

    def __getitem__(self, cut: slice, /) -> np.ndarray:
        """Return the bars of a slice without a step."""


def cuts(n: int) -> Iterator[slice]:
    """Yield the slices of the chunks of ``n`` bars."""
    for start in range(0, n, CHUNK_BARS):
        yield slice(start, min(start + CHUNK_BARS, n))


def chunks_of(column: Column) -> Iterator[np.ndarray]:
    """Yield a column in chunks of ``CHUNK_BARS``; the last may be shorter."""
    for cut in cuts(len(column)):
        yield column[cut]


def sum_of(chunks: Iterable[np.ndarray]) -> float:
    """Return the sum over all chunks, 0 without any; for a single chunk exactly numpy's sum."""
    return math.fsum(float(chunk.sum()) for chunk in chunks)


def mean_of(column: Column) -> float:
    """Return the mean of a column of at least one bar."""
    return sum_of(chunks_of(column)) / len(column)
