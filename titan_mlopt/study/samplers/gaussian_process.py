"""Regression by a Gaussian process on the unit cube, with scikit-learn's regressor."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from threadpoolctl import ThreadpoolController

# Steps of a fit, which takes some 5 ms each at 200 points of 17 axes.
_FIT_STEPS = 40
# The prior of the hyperparameters: signal and noise variance of standardised values, the length
# scale of an axis as a share of the cube's diagonal, and standard deviations of the logarithms.
_SIGNAL, _NOISE, _LENGTH = 1.0, 0.05, 0.5
_SIGNAL_SD, _NOISE_SD, _LENGTH_SD = 1.0, 1.5, 1.0


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which linear algebra uses one thread: the others belong to trials."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limit


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks at every loaded library, which takes 10 ms


@dataclass(frozen=True)
class Regression:
    """A Gaussian process that has seen points and their values; ``regress`` makes it."""

    _model: GaussianProcessRegressor
    _mean: float
    _scale: float

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation of the function, without its noise, at points.

        Args:
            x: Points of the unit cube, shape (n, d).
        """
        with warnings.catch_warnings():
            # Rounding may turn a variance of 0 negative; scikit-learn makes it 0 and warns.
            warnings.simplefilter("ignore", UserWarning)
            mean, sd = self._model.predict(x, return_std=True)
        return self._mean + self._scale * mean, self._scale * sd

    def mean(self, x: np.ndarray) -> np.ndarray:
        """Return the mean alone, which takes less time."""
        mean: np.ndarray = self._mean + self._scale * self._model.predict(x)
        return mean


def regress(x: np.ndarray, y: np.ndarray, theta: np.ndarray) -> Regression:
    """Return the Gaussian process that has seen these points.

    The kernel is Matérn 5/2 with a length scale for each axis, plus noise (C. E. Rasmussen and
    C. K. I. Williams, Gaussian Processes for Machine Learning, 2006, eq. 4.17). The values are
    standardised first; equal ones predict themselves.

    Args:
        x: Points of the unit cube, shape (n, d), n >= 1.
        y: Their values, shape (n,).
        theta: Hyperparameters, as ``fit`` returns them.
    """
    mean, scale = float(np.mean(y)), float(np.std(y)) or 1.0
    kernel = _kernel(x.shape[1]).clone_with_theta(theta)
    # The noise stands beside the kernel, which then predicts the function alone.
    model = GaussianProcessRegressor(kernel.k1, alpha=float(np.exp(theta[-1])), optimizer=None)
    return Regression(model.fit(x, (y - mean) / scale), mean, scale)


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the most probable hyperparameters of points and their values.

    They depend on nothing else; the last few answers are remembered.

    Args:
        x: Points of the unit cube, shape (n, d), n >= 1.
        y: Their values, shape (n,).

    Returns:
        Logarithms of signal variance, d length scales and noise variance of the standardised
        values, shape (d + 2,).
    """
    scale = float(np.std(y)) or 1.0
    return _fit(x.tobytes(), ((y - np.mean(y)) / scale).tobytes(), x.shape[1]).copy()


@lru_cache(maxsize=4)
def _fit(points: bytes, values: bytes, n_axes: int) -> np.ndarray:
    x, y = np.frombuffer(points).reshape(-1, n_axes), np.frombuffer(values)
    prior_mean, prior_sd = _prior(n_axes)

    def search(
        loss: Callable[[np.ndarray], tuple[float, np.ndarray]],
        start: np.ndarray,
        bounds: np.ndarray,
    ) -> tuple[np.ndarray, float]:
        def negative_log_posterior(theta: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = loss(theta)
            z = (theta - prior_mean) / prior_sd
            return value + 0.5 * float(z @ z), gradient + z / prior_sd

        optimum = minimize(
            *(negative_log_posterior, start),
            method="L-BFGS-B",
            jac=True,
            bounds=bounds,
            options={"maxiter": _FIT_STEPS},
        )
        return optimum.x, float(optimum.fun)

    model = GaussianProcessRegressor(_kernel(n_axes), alpha=1e-8, optimizer=search)
    with warnings.catch_warnings():
        # It warns of hyperparameters at their bounds, as of an axis that does not matter.
        warnings.simplefilter("ignore", UserWarning)
        theta: np.ndarray = model.fit(x, y).kernel_.theta
    return theta


def fits() -> int:
    """Return how many fits this process has made, remembered answers left out."""
    return _fit.cache_info().misses


def expected_covariance(x: np.ndarray) -> np.ndarray:
    """Return the covariance of standardised values, noise included, before any is known, (n, n)."""
    covariance: np.ndarray = _kernel(x.shape[1])(x)
    return covariance


def _kernel(n_axes: int) -> Any:
    """Return the kernel at the prior's middle, with the bounds of a fit."""
    length = np.full(n_axes, _LENGTH * np.sqrt(n_axes))
    signal = ConstantKernel(_SIGNAL, (1e-2, 1e2)) * Matern(length, (1e-2, 1e2), nu=2.5)
    return signal + WhiteKernel(_NOISE, (1e-4, 1.0))


def _prior(n_axes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the normal prior of the hyperparameters."""
    mean = np.array(_kernel(n_axes).theta)
    return mean, np.array([_SIGNAL_SD, *[_LENGTH_SD] * n_axes, _NOISE_SD])
