"""Rows of numbers kept as the JSON that they are stored as, and taken apart when looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, overload

Row = tuple[Any, ...]


class Rows(Sequence[Row]):
    """A sequence of rows, equal to a tuple of tuples; a seventh of its size in memory.

    A study of thousands of trials holds such rows for each, and draws those of a few. text: JSON, a
    list of lists of numbers; each look takes it apart anew.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def _rows(self) -> tuple[Row, ...]:
        return tuple(tuple(row) for row in json.loads(self.text))

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows())

    def __len__(self) -> int:
        return len(self._rows())

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        return self._rows()[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Rows):
            return self.text == other.text or self._rows() == other._rows()
        return isinstance(other, tuple) and self._rows() == other

    def __hash__(self) -> int:
        return hash(self._rows())

    def __repr__(self) -> str:
        return repr(self._rows())


def rows_text(rows: Sequence[Row]) -> str:
    """Return rows as the JSON that ``Rows`` takes apart."""
    if isinstance(rows, Rows):
        return rows.text
    return json.dumps(rows, separators=(",", ":"))
