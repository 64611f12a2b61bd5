"""Types of the command line's options, with messages in the house's grammar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.errors import shown

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any, Any]
else:
    _ParamType = click.ParamType  # older ones have no type arguments


class _Whole(_ParamType):
    name = "integer"

    def __init__(self, *, low: int = 0, zero_is_none: bool = False) -> None:
        self._low, self._zero_is_none = low, zero_is_none

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        number: int | None
        try:
            number = int(str(value))
        except ValueError:
            number = None
        if number is None or number < self._low:
            got = shown(value if number is None else number)
            self.fail(f"must be a whole number >= {self._low}, got {got}", param, ctx)
        return None if number == 0 and self._zero_is_none else number


class _Number(_ParamType):
    name = "number"

    def __init__(self, *, zero_is_none: bool = False) -> None:
        self._zero_is_none = zero_is_none

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number >= 0):
            self.fail(f"must be a number >= 0, got {shown(value)}", param, ctx)
        return None if number == 0 and self._zero_is_none else number


class _BestOrWhole(_Whole):
    name = "best|integer"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        return None if value == "best" else super().convert(value, param, ctx)


class CHOICE(_ParamType):
    """One of a few words."""

    name = "choice"

    def __init__(self, choices: Sequence[str]) -> None:
        self._choices = tuple(choices)

    def get_metavar(self, *_: object, **__: object) -> str:
        """Return the words, for the help."""
        return "[" + "|".join(self._choices) + "]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word, or fail with the words there are."""
        if value not in self._choices:
            self.fail(f"must be one of {', '.join(self._choices)}, got {shown(value)}", param, ctx)
        return str(value)


class _Auto(_ParamType):
    """A value of another type, or the word that leaves it to the candles, which becomes None."""

    def __init__(self, other: click.ParamType[Any, Any]) -> None:
        self._other, self.name = other, f"{AUTO}|{other.name}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return None if value == AUTO else self._other.convert(value, param, ctx)


class _Share(_ParamType):
    """A part of the whole, as a number from 0 to 1 or in percent."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = math.nan
        if not 0 <= share <= 1:
            got = shown(value)
            self.fail(f"must be a share such as 0.2 or 20%, 0 for none, got {got}", param, ctx)
        return share


#: The word for what the candles decide.
AUTO = "auto"
COUNT = _Whole()
#: A number, or None for the word best.
BEST_OR_COUNT = _BestOrWhole()
POSITIVE = _Whole(low=1)
OPTIONAL_COUNT = _Whole(zero_is_none=True)
NUMBER = _Number()
OPTIONAL_NUMBER = _Number(zero_is_none=True)
AUTO_SHARE = _Auto(_Share())
AUTO_POSITIVE = _Auto(POSITIVE)
