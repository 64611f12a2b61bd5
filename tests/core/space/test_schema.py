"""The published JSON Schema accepts and refuses what the reader does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space, schema_text

SCHEMA = Draft202012Validator(json.loads(schema_text()))
INT = {"type": "int", "low": 1, "high": 9}
FLOAT = {"type": "float", "low": 1, "high": 9}
NORMAL, MEDIAN = (
    {"type": "normal", "mean": 5, "sd": 1},
    {"type": "lognormal", "median": 2, "sigma": 1},
)

GOOD: list[dict[str, Any]] = [
    {"ranges": {name: list(bounds) for name, bounds in TUNABLE_PARAMS.items()}},
    {
        "ranges": {"a": [1, 2, "int"]},
        "fixed": {"b": True, "c": "x"},
        "candles": {"count": 3},
        "reasons": {},
    },
    {"parameters": {"a": INT, "b": {**INT, "step": 4}, "c": "x", "d": 1.5}},
    {"parameters": {"a": {**FLOAT, "prior": NORMAL}, "b": {**FLOAT, "prior": MEDIAN}}},
    {"parameters": {"a": {"choices": [2, "x", True], "weights": [1, 2, 0]}}},
    {
        "parameters": {
            "a": {"type": "categorical", "choices": [1, 2]},
            "b": {**INT, "when": {"a": 1}},
        }
    },
    {"parameters": {"a": INT, "b": {**INT, "when": {"a": {"low": 2, "high": 3}}}}},
    {"parameters": {"a": INT, "b": {**INT, "when": {"a": [2, 3]}}}},
    {"parameters": {"a": INT, "b": INT}, "constraints": ["a + 1 <= 2 * b"]},
]
BAD: list[Any] = [
    [],
    {},
    {"rangs": {"a": [1, 2, "int"]}},
    {"ranges": {"a": [1, 2]}},
    {"ranges": {"a": [1, 2, "choice"]}},
    {"ranges": {"1a": [1, 2, "int"]}},
    {"parameters": {"a": {**INT, "kind": 1}}},
    {"parameters": {"a": {"type": "int", "low": 1}}},
    {"parameters": {"a": {**INT, "low": "1"}}},
    {"parameters": {"a": {**INT, "step": 0}}},
    {"parameters": {"a": {**INT, "weights": [1, 2]}}},
    {"parameters": {"a": {**FLOAT, "prior": {"type": "normal", "mean": 5}}}},
    {"parameters": {"a": {**FLOAT, "prior": {"type": "lognormal", "median": 0, "sigma": 1}}}},
    {"parameters": {"a": {"choices": [1]}}},
    {"parameters": {"a": {"choices": [1, 1]}}},
    {"parameters": {"a": {"choices": [1, None]}}},
    {"parameters": {"a": {"choices": [1, 2], "weights": [-1, 2]}}},
    {"parameters": {"a": INT, "b": {**INT, "when": {}}}},
    {"parameters": {"a": INT, "b": {**INT, "when": {"a": []}}}},
    {"parameters": {"a": INT, "b": INT}, "constraints": "a < b"},
    {"parameters": {"a": INT, "b": INT}, "constraints": ["a == b"]},
    {"parameters": {"a": INT, "b": INT}, "constraints": ["a <= b"] * 101},
    {"parameters": {"a": INT, "b": None}},
]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("content", GOOD)
def test_what_the_reader_takes_the_schema_takes(content: dict[str, Any]) -> None:
    assert Space.from_plain(content).names
    assert SCHEMA.is_valid(content)


@pytest.mark.parametrize("content", BAD)
def test_what_the_reader_refuses_the_schema_refuses(content: Any) -> None:
    assert not SCHEMA.is_valid(content)
    with pytest.raises(ConfigError, match="must"):
        Space.from_plain(content)
