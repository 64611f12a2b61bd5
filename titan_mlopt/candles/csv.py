"""Candle files in CSV, in any known layout, read into plain arrays."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from titan_mlopt.candles.formats import (
    ADD_HEADER,
    ISO_DATE,
    SPELLINGS,
    FloatArray,
    IntArray,
    Table,
    choose_columns,
    epoch_seconds,
    normal_name,
)
from titan_mlopt.candles.frames import finished, is_number, numbers, text_seconds
from titan_mlopt.core.errors import CandleError, short_repr

# A real line has about a hundred bytes.
_MOST_LINE_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class _Layout:
    """The layout of a CSV file.

    positions: column index of each of ``COLUMNS``. width: number of columns. skipped: number of
    lines before the first candle.
    """

    positions: tuple[int, ...]
    width: int
    skipped: int
    notices: tuple[str, ...]


def read_text(where: str, data: bytes) -> Table:
    """Read the table of a CSV file.

    Args:
        where: Name of the file, for messages.
        data: Its content in UTF-8, separated by comma, semicolon or tab.

    Raises:
        CandleError: It is no text, has no header, lacks a column, or has rows of different lengths.
    """
    data = _plain_lines(where, data)
    lines = [_short(where, number, line) for number, line in enumerate(_head(data), 1)]
    separator = max(",;\t", key="".join(lines).count)
    layout = _find_layout(where, [_cells(where, line, separator) for line in lines])
    offset = sum(len(line.encode()) for line in lines[: layout.skipped])
    rows, starts = _find_rows(where, data[offset:], separator, layout)
    starts += offset

    texts = _Texts(where, data, np.append(starts, len(data)), separator, layout)
    probes = [min(index, len(rows) - 1) for index in range(3)] if len(rows) else []
    # Two of three, so that one damaged cell does not decide how all others are read.
    numeric_times = sum(is_number(texts.cell(index, 0)) for index in probes) >= 2
    columns, notices = texts.columns(numeric_times)
    kind = "an epoch (s, ms, us, ns)" if numeric_times else "an ISO time"
    return Table(where, columns, rows, texts.cell, layout.notices + notices, kind)


def _plain_lines(where: str, data: bytes) -> bytes:
    """Return the text without a byte order mark, and with line feeds as line ends."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        text = False
    if not text or b"\0" in data:
        raise CandleError(
            f"{where}: must be CSV text in UTF-8, .csv.gz, .parquet or .npy, got bytes "
            f"{short_repr(data[:12])}; unpack it, or export it again as CSV"
        )
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _head(data: bytes) -> Iterator[bytes]:
    """Yield the first lines, at most 8, each cut one byte beyond the limit of a line."""
    stream = io.BytesIO(data)
    for _ in range(8):
        if line := stream.readline(_MOST_LINE_BYTES + 1):
            yield line


def _short(where: str, number: int, line: bytes) -> str:
    if len(line) > _MOST_LINE_BYTES:
        raise _too_long(where, number)
    return line.decode()


def _too_long(where: str, number: int) -> CandleError:
    return CandleError(
        f"{where}: row {number}: must be at most {_MOST_LINE_BYTES:,} bytes long, got more; write "
        "one candle a line"
    )


def _cells(where: str, line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\n")], delimiter=separator), [])
    except csv.Error as error:
        raise CandleError(
            f"{where}: must be CSV, got {short_repr(line)} ({error}); export it again as CSV"
        ) from error


def _find_layout(where: str, head: Sequence[Sequence[str]]) -> _Layout:
    """Return the layout by the header among the first lines, or by a known layout without one."""
    filled = [k for k, cells in enumerate(head) if any(cell.strip() for cell in cells)]
    if not filled:
        raise CandleError(f"{where}: must hold candles, got an empty file; export it again")
    for k in filled[:3]:
        if is_number(head[k][0]):
            break
        if _is_header(head[k]):
            first = next((head[j] for j in filled if j > k), ())
            positions, notices = choose_columns(f"{where}: row {k + 1}", head[k], first)
            banner = ("the lines before the header skipped",) if k > filled[0] else ()
            return _Layout(positions, len(head[k]), k + 1, banner + notices)
    return _headerless_layout(where, filled[0], head[filled[0]])


def _is_header(cells: Sequence[str]) -> bool:
    names = {spelling for spellings in SPELLINGS.values() for spelling in spellings}
    return len(names.intersection(map(normal_name, cells))) >= 2


def _headerless_layout(where: str, line: int, cells: Sequence[str]) -> _Layout:
    """Return the layout of a file without a header, if it is unambiguous.

    Known are Binance (12 numbers, of which the 7th is a later time than the 1st) and
    CryptoDataDownload (the time as a number and as a date, the pair, the prices). Six plain numbers
    are ambiguous: OHLC at Binance, OCHL at Bitfinex.
    """
    numbers = [float(cell) if is_number(cell) else np.nan for cell in cells]
    times, _ = epoch_seconds(np.array([numbers[0], numbers[6] if len(cells) > 6 else np.nan]))
    if len(cells) == 12 and not np.isnan(numbers).any() and times[0] < times[1]:
        return _Layout((0, 1, 2, 3, 4, 5), 12, line, ("no header: read as Binance klines",))
    if len(cells) in (9, 10) and times[0] > 0 and ISO_DATE.match(cells[1]) and cells[2].strip():
        notice = "no header: read as a CryptoDataDownload file"
        return _Layout((0, 3, 4, 5, 6, 7), len(cells), line, (notice,))
    raise CandleError(
        f"{where}: row {line + 1}: must be a header line (without one the order of the columns is "
        f"a guess), got {short_repr(','.join(cells))}; {ADD_HEADER}"
    )


def _find_rows(
    where: str, body: bytes, separator: str, layout: _Layout
) -> tuple[IntArray, IntArray]:
    """Return line number and offset of each row, after checking that all have the same width.

    pandas would silently shift or fill rows that are too short or too long.
    """
    signs = np.frombuffer(body, np.uint8)
    ends = signs == ord("\n")
    splits = signs == ord(separator)
    if b'"' in body:
        quoted = np.bitwise_xor.accumulate(signs == ord('"'))
        if (ends & quoted).any() or quoted[-1:].any():
            raise CandleError(
                f"{where}: quotes must close on the line where they open, got one that does not; "
                "write the file without quotes"
            )
        splits &= ~quoted
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(ends) + 1))
    starts = starts[starts < len(signs)]
    starts = starts[~ends[starts]]
    breaks = np.flatnonzero(ends)
    lines = np.searchsorted(breaks, starts)
    rows = lines + layout.skipped + 1
    if not len(starts):
        return rows, starts
    long = np.flatnonzero(np.append(breaks, len(signs))[lines] - starts > _MOST_LINE_BYTES)
    if len(long):
        raise _too_long(where, int(rows[long[0]]))
    # Counted modulo 256, which is ten times as fast as in a wider type.
    counts = np.add.reduceat(splits.view(np.uint8), starts, dtype=np.uint8)
    wrong = np.flatnonzero(counts != (layout.width - 1) % 256)
    if len(wrong):
        raise CandleError(
            f"{where}: row {rows[wrong[0]]}: must have {layout.width} cells, got "
            f"{int(counts[wrong[0]]) + 1}; correct or remove the row ({len(wrong)} of {len(rows)} "
            "rows are so)"
        )
    return rows, starts


@dataclass(frozen=True, slots=True)
class _Texts:
    """The rows of a CSV file; row i is ``data[bounds[i] : bounds[i + 1]]``."""

    where: str
    data: bytes
    bounds: IntArray
    separator: str
    layout: _Layout

    def cell(self, index: int, column: int) -> str:
        """Return the text of the cell of row ``index`` and ``COLUMNS[column]``."""
        line = self.data[self.bounds[index] : self.bounds[index + 1]].split(b"\n", 1)[0]
        cells = _cells(self.where, line.decode(), self.separator)
        return cells[self.layout.positions[column]].strip()

    def columns(self, numeric_times: bool) -> tuple[tuple[FloatArray, ...], tuple[str, ...]]:
        """Return the six columns, (n,) each, time in seconds, and notices."""
        blocks = list(self._blocks(0, len(self.bounds) - 1, numeric_times))
        times, *values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return finished(times, values, numeric_times)

    def _blocks(self, start: int, stop: int, numeric_times: bool) -> Iterator[list[FloatArray]]:
        """Yield the columns of the rows start to stop in blocks; NaN where a cell is no number."""
        floats: dict[int, Any] = dict.fromkeys(self.layout.positions, np.float64)
        strings: dict[int, Any] = dict.fromkeys(self.layout.positions, str)
        if not numeric_times:
            floats[self.layout.positions[0]] = str
        try:
            self._check_booleans(start, stop)
            yield self._parsed(start, stop, floats, numeric_times)
        except pd.errors.ParserError as error:
            raise CandleError(
                f"{self.where}: must be CSV, got {short_repr(str(error))}; export it again"
            ) from error
        except (ValueError, OverflowError):
            # A cell is no number. Reading texts is ten times as slow, so narrow the block down.
            if stop - start > 10_000:
                middle = (start + stop) // 2
                yield from self._blocks(start, middle, numeric_times)
                yield from self._blocks(middle, stop, numeric_times)
            else:
                yield self._parsed(start, stop, strings, numeric_times)

    def _check_booleans(self, start: int, stop: int) -> None:
        # pandas reads a column that holds only True as 1.0.
        if start < stop and any(self.cell(start, c).lower() in ("true", "false") for c in range(6)):
            raise ValueError

    def _parsed(
        self, start: int, stop: int, dtypes: dict[int, Any], numeric_times: bool
    ) -> list[FloatArray]:
        if start == stop:
            return [np.empty(0)] * 6
        # Before 3.1 the default parser may be off by one bit.
        version = tuple(map(int, pd.__version__.split(".")[:2]))
        options: dict[str, Any] = {} if version >= (3, 1) else {"float_precision": "round_trip"}
        frame: pd.DataFrame = pd.read_csv(
            io.BytesIO(memoryview(self.data)[self.bounds[start] : self.bounds[stop]]),
            sep=self.separator,
            header=None,
            names=list(range(self.layout.width)),
            usecols=list(self.layout.positions),
            index_col=False,
            dtype=dtypes,
            engine="c",
            low_memory=False,
            **options,
        )
        if len(frame) != stop - start:
            raise CandleError(
                f"{self.where}: must hold one candle a line, got {len(frame)} candles in "
                f"{stop - start} lines; write the file without quotes"
            )
        times, *values = (frame[position] for position in self.layout.positions)
        first = numbers(times) if numeric_times else text_seconds(times)
        return [first, *map(numbers, values)]
