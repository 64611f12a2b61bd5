"""Parsing JSON that another program or a user wrote."""

from __future__ import annotations

import json
import math
from typing import Any

from titan_mlopt.core.errors import short_repr

#: Limit of lists and objects within each other; what this project reads has fewer than ten.
MOST_LEVELS = 100
#: Whole numbers must be smaller than this: they fit into 64 bits.
MOST_WHOLE = 2**63

_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def parse_json(raw: bytes | str, *, strict: bool = True) -> Any:
    """Return the value of a JSON text that nests its lists and objects at most 100 deep.

    The depth is checked before the text is parsed. A parser that runs into Python's limit of
    recursion would raise an error that can be caught, but destructors that run at that moment
    fail as well.

    Args:
        raw: The text, or its bytes in UTF-8, UTF-16 or UTF-32.
        strict: Whether each key of an object must be unique, and each number finite, whole ones
            below 2**63. Otherwise the last of equal keys counts, and ``NaN`` is a float.

    Raises:
        ValueError: It is no JSON, nested too deeply, or holds what ``strict`` refuses; see
            ``json_fault``.
    """
    text = raw if isinstance(raw, str) else raw.decode(json.detect_encoding(raw), "surrogatepass")
    check_levels(text)
    return _STRICT.decode(text) if strict else json.loads(text)


def check_levels(text: str) -> None:
    """Raise ``ValueError`` if a text nests its brackets more than 100 deep."""
    if is_deep(text):
        raise ValueError(f"must nest lists and objects at most {MOST_LEVELS} deep, got more")


def json_fault(error: ValueError) -> str:
    """Return what is wrong with a text that ``parse_json`` refused: what must be, and what is."""
    if isinstance(error, json.JSONDecodeError | UnicodeError):
        return f"must be JSON, got {short_repr(str(error))}"
    return f"{error}"


def is_deep(text: str) -> bool:
    """Return whether a JSON text nests its lists and objects more than 100 deep.

    The time grows with the length of the text, whatever is in it.
    """
    if len(text) <= MOST_LEVELS or text.count("[") + text.count("{") <= MOST_LEVELS:
        return False
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    outside_of_strings = "".join(text.split('"')[::2])
    brackets = outside_of_strings.encode("utf-8", "replace").translate(_TO_SQUARE, _NO_BRACKETS)
    for _ in range(MOST_LEVELS):  # each pass takes the innermost level away
        inner, brackets = brackets, brackets.replace(b"[]", b"")
        if inner == brackets:
            break
    return brackets.count(b"[") > MOST_LEVELS or b"[]" in brackets


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"must name each key of an object once, got {twice[:40]!r} twice")
    return content


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"must hold finite numbers, got {text[:40]}")
    return number


def _whole(text: str) -> int:
    number = int(text) if len(text) < 40 else MOST_WHOLE
    if abs(number) >= MOST_WHOLE:
        raise ValueError(f"must hold whole numbers below 2**63, got {text[:40]}")
    return number


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_int=_whole, parse_constant=_finite
)
