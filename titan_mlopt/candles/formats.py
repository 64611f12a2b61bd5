"""The layouts of candle tables: names of columns and formats of times."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.core.candle_options import (
    COLUMNS,
    DATE,
    SYMBOL,
    TIME,
    CandleOptions,
    column_names,
    is_symbol,
)
from titan_mlopt.core.errors import CandleError, short_repr

__all__ = ["COLUMNS"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# The accepted names of each column, the preferred one first. Names are compared as ``normal_name``
# returns them.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "timestamp": (
        *("timestamp", "open_time", "opentime", "time_open", "ts", "unix", "svunix", "epoch"),
        *("unix_timestamp", "unix_time", "unixtime", "datetime", "date_time", "time", "date", "t"),
        *("starttime", "start_time", "start", "time_utc", "gmt_time"),
    ),
    "open": ("open", "o", "open_price", "price_open", "openprice"),
    "high": ("high", "h", "high_price", "price_high", "highprice"),
    "low": ("low", "l", "low_price", "price_low", "lowprice"),
    "close": ("close", "c", "close_price", "price_close", "closeprice", "last"),
    # MetaTrader's VOL is 0 for most instruments, so its TICKVOL comes first.
    "volume": ("volume", "tickvol", "vol", "v", "base_volume", "volume_base", "tick_volume"),
}
_SYMBOLS = ("symbol", "pair", "ticker", "market", "instrument")
# x of "volume_x" that is no base currency.
_NOT_BASE = {
    *("usd", "usdt", "usdc", "busd", "fdusd", "tusd", "dai", "eur", "gbp", "jpy", "try"),
    *("currency", "quote", "buy", "sell", "taker"),
}
_VOLUME_OF = re.compile(r"volume_([a-z]{2,8})")
ISO_DATE = re.compile(r"\s*\d{4}([-./]?)\d\d\1\d\d(?!\d)")
_CLOCK = re.compile(r"\s*\d\d(:?\d\d){1,2}(\.\d+)?\s*")
# Between the years 1973 and 5138 the size of an epoch time tells its unit.
_UNITS = (("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9))
OLDEST_S, NEWEST_S = 1e8, 1e11
#: How to read a file whose columns cannot be told.
NAME_COLUMNS = (
    "name its columns in their order with --columns timestamp,open,high,low,close,volume, a - for "
    'each other column (in Python columns="…")'
)


@dataclass(frozen=True, slots=True)
class Table:
    """The unchecked candle table of a file, in file order.

    Attributes:
        where: Name of the file, for messages.
        columns: Six float64 arrays (n,) in the order of ``COLUMNS``. Times are whole UTC seconds
            since 1970. NaN where a cell holds no number or time.
        row: Returns the row number in the file, from 1, of an index; in text files the header
            counts.
        cell: Returns the text of the cell at (index, column's position in ``COLUMNS``).
        notices: What the user should know about the file.
        time_kind: Format of the times, for the message "must be <an ISO time>".
        counted_utc: Whether the times have no zone, and were counted as UTC for want of one.
        symbol: The one instrument of the candles, "" where the file does not tell it.
    """

    where: str
    columns: tuple[FloatArray, ...]
    row: Callable[[int], int]
    cell: Callable[[int, int], str]
    notices: tuple[str, ...]
    time_kind: str = "an epoch or ISO time"
    counted_utc: bool = False
    symbol: str = ""


# --- columns -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column of a table is what.

    Attributes:
        positions: Column index of each of ``COLUMNS``; the first is that of the time of day where
            the date stands apart.
        date: Column index of a date that stands apart from the time; None for none.
        symbol: Column index of the symbols; None for none.
        notices: What the user should know about the choice.
    """

    positions: tuple[int, ...]
    date: int | None = None
    symbol: int | None = None
    notices: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[int, ...]:
        """Column indices of what is read as text: the symbols, and times whose date is apart."""
        apart = () if self.date is None else (self.date, self.positions[0])
        return apart if self.symbol is None else (*apart, self.symbol)


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


class OtherSymbolsError(CandleError):
    """A file of several symbols has not the one that was asked for."""

    def __init__(self, message: str, symbols: Sequence[str]) -> None:
        """Keep the symbols of the file beside the message."""
        super().__init__(message)
        self.symbols: tuple[str, ...] = tuple(symbols)


def choose_columns(where: str, header: Sequence[str], first: Sequence[str]) -> Roles:
    """Find the columns in a header.

    Args:
        where: Name of the file, for messages.
        header: Names of all columns.
        first: Cells of the first row, () without one: a symbol there tells the base volume, and a
            date and a time of day stand for one timestamp.

    Raises:
        CandleError: A column is missing or occurs twice.
    """
    names = [normal_name(name) for name in header]
    symbol = next((names.index(s) for s in _SYMBOLS if s in names), None)
    pair = "" if symbol is None else "".join(first[symbol : symbol + 1])
    spellings = SPELLINGS | {"volume": _volume_spellings(names, pair)}
    date = _date_apart(names, first)
    if date is not None:
        spellings["timestamp"] = (TIME,)
    spelled = {c: next((s for s in spellings[c] if s in names), None) for c in COLUMNS}
    missing = [column for column, name in spelled.items() if name is None]
    if missing:
        raise CandleError(
            f"{where}: must have the columns {', '.join(COLUMNS)}, got no {', '.join(missing)} in "
            f"{short_repr(','.join(header), 200)}; add them, or rename those that hold them"
        )
    chosen = [name for name in spelled.values() if name is not None]
    repeated = next((name for name in chosen if names.count(name) > 1), None)
    if repeated is not None:
        raise CandleError(
            f"{where}: must have each column once, got {short_repr(repeated)} "
            f"{names.count(repeated)} times; rename or remove all but one"
        )
    positions = tuple(names.index(name) for name in chosen)
    volume = short_repr(header[positions[-1]].strip())
    plain = chosen[-1] in SPELLINGS["volume"] and not {"tickvol", "vol"} <= {*names}
    notices = () if plain else (f"volume taken from the column {volume}",)
    return Roles(positions, date, symbol, notices)


def _date_apart(names: Sequence[str], first: Sequence[str]) -> int | None:
    """Return the column of dates where another one holds the time of day, else None."""
    if names.count(DATE) != 1 or names.count(TIME) != 1 or len(first) < len(names):
        return None
    date, time = names.index(DATE), names.index(TIME)
    apart = ISO_DATE.match(first[date]) and _CLOCK.fullmatch(first[time])
    return date if apart else None


def named_columns(columns: str) -> Roles:
    """Return the roles that a user names, ``timestamp,open,high,low,close,volume,-``."""
    names = column_names(columns)
    date = names.index(DATE) if DATE in names else None
    times = COLUMNS[0] if date is None else TIME
    positions = tuple(names.index(name) for name in (times, *COLUMNS[1:]))
    return Roles(positions, date, names.index(SYMBOL) if SYMBOL in names else None)


def known_layout(rows: Sequence[Sequence[str]]) -> Roles | None:
    """Return the roles of a layout that is known without a header, None for none.

    Args:
        rows: Cells of the first rows. Six plain numbers are ambiguous, OHLC at Binance and OCHL at
            Bitfinex, unless the rows prove Coinbase's low and high.
    """
    first, width = rows[0], len(rows[0])
    if ISO_DATE.match(first[0]):
        metatrader = width in (7, 9) and _CLOCK.fullmatch(first[1])
        return _headerless("a MetaTrader file", (1, 2, 3, 4, 5, 6), date=0) if metatrader else None
    numbers = np.array([[_number(cell) for cell in row] for row in rows if len(row) == width])
    times, _ = epoch_seconds(numbers[0, [0, 6 if width > 6 else 0]])
    if width in (9, 10) and times[0] > 0 and ISO_DATE.match(first[1]) and first[2].strip():
        return _headerless("a CryptoDataDownload file", (0, 3, 4, 5, 6, 7), symbol=2)
    if np.isnan(numbers).any() or np.isnan(times[0]):
        return None
    return _layout_of_numbers(numbers, times)


def _layout_of_numbers(numbers: FloatArray, times: FloatArray) -> Roles | None:
    """Return the roles of rows (n, width) of numbers alone, None for none that is known.

    times: the first row's, and its seventh number as a time.
    """
    width = numbers.shape[1]
    if width == 12 and times[0] < times[1]:
        return _headerless("Binance klines", (0, 1, 2, 3, 4, 5))
    if width == 7 and _are_extremes(numbers[:, 1:5], 2, 1) and not (numbers[:, 6] % 1).any():
        return _headerless("Kraken's OHLCVT", (0, 1, 2, 3, 4, 5))
    if width == 6 and _are_extremes(numbers[:, 1:5], 0, 1):
        return _headerless("Coinbase's time, low, high, open, close, volume", (0, 3, 2, 1, 4, 5))
    return None


def _headerless(name: str, positions: tuple[int, ...], **columns: int) -> Roles:
    return Roles(positions, **columns, notices=(f"no header: read as {name}",))


def _are_extremes(prices: FloatArray, low: int, high: int) -> bool:
    """Return whether two columns must be low and high: they are everywhere, somewhere strictly."""
    open_close = np.delete(prices, [low, high], axis=1)
    below = open_close.min(1) - prices[:, low]
    above = prices[:, high] - open_close.max(1)
    return bool((below >= 0).all() and (above >= 0).all() and ((below > 0) & (above > 0)).any())


def is_number(cell: str) -> bool:
    """Return whether ``float`` accepts the text of a cell."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str) -> float:
    return float(cell) if is_number(cell) else np.nan


def select_symbol(
    where: str, values: Sequence[str], options: CandleOptions
) -> tuple[str | None, tuple[str, ...]]:
    """Return which symbol of a file is meant, None for all rows, and notices.

    Args:
        where: Name of the file, for messages.
        values: The different symbols of the file.
        options: Names one of several. Where the file has one, it only names the instrument.

    Raises:
        CandleError: The file holds several, and none of them is named.
        OtherSymbolsError: Another one is named.
    """
    name = options.symbol
    if len(values) < 2:
        same = name is None or not values or _plain(values[0]) == _plain(name)
        return None, () if same else (f"its symbol is {short_repr(values[0])}, not {name}",)
    if name is not None:
        for key in (str, _plain):
            if matching := [value for value in values if key(value) == key(name)]:
                return matching[0], (f"read the rows of {short_repr(matching[0])} alone",)
    raise _refused_symbols(where, values, name)


def _refused_symbols(where: str, values: Sequence[str], name: str | None) -> CandleError:
    names = ", ".join(short_repr(value, 42) for value in values[:5])
    and_more = f" and {len(values) - 5} more" if len(values) > 5 else ""
    example = shlex.quote(values[0]) if is_symbol(values[0]) else "NAME"
    required = "one symbol" if name is None else f"the symbol {name}"
    message = (
        f"{where}: must hold candles of {required}, got those of {names}{and_more}; choose one "
        f'with --symbol {example} (in Python symbol="…")'
    )
    return CandleError(message) if name is None else OtherSymbolsError(message, values)


def files_of_symbol(
    where: str, symbols: Mapping[str, Sequence[str]], options: CandleOptions
) -> tuple[set[str], tuple[str, ...]]:
    """Return which files of a folder to read, and notices.

    Args:
        where: Name of the folder, for messages.
        symbols: The symbols in each file that are to be read or to be left out, () in one that
            does not tell them; such a file is read.
        options: Names one of several. Where all files have the same, it only names the instrument.

    Raises:
        CandleError: The files have several symbols, and none of them is named.
    """
    values = {_plain(value): value for found in symbols.values() for value in found}
    if len(values) < 2:
        return {*symbols}, ()
    if options.symbol is None or _plain(options.symbol) not in values:
        raise _refused_symbols(where, list(values.values()), options.symbol)
    wanted = _plain(options.symbol)
    kept = {file for file, found in symbols.items() if not found or wanted in map(_plain, found)}
    left_out = ", ".join(short_repr(PurePath(file).name) for file in symbols if file not in kept)
    return kept, (f"left out, as without the symbol {options.symbol}: {left_out}",)


def _plain(symbol: str) -> str:
    return "".join(filter(str.isalnum, symbol)).casefold()


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
