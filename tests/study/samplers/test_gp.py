"""What the Gaussian process and the sampler gp promise."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import optuna
import pytest
import threadpoolctl
from optuna.distributions import FloatDistribution, IntDistribution

from support.sampler_cases import Formula, config_of, run_formula
from titan_mlopt.core.trial import COMPLETE, FAIL
from titan_mlopt.study.samplers import gp
from titan_mlopt.study.samplers.gaussian_process import fit, fits, one_thread, regress
from titan_mlopt.study.samplers.unit_cube import UnitCube


def wave(x: np.ndarray) -> np.ndarray:
    return 3.0 + 2.0 * np.sin(4.0 * x[:, 0])


def test_the_regression_is_that_of_the_formula() -> None:
    # One axis, signal variance 1, length scale .5, noise .1: mean k·(K + .1·1)⁻¹·z and variance
    # 1 - k·(K + .1·1)⁻¹·k with Matérn's (1 + √5r + 5r²/3)·exp(-√5r).
    x, y, at = np.array([[0.0], [0.5]]), np.array([1.0, 3.0]), np.array([[0.25]])
    matern = [
        (1 + math.sqrt(5) * r + 5 * r * r / 3) * math.exp(-math.sqrt(5) * r) for r in (0.5, 1)
    ]
    k = np.full(2, matern[0])
    inverse = np.linalg.inv(np.array([[1.1, matern[1]], [matern[1], 1.1]]))
    mean, sd = regress(x, y, np.log([1.0, 0.5, 0.1])).predict(at)
    assert mean == pytest.approx([2.0 + k @ inverse @ np.array([-1.0, 1.0])])
    assert sd == pytest.approx([math.sqrt(1 - k @ inverse @ k)])


def test_a_fit_finds_the_axis_that_matters_and_how_little_noise_there_is() -> None:
    x = np.random.default_rng(1).random((40, 3))
    theta = fit(x, wave(x))
    _, first, second, third, noise = np.exp(theta)
    assert first < min(second, third) / 2
    assert noise < 0.01
    at = np.random.default_rng(2).random((20, 3))
    mean, _ = regress(x, wave(x), theta).predict(at)
    assert np.abs(mean - wave(at)).max() < 0.2


def test_equal_values_predict_themselves() -> None:
    x = np.random.default_rng(1).random((12, 2))
    mean, sd = regress(x, np.full(12, 0.5), fit(x, np.full(12, 0.5))).predict(x)
    assert mean == pytest.approx(np.full(12, 0.5))
    assert np.isfinite(sd).all()


@pytest.mark.parametrize(
    ("mean", "sd", "expected"),
    [
        (1.0, 2.0, math.log(2.0 / math.sqrt(2 * math.pi))),  # at the best: sd·φ(0)
        (3.0, 2.0, math.log(2.0 * (0.24197072451914337 + 0.8413447460685429))),  # z = 1
        # Far below, log EI tends to log(sd·φ(z)/z²): -800 - .919 - log 1600, 3/z² less.
        (-39.0, 1.0, -800 - 0.5 * math.log(2 * math.pi) - math.log(1600) - 3 / 1600),
    ],
)
def test_expected_improvement_is_that_of_the_formula(
    mean: float, sd: float, expected: float
) -> None:
    found = gp.log_expected_improvement(np.array([mean]), np.array([sd]), 1.0)
    assert found == pytest.approx([expected], abs=1e-5)


def test_the_search_finds_the_best_candidate_and_repeats_no_point() -> None:
    cube = UnitCube({"x": FloatDistribution(0.0, 1.0), "n": IntDistribution(1, 4)})
    tried = cube.snap(np.random.default_rng(1).random((5, 2)))
    point = gp.search(
        lambda at: -((at[:, 0] - 0.3) ** 2) - (at[:, 1] - 0.6) ** 2,
        *(cube, tried, np.random.default_rng(2)),
    )
    assert point == pytest.approx([0.3, 0.625], abs=0.01)  # the third of four cells
    four = UnitCube({"n": IntDistribution(1, 4)})
    begun = np.array([[0.125], [0.375], [0.625]])
    last = gp.search(lambda at: -at[:, 0], four, begun, np.random.default_rng(2))
    assert last == pytest.approx([0.875])


def test_hyperparameters_are_fitted_once_in_ten_points(tmp_path: Path) -> None:
    before = fits()
    records = run_formula(tmp_path, config_of("gp", 39), Formula(1))
    n_valued = sum(state != FAIL for _, _, state, _ in records[:-1])
    assert n_valued >= 30
    assert fits() - before == n_valued // 10  # at 10, 20 and 30 points with a value


def test_a_fit_takes_all_points_up_to_200_and_200_of_more() -> None:
    assert gp.spread_rows(10).tolist() == list(range(10))
    assert gp.spread_rows(200).tolist() == list(range(200))
    assert gp.spread_rows(400).tolist() == list(range(0, 400, 2))
    assert len(set(gp.spread_rows(530).tolist())) == 200


def test_gp_closes_in_on_the_best_point(tmp_path: Path) -> None:
    records = run_formula(tmp_path, config_of("gp", 40, pruner_type="none"), Formula(1))
    complete = [values[0] for _, _, state, values in records if state == COMPLETE]
    assert np.mean(complete[-10:]) > 0.595  # of .6; a uniform point has .551 on average


def test_points_that_run_at_once_differ(tmp_path: Path) -> None:
    records = run_formula(tmp_path, config_of("gp", 24, n_jobs=4, seed=3), Formula(4, order=1))
    assert len({str(params) for _, params, _, _ in records}) == 24


def test_linear_algebra_of_an_ask_has_one_thread() -> None:
    with one_thread():
        pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
        assert pools
        assert {pool["num_threads"] for pool in pools} == {1}


def test_tpe_loads_neither_scikit_learn_nor_scipy_stats_nor_cmaes() -> None:
    program = (
        "import sys; from titan_mlopt.study import coordinator; "
        "from titan_mlopt.study.samplers.build import build_sampler; "
        "build_sampler({}, 1, 0, parallel=False); "
        "print([name for name in ('sklearn', 'scipy.stats', 'cmaes') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_a_prior_mean_leads_where_no_value_says_otherwise() -> None:
    space = {"x": FloatDistribution(0.0, 1.0)}

    def peak(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
        assert len(x) == len(y)
        return -((at[:, 0] - 0.2) ** 2)

    def next_point(prior: gp.PriorMean) -> float:
        study = optuna.create_study(direction="maximize")
        for number in range(12):
            study.sampler = gp.GpSampler(space, 1, number, prior)
            trial = study.ask(space)
            study.tell(trial, 0.5 - (trial.params["x"] - 0.2) ** 2)
        study.sampler = gp.GpSampler(space, 1, 12, prior)
        return float(study.ask(space).params["x"])

    assert next_point(peak) == pytest.approx(0.2, abs=0.05)
    assert gp.no_prior(np.zeros((3, 1)), np.zeros(3), np.zeros((2, 1))).tolist() == [0.0, 0.0]
