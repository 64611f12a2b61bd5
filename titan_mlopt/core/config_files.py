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
    check_param,
    is_number,
    is_value,
    merge_config,
    same_value,
)
from titan_mlopt.core.search_space import Space, check_name


def load_config(path: str | Path) -> Params:
    """Return the config in a flat JSON file ``{name: number, bool or text}``, as of ``pull``.

    Raises:
        ConfigError: The file cannot be read or holds something else; the message names the file.
    """
    remedy = "pass one that `titan-mlopt pull` or `export` wrote"
    return check_config(str(path), read_json(path, remedy), "pull or export it again")


def check_config(where: str, content: object, remedy: str) -> Params:
    """Return what was read as a config: ``{name: number, bool or text}``, at least one.

    Args:
        where: Names its place in messages.
        content: Parsed JSON.
        remedy: End of the message about something else than a config.

    Raises:
        ConfigError: It is something else.
    """
    if not isinstance(content, dict) or not content:
        raise ConfigError(
            f"{where}: must be {{name: number, bool or text, …}}, got {short_repr(content)}; "
            f"{remedy}"
        )
    for name, value in content.items():
        try:
            check_name(name)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from error
        if not is_value(value):
            raise ConfigError(
                f"{where}: {name} must be a number, a bool or a short text, got "
                f"{short_repr(value)}; leave it out"
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
    names = space.names
    defaults = {name: value for name, value in DEFAULTS.items() if embedded or name in names}
    chosen = dict(values or {})
    _check_chosen(where, chosen, space, embedded=embedded)
    config = {**defaults, **space.fixed, **chosen}
    inactive = space.inactive(config)
    for name in names:
        if name in config or name not in inactive:
            _check_inside(where, name, config.get(name), space)
    _check_constraints(where, config, space)
    config = {name: value for name, value in config.items() if name not in inactive}
    return merge_config(config, beyond=space.beyond_titan) if embedded else config


def _check_constraints(where: str, config: Params, space: Space) -> None:
    for constraint in space.parsed_constraints:
        sides = (config.get(side.name) for side in (constraint.lesser, constraint.greater))
        lesser, greater = (float(value) if is_number(value) else None for value in sides)
        if lesser is not None and greater is not None and not constraint.holds(lesser, greater):
            raise ConfigError(
                f"{where}: must keep {constraint.text}, as the space says, got {lesser:g} and "
                f"{greater:g}; pass another config"
            )


def _check_inside(where: str, name: str, value: ParamValue | None, space: Space) -> None:
    if value is None:
        raise ConfigError(
            f"{where}: must hold {name}, of which no default is known, got none; pass a config "
            "that has it"
        )
    if name not in space.ranges:
        choices = space.details[name].choices
        if not any(same_value(value, choice) for choice in choices):
            raise ConfigError(
                f"{where}: {name} must be one of {short_repr(list(choices))}, as the space says, "
                f"got {short_repr(value)}; pass another config"
            )
        return
    low, high, kind = space.ranges[name]
    whole = "a whole number" if kind == "int" else "a number"
    good = is_number(value) and (kind != "int" or isinstance(value, int))
    if not good or not low <= value <= high:  # type: ignore[operator]  # a number
        raise ConfigError(
            f"{where}: {name} must be {whole} from {low:g} to {high:g}, as the space says, got "
            f"{short_repr(value)}; pass another config or widen the space"
        )


def _check_chosen(where: str, chosen: Params, space: Space, *, embedded: bool) -> None:
    """Raise ``ConfigError`` where a value is beyond its range, or not what the space holds."""
    try:
        for name in chosen:
            if embedded or name in DEFAULTS:
                check_param(name, chosen[name], beyond=space.beyond_titan)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    for name, value in space.fixed.items():
        if chosen.get(name, value) != value:
            raise ConfigError(
                f"{where}: {name} must be {value}, at which the space holds it, got "
                f"{chosen[name]}; change one of the two"
            )
