"""Experiment management for tuning a trading predictor: Optuna, isolated trials, MLflow.

Names are loaded on first use (PEP 562), so that a trial's process imports only what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from titan_mlopt.backtest.external import Backtest
    from titan_mlopt.backtest.runner import run_backtest
    from titan_mlopt.candles.candles import load_candles
    from titan_mlopt.core.errors import TitanMloptError
    from titan_mlopt.core.parameters import TUNABLE_PARAMS
    from titan_mlopt.core.trial import OptimizationResult
    from titan_mlopt.core.tuner_config import TunerConfig
    from titan_mlopt.evaluation.backtest_check.check import check_backtest
    from titan_mlopt.evaluation.backtest_check.result import BacktestCheck
    from titan_mlopt.stored_study import StoredStudy, open_study
    from titan_mlopt.tuner import HAS_OPTUNA, AutoTuner, create_tuner

__version__ = "0.1.0"

_HOMES = {
    "AutoTuner": "titan_mlopt.tuner",
    "create_tuner": "titan_mlopt.tuner",
    "HAS_OPTUNA": "titan_mlopt.tuner",
    "TunerConfig": "titan_mlopt.core.tuner_config",
    "OptimizationResult": "titan_mlopt.core.trial",
    "TUNABLE_PARAMS": "titan_mlopt.core.parameters",
    "TitanMloptError": "titan_mlopt.core.errors",
    "load_candles": "titan_mlopt.candles.candles",
    "run_backtest": "titan_mlopt.backtest.runner",
    "open_study": "titan_mlopt.stored_study",
    "StoredStudy": "titan_mlopt.stored_study",
    "Backtest": "titan_mlopt.backtest.external",
    "BacktestCheck": "titan_mlopt.evaluation.backtest_check.result",
    "check_backtest": "titan_mlopt.evaluation.backtest_check.check",
}

__all__ = [
    "HAS_OPTUNA",
    "TUNABLE_PARAMS",
    "AutoTuner",
    "Backtest",
    "BacktestCheck",
    "OptimizationResult",
    "StoredStudy",
    "TitanMloptError",
    "TunerConfig",
    "__version__",
    "check_backtest",
    "create_tuner",
    "load_candles",
    "open_study",
    "run_backtest",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
