"""A study with titan_mlopt, tracked and registered: `ours.py trials jobs ml(0|1)`."""

import json
import sys
from pathlib import Path

import optuna

from titan_mlopt import TUNABLE_PARAMS, AutoTuner, TunerConfig
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.search_space import Space

n_trials, n_jobs, ml = (int(word) for word in sys.argv[1:4])
optuna.logging.set_verbosity(optuna.logging.WARNING)
config = TunerConfig(
    n_trials=n_trials,
    n_jobs=n_jobs,
    n_warmup_steps=None,
    tracking_uri=f"sqlite:///{Path.cwd()}/mlflow.db",
    space=Space() if ml else Space(dict(TUNABLE_PARAMS), {"ml.enabled": False}),
)
with AutoTuner("titan.db", config, on_notice=lambda text: None) as tuner:
    tuner.optimize(sample_candles(version=1))
report = tuner.report
assert report is not None
assert report.mirror_failure is None, report.mirror_failure
assert report.registered is not None
states = [trial.state for trial in report.study.trials]
print(json.dumps({**report.seconds, "pruned": states.count("PRUNED"), "trials": len(states)}))
