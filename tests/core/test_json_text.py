"""JSON that another program wrote is parsed, or refused before it can exhaust the stack."""

from __future__ import annotations

import gc
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from titan_mlopt.core.json_text import MOST_LEVELS, is_deep, parse_json


class CallsInItsDestructor:
    """Part of a cycle, so that only the garbage collector destroys it."""

    def __init__(self) -> None:
        self.cycle = self

    def __del__(self) -> None:
        json.dumps([[[]]])


@pytest.fixture
def threshold() -> Iterator[None]:
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()  # else each collection goes through everything that other tests have loaded
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [MOST_LEVELS + 1, 900, 100_000])
def test_text_that_nests_too_deeply_is_refused(opening: str, depth: int) -> None:
    with pytest.raises(ValueError, match="must nest lists and objects at most 100 deep, got more"):
        parse_json(opening * depth)


@pytest.mark.usefixtures("threshold")
def test_no_destructor_runs_near_the_limit_of_recursion() -> None:
    """With ``json.loads`` seven of these collections come when no call is possible any more."""
    for n_allocations in range(700, 1000):
        gc.collect()
        CallsInItsDestructor()
        gc.set_threshold(n_allocations)
        with pytest.raises(ValueError, match="got more"):
            parse_json("[" * 4_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[" * MOST_LEVELS + "]" * MOST_LEVELS, None),
        (json.dumps(["[" * 500, '\\"{{' * 500]), ["[" * 500, '\\"{{' * 500]),
        (json.dumps([[]] * 500), [[]] * 500),
        ("\ufeff{}".encode(), {}),
        ("[1]".encode("utf-16"), [1]),
        (f"[{2**63 - 1}, -1.5e300]", [2**63 - 1, -1.5e300]),
    ],
    ids=["deepest", "brackets in strings", "brackets side by side", "mark", "utf-16", "numbers"],
)
def test_other_json_is_parsed(text: str | bytes, value: Any) -> None:
    parsed = parse_json(text)
    assert parsed == (value if value is not None else json.loads(text))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[NaN]", "must hold finite numbers, got NaN"),
        ("[-Infinity]", "must hold finite numbers, got -Infinity"),
        ("[1e999]", "must hold finite numbers, got 1e999"),
        (f"[{2**63}]", r"must hold whole numbers below 2\*\*63, got 9223372036854775808"),
        ("9" * 20_000, r"must hold whole numbers below 2\*\*63, got 9{40}$"),
        ('[{"a": 1, "b": 2, "a": 3}]', "must name each key of an object once, got 'a' twice"),
    ],
)
def test_what_two_programs_would_read_differently_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_json(text)


def test_what_another_program_meant_by_it_is_read_where_lines_of_it_are_many() -> None:
    parsed = parse_json('{"a": 1, "a": NaN, "b": 1e999}', strict=False)
    assert math.isnan(parsed["a"])
    assert parsed["b"] == math.inf


@pytest.mark.parametrize("ends", ["", '"'])
def test_a_megabyte_of_escaped_quotes_is_no_work(ends: str) -> None:
    """A search that begins anew at each quote would take 10**11 steps."""
    assert not is_deep('"' + '\\"' * 500_000 + "[" * 200 + ends)


@pytest.mark.parametrize("text", ['"' + "[" * 500, "]" * 500 + "[" * 50, "", b"\xff\xff", "[1,"])
def test_a_text_that_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # each by another part of the standard library
        parse_json(text)
