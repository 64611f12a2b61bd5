"""Records of plain JSON values that anybody may have written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from titan_mlopt.core.plain import PlainError, read_plain


@dataclass(frozen=True)
class Point:
    x: float
    name: str = ""


@dataclass(frozen=True)
class Everything:
    count: int
    points: tuple[Point, ...]
    rows: tuple[tuple[int, float], ...] = ()
    later: Sequence[float | None] = ()
    metrics: dict[str, float | None] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    on: bool = False
    kind: Literal["a", "b"] = "a"
    maybe: Point | None = None


class Part(TypedDict):
    sha256: str
    count: NotRequired[Annotated[int, 0]]


GOOD: dict[str, Any] = {
    "count": 3,
    "points": [{"x": 1, "name": "p", "of a later version": [1]}],
    "rows": [[1, 0.5], [2, 3]],
    "later": [1.5, None],
    "metrics": {"a": None, "b": 2},
    "more": {"x": [[]]},
    "on": True,
    "kind": "b",
    "maybe": None,
}


def test_a_record_comes_back_with_its_numbers_as_they_stand() -> None:
    record = read_plain(Everything, GOOD)
    assert record == Everything(
        3, (Point(1, "p"),), ((1, 0.5), (2, 3)), (1.5, None), {"a": None, "b": 2},
        {"x": [[]]}, True, "b",
    )  # fmt: skip
    assert type(record.points[0].x) is int


def test_a_typed_dict_is_returned_as_it_stands() -> None:
    part = {"sha256": "ab", "of a later version": 1}
    assert read_plain(Part, part) is part


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("count", True, "count must be a whole number below 2**63, got True"),
        ("count", 3.0, "count must be a whole number below 2**63, got 3.0"),
        ("count", 2**63, "count must be a whole number below 2**63, got 9223372036854775808"),
        ("count", None, "count must be a whole number below 2**63, got None"),
        ("points", {}, "points must be a list, got {}"),
        ("points", [5], "points.[] must be an object, got 5"),
        ("points", [{}], "points.[] must be an object with x, got {}"),
        ("points", [{"x": "1"}], "points.[].x must be a number, got '1'"),
        ("points", [{"x": False}], "points.[].x must be a number, got False"),
        ("points", [{"x": float("nan")}], "points.[].x must be a finite number, got nan"),
        ("points", [{"x": 1, "name": 5}], "points.[].name must be a text, got 5"),
        ("rows", [[1, 0.5], [2]], "rows.[] must be a list of 2, got [2]"),
        ("rows", [[1, 0.5], [2, "3"]], "rows.[] must be a number, got '3'"),
        ("rows", [[1.0, 0.5]], "rows.[] must be a whole number below 2**63, got 1.0"),
        ("rows", ["ab"], "rows.[] must be a list of 2, got 'ab'"),
        ("rows", [[1, 10**400]], "rows.[] must be a whole number below 2**63, got 1000"),
        ("later", "ab", "later must be a list, got 'ab'"),
        ("later", [float("inf")], "later.[] must be a finite number, got inf"),
        ("metrics", {"a": "b"}, "metrics.a must be a number, got 'b'"),
        ("metrics", [], "metrics must be an object, got []"),
        ("on", 1, "on must be true or false, got 1"),
        ("kind", ["a"], "kind must be one of a, b, got ['a']"),
        ("maybe", 5, "maybe must be an object, got 5"),
    ],
)
def test_another_type_is_refused_where_it_stands(key: str, value: Any, fault: str) -> None:
    with pytest.raises(PlainError) as caught:
        read_plain(Everything, {**GOOD, key: value}, "here")
    assert str(caught.value).startswith(f"here.{fault}")


def test_a_typed_dict_is_checked_too() -> None:
    with pytest.raises(PlainError, match=r"^must be an object with sha256, got \{'count': 1\}$"):
        read_plain(Part, {"count": 1})
    with pytest.raises(PlainError, match=r"^count must be a whole number .*, got '1'$"):
        read_plain(Part, {"sha256": "", "count": "1"})
    with pytest.raises(PlainError, match=r"^count must be at least 0, got -1$"):
        read_plain(Part, {"sha256": "", "count": -1})
