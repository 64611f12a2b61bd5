"""What every sampler promises: the same study again, also after an interruption."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from support.sampler_cases import RANGES, Formula, config_of, run_formula
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.space.details import Detail
from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED
from titan_mlopt.core.tuner_config import CMAES, NSGA2, NSGA3, SAMPLERS
from titan_mlopt.study.samplers.distributions import distributions_of
from titan_mlopt.study.samplers.unit_cube import UnitCube

#: Trials of a study: a genetic sampler's first generation alone has 20 COMPLETE ones.
N_TRIALS = dict.fromkeys(SAMPLERS, 24) | {NSGA2: 60, NSGA3: 60}


#: A genetic sampler with two objectives, any other with one.
OBJECTIVE = dict.fromkeys(SAMPLERS, "accuracy") | {NSGA2: "multi", NSGA3: "multi"}


def folders(path: Path, *names: str) -> list[Path]:
    for name in names:
        (path / name).mkdir()
    return [path / name for name in names]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_study_that_was_killed_twice_equals_one_that_ran_through(
    sampler: str, tmp_path: Path
) -> None:
    parts, whole = folders(tmp_path, "parts", "whole")
    config = config_of(sampler, N_TRIALS[sampler], objective_type=OBJECTIVE[sampler])
    first = run_formula(parts, config, Formula(1, kill_after=13))
    assert len(first) == 13
    run_formula(parts / "killed", config, Formula(1, kill_after=7))
    resumed = run_formula(parts / "killed" / "killed", config, Formula(1))
    assert resumed == run_formula(whole, config, Formula(1))
    states = Counter(state for _, _, state, _ in resumed)
    assert set(states) == {COMPLETE, PRUNED, FAIL}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_two_jobs_give_one_study_in_any_order_of_ending_when_deterministic(
    sampler: str, tmp_path: Path
) -> None:
    one, other, parts = folders(tmp_path, "one", "other", "parts")
    # Without a pruner, which knows more when a killed trial is tried again.
    two_jobs = {"n_jobs": 2, "deterministic": True, "pruner_type": "none"}
    config = config_of(sampler, N_TRIALS[sampler], **two_jobs)
    expected = run_formula(one, config, Formula(2, order=1))
    assert run_formula(other, config, Formula(2, order=2)) == expected
    if sampler in (NSGA2, NSGA3):
        return  # after a kill they differ with several jobs, as docs/samplers.md says
    run_formula(parts, config, Formula(2, order=3, kill_after=N_TRIALS[sampler] - 9))
    assert run_formula(parts / "killed", config, Formula(2, order=4)) == expected


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_another_seed_gives_another_study(sampler: str, tmp_path: Path) -> None:
    one, other = folders(tmp_path, "one", "other")
    assert run_formula(one, config_of(sampler, 3), Formula(1)) != run_formula(
        other, config_of(sampler, 3, seed=7), Formula(1)
    )


def test_the_points_of_qmc_are_those_of_one_scrambled_sequence(tmp_path: Path) -> None:
    records = run_formula(tmp_path, config_of("qmc", 8), Formula(1))
    sequence = stats.qmc.Sobol(len(RANGES), rng=np.random.default_rng(42)).random(8)
    names = sorted(RANGES)
    cube = UnitCube({name: distributions_of(RANGES)[name] for name in names})
    assert [params for _, params, _, _ in records] == [cube.from_unit(x) for x in sequence]
    # Any eight in a row from a multiple of eight on have one point in each eighth of an axis.
    assert [len({int(8 * x) for x in axis}) for axis in sequence.T] == [8] * len(names)


@pytest.mark.parametrize("sampler", ["gp", "qmc", CMAES])
def test_a_step_whose_multiples_are_no_typed_numbers_is_sampled_to_its_end(
    sampler: str, tmp_path: Path
) -> None:
    # 0.4 + 4 * 0.05 is more than 0.6 by rounding, which Optuna would take for a value outside.
    space = Space(
        {**RANGES, "online.max_weight": (0.4, 0.6, "float")},
        details={"online.max_weight": Detail(step=0.05)},
    )
    records = run_formula(tmp_path, config_of(sampler, 24, space=space), Formula(1))
    values = {params["online.max_weight"] for _, params, _, _ in records}
    assert values <= {0.4, 0.45, 0.5, 0.55, 0.6}
    assert 0.6 in values


def test_a_genetic_sampler_crosses_the_generation_before(tmp_path: Path) -> None:
    records = run_formula(tmp_path, config_of(NSGA2, 80, pruner_type="none"), Formula(1))
    complete = [values[0] for _, _, state, values in records if state == COMPLETE]
    assert np.mean(complete[20:]) > np.mean(complete[:20]) + 0.005


def test_cmaes_closes_in_on_the_best_point(tmp_path: Path) -> None:
    records = run_formula(tmp_path, config_of(CMAES, 80, pruner_type="none"), Formula(1))
    complete = [values[0] for _, _, state, values in records if state == COMPLETE]
    # A uniform point loses .1·(1/12 + .2²) on each of four axes: .551 on average, of .6.
    assert np.mean(complete[-20:]) > 0.59


def test_cmaes_is_refused_with_two_objectives() -> None:
    with pytest.raises(ConfigError, match=r"sampler: must be one of tpe, .* got 'cmaes'; leave it"):
        config_of(CMAES, 5, objective_type="multi")
