"""Candle texts, files and strategies that the tests of candles share."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from titan_mlopt.candles.candles import Candles, load_candles

quick = settings(
    max_examples=60,
    deadline=None,
    # What is named here replaces the checks that conftest leaves out: drawing takes any time.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

HEADER = "timestamp,open,high,low,close,volume"
ROWS = (
    "1700000040,10,12,9,11,5",
    "1700000100,11,13,10,12,6",
    "1700000160,12,12.5,11.5,12.25,0.5",
    "1700000220,12.25,14,12,13,7",
)


def text_of(*rows: str, header: str = HEADER) -> str:
    return "\n".join((header, *(rows or ROWS))) + "\n"


def written(folder: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def load_text(folder: Path, content: str | bytes, name: str = "x.csv") -> Candles:
    return load_candles(written(folder, content, name))


@pytest.fixture
def candles(tmp_path: Path) -> Candles:
    return load_text(tmp_path, text_of())


def saved_array(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


prices = st.floats(1e-8, 1e9, allow_subnormal=False)


@st.composite
def some_candles(draw: st.DrawFn, at_least: int = 2) -> Candles:
    n = draw(st.integers(at_least, 12))
    # Before 2030: a few later epochs may be dates in digits, 2024013001.
    start = draw(st.integers(10**8, 18 * 10**8))
    steps = draw(st.lists(st.integers(1, 10**5), min_size=n, max_size=n))
    bars = [sorted(draw(st.tuples(prices, prices, prices, prices))) for _ in range(n)]
    volume = draw(st.lists(st.floats(0, 1e12), min_size=n, max_size=n))
    low, open_, close, high = np.array(bars).T
    return Candles("drawn", start + np.cumsum(steps), open_, high, low, close, np.array(volume))
