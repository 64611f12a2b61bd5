"""What the unit cube of a search space promises."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.distributions import FloatDistribution as Float
from optuna.distributions import IntDistribution as Int

from titan_mlopt.study.samplers.unit_cube import UnitCube

SPACE: dict[str, BaseDistribution] = {
    "whole": Int(3, 6),
    "even": Int(2, 8, step=2),
    "power": Int(1, 100, log=True),
    "share": Float(-1.0, 3.0),
    "rate": Float(0.01, 1.0, log=True),
    "grid": Float(0.0, 1.0, step=0.25),
    "choice": CategoricalDistribution(["a", True, 1]),
}


@pytest.mark.parametrize(
    ("distribution", "value", "x"),
    [
        (Int(3, 6), 3, 1 / 8),  # four cells of a quarter
        (Int(3, 6), 6, 7 / 8),
        (Int(2, 8, step=2), 4, 3 / 8),
        (Float(-1.0, 3.0), 0.0, 1 / 4),
        (Float(0.01, 1.0, log=True), 0.1, 1 / 2),  # the middle of ln 0.01 and ln 1
        (Float(0.0, 1.0, step=0.25), 0.75, 7 / 10),  # the fourth of five cells
        (Int(1, 100, log=True), 10, math.log(10 / 0.5) / math.log(100.5 / 0.5)),
        (CategoricalDistribution(["a", True, 1]), True, 1 / 2),
        (CategoricalDistribution(["a", True, 1]), 1, 5 / 6),
    ],
)
def test_a_value_stands_at_the_centre_of_its_cell(
    distribution: BaseDistribution, value: Any, x: float
) -> None:
    cube = UnitCube({"p": distribution})
    assert cube.to_unit({"p": value}) == pytest.approx([x])
    found = cube.from_unit(np.array([x]))["p"]
    assert found == pytest.approx(value) if isinstance(value, float) else found is value


def test_cells_have_one_width_and_the_ends_belong_to_the_outer_ones() -> None:
    cube = UnitCube({"p": Int(3, 6)})
    values = [cube.from_unit(np.array([x]))["p"] for x in (-0.5, 0, 0.249, 0.251, 0.76, 1, 1.5)]
    assert values == [3, 3, 3, 4, 6, 6, 6]
    log = UnitCube({"p": Int(1, 100, log=True)})
    assert [log.from_unit(np.array([x]))["p"] for x in (0.0, 1.0)] == [1, 100]


@pytest.mark.parametrize("one_hot", [False, True])
def test_params_of_any_point_lie_in_the_space_and_snap_to_their_own_point(one_hot: bool) -> None:
    cube = UnitCube(SPACE, one_hot=one_hot)
    points = np.random.default_rng(1).uniform(-0.1, 1.1, (200, cube.n_axes))
    snapped = cube.snap(points)
    for point, centre in zip(points, snapped, strict=True):
        params = cube.from_unit(point)
        for name, distribution in SPACE.items():
            assert distribution._contains(distribution.to_internal_repr(params[name]))
        assert cube.to_unit(params) == pytest.approx(centre)
        assert cube.from_unit(centre) == pytest.approx(params)


@pytest.mark.parametrize(
    ("low", "high", "step", "values"),
    [
        (0.0, 0.3, 0.1, [0.0, 0.1, 0.2, 0.3]),  # 3 * 0.1 is 0.30000000000000004
        (0.4, 0.6, 0.05, [0.4, 0.45, 0.5, 0.55, 0.6]),  # 0.4 + 4 * 0.05 is more than 0.6
        (-1e-13, 1e-13, 1e-13, [-1e-13, 0.0, 1e-13]),
    ],
)
def test_values_of_a_step_are_those_that_one_types(
    low: float, high: float, step: float, values: list[float]
) -> None:
    cube = UnitCube({"p": Float(low, high, step=step)})
    n = len(values)
    assert [cube.from_unit(np.array([(k + 0.5) / n]))["p"] for k in range(n)] == values


def test_no_step_leaves_its_range_by_rounding() -> None:
    for low in (-0.7, 0.0, 0.1, 0.4, 1.1, 100.3):
        for step in (0.01, 0.05, 0.1, 0.3, 0.7, 1.5):
            for n in (1, 2, 3, 4, 7, 10, 29):
                distribution = Float(low, round(low + n * step, 6), step=step)
                cube = UnitCube({"p": distribution})
                for x in (0.0, 0.3, 0.7, 1.0):
                    value = cube.from_unit(np.array([x]))["p"]
                    assert distribution._contains(value), (distribution, value)
                    assert type(value) is float
    assert type(UnitCube({"p": Int(1, 9, step=2)}).from_unit(np.array([1.0]))["p"]) is int


def test_choices_have_an_axis_each_on_request() -> None:
    cube = UnitCube({"x": Float(0, 1), "choice": SPACE["choice"]}, one_hot=True)
    assert cube.names == ("x", "choice", "choice", "choice")
    assert cube.to_unit({"x": 0.5, "choice": 1}).tolist() == [0.5, 0, 0, 1]
    assert cube.from_unit(np.array([0.5, 0.2, 0.9, 0.3])) == {"x": 0.5, "choice": True}


def test_a_parameter_with_a_single_value_has_no_axis() -> None:
    cube = UnitCube({"x": Float(0, 1), "only": Int(7, 7), "name": CategoricalDistribution(["z"])})
    assert cube.n_axes == 1
    assert cube.from_unit(np.array([0.25])) == {"only": 7, "name": "z", "x": 0.25}
    assert cube.to_unit({"x": 0.25}).tolist() == [0.25]
