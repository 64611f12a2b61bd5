"""Neighbours of a config: within the ranges, of the right types, as far as they say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, check_param
from titan_mlopt.evaluation.robustness.analysis import perturb_params

RANGES = {"a": (0.0, 1.0, "float"), "n": (1, 5, "int"), "l": (0.001, 0.1, "log")}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1.0))
def test_a_neighbour_lies_in_every_range_and_has_its_types(seed: int, width: float) -> None:
    rng = np.random.default_rng(seed)
    base: Params = {
        name: int(rng.integers(low, high + 1)) if kind == "int" else float(rng.uniform(low, high))
        for name, (low, high, kind) in TUNABLE_PARAMS.items()
    }
    moved, offsets = perturb_params(base, TUNABLE_PARAMS, rng, width)
    assert list(moved) == list(base)
    for name, value in moved.items():
        check_param(name, value)
        assert type(value) is type(base[name])
    assert offsets.shape == (len(TUNABLE_PARAMS),)
    assert np.abs(offsets).max() <= 1


def test_offsets_tell_what_was_done_in_widths() -> None:
    base: Params = {"a": 0.5, "n": 3, "l": 0.01}
    moved, offsets = perturb_params(base, RANGES, np.random.default_rng(4), 0.2)
    assert moved["a"] == pytest.approx(0.5 + 0.2 * offsets[0])
    assert moved["n"] == 3 + offsets[1]  # .2 · 4 is less than one step, so the width is 1
    assert moved["l"] == pytest.approx(0.01 * math.exp(0.2 * math.log(100) * offsets[2]))


def test_a_parameter_at_the_end_of_its_range_stays_within() -> None:
    base: Params = {"a": 1.0, "n": 5, "l": 0.1}
    rng = np.random.default_rng(0)
    rows = [perturb_params(base, RANGES, rng, 0.5) for _ in range(50)]
    assert max(float(moved["a"]) for moved, _ in rows) == 1.0
    assert min(offsets.max() for _, offsets in rows) <= 0  # what was cut off is not counted
    assert {moved["n"] for moved, _ in rows} <= {3, 4, 5}


def test_the_same_generator_gives_the_same_neighbour() -> None:
    base: Params = {"a": 0.3, "n": 2, "l": 0.02}
    first, second = (perturb_params(base, RANGES, np.random.default_rng(9)) for _ in range(2))
    assert first[0] == second[0]


def test_other_widths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"width must be in \(0, 1\], got 0"):
        perturb_params({"a": 0.5}, {"a": (0.0, 1.0, "float")}, np.random.default_rng(0), 0)


def test_a_parameter_that_the_config_leaves_out_stays_out() -> None:
    ranges: dict[str, Any] = {"a": (0.0, 1.0, "float"), "b": (1, 9, "int"), "c": (0.1, 1.0, "log")}
    rng = np.random.default_rng(3)
    neighbour, offsets = perturb_params({"a": 0.5, "c": 0.2, "mode": "deep"}, ranges, rng)
    assert neighbour.keys() == {"a", "c", "mode"}
    assert neighbour["mode"] == "deep"
    assert offsets[1] == 0
    assert offsets[0] != 0
