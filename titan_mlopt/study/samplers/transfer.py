"""What other studies say of a point, as the mean that the sampler gp starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear

from titan_mlopt.study.samplers.gaussian_process import (
    Regression,
    expected_covariance,
    fit,
    one_thread,
    regress,
)

# Hyperparameters of a source are those of at most so many of its points.
_FIT_POINTS = 120
# Weights before any trial: they sum to this, each with so wide a standard deviation.
_EXPECTED, _SPREAD = 0.5, 0.5


@dataclass(frozen=True)
class TransferSource:
    """What is known of another study.

    Attributes:
        name: Which study it is; each source has another one.
        points: Its points in this study's unit cube, shape (n, d).
        values: Their values, higher is better, in standard deviations from the mean; shape (n,).
    """

    name: str
    points: np.ndarray
    values: np.ndarray


class TransferPrior:
    """A weighted sum of the means of models of other studies.

    The weights are learned from the trials of the study alone: those that make each trial's value
    most probable given all other trials (leave-one-out, C. E. Rasmussen and C. K. I. Williams,
    Gaussian Processes for Machine Learning, 2006, section 5.4.2), with a normal prior. A source
    that says nothing of this study gets a weight near 0.

    Args:
        sources: At least one.

    Attributes:
        weights: Of the last call by the names of the sources, {} before: each the learned one times
            the share of the source's own spread that its model finds (both 0 to 1), as a source
            that is all noise has a flat model, to which no weight matters.
    """

    def __init__(self, sources: Sequence[TransferSource]) -> None:
        self._names = [source.name for source in sources]
        with one_thread():
            self._models = [_model(source) for source in sources]
            spreads = [np.std(m.mean(s.points)) for m, s in zip(self._models, sources, strict=True)]
        self._strengths = np.minimum(spreads, 1.0)
        self.weights: dict[str, float] = {}
        self._known, self._learned = b"", np.zeros(len(sources))

    def __call__(self, x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Return the expected value of points, up to a constant.

        Args:
            x: Points of this study that have a value, shape (n, d).
            y: Their values, shape (n,).
            at: The points in question, shape (m, d).

        Returns:
            Shape (m,), in the unit of y.
        """
        content = x.tobytes() + y.tobytes()
        if content != self._known:  # the sampler asks several times
            self._known, self._learned = content, learn_weights(x, y, self._means(x))
            weights = map(float, self._learned * self._strengths)
            self.weights = dict(zip(self._names, weights, strict=True))
        expected: np.ndarray = float(np.std(y)) * (self._means(at) @ self._learned)
        return expected

    def _means(self, at: np.ndarray) -> np.ndarray:
        return np.column_stack([model.mean(at) for model in self._models])


def _model(source: TransferSource) -> Regression:
    x, y = source.points, source.values
    chosen = np.unique(np.linspace(0, len(y) - 1, _FIT_POINTS).astype(int))
    return regress(x, y, fit(x[chosen], y[chosen]))


def learn_weights(x: np.ndarray, y: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the weights, from 0 to 1 each, with which the means predict each point best.

    Args:
        x: Points, shape (n, d).
        y: Their values, shape (n,); equal ones leave the weights that were expected.
        means: What each source expects of the points, in standard deviations; shape (n, k).

    Returns:
        Shape (k,).
    """
    n_sources = means.shape[1]
    expected = np.full(n_sources, _EXPECTED / n_sources)
    spread = float(np.std(y))
    if not spread > 0:
        return expected
    inverse = np.linalg.inv(expected_covariance(x))
    # The error of point i, predicted from the others, is (K⁻¹ r)ᵢ / K⁻¹ᵢᵢ, its variance 1 / K⁻¹ᵢᵢ.
    errors = inverse / np.sqrt(np.diag(inverse))[:, None]
    columns = np.column_stack([means, np.ones(len(y))])  # the last one for the level of y
    prior = np.eye(n_sources, n_sources + 1) / _SPREAD
    solution = lsq_linear(
        np.vstack([errors @ columns, prior]),
        np.concatenate([errors @ ((y - np.mean(y)) / spread), expected / _SPREAD]),
        bounds=([0.0] * n_sources + [-np.inf], [1.0] * n_sources + [np.inf]),
    )
    weights: np.ndarray = solution.x[:n_sources]
    return weights
