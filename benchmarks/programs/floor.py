"""The least that a study can cost: TPE and pruner in memory, bare backtests, nothing kept.

`floor.py trials jobs ml(0|1)`: the same points, and with one job the same trials, as ours; each
process takes one trial after the other and hands in one number.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from functools import partial
from multiprocessing.connection import Connection, wait

import optuna

from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, merge_config
from titan_mlopt.core.scoring import progress_value, scale_of, score
from titan_mlopt.core.trial import COMPLETE, PRUNED, Checkpoint
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.pruners import build_pruner, checkpoint_grid
from titan_mlopt.study.pruning_study import PruningStudy
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of


def serve(line: Connection, candles: Candles, grid: tuple[int, ...], seed: int) -> None:
    """Run the trials whose configs come down the line."""
    from titan_mlopt.backtest.runner import backtest_stats

    def on_checkpoint(point: Checkpoint) -> bool:
        line.send(point)
        return bool(line.recv())

    while (config := line.recv()) is not None:
        stats = backtest_stats(candles, config, seed, grid=grid, on_checkpoint=on_checkpoint)
        ece = stats.expected_calibration_error()
        line.send({"accuracy": stats.accuracy(), "ece": ece, "sharpe": stats.sharpe_ratio()})


def main() -> None:
    n_trials, n_jobs, ml = (int(word) for word in sys.argv[1:4])
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    settings = TunerConfig(n_trials=n_trials, n_jobs=n_jobs, n_warmup_steps=None)
    candles, space = sample_candles(version=1), distributions_of(TUNABLE_PARAMS)
    n_bars = tuning_data(candles, settings).most_predictions
    scale = scale_of(candles.describe(), settings)
    pruner = build_pruner(settings, n_bars, candles.interval_s)
    judge = PruningStudy(
        "floor", pruner, partial(progress_value, objective="accuracy", scale=scale)
    )
    study = optuna.create_study(direction="maximize")
    fork, lines, processes = multiprocessing.get_context("fork"), [], []
    for _ in range(n_jobs):
        ours, theirs = fork.Pipe()
        words = (theirs, candles, checkpoint_grid(settings, n_bars), settings.seed)
        processes.append(fork.Process(target=serve, args=words, daemon=True))
        processes[-1].start()
        lines.append(ours)
    running: dict[Connection, optuna.Trial] = {}
    pruned: set[int] = set()
    begun = 0

    def begin(line: Connection) -> None:
        nonlocal begun
        study.sampler = build_sampler(space, settings.seed, begun, parallel=n_jobs > 1)
        trial = study.ask(space)
        params: Params = dict(trial.params)
        judge.begin(trial.number)
        line.send(merge_config({**params, "ml.enabled": bool(ml)}))
        running[line], begun = trial, begun + 1

    for line in lines:
        begin(line)
    while running:
        for line in wait(list(running)):
            assert isinstance(line, Connection)
            trial, told = running[line], line.recv()
            if isinstance(told, Checkpoint):
                value, stop = judge.prunes(trial.number, told)
                trial.report(value, told.n_predictions)
                pruned |= {trial.number} if stop else set()
                line.send(not stop)
                continue
            values = score(told, settings).values
            state = PRUNED if trial.number in pruned else COMPLETE
            found = None if state == PRUNED else values[0]
            study.tell(trial, found, state=optuna.trial.TrialState[state])
            judge.end(trial.number, state, found)
            del running[line]
            if begun < n_trials:
                begin(line)
    for line in lines:
        line.send(None)
    print(json.dumps({"pruned": len(pruned), "trials": len(study.trials)}))


if __name__ == "__main__":
    main()
