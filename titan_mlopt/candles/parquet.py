"""Candle files of Arrow: parquet and feather."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from titan_mlopt.candles.formats import COLUMNS, FloatArray, IntArray, Table
from titan_mlopt.candles.frames import read_frame
from titan_mlopt.candles.limits import FEATHER, MOST_BYTES
from titan_mlopt.core.candle_options import CandleOptions
from titan_mlopt.core.errors import CandleError, short_repr

# Thirty years of one-minute candles, and far more columns than exchanges write.
_MOST_ROWS, _MOST_COLUMNS = 2**24, 200
_MOST_TEXT = 100
# The first bytes of a feather file, padded; what follows is a stream of messages.
_FEATHER_HEAD = 8
# Each type of a text that parquet may name; pandas writes large ones.
_TEXTS = (
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
    *(pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view),
)
# What pyarrow raises for a damaged file, and pandas for metadata that are not what pandas writes.
_DAMAGED = (
    *(pa.ArrowException, OSError, struct.error, ValueError, TypeError, LookupError, AttributeError),
    *(ArithmeticError, RuntimeError, MemoryError),
)


def read_parquet(where: str, data: bytes, options: CandleOptions) -> Table:
    """Read the table of a parquet or feather file; the times may be in its index.

    Args:
        where: Name of the file, for messages.
        data: Its content.
        options: How to read what the file does not say itself.

    Raises:
        CandleError: It cannot be read, is too large, or lacks a column.
    """
    kind, load = (
        ("feather", _load_feather) if data.startswith(FEATHER) else ("parquet", _load_frame)
    )
    try:
        frame = _plain(where, load(where, data))
    except _DAMAGED as error:
        raise CandleError(
            f"{where}: must be a readable {kind} table, got {type(error).__name__}: "
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

    Arrow reads a Python stream in threads of its own, which abort the process when it ends while
    one of them waits for the interpreter. It reads a buffer in the calling thread.
    """
    metadata = pq.read_metadata(pa.BufferReader(data))
    size = sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))
    _check_size(where, metadata.num_rows, metadata.num_columns, size)
    texts = [
        field.name
        for field in metadata.schema.to_arrow_schema()
        if any(is_text(field.type) for is_text in _TEXTS)
    ]
    return pd.read_parquet(pa.BufferReader(data), engine="pyarrow", read_dictionary=texts)


def _load_feather(where: str, data: bytes) -> pd.DataFrame:
    """Load the file, if it unpacks to no more than candles can be."""
    source = pa.py_buffer(data)
    schema = pa.ipc.open_file(source).schema
    messages = pa.ipc.MessageReader.open_stream(source.slice(_FEATHER_HEAD))
    sizes = [_unpacked_size(message) for message in messages if message.type != "schema"]
    _check_size(where, 0, len(schema), sum(sizes))
    table = pa.ipc.open_file(source).read_all()
    # Arrow takes the offsets of texts as they stand, and to read a text beyond the end may abort.
    table.validate(full=True)
    _check_size(where, len(table), len(schema), sum(sizes))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _unpacked_size(message: pa.ipc.Message) -> int:
    """Return how many bytes the buffers of a batch say they unpack to.

    Arrow would allocate them unasked. Its Message and RecordBatch are FlatBuffers' tables: a table
    begins with the distance back to the offsets of its fields.
    """
    data, body = message.metadata.to_pybytes(), message.body.to_pybytes()

    def field(table: int, number: int) -> int:
        offsets = table - struct.unpack_from("<i", data, table)[0]
        (size,) = struct.unpack_from("<H", data, offsets)
        at = 4 + 2 * number
        (offset,) = struct.unpack_from("<H", data, offsets + at) if at < size else (0,)
        return table + offset if offset else 0

    def follow(at: int) -> int:
        return at + int(struct.unpack_from("<I", data, at)[0])

    batch = follow(field(follow(0), 2))
    if message.type == "dictionary":
        batch = follow(field(batch, 1))
    if not field(batch, 3):  # not compressed
        return len(body)
    buffers, unpacked = follow(field(batch, 2)), 0
    for k in range(struct.unpack_from("<I", data, buffers)[0]):
        offset, length = struct.unpack_from("<qq", data, buffers + 4 + 16 * k)
        if length:
            unpacked += max(length, struct.unpack_from("<q", body, offset)[0])
    return unpacked


def _check_size(where: str, rows: int, columns: int, size: int) -> None:
    if rows > _MOST_ROWS or columns > _MOST_COLUMNS or size > MOST_BYTES:
        raise CandleError(
            f"{where}: must hold at most {_MOST_ROWS:,} candles in {MOST_BYTES >> 20} MB and "
            f"{_MOST_COLUMNS} columns, got {rows:,} rows, {size >> 20:,} MB, {columns} columns; "
            "keep only what is to be tuned on"
        )


def _plain(where: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its index among the columns, and texts as str.

    Raises:
        CandleError: A text is too long.
    """
    if any(frame.index.names) or isinstance(frame.index, pd.DatetimeIndex):
        names = [str(name or "timestamp") for name in frame.index.names]
        frame = frame.rename_axis(index=names).reset_index()
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
