"""Studies of a made-up objective, sampled as a study of the tuner is, for the tests of bounds."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import optuna

from support.summary_cases import study as record_of
from titan_mlopt.analysis.optuna_view import quiet_optuna
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, Range
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, TrialRecord
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of

Study = tuple[optuna.Study, StudyRecord]
#: Gives the value of params and a standard normal deviate.
Objective = Callable[[Params, float], float]


def searched(
    objective: Objective,
    n: int,
    seed: int,
    sampler: str = "tpe",
    ranges: Mapping[str, Range] = TUNABLE_PARAMS,
) -> Study:
    """Return a study that a sampler searched for the largest value, and its record."""
    space, rng = distributions_of(ranges), random.Random(seed)
    with quiet_optuna():
        study = optuna.create_study(direction="maximize", study_name="btc_1m")
    trials = []
    for number in range(n):
        study.sampler = build_sampler(space, seed, number, parallel=False, name=sampler)
        trial = study.ask(space)
        value = objective(dict(trial.params), rng.gauss(0, 1))
        study.tell(trial, value)
        trials.append(
            TrialRecord(number, COMPLETE, dict(trial.params), (value,), 100.0, 102.0, None)
        )
    space_settings = {"ranges": {name: list(bounds) for name, bounds in ranges.items()}}
    settings = {"n_trials": n, "seed": seed, "space": {**space_settings, "fixed": {}}}
    return study, record_of(*trials, settings=settings)


def noise(params: Params, deviate: float) -> float:
    """Return a value that has nothing to do with the parameters."""
    return deviate


def planted(params: Params, deviate: float) -> float:
    """Return a value that is best at a ``model.flat_threshold`` of .53, under some noise."""
    return deviate - 80 * abs(float(params["model.flat_threshold"]) - 0.53)
