"""A search space as TOML text, to be edited by a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from titan_mlopt.core.parameters import DEFAULTS

if TYPE_CHECKING:
    from titan_mlopt.core.search_space import Space

_HEAD = """\
# A search space: docs/spaces.md explains each key, `titan-mlopt space --check FILE` checks it.
# What is not named here keeps its default. One value instead of { … } fixes a parameter.
"""


def toml_text(space: Space, reasons: Mapping[str, str] | None = None) -> str:
    """Return the space as a TOML file that ``load_space`` reads, one parameter a line.

    Args:
        space: The space.
        reasons: Why a range is as it is, by the parameter's name: a comment on its line.
    """
    lines = [_HEAD]
    if space.constraints:
        lines += ["constraints = [", *(f"  {_toml(text)}," for text in space.constraints), "]\n"]
    lines.append("[parameters]")
    for name in space.names:
        notes = [f"default {_toml(DEFAULTS[name])}"] if name in DEFAULTS else []
        notes += [reasons[name]] if reasons and name in reasons else []
        comment = f"  # {'; '.join(notes)}" if notes else ""
        lines.append(f"{_toml(name)} = {_toml(space.entry(name))}{comment}")
    lines += [f"{_toml(name)} = {_toml(value)}" for name, value in space.fixed.items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """Return a value as TOML, whose strings, numbers and bools are those of JSON."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(v)}" for key, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else json.dumps(key)
