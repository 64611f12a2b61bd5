"""Checks of candle tables; errors name row, column and value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.candles.formats import COLUMNS, NEWEST_S, OLDEST_S, Table
from titan_mlopt.core.errors import CandleError, short_repr


def check_count(table: Table) -> None:
    """Raise ``CandleError`` for fewer than 2 candles."""
    if (n := len(table.columns[0])) < 2:
        raise CandleError(f"{table.where}: must hold at least 2 candles, got {n}; export it again")


def _violations(table: Table) -> Iterator[tuple[NDArray[np.bool_], str, tuple[str, ...]]]:
    """Yield (rows that violate a rule, the rule, columns to show).

    Rules of two columns ignore rows with NaN, which violate a rule of one column already.
    """
    ts, open_, high, low, close, volume = table.columns
    is_time = (ts >= OLDEST_S) & (ts < NEWEST_S) & (ts == np.floor(ts))
    yield ~is_time, f"must be {table.time_kind} from 1973-03-03 on", ("timestamp",)
    for column, prices in zip(COLUMNS[1:5], (open_, high, low, close), strict=True):
        yield ~((prices > 0) & (prices < np.inf)), "must be a number > 0", (column,)
    yield ~((volume >= 0) & (volume < np.inf)), "must be a number >= 0", ("volume",)
    yield high < low, "must be >= low", ("high", "low")
    for column, prices in (("open", open_), ("close", close)):
        outside = (prices < low) | (prices > high)
        yield outside, "must lie in low..high", (column, "low", "high")


def check_values(table: Table) -> None:
    """Raise ``CandleError`` for the first row with an impossible value."""
    wrong = np.zeros(len(table.columns[0]), np.bool_)
    first, rule = len(wrong), ""
    columns: tuple[str, ...] = ()
    for violating, requirement, shown_columns in _violations(table):
        wrong |= violating
        index = int(violating.argmax())
        if violating[index] and index < first:
            first, rule, columns = index, requirement, shown_columns
    if first == len(wrong):
        return
    cells = [table.cell(first, COLUMNS.index(column)) for column in columns]
    texts = ", ".join(f"{c}={cell}" for c, cell in zip(columns, cells, strict=True))
    got = short_repr(cells[0]) if len(cells) == 1 else texts
    raise CandleError(
        f"{table.where}: row {table.row(first)}: {columns[0]} {rule}, got {got}; "
        f"correct or remove the row ({wrong.sum()} of {len(wrong)} rows are wrong)"
    )


def check_order(table: Table) -> bool:
    """Check that times are strictly monotonic, and return whether the newest candle comes first.

    Raises:
        CandleError: A time is repeated or out of order.
    """
    ts = table.columns[0]
    steps = np.diff(ts)
    newest_first = int((steps < 0).sum()) > int((steps > 0).sum())
    wrong = np.flatnonzero(steps >= 0 if newest_first else steps <= 0)
    if not len(wrong):
        return newest_first
    previous, row = (table.row(int(i)) for i in (wrong[0], wrong[0] + 1))
    cells = [short_repr(table.cell(int(i), 0)) for i in (wrong[0], wrong[0] + 1)]
    if steps[wrong[0]] == 0:
        rule, remedy = f"must differ from row {previous}'s", "remove one of the two"
    else:
        rule = f"must be {'before' if newest_first else 'after'} row {previous}'s {cells[0]}"
        remedy = "sort the file by time and remove what is there twice"
    raise CandleError(
        f"{table.where}: row {row}: timestamp {rule}, got {cells[1]}; {remedy} "
        f"({len(wrong)} of {len(ts)} rows are out of order)"
    )
