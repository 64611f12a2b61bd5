"""Files of search spaces in TOML, YAML or JSON, and the line of each of their keys."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.files import read_bytes
from titan_mlopt.core.json_text import MOST_LEVELS, check_levels, parse_json

#: Limit of a YAML or TOML file; JSON files may have a megabyte.
MOST_BYTES = 200_000
Key = tuple[str | int, ...]
# The end of a value in TOML is looked for so often, since each try begins at its first line.
_MOST_TRIES = 50
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,\n]', re.DOTALL)
_LINE_OF_ERROR = re.compile(r"line (\d+)")


class _SyntaxError(ValueError):
    """A text is not of its format; ``line`` is counted from 1."""

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True)
class Document:
    """The content of a file.

    Attributes:
        path: The file.
        content: What it holds.
        lines: Line of each key and list item, counted from 1, by the keys from the top.
    """

    path: str
    content: Any
    lines: Mapping[Key, int]

    def place(self, key: Key) -> str:
        """Return ``file:line`` of a key, or of the nearest key above it; the file for no key."""
        for length in range(len(key), 0, -1):
            if line := self.lines.get(key[:length]):
                return f"{self.path}:{line}"
        return self.path

    def place_of_name(self, key: Key) -> str:
        """Return the same of a key whose first part may stand in any section."""
        whole = [(str(section), *key) for section in self.content]
        known_key = next((k for k in whole if k[:2] in self.lines), key)
        return self.place(known_key)


def read_document(path: str | Path) -> Document:
    """Return the content of a file, whose suffix says what it is: JSON unless TOML or YAML.

    Raises:
        ConfigError: It cannot be read, is too large, is not of its format, has a key twice, or
            nests more than 100 deep; the message names file and line.
    """
    suffix = Path(path).suffix.lower()
    name = {".toml": "TOML", ".yaml": "YAML", ".yml": "YAML"}.get(suffix, "JSON")
    raw = read_bytes(path) if name == "JSON" else read_bytes(path, most=MOST_BYTES)
    readers: Mapping[str, Callable[[bytes], tuple[Any, dict[Key, int]]]]
    readers = {"JSON": _read_json, "TOML": _read_toml, "YAML": _read_yaml}
    try:
        content, lines = readers[name](raw)
    except ValueError as error:  # UnicodeDecodeError is one
        line = getattr(error, "line", None) or getattr(error, "lineno", None)
        where = f"{path}:{line}" if line else str(path)
        raise ConfigError(f"{where}: must be {name}, got {short_repr(str(error))}") from error
    return Document(str(path), content, lines)


def _read_json(raw: bytes) -> tuple[Any, dict[Key, int]]:
    content = parse_json(raw, strict=False)  # keys are told with their lines below
    text = raw.decode(json.detect_encoding(raw), "surrogatepass")
    lines = dict[Key, int]()
    for key, line in _json_keys(text):
        if key in lines:
            raise _SyntaxError(f"the key {short_repr(key[-1])} twice", line)
        lines[key] = line
    return content, lines


def _json_keys(text: str) -> Iterator[tuple[Key, int]]:
    """Yield keys and list items of a valid JSON text with their lines."""
    line, path, last = 1, list[str | int](), ""
    for match in _JSON_TOKEN.finditer(text):
        mark = match[0]
        if mark == "\n":
            line += 1
        elif mark in "{[":
            path.append("" if mark == "{" else 0)
            if mark == "[":
                yield tuple(path), line
        elif mark in "}]":
            path.pop()
        elif mark == "," and isinstance(path[-1], int):
            path[-1] += 1
            yield tuple(path), line
        elif mark == ":":
            path[-1] = json.loads(last)
            yield tuple(path), line
        last = mark if mark != "\n" else last


def _read_toml(raw: bytes) -> tuple[Any, dict[Key, int]]:
    text = raw.decode("utf-8")
    check_levels(text)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _LINE_OF_ERROR.search(str(error))
        raise _SyntaxError(str(error), int(match[1]) if match else None) from error
    except RecursionError as error:  # brackets that hide behind quotes within quotes
        raise _SyntaxError("lists and tables that nest too deeply") from error
    return content, _toml_lines(text, tomllib.loads)


def _toml_lines(text: str, loads: Callable[[str], dict[str, Any]]) -> dict[Key, int]:
    """Return the line of each key: every statement of TOML is a document of its own."""
    lines, header, chunk, tries = dict[Key, int](), Key(), list[str](), 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not chunk and line.lstrip().startswith("#"):
            continue
        chunk.append(line)
        if line.rstrip().endswith(","):  # within a list
            continue
        try:
            statement = loads("\n".join(chunk))
        except ValueError:  # it goes on in the next line
            tries += 1
            if tries > _MOST_TRIES:
                break
            continue
        first, is_header = number - len(chunk) + 1, chunk[0].lstrip().startswith("[")
        for key, value in _items_of(statement):
            # A list of texts may have each in a line of its own.
            below = isinstance(value, str) and (n for n, row in enumerate(chunk) if value in row)
            line_of_key = first + (next(below, 0) if below else 0)
            lines.setdefault(key if is_header else header + key, line_of_key)
            header = key if is_header else header
        chunk, tries = [], 0
    return lines


def _items_of(value: Any, path: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Yield every key and list item below a value, outer ones first."""
    if isinstance(value, dict | list) and len(path) < MOST_LEVELS:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield (*path, key), item
            yield from _items_of(item, (*path, key))


def _read_yaml(raw: bytes) -> tuple[Any, dict[Key, int]]:
    try:
        text = raw.decode("utf-8")
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines = dict[Key, int]()
        for key, line in _yaml_keys(node, ()):
            if key in lines:
                raise _SyntaxError(f"the key {short_repr(key[-1])} twice", line)
            lines[key] = line
        return yaml.safe_load(text), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise _SyntaxError(problem, mark.line + 1 if mark else None) from error


def _check_events(text: str) -> None:
    """Refuse anchors, which can stand for more than memory holds, and deep nesting."""
    level = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if getattr(event, "anchor", None) is not None:
            raise _SyntaxError("an anchor or alias, & or *, which is not read", _line_of(event))
        level += isinstance(event, yaml.CollectionStartEvent)
        level -= isinstance(event, yaml.CollectionEndEvent)
        if level > MOST_LEVELS:
            text = f"lists and mappings more than {MOST_LEVELS} deep"
            raise _SyntaxError(text, _line_of(event))


def _line_of(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _yaml_keys(node: yaml.Node | None, path: Key) -> Iterator[tuple[Key, int]]:
    """Yield every key and list item below a node with its line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            child = (*path, cast(str, key.value) if isinstance(key, yaml.ScalarNode) else str(key))
            yield child, key.start_mark.line + 1
            yield from _yaml_keys(value, child)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), value.start_mark.line + 1
            yield from _yaml_keys(value, (*path, index))
