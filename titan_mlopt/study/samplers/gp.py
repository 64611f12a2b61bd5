"""The sampler gp: tries the point that a Gaussian process expects most improvement of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial
from scipy.special import erfcx, ndtr

from titan_mlopt.study.samplers.gaussian_process import Regression, fit, one_thread, regress
from titan_mlopt.study.samplers.history import History, history_of
from titan_mlopt.study.samplers.known_space import CubeSampler
from titan_mlopt.study.samplers.qmc import sobol_point
from titan_mlopt.study.samplers.unit_cube import UnitCube

#: Points with a value before which the points of a Sobol sequence are tried.
N_STARTUP_TRIALS = 10
#: The same with a prior mean, which is of use earlier.
N_INFORMED_TRIALS = 5
#: The hyperparameters are those of the points up to the last multiple of it.
REFIT_EVERY = 10
#: Most points that hyperparameters are fitted on.
FIT_POINTS = 200
# Candidates: random points, then rounds of points near the best ones so far, which vary some of
# their axes by normal steps of so wide a scale.
_N_RANDOM, _N_NEAR, _SCALES = 1000, 400, (0.2, 0.2, 0.1, 0.05, 0.02)
_N_PARENTS, _N_VARIED = 10, 4

#: Returns the mean that is expected of points (m, d), without an evaluation near them, from the
#: evaluated points (n, d) and their values (n,).
PriorMean = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def no_prior(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return zeros, which leave the mean of the evaluated points."""
    return np.zeros(len(at))


class GpSampler(CubeSampler):
    """Models the value of a point, and searches candidates for the most promising one.

    Points that run or failed count as if they had the value that the model expects of them, at most
    the best one, so that they are not tried again. A trial that failed by chance spoils nothing.

    Args:
        space: Optuna's distributions by name.
        seed: Of the study.
        number: Number of the point.
        prior: Mean that the model starts from; the model is one of the difference to it.
    """

    def __init__(
        self,
        space: Mapping[str, BaseDistribution],
        seed: int,
        number: int,
        prior: PriorMean = no_prior,
    ) -> None:
        super().__init__(space)
        self._seed, self._number, self._prior = seed, number, prior
        self._n_startup = N_STARTUP_TRIALS if prior is no_prior else N_INFORMED_TRIALS

    def sample_relative(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        """Return the params of the point."""
        history = history_of(study, trial, search_space)
        if len(history.valued) < self._n_startup:
            first = sobol_point(search_space, self._seed, self._number)
            return UnitCube(search_space).from_unit(first)
        cube = UnitCube(search_space, one_hot=True)
        rng = np.random.default_rng([self._seed, self._number])
        with one_thread():
            sampled, predict = _model_of(history, cube, self._prior)
            means, _ = predict(sampled)
            order = np.argsort(-means, kind="stable")
            best = float(means[order[0]])
            point = search(
                lambda x: log_expected_improvement(*predict(x), best),
                *(cube, sampled[order], rng),
            )
        return cube.from_unit(point)


def _model_of(
    history: History, cube: UnitCube, prior: PriorMean
) -> tuple[np.ndarray, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]]:
    """Return all points that were begun, and what predicts mean and deviation of others."""
    x, y = points_of(history.params, cube), np.array(history.values)
    n = len(y) // REFIT_EVERY * REFIT_EVERY or len(y)
    early = np.array(history.first(n).values)  # later trials move what a pruned one counts
    rows = spread_rows(n)
    theta = fit(x[rows], (early - prior(x[:n], early, x[:n]))[rows])

    def regression(x: np.ndarray, residual: np.ndarray) -> Regression:
        return regress(x, residual, theta)

    residual = y - prior(x, y, x)
    model, points = regression(x, residual), x
    if history.unknown:
        unknown = points_of(history.unknown, cube)
        start = prior(x, y, unknown)
        believed = np.minimum(model.predict(unknown)[0] + start, y.max()) - start
        points = np.concatenate([x, unknown])
        model = regression(points, np.concatenate([residual, believed]))

    def predict(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean, sd = model.predict(at)
        return mean + prior(x, y, at), sd

    return points, predict


def spread_rows(n: int) -> np.ndarray:
    """Return the numbers of n points that hyperparameters are fitted on: all, or 200 spread evenly.

    A fit takes as long as the cube of their number: 0.3 s for 200, 20 s for 1,000.
    """
    most = min(n, FIT_POINTS)
    return np.arange(most) * n // most


def points_of(params: tuple[Mapping[str, Any], ...], cube: UnitCube) -> np.ndarray:
    """Return the points of params, shape (n, d)."""
    return np.array([cube.to_unit(values) for values in params])


def search(
    score: Callable[[np.ndarray], np.ndarray],
    cube: UnitCube,
    sampled: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the candidate with the highest score that was not tried, shape (d,).

    If every candidate was tried, the one with the highest score.

    Args:
        score: Returns the score of points (n, d).
        cube: Of the space.
        sampled: Points that were begun, best first.
        rng: Draws the candidates; how many it draws does not depend on the scores.
    """
    parents = sampled[:_N_PARENTS]
    candidates = cube.snap(rng.random((_N_RANDOM, cube.n_axes)))
    scores = score(candidates)
    for scale in _SCALES:
        near = cube.snap(_vary(parents, scale, rng))
        scores = np.concatenate([scores, score(near)])
        candidates = np.concatenate([candidates, near])
        parents = candidates[np.argsort(-scores, kind="stable")[:_N_PARENTS]]
    known_points = {point.tobytes() for point in sampled}
    order = np.argsort(-scores, kind="stable")
    fresh = (candidates[k] for k in order if candidates[k].tobytes() not in known_points)
    chosen: np.ndarray = next(fresh, candidates[order[0]])
    return chosen


def _vary(parents: np.ndarray, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Return points that differ from their parents on some axes."""
    points: np.ndarray = parents[np.arange(_N_NEAR) % len(parents)]
    varied = rng.random(points.shape) < _N_VARIED / points.shape[1]
    points += varied * rng.normal(0.0, scale, points.shape)
    return points


def log_expected_improvement(mean: np.ndarray, sd: np.ndarray, best: float) -> np.ndarray:
    """Return the logarithm of the expected improvement on the best value.

    It is that of sd·(φ(z) + z·Φ(z)) with z = (mean - best) / sd, in a form that stays finite far
    below the best (S. Ament et al., Unexpected improvements to expected improvement, 2023, eq. 9).

    Args:
        mean: Means of points, shape (n,).
        sd: Their standard deviations; 0 counts as 1e-12.
        best: The value to improve on.
    """
    sd = np.maximum(sd, 1e-12)
    z = (mean - best) / sd
    near = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) + z * ndtr(z)
    below = np.minimum(z, -1.0)
    far = 1 + below * np.sqrt(np.pi / 2) * erfcx(-below / np.sqrt(2))
    log_far = -0.5 * below**2 - 0.5 * np.log(2 * np.pi) + np.log(np.maximum(far, 1e-300))
    log_near = np.log(np.maximum(near, 1e-300))
    logarithm: np.ndarray = np.log(sd) + np.where(z > -1.0, log_near, log_far)
    return logarithm
