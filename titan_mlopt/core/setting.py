"""One setting: the rule for its values, and its command-line option."""

from __future__ import annotations

import dataclasses
import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.search_space import Space, load_space

#: Leaves the choice to the program.
AUTO = "auto"
#: Texts for "no value".
NONE, EMBEDDED = "none", "embedded"

#: Kinds of options, by the text they accept. "optional" ones give None for 0, "auto" ones None for
#: auto. A switch stands alone, or is followed by true or false, as MLflow passes it.
TEXT, COUNT, POSITIVE, OPTIONAL_COUNT = "text", "count", "positive", "optional count"
NUMBER, OPTIONAL_NUMBER, CHOICE, SWITCH = "number", "optional number", "choice", "switch"
AUTO_SHARE, AUTO_POSITIVE, SPACE = "share or auto", "positive or auto", "space"
#: Names with commas between them; the option may also be repeated.
NAMES = "names"
#: A number of jobs, or ``ALL_CORES``.
JOBS = "jobs"
ALL_CORES = -1
JOBS_MUST_BE = f"a whole number >= 1, or {ALL_CORES} for all cores"

#: Commands that have options of settings.
TUNE, SENSITIVITY, PLATEAU, PLACEBO = "tune", "sensitivity", "plateau", "placebo"
WALK, CHECK = "walk", "check-backtest"

_MOST_BYTES = 2**62
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(I?)B?|B)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting with its command-line option.

    Attributes:
        name: Name of the option and of MLproject's parameter, with underscores.
        kind: Kind of the option, TEXT for instance.
        default: The option's default, as typed.
        help: Help text of the option.
        field: Field of ``TunerConfig``, "" for a setting of one call or of the database.
        spellings: Values of the field by the text that is typed for them, where that is not the
            value itself; of a switch by "true" and "false".
        pins: Whether a study refuses to be resumed with another value.
        path: Whether it names a file or a folder.
        choices: The allowed texts of a CHOICE.
        commands: The commands that have the option.
    """

    name: str
    kind: str
    default: str
    help: str
    field: str = ""
    spellings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    pins: bool = False
    path: bool = False
    choices: tuple[str, ...] = ()
    commands: tuple[str, ...] = (TUNE,)

    @property
    def option(self) -> str:
        """The option as typed, ``--n-trials``."""
        return "--" + self.name.replace("_", "-")

    @property
    def may_be_auto(self) -> bool:
        """Whether "auto" chooses the value by the number of candles."""
        return self.kind in (AUTO_SHARE, AUTO_POSITIVE)

    def value(self, chosen: Any) -> Any:
        """Return the field's value for the parsed value of the option.

        Raises:
            ConfigError: A space's file cannot be read or holds no valid space.
        """
        if self.kind == SPACE:
            return Space() if chosen == NONE else load_space(chosen)
        if self.kind == SWITCH:
            return self.spellings["true" if chosen else "false"]
        return self.spellings.get(chosen, chosen) if isinstance(chosen, str) else chosen

    def text(self, value: Any) -> str:
        """Return the text to type for a value of the field."""
        return next((text for text, v in self.spellings.items() if v == value), str(value))


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule for the values of a field.

    Attributes:
        kind: Kind of the field's option.
        check: Called with the field's name and value; raises ``ConfigError`` for a bad value.
        choices: The allowed texts of a CHOICE.
    """

    kind: str
    check: Callable[[str, Any], None]
    choices: tuple[str, ...] = ()


def declare(
    default: Any,
    rule: Rule,
    help: str = "",
    *,
    typed: str | None = None,
    optional: bool = False,
    repr: bool = True,
    **option: Any,
) -> Any:
    """Return the dataclass field of a setting.

    Args:
        default: Default of the field, or a class that is called for it. A default of None makes
            the field optional.
        rule: Rule for its values.
        help: Help text of its option, "" for a field without an option.
        typed: Default of the option as typed, where it differs from the field's.
        optional: Whether None is allowed although the default is not None.
        repr: Whether ``repr`` shows the value; False for what may hold a password.
        **option: Attributes of ``Setting`` that do not follow from field and rule.
    """
    metadata: dict[str, Any] = {"rule": rule, "optional": optional or default is None}
    if help:
        if rule.kind == SWITCH:
            typed, option["spellings"] = "false", {"true": not default, "false": default}
        if typed is None:
            typed = next((t for t, v in option.get("spellings", {}).items() if v == default), None)
        option = {"kind": rule.kind, "choices": rule.choices, **option}
        metadata["option"] = {
            "help": help,
            "default": str(default) if typed is None else typed,
            **option,
        }
    if isinstance(default, type):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, repr=repr, metadata=metadata)


def check_fields(config: Any, fields: tuple[dataclasses.Field[Any], ...]) -> None:
    """Raise ``ConfigError`` for the first declared field whose value breaks its rule."""
    for field in fields:
        value = getattr(config, field.name)
        if value is not None or not field.metadata["optional"]:
            field.metadata["rule"].check(field.name, value)


def setting_of(field: dataclasses.Field[Any]) -> Setting | None:
    """Return the setting of a declared field, None for one without an option."""
    option = field.metadata.get("option")
    return option and Setting(**{"name": field.name, "field": field.name, **option})


# --- rules ---------------------------------------------------------------------------------------


def whole(low: int) -> Rule:
    """Return the rule for whole numbers >= ``low``."""
    return Rule(POSITIVE if low else COUNT, partial(check_whole, low=low))


def number(low: float, high: float = math.inf, *, open: bool = False) -> Rule:
    """Return the rule for finite numbers within bounds, as in ``check_number``."""
    return Rule(NUMBER, partial(check_number, low=low, high=high, open=open))


def choice(*choices: str) -> Rule:
    """Return the rule for one text out of ``choices``."""

    def check(name: str, value: Any) -> None:
        if value not in choices:
            raise ConfigError(
                f"{name}: must be one of {', '.join(choices)}, got {short_repr(value)}"
            )

    return Rule(CHOICE, check, choices)


def text(is_good: Callable[[Any], bool], must_be: str, kind: str = TEXT) -> Rule:
    """Return the rule for values that pass a test.

    Args:
        is_good: The test.
        must_be: What a value must be, for the error message; after "; " an optional remedy.
        kind: Kind of the option.
    """
    noun, _, remedy = must_be.partition("; ")

    def check(name: str, value: Any) -> None:
        if not is_good(value):
            advice = remedy and f"; {remedy}"
            raise ConfigError(f"{name}: must be {noun}, got {short_repr(value)}{advice}")

    return Rule(kind, check)


def check_whole(name: str, value: object, low: int) -> None:
    """Raise ``ConfigError`` unless ``value`` is an int, no bool, and >= ``low``."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise ConfigError(f"{name}: must be a whole number >= {low}, got {short_repr(value)}")


def check_names(name: str, values: object) -> tuple[str, ...]:
    """Return a sequence of names as a tuple.

    Raises:
        ConfigError: It is something else, or a name of it is empty.
    """
    names = values if isinstance(values, list | tuple) else (None,)
    if not all(isinstance(value, str) and value.strip() for value in names):
        raise ConfigError(f"{name}: must be a list of names, got {short_repr(values)}; pass a list")
    return tuple(names)


def check_number(
    name: str, value: object, low: float, high: float = math.inf, *, open: bool = False
) -> None:
    """Check a number.

    Args:
        name: Of the setting, for the error message.
        value: An int or float, no bool.
        low: Lower bound.
        high: Upper bound.
        open: Whether the bounds themselves are excluded.

    Raises:
        ConfigError: It is no finite number within the bounds.
    """
    mark = "" if open else "="
    bounds = f">{mark} {low:g}" + (f" and <{mark} {high:g}" if high < math.inf else "")
    good = isinstance(value, int | float) and not isinstance(value, bool)
    most = min(high, sys.float_info.max)
    if not good or not low <= value <= most or (open and value in (low, high)):  # type: ignore[operator]  # a number by now
        raise ConfigError(f"{name}: must be a number {bounds}, got {short_repr(value)}")


def read_size(name: str, value: object, low: int) -> int:
    """Return a size in bytes.

    Args:
        name: Of the setting, for the error message.
        value: Bytes, or text such as "2GB" or "2G" (10^9 each) or "2GiB" (2^30 each).
        low: Smallest size allowed.

    Raises:
        ConfigError: It is no size, or less than ``low``.
    """
    match = _SIZE.fullmatch(value.strip().upper()) if isinstance(value, str) else None
    size: float = -1
    if match:
        amount, unit, binary = match.groups()
        size = float(amount) * (1024 if binary else 1000) ** " KMGT".index(unit or " ")
    elif isinstance(value, int) and not isinstance(value, bool):
        size = value
    if not low <= size <= _MOST_BYTES:
        raise ConfigError(
            f"{name}: must be a size of at least {low / 1e6:g} MB, as 2GB or 512MiB, got "
            f"{short_repr(value)}; leave it out for the default"
        )
    return int(size)
