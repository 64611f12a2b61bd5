"""Configs in a file: one as JSON, or several as a JSON list or as the rows of a CSV file."""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path
from typing import Any

from titan_mlopt.core.config_files import check_config
from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.files import read_json, read_text
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.parameters import PARAMETER_NAME, Params, is_number

#: The most configs that a file may hold.
MOST_CONFIGS = 1000
_REMEDY = "pass a config that `titan-mlopt pull` or `export` wrote, or a list of such"


def load_configs(path: str | Path) -> list[tuple[str, Params]]:
    """Return the configs of a file, each with its place in it.

    Args:
        path: A ``.csv`` file with a column a parameter, in which cells that are no numbers are
            left out; else JSON: one config as ``pull`` writes it, or a list of configs.

    Returns:
        ``("config.json", params)`` for a single config, else ``("configs.csv row 2", params)``;
        rows are counted from 1, below the header.

    Raises:
        ConfigError: The file cannot be read, or holds something else or too much; the message
            names the file.
    """
    name = Path(path).name
    if name.lower().endswith(".csv"):
        configs: list[Any] = _rows(path, read_text(path, _REMEDY))
    else:
        content = read_json(path, _REMEDY)
        if isinstance(content, dict):
            return [(name, check_config(str(path), content, _REMEDY))]
        configs = content if isinstance(content, list) else []
    if not 1 <= len(configs) <= MOST_CONFIGS:
        raise ConfigError(
            f"{path}: must hold 1 to {MOST_CONFIGS:,} configs, got {len(configs)}; {_REMEDY}"
        )
    return [
        (f"{name} row {row}", check_config(f"{path} row {row}", config, _REMEDY))
        for row, config in enumerate(configs, start=1)
    ]


def _rows(path: str | Path, text: str) -> list[Params]:
    try:
        rows = list(csv.DictReader(text.splitlines(), strict=False))
    except csv.Error as error:  # a cell of more than 131,072 characters
        raise ConfigError(
            f"{path}: must be CSV, got {short_repr(str(error))}; {_REMEDY}"
        ) from error
    return [
        {name: value for name, cell in row.items() if (value := _number(name, cell)) is not None}
        for row in rows
    ]


def _number(name: str | None, cell: object) -> bool | int | float | None:
    """Return the number or bool of a cell; None for any other text, and without a column."""
    if isinstance(name, str) and PARAMETER_NAME.fullmatch(name):
        with suppress(ValueError):
            value = parse_json(str(cell).strip().lower())
            if isinstance(value, bool) or is_number(value):
                return value
    return None
