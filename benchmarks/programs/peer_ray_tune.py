"""Ray Tune with Optuna's sampler and its MLflow logger: `peer_ray_tune.py trials jobs ml [limit]`.

Written after Ray's documentation of OptunaSearch, MLflowLoggerCallback, MedianStoppingRule and
Tuner.restore. Trials are actors, processes of their own that take one trial after the other. The
same backtest, checkpoints and sampler as ours; the median rule is Ray's, of running means. limit:
seconds of a trial. Called again in the same folder, it goes on with the experiment that is there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import optuna
import ray
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback
from ray.tune.schedulers import MedianStoppingRule
from ray.tune.search.optuna import OptunaSearch

from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, merge_config
from titan_mlopt.core.trial import Checkpoint
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.pruners import checkpoint_grid, first_step
from titan_mlopt.study.samplers.distributions import suggest_params

NAME = "ray_tune"
n_trials, n_jobs, ml = (int(word) for word in sys.argv[1:4])
limit = float(sys.argv[4]) if len(sys.argv) > 4 else 600.0


def train(params: dict[str, Any], candles: Candles, grid: tuple[int, ...], ml: bool) -> None:
    """Run a trial; the process ends within `tune.report` when the scheduler stops it."""

    def on_checkpoint(point: Checkpoint) -> bool:
        values = {"accuracy": point.accuracy, "ece": point.ece, "sharpe": point.sharpe or 0.0}
        tune.report({**values, "n_predictions": point.n_predictions})
        return True

    config = merge_config({**params, "ml.enabled": ml})
    stats = backtest_stats(candles, config, 42, grid=grid, on_checkpoint=on_checkpoint)
    metrics = {name: value for name, value in stats.metrics().items() if value is not None}
    tune.report({**metrics, "n_predictions": stats.total})


def space(trial: optuna.Trial) -> None:
    suggest_params(trial, TUNABLE_PARAMS)


settings = TunerConfig(n_trials=n_trials, n_jobs=n_jobs, n_warmup_steps=None)
candles = sample_candles(version=1)
n_bars = tuning_data(candles, settings).most_predictions
ray.init(num_cpus=n_jobs, include_dashboard=False, log_to_driver=False)
trainable = tune.with_parameters(
    train, candles=candles, grid=checkpoint_grid(settings, n_bars), ml=bool(ml)
)
folder = Path.cwd() / "ray_results"
if tune.Tuner.can_restore(str(folder / NAME)):
    tuner = tune.Tuner.restore(str(folder / NAME), trainable=trainable, restart_errored=True)
else:
    sampler = optuna.samplers.TPESampler(multivariate=True, constant_liar=n_jobs > 1, seed=42)
    tuner = tune.Tuner(
        trainable,
        tune_config=tune.TuneConfig(
            metric="accuracy",
            mode="max",
            num_samples=n_trials,
            max_concurrent_trials=n_jobs,
            search_alg=OptunaSearch(space, metric="accuracy", mode="max", sampler=sampler),
            scheduler=MedianStoppingRule(
                time_attr="n_predictions",
                grace_period=first_step(settings, n_bars),
                min_samples_required=settings.n_startup_trials,
            ),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            name=NAME,
            storage_path=str(folder),
            stop={"time_total_s": limit},
            failure_config=tune.FailureConfig(max_failures=1),
            callbacks=[
                MLflowLoggerCallback(
                    tracking_uri=f"sqlite:///{Path.cwd()}/mlflow.db",
                    experiment_name=NAME,
                    save_artifact=True,
                )
            ],
            verbose=0,
        ),
    )
results = tuner.fit()
assert results.get_best_result().metrics is not None
n_whole = sum("brier" in (result.metrics or {}) for result in results)
print(json.dumps({"pruned": len(results) - n_whole, "trials": len(results)}))
