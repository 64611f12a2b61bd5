"""The layouts of candle tables: names of columns and formats of times."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.core.errors import CandleError, short_repr

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: The columns of a candle table, in canonical order.
COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")

# The accepted names of each column, the preferred one first. Names are compared as ``normal_name``
# returns them.
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
# x of "volume_x" that is no base currency.
_NOT_BASE = {
    *("usd", "usdt", "usdc", "busd", "fdusd", "tusd", "dai", "eur", "gbp", "jpy", "try"),
    *("currency", "quote", "buy", "sell", "taker"),
}
_VOLUME_OF = re.compile(r"volume_([a-z]{2,8})")
ISO_DATE = re.compile(r"\s*\d{4}-\d\d-\d\d")
HOUR_AM_PM = r"\d{4}-\d\d-\d\d (?:0[1-9]|1[0-2])-[AP]M"
# Between the years 1973 and 5138 the size of an epoch time tells its unit.
_UNITS = (("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9))
OLDEST_S, NEWEST_S = 1e8, 1e11
ADD_HEADER = f"add the header line {','.join(COLUMNS)} in the order that the file has"


@dataclass(frozen=True, slots=True)
class Table:
    """The unchecked candle table of a file, in file order.

    Attributes:
        where: Name of the file, for messages.
        columns: Six float64 arrays (n,) in the order of ``COLUMNS``. Times are whole UTC seconds
            since 1970. NaN where a cell holds no number or time.
        rows: Row numbers in the file, (n,), from 1; in text files the header counts.
        cell: Returns the text of the cell at (index, column's position in ``COLUMNS``).
        notices: What the user should know about the file.
        time_kind: Format of the times, for the message "must be <an ISO time>".
    """

    where: str
    columns: tuple[FloatArray, ...]
    rows: IntArray
    cell: Callable[[int, int], str]
    notices: tuple[str, ...]
    time_kind: str = "an epoch or ISO time"


# --- columns -----------------------------------------------------------------------------------


def normal_name(name: str) -> str:
    """Return a column's name in lower case with "_" for all else: "Open Time" is open_time."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _volume_spellings(names: Sequence[str], symbol: str) -> tuple[str, ...]:
    """Return the names of the base volume's column, the preferred one first.

    CryptoDataDownload writes `volume_btc, volume` with the quote volume in the second, and the pair
    in `symbol`. So a `volume_x` whose x begins the symbol is preferred to a plain `volume`.
    """
    coins = [(name, match[1]) for name in names if (match := _VOLUME_OF.fullmatch(name))]
    of_symbol = [name for name, coin in coins if symbol.lower().startswith(coin)]
    of_coins = [name for name, coin in coins if coin not in _NOT_BASE]
    return (*of_symbol, *SPELLINGS["volume"], *of_coins)


def choose_columns(
    where: str, header: Sequence[str], first: Sequence[str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Find the six columns in a header.

    Args:
        where: Name of the file, for messages.
        header: Names of all columns.
        first: Cells of the first row, () without one; a symbol there tells the base volume.

    Returns:
        The position of each of ``COLUMNS``, and notices.

    Raises:
        CandleError: A column is missing or occurs twice.
    """
    names = [normal_name(name) for name in header]
    symbol = next((first[names.index(s)] for s in _SYMBOLS if s in names[: len(first)]), "")
    spellings = SPELLINGS | {"volume": _volume_spellings(names, symbol)}
    spelled = {c: next((s for s in spellings[c] if s in names), None) for c in COLUMNS}
    missing = [column for column, name in spelled.items() if name is None]
    if missing:
        raise CandleError(
            f"{where}: must have the columns {', '.join(COLUMNS)}, got no {', '.join(missing)} in "
            f"{short_repr(','.join(header), 200)}; add them, or rename those that hold them"
        )
    chosen = [name for name in spelled.values() if name is not None]
    for name in chosen:
        if names.count(name) > 1:
            raise CandleError(
                f"{where}: must have each column once, got {short_repr(name)} {names.count(name)} "
                "times; rename or remove all but one"
            )
    positions = tuple(names.index(name) for name in chosen)
    plain = chosen[-1] in SPELLINGS["volume"]
    notice = f"volume taken from the column {short_repr(header[positions[-1]].strip())}"
    return positions, () if plain else (notice,)


# --- times -------------------------------------------------------------------------------------


def epoch_seconds(values: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Convert epoch times of any unit to seconds.

    Args:
        values: Times in s, ms, us or ns, (n,); the size of each tells its unit.

    Returns:
        Seconds, (n,), NaN for a value that is no time between 1973 and 5138 in any unit; and
        notices.
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
