"""What each pruner saves and what it loses: unpruned studies, replayed in random orders.

A study draws its points with TPE, as any does, and every trial runs to its end; then each pruner
is asked at the checkpoints that it would have seen.
`python benchmarks/pruning.py [n_points] [n_orders] [n_studies]`
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import TrialState
from scipy.stats import spearmanr

from titan_mlopt.backtest.engine.indicators import warm_up_bars
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, merge_config
from titan_mlopt.core.scoring import (
    enforce_min_predictions,
    objective_value,
    progress_value,
    scale_of,
    score,
)
from titan_mlopt.core.trial import COMPLETE, PRUNED, TrialJob, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.local.worker import run_trial
from titan_mlopt.study.pruners import build_pruner, checkpoint_grid, first_step
from titan_mlopt.study.pruning_study import PruningStudy
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of

DATA = Path(__file__).parents[2] / "shared" / "data"
FILES = ("BTCUSDT_1m_20250301.csv.gz", "ETHUSDT_1m_20250301.csv.gz")
FIRST_SEED = 42
#: Objectives and the unit in which the loss is told.
UNITS = {"accuracy": "points", "sharpe": "Sharpe", "multi": "standard errors"}
CAREFUL: dict[str, Any] = {"n_warmup_steps": None}
SETTINGS: dict[str, dict[str, Any]] = {
    "none": {"pruner_type": "none"},
    "median, from 10": {"pruner_type": "median"},
    "median, careful": {"pruner_type": "median", **CAREFUL},
    "hyperband, 10 to 1,000": {"pruner_type": "hyperband"},
    "hyperband, careful": {"pruner_type": "hyperband", **CAREFUL},
    "racing, from 10": {"pruner_type": "racing"},
    "racing, careful, .9": {"pruner_type": "racing", "racing_confidence": 0.9, **CAREFUL},
    "racing, careful": {"pruner_type": "racing", **CAREFUL},
    "racing, careful, .99": {"pruner_type": "racing", "racing_confidence": 0.99, **CAREFUL},
}


@dataclass(frozen=True)
class Unpruned:
    """A study without pruning: its candles, and each trial's outcome in the order of asking."""

    candles: Candles
    outcomes: tuple[TrialOutcome, ...]

    @property
    def n_bars(self) -> int:
        """The bars of a whole trial, which are its most predictions."""
        return bars_of(self.candles)


@dataclass(frozen=True, slots=True)
class Loss:
    """One replay. computed: share of all bars. killed: whether the best trial was stopped.

    judged: whether it made enough predictions to be judged at all; else it is safe by itself.
    rank: of the best that remained, 1 the best. chance: the rank to expect of as many bars spent on
    whole trials, drawn blindly. regret: how far the best that remained is below the best.
    """

    computed: float
    judged: bool
    killed: bool
    rank: int
    chance: float
    regret: float


def bars_of(candles: Candles) -> int:
    """Return the bars that are scored; the warm-up is as long at every point of the space."""
    return len(candles) - warm_up_bars(merge_config({})) - 1


def config_of(name: str, objective: str) -> TunerConfig:
    return TunerConfig(objective_type=objective, **SETTINGS[name])


def all_steps(n_bars: int) -> tuple[int, ...]:
    """Return the checkpoints that any of the settings looks at."""
    grids = [checkpoint_grid(config_of(name, "accuracy"), n_bars) for name in SETTINGS]
    return tuple(sorted(set().union(*grids)))


def draw_study(candles: Candles, n_points: int, seed: int) -> Unpruned:
    """Run a study for accuracy with no pruner; same points as an ``AutoTuner`` with n_jobs=1."""
    config, space = TunerConfig(seed=seed), distributions_of(TUNABLE_PARAMS)
    study = optuna.create_study(direction="maximize")
    outcomes, steps = list[TrialOutcome](), all_steps(bars_of(candles))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "candles.npy")
        save_candles(candles, path)
        for point in range(n_points):
            study.sampler = build_sampler(space, seed, point, parallel=False)
            trial = study.ask(space)
            folder = Path(name, str(point))
            folder.mkdir()
            job = TrialJob(
                point, merge_config(trial.params), str(path), str(folder), steps, seed=seed
            )
            outcome = enforce_min_predictions(run_trial(job, lambda _: True), config)
            values = score(outcome.metrics, config).values if outcome.state == COMPLETE else None
            study.tell(trial, values, state=TrialState[outcome.state])
            outcomes.append(outcome)
    return Unpruned(candles, tuple(outcomes))


def final_values(study: Unpruned, config: TunerConfig) -> list[float]:
    """Return each trial's objective as one number; -inf unless it is COMPLETE."""
    scale = scale_of(study.candles.describe(), config)
    return [
        objective_value(score(outcome.metrics, config).values, scale)
        if outcome.state == COMPLETE
        else -math.inf
        for outcome in study.outcomes
    ]


def replay(study: Unpruned, config: TunerConfig, order: Sequence[int], name: str) -> Loss:
    """Run the trials of ``order`` one after the other through the pruner that ``config`` names."""
    scale, finals = scale_of(study.candles.describe(), config), final_values(study, config)
    steps = set(checkpoint_grid(config, study.n_bars))
    value_of = partial(progress_value, objective=config.objective_type, scale=scale)
    pruner = build_pruner(config, study.n_bars, study.candles.interval_s)
    judge = PruningStudy(name, pruner, value_of)
    computed, remained = 0, list[float]()
    for point in order:
        outcome, stopped_at = study.outcomes[point], None
        judge.begin(point)
        for checkpoint in outcome.checkpoints:
            if checkpoint.n_predictions in steps and judge.prunes(point, checkpoint)[1]:
                stopped_at = checkpoint.n_bars
                break
        state = outcome.state if stopped_at is None else PRUNED
        judge.end(point, state, finals[point] if state == COMPLETE else None)
        computed += study.n_bars if stopped_at is None else stopped_at
        if state == COMPLETE:
            remained.append(finals[point])
    best, found = max(finals), max(remained)
    seen = study.outcomes[finals.index(best)].checkpoints if config.pruner_type != "none" else ()
    first = first_step(config, study.n_bars)
    could_be = any(first <= c.n_predictions and c.n_predictions in steps for c in seen)
    rank = 1 + sum(value > found for value in finals)
    whole = computed / study.n_bars  # so many whole trials cost the same
    chance = (len(finals) + 1) / (whole + 1)  # of the lowest rank among so many out of all
    return Loss(whole / len(finals), could_be, found < best, rank, chance, best - found)


def replays(studies: Iterable[Unpruned], name: str, objective: str, n_orders: int) -> list[Loss]:
    """Return a replay for each study and order; the orders are the same for each setting."""
    config, losses = config_of(name, objective), list[Loss]()
    for study in studies:
        for number in range(n_orders):
            order = np.random.default_rng(number).permutation(len(study.outcomes)).tolist()
            losses.append(replay(study, config, order, f"order {number}"))
    return losses


def cell(losses_by_file: Sequence[Sequence[Loss]], measure: str, form: str, unit: float) -> str:
    """Return the mean over the files, and behind it the mean of each."""
    means = [
        statistics.fmean(getattr(loss, measure) / unit for loss in losses)
        for losses in losses_by_file
    ]
    each = " · ".join(format(mean, form) for mean in means)
    return f"{statistics.fmean(means):{form}} ({each})"


def print_losses(files: dict[str, list[Unpruned]], objective: str, n_orders: int) -> None:
    unit = 0.01 if objective == "accuracy" else 1.0
    measures = {
        "computed": ("candles computed", ".2f", 1.0),
        "judged": ("best judged", ".0%", 1.0),
        "killed": ("best killed", ".0%", 1.0),
        "rank": ("rank left", ".1f", 1.0),
        "chance": ("rank by chance", ".1f", 1.0),
        "regret": (f"regret, {UNITS[objective]}", ".2f", unit),
    }
    print(f"\nobjective {objective}: the mean of the files, in brackets {', '.join(files)}\n")
    print("| pruner | " + " | ".join(title for title, _, _ in measures.values()) + " |")
    print("|---" * (len(measures) + 1) + "|")
    for name in SETTINGS:
        losses = [replays(studies, name, objective, n_orders) for studies in files.values()]
        cells = [cell(losses, measure, *how[1:]) for measure, how in measures.items()]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def halves(study: Unpruned) -> tuple[list[float], list[float]]:
    """Return the accuracy of each trial in the first and in the second half of the candles."""
    sides: tuple[list[float], list[float]] = ([], [])
    for outcome in study.outcomes:
        middle = len(outcome.blocks) // 2
        for side, blocks in zip(
            sides, (outcome.blocks[:middle], outcome.blocks[middle:]), strict=True
        ):
            side.append(sum(b[1] for b in blocks) / max(1, sum(b[0] for b in blocks)))
    return sides


def print_files(files: dict[str, list[Unpruned]]) -> None:
    """Print what there is to find: the spread of the trials beside the error of one."""
    titles = ("candles", "bars", "predictions of a trial", "trials at the careful first step")
    titles += ("best accuracy", "sd of the trials", "error of one", "halves agree")
    print(f"| {' | '.join(titles)} |\n{'|---' * len(titles)}|")
    careful = TunerConfig(n_warmup_steps=None)
    for name, studies in files.items():
        outcomes = [outcome for study in studies for outcome in study.outcomes]
        counts = [int(outcome.metrics["n_predictions"] or 0) for outcome in outcomes]
        rates = [100 * float(outcome.metrics["accuracy"] or 0) for outcome in outcomes]
        n_bars, middle = studies[0].n_bars, statistics.median(counts)
        first = first_step(careful, n_bars)
        spread = statistics.fmean(
            statistics.pstdev(rates[at : at + len(studies[0].outcomes)])
            for at in range(0, len(rates), len(studies[0].outcomes))
        )
        cells = (
            name,
            f"{n_bars:,}",
            f"{min(counts):,} to {max(counts):,}, median {middle:,.0f}",
            f"{sum(n > first for n in counts) / len(counts):.0%}",
            f"{max(rates):.2f} %",
            f"{spread:.2f} points",
            f"{50 / math.sqrt(middle):.2f} points",
            ", ".join(f"{spearmanr(*halves(study)).statistic:.2f}" for study in studies),
        )
        print(f"| {' | '.join(cells)} |")


@cache
def candles_of(name: str) -> Candles | None:
    """Return candles by their name, None with a notice when the file is not there."""
    if name == "sample":
        return sample_candles(version=1)
    if (DATA / name).exists():
        return load_candles(DATA / name)
    print(f"{name}: left out, it is not in {DATA}")
    return None


def main() -> None:
    """Print the tables; the arguments are points (60), orders (20) and studies of a file (3)."""
    n_points, n_orders, n_studies = [
        int(given) for given in [*sys.argv[1:], *("60", "20", "3")[len(sys.argv) - 1 :]]
    ]
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    files = {}
    for name in ("sample", *FILES):
        candles = candles_of(name)
        if candles is not None:
            seeds = range(FIRST_SEED, FIRST_SEED + n_studies)
            files[name.partition("_")[0]] = [draw_study(candles, n_points, s) for s in seeds]
    print(f"{n_studies} studies of {n_points} trials a file, each in {n_orders} orders\n")
    print_files(files)
    for objective in UNITS:
        print_losses(files, objective, n_orders)


if __name__ == "__main__":
    main()
