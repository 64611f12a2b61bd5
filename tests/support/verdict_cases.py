"""Markets with and without an edge, and small studies on them that have a hold-out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, merge_config
from titan_mlopt.core.search_space import Space
from titan_mlopt.evaluation.gate.gate import Gate
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.evaluation.rerun import Rerun
from titan_mlopt.study.storage.studies import read_study

NAMES = ("feature.fast_window", "feature.slow_window", "model.rsi_oversold", "online.learning_rate")
#: Without the classifier a trial takes milliseconds.
SPACE = Space({name: TUNABLE_PARAMS[name] for name in NAMES}, {"ml.enabled": False})
DEFAULT: Params = merge_config({"ml.enabled": False})
N_CANDLES = 6000
#: Candles of the hold-out of such a study.
N_SEALED = 1200
SETTINGS: dict[str, Any] = {
    "n_trials": 4,
    "holdout": 0.2,
    "space": SPACE,
    "min_predictions": 50,
    "pruner_type": "none",
    "tracking": False,
}


def market(n: int = N_CANDLES, seed: int = 2, follows: float = 0.65) -> Candles:
    """Candles whose next close goes to the side of a trend of 9 and 29 bars, this often.

    With .5 nothing can be predicted.
    """
    # One generator a column: a longer market begins as a shorter one does.
    first, second, third = (np.random.default_rng([seed, column]) for column in range(3))
    sizes, coins = 4e-4 * (0.1 + np.abs(first.standard_normal(n))), second.random(n)
    close, total = np.empty(n), np.zeros(n + 1)
    close[0] = total[1] = 60_000.0
    for t in range(1, n):
        up, chance = True, 0.5
        if t > 29:
            trend = (total[t] - total[t - 9]) / 9 - (total[t] - total[t - 29]) / 29
            up, chance = trend > 0, follows
        close[t] = close[t - 1] * (1 + (sizes[t] if up == (coins[t] < chance) else -sizes[t]))
        total[t + 1] = total[t] + close[t]
    open_ = np.concatenate([close[:1], close[:-1]])
    wick = 1e-4 * close
    ts = 1_704_067_200 + 60 * np.arange(n, dtype=np.int64)
    high, low = np.maximum(open_, close) + wick, np.minimum(open_, close) - wick
    return Candles("market", ts, open_, high, low, close, third.uniform(5, 15, n))


def tuned(folder: Path, candles: Candles, **settings: Any) -> AutoTuner:
    """Return the tuner of a finished study in ``folder``/titan.db; close it."""
    tuner = AutoTuner(folder / "titan.db", TunerConfig(**{**SETTINGS, **settings}))
    tuner.optimize(candles)
    return tuner


def gate_of(tuner: AutoTuner, **limits: Any) -> Gate:
    """Return the gate of the tuner's study, at a clock that stands still."""
    return Gate(tuner.study, tuner._storage, GateThresholds(**limits), lambda: 1_767_225_600.0)


def material_of(tuner: AutoTuner, candles: Candles) -> Any:
    """Return what gives the gate these candles."""
    return lambda _: Rerun(tuner.config, candles, candles)


def openings_of(tuner: AutoTuner) -> int:
    return len(read_study(tuner.study).openings)
