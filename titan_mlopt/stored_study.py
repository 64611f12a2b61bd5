"""``open_study``: a study of a database as tables, figures and words; for reading alone."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.analysis.ranking import best_trial, scale_of_study
from titan_mlopt.core.errors import ConfigError, TitanMloptWarning, did_you_mean, short_repr
from titan_mlopt.core.storage_url import DEFAULT_DB
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import OptimizationResult
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.ensemble.study import (
    EnsembleResult,
    make_ensemble,
    register_ensemble,
)
from titan_mlopt.evaluation.rerun import BacktestChoice, load_rerun
from titan_mlopt.report.shown import Verdict, verdict_of
from titan_mlopt.study.storage.sqlite import storage_errors
from titan_mlopt.study.storage.studies import load_snapshot, read_study
from titan_mlopt.tuner import result_of, study_html

if TYPE_CHECKING:
    import optuna
    import pandas as pd
    import plotly.graph_objects as go

    from titan_mlopt.analysis.bounds import Bounds
    from titan_mlopt.analysis.plot_data import PlotInfo

# Short names of figures.
_SHORT = {
    "history": "optimization_history",
    "importances": "param_importances",
    "front": "pareto_front",
}


def open_study(db: str | Path = DEFAULT_DB, name: str = TunerConfig.study_name) -> StoredStudy:
    """Return a study as it is stored now; the database is neither made nor changed.

    Args:
        db: SQLite file, or the address of a server's database as ``TunerConfig.storage`` takes it.
        name: Name of the study.

    Raises:
        StudyError: There is no such database or study, or it cannot be used.
        ConfigError: The address is one of another kind of server.
    """
    return StoredStudy(db, name)


class StoredStudy:
    """A study as it was stored when it was opened; ``open_study`` returns it.

    Attributes:
        name: Its name.
        study: Optuna's study, whose trials are those of that moment.
        record: All of it as plain data.
    """

    def __init__(self, db: str | Path, name: str) -> None:
        self._db = db
        self.name = name
        with storage_errors(db):
            self.study: optuna.Study = load_snapshot(db, name)
            self.record: StudyRecord = read_study(self.study)

    @property
    def trials(self) -> pd.DataFrame:
        """A row for each trial by its number: rank, state, objective, metrics, parameters."""
        from titan_mlopt.report.leaderboard import leaderboard

        return leaderboard(self.record).set_index("trial").sort_index()

    @property
    def best(self) -> OptimizationResult | None:
        """The best trial, of a front the most accurate one; None without a COMPLETE trial."""
        best = best_trial(self.record)
        return result_of(best, scale_of_study(self.record)) if best else None

    def verdict(self) -> Verdict:
        """Return the gate's last decision, or that there is none; nothing is judged anew."""
        return verdict_of(self.record)

    def ensemble(
        self,
        top: int = 5,
        *,
        candles: str | Path | None = None,
        backtest: str | None = None,
        backtest_path: str | Path | None = None,
        n_jobs: int = 1,
        register_as: str | None = None,
    ) -> EnsembleResult:
        """Let the best configs vote on the candles of the study, as ``titan-mlopt ensemble`` does.

        They run in processes of their own; the hold-out stays sealed, and the study as it is.

        Args:
            top: How many of the best different configs vote, >= 2.
            candles: File of the study's candles, or "sample"; None for where the study read them.
            backtest: Import path of the study's backtest; None for the embedded one.
            backtest_path: Folder to import it from.
            n_jobs: Configs that run at once.
            register_as: Registered model of which the ensemble becomes a version, in the MLflow
                store in force; None for none.

        Raises:
            BacktestError: The backtest cannot be used.
            CandleError: The candle file cannot be used.
            ConfigError: There are fewer configs, or another backtest is named than the study's.
            StudyError: The candles are not the study's, or a member cannot be scored bar by bar.
            TrackingError: The study has no run in the store.
        """

        def notice(text: str) -> None:
            warnings.warn(text, TitanMloptWarning, stacklevel=3)

        choice = BacktestChoice(backtest, None if backtest_path is None else str(backtest_path))
        path = None if candles is None else str(candles)
        rerun = load_rerun(self.record, choice, path, n_jobs, notice)
        result = make_ensemble(self.record, rerun, top)
        if register_as is None:
            return result
        registered = register_ensemble(self.record, result, register_as, str(self._db), notice)
        return replace(result, version=registered.version)

    def bounds(self, metric: str | None = None) -> Bounds:
        """Return where the best trials lie in each range, and which ranges to change.

        Its ``parameters`` make a data frame, its ``space`` is one for ``TunerConfig``.

        Args:
            metric: Of a study with two objectives the one that counts, "accuracy" or "sharpe";
                None for accuracy, and for the objective of any other study.

        Raises:
            StudyError: Fewer than 40 trials are COMPLETE, or their values are all equal.
            ConfigError: The study has no such objective.
        """
        from titan_mlopt.analysis.bounds import find_bounds

        return find_bounds(self.study, self.record, metric)

    @property
    def figures(self) -> list[str]:
        """The names that ``figure`` takes, besides "history", "importances" and "front"."""
        from titan_mlopt.report.figures import figure_names

        return figure_names(self._plots)

    def figure(self, name: str = "history") -> go.Figure:
        """Return a plot of the study as a plotly figure.

        Args:
            name: "history", "importances", "slice", "contour", "parallel_coordinate"; with two
                objectives also "front", and "slice_sharpe" and the like for the second one.

        Raises:
            ConfigError: There is no such figure.
            StudyError: The database is gone.
        """
        from titan_mlopt.report.figures import draw_figure

        key = name
        for short, full in _SHORT.items():
            if name == short or name.startswith(f"{short}_"):
                key = full + name.removeprefix(short)
        if key not in self.figures:
            names = [self._short(figure) for figure in self.figures]
            raise ConfigError(
                f"figure: must be one of {', '.join(names)}, got {short_repr(name)}"
                f"{did_you_mean(name, names)}"
            )
        with storage_errors(self._db):
            return draw_figure(key, self._plots)

    @staticmethod
    def _short(figure: str) -> str:
        for short, full in _SHORT.items():
            figure = figure.replace(full, short)
        return figure

    @cached_property
    def _plots(self) -> PlotInfo:
        from titan_mlopt.report.figures import study_plots

        return study_plots(self.study, self.record)

    def _repr_html_(self) -> str:
        return study_html(self.record)

    def __repr__(self) -> str:
        return f"<study {self.name} ({self.record.objective}): {len(self.record.trials)} trials>"
