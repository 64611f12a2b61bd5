"""Trials on a Dask cluster, here with all workers on this machine (pip install titan-mlopt[dask]).

To run it:

    python dask_cluster.py data.csv

On a real cluster pass the address of its scheduler, and install the backtest on each worker
(docs/scaling.md).
"""

import argparse
from pathlib import Path

from distributed import LocalCluster

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.search_space import load_space

HERE = Path(__file__).parent


def main():
    """Start a cluster, tune sma_crossover.py on its workers, and end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("candles", help="candle file")
    parser.add_argument("--trials", type=int, default=30, help="30 unless named")
    parser.add_argument("--workers", type=int, default=2, help="2 unless named")
    options = parser.parse_args()

    # A worker's thread is a trial at once, which runs in a process of its own.
    with LocalCluster(
        n_workers=options.workers, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        config = TunerConfig(
            study_name="on_dask",
            n_trials=options.trials,
            n_jobs=options.workers,
            n_warmup_steps=None,  # prune no earlier than titan-mlopt tune does
            executor="dask",
            scheduler=cluster.scheduler_address,
            backtest="sma_crossover:run_backtest",
            backtest_path=str(HERE),
            space=load_space(HERE / "sma_space.toml"),
            register_as="sma-config",
        )
        with AutoTuner("dask.db", config) as tuner:
            best = tuner.optimize(options.candles)
            summary = tuner.get_summary()
    print(f"{summary['total_trials']} trials on {options.workers} workers; best {best}")


# Each worker imports this file again.
if __name__ == "__main__":
    main()
