"""What a second process gives a study of a backtest that is pure Python and never waits.

The same 8 trials of the stand-in for production Titan with one job and with two, in pairs whose
order alternates: whole calls of ``optimize``, and from the start of the first trial to the end of
the last. `python benchmarks/guest.py [pairs] [loops a candle]`
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import optuna

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.params import Params
from titan_mlopt.records import COMPLETE
from titan_mlopt.sample import sample_candles
from titan_mlopt.study.storage import read_study

STANDIN = Path(__file__).parents[1] / "tests" / "standin"
N_TRIALS, N_CANDLES = 8, 2000


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of one study: of the whole call, and of its trials from the first to the last."""

    call: float
    trials: float
    points: tuple[Params, ...]


def run_study(n_jobs: int) -> Timed:
    """Run the trials, none of them pruned, and return how long that took."""
    config = TunerConfig(
        n_trials=N_TRIALS,
        n_jobs=n_jobs,
        pruner_type="none",
        min_predictions=1,
        tracking=False,
        backtest="titan.core.backtest:run_backtest",
        backtest_path=str(STANDIN),
    )
    with tempfile.TemporaryDirectory() as folder, AutoTuner(f"{folder}/titan.db", config) as tuner:
        began = perf_counter()
        tuner.optimize(sample_candles(N_CANDLES))
        seconds = perf_counter() - began
        trials = read_study(tuner.study).trials
    assert [trial.state for trial in trials] == [COMPLETE] * N_TRIALS
    first = min(trial.started_at or 0.0 for trial in trials)
    last = max(trial.finished_at or 0.0 for trial in trials)
    return Timed(seconds, last - first, tuple(trial.params for trial in trials))


def run_pair(number: int) -> tuple[Timed, Timed]:
    """Return the study with one job and the one with two; which goes first alternates."""
    order = (1, 2) if number % 2 == 0 else (2, 1)
    found = {n_jobs: run_study(n_jobs) for n_jobs in order}
    assert found[1].points == found[2].points, "the two must run the same trials"
    return found[1], found[2]


def print_row(title: str, ones: list[float], twos: list[float]) -> None:
    ratios = [one / two for one, two in zip(ones, twos, strict=True)]
    one, two, ratio = (statistics.median(values) for values in (ones, twos, ratios))
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"| {title} | {one:.2f} s | {two:.2f} s | {ratio:.2f} ({spread}) | {ratio / 2:.0%} |")


def main() -> None:
    """Print the table; the arguments are pairs (5) and loops of pure Python a candle (20,000)."""
    n_pairs, work = (int(given) for given in [*sys.argv[1:], *("5", "20000")[len(sys.argv) - 1 :]])
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    os.environ.update(
        TITAN_STANDIN_WORK=str(work), TITAN_STANDIN_SLEEP_S="0", TITAN_STANDIN_CLOCK="0"
    )
    pairs = [run_pair(number) for number in range(n_pairs)]
    print(f"{N_TRIALS} trials, medians of {n_pairs} pairs, {os.cpu_count()} cores\n")
    print("| what | n_jobs=1 | n_jobs=2 | ratio (least to most) | of two cores |")
    print("|---|---|---|---|---|")
    for title, part in (("the trials", "trials"), ("the whole call", "call")):
        print_row(title, *([getattr(pair[side], part) for pair in pairs] for side in (0, 1)))


if __name__ == "__main__":
    main()
