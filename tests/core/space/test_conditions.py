"""Conditions: which parameters are active, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from titan_mlopt.core.config_files import base_config
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.search_space import Space

NUMBER = {"type": "int", "low": 1, "high": 9}
GRID = {"type": "float", "low": 0.1, "high": 1.0, "step": 0.1}
PARAMETERS: dict[str, Any] = {
    "leaf": {**NUMBER, "when": {"depth": {"low": 5}}},
    "depth": {**NUMBER, "when": {"mode": ["deep", "wide"]}},
    "mode": {"choices": ["plain", "deep", "wide"]},
    "rate": {"type": "log", "low": 0.01, "high": 1.0, "when": {"on": True}},
    "on": True,
}
WHOLE = {"leaf": 2, "depth": 7, "mode": "deep", "rate": 0.1}


def space_of(parameters: dict[str, Any]) -> Space:
    return Space.from_plain({"parameters": parameters})


@pytest.mark.parametrize(
    ("changes", "inactive"),
    [
        ({}, set()),
        ({"depth": 4}, {"leaf"}),
        ({"depth": 5}, set()),
        ({"mode": "plain"}, {"leaf", "depth"}),  # in a chain
    ],
)
def test_a_config_leaves_out_what_is_inactive(changes: dict[str, Any], inactive: set[str]) -> None:
    space, params = space_of(PARAMETERS), {**WHOLE, **changes}
    assert set(space.inactive(params)) == inactive
    config = space.complete(params)
    assert config.keys() == {*params, "on"} - inactive
    assert space.complete(config) == config


def test_a_fixed_value_may_switch_a_parameter_off_for_good() -> None:
    space = space_of(
        {**PARAMETERS, "on": False, "rate": {**PARAMETERS["rate"], "when": {"on": False}}}
    )
    assert space.inactive(WHOLE) == ()
    with pytest.raises(ConfigError, match=r"rate must depend on values that on can have"):
        space_of({**PARAMETERS, "on": False})


def test_true_is_not_one_in_a_condition() -> None:
    one = {"choices": [1, 2]}
    with pytest.raises(ConfigError, match="that a can have, got \\[True\\]"):
        space_of({"a": one, "b": {**NUMBER, "when": {"a": True}}})


def test_a_base_config_needs_no_value_of_an_inactive_parameter() -> None:
    space = space_of(PARAMETERS)
    config = base_config(space, {"mode": "plain", "rate": 0.5}, embedded=False)
    assert config == {"mode": "plain", "rate": 0.5, "on": True}
    with pytest.raises(ConfigError, match="must hold depth, of which no default is known"):
        base_config(space, {"mode": "deep", "rate": 0.5}, embedded=False)
    with pytest.raises(ConfigError, match=r"mode must be one of \['plain', 'deep', 'wide'\]"):
        base_config(space, {"mode": "broad", "rate": 0.5}, embedded=False)


def test_a_base_config_keeps_the_constraints() -> None:
    space = Space({"a": (1, 9, "int"), "b": (1, 9, "int")}, constraints=("a < b",))
    assert base_config(space, {"a": 1, "b": 2}, embedded=False) == {"a": 1, "b": 2}
    with pytest.raises(
        ConfigError, match=r"config: must keep a < b, as the space says, got 5 and 2"
    ):
        base_config(space, {"a": 5, "b": 2}, embedded=False)


@pytest.mark.parametrize(
    "when",
    [
        *({"g": value} for value in (0.1, 0.3, 0.7, 1.0)),  # .1 + 2 * .1 is more than .3
        *({"g": {"low": value, "high": value}} for value in (0.1, 0.3, 0.7, 1.0)),
        {"b": 2.0},
        {"b": {"low": 1.5, "high": 2.5}},
        {"n": {"low": 1.5}},
        {"f": {"high": 3}},
        {"r": 0.5},
    ],
)
def test_a_condition_that_can_hold_is_accepted(when: dict[str, Any]) -> None:
    rate = {"type": "float", "low": 0, "high": 1}
    parameters: dict[str, Any] = {"b": NUMBER, "n": {"choices": [1, 2]}, "f": 3, "g": GRID}
    space_of({**parameters, "r": rate, "a": {**NUMBER, "when": when}})


@pytest.mark.parametrize(
    ("whens", "message"),
    [
        ({"a": {"b": 1}, "b": {"a": 1}}, "must not depend on itself, got a on b on a"),
        ({"a": {"a": 1}}, "must not depend on itself, got a on a"),
        ({"a": {"z": 1}}, "must depend on a parameter of this space, got 'z'"),
        ({"a": {"b": 10}}, "must depend on values that b can have, got \\[10\\]"),
        ({"a": {"b": {"low": 10}}}, "must depend on values that b can have"),
        ({"a": {"b": {"low": 3, "high": 2}}}, "must depend on values that b can have"),
        ({"a": {"m": {"low": 3}}}, "must depend on values that m can have"),
        ({"a": {"m": "z"}}, "must depend on values that m can have"),
        ({"a": {"n": {"low": 5}}}, "must depend on values that n can have, got {'low': 5}"),
        ({"a": {"n": {"high": 0}}}, "must depend on values that n can have"),
        ({"a": {"n": {"low": 1.2, "high": 1.8}}}, "must depend on values that n can have"),
        ({"a": {"f": {"high": 2}}}, "must depend on values that f can have, got {'high': 2}"),
        ({"a": {"b": 2.5}}, "must depend on values that b can have, got \\[2.5\\]"),
        ({"a": {"b": {"low": 2.2, "high": 2.8}}}, "must depend on values that b can have"),
        ({"a": {"g": 0.25}}, "must depend on values that g can have, got \\[0.25\\]"),
        ({"a": {"g": {"low": 0.31, "high": 0.39}}}, "must depend on values that g can have"),
        ({"a": {"b": 1, "m": "x"}}, "must have when:"),
        ({"a": {}}, "must have when:"),
        ({"a": {"b": []}}, "must have when:"),
        ({"a": {"b": {"from": 1}}}, "must have when:"),
        ({"a": "b"}, "must have when:"),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(whens: dict[str, Any], message: str) -> None:
    parameters: dict[str, Any] = {"a": NUMBER, "b": NUMBER, "m": {"choices": ["x", "y"]}}
    parameters |= {"n": {"choices": [1, 2]}, "f": 3, "g": GRID}
    parameters |= {name: {**parameters[name], "when": when} for name, when in whens.items()}
    with pytest.raises(ConfigError, match=message):
        space_of(parameters)
