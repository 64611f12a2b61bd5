"""A small study with titan_mlopt whose first trial never returns: `ours_stuck.py trials jobs s`."""

import json
import sys
from pathlib import Path

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.sample import sample_candles

config = TunerConfig(
    n_trials=int(sys.argv[1]),
    n_jobs=int(sys.argv[2]),
    timeout_per_trial=float(sys.argv[3]),
    backtest="stuck:run_backtest",
    backtest_path=str(Path(__file__).parents[1]),
    tracking_uri=f"sqlite:///{Path.cwd()}/mlflow.db",
)
with AutoTuner("titan.db", config, on_notice=lambda text: None) as tuner:
    tuner.optimize(sample_candles(version=1))
report = tuner.report
assert report is not None
print(json.dumps({"trials": len(report.study.trials)}))
