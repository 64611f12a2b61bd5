"""Candle files in CSV, in any known layout, read by pyarrow into columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as pa_csv

from titan_mlopt.candles.formats import (
    COLUMNS,
    ISO_DATE,
    NAME_COLUMNS,
    SPELLINGS,
    Roles,
    Table,
    choose_columns,
    is_number,
    known_layout,
    named_columns,
    normal_name,
)
from titan_mlopt.candles.frames import flat_header, read_columns
from titan_mlopt.core.candle_options import CandleOptions, column_names
from titan_mlopt.core.errors import CandleError, short_repr

# A real line has about a hundred bytes.
_MOST_LINE_BYTES = 2**16
_HEAD_LINES = 8
_TICKER = ("ticker", "symbol", "symbols")


@dataclass(frozen=True, slots=True)
class _Layout:
    """The layout of a CSV file.

    width: number of columns. skipped: number of lines before the first candle.
    """

    roles: Roles
    width: int
    skipped: int
    notices: tuple[str, ...] = ()
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a text, for messages alone: reading one takes a pass through the text."""

    where: str
    data: bytes
    separator: str
    skipped: int = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield number and cells of each line that is not empty, after the skipped ones.

        Raises:
            CandleError: A line is too long, or no CSV.
        """
        stream, number = io.BytesIO(self.data), 0
        while line := stream.readline(_MOST_LINE_BYTES + 1):
            number += 1
            if len(line) > _MOST_LINE_BYTES:
                raise CandleError(
                    f"{self.where}: row {number}: must be at most {_MOST_LINE_BYTES:,} bytes long, "
                    "got more; write one candle a line"
                )
            if number > self.skipped and line != b"\n":
                yield number, self._cells(line.decode().rstrip("\n"))

    def _cells(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line], delimiter=self.separator), [""])
        except csv.Error as error:
            raise CandleError(
                f"{self.where}: must be CSV, got {short_repr(line)} ({error}); export it again as "
                "CSV"
            ) from error

    def check_widths(self, width: int) -> None:
        """Raise ``CandleError`` unless all lines have so many cells."""
        n_lines = n_wrong = first = got = 0
        widths = set[int]()
        for number, cells in self:
            n_lines += 1
            if len(cells) != width:
                n_wrong, widths = n_wrong + 1, widths | {len(cells)}
                if n_wrong == 1:
                    first, got = number, len(cells)
        if n_wrong == n_lines > 1 and len(widths) == 1:
            raise CandleError(
                f"{self.where}: must have a header line of as many cells as the rows, got {width} "
                f"and {got}; name each column, with an empty name for one that nobody needs"
            )
        if n_wrong:
            raise CandleError(
                f"{self.where}: row {first}: must have {width} cells, got {got}; correct or remove "
                f"the row ({n_wrong} of {n_lines} rows are so)"
            )


def read_text(where: str, data: bytes, options: CandleOptions) -> Table:
    """Read the table of a CSV file.

    Args:
        where: Name of the file, for messages.
        data: Its content in UTF-8, separated by comma, semicolon or tab.
        options: How to read what the file does not say itself.

    Raises:
        CandleError: It is no text, has no header, lacks a column, or has rows of different lengths.
    """
    data = _plain_lines(where, data)
    head = data[: (_MOST_LINE_BYTES + 1) * _HEAD_LINES].split(b"\n")[:_HEAD_LINES]
    last = next((line for line in reversed(head) if line.strip()), b"").decode(errors="replace")
    # Before the comma, which decimals may have as well.
    separator = max("\t;,", key=last.count)
    numbered = dict(zip(range(_HEAD_LINES), _Lines(where, data, separator), strict=False))
    layout = _find_layout(where, list(numbered.values()), options)
    lines = _Lines(where, data, separator, layout.skipped)
    frame = _parsed(lines, layout)

    @lru_cache(maxsize=4)
    def line(index: int) -> tuple[int, list[str]]:
        return next(item for k, item in enumerate(lines) if k == index)

    return read_columns(
        where,
        frame,
        layout.roles,
        options,
        row=lambda index: line(index)[0],
        cell=lambda index, position: line(index)[1][position].strip(),
        notices=layout.notices,
        symbol=layout.symbol,
    )


def _plain_lines(where: str, data: bytes) -> bytes:
    """Return the text without a byte order mark, and with line feeds as line ends."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        text = False
    if not text or b"\0" in data:
        raise CandleError(
            f"{where}: must be CSV text in UTF-8, also packed as gz, bz2, zip or zst, a parquet, "
            f"feather or .npy file, got bytes {short_repr(data[:12])}; export it again as CSV"
        )
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


# --- layout --------------------------------------------------------------------------------------

_Numbered = tuple[int, list[str]]


def _find_layout(where: str, head: Sequence[_Numbered], options: CandleOptions) -> _Layout:
    """Return the layout of a file.

    Args:
        where: Name of the file, for messages.
        head: Number and cells of the first lines that are not empty.
        options: May name the columns, or the ticker of several.

    Raises:
        CandleError: There is no header and no known layout without one, or a column is missing.
    """
    filled = [(number, cells) for number, cells in head if any(map(str.strip, cells))]
    if not filled:
        raise CandleError(f"{where}: must hold candles, got an empty file; export it again")
    if options.columns is not None:
        return _named_layout(where, filled, options.columns)
    for k, (number, cells) in enumerate(filled[:3]):
        if is_number(cells[0]):
            break
        if _is_header(cells):
            banner = ("the lines before the header skipped",) if k else ()
            if (layout := _two_levels(where, filled, k, options)) is not None:
                return layout
            first = filled[k + 1][1] if k + 1 < len(filled) else ()
            roles = choose_columns(f"{where}: row {number}", cells, first)
            return _Layout(roles, len(cells), number, banner)
    number, cells = filled[0]
    without_header = known_layout([cells for _, cells in filled])
    if without_header is not None:
        return _Layout(without_header, len(cells), number - 1)
    raise CandleError(
        f"{where}: row {number}: must be a header line or candles of a known layout, got "
        f"{short_repr(','.join(cells))}; {NAME_COLUMNS}"
    )


def _is_header(cells: Sequence[str]) -> bool:
    names = {spelling for spellings in SPELLINGS.values() for spelling in spellings}
    return len(names.intersection(map(normal_name, cells))) >= 2


def _named_layout(where: str, filled: Sequence[_Numbered], columns: str) -> _Layout:
    """Return the layout that the user names; a header is skipped."""
    roles, names = named_columns(columns), column_names(columns)
    at = roles.positions[0] if roles.date is None else roles.date
    for number, cells in filled[:3]:
        time = cells[at].strip() if at < len(cells) else ""
        if is_number(time) or ISO_DATE.match(time):
            if len(cells) != len(names):
                raise CandleError(
                    f"{where}: row {number}: must have the {len(names)} cells that columns names, "
                    f"got {len(cells)} in {short_repr(','.join(cells))}; name each of them, those "
                    "that are not read with -"
                )
            return _Layout(roles, len(names), number - 1)
    raise CandleError(
        f"{where}: row {filled[0][0]}: must have a time where columns={columns!r} says so, got "
        f"{short_repr(','.join(filled[0][1]))}; name the columns in the order of the file"
    )


def _two_levels(
    where: str, filled: Sequence[_Numbered], k: int, options: CandleOptions
) -> _Layout | None:
    """Return the layout of Yahoo's tables, whose header has fields and tickers; None for others.

    k: which of the lines has the fields.
    """
    fields = filled[k][1]
    for line in (k + 1, k - 1):
        if not 0 <= line < len(filled) or len(filled[line][1]) != len(fields):
            continue
        tickers, after = filled[line][1], filled[max(k, line) + 1 :][:1]
        # A third line names the index, beside empty cells.
        index = after[0] if after and after[0][1][0].strip() and not any(after[0][1][1:]) else None
        if normal_name(tickers[0]) not in _TICKER and (index is None or tickers[0].strip()):
            continue
        number = filled[max(k, line)][0] if index is None else index[0]
        header, symbol, notices = flat_header(where, [fields[1:], tickers[1:]], options)
        roles = choose_columns(f"{where}: row {filled[k][0]}", [COLUMNS[0], *header], ())
        return _Layout(roles, len(fields), number, notices, symbol)
    return None


# --- reading -------------------------------------------------------------------------------------


def _parsed(lines: _Lines, layout: _Layout) -> dict[int, pd.Series[Any]]:
    """Return the columns that are needed by position: floats, or texts where a cell is none.

    Raises:
        CandleError: Rows have different lengths, or a quote does not close on its line.
    """
    roles = layout.roles
    if b'"' in lines.data:
        _check_quotes(lines.where, lines.data)
    texts, read = dict.fromkeys(roles.texts, pa.string()), None
    time = roles.positions[0]
    floats = {position: pa.float64() for position in roles.positions} | texts
    if next(iter(lines), None) is None:
        return {position: pd.Series(dtype=np.float64) for position in floats}
    # A column of times, then of prices is read as text when it holds one.
    for types in (floats, floats | {time: pa.string()}, dict.fromkeys(floats, pa.string()) | texts):
        try:
            read = _read(lines, layout.width, types)
            break
        except pa.ArrowInvalid as error:
            failure = error
    if read is None:
        lines.check_widths(layout.width)
        raise CandleError(
            f"{lines.where}: must be CSV, got {short_repr(str(failure))}; export it again"
        ) from failure
    return {position: read.column(str(position)).to_pandas() for position in floats}


def _read(lines: _Lines, width: int, types: dict[int, pa.DataType]) -> pa.Table:
    return pa_csv.read_csv(
        pa.BufferReader(lines.data),
        read_options=pa_csv.ReadOptions(
            # One core is fast enough; the fault of a first read is then always the same.
            use_threads=False,
            column_names=[str(position) for position in range(width)],
            skip_rows=lines.skipped,
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=lines.separator, quote_char='"' if b'"' in lines.data else False
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types={str(position): kind for position, kind in types.items()},
            include_columns=[str(position) for position in types],
        ),
    )


def _check_quotes(where: str, data: bytes) -> None:
    """Raise ``CandleError`` for a quote that spans lines, which would join them to one candle."""
    signs = np.frombuffer(data, np.uint8)
    quoted = np.bitwise_xor.accumulate(signs == ord('"'))
    if ((signs == ord("\n")) & quoted).any() or quoted[-1:].any():
        raise CandleError(
            f"{where}: quotes must close on the line where they open, got one that does not; "
            "write the file without quotes"
        )
