"""Optuna's own samplers with a known search space, which they would infer from all trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from titan_mlopt.study.samplers.unit_cube import UnitCube


class KnownSpace(BaseSampler):
    """Samples all parameters together from the first trial on, as its base does.

    Args:
        space: Optuna's distributions by name.
        **settings: Those of the base.
    """

    def __init__(self, space: Mapping[str, BaseDistribution], **settings: Any) -> None:
        super().__init__(**settings)
        names = sorted(name for name, values in space.items() if not values.single())
        self._space = {name: space[name] for name in names}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the space that Optuna would infer from ended trials."""
        return self._space


class CubeSampler(KnownSpace):
    """A sampler that chooses a point of the unit cube; its own ``sample_relative`` says which."""

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return the value of a parameter outside of the cube, which has a single one."""
        return UnitCube({param_name: param_distribution}).from_unit(np.empty(0))[param_name]


class KnownSpaceTpe(KnownSpace, optuna.samplers.TPESampler):
    """TPE."""


class Nsga2(KnownSpace, optuna.samplers.NSGAIISampler):
    """NSGA-II. Optuna stores the generation of a trial by the name of this class."""

    def get_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        """Return the trials of a generation that were the first to end.

        The next generation's parents are chosen from them when it begins, which Optuna remembers
        for as long as the process runs. A resumed study chooses anew, and then from those that
        were late for their generation too.
        """
        return super().get_population(study, generation)[: self.population_size]


class Nsga3(KnownSpace, optuna.samplers.NSGAIIISampler):
    """NSGA-III. Optuna stores the generation of a trial by the name of this class."""

    def get_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        """Return the trials of a generation that were the first to end, as in ``Nsga2``."""
        return super().get_population(study, generation)[: self.population_size]
