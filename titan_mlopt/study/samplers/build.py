"""The sampler of each point, by the name of a study's sampler."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler

from titan_mlopt.core.tuner_config import CMAES, GP, NSGA2, NSGA3, QMC, RANDOM, TPE
from titan_mlopt.study.samplers.known_space import KnownSpaceTpe, Nsga2, Nsga3

if TYPE_CHECKING:
    from titan_mlopt.study.samplers.gp import PriorMean

N_STARTUP_TRIALS = 10
#: COMPLETE trials of a generation. Optuna's 50 would make two generations of a study of 100.
POPULATION = 20


def build_sampler(
    space: Mapping[str, BaseDistribution],
    seed: int,
    number: int,
    *,
    parallel: bool,
    name: str = TPE,
    prior: PriorMean | None = None,
) -> BaseSampler:
    """Return the sampler of one point.

    It is seeded by (seed, number) and depends on the study's trials alone, so a resumed study
    samples the points that it would have sampled without the interruption (nsga2 and nsga3 with one
    job only).

    Args:
        space: Optuna's distributions by name.
        seed: Seed of the study.
        number: Number of the point.
        parallel: Whether trials run at the same time. For TPE running ones then count as bad
            (``constant_liar``), so that the next point differs from theirs.
        name: Name of the sampler, one of ``core.tuner_config.SAMPLERS``.
        prior: Mean that GP starts from, None for none; other samplers have no use for it.
    """
    state = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    if name == RANDOM:
        return optuna.samplers.RandomSampler(seed=state)
    if name == QMC:
        from titan_mlopt.study.samplers.qmc import Sobol  # loads scipy.stats

        return Sobol(space, seed, number)
    if name == GP:
        from titan_mlopt.study.samplers.gp import GpSampler, no_prior  # loads scikit-learn

        return GpSampler(space, seed, number, prior or no_prior)
    if name == CMAES:
        from titan_mlopt.study.samplers.cma_es import CmaEs

        return CmaEs(space, state)
    with warnings.catch_warnings():
        # Optuna warns at each use that multivariate TPE and NSGA-III are experimental.
        warnings.simplefilter("ignore", ExperimentalWarning)
        if name in (NSGA2, NSGA3):
            genetic = Nsga2 if name == NSGA2 else Nsga3
            return genetic(space, seed=state, population_size=POPULATION)
        return KnownSpaceTpe(
            space,
            seed=state,
            multivariate=True,
            constant_liar=parallel,
            n_startup_trials=N_STARTUP_TRIALS,
        )
