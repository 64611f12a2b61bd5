"""Search spaces: which parameters are drawn from which ranges, and what the others are held at."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from titan_mlopt.errors import ConfigError, shown
from titan_mlopt.params import (
    DEFAULTS,
    TUNABLE_PARAMS,
    Params,
    ParamValue,
    Range,
    check_param,
    digest,
)

_KINDS = ("int", "float", "log")
_NAME = re.compile(r"[A-Za-z_][\w.\-]{0,199}", re.ASCII)
_SIZE_LIMIT = 1_000_000
_HUGE = 1e15  # beyond, whole numbers are not told apart as floats; also what JSON calls Infinity


@dataclass(frozen=True)
class Space:
    """ranges: ``{name: (low, high, kind)}`` of what is drawn. fixed: values of what is not.

    Names and values that production Titan has must lie in its ranges; others are a backtest's own.
    Raises ``ConfigError``.
    """

    ranges: Mapping[str, Range] = field(default_factory=lambda: dict(TUNABLE_PARAMS))
    fixed: Mapping[str, ParamValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every name, range and value."""
        if not self.ranges:
            raise ConfigError("space: must have a parameter to draw, got none; add one to ranges")
        for name, bounds in self.ranges.items():
            check_name(name)
            _check_range(name, bounds)
        for name, value in self.fixed.items():
            check_name(name)
            if name in self.ranges:
                raise ConfigError(f"space: {name} must be drawn or fixed, got both; leave one out")
            if name in DEFAULTS:
                check_param(name, value)
            elif not isinstance(value, bool) and not _is_number(value):
                raise ConfigError(f"space: {name} must be a number or a bool, got {shown(value)}")

    @property
    def digest(self) -> str:
        """SHA-256 of ranges and fixed values; with nothing fixed, of the ranges alone."""
        ranges = {name: list(bounds) for name, bounds in self.ranges.items()}
        return digest({"ranges": ranges, "fixed": dict(self.fixed)} if self.fixed else ranges)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names that the embedded predictor does not have."""
        return tuple(name for name in (*self.ranges, *self.fixed) if name not in DEFAULTS)

    def point(self) -> Params:
        """Return one point: Titan's default where it lies in the range, else the range's middle."""
        return self.complete({name: _inner(name, bounds) for name, bounds in self.ranges.items()})

    def complete(self, params: Params) -> Params:
        """Return drawn params with the fixed values."""
        return {**self.fixed, **params}


def check_name(name: object) -> None:
    """Raise ``ConfigError`` for the name of a parameter that databases and MLflow may not take."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(
            "space: a name must be 1 to 200 letters, digits, dots, dashes and underscores, a "
            f"letter first, got {shown(name)}; rename it"
        )


def _inner(name: str, bounds: Range) -> ParamValue:
    low, high, kind = bounds
    default = DEFAULTS.get(name)
    if default is not None and low <= default <= high:
        return default
    middle = math.sqrt(low * high) if kind == "log" else (low + high) / 2
    return int(middle) if kind == "int" else middle


def _check_range(name: str, bounds: Any) -> None:
    where = f"space: {name}"
    if not isinstance(bounds, list | tuple) or len(bounds) != 3 or bounds[2] not in _KINDS:
        kinds = ", ".join(_KINDS)
        raise ConfigError(
            f"{where} must be [low, high, kind], kind one of {kinds}, got {shown(bounds)}"
        )
    low, high, kind = bounds
    numbers = all(map(_is_number, (low, high)))
    whole = kind != "int" or all(isinstance(v, int) for v in (low, high))
    if not numbers or not whole or not low < high or (kind == "log" and low <= 0):
        raise ConfigError(
            f"{where} must have low < high, whole for int and above 0 for log, got {shown(bounds)}"
        )
    if name in DEFAULTS:
        if kind != TUNABLE_PARAMS.get(name, (0, 0, kind))[2]:
            raise ConfigError(f"{where} must be of kind {TUNABLE_PARAMS[name][2]}, got {kind!r}")
        for value in (low, high):
            check_param(name, value)


def _is_number(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < _HUGE  # type: ignore[arg-type]  # a number by now


def load_space(path: str | Path) -> Space:
    """Return the space of a JSON file ``{"ranges": {name: [low, high, kind]}, "fixed": {…}}``.

    Raises ``ConfigError`` that names the file.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise ConfigError(f"{path}: must be a readable file, got {error.strerror}") from error
    if len(raw) > _SIZE_LIMIT:
        raise ConfigError(f"{path}: must be at most {_SIZE_LIMIT:,} bytes, got more")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: must be JSON, got {shown(str(error))}") from error
    keys = set(content) if isinstance(content, dict) else set()
    if (
        not keys
        or not keys <= {"ranges", "fixed"}
        or not all(isinstance(content[k], dict) for k in keys)
    ):
        raise ConfigError(
            f'{path}: must be {{"ranges": {{…}}, "fixed": {{…}}}}, got {shown(content)}'
        )
    ranges = {
        name: tuple(bounds) if isinstance(bounds, list) else bounds
        for name, bounds in content.get("ranges", {}).items()
    }
    try:
        return Space(ranges, content.get("fixed", {}))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def space_text(space: Space) -> str:
    """Return the space as the JSON that ``load_space`` reads."""
    ranges = {name: list(bounds) for name, bounds in space.ranges.items()}
    return json.dumps({"ranges": ranges, "fixed": dict(space.fixed)}, indent=2) + "\n"
