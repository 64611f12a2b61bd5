"""Candle files of parquet read into plain arrays; times may stand in the index."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from titan_mlopt.candle_bytes import MOST_BYTES
from titan_mlopt.candle_files import finished, is_number, numbers
from titan_mlopt.candle_format import Table, choose_columns, datetime_seconds, text_seconds
from titan_mlopt.errors import CandleError, shown

if TYPE_CHECKING:
    import pandas as pd

# Of one-minute candles thirty years; of the columns that exchanges write, many times their number.
_MOST_ROWS, _MOST_COLUMNS = 2**24, 200
_MOST_TEXT = 100


def read_parquet(where: str, data: bytes) -> Table:
    """Return the table in the bytes of a parquet file; times may stand in the index.

    Raises ``CandleError`` when it cannot be read or lacks a column.
    """
    try:
        frame = _load_frame(where, data)
    except CandleError:
        raise
    except Exception as error:  # damaged files make pyarrow and pandas raise nearly anything
        raise CandleError(
            f"{where}: must be a readable parquet table, got {type(error).__name__}: "
            f"{shown(str(error))}; export it again"
        ) from error
    return read_frame(where, frame)


def read_frame(where: str, frame: pd.DataFrame) -> Table:
    """Return the table in a DataFrame's columns; rows count from 1, whatever the index.

    Raises ``CandleError`` when it lacks a column.
    """
    header = [str(name) for name in frame.columns]
    first = [str(value) for value in frame.iloc[0]] if len(frame) else []
    positions, notices = choose_columns(where, header, first)
    times, *values = (frame.iloc[:, position] for position in positions)
    is_time = times.dtype.kind == "M"
    numeric_times = not is_time and bool(len(frame)) and is_number(first[positions[0]])
    read = datetime_seconds if is_time else numbers if numeric_times else text_seconds
    columns, more = finished(read(times), [numbers(column) for column in values], numeric_times)

    def cell(index: int, column: int) -> str:
        return str(frame.iat[index, positions[column]])

    return Table(where, columns, np.arange(1, len(frame) + 1), cell, notices + more)


def _load_frame(where: str, data: bytes) -> pd.DataFrame:
    """Return what the file holds, when that is no more than candles can be.

    A few bytes can say "a million times this text": texts stay what they are in the file, each
    once, until they are seen to be short.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = pq.read_metadata(io.BytesIO(data))
    size = sum(told.row_group(k).total_byte_size for k in range(told.num_row_groups))
    if told.num_rows > _MOST_ROWS or told.num_columns > _MOST_COLUMNS or size > MOST_BYTES:
        raise CandleError(
            f"{where}: must hold at most {_MOST_ROWS:,} candles in {MOST_BYTES >> 20} MB and "
            f"{_MOST_COLUMNS} columns, got {told.num_rows:,} rows, {size >> 20:,} MB, "
            f"{told.num_columns} columns; keep only what is to be tuned on"
        )
    texts = [
        field.name
        for field in told.schema.to_arrow_schema()
        if pa.types.is_string(field.type) or pa.types.is_binary(field.type)
    ]
    frame = pd.read_parquet(io.BytesIO(data), engine="pyarrow", read_dictionary=texts)
    if frame.index.name is not None or isinstance(frame.index, pd.DatetimeIndex):
        frame = frame.rename_axis(index=str(frame.index.name or "timestamp")).reset_index()
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            longest = max(map(len, map(str, column.cat.categories)), default=0)
            if longest > _MOST_TEXT:
                raise CandleError(
                    f"{where}: {shown(name)} must hold texts of at most {_MOST_TEXT} characters, "
                    f"got one of {longest:,}; leave the column out"
                )
            column = column.astype(object)
        if column.dtype == object:
            frame[name] = column.map(_text)
    return frame


def _text(value: object) -> object:
    """Return bytes as the text that they may be, all else as it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value
