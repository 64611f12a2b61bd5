"""Optuna with MLflow's own storage: `peer_mlflow_storage.py trials jobs ml(0|1) [prune]`.

Written after the documentation of `mlflow.optuna.storage.MlflowStorage`: a study is a run, a trial
a run nested in it. Its trials are threads. The same backtest, checkpoints and sampler as ours. The
same pruner with "prune" only: the storage reads every run back, query by query, at each checkpoint
that is judged. Called again in the same folder, it goes on with the study that is there.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import mlflow
import optuna
from mlflow.optuna.storage import MlflowStorage

from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, merge_config
from titan_mlopt.core.trial import Checkpoint
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.pruners import checkpoint_grid, first_step
from titan_mlopt.study.samplers.distributions import suggest_params

NAME = "mlflow_storage"
n_trials, n_jobs, ml = (int(word) for word in sys.argv[1:4])
prune = sys.argv[4:] == ["prune"]
settings = TunerConfig(n_trials=n_trials, n_jobs=n_jobs, n_warmup_steps=None)
candles = sample_candles(version=1)
n_bars = tuning_data(candles, settings).most_predictions
grid = checkpoint_grid(settings, n_bars)


def objective(trial: optuna.Trial) -> float:
    config = merge_config({**suggest_params(trial, TUNABLE_PARAMS), "ml.enabled": bool(ml)})
    stopped = False

    def on_checkpoint(point: Checkpoint) -> bool:
        nonlocal stopped
        if not prune:
            return True
        trial.report(point.accuracy, point.n_predictions)
        stopped = trial.should_prune()
        return not stopped

    stats = backtest_stats(candles, config, 42, grid=grid, on_checkpoint=on_checkpoint)
    metrics = {name: value for name, value in stats.metrics().items() if value is not None}
    for name, value in metrics.items():
        trial.set_user_attr(name, value)
    if stopped:
        raise optuna.TrialPruned
    return metrics["accuracy"]


optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
mlflow.set_tracking_uri(f"sqlite:///{Path.cwd()}/mlflow.db")
storage = MlflowStorage(experiment_id=mlflow.set_experiment(NAME).experiment_id)
# Without constant_liar, which reads all trials back for each parameter: 21 times a trial.
sampler = optuna.samplers.TPESampler(multivariate=True, seed=42)
pruner = optuna.pruners.MedianPruner(
    n_startup_trials=settings.n_startup_trials,
    n_warmup_steps=first_step(settings, n_bars),
    interval_steps=settings.interval_steps,
)
# create_study(load_if_exists=True) makes a second study: this storage knows no duplicate names.
if storage.get_study_id_by_name_if_exists(NAME):
    study = optuna.load_study(study_name=NAME, storage=storage, sampler=sampler, pruner=pruner)
else:
    study = optuna.create_study(
        study_name=NAME, storage=storage, direction="maximize", sampler=sampler, pruner=pruner
    )
n_over = sum(trial.state.is_finished() for trial in study.trials)
study.optimize(objective, n_trials=n_trials - n_over, n_jobs=n_jobs, catch=(ValueError,))
storage.flush_all_batches()
states = [trial.state.name for trial in study.trials]
print(json.dumps({"pruned": states.count("PRUNED"), "trials": len(states)}))
