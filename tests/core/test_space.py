"""What a search space promises."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import TUNABLE_PARAMS, digest
from titan_mlopt.core.search_space import Space, load_space, space_text


def test_the_space_without_more_words_is_titans() -> None:
    assert dict(Space().ranges) == TUNABLE_PARAMS
    assert Space().digest == digest(TUNABLE_PARAMS)
    assert Space().unknown == ()


def test_a_fixed_value_makes_another_space_and_completes_the_params() -> None:
    ranges = {"ml.max_depth": TUNABLE_PARAMS["ml.max_depth"]}
    fixed = Space(ranges, {"ml.num_leaves": 20, "ml.enabled": False})
    assert fixed.digest != Space(ranges).digest
    assert fixed.complete({"ml.max_depth": 5}) == {
        "ml.num_leaves": 20,
        "ml.enabled": False,
        "ml.max_depth": 5,
    }


def test_a_backtests_own_names_are_told_from_titans() -> None:
    space = Space({"ml.max_depth": (4, 5, "int"), "own.x": (0.5, 1, "float")}, {"own.y": True})
    assert space.unknown == ("own.x", "own.y")


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "must have a parameter to draw"),
    ({"ranges": {"a": [1, 2]}}, r"a: must be \[low, high, kind\]"),
    ({"ranges": {"a": 5}}, r"a: must be \[low, high, kind\]"),
    ({"ranges": {"a": [1, 2, "choice"]}}, "kind one of int, float, log, got"),
    ({"ranges": {"a": [2, 2, "int"]}}, "a: must have low < high"),
    ({"ranges": {"a": [1, 2.5, "int"]}}, "whole for int"),
    ({"ranges": {"a": [0, 1, "log"]}}, "above 0 for log"),
    ({"ranges": {"a": [True, 2, "int"]}}, "a: must have low < high"),
    ({"ranges": {"a": ["1", 2, "int"]}}, "a: must have low < high"),
    ({"ranges": {"a": [0.0, math.inf, "float"]}}, "a: must have low < high"),
    ({"ranges": {"a": [math.nan, 1.0, "float"]}}, "a: must have low < high"),
    ({"ranges": {"a": [1, 10**400, "int"]}}, "a: must have low < high"),
    ({"ranges": {"ml.max_depth": [4, 11, "int"]}}, r"ml\.max_depth: must be .* from 4 to 10"),
    ({"ranges": {"ml.max_depth": [4.0, 8.0, "float"]}}, r"ml\.max_depth: must be of kind int"),
    ({"ranges": {"a": [1, 2, "int"]}, "fixed": {"a": 1}}, "a: must be drawn or fixed, got both"),
    ({"ranges": {"a": [1, 2, "int"]}, "fixed": {"b": [1]}}, "b: must be a number, a bool or a"),
    ({"ranges": {"a": [1, 2, "int"]}, "fixed": {"ml.max_depth": 99}}, r"ml\.max_depth: must be"),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_a_bad_space_is_refused_and_the_file_named(
    tmp_path: Path, content: dict[str, Any], message: str
) -> None:
    path = tmp_path / "space.json"
    path.write_text(json.dumps({"ranges": {}, **content}))
    with pytest.raises(ConfigError, match=rf"space\.json(:1)?: .*{message}"):
        load_space(path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"rangs": {}}', '{"ranges": []}', "[" * 9999]
)
def test_a_file_that_is_no_space_is_one_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "space.json").write_text(text)
    with pytest.raises(ConfigError, match=r"space\.json(:\d+)?: must be"):
        load_space(tmp_path / "space.json")


def test_a_missing_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a readable file, got No such file"):
        load_space(tmp_path / "no.json")
    (tmp_path / "big.json").write_bytes(b" " * 1_000_001)
    with pytest.raises(ConfigError, match="at most 1,000,000 bytes"):
        load_space(tmp_path / "big.json")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_space_or_one_error(tmp_path_factory: Any, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("space") / "space.json"
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match=r"space\.json(:\d+)?: must be"):
        load_space(path)


def test_a_space_comes_back_from_its_file_the_same(tmp_path: Path) -> None:
    space = Space({"own.x": (0.25, 1.0, "log"), "ml.max_depth": (4, 6, "int")}, {"own.y": 1})
    (tmp_path / "space.json").write_text(space_text(space))
    assert load_space(tmp_path / "space.json") == space


def test_a_point_of_a_space_is_titans_default_or_the_middle() -> None:
    ranges: dict[str, Any] = {
        "ml.max_depth": (4, 10, "int"),  # its default is 7
        "ml.num_leaves": (20, 25, "int"),  # its default 31 is outside
        "own.x": (0.01, 1.0, "log"),  # √.01
        "own.y": (1.0, 2.0, "float"),
    }
    assert Space(ranges, {"own.z": True}).point() == {
        "own.z": True,
        "ml.max_depth": 7,
        "ml.num_leaves": 22,
        "own.x": pytest.approx(0.1),
        "own.y": 1.5,
    }
