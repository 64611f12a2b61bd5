"""A whole study, tracked and registered, beside the stack that people would write themselves.

The peer: optuna.create_study on default SQLite, threads, the same embedded backtest, and
optuna_integration's MLflowCallback with nested runs; no pictures, no pruning, no registry.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import optuna

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.params import TUNABLE_PARAMS, merge_config
from titan_mlopt.sample import sample_candles
from titan_mlopt.study.sampling import distributions_of, suggest_params

SPACE = TUNABLE_PARAMS


@contextlib.contextmanager
def empty_folder() -> Iterator[Path]:
    """Work in an empty folder with a ready MLflow store: its first use costs seconds."""
    from mlflow import MlflowClient

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        MlflowClient(f"sqlite:///{name}/mlflow.db").search_experiments()
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def ours(n_trials: int, n_jobs: int) -> tuple[float, dict[str, float]]:
    """Return the seconds of a study, and their split."""
    with empty_folder() as folder:
        uri = f"sqlite:///{folder}/mlflow.db"
        config = TunerConfig(
            n_trials=n_trials, n_jobs=n_jobs, n_warmup_steps=None, tracking_uri=uri
        )
        began = time.perf_counter()
        with AutoTuner(folder / "titan.db", config) as tuner:
            tuner.optimize("sample")
            assert tuner.report is not None
            assert tuner.report.registered is not None
            return time.perf_counter() - began, tuner.report.seconds


def peer(n_trials: int, n_jobs: int) -> float:
    """Return the seconds of the same number of trials with the stack that people would write."""
    import mlflow
    from optuna_integration import MLflowCallback

    candles = sample_candles()

    def objective(trial: optuna.Trial) -> float:
        return backtest_stats(candles, merge_config(suggest_params(trial, SPACE))).accuracy()

    with empty_folder() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the callback is deprecated
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        uri = f"sqlite:///{folder}/mlflow.db"
        callback = MLflowCallback(tracking_uri=uri, metric_name="accuracy")
        mlflow.set_tracking_uri(uri)
        began = time.perf_counter()
        study = optuna.create_study(
            storage=f"sqlite:///{folder}/optuna.db",
            direction="maximize",
            sampler=optuna.samplers.TPESampler(multivariate=True, seed=42),
        )
        study.optimize(objective, n_trials=n_trials, n_jobs=n_jobs, callbacks=[callback])
        return time.perf_counter() - began


def floor(n_trials: int) -> float:
    """Return the seconds of the sampler in memory and the bare backtests, on one core."""
    candles = sample_candles()
    space = distributions_of(SPACE)
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(multivariate=True, seed=42)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for _ in range(n_trials):
        trial = study.ask(space)
        study.tell(trial, backtest_stats(candles, merge_config(trial.params)).accuracy())
    return time.perf_counter() - began


def main() -> None:
    """Print the table; the first argument is the number of trials (100)."""
    n_trials = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    backtest_stats(sample_candles(300), merge_config({"ml.min_samples": 50}))
    print(f"{n_trials} trials on the sample, default parameters of the command line")
    print(f"| bare backtests and TPE in memory, one core | {floor(n_trials):.1f} s |")
    for n_jobs in (1, 2):
        total, split = ours(n_trials, n_jobs)
        print(f"| titan_mlopt, n_jobs={n_jobs}, tracked, registered | {total:.1f} s |")
        for part, spent in split.items():
            print(f"|   {part} | {spent:.1f} s |")
        print(f"| Optuna + MLflowCallback, n_jobs={n_jobs} | {peer(n_trials, n_jobs):.1f} s |")


if __name__ == "__main__":
    main()
