"""10,000 draws of each kind: priors as they are said, and no constraint or range broken."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.space.sampled import SampledSpace

N = 10_000


def space_of(parameters: dict[str, Any], *constraints: str) -> Space:
    return Space.from_plain({"parameters": parameters, "constraints": list(constraints)})


def draws(space: Space, n: int = N) -> list[Params]:
    """Return values for even draws of what a sampler samples."""
    sampled, rng = SampledSpace(space), np.random.default_rng(7)
    rows = []
    for _ in range(n):
        point: Params = {}
        for name, axis in sampled.axes.items():
            if axis.choices:
                point[name] = axis.choices[int(rng.integers(len(axis.choices)))]
            else:
                point[name] = axis.numbers.at(float(rng.random()))
        rows.append(sampled.decode(point))
    return rows


PRIORS: list[tuple[dict[str, Any], Any]] = [
    # scipy's own truncated distributions; for the log-normal one the logarithms are compared.
    ({"type": "float", "low": -1, "high": 3, "prior": {"type": "normal", "mean": 0.5, "sd": 2.0}},
     stats.truncnorm(-0.75, 1.25, loc=0.5, scale=2.0)),
    ({"type": "float", "low": 0, "high": 1, "prior": {"type": "normal", "mean": 0.0, "sd": 0.1}},
     stats.truncnorm(0.0, 10.0, loc=0.0, scale=0.1)),
    ({"type": "log", "low": 0.01, "high": 0.2,
      "prior": {"type": "lognormal", "median": 0.05, "sigma": 0.4}},
     stats.truncnorm(math.log(0.2) / 0.4, math.log(4) / 0.4, loc=math.log(0.05), scale=0.4)),
    ({"type": "log", "low": 0.01, "high": 1.0}, stats.uniform(math.log(0.01), -math.log(0.01))),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "expected"), PRIORS)
def test_draws_of_a_prior_are_distributed_as_it_says(entry: dict[str, Any], expected: Any) -> None:
    values = np.array([row["x"] for row in draws(space_of({"x": entry}))], dtype=float)
    in_logarithms = entry["type"] == "log"
    assert stats.kstest(np.log(values) if in_logarithms else values, expected.cdf).pvalue > 0.01


def test_draws_of_whole_numbers_have_the_mass_of_the_prior_around_each() -> None:
    entry = {"type": "int", "low": 2, "high": 10, "step": 2,
             "prior": {"type": "normal", "mean": 5, "sd": 2}}  # fmt: skip
    values = [row["x"] for row in draws(space_of({"x": entry}))]
    masses = np.diff(stats.norm(5, 2).cdf([1, 3, 5, 7, 9, 11]))
    counts = [values.count(number) for number in (2, 4, 6, 8, 10)]
    assert sum(counts) == N
    assert stats.chisquare(counts, N * masses / masses.sum()).pvalue > 0.01


def test_draws_of_choices_have_their_weights() -> None:
    entry = {"choices": ["a", "b", "c", "d"], "weights": [1, 0, 5, 2]}
    values = [row["x"] for row in draws(space_of({"x": entry}))]
    counts = [values.count(choice) for choice in "acd"]
    assert sum(counts) == N
    assert stats.chisquare(counts, [N / 8, N * 5 / 8, N / 4]).pvalue > 0.01


NARROW = {"type": "normal", "mean": 0.0, "sd": 0.1}
CHAIN = {
    "a": {"type": "int", "low": 0, "high": 40},
    "b": {"type": "float", "low": 0.0, "high": 30.0, "step": 0.5},
    "c": {"type": "log", "low": 0.1, "high": 100.0},
    "d": {"type": "float", "low": -5.0, "high": 12.0, "prior": NARROW},
    "e": {"type": "int", "low": 1, "high": 9, "step": 4},
}  # fmt: skip


def test_no_draw_breaks_a_constraint_a_range_or_a_grid() -> None:
    space = space_of(CHAIN, "a + 5 <= 2 * b", "c > b", "a < c - 0.1", "e >= d", "1.5 * d < c")
    for row in draws(space):
        a, b, c, d, e = (float(row[name]) for name in "abcde")
        assert a + 5 <= 2 * b
        assert b < c
        assert a < c - 0.1
        assert e >= d
        assert 1.5 * d < c
        assert row["a"] in range(41)
        assert 0 <= b <= 30
        assert b * 2 == int(b * 2)
        assert 0.1 <= c <= 100
        assert -5 <= d <= 12
        assert row["e"] in (1, 5, 9)


def test_a_strict_constraint_of_floats_holds_at_the_very_end() -> None:
    entry = {"type": "float", "low": 0.1, "high": 0.3}
    sampled = SampledSpace(space_of({"a": entry, "b": entry}, "a < b"))
    assert sampled.axes["a"].numbers.high == math.nextafter(0.3, 0)
    assert sampled.decode({"a": math.nextafter(0.3, 0), "b": 0.0})["b"] == 0.3
    assert sampled.decode({"a": 0.1, "b": 0.0})["b"] == math.nextafter(0.1, 1)


def test_the_later_parameter_is_even_in_what_the_earlier_leaves() -> None:
    entry = {"type": "int", "low": 1, "high": 4}
    sampled = SampledSpace(space_of({"a": entry, "b": entry}, "a < b"))
    assert sampled.quantiles == {"b"}
    values = [sampled.decode({"a": 2, "b": q})["b"] for q in (0.0, 0.49, 0.5, 1.0)]
    assert values == [3, 3, 4, 4]


def test_a_constraint_that_always_holds_changes_nothing() -> None:
    """Titan's own windows: 3 to 10 below 15 to 30."""
    space = Space(constraints=("feature.fast_window < feature.slow_window",))
    sampled = SampledSpace(space)
    assert not sampled.quantiles
    assert sampled.axes == sampled.values == SampledSpace(Space()).axes


def test_what_is_sampled_for_values_gives_the_values() -> None:
    weighted = {"choices": ["x", "y"], "weights": [1, 3]}
    space = space_of({**CHAIN, "w": weighted}, "a + 5 <= 2 * b", "c > b", "e >= d")
    sampled = SampledSpace(space)
    for row in draws(space, 500):
        again = sampled.decode(sampled.encode(row))
        assert again.pop("w") == row.pop("w")
        assert again == pytest.approx(row, rel=1e-9)


def test_a_constraint_with_a_fixed_value_narrows_the_range() -> None:
    space = space_of({"a": {"type": "int", "low": 1, "high": 9}, "limit": 6}, "a < limit")
    sampled = SampledSpace(space)
    assert not sampled.quantiles
    assert (sampled.axes["a"].numbers.high, sampled.values["a"].numbers.high) == (5, 9)


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        (["a < b", "b < a"], "a < b must not go round in a circle"),
        (["a < b", "b < c", "c <= a"], "must not go round in a circle"),
        (["a + 50 < b"], r"a \+ 50 < b must leave values to both"),
        (["a + 1.5 < b", "b + 2 < c", "c + 6 < a2"], "must leave values to both"),
        (["a < a"], "two different parameters"),
        (["0 * a < b"], "factor above 0"),
        (["a < b < c"], 'must be a constraint "A < B"'),
        (["a + b < c"], 'must be a constraint "A < B"'),
        (["a == b"], 'must be a constraint "A < B"'),
        (["a < 5"], 'must be a constraint "A < B"'),
        (["a < z"], "must name parameters of this space with numbers, got z"),
        (["a < w"], "must name parameters of this space with numbers, got w"),
        ([7], 'must be a constraint "A < B"'),
    ],
)
def test_a_constraint_that_cannot_be_kept_is_refused(constraints: list[Any], message: str) -> None:
    entry = {"type": "int", "low": 0, "high": 9}
    parameters = {**dict.fromkeys(("a", "b", "c", "a2"), entry), "w": {"choices": [1, 2]}}
    with pytest.raises(ConfigError, match=message):
        space_of(parameters, *constraints)


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ({"type": "normal", "mean": 11, "sd": 1}, "its mean from 1 to 9, got 11"),
        ({"type": "normal", "mean": 5, "sd": 0}, "sd above 0"),
        ({"type": "normal", "mean": 5}, "must have a prior"),
        ({"type": "lognormal", "median": 0, "sigma": 1}, "sigma and the median above 0"),
        ({"type": "cauchy", "mean": 5, "sd": 1}, '"type": "normal"'),
        (3, "must have a prior"),
    ],
)
def test_a_prior_that_says_nothing_is_refused(prior: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        space_of({"x": {"type": "float", "low": 1, "high": 9, "prior": prior}})


def test_a_prior_far_away_from_what_is_left_gives_the_nearest_value() -> None:
    prior = {"type": "normal", "mean": 0.0, "sd": 0.001}
    entry = {"type": "float", "low": 0.0, "high": 1.0, "prior": prior}
    space = space_of({"a": {"type": "float", "low": 0.0, "high": 0.9}, "b": entry}, "a <= b")
    sampled = SampledSpace(space)
    values = [sampled.decode({"a": 0.5, "b": q})["b"] for q in (0.0, 0.5, 1.0)]
    assert values == [0.5, 0.5, 0.5]
    near = [float(sampled.decode({"a": 0.005, "b": q})["b"]) for q in (0.0, 0.5, 0.99)]
    # Five sd out the normal tail is nearly exponential, with a mean of .19 sd.
    assert near == [0.005, pytest.approx(0.005132, abs=2e-5), pytest.approx(0.00584, abs=1e-4)]


def test_ranges_around_a_config_keep_the_constraints_with_the_others_as_they_are() -> None:
    space = space_of(CHAIN, "a + 5 <= 2 * b", "c > b")
    config = {"a": 10, "b": 9.0, "c": 50.0, "d": 1.0}
    around = space.ranges_around(config)
    assert around["a"] == (0, 13, "int")
    assert around["b"] == (7.5, 30.0, "float")
    assert around["c"] == (math.nextafter(9.0, 10), 100.0, "log")
    assert around["d"] == (-5.0, 12.0, "float")
    assert "e" not in around


def test_clipped_values_lie_on_their_grids_and_keep_the_constraints() -> None:
    sampled = SampledSpace(space_of(CHAIN, "a + 5 <= 2 * b", "c > b"))
    row: Params = {"a": 31, "b": 11.3, "c": 2.0, "d": 99.0, "e": 4}
    clipped = sampled.clip(row)
    assert clipped == {"a": 31, "b": 18.0, "c": math.nextafter(18.0, 19), "d": 12.0, "e": 5}


def test_a_start_point_at_the_very_end_of_what_a_constraint_leaves_is_found_again() -> None:
    # 7 + 2 is 9; so is the number below 7, by rounding, and both have one logarithm.
    space = Space({"b": (2, 9, "int"), "c": (1.0, 7.0, "log")}, constraints=("b <= c + 2",))
    sampled = SampledSpace(space)
    row = sampled.encode({"b": 9, "c": 7.0})
    assert row["c"] == 0.5
    again = sampled.decode(row)
    assert again["b"] == 9
    assert again["c"] == pytest.approx(7.0, rel=1e-15)
