"""What a candle file does not say of itself: its symbol, its time zone, its columns."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from titan_mlopt.core.errors import ConfigError, short_repr

#: The columns of a candle table, in canonical order.
COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
#: Two columns that stand for ``timestamp``, the column of symbols, and one that is not read.
DATE, TIME, SYMBOL, UNREAD = "date", "time", "symbol", "-"

SYMBOL_MUST_BE = "1 to 40 printable characters with a letter or a digit"
ZONE_MUST_BE = "a name of the time zone database; write Europe/Berlin or America/New_York, say"
COLUMNS_MUST_BE = (
    f"the file's columns in its order, each of {', '.join(COLUMNS)} once, date and time for a "
    "timestamp in two columns, symbol, and - for others; write "
    "timestamp,open,high,low,close,volume,- say"
)


def is_symbol(value: object) -> bool:
    """Return whether a value can name an instrument."""
    good = isinstance(value, str) and len(value) <= 40 and value.isprintable()
    return good and any(map(str.isalnum, str(value)))


def is_zone(value: object) -> bool:
    """Return whether the time zone database has a zone of this name."""
    try:
        return isinstance(value, str) and bool(zoneinfo.ZoneInfo(value).key)
    except (KeyError, OSError, ValueError):  # unknown, a folder of zones, a path
        return False


def is_columns(value: object) -> bool:
    """Return whether a value names the columns of a candle file in their order."""
    if not isinstance(value, str):
        return False
    counts = Counter(column_names(value))
    del counts[UNREAD]
    if counts.pop(SYMBOL, 1) != 1:
        return False
    once = dict.fromkeys(COLUMNS, 1)
    apart = {**dict.fromkeys(COLUMNS[1:], 1), DATE: 1, TIME: 1}
    return counts in (once, apart)


def column_names(columns: str) -> list[str]:
    """Return the names in a text such as "timestamp,open,high,low,close,volume,-"."""
    return [name.strip().lower() for name in columns.split(",")]


@dataclass(frozen=True, slots=True)
class CandleOptions:
    """How to read a candle file that does not say it itself.

    Attributes:
        symbol: Which instrument to take from a file of several; None where it has one.
        timezone: Zone of times that are written without one, "Europe/Berlin"; None for UTC.
        columns: The columns in the file's order, "timestamp,open,high,low,close,volume,-"; None
            where a header or a known layout names them.

    Raises:
        ConfigError: One of them cannot be used.
    """

    symbol: str | None = None
    timezone: str | None = None
    columns: str | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        for name, is_good, must_be in (
            ("symbol", is_symbol, SYMBOL_MUST_BE),
            ("timezone", is_zone, ZONE_MUST_BE),
            ("columns", is_columns, COLUMNS_MUST_BE),
        ):
            value, (rule, _, remedy) = getattr(self, name), must_be.partition("; ")
            if value is not None and not is_good(value):
                advice = remedy and f"; {remedy}"
                raise ConfigError(f"{name}: must be {rule}, got {short_repr(value)}{advice}")

    def or_of(self, settings: Mapping[str, Any], *, same_file: bool) -> CandleOptions:
        """Return these, with what a study was read with where they have None.

        Args:
            settings: The study's settings.
            same_file: Whether the study's own file is read: another one may have other columns. The
                study's zone is kept for it, and a notice of its candles names the zone.
        """
        stored = CandleOptions.of(settings)
        columns = self.columns or (stored.columns if same_file else None)
        return CandleOptions(
            self.symbol or stored.symbol, self.timezone or stored.timezone, columns
        )

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Return those of a study's settings; an older study has none."""
        return cls(**{field.name: settings.get(field.name) for field in fields(cls)})


#: A file that says it all itself.
NO_OPTIONS = CandleOptions()
