"""Candles: loaded from files of many layouts, checked once, and saved in one layout."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.candles.checks import check_count, check_order, check_values
from titan_mlopt.candles.folders import join_series, series_files
from titan_mlopt.candles.formats import (
    COLUMNS,
    FloatArray,
    IntArray,
    OtherSymbolsError,
    Table,
    files_of_symbol,
)
from titan_mlopt.candles.limits import FEATHER, PARQUET, read_content
from titan_mlopt.core.candle_options import CandleOptions
from titan_mlopt.core.errors import CandleError, ConfigError, short_repr
from titan_mlopt.core.files import write_whole
from titan_mlopt.core.findings import utc_text

_DIGEST_HEAD = b"titan_mlopt candles 1\n"


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """At least 2 candles in time order, as read-only arrays of shape (n,).

    Only ``load_candles`` checks the values.

    Attributes:
        name: Name for messages and descriptions.
        ts: Opening times, int64 UTC seconds since 1970, strictly increasing.
        open: Opening prices, float64 > 0.
        high: Highest prices, float64, >= open and close.
        low: Lowest prices, float64 > 0, <= open and close.
        close: Closing prices, float64 > 0.
        volume: Volumes, float64 >= 0.
        notices: What the user should know about the file.
        path: Where to read the candles again: an absolute path, "sample", or "" for candles that
            were made in memory.
        known_returns: ``returns`` (n - 1,) where a file holds them, else None.

    Raises:
        ValueError: The arrays have different lengths.
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
        """Make the arrays contiguous, typed and read-only, without changing the caller's."""
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
        """close[t + 1] / close[t] - 1 of every candle but the last, (n - 1,)."""
        if self.known_returns is not None:
            return self.known_returns
        returns = self.close[1:] / self.close[:-1]
        returns -= 1.0
        return returns

    @property
    def digest(self) -> str:
        r"""SHA-256 (64 hex digits) of the values, whatever the name and format of the file.

        It covers ``b"titan_mlopt candles 1\n"``, then ts as little-endian int64, then open, high,
        low, close and volume as little-endian float64.
        """
        sha = hashlib.sha256(_DIGEST_HEAD)
        for values in self.arrays:
            sha.update(values.astype(values.dtype.newbyteorder("<"), copy=False).data)
        return sha.hexdigest()

    @property
    def interval_s(self) -> int:
        """The median time between two candles, in seconds."""
        return int(np.median(np.diff(self.ts), overwrite_input=True))

    @property
    def gaps(self) -> int:
        """How often the time between two candles is longer than the interval."""
        return int((np.diff(self.ts) > self.interval_s).sum())

    def head(self, n: int) -> Candles:
        """Return the first ``n`` candles, or all if there are fewer.

        Raises:
            ConfigError: ``n`` is below 2.
        """
        _check_limit(n)
        return self.part(0, n)

    def part(self, start: int, stop: int) -> Candles:
        """Return the candles start <= number < stop, counted from 0, with the same name and path.

        Raises:
            CandleError: These are fewer than 2 candles.
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
        """Return name, sha256, count, first and last (ISO 8601, UTC), interval_s and gaps."""
        return {
            "name": self.name,
            "sha256": self.digest,
            "count": len(self),
            "first": utc_text(int(self.ts[0])),
            "last": utc_text(int(self.ts[-1])),
            "interval_s": self.interval_s,
            "gaps": self.gaps,
        }


_FIELDS = ("ts", *COLUMNS[1:])


def load_candles(
    path: str | os.PathLike[str],
    limit: int | None = None,
    *,
    symbol: str | None = None,
    timezone: str | None = None,
    columns: str | None = None,
) -> Candles:
    """Load and check the candles of a file, or of several, in any layout of docs/candles.md.

    Row numbers in messages count from 1; in a text file the header counts too, so they are line
    numbers.

    Args:
        path: The file, a folder of files, or a pattern such as "data/*.csv"; the candles of several
            files are one series in the order of time. A ``.npy`` file, written by ``save_candles``,
            stays memory-mapped, so that processes share its pages.
        limit: Return only the first candles; None for all. The whole file is checked in any case.
        symbol: Which instrument to take from a file of several; a file of one is read whole.
        timezone: Time zone of times that are written without one, "Europe/Berlin"; None for UTC.
        columns: Columns of a file that has no header, in its order, with "-" for one that is not
            read: "timestamp,open,high,low,close,volume,-".

    Raises:
        CandleError: The file is missing or unreadable, lacks a column, has fewer than 2 candles, an
            impossible value, times out of order, or several symbols of which none is named.
        ConfigError: ``limit`` is below 2, or ``timezone`` or ``columns`` cannot be used.
    """
    if limit is not None:
        _check_limit(limit)
    options = CandleOptions(symbol, timezone, columns)
    files = series_files(Path(path))
    if files is None:
        candles = check_candles(_read_table(Path(path), options), limit)
    else:
        candles = _load_series(Path(path).absolute().name, *files, options)
        candles = candles if limit is None else candles.head(limit)
    return replace(candles, path=str(Path(path).absolute()))


def check_candles(table: Table, limit: int | None = None) -> Candles:
    """Check a table and return its candles, oldest first and with notices.

    Args:
        table: As read from a file.
        limit: Return only the first candles; None for all. All are checked.

    Raises:
        CandleError: There are fewer than 2 candles, an impossible value, or times out of order.
    """
    candles = _checked(table, limit)
    return replace(candles, notices=(*candles.notices, *_remarks(candles)))


def _checked(table: Table, limit: int | None = None) -> Candles:
    """Return the candles of a table, with notices of the table alone."""
    check_count(table)
    check_values(table)
    newest_first = check_order(table)
    step = -1 if newest_first else 1
    ts, open_, high, low, close, volume = (c[::step][:limit] for c in table.columns)
    notices = (*table.notices, *(("newest first: turned round",) if newest_first else ()))
    return Candles(table.where, ts.astype(np.int64), open_, high, low, close, volume, notices)


def _load_series(
    where: str, files: list[Path], notices: tuple[str, ...], options: CandleOptions
) -> Candles:
    """Return the candles of several files as one series."""
    tables, symbols = dict[str, Table](), dict[str, tuple[str, ...]]()
    for file in map(str, files):
        try:
            tables[file] = _read_table(Path(file), options)
            symbols[file] = (tables[file].symbol,) if tables[file].symbol else ()
        except OtherSymbolsError as error:
            symbols[file] = error.symbols
    kept, remarks = files_of_symbol(where, symbols, options)
    notices += remarks
    parts = [_checked(table) for file, table in tables.items() if file in kept]
    ts, *values = join_series(where, [p.name for p in parts], [p.arrays for p in parts])
    names_by_notice = dict[str, list[str]]()
    for part in parts:
        for notice in part.notices:
            names_by_notice.setdefault(notice, []).append(part.name)
    notices += tuple(
        notice if len(names) == len(parts) else f"{', '.join(names)}: {notice}"
        for notice, names in names_by_notice.items()
    )
    open_, high, low, close, volume = values
    candles = Candles(where, ts.astype(np.int64), open_, high, low, close, volume)
    notices = (f"{len(parts)} files read as one series", *notices, *_remarks(candles))
    return replace(candles, notices=notices)


def save_candles(candles: Candles, path: str | os.PathLike[str]) -> None:
    """Write candles to a file atomically; ``load_candles`` returns them with the same digest.

    Args:
        candles: The candles.
        path: The file, whose ending ``.csv``, ``.csv.gz``, ``.parquet`` or ``.npy`` chooses the
            format. A link is followed, and an existing file keeps its owner and mode.

    Raises:
        CandleError: It has another ending or cannot be written.
    """
    path = Path(path)
    data = _encoded(candles, path.name)
    try:
        write_whole(path, data)
    except OSError as error:
        raise CandleError(
            f"{path.name}: must be writable, got {error.strerror}; choose another path"
        ) from error


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
        from titan_mlopt.candles.parquet import parquet_bytes

        return parquet_bytes(candles.arrays)
    lines = map("{},{},{},{},{},{}\n".format, *(values.tolist() for values in candles.arrays))
    text = f"{','.join(COLUMNS)}\n{''.join(lines)}".encode()
    # Without a timestamp the same candles give the same bytes.
    return gzip.compress(text, mtime=0) if name.endswith(".gz") else text


def _check_limit(limit: int) -> None:
    if isinstance(limit, bool) or not isinstance(limit, int | np.integer) or limit < 2:
        raise ConfigError(
            f"limit: must be a whole number >= 2, got {short_repr(limit)}; leave it out to take all"
        )


# --- reading -----------------------------------------------------------------------------------


def _read_table(path: Path, options: CandleOptions) -> Table:
    data = read_content(path)
    if data is None:
        return _map_npy(path)
    # Imported here because they import pandas, which trials must not: they map a .npy file.
    if data.startswith((PARQUET, FEATHER)):
        from titan_mlopt.candles.parquet import read_parquet

        return read_parquet(path.name, data, options)
    from titan_mlopt.candles.csv import read_text

    return read_text(path.name, data, options)


def _map_npy(path: Path) -> Table:
    try:
        with warnings.catch_warnings():
            # numpy warns of old headers, which save_candles never writes.
            warnings.simplefilter("error")
            block: NDArray[np.float64] = np.load(path, mmap_mode="r", allow_pickle=False)
        rows = {np.float64: 6, np.int64: 7}.get(block.dtype.type)
        if block.ndim != 2 or len(block) != rows or not block.flags.c_contiguous:
            raise ValueError(f"{block.dtype} of shape {block.shape}")
    except Exception as error:  # numpy raises nearly anything for a damaged header
        raise CandleError(
            f"{path.name}: must be float64 of shape (6, n) as save_candles writes it, "
            f"got {short_repr(str(error))}; save it again"
        ) from error

    columns = tuple(block)
    if block.dtype == np.int64:  # written by share_candles, with the bits of the floats
        columns = (block[0].astype(np.float64), *(row.view(np.float64) for row in block[1:6]))

    def cell(index: int, column: int) -> str:
        return str(columns[column][index])

    return Table(path.name, columns, lambda index: index + 1, cell, ())


# --- notices -----------------------------------------------------------------------------------


def _remarks(candles: Candles) -> Iterator[str]:
    """Yield notices of gaps, candles without volume, and a last candle that may be unfinished."""
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
