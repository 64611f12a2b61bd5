"""Runs of the predictor and made candles, for the tests of the engine and its stages."""

from __future__ import annotations

import numpy as np

from titan_mlopt.backtest.engine.ensemble import Decisions
from titan_mlopt.backtest.engine.indicators import (
    N_INDICATORS,
    Bars,
    fill_indicators,
    new_carry,
    windows_of,
)
from titan_mlopt.backtest.engine.predictor import Predictor
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import DEFAULTS, Params, merge_config

UNTRAINED = merge_config({"ml.enabled": False})
#: Trains at bar 169 and every 60 bars from there on.
OFTEN_TRAINED = merge_config({"ml.min_samples": 50, "ml.train_interval": 60, "ml.n_estimators": 50})


def decided(candles: Candles, config: Params, pieces: list[int] | None = None) -> Decisions:
    predictor = Predictor(candles, config)
    for until in pieces or []:
        predictor.run(until)
    predictor.run()
    return predictor.decisions


def bits(decisions: Decisions) -> bytes:
    return b"".join(column.tobytes() for column in decisions)


def bars_of(candles: Candles) -> Bars:
    return Bars(candles.open, candles.high, candles.low, candles.close, candles.volume)


def indicators_of(candles: Candles, config: Params = DEFAULTS) -> np.ndarray:
    """All bars in one block."""
    out = np.empty((N_INDICATORS, len(candles)))
    fill_indicators(bars_of(candles), 0, len(candles), windows_of(config), new_carry(), out)
    return out


def candles_with(close: np.ndarray, volume: np.ndarray, seed: int = 0) -> Candles:
    """Valid candles around the closes."""
    rng = np.random.default_rng(seed)
    open_ = np.concatenate([close[:1], close[:-1]])
    high = np.maximum(open_, close) * (1 + 1e-4 * rng.random(len(close)))
    low = np.minimum(open_, close) * (1 - 1e-4 * rng.random(len(close)))
    return Candles("made", 60 * np.arange(len(close)), open_, high, low, close, volume)
