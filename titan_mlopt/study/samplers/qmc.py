"""Points of a Sobol sequence, which fill the space more evenly than random ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial
from scipy.stats import qmc

from titan_mlopt.study.samplers.known_space import CubeSampler
from titan_mlopt.study.samplers.unit_cube import UnitCube


class Sobol(CubeSampler):
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
        return UnitCube(search_space).from_unit(sobol_point(search_space, self._seed, self._number))


def sobol_point(space: Mapping[str, BaseDistribution], seed: int, number: int) -> np.ndarray:
    """Return a point of a scrambled Sobol sequence, shape (d,).

    Args:
        space: Optuna's distributions by name.
        seed: By which the sequence is scrambled.
        number: Number of the point, from 0 on.
    """
    sequence = qmc.Sobol(UnitCube(space).n_axes, scramble=True, rng=np.random.default_rng(seed))
    if number:  # SciPy fails to go forward by 0
        sequence.fast_forward(number)
    point: np.ndarray = sequence.random()[0]
    return point
