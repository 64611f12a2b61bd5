"""How fast each sampler gets near the best known config of a stretch: a table of docs/search.md.

Regret is 0 for the best config that any run of the table has found on the stretch, and 1 for the
median of random draws. Every run has its own seed; the same seeds for all samplers. With the
variable TITAN_MLOPT_RUNS, a file's name, runs are kept there, and those that it holds are not run
again.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import time
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
import optuna
from markets import SPACE, markets, objective, shown

from titan_mlopt.core.tuner_config import CMAES, GP, NSGA2, NSGA3, QMC, RANDOM, TPE
from titan_mlopt.study.samplers.build import N_STARTUP_TRIALS, build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of

N_SEEDS, TRIALS = 10, (50, 100, 200)
UNIVARIATE, OPTUNA_GP = "tpe, univariate", "Optuna's GPSampler"
NAMES = (RANDOM, QMC, NSGA2, NSGA3, CMAES, TPE, UNIVARIATE, GP)
SAMPLED = distributions_of(SPACE.ranges)


@dataclass(frozen=True)
class Run:
    """One search on one stretch.

    Attributes:
        sampler: One of ``NAMES``, or ``OPTUNA_GP``.
        market: Name of the stretch.
        seed: Of the search.
        values: Accuracy of each trial.
        later: Accuracy of the best config after each of ``TRIALS`` on the later candles.
        ask_ms: Mean processor time of an ask over the last 20 trials.
    """

    sampler: str
    market: str
    seed: int
    values: tuple[float, ...]
    later: tuple[float, ...]
    ask_ms: float


def search(sampler: str, market: int, seed: int, trials: tuple[int, ...]) -> Run:
    """Run one search; ``market`` is the index of the stretch."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    stretch = markets()[market]
    study = optuna.create_study(direction="maximize")
    asks, later = [], []
    for point in range(trials[-1]):
        began = time.thread_time()
        study.sampler = sampler_of(sampler, seed, point)
        trial = study.ask(SAMPLED)
        asks.append(time.thread_time() - began)
        study.tell(trial, objective(stretch.train, trial.params))
        if point + 1 in trials:
            later.append(objective(stretch.later, study.best_params))
    values = tuple(trial.values[0] for trial in study.get_trials(deepcopy=False))
    ask_ms = 1000 * statistics.fmean(asks[-20:])
    return Run(sampler, stretch.name, seed, values, tuple(later), ask_ms)


def sampler_of(name: str, seed: int, point: int) -> optuna.samplers.BaseSampler:
    state = int(np.random.SeedSequence([seed, point]).generate_state(1)[0])
    if name == UNIVARIATE:
        return optuna.samplers.TPESampler(
            seed=state, multivariate=False, n_startup_trials=N_STARTUP_TRIALS
        )
    if name == OPTUNA_GP:
        return optuna.samplers.GPSampler(seed=state, deterministic_objective=False)
    return build_sampler(SAMPLED, seed, point, parallel=False, name=name)


def runs_of(names: Iterable[str], seeds: int, trials: tuple[int, ...]) -> Iterator[Run]:
    """Yield every run, from the file of kept ones where it is there."""
    path = os.environ.get("TITAN_MLOPT_RUNS")
    lines = Path(path).read_text().splitlines() if path and Path(path).is_file() else []
    kept = {(run["sampler"], run["market"], run["seed"]): run for run in map(json.loads, lines)}
    stretches = markets()
    with ProcessPoolExecutor(2) as pool:
        started = []
        for seed, name, market in product(range(seeds), names, range(len(stretches))):
            run = kept.get((name, stretches[market].name, seed))
            if run is not None and len(run["values"]) == trials[-1]:
                yield Run(**{key: _tuple(value) for key, value in run.items()})
            else:
                started.append(pool.submit(search, name, market, seed, trials))
        for future in started:
            run = future.result()
            if path:
                with Path(path).open("a") as file:
                    file.write(json.dumps(asdict(run)) + "\n")
            yield run


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _regret(runs: list[Run], n: int, best: float, middle: float) -> float:
    """Return the mean regret after n trials, 0 at the best known value, 1 at the middle."""
    return statistics.fmean((best - max(run.values[:n])) / (best - middle) for run in runs)


def table(quick: bool) -> list[str]:
    """Return the lines of the table."""
    seeds, trials = (1, (4, 6, 12)) if quick else (N_SEEDS, TRIALS)
    names = NAMES
    if importlib.util.find_spec("torch"):
        names = (*names, OPTUNA_GP)
    runs = list(runs_of(names, seeds, trials))
    places = sorted({run.market for run in runs})
    by = {
        (name, place): [run for run in runs if (run.sampler, run.market) == (name, place)]
        for name, place in product(names, places)
    }
    best = {p: max(max(run.values) for n in names for run in by[n, p]) for p in places}
    middle = {p: statistics.median(v for run in by[RANDOM, p] for v in run.values) for p in places}
    lines = [
        f"{seeds} seeds on each of {len(places)} stretches, ± one standard error over stretches.",
        "",
        f"| sampler | {' | '.join(f'regret at {n}' for n in trials)} | later, over random | "
        f"an ask at {trials[-1]} |",
        "|---|" + "--:|" * (len(trials) + 2),
    ]
    later = {key: statistics.fmean(run.later[-1] for run in by[key]) for key in by}
    for name in names:
        cells = [
            shown([_regret(by[name, p], n, best[p], middle[p]) for p in places]).removeprefix("+")
            for n in trials
        ]
        gains = shown([100 * (later[name, p] - later[RANDOM, p]) for p in places])
        ask = statistics.fmean(run.ask_ms for run in runs if run.sampler == name)
        cells += ["–" if name == RANDOM else gains, f"{ask:.0f} ms"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if OPTUNA_GP not in names:
        cells = ["not run: torch is not installed", *[""] * (len(trials) + 1)]
        lines.append(f"| {OPTUNA_GP} | {' | '.join(cells)} |")
    return lines
