"""The program that people write themselves: Optuna on SQLite, fluent MLflow, matplotlib.

`peer.py trials jobs ml(0|1)`. The same backtest, checkpoints, pruner, sampler and pictures as ours;
its trials are threads, so that none can be stopped between checkpoints, and nothing is registered.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import matplotlib.figure
import mlflow
import numpy as np
import optuna

from titan_mlopt.backtest.returns import equity_and_drawdown
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, merge_config
from titan_mlopt.core.trial import Checkpoint
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.pruners import checkpoint_grid, first_step
from titan_mlopt.study.samplers.distributions import suggest_params

n_trials, n_jobs, ml = (int(word) for word in sys.argv[1:4])
settings = TunerConfig(n_trials=n_trials, n_jobs=n_jobs, n_warmup_steps=None)
candles = sample_candles(version=1)
n_bars = tuning_data(candles, settings).most_predictions
grid = checkpoint_grid(settings, n_bars)


def draw(stats: BacktestStats) -> matplotlib.figure.Figure:
    """Draw the four panels of a trial: reliability, equity, rolling accuracy, confidence."""
    figure = matplotlib.figure.Figure(figsize=(9, 6))
    ((reliability, equity), (rolling, histogram)) = figure.subplots(2, 2)
    count, total, hits = np.array(stats.plot_bins()).T
    filled = count > 0
    reliability.plot([0.5, 1], [0.5, 1], "--")
    reliability.errorbar(
        total[filled] / count[filled],
        hits[filled] / count[filled],
        yerr=0.98 / np.sqrt(count[filled]),
        fmt="o",
    )
    reliability.set_title(f"ECE {stats.expected_calibration_error():.4f}")
    gains, drawdown = equity_and_drawdown(stats.net)
    equity.plot(gains)
    equity.fill_between(np.arange(len(drawdown)), 1 - drawdown, 1, alpha=0.3)
    equity.set_title(f"Sharpe {stats.sharpe_ratio() or 0.0:.2f}")
    rates = np.array(stats.rolling()).reshape(-1, 2)
    rolling.plot(rates[:, 0], rates[:, 1])
    rolling.axhline(0.5)
    rolling.set_title(f"accuracy {stats.accuracy():.4f}")
    histogram.bar(0.51 + 0.02 * np.arange(25), count, width=0.02)
    histogram.set_title("confidence")
    return figure


def objective(trial: optuna.Trial) -> float:
    params = suggest_params(trial, TUNABLE_PARAMS)
    with mlflow.start_run(
        run_name=f"trial {trial.number:03d}", nested=True, parent_run_id=parent.info.run_id
    ):
        mlflow.set_tag("trial", trial.number)
        mlflow.log_params(params)
        stopped = False

        def on_checkpoint(point: Checkpoint) -> bool:
            nonlocal stopped
            values = {"accuracy": point.accuracy, "ece": point.ece, "sharpe": point.sharpe or 0.0}
            mlflow.log_metrics(values, step=point.n_predictions)
            trial.report(point.accuracy, point.n_predictions)
            stopped = trial.should_prune()
            return not stopped

        config = merge_config({**params, "ml.enabled": bool(ml)})
        stats = backtest_stats(candles, config, 42, grid=grid, on_checkpoint=on_checkpoint)
        metrics = {name: value for name, value in stats.metrics().items() if value is not None}
        mlflow.log_metrics(metrics, step=stats.total)
        mlflow.log_figure(draw(stats), "trial.png")
        mlflow.set_tag("state", "PRUNED" if stopped else "COMPLETE")
        trial.set_user_attr("metrics", metrics)
        if stopped:
            raise optuna.TrialPruned
        return metrics["accuracy"]


optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
mlflow.set_tracking_uri(f"sqlite:///{Path.cwd()}/mlflow.db")
mlflow.set_experiment("peer")
study = optuna.create_study(
    study_name="peer",
    storage="sqlite:///optuna.db",
    direction="maximize",
    load_if_exists=True,
    sampler=optuna.samplers.TPESampler(multivariate=True, constant_liar=n_jobs > 1, seed=42),
    pruner=optuna.pruners.MedianPruner(
        n_startup_trials=settings.n_startup_trials,
        n_warmup_steps=first_step(settings, n_bars),
        interval_steps=settings.interval_steps,
    ),
)
n_over = sum(trial.state.is_finished() for trial in study.trials)
with mlflow.start_run(run_name="study") as parent:
    study.optimize(objective, n_trials=n_trials - n_over, n_jobs=n_jobs)
    mlflow.log_params({f"best_{name}": value for name, value in study.best_params.items()})
    mlflow.log_metric("best_accuracy", study.best_value)
    mlflow.log_dict(merge_config(study.best_params), "best_config.json")
    mlflow.log_table(study.trials_dataframe().drop(columns="user_attrs_metrics"), "trials.json")
    importances = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
    )
    top = list(importances)[:4]
    plots = {
        "optimization_history": optuna.visualization.plot_optimization_history(study),
        "param_importances": optuna.visualization.plot_param_importances(
            study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
        ),
        "parallel_coordinate": optuna.visualization.plot_parallel_coordinate(study, params=top),
        "contour": optuna.visualization.plot_contour(study, params=top),
        "slice": optuna.visualization.plot_slice(study, params=top),
    }
    for name, plot in plots.items():
        mlflow.log_figure(plot, f"plots/{name}.html")
states = [trial.state.name for trial in study.trials]
print(json.dumps({"pruned": states.count("PRUNED"), "trials": len(states)}))
