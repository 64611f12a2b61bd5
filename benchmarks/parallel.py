"""What a second job gives: the same trials with one job and with two, in pairs that alternate.

A stand-in for production Titan, pure Python that never waits, and the embedded backtest on 50,000
candles with the classifier. Nothing is pruned and nothing tracked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import optuna
from frame import Figure, alternate, empty_folder, figure, ratio

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.trial import COMPLETE
from titan_mlopt.study.storage.studies import read_study

STANDIN = Path(__file__).parents[1] / "tests" / "support" / "standin"
_TARGET = "≥ 1.8"


@dataclass(frozen=True, slots=True)
class Load:
    """n_trials: even, so that two jobs end together. loops: of pure Python a candle."""

    name: str
    n_trials: int
    n_candles: int
    settings: dict[str, Any]
    loops: int = 0


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of one study: of the whole call, and of its trials from the first to the last."""

    call: float
    trials: float
    points: tuple[Params, ...]


def loads(*, quick: bool) -> Iterator[Load]:
    """Yield the two backtests."""
    standin = {
        "backtest": "titan.core.backtest:run_backtest",
        "backtest_path": str(STANDIN),
        "min_predictions": 1,
    }
    n_trials = 2 if quick else 8
    yield Load("pure Python", n_trials, 300 if quick else 2000, standin, 2000 if quick else 20_000)
    yield Load("embedded, classifier on", n_trials, 1500 if quick else 50_000, {})


def run_study(load: Load, candles: Candles, n_jobs: int) -> Timed:
    """Run the trials, none of them pruned, and return how long that took."""
    config = TunerConfig(
        n_trials=load.n_trials,
        n_jobs=n_jobs,
        pruner_type="none",
        tracking=False,
        **load.settings,
    )
    os.environ.update(
        TITAN_STANDIN_WORK=str(load.loops), TITAN_STANDIN_SLEEP_S="0", TITAN_STANDIN_CLOCK="0"
    )
    with empty_folder() as folder, AutoTuner(folder / "titan.db", config) as tuner:
        began = perf_counter()
        tuner.optimize(candles)
        seconds = perf_counter() - began
        trials = read_study(tuner.study).trials
    assert [trial.state for trial in trials] == [COMPLETE] * load.n_trials
    first = min(trial.started_at or 0.0 for trial in trials)
    last = max(trial.finished_at or 0.0 for trial in trials)
    return Timed(seconds, last - first, tuple(trial.params for trial in trials))


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield seconds and ratios of each backtest, of the trials alone and of the whole call."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    for load in loads(quick=quick):
        candles = sample_candles(load.n_candles)
        runs = {n_jobs: partial(run_study, load, candles, n_jobs) for n_jobs in (1, 2)}
        found = alternate(runs, 1 if quick else 5)
        for one, two in zip(found[1], found[2], strict=True):
            assert one.points == two.points, "the two must run the same trials"
        for part, target in (("trials", _TARGET), ("call", "")):
            ones, twos = ([getattr(run, part) for run in found[n_jobs]] for n_jobs in (1, 2))
            what = "the trials" if part == "trials" else "the whole call"
            name = f"{load.n_trials} of {load.name}, {load.n_candles:,} candles, {what}"
            yield figure(f"{name}, n_jobs=1", ones, "s")
            yield figure(f"{name}, n_jobs=2", twos, "s")
            yield ratio(f"{name}, n_jobs=1 / n_jobs=2", ones, twos, target)
