"""Records from plain JSON values that another program may have written, checked by their types."""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, TypeVar, Union, get_args, get_origin

from titan_mlopt.core.errors import short_repr
from titan_mlopt.core.json_text import MOST_LEVELS, MOST_WHOLE

T = TypeVar("T")
_Reader = Callable[[Any], Any]


class PlainError(ValueError):
    """A value is not of the type that its record gives it.

    Attributes:
        path: Where in the document it stands: keys, and indexes of lists.
        must_be: What it must be, as in "a number".
        got: The value.
    """

    def __init__(self, must_be: str, got: object, path: tuple[str, ...] = ()) -> None:
        self.path: tuple[str, ...] = path
        self.must_be: str = must_be
        self.got: object = got
        where = f"{'.'.join(path)} " if path else ""
        super().__init__(f"{where}must be {must_be}, got {short_repr(got)}")


def read_plain(kind: type[T], value: Any, *path: str) -> T:
    """Return a record of a plain value, as ``json.loads`` returns it.

    Numbers must be finite, and whole ones fit into 64 bits. Keys that a dataclass does not have
    are left out, as later versions may write more. A ``TypedDict`` is returned as it stands.

    Args:
        kind: A dataclass or ``TypedDict`` of such, of ``str``, ``int``, ``float``, ``bool``,
            ``None``, literals, unions, tuples, sequences and mappings; ``Annotated[int, 0]`` is a
            number of at least 0. Of ``Any``, and of the other keys of a ``TypedDict``, only numbers
            and depth are checked.
        value: The plain value.
        path: Names of the value in the error.

    Raises:
        PlainError: A part has another type, or is missing.
    """
    try:
        result: T = _reader(kind)(value)  # type: ignore[arg-type]  # types can be hashed
    except PlainError as error:
        raise _inside(error, *path) from None
    return result


def _inside(error: PlainError, *path: str) -> PlainError:
    return PlainError(error.must_be, error.got, (*path, *error.path))


@functools.cache
def _reader(kind: Any) -> _Reader:
    """Return the function that reads a value of a type; made once a type, as there are many."""
    origin, args = get_origin(kind), get_args(kind)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if dataclasses.is_dataclass(kind) or typing.is_typeddict(kind):
        return _record_reader(kind)
    if origin in (Union, types.UnionType):
        return _union_reader(args)
    if origin is Annotated:
        return _bounded_reader(*args)
    if origin is Literal:
        return _literal_reader(args)
    if origin is tuple and args[-1:] != (...,):
        return _row_reader(args)
    if origin in (tuple, Sequence):
        return _list_reader(args[0])
    if origin in (dict, Mapping):
        return _mapping_reader(args[1])
    raise TypeError(f"no plain value has the type {kind!r}")


def _number(value: Any) -> Any:
    if type(value) is not float:
        if type(value) is not int:
            raise PlainError("a number", value)
        _int(value)
    elif not math.isfinite(value):
        raise PlainError("a finite number", value)
    return value


def _int(value: Any) -> Any:
    if type(value) is not int or not -MOST_WHOLE < value < MOST_WHOLE:
        raise PlainError("a whole number below 2**63", value)
    return value


def _any(value: Any, levels: int = MOST_LEVELS) -> Any:
    """Check the numbers within a value of any type, and how deep it is."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return _number(value)
    if isinstance(value, dict | list | tuple):
        if not levels:
            raise PlainError(f"nested at most {MOST_LEVELS} deep", "more")
        for part in value.values() if isinstance(value, dict) else value:
            _any(part, levels - 1)
    return value


def _of(kind: type, must_be: str) -> _Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise PlainError(must_be, value)
        return value

    return read


_SIMPLE: dict[Any, _Reader] = {
    Any: _any,
    float: _number,
    int: _int,
    str: _of(str, "a text"),
    bool: _of(bool, "true or false"),
    type(None): _of(type(None), "null"),
}


def _types(kind: Any) -> frozenset[type]:
    """Return the types of the values of a number; nothing for another kind."""
    kinds = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    if not {float, int, type(None)}.issuperset(kinds):
        return frozenset()
    return frozenset((*kinds, int) if float in kinds else kinds)


def _are_good(values: Collection[Any], allowed: frozenset[type]) -> bool:
    """Return True only if all numbers may be read as they are; a study has hundreds a trial."""
    if not allowed.issuperset(map(type, values)):
        return False
    try:
        return math.hypot(*filter(None, values)) < MOST_WHOLE
    except OverflowError:  # a whole number beyond the range of floats
        return False


def _bounded_reader(kind: Any, least: float) -> _Reader:
    reader = _reader(kind)

    def read(value: Any) -> Any:
        if reader(value) < least:
            raise PlainError(f"at least {least:g}", value)
        return value

    return read


def _literal_reader(values: tuple[Any, ...]) -> _Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in values:
            raise PlainError(f"one of {', '.join(values)}", value)
        return value

    return read


def _union_reader(kinds: tuple[Any, ...]) -> _Reader:
    readers = [_reader(kind) for kind in kinds if kind is not type(None)]
    nothing = len(readers) < len(kinds)

    def read(value: Any) -> Any:
        if value is None and nothing:
            return None
        for reader in readers[:-1]:
            try:
                return reader(value)
            except PlainError:
                continue
        return readers[-1](value)

    return read


def _record_reader(kind: Any) -> _Reader:
    keeps = typing.is_typeddict(kind)
    hints, required = _fields_of(kind)
    readers = [(name, _reader(hint), name in required) for name, hint in hints.items()]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise PlainError("an object", value)
        if keeps:
            _any(value)
        content = {}
        for name, reader, needed in readers:
            if name in value:
                try:
                    content[name] = reader(value[name])
                except PlainError as error:
                    raise _inside(error, name) from None
            elif needed:
                raise PlainError(f"an object with {name}", value)
        return value if keeps else kind(**content)

    return read


def _fields_of(kind: Any) -> tuple[dict[str, Any], set[str]]:
    """Return the type of each field of a record, and the names of those that it must have."""
    hints = typing.get_type_hints(kind, include_extras=True)
    if typing.is_typeddict(kind):
        optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
        required = set(kind.__required_keys__) - optional
        return hints | {name: get_args(hints[name])[0] for name in optional}, required
    fields = [field for field in dataclasses.fields(kind) if field.init]
    missing = dataclasses.MISSING
    required = {
        field.name
        for field in fields
        if field.default is missing and field.default_factory is missing
    }
    return {field.name: hints[field.name] for field in fields}, required


def _list_reader(kind: Any) -> _Reader:
    reader, is_row = _reader(kind), get_origin(kind) is tuple
    kinds = get_args(kind) if is_row else (kind,)
    types_of_columns = [_types(part) for part in kinds]
    has_columns = all(types_of_columns)

    def are_good(rows: Sequence[Any]) -> bool:
        if not is_row:
            return _are_good(rows, types_of_columns[0])
        if set(map(type, rows)) != {list} or set(map(len, rows)) != {len(kinds)}:
            return False
        return all(map(_are_good, zip(*rows, strict=True), types_of_columns))

    def read(value: Any) -> Sequence[Any]:
        if not isinstance(value, list | tuple):
            if isinstance(value, Sequence) and not isinstance(value, str | bytes):
                return value  # read already, or to be read later
            raise PlainError("a list", value)
        if has_columns and are_good(value):
            return tuple(map(tuple, value)) if is_row else tuple(value)
        try:
            return tuple(map(reader, value))
        except PlainError as error:
            raise _inside(error, "[]") from None

    return read


def _row_reader(kinds: tuple[Any, ...]) -> _Reader:
    readers = [_reader(kind) for kind in kinds]

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) != len(readers):
            raise PlainError(f"a list of {len(readers)}", value)
        return tuple(reader(part) for reader, part in zip(readers, value, strict=True))

    return read


def _mapping_reader(kind: Any) -> _Reader:
    reader, allowed = _reader(kind), _types(kind)

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise PlainError("an object", value)
        if allowed and _are_good(value.values(), allowed):
            return dict(value)
        content = {}
        for name, part in value.items():
            try:
                content[name] = reader(part)
            except PlainError as error:
                raise _inside(error, name) from None
        return content

    return read
