"""The base config around which parameters are varied: from a file, or production's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.files import read_json
from titan_mlopt.core.parameters import (
    DEFAULTS,
    Params,
    ParamValue,
    Range,
    check_param,
    merge_config,
)
from titan_mlopt.core.search_space import Space, check_name, is_number


def load_config(path: str | Path) -> Params:
    """Return the config in a flat JSON file ``{name: number or bool}``, as ``pull`` writes it.

    Raises:
        ConfigError: The file cannot be read or holds something else; the message names the file.
    """
    remedy = "pass one that `titan-mlopt pull` or `export` wrote"
    return check_config(str(path), read_json(path, remedy), "pull or export it again")


def check_config(where: str, content: object, remedy: str) -> Params:
    """Return what was read as a config: ``{name: number or bool}``, at least one.

    Args:
        where: Names its place in messages.
        content: Parsed JSON.
        remedy: End of the message about something else than a config.

    Raises:
        ConfigError: It is something else.
    """
    if not isinstance(content, dict) or not content:
        raise ConfigError(
            f"{where}: must be {{name: number or bool, …}}, got {short_repr(content)}; {remedy}"
        )
    for name, value in content.items():
        try:
            check_name(name)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from error
        if not isinstance(value, bool) and not is_number(value):
            raise ConfigError(
                f"{where}: {name} must be a number or a bool, got {short_repr(value)}; leave it out"
            )
    return content


def base_config(
    space: Space,
    values: Mapping[str, ParamValue] | None = None,
    *,
    embedded: bool = True,
    where: str = "config",
) -> Params:
    """Return the full config of a base run.

    Args:
        space: The search space; its fixed values are part of the config.
        values: Chosen values. For the rest production's defaults are used: all of them for the
            embedded backtest; for an external one, which has its own defaults, only those of
            parameters in the space.
        embedded: Whether the backtest is the embedded one.
        where: Names the config in error messages.

    Raises:
        ConfigError: A parameter of the space has no value, a value is out of its range, or one
            differs from the space's fixed value.
    """
    defaults = {name: value for name, value in DEFAULTS.items() if embedded or name in space.ranges}
    chosen = dict(values or {})
    try:
        for name in chosen:
            if embedded or name in DEFAULTS:
                check_param(name, chosen[name])
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    for name, value in space.fixed.items():
        if chosen.get(name, value) != value:
            raise ConfigError(
                f"{where}: {name} must be {value}, at which the space holds it, got "
                f"{chosen[name]}; change one of the two"
            )
    config = {**defaults, **space.fixed, **chosen}
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
            f"{short_repr(value)}; pass another config or widen the space"
        )
