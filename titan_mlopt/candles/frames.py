"""Candle columns of pandas, converted to plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from titan_mlopt.candles.formats import Roles, Table, choose_columns, select_symbol
from titan_mlopt.candles.numbers import plain_texts, read_values
from titan_mlopt.candles.times import read_times
from titan_mlopt.core.candle_options import NO_OPTIONS, CandleOptions

# The fields of Yahoo's tables, which stand on one level of their header.
_FIELDS = {"open", "high", "low", "close", "adj close", "volume"}


def read_frame(where: str, frame: pd.DataFrame, options: CandleOptions = NO_OPTIONS) -> Table:
    """Return the candle table of a DataFrame's columns.

    Args:
        where: Name for messages.
        frame: Columns as in a candle file, also as a MultiIndex of fields and tickers; its index
            is ignored, rows count from 1.
        options: How to read what the frame does not say itself.

    Raises:
        CandleError: It lacks a column, or has several symbols and none is named.
    """
    names = [name if isinstance(name, tuple) else (name,) for name in frame.columns]
    levels = [[str(part) for part in level] for level in zip(*names, strict=True)]
    header, symbol, notices = (
        flat_header(where, levels, options) if len(levels) > 1 else (levels[0], "", ())
    )
    first = [str(value) for value in frame.iloc[0]] if len(frame) else []
    roles = choose_columns(where, header, first)
    columns = {position: frame.iloc[:, position] for position in (*roles.positions, *roles.texts)}
    return read_columns(
        where,
        columns,
        roles,
        options,
        row=lambda index: index + 1,
        cell=lambda index, position: str(frame.iat[index, position]),
        notices=notices,
        symbol=symbol,
    )


def flat_header(
    where: str, levels: Sequence[Sequence[str]], options: CandleOptions
) -> tuple[list[str], str, tuple[str, ...]]:
    """Return a name for each column of a header of two levels, the ticker, "" for none; notices.

    Args:
        where: Name for messages.
        levels: A level of fields and one of tickers, in any order.
        options: Names the ticker of several; the columns of the others get no name.

    Raises:
        CandleError: There are several tickers, and none of them is named.
    """
    fields, tickers = sorted(levels[:2], key=lambda level: sum(map(_is_field, level)), reverse=True)
    # What has no ticker is the index, whose name stands beside either.
    pairs = [
        (field, ticker if _is_field(field) else "")
        for field, ticker in zip(fields, tickers, strict=True)
    ]
    values = list(dict.fromkeys(ticker for _, ticker in pairs if ticker))
    chosen, notices = select_symbol(where, values, options)
    names = [field if ticker in ("", chosen or ticker) else "" for field, ticker in pairs]
    return names, chosen or next(iter(values), ""), notices


def _is_field(name: str) -> bool:
    return name.strip().lower() in _FIELDS


def read_columns(
    where: str,
    columns: Mapping[int, pd.Series[Any]],
    roles: Roles,
    options: CandleOptions,
    *,
    row: Callable[[int], int],
    cell: Callable[[int, int], str],
    notices: tuple[str, ...] = (),
    symbol: str = "",
) -> Table:
    """Return the table of columns whose roles are known.

    Args:
        where: Name for messages.
        columns: The columns by their position.
        roles: Which is what.
        options: How to read what the file does not say itself.
        row: Returns the number of a row in the file by its index.
        cell: Returns the text of a cell by index and position.
        notices: What the user should know already.
        symbol: The instrument that the header names, "" for none.

    Raises:
        CandleError: There are several symbols and none is named, a number can be read in two ways,
            or a local time stands for two or none.
    """
    notices += roles.notices
    if roles.symbol is not None:
        symbols = plain_texts(columns[roles.symbol])
        values = [value for value in symbols.unique() if value not in ("", "nan")]
        chosen, remarks = select_symbol(where, values, options)
        notices += remarks
        symbol = chosen or next(iter(values), symbol)
        if chosen is not None:
            chosen_rows = np.flatnonzero((symbols == chosen).to_numpy(dtype=bool))
            columns = {position: column.iloc[chosen_rows] for position, column in columns.items()}
            row, cell = _of_kept(chosen_rows, row, cell)

    def text(index: int, column: int = 0) -> str:
        day = "" if column or roles.date is None else cell(index, roles.date) + " "
        return day + cell(index, roles.positions[column])

    values, remarks = read_values(where, [columns[p] for p in roles.positions[1:]], row)
    times = columns[roles.positions[0]]
    if roles.date is not None:
        dates = plain_texts(columns[roles.date]).str[:10]
        times = dates + " " + plain_texts(times)
    read = read_times(where, times, options.timezone, row, text)
    return Table(
        where,
        # + 0.0 turns -0.0 into 0.0, which has another digest.
        (read.seconds, *(column + 0.0 for column in values)),
        row,
        text,
        (*notices, *remarks, *read.notices),
        read.kind,
        read.counted_utc,
        symbol,
    )


def _of_kept(
    chosen_rows: NDArray[np.int64], row: Callable[[int], int], cell: Callable[[int, int], str]
) -> tuple[Callable[[int], int], Callable[[int, int], str]]:
    """Return ``row`` and ``cell`` by the index among the rows that were chosen."""
    return (
        lambda index: row(int(chosen_rows[index])),
        lambda index, position: cell(int(chosen_rows[index]), position),
    )
