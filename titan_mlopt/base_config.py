"""The config around which parameters are varied: a file's, or production's defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from titan_mlopt.errors import ConfigError, shown
from titan_mlopt.params import DEFAULTS, Params, ParamValue, Range, check_param, merge_config
from titan_mlopt.space import Space, check_name

_SIZE_LIMIT = 1_000_000
_HUGE = 1e15  # as in a space; also what JSON calls Infinity


def load_config(path: str | Path) -> Params:
    """Return the config of a flat JSON file ``{name: number or bool}``, as ``pull`` writes it.

    Raises ``ConfigError`` that names the file.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise ConfigError(
            f"{path}: must be a readable file, got {error.strerror}; pass one that `titan-mlopt "
            "pull` or `export` wrote"
        ) from error
    if len(raw) > _SIZE_LIMIT:
        raise ConfigError(f"{path}: must be at most {_SIZE_LIMIT:,} bytes, got more; is it JSON?")
    try:
        content: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{path}: must be JSON, got {shown(str(error))}; pull or export it again"
        ) from error
    if not isinstance(content, dict) or not content:
        raise ConfigError(
            f"{path}: must be {{name: number or bool, …}}, got {shown(content)}; pull or export it "
            "again"
        )
    for name, value in content.items():
        try:
            check_name(name)
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from error
        if not _is_value(value):
            raise ConfigError(
                f"{path}: {name} must be a number or a bool, got {shown(value)}; leave it out"
            )
    return content


def _is_value(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < _HUGE)


def base_config(
    space: Space,
    given: Mapping[str, ParamValue] | None = None,
    *,
    embedded: bool = True,
    where: str = "config",
) -> Params:
    """Return the whole config of a base run: what is given, over the space's fixed values.

    What neither has comes from production's defaults: every key for the embedded backtest, of
    another one the keys of the space alone, for it has defaults of its own. where: names the config
    in messages. Raises ``ConfigError`` for a key of the space without a value, a value outside its
    range, and one that differs from the space's fixed one.
    """
    known = {name: value for name, value in DEFAULTS.items() if embedded or name in space.ranges}
    own = dict(given or {})
    try:
        for name in own:
            if embedded or name in DEFAULTS:
                check_param(name, own[name])
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    for name, value in space.fixed.items():
        if own.get(name, value) != value:
            raise ConfigError(
                f"{where}: {name} must be {value}, at which the space holds it, got {own[name]}; "
                "change one of the two"
            )
    config = {**known, **space.fixed, **own}
    for name, bounds in space.ranges.items():
        _check_inside(where, name, config.get(name), bounds)
    return merge_config(config) if embedded else config


def _check_inside(where: str, name: str, value: ParamValue | None, bounds: Range) -> None:
    low, high, kind = bounds
    if value is None:
        raise ConfigError(
            f"{where}: must hold {name}, of which no default is known, got none; pass a config "
            "that has it"
        )
    whole = "a whole number" if kind == "int" else "a number"
    good = isinstance(value, int if kind == "int" else int | float) and not isinstance(value, bool)
    if not good or not low <= value <= high:
        raise ConfigError(
            f"{where}: {name} must be {whole} from {low:g} to {high:g}, as the space says, got "
            f"{shown(value)}; pass another config or widen the space"
        )
