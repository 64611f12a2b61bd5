"""Candle files in parquet."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from titan_mlopt.candles.formats import COLUMNS, FloatArray, IntArray, Table
from titan_mlopt.candles.frames import read_frame
from titan_mlopt.candles.limits import MOST_BYTES
from titan_mlopt.core.candle_options import CandleOptions
from titan_mlopt.core.errors import CandleError, short_repr

# Thirty years of one-minute candles, and far more columns than exchanges write.
_MOST_ROWS, _MOST_COLUMNS = 2**24, 200
_MOST_TEXT = 100


def read_parquet(where: str, data: bytes, options: CandleOptions) -> Table:
    """Read the table of a parquet file; the times may be in its index.

    Args:
        where: Name of the file, for messages.
        data: Its content.
        options: How to read what the file does not say itself.

    Raises:
        CandleError: It cannot be read, is too large, or lacks a column.
    """
    try:
        frame = _load_frame(where, data)
    except CandleError:
        raise
    except Exception as error:  # pyarrow and pandas raise nearly anything for a damaged file
        raise CandleError(
            f"{where}: must be a readable parquet table, got {type(error).__name__}: "
            f"{short_repr(str(error))}; export it again"
        ) from error
    return read_frame(where, frame, options)


def parquet_bytes(arrays: Sequence[FloatArray | IntArray]) -> bytes:
    """Return the six columns, in the order of ``COLUMNS``, as a parquet file."""
    frame = pd.DataFrame(dict(zip(COLUMNS, arrays, strict=True)))
    return bytes(frame.to_parquet(index=False))


def _load_frame(where: str, data: bytes) -> pd.DataFrame:
    """Load the file, if it is no larger than candles can be.

    A few bytes of parquet can stand for a million copies of a text. So texts stay
    dictionary-encoded until the longest one is known to be short.
    """
    metadata = pq.read_metadata(io.BytesIO(data))
    size = sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))
    if metadata.num_rows > _MOST_ROWS or metadata.num_columns > _MOST_COLUMNS or size > MOST_BYTES:
        raise CandleError(
            f"{where}: must hold at most {_MOST_ROWS:,} candles in {MOST_BYTES >> 20} MB and "
            f"{_MOST_COLUMNS} columns, got {metadata.num_rows:,} rows, {size >> 20:,} MB, "
            f"{metadata.num_columns} columns; keep only what is to be tuned on"
        )
    texts = [
        field.name
        for field in metadata.schema.to_arrow_schema()
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
                    f"{where}: {short_repr(name)} must hold texts of at most {_MOST_TEXT} "
                    f"characters, got one of {longest:,}; leave the column out"
                )
            column = column.astype(object)
        if column.dtype == object:
            frame[name] = column.map(_text)
    return frame


def _text(value: object) -> object:
    """Decode bytes into text; anything else is returned unchanged."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value
