"""Candles: loaded from files of many spellings, checked once, saved in one."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.candle_bytes import PARQUET, read_content
from titan_mlopt.candle_checks import check_count, check_order, check_values
from titan_mlopt.candle_files import read_text
from titan_mlopt.candle_format import COLUMNS, FloatArray, IntArray, Table
from titan_mlopt.candle_parquet import read_parquet
from titan_mlopt.errors import CandleError, ConfigError, shown

_DIGEST_HEAD = b"titan_mlopt candles 1\n"


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """At least 2 candles in time order; six read-only arrays of shape (n,).

    ts: when each candle opens, UTC seconds since 1970, int64, strictly increasing.
    open, high, low, close: float64 > 0, low <= open, close <= high. volume: float64 >= 0.
    notices: what a user should know about the file. path: where they can be read again, an absolute
    path or "sample"; "" for those made in memory. known_returns: ``returns``, where a file holds
    them. Only ``load_candles`` checks the values; arrays of different lengths raise ``ValueError``.
    """

    name: str
    ts: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    notices: tuple[str, ...] = ()
    path: str = ""
    known_returns: FloatArray | None = None

    def __post_init__(self) -> None:
        """Make the arrays contiguous, typed and read-only; the caller's own stay as they are."""
        for column, values in zip(_FIELDS, self.arrays, strict=True):
            dtype = np.int64 if column == "ts" else np.float64
            view = np.ascontiguousarray(values, dtype).view()
            if view.shape != (len(self.ts),):
                raise ValueError(f"{column} must have shape ({len(self.ts)},), got {view.shape}")
            view.flags.writeable = False
            object.__setattr__(self, column, view)

    def __len__(self) -> int:
        """Return the number of candles."""
        return len(self.ts)

    @property
    def arrays(self) -> tuple[IntArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        """ts, open, high, low, close, volume."""
        return self.ts, self.open, self.high, self.low, self.close, self.volume

    @property
    def returns(self) -> FloatArray:
        """close[t + 1] / close[t] - 1 of each candle but the last, (n - 1,)."""
        if self.known_returns is not None:
            return self.known_returns
        returns = self.close[1:] / self.close[:-1]
        returns -= 1.0
        return returns

    @property
    def digest(self) -> str:
        r"""SHA-256 (64 hex digits) of the values alone: the same for every name, format, spelling.

        Over ``b"titan_mlopt candles 1\n"``, then ts as little-endian int64, then open, high, low,
        close, volume as little-endian float64.
        """
        sha = hashlib.sha256(_DIGEST_HEAD)
        for values in self.arrays:
            sha.update(values.astype(values.dtype.newbyteorder("<"), copy=False).data)
        return sha.hexdigest()

    @property
    def interval_s(self) -> int:
        """The median step between two candles, in seconds."""
        return int(np.median(np.diff(self.ts), overwrite_input=True))

    @property
    def gaps(self) -> int:
        """The number of steps longer than the interval."""
        return int((np.diff(self.ts) > self.interval_s).sum())

    def head(self, n: int) -> Candles:
        """Return the first ``n`` candles, all when there are fewer.

        Raises ``ConfigError`` when ``n`` is below 2.
        """
        _check_limit(n)
        return self.part(0, n)

    def part(self, start: int, stop: int) -> Candles:
        """Return the candles with start <= number < stop, counted from 0; name and path stay.

        Raises ``CandleError`` when that are fewer than 2.
        """
        cut, (ts, open_, high, low, close, volume) = slice(start, stop), self.arrays
        if len(ts[cut]) < 2:
            raise CandleError(
                f"{self.name}: a part of it must hold at least 2 candles, got {len(ts[cut])}; pass "
                "more candles"
            )
        return Candles(
            self.name,
            *(ts[cut], open_[cut], high[cut], low[cut], close[cut], volume[cut]),
            self.notices,
            self.path,
            None if self.known_returns is None else self.known_returns[cut][: len(ts[cut]) - 1],
        )

    def describe(self) -> dict[str, str | int]:
        """Return name, sha256, count, first and last (ISO, UTC), interval_s and gaps."""
        return {
            "name": self.name,
            "sha256": self.digest,
            "count": len(self),
            "first": _iso(self.ts[0]),
            "last": _iso(self.ts[-1]),
            "interval_s": self.interval_s,
            "gaps": self.gaps,
        }


_FIELDS = ("ts", *COLUMNS[1:])


def load_candles(path: str | os.PathLike[str], limit: int | None = None) -> Candles:
    """Return the candles of a CSV (or .csv.gz), parquet or ``.npy`` file: the first ``limit``.

    A ``.npy`` file (written by ``save_candles``) stays mapped: processes share its pages. The file
    is checked as a whole, also beyond ``limit``. Rows in messages count from 1; in text files the
    header counts too, so that they are an editor's line numbers.

    Raises ``CandleError`` when the file is missing or unreadable, lacks a column, holds fewer than
    2 candles, a value that cannot be, or times out of order; ``ConfigError`` when limit is below 2.
    """
    if limit is not None:
        _check_limit(limit)
    candles = check_candles(_read_table(Path(path)), limit)
    return replace(candles, path=str(Path(path).absolute()))


def check_candles(table: Table, limit: int | None = None) -> Candles:
    """Return the candles of a table, the first ``limit``, oldest first and with notices.

    Raises ``CandleError`` when they are fewer than 2, hold a value that cannot be, or times out of
    order.
    """
    check_count(table)
    check_values(table)
    newest_first = check_order(table)
    step = -1 if newest_first else 1
    ts, open_, high, low, close, volume = (c[::step][:limit] for c in table.columns)
    notices = (*table.notices, *(("newest first: turned round",) if newest_first else ()))
    candles = Candles(table.where, ts.astype(np.int64), open_, high, low, close, volume, notices)
    return replace(candles, notices=(*notices, *_remarks(candles)))


def save_candles(candles: Candles, path: str | os.PathLike[str]) -> None:
    """Write the candles to ``.csv``, ``.csv.gz``, ``.parquet`` or ``.npy``, told by the name's end.

    ``load_candles`` gives them back with the same digest. The file appears whole or not at all.
    Raises ``CandleError`` for another ending, or when the file cannot be written.
    """
    path = Path(path)
    data = _encoded(candles, path.name)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise CandleError(
            f"{path.name}: must be writable, got {error.strerror}; choose another path"
        ) from error
    finally:
        with contextlib.suppress(OSError):  # the error above is the one to tell
            part.unlink(missing_ok=True)


def _encoded(candles: Candles, name: str) -> bytes:
    if name.endswith(".npy"):
        stream = io.BytesIO()
        np.save(stream, np.array(candles.arrays, np.float64), allow_pickle=False)
        return stream.getvalue()
    if not name.endswith((".csv", ".csv.gz", ".parquet")):
        raise CandleError(
            f"{name}: must end in .csv, .csv.gz, .parquet or .npy, got another ending; rename it"
        )
    if name.endswith(".parquet"):
        import pandas as pd

        frame = pd.DataFrame(dict(zip(COLUMNS, candles.arrays, strict=True)))
        return bytes(frame.to_parquet(index=False))
    lines = map("{},{},{},{},{},{}\n".format, *(values.tolist() for values in candles.arrays))
    text = f"{','.join(COLUMNS)}\n{''.join(lines)}".encode()
    # Without the time of writing: the same candles give the same bytes.
    return gzip.compress(text, mtime=0) if name.endswith(".gz") else text


def _check_limit(limit: int) -> None:
    if isinstance(limit, bool) or not isinstance(limit, int | np.integer) or limit < 2:
        raise ConfigError(
            f"limit: must be a whole number >= 2, got {shown(limit)}; leave it out to take all"
        )


# --- reading -----------------------------------------------------------------------------------


def _read_table(path: Path) -> Table:
    data = read_content(path)
    if data is None:
        return _map_npy(path)
    read = read_parquet if data.startswith(PARQUET) else read_text
    return read(path.name, data)


def _map_npy(path: Path) -> Table:
    try:
        with warnings.catch_warnings():
            # numpy warns of headers that this package never writes.
            warnings.simplefilter("error")
            block: NDArray[np.float64] = np.load(path, mmap_mode="r", allow_pickle=False)
        rows = {np.float64: 6, np.int64: 7}.get(block.dtype.type)
        if block.ndim != 2 or len(block) != rows or not block.flags.c_contiguous:
            raise ValueError(f"{block.dtype} of shape {block.shape}")
    except Exception as error:  # damaged headers make numpy's parser raise nearly anything
        raise CandleError(
            f"{path.name}: must be float64 of shape (6, n) as save_candles writes it, "
            f"got {shown(str(error))}; save it again"
        ) from error

    columns = tuple(block)
    if block.dtype == np.int64:  # written by share_candles: the bits of the floats
        columns = (block[0].astype(np.float64), *(row.view(np.float64) for row in block[1:6]))

    def cell(index: int, column: int) -> str:
        return str(columns[column][index])

    return Table(path.name, columns, np.arange(1, block.shape[1] + 1), cell, ())


# --- notices -----------------------------------------------------------------------------------


def _remarks(candles: Candles) -> Iterator[str]:
    """Yield what is odd but allowed: gaps, candles without volume, a last one cut short."""
    if gaps := candles.gaps:
        longest = _duration(int(np.diff(candles.ts).max()))
        yield f"{gaps} gap{'s' if gaps > 1 else ''} (longest {longest})"
    volume = candles.volume
    if empty := int((volume == 0).sum()):
        yield f"{empty} of {len(candles)} candles without volume"
    if volume[-1] == 0 < volume[-2] and candles.high[-1] == candles.low[-1]:
        yield "the last candle is flat and without volume: it may not have been closed"


def _duration(seconds: int) -> str:
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.4g} {unit}"
    return f"{seconds} s"


def _iso(ts: np.int64) -> str:
    return datetime.fromtimestamp(int(ts), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
