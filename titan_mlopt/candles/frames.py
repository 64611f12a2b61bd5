"""Candle columns of pandas, converted to plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from titan_mlopt.candles.formats import (
    HOUR_AM_PM,
    FloatArray,
    Table,
    choose_columns,
    epoch_seconds,
)


def read_frame(where: str, frame: pd.DataFrame) -> Table:
    """Return the candle table of a DataFrame's columns.

    Args:
        where: Name for messages.
        frame: Columns as in a candle file; its index is ignored, rows count from 1.

    Raises:
        CandleError: It lacks a column.
    """
    header = [str(name) for name in frame.columns]
    first = [str(value) for value in frame.iloc[0]] if len(frame) else []
    positions, notices = choose_columns(where, header, first)
    times, *values = (frame.iloc[:, position] for position in positions)
    is_time = times.dtype.kind == "M"
    numeric_times = not is_time and bool(len(frame)) and is_number(first[positions[0]])
    read = datetime_seconds if is_time else numbers if numeric_times else text_seconds
    columns, time_notices = finished(
        read(times), [numbers(column) for column in values], numeric_times
    )

    def cell(index: int, column: int) -> str:
        return str(frame.iat[index, positions[column]])

    return Table(where, columns, np.arange(1, len(frame) + 1), cell, notices + time_notices)


def is_number(cell: str) -> bool:
    """Return whether ``float`` accepts the text of a cell."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def text_seconds(texts: pd.Series[Any]) -> FloatArray:
    """Return ISO 8601 times, and those like "2019-10-17 09-AM", as UTC seconds; NaN for others."""
    texts = texts.astype("str").str.strip()
    by_hour = texts.str.fullmatch(HOUR_AM_PM).fillna(False).to_numpy(dtype=bool)
    dates = texts.where(~by_hour, texts.str[:10])
    times = pd.to_datetime(dates, format="ISO8601", utc=True, errors="coerce")
    seconds = datetime_seconds(times)
    # %p is not used because it depends on the locale.
    marked = texts[by_hour]
    hours = marked.str[11:13].astype("int64") % 12 + 12 * (marked.str[14] == "P")
    seconds[by_hour] += 3600.0 * hours.to_numpy(dtype=np.float64)
    return seconds


def datetime_seconds(times: pd.Series[Any]) -> FloatArray:
    """Return datetimes (without a zone: UTC) as UTC seconds since 1970; NaN for NaT."""
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None) if times.dt.tz is not None else times
    stamps = naive.to_numpy().astype("datetime64[us]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 1e6)


def finished(
    times: FloatArray, values: Sequence[FloatArray], numeric_times: bool
) -> tuple[tuple[FloatArray, ...], tuple[str, ...]]:
    """Return the six columns with times in whole seconds, and notices.

    Args:
        times: Times as seconds, or as epochs of any unit, (n,).
        values: The other five columns, (n,) each.
        numeric_times: Whether ``times`` are epochs.
    """
    seconds, mixed = epoch_seconds(times) if numeric_times else (times, ())
    whole = np.floor(seconds)
    cut = ("times cut to whole seconds",) if (whole < seconds).any() else ()
    # + 0.0 turns -0.0 into 0.0, which has another digest.
    return (whole, *(column + 0.0 for column in values)), (*mixed, *cut)


def numbers(series: pd.Series[Any]) -> FloatArray:
    """Return the values as float64, (n,); NaN where a value is no number."""
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = pd.to_numeric(series.astype("str"), errors="coerce")
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)
