"""A drop-in for production Titan's ``titan.core.tuner``: its names, tuning Titan's own backtest.

``titan_mlopt`` itself tunes the embedded predictor unless another backtest is named, and a config
that was tuned on one says nothing about the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from titan_mlopt import tuner
from titan_mlopt.core import tuner_config
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.scoring import MULTI
from titan_mlopt.core.storage_url import DEFAULT_DB
from titan_mlopt.core.trial import OptimizationResult
from titan_mlopt.production.release import TITANS_BACKTEST
from titan_mlopt.tuner import HAS_OPTUNA, tuner_settings

__all__ = [
    "HAS_OPTUNA",
    "TUNABLE_PARAMS",
    "AutoTuner",
    "OptimizationResult",
    "TunerConfig",
    "create_tuner",
]


@dataclass(frozen=True)
class TunerConfig(tuner_config.TunerConfig):
    """The settings of ``titan_mlopt.TunerConfig``, on Titan's backtest unless another is named."""

    backtest: str | None = TITANS_BACKTEST


class AutoTuner(tuner.AutoTuner):
    """The tuner of ``titan_mlopt``, on Titan's backtest unless ``config`` names another."""

    @staticmethod
    def _default_config() -> TunerConfig:
        return TunerConfig()

    def get_importance(
        self, evaluator: Literal["fanova", "ped_anova", "shapley"] = "fanova"
    ) -> dict[str, float]:
        """Return the parameters' importances in one dict, largest first, as Titan's own tuner does.

        With two objectives they are those of accuracy, which chooses the best of the front. While
        there are too few trials they are {}, and a warning says so.
        """
        try:
            shares = super().get_importance(evaluator)
        except StudyError as error:
            self._notice(str(error))
            return {}
        of_accuracy = shares.get(MULTI[0])
        return of_accuracy if isinstance(of_accuracy, dict) else cast(dict[str, float], shares)


def create_tuner(
    db_path: str | Path = DEFAULT_DB,
    n_trials: int = 100,
    objective: str = "accuracy",
    pruner: str = "median",
    **settings: Any,
) -> AutoTuner:
    """Return an ``AutoTuner`` of Titan's backtest; the arguments are those of ``titan_mlopt``'s."""
    return AutoTuner(db_path, TunerConfig(**tuner_settings(n_trials, objective, pruner, settings)))
