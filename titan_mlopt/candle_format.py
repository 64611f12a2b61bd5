"""How candle tables are spelt: the names of columns and the forms of times."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.errors import CandleError, shown

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: The columns of a candle table, in canonical order.
COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")

# Where a file has several time columns the first in this list is taken. Names are compared in
# lower case with every run of other signs turned to "_": "Open Time" is open_time.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "timestamp": (
        *("timestamp", "open_time", "opentime", "time_open", "ts", "unix", "svunix", "epoch"),
        *("unix_timestamp", "unix_time", "unixtime", "datetime", "date_time", "time", "date", "t"),
    ),
    "open": ("open", "o", "open_price", "price_open"),
    "high": ("high", "h", "high_price", "price_high"),
    "low": ("low", "l", "low_price", "price_low"),
    "close": ("close", "c", "close_price", "price_close"),
    "volume": ("volume", "vol", "v", "base_volume", "volume_base"),
}
_SYMBOLS = ("symbol", "pair", "ticker", "market")
# "volume_x" where x is no base currency.
_NOT_BASE = {
    *("usd", "usdt", "usdc", "busd", "fdusd", "tusd", "dai", "eur", "gbp", "jpy", "try"),
    *("currency", "quote", "buy", "sell", "taker"),
}
_VOLUME_OF = re.compile(r"volume_([a-z]{2,8})")
ISO_DATE = re.compile(r"\s*\d{4}-\d\d-\d\d")
_HOUR_AM_PM = r"\d{4}-\d\d-\d\d (?:0[1-9]|1[0-2])-[AP]M"
# From 1973 to 5138 the units of an epoch cannot be mistaken for each other.
_UNITS = (("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9))
OLDEST_S, NEWEST_S = 1e8, 1e11
ADD_HEADER = f"add the header line {','.join(COLUMNS)} in the order that the file has"


@dataclass(frozen=True, slots=True)
class Table:
    """A candle table as a file has it, in file order and not checked yet.

    columns: six float64 arrays (n,) in the order of ``COLUMNS``; time in whole UTC seconds; NaN
    where a cell holds no number or no time.
    rows: (n,) the row's number in the file, from 1; in text files the header counts.
    cell: gives the text of the cell at (index, column position in ``COLUMNS``).
    time_kind: how the file writes times, as in "must be <an ISO time>".
    """

    where: str
    columns: tuple[FloatArray, ...]
    rows: IntArray
    cell: Callable[[int, int], str]
    notices: tuple[str, ...]
    time_kind: str = "an epoch or ISO time"


# --- columns -----------------------------------------------------------------------------------


def normal_name(name: str) -> str:
    """Return a column's name as the spellings have it: "Open Time" is open_time."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _volume_spellings(names: Sequence[str], symbol: str) -> tuple[str, ...]:
    """Return the spellings of base volume, best first.

    CryptoDataDownload writes `volume_btc, volume` with the quote volume in the plain column, and
    names the pair in `symbol`: a `volume_x` whose x begins the symbol is better than a plain one.
    """
    coins = [(name, match[1]) for name in names if (match := _VOLUME_OF.fullmatch(name))]
    of_symbol = [name for name, coin in coins if symbol.lower().startswith(coin)]
    others = [name for name, coin in coins if coin not in _NOT_BASE]
    return (*of_symbol, *SPELLINGS["volume"], *others)


def choose_columns(
    where: str, header: Sequence[str], first: Sequence[str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the positions of ``COLUMNS`` in ``header``, and notices; ``first`` is the first row.

    Raises ``CandleError`` when a column is missing or stands there twice.
    """
    names = [normal_name(name) for name in header]
    symbol = next((first[names.index(s)] for s in _SYMBOLS if s in names[: len(first)]), "")
    spellings = SPELLINGS | {"volume": _volume_spellings(names, symbol)}
    found = {c: next((s for s in spellings[c] if s in names), None) for c in COLUMNS}
    missing = [column for column, name in found.items() if name is None]
    if missing:
        raise CandleError(
            f"{where}: must have the columns {', '.join(COLUMNS)}, got no {', '.join(missing)} in "
            f"{shown(','.join(header), 200)}; add them, or rename those that hold them"
        )
    chosen = [name for name in found.values() if name is not None]
    for name in chosen:
        if names.count(name) > 1:
            raise CandleError(
                f"{where}: must have each column once, got {shown(name)} {names.count(name)} times;"
                " rename or remove all but one"
            )
    positions = tuple(names.index(name) for name in chosen)
    plain = chosen[-1] in SPELLINGS["volume"]
    notice = f"volume taken from the column {shown(header[positions[-1]].strip())}"
    return positions, () if plain else (notice,)


# --- times -------------------------------------------------------------------------------------


def epoch_seconds(values: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Return epoch times of any unit (s, ms, us, ns; told by their size) as seconds, and notices.

    NaN where a value is no time from 1973 to 5138 in any unit.
    """
    seconds = np.full(len(values), np.nan)
    units = []
    for unit, per_second in _UNITS:
        fits = (values >= OLDEST_S * per_second) & (values < NEWEST_S * per_second)
        if fits.any():
            units.append(unit)
            seconds[fits] = values[fits] / per_second
    mixed = f"the times come in several units: {', '.join(units)}"
    return seconds, (mixed,) if len(units) > 1 else ()


def text_seconds(texts: pd.Series[Any]) -> FloatArray:
    """Return ISO times, or those like "2019-10-17 09-AM", as UTC seconds; NaN for others."""
    import pandas as pd

    texts = texts.astype("str").str.strip()
    by_hour = texts.str.fullmatch(_HOUR_AM_PM).fillna(False).to_numpy(dtype=bool)
    dates = texts.where(~by_hour, texts.str[:10])
    times = pd.to_datetime(dates, format="ISO8601", utc=True, errors="coerce")
    seconds = datetime_seconds(times)
    # Not by %p: what that reads depends on the locale.
    marked = texts[by_hour]
    hours = marked.str[11:13].astype("int64") % 12 + 12 * (marked.str[14] == "P")
    seconds[by_hour] += 3600.0 * hours.to_numpy(dtype=np.float64)
    return seconds


def datetime_seconds(times: pd.Series[Any]) -> FloatArray:
    """Return UTC seconds since 1970 of datetimes with or without a zone, NaN for NaT."""
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None) if times.dt.tz is not None else times
    stamps = naive.to_numpy().astype("datetime64[us]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 1e6)
