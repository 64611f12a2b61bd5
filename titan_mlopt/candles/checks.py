"""Checks of candle tables; errors name row, column and value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.candles.formats import COLUMNS, NAME_COLUMNS, NEWEST_S, OLDEST_S, Table
from titan_mlopt.core.errors import CandleError, short_repr
from titan_mlopt.core.trial import SECONDS_PER_YEAR

# From this share of wrong rows on, the file has another layout than it was taken for.
_MOST_WRONG = 0.9
_HOUR_S = 3600
# Candles that may be missing in the hour that autumn repeats, in seconds.
_GAPS_S = 600


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
    where = f"{table.where}: row {table.row(first)}: {columns[0]} {rule}, got {got}"
    if wrong.mean() < _MOST_WRONG:
        remedy = f"correct or remove the row ({wrong.sum()} of {len(wrong)} rows are wrong)"
    elif columns[0] == COLUMNS[0]:
        remedy = (
            "nearly all rows are so: write the times as 2024-01-31 09:30:00 or as seconds since "
            "1970"
        )
    else:
        remedy = (
            "nearly all rows are so, so the columns are others than they were taken for: "
            f"{NAME_COLUMNS}"
        )
    raise CandleError(f"{where}; {remedy}")


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
    index = int(wrong[0])
    previous, row = table.row(index), table.row(index + 1)
    cells = [short_repr(table.cell(i, 0)) for i in (index, index + 1)]
    if steps[index] == 0:
        rule = f"must differ from row {previous}'s"
    else:
        rule = f"must be {'before' if newest_first else 'after'} row {previous}'s {cells[0]}"
    raise CandleError(
        f"{table.where}: row {row}: timestamp {rule}, got {cells[1]}; "
        f"{_order_remedy(table, steps, wrong)} ({len(wrong)} of {len(ts)} rows are out of order)"
    )


def _order_remedy(table: Table, steps: NDArray[np.float64], wrong: NDArray[np.int64]) -> str:
    """Return what to do about times out of order; sorting them would hide what went wrong."""
    ts, back = table.columns[0], np.abs(steps[wrong])
    interval = float(np.median(np.abs(steps)))
    years = float(np.ptp(ts)) / SECONDS_PER_YEAR
    hours = np.abs(back - (_HOUR_S - interval)) <= _GAPS_S
    if table.counted_utc and hours.all() and len(wrong) <= years + 1:
        return (
            "an hour comes twice, as in local times when summer time ends: name their zone with "
            '--timezone Europe/Berlin, say (in Python timezone="…")'
        )
    one_after_the_other = len(wrong) == 1 and back[0] > _HOUR_S
    if one_after_the_other or 2 * len(np.unique(ts)) <= len(ts) + 1:
        return (
            "two series seem to stand in the file: give each a file of its own, or add a column "
            "symbol and choose one with --symbol NAME"
        )
    return "export the file again, as one series in the order of time"
