"""Times of candles: epochs, ISO 8601 and its relatives, with and without a time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from titan_mlopt.candles.formats import FloatArray, IntArray, epoch_seconds, is_number
from titan_mlopt.candles.numbers import plain_numbers, plain_texts
from titan_mlopt.core.candle_options import is_zone
from titan_mlopt.core.errors import CandleError, short_repr
from titan_mlopt.core.findings import utc_text

_HOUR_AM_PM = r"\d{4}-\d\d-\d\d (?:0[1-9]|1[0-2])-[AP]M"
# The end of a time that tells its offset from UTC.
_OFFSET = r"(?:[zZ]|[T :]\d\d+(?:\.\d+)? ?[+-]\d\d(?::?\d\d)?)$"
# Interactive Brokers writes 20240102  09:30:00 US/Eastern, others 20240102 093000.
_NAMED_ZONE = r"^(.*\d) ?([A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+)*)$"
_COMPACT = r"^(\d{4})[-./]?(\d\d)[-./]?(\d\d) (\d\d):?(\d\d):?(\d\d)$"
_TIMEZONE = '--timezone Europe/Berlin names another (in Python timezone="…")'

_Row = Callable[[int], int]
_Text = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a file.

    seconds: whole UTC seconds, (n,), NaN where a cell is no time. kind: their format, for messages.
    counted_utc: whether they have no zone, and were counted as UTC for want of one.
    """

    seconds: FloatArray
    kind: str
    notices: tuple[str, ...]
    counted_utc: bool


def read_times(
    where: str, column: pd.Series[Any], zone: str | None, row: _Row, text: _Text
) -> Times:
    """Return the times of a column.

    Args:
        where: Name of the file, for messages.
        column: Datetimes, epochs of any unit, or texts, (n,).
        zone: Time zone of those that are written without one; None for UTC.
        row: Returns the row's number in the file by its index.
        text: Returns the time as written by its index.

    Raises:
        CandleError: A local time stands for two times, or for none, or all times may be epochs or
            digits of dates.
    """
    notices: tuple[str, ...] = ()
    in_file = False
    local, kind = np.zeros(len(column), np.bool_), "an ISO time"
    probes = [is_number(str(value)) for value in column.iloc[:3]]
    if column.dtype.kind == "M":
        local[:] = column.dt.tz is None
        seconds = _datetime_seconds(column)
    elif probes and 2 * sum(probes) >= len(probes):
        # The majority, so that one damaged cell does not decide how all others are read.
        numbers = plain_numbers(column)
        compact = _compact_seconds(where, numbers, row)
        if compact is None:
            (seconds, notices), kind = epoch_seconds(numbers), "an epoch (s, ms, us, ns)"
        else:
            (seconds, kind), local[:] = compact, True
    else:
        seconds, local, named = _text_seconds(column)
        zone, in_file = named or zone, named is not None
    if zone is not None:
        seconds = _from_local(where, seconds, local, zone, row, text)
        if not local.any():
            notices += (f"the times tell their zone: {zone} not used",)
        elif not in_file:
            notices += (f"times without a zone are read as {zone}",)
    elif local.any():
        notices += (f"times without a zone counted as UTC; {_TIMEZONE}",)
    whole = np.floor(seconds)
    notices += ("times cut to whole seconds",) if (whole < seconds).any() else ()
    return Times(whole, kind, notices, bool(local.any()) and zone is None)


def _compact_seconds(where: str, values: FloatArray, row: _Row) -> tuple[FloatArray, str] | None:
    """Return times written as 20240130010000, without seconds or without minutes, and their kind.

    They are given as if they were of UTC, NaN for a value that is no such time. None where the
    values are epochs: where fewer than half are such times, or ten digits go on at one step past
    one that is none, as epochs of the years 2030 to 2036 do.

    Raises:
        CandleError: The few values of ten digits may be both.
    """
    finite = values[np.isfinite(values)]
    for layout in ("YYYYMMDDHHMMSS", "YYYYMMDDHHMM", "YYYYMMDDHH"):
        seconds = _digits_as_seconds(values, len(layout))
        good = ~np.isnan(seconds)
        if not good.any() or 2 * good.sum() < len(finite):
            continue
        if len(layout) > 10 or len(finite) < 2 or (np.diff(finite, 2) != 0).any():
            return seconds, f"a time {layout}"
        if good.all():
            raise CandleError(
                f"{where}: row {row(0)}: timestamp must be readable in one way, got "
                f"{values[0]:.0f}, which is {utc_text(int(seconds[0]))} as {layout} and "
                f"{utc_text(int(values[0]))} as an epoch; write the times as 2024-01-31 09:00"
            )
    return None


def _digits_as_seconds(values: FloatArray, digits: int) -> FloatArray:
    """Return numbers of so many digits, of the years 1900 to 2099, as seconds; NaN for others."""
    seconds, year = np.full(len(values), np.nan), 10.0 ** (digits - 4)
    at = np.flatnonzero((values >= 1900 * year) & (values < 2100 * year))
    at = at[values[at] % 1 == 0]
    digits_left, parts = values[at].astype(np.int64) * 10 ** (14 - digits), list[IntArray]()
    for _ in range(5):
        digits_left, part = np.divmod(digits_left, 100)
        parts.append(part)
    second, minute, hour, day, month = parts
    months = ((digits_left - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    exists = (month >= 1) & (month <= 12) & (days.astype("datetime64[M]") == months)
    exists &= (hour < 24) & (minute < 60) & (second < 60)
    clock = days.astype(np.int64) * 86_400 + hour * 3600 + minute * 60 + second
    seconds[at[exists]] = clock[exists]
    return seconds


def _text_seconds(column: pd.Series[Any]) -> tuple[FloatArray, NDArray[np.bool_], str | None]:
    """Return texts as UTC seconds, NaN for others than times; which have no zone; the zone's name.

    Those without a zone are read as if they were of UTC.
    """
    texts = plain_texts(column).reset_index(drop=True)
    seconds, name = _iso_seconds(texts), None
    local = ~texts.str.contains(_OFFSET).fillna(False).to_numpy(dtype=bool)
    odd = np.flatnonzero(np.isnan(seconds))
    if len(odd):
        unread = texts.iloc[odd].str.replace(r"\s+", " ", regex=True)
        parts = unread.str.extract(_NAMED_ZONE)
        names = parts[1].dropna().unique()
        if len(names) == 1 and is_zone(names[0]):
            name, unread = str(names[0]), parts[0].fillna(unread)
        by_hour = unread.str.fullmatch(_HOUR_AM_PM).fillna(False).to_numpy(dtype=bool)
        unread = unread.where(~by_hour, unread.str[:10])
        seconds[odd] = _iso_seconds(unread.str.replace(_COMPACT, r"\1-\2-\3 \4:\5:\6", regex=True))
        # %p is not used because it depends on the locale.
        marked = texts.iloc[odd[by_hour]]
        hours = marked.str[11:13].astype("int64") % 12 + 12 * (marked.str[14] == "P")
        seconds[odd[by_hour]] += 3600.0 * hours.to_numpy(dtype=np.float64)
    return seconds, local, name


def _iso_seconds(texts: pd.Series[Any]) -> FloatArray:
    return _datetime_seconds(pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce"))


def _datetime_seconds(times: pd.Series[Any]) -> FloatArray:
    """Return datetimes (without a zone: as if of UTC) as UTC seconds since 1970; NaN for NaT."""
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None) if times.dt.tz is not None else times
    stamps = naive.to_numpy().astype("datetime64[us]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 1e6)


# --- local times ---------------------------------------------------------------------------------


def _from_local(
    where: str, seconds: FloatArray, local: NDArray[np.bool_], zone: str, row: _Row, text: _Text
) -> FloatArray:
    """Return UTC seconds for clock times of a zone, which were read as if of UTC.

    In the hour that autumn repeats, the times before the clock goes back are those of summer.
    """
    at = np.flatnonzero(local & ~np.isnan(seconds))
    clock = pd.DatetimeIndex((seconds[at] * 1e6).astype("datetime64[us]"))
    summer, winter = (
        _datetime_seconds(
            clock.tz_localize(zone, ambiguous=np.full(len(at), dst), nonexistent="NaT").to_series()
        )
        for dst in (True, False)
    )
    skipped = np.flatnonzero(np.isnan(summer))
    if len(skipped):
        index = int(at[skipped[0]])
        raise CandleError(
            f"{where}: row {row(index)}: timestamp must exist in {zone}, got "
            f"{short_repr(text(index))}, which the clocks skip; name the zone that the times are "
            "in, or none for UTC"
        )
    twice = np.flatnonzero(summer != winter)
    step = -1 if (np.diff(seconds[at]) < 0).sum() * 2 > len(at) else 1
    for run in np.split(twice, np.flatnonzero(np.diff(twice) > 1) + 1):
        run = run[::step]
        back = np.flatnonzero(np.diff(seconds[at[run]]) <= 0)
        if len(run) and len(back) != 1:
            first, last = sorted((row(int(at[run[0]])), row(int(at[run[-1]]))))
            raise CandleError(
                f"{where}: rows {first} to {last}: timestamp must go once through the hour that "
                f"autumn repeats in {zone} and then once again, got {len(back) + 1} passes from "
                f"{short_repr(text(int(at[run[0]])))} on; write these times with their offset from "
                "UTC, as 2025-10-26 02:30:00+01:00"
            )
        late = run[back[0] + 1 :] if len(run) else run
        summer[late] = winter[late]
    result = seconds.copy()
    result[at] = summer
    return result
