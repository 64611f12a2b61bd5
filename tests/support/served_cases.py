"""Configs of the embedded predictor, their folders, and candles as people hand them over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from support.apply_cases import embedded
from titan_mlopt.backtest.engine.predictor import Predictor
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.parameters import Params, merge_config
from titan_mlopt.tracking.registry.model_folder import save_model

#: Trains its classifier early, so that 1,500 candles see several trainings.
CONFIG = merge_config({"feature.fast_window": 4, "ml.min_samples": 200, "ml.train_interval": 300})
METRICS: dict[str, float | None] = {
    "accuracy": 0.55,
    "hits": 550.0,
    "n_predictions": 1000.0,
    "ece": 0.021,
    "ece_noise": 0.03,
    "sharpe": 3.5,
    "sharpe_se": 16.2,
    "sortino": None,
}


def served_bundle(config: Params | None = None, **manifest: Any) -> Bundle:
    """Return a config as a study registers it, with metrics and a seed."""
    bundle = embedded(CONFIG if config is None else config)
    said = {**bundle.manifest, "seed": 7, "metrics": METRICS, **manifest}
    params = {"feature.fast_window": bundle.config["feature.fast_window"]}
    return replace(bundle, params=params, manifest=said)


def model_folder(path: Path, bundle: Bundle | None = None) -> Path:
    save_model(bundle or served_bundle(), path, model_id=None, run_id=None)
    return path


def frame_of(candles: Candles) -> pd.DataFrame:
    columns = ("timestamp", "open", "high", "low", "close", "volume")
    return pd.DataFrame(dict(zip(columns, candles.arrays, strict=True)))


def assert_is_the_engines(answer: pd.DataFrame, candles: Candles, config: Params) -> None:
    """Compare an answer, bit for bit, with the engine run on the candles themselves."""
    predictor = Predictor(candles, config, 7)
    predictor.run()
    made = predictor.decisions
    assert len(answer) == len(candles)
    assert answer["p_up"].to_numpy(np.float64).tobytes() == made.p_up.tobytes()
    assert answer["confidence"].to_numpy(np.float64).tobytes() == made.confidence.tobytes()
    words = {1: "UP", -1: "DOWN", 0: "FLAT"}
    assert answer["direction"].tolist() == [words[d] for d in made.direction.tolist()]
    assert answer["traded"].to_numpy(np.bool_).tolist() == made.traded.tolist()
    assert set(answer["direction"]) == {"UP", "DOWN", "FLAT"}
    assert 0 < answer["traded"].sum() < len(answer)
