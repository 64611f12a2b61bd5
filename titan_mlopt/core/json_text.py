"""Parsing JSON that another program or a user wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

#: Limit of lists and objects within each other; what this project reads has fewer than ten.
MOST_LEVELS = 100

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)


def parse_json(raw: bytes | str, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Return the value of a JSON text that nests its lists and objects at most 100 deep.

    The depth is checked before the text is parsed. A parser that runs into Python's limit of
    recursion would raise an error that can be caught, but destructors that run at that moment
    fail as well.

    Args:
        raw: The text, or its bytes in UTF-8, UTF-16 or UTF-32.
        parse_constant: Returns the value of ``NaN``, ``Infinity`` and ``-Infinity``; None takes
            them for floats.

    Raises:
        ValueError: It is no JSON, or nested too deeply.
    """
    text = raw if isinstance(raw, str) else raw.decode(json.detect_encoding(raw), "surrogatepass")
    check_levels(text)
    return json.loads(text, parse_constant=parse_constant)


def check_levels(text: str) -> None:
    """Raise ``ValueError`` if a text nests its brackets more than 100 deep."""
    if text.count("[") + text.count("{") > MOST_LEVELS and _levels(text) > MOST_LEVELS:
        raise ValueError(f"lists and objects must nest at most {MOST_LEVELS} deep, got more")


def _levels(text: str) -> int:
    """Return how deep lists and objects are nested; brackets within strings do not count."""
    deepest = level = 0
    for match in _TOKEN.finditer(text):
        first = text[match.start()]
        if first != '"':
            level += 1 if first in "[{" else -1
            deepest = max(deepest, level)
    return deepest
