"""CMA-ES, whose state is worked out from the study's trials at each point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from cmaes import CMA
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from titan_mlopt.study.samplers.history import history_of
from titan_mlopt.study.samplers.known_space import CubeSampler
from titan_mlopt.study.samplers.unit_cube import UnitCube

#: Standard deviation of the first generation about the middle, in ranges of a parameter.
SIGMA = 0.3


class CmaEs(CubeSampler):
    """Samples from the normal distribution that CMA-ES has learnt from the ended points.

    Optuna's sampler stores the state with the trials, pickled. Here the points that have a value
    are told again in generations, in the order of their numbers, which takes a millisecond each.

    Args:
        space: Optuna's distributions by name.
        seed: Of the point.
    """

    def __init__(self, space: Mapping[str, BaseDistribution], seed: int) -> None:
        super().__init__(space)
        self._seed = seed

    def sample_relative(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        """Return the params of the point."""
        cube, history = UnitCube(search_space), history_of(study, trial, search_space)
        bounds = np.tile([0.0, 1.0], (cube.n_axes, 1))
        state = CMA(np.full(cube.n_axes, 0.5), SIGMA, bounds=bounds, seed=self._seed)
        size = state.population_size
        for first in range(0, len(history.values) - size + 1, size):
            generation = range(first, first + size)
            state.tell([(cube.to_unit(history.params[k]), -history.values[k]) for k in generation])
        return cube.from_unit(state.ask())
