"""The learning model: LightGBM trees on past bars, through LightGBM's C API.

``import lightgbm`` would import scikit-learn, pandas and pyarrow (2 s, 120 MB) into every trial;
the shared library alone loads in 10 ms. A test checks that the trees are the same, to the bit.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from pathlib import Path

import numpy as np

from titan_mlopt.backtest.engine.windows import TRAINING_BARS as TRAINING_BARS
from titan_mlopt.core.errors import TrialError
from titan_mlopt.core.parameters import Params

# Constants of LightGBM's c_api.h and meta.h.
_FLOAT32, _NORMAL, _ZERO = 0, 0, 1e-35
#: LightGBM's parameters that no config sets, for a few thousand rows of a dozen columns, where its
#: defaults suit millions; benchmarks/classifier.py measures what they cost and how they predict.
#: cross_entropy: for labels 0 and 1 the same loss as binary, with cheaper gradients.
#: min_gain_to_split: twice the fall of the log loss, summed over the rows, that a split must bring.
#: Without a first split that brings it, training ends before ml.n_estimators trees.
SETTINGS: dict[str, str | float] = {
    "objective": "cross_entropy",
    "max_bin": 15,
    "min_data_in_leaf": 100,
    "min_gain_to_split": 0.2,
}


class Classifier:
    """A gradient-boosted classifier of the next direction; close it after use.

    It runs in one thread and is deterministic in (rows, config, seed).

    Args:
        config: Full config, of which ml.n_estimators, ml.max_depth, ml.num_leaves and
            ml.learning_rate are used.
        seed: LightGBM's seed.
    """

    def __init__(self, config: Params, seed: int) -> None:
        self._rounds = int(config["ml.n_estimators"])
        self._parameters = " ".join(f"{k}={v}" for k, v in _parameters(config, seed).items())
        self._booster: ctypes.c_void_p | None = None

    def fit(self, features: np.ndarray, up: np.ndarray) -> None:
        """Train from scratch. With outcomes of one kind only, or none, it is untrained afterwards.

        Args:
            features: Features of past bars, float32 (n, k).
            up: Their outcomes, (n,), 1 for UP and 0 for DOWN.
        """
        self.close()
        if not 0 < np.count_nonzero(up) < len(up):
            return
        rows = np.ascontiguousarray(features, np.float32)
        labels = np.ascontiguousarray(up, np.float32)
        library, parameters = _library(), self._parameters.encode()
        dataset, booster, finished = _dataset(rows, parameters), ctypes.c_void_p(), ctypes.c_int(0)
        try:
            _check(
                library.LGBM_DatasetSetField(
                    dataset, b"label", labels.ctypes.data_as(ctypes.c_void_p), len(labels), _FLOAT32
                )
            )
            _check(library.LGBM_BoosterCreate(dataset, parameters, ctypes.byref(booster)))
            self._booster = booster
            for _ in range(self._rounds):
                _check(library.LGBM_BoosterUpdateOneIter(booster, ctypes.byref(finished)))
                if finished.value:
                    break
        finally:
            library.LGBM_DatasetFree(dataset)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return p(UP) for each row of ``features`` (n, k), (n,); NaN while untrained."""
        answer = np.full(len(features), np.nan)
        if self._booster is None or not len(features):
            return answer
        rows, written = np.ascontiguousarray(features, np.float32), ctypes.c_int64(0)
        _check(
            _library().LGBM_BoosterPredictForMat(
                self._booster,
                rows.ctypes.data_as(ctypes.c_void_p),
                _FLOAT32,
                rows.shape[0],
                rows.shape[1],
                1,
                _NORMAL,
                0,
                -1,
                self._parameters.encode(),
                ctypes.byref(written),
                answer.ctypes.data_as(ctypes.c_void_p),
            )
        )
        return answer

    def close(self) -> None:
        """Free the trees; the classifier can be trained again."""
        if self._booster is not None:
            _library().LGBM_BoosterFree(self._booster)
            self._booster = None


def _parameters(config: Params, seed: int) -> dict[str, object]:
    """Return LightGBM's parameters for ``config``."""
    return {
        **SETTINGS,
        "num_leaves": config["ml.num_leaves"],
        "max_depth": config["ml.max_depth"],
        "learning_rate": config["ml.learning_rate"],
        "seed": seed,
        "num_threads": 1,
        "deterministic": "true",
        "force_row_wise": "true",  # same results, 5 % faster
        "verbosity": -1,
    }


def _dataset(rows: np.ndarray, parameters: bytes) -> ctypes.c_void_p:
    """Return LightGBM's dataset of ``rows`` (n, k) float32, C-contiguous; free it after use.

    ``LGBM_DatasetCreateFromMat`` spends half its time on sorting the non-zero values of each column
    for its bins. Here they are passed sorted, with the rows of the non-zero values.
    """
    library, dataset, (n, k) = _library(), ctypes.c_void_p(), rows.shape
    filled = np.abs(rows.T) > _ZERO
    columns = [np.sort(c[f]).astype(np.float64) for c, f in zip(rows.T, filled, strict=True)]
    positions = [np.flatnonzero(f).astype(np.int32) for f in filled]
    counts = np.array([len(column) for column in columns], np.int32)
    _check(
        library.LGBM_DatasetCreateFromSampledColumn(
            (ctypes.c_void_p * k)(*(column.ctypes.data for column in columns)),
            (ctypes.c_void_p * k)(*(rows_of_values.ctypes.data for rows_of_values in positions)),
            k,
            counts.ctypes.data_as(ctypes.c_void_p),
            n,
            n,
            ctypes.c_int64(n),
            parameters,
            ctypes.byref(dataset),
        )
    )
    pushed = library.LGBM_DatasetPushRows(
        dataset, rows.ctypes.data_as(ctypes.c_void_p), _FLOAT32, n, k, 0
    )
    if pushed != 0:
        library.LGBM_DatasetFree(dataset)
    _check(pushed)
    return dataset


@functools.cache
def _library() -> ctypes.CDLL:
    """Load LightGBM's shared library without importing its Python package."""
    spec = importlib.util.find_spec("lightgbm")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        for path in sorted(Path(folder).glob("**/lib_lightgbm.*")):
            library = ctypes.CDLL(str(path))
            library.LGBM_GetLastError.restype = ctypes.c_char_p
            return library
    raise TrialError(
        "lightgbm: its shared library must be installed, found none; pip install lightgbm"
    )


def _check(code: int) -> None:
    if code != 0:
        raise RuntimeError(f"LightGBM: {_library().LGBM_GetLastError().decode(errors='replace')}")
