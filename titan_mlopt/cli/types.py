"""Types of the command line's options: click's own, refusing as every other setting does."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.core.errors import did_you_mean, short_repr
from titan_mlopt.core.setting import ALL_CORES, JOBS_MUST_BE

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any, Any]
else:
    _ParamType = click.ParamType  # older ones have no type arguments


_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([dhm])", re.ASCII)
_SECONDS = {"d": 86_400, "h": 3600, "m": 60}
_LONGEST_S = 100 * 366 * 86_400


class Choice(click.Choice[str]):
    """One of a few words."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return what the value must be, and what it is."""
        remedy = did_you_mean(value, self.choices)
        return f"must be one of {', '.join(self.choices)}, got {short_repr(value)}{remedy}"


class _Share(click.FloatRange):
    """A part of the whole, as a number from 0 to 1 or in percent."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        text = str(value).strip()
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        return super().convert(share, param, ctx)


class _Jobs(click.IntRange):
    """A number of jobs, none of them never."""

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        number: int = super().convert(value, param, ctx)
        if number == 0:
            raise ValueError(value)
        return number


class _Translated(_ParamType):
    """A range of click's that refuses with what the value must be, and what it is.

    texts: that stand for None. zero_is_none: so does 0.
    """

    def __init__(
        self,
        name: str,
        numbers: Any,
        must_be: str,
        *,
        texts: Sequence[str] = (),
        zero_is_none: bool = False,
    ) -> None:
        self.name = "|".join([*texts, name])
        self._numbers, self._must_be = numbers, must_be
        self._texts, self._zero_is_none = texts, zero_is_none

    def convert(self, value: Any, param: Any, ctx: Any) -> float | None:
        """Return the number, None for a text or a 0 that stands for it, or fail."""
        if value in self._texts:
            return None
        try:
            number: float = self._numbers.convert(str(value), param, ctx)
        except (click.BadParameter, ValueError):
            number = math.nan
        if not math.isfinite(number):
            if isinstance(self._numbers, click.IntRange):
                with suppress(ValueError):  # a whole number out of range stands without quotes
                    value = int(str(value))
            self.fail(f"must be {self._must_be}, got {short_repr(value)}", param, ctx)
        return None if number == 0 and self._zero_is_none else number


class _Duration(_ParamType):
    """A time such as 30d, 12h or 90m, in whole seconds."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the seconds, or fail."""
        match = _DURATION.fullmatch(str(value).strip())
        seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
        if not 1 <= seconds <= _LONGEST_S:
            must_be = "a time in days, hours or minutes such as 30d, 12h or 90m"
            self.fail(f"must be {must_be}, got {short_repr(value)}", param, ctx)
        return round(seconds)


def _whole(least: int, **options: Any) -> _Translated:
    return _Translated(
        "integer", click.IntRange(min=least), f"a whole number >= {least}", **options
    )


#: The word for what the candles decide.
AUTO = "auto"
COUNT = _whole(0)
#: A number, or None for the word best.
BEST_OR_COUNT = _whole(0, texts=("best",))
POSITIVE = _whole(1)
OPTIONAL_COUNT = _whole(0, zero_is_none=True)
NUMBER = _Translated("number", click.FloatRange(min=0), "a number >= 0")
OPTIONAL_NUMBER = _Translated("number", click.FloatRange(min=0), "a number >= 0", zero_is_none=True)
AUTO_SHARE = _Translated(
    "share", _Share(0, 1), "a share such as 0.2 or 20%, 0 for none", texts=(AUTO,)
)
SHARE = _Translated("share", _Share(0, 1), "a share such as 0.2 or 20%")
AUTO_POSITIVE = _whole(1, texts=(AUTO,))
DURATION = _Duration()
JOBS = _Translated("integer", _Jobs(min=ALL_CORES), JOBS_MUST_BE)
