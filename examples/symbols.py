"""A study for each of several candle files, and a table of what each found.

python symbols.py BTCUSDT.csv ETHUSDT.csv
"""

import argparse
from pathlib import Path

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.search_space import load_space

HERE = Path(__file__).parent


def tune(candles, n_trials, db):
    """Tune sma_crossover.py on a candle file, in a study named after it; return its summary."""
    config = TunerConfig(
        study_name=Path(candles).name.partition(".")[0],
        n_trials=n_trials,
        n_jobs=2,
        n_warmup_steps=None,  # prune no earlier than titan-mlopt tune does
        holdout=0.2,
        backtest="sma_crossover:run_backtest",
        backtest_path=str(HERE),
        space=load_space(HERE / "sma_space.toml"),
        experiment="symbols",
        register_as="sma-config",
    )
    with AutoTuner(db, config) as tuner:
        tuner.optimize(candles)
        return {"study": config.study_name, **tuner.get_summary()}


def main():
    """Tune on each file; a file that was tuned on before is only read again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("candles", nargs="+", help="candle files, one for each symbol")
    parser.add_argument("--trials", type=int, default=30, help="of each study, 30 unless named")
    parser.add_argument("--db", default="symbols.db", help="database of all studies")
    options = parser.parse_args()

    summaries = [tune(candles, options.trials, options.db) for candles in options.candles]
    print(f"{'study':24} {'trials':>6} {'best':>8}  config")
    for summary in summaries:
        config = ", ".join(f"{name} {value:.4g}" for name, value in summary["best_params"].items())
        n_trials, best = summary["total_trials"], summary["best_value"]
        print(f"{summary['study']:24} {n_trials:>6} {best:>8.4f}  {config}")


if __name__ == "__main__":
    main()
