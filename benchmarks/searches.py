"""Searches on candles in this process, sampled as the coordinator samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import markets
import numpy as np
import optuna

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import DEFAULTS, Params
from titan_mlopt.core.tuner_config import TPE
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of
from titan_mlopt.study.samplers.transfer import TransferPrior, TransferSource
from titan_mlopt.study.samplers.unit_cube import UnitCube

SPACE = distributions_of(markets.SPACE.ranges)
#: The default config within the space.
DEFAULT_POINT: Params = {name: DEFAULTS[name] for name in SPACE}
#: Random configs by which the scores of a part are measured.
N_RANDOM = 200


@dataclass(frozen=True)
class Search:
    """The params of a study's trials in their order, and the accuracy of each."""

    params: tuple[Params, ...]
    values: tuple[float, ...]

    def top(self, n: int) -> list[Params]:
        """Return the best n params, the best first."""
        order = sorted(range(len(self.values)), key=lambda i: -self.values[i])
        return [self.params[i] for i in order[:n]]

    def best(self, n: int | None = None) -> float:
        """Return the best accuracy of the first n trials."""
        return max(self.values[:n])

    def later(self, candles: Candles, n: int) -> float:
        """Return what the best config of the first n trials scores on other candles."""
        return markets.objective(candles, self.params[int(np.argmax(self.values[:n]))])

    def source(self, name: str, values: Sequence[float] | None = None) -> TransferSource:
        """Return the study as one that others start from, with its own values or others."""
        cube = UnitCube(dict(sorted(SPACE.items())), one_hot=True)
        scores = np.array(self.values if values is None else values)
        points = np.array([cube.to_unit(params) for params in self.params])
        return TransferSource(name, points, (scores - scores.mean()) / scores.std())


def search(
    candles: Candles,
    n: int,
    seed: int,
    first: Sequence[Params] = (),
    sampler: str = TPE,
    prior: TransferPrior | None = None,
) -> Search:
    """Run a study of n trials that begins with the params in ``first``.

    prior: what other studies say, for the sampler gp.
    """
    study = optuna.create_study(direction="maximize")
    values = []
    for number in range(n):
        study.sampler = build_sampler(
            *(SPACE, seed, number), parallel=False, name=sampler, prior=prior
        )
        if number < len(first):
            study.enqueue_trial(first[number])
        trial = study.ask(SPACE)
        values.append(markets.objective(candles, trial.params))
        study.tell(trial, values[-1])
    return Search(tuple(trial.params for trial in study.get_trials(deepcopy=False)), tuple(values))


@dataclass(frozen=True)
class Scale:
    """What accuracies are worth on some candles: mean and sd of random configs."""

    values: np.ndarray

    def of(self, accuracy: float) -> float:
        """Return an accuracy in standard deviations of a config above the mean."""
        return float((accuracy - self.values.mean()) / self.values.std(ddof=1))


@cache
def scale(candles: Candles, n: int = N_RANDOM) -> Scale:
    """Return the scale of candles, by n configs of the space at random, the same everywhere."""
    rng = np.random.RandomState(0)
    names, configs = list(SPACE), []
    for _ in range(n):
        configs.append({name: draw(SPACE[name], rng) for name in names})
    return Scale(np.array([markets.objective(candles, config) for config in configs]))


def draw(distribution: optuna.distributions.BaseDistribution, rng: np.random.RandomState) -> float:
    """Return a value of a parameter at random."""
    if isinstance(distribution, optuna.distributions.IntDistribution):
        return int(rng.randint(distribution.low, distribution.high + 1))
    assert isinstance(distribution, optuna.distributions.FloatDistribution)
    low, high = distribution.low, distribution.high
    if distribution.log:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return float(rng.uniform(low, high))
