"""Points of a Sobol sequence, which fill the space more evenly than random ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial
from scipy.stats import qmc

from titan_mlopt.study.samplers.known_space import KnownSpace
from titan_mlopt.study.samplers.unit_cube import UnitCube


class Sobol(KnownSpace):
    """Takes the point of the study's scrambled sequence that has the number of the trial's point.

    Args:
        space: Optuna's distributions by name.
        seed: Of the study, by which the sequence is scrambled.
        number: Number of the point, from 0 on.
    """

    def __init__(self, space: Mapping[str, BaseDistribution], seed: int, number: int) -> None:
        super().__init__(space)
        self._seed, self._number = seed, number

    def sample_relative(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        """Return the params of the point."""
        cube = UnitCube(search_space)
        sequence = qmc.Sobol(cube.n_axes, scramble=True, rng=np.random.default_rng(self._seed))
        if self._number:  # SciPy fails to go forward by 0
            sequence.fast_forward(self._number)
        return cube.from_unit(sequence.random()[0])

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return the value of a parameter outside of the space, which has a single one."""
        return UnitCube({param_name: param_distribution}).from_unit(np.empty(0))[param_name]
