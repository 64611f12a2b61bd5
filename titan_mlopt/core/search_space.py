"""Search spaces: the ranges of the sampled parameters, and the values of the fixed ones."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.files import read_json
from titan_mlopt.core.parameters import (
    DEFAULTS,
    PARAMETER_NAME,
    TUNABLE_PARAMS,
    Params,
    ParamValue,
    Range,
    check_param,
    digest,
)

_KINDS = ("int", "float", "log")
# Above it a float may not hold a whole number exactly. It also refuses JSON's Infinity.
_HUGE = 1e15


@dataclass(frozen=True)
class Space:
    """A search space.

    Parameters of production Titan must stay within its ranges; an external backtest may have
    others.

    Attributes:
        ranges: ``{name: (low, high, kind)}`` of the sampled parameters, both ends included; kind
            is "int", "float" or "log". At least one; by default Titan's 21.
        fixed: Values of parameters that are not sampled.
        path: Absolute path of the file that it was read from, "" for none; ignored by ``==``.

    Raises:
        ConfigError: A name, range or value is not allowed.
    """

    ranges: Mapping[str, Range] = field(default_factory=lambda: dict(TUNABLE_PARAMS))
    fixed: Mapping[str, ParamValue] = field(default_factory=dict)
    path: str = field(default="", compare=False, repr=False)

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
            elif not isinstance(value, bool) and not is_number(value):
                raise ConfigError(
                    f"space: {name} must be a number or a bool, got {short_repr(value)}"
                )

    @property
    def digest(self) -> str:
        """SHA-256 of ranges and fixed values, or of the ranges alone when nothing is fixed."""
        ranges = {name: list(bounds) for name, bounds in self.ranges.items()}
        return digest({"ranges": ranges, "fixed": dict(self.fixed)} if self.fixed else ranges)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The parameters that the embedded predictor does not have."""
        return tuple(name for name in (*self.ranges, *self.fixed) if name not in DEFAULTS)

    def point(self) -> Params:
        """Return one point: Titan's defaults, or the middle of the range where it excludes them."""
        return self.complete({name: _inner(name, bounds) for name, bounds in self.ranges.items()})

    def complete(self, params: Params) -> Params:
        """Return sampled params with the fixed values added."""
        return {**self.fixed, **params}


def check_name(name: object) -> None:
    """Raise ``ConfigError`` unless databases and MLflow accept this name of a parameter."""
    if not isinstance(name, str) or not PARAMETER_NAME.fullmatch(name):
        raise ConfigError(
            "space: a name must be 1 to 200 letters, digits, dots, dashes and underscores, a "
            f"letter first, got {short_repr(name)}; rename it"
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
            f"{where} must be [low, high, kind], kind one of {kinds}, got {short_repr(bounds)}"
        )
    low, high, kind = bounds
    numbers = all(map(is_number, (low, high)))
    whole = kind != "int" or all(isinstance(v, int) for v in (low, high))
    if not numbers or not whole or not low < high or (kind == "log" and low <= 0):
        raise ConfigError(
            f"{where} must have low < high, whole for int and above 0 for log, got "
            f"{short_repr(bounds)}"
        )
    if name in DEFAULTS:
        if kind != TUNABLE_PARAMS.get(name, (0, 0, kind))[2]:
            raise ConfigError(f"{where} must be of kind {TUNABLE_PARAMS[name][2]}, got {kind!r}")
        for value in (low, high):
            check_param(name, value)


def is_number(value: object) -> bool:
    """Return whether a value is an int or float, no bool, of less than 1e15 in size."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < _HUGE  # type: ignore[arg-type]  # a number by now


def load_space(path: str | Path) -> Space:
    """Return the space in a JSON file ``{"ranges": {name: [low, high, kind]}, "fixed": {…}}``.

    ``candles``, which says on which ones the space was found, and ``reasons``, which says why
    ranges are as they are, are for its reader alone.

    Raises:
        ConfigError: The file cannot be read or holds no valid space; the message names the file.
    """
    content = read_json(path)
    keys = set(content) if isinstance(content, dict) else set()
    if (
        not keys
        or not keys <= {"ranges", "fixed", "candles", "reasons"}
        or not all(isinstance(content[k], dict) for k in keys)
    ):
        raise ConfigError(
            f'{path}: must be {{"ranges": {{…}}, "fixed": {{…}}}}, got {short_repr(content)}'
        )
    ranges = {
        name: tuple(bounds) if isinstance(bounds, list) else bounds
        for name, bounds in content.get("ranges", {}).items()
    }
    try:
        return Space(ranges, content.get("fixed", {}), str(Path(path).absolute()))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def space_text(
    space: Space,
    candles: Mapping[str, object] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> str:
    """Return the space as JSON text that ``load_space`` reads.

    Args:
        space: The space.
        candles: Those on which it was found, as ``Candles.describe`` tells them; None where it was
            not found on any.
        reasons: Why a range is as it is, by the parameter's name; None for no such section.
    """
    ranges = {name: list(bounds) for name, bounds in space.ranges.items()}
    content: dict[str, object] = {"ranges": ranges, "fixed": dict(space.fixed)}
    if reasons is not None:
        content["reasons"] = dict(reasons)
    if candles is not None:
        content["candles"] = dict(candles)
    return json.dumps(content, indent=2) + "\n"
