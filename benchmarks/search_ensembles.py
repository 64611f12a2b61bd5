"""Whether the best configs of a study that vote do better on later candles than the best one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import optuna
from markets import LEAST_PREDICTIONS, SPACE, Market, markets, mean_and_error, objective, shown

from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.backtest.voting import ballot_of, equal_coverage, mean_votes, voted_stats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import DEFAULTS, Params
from titan_mlopt.study.samplers.distributions import distributions_of

# Every config of the space can predict from a bar before this one on.
_FIRST = 200
_POINTS = 100.0
_HEADS = (
    *("trials", "who decides", "tuned on, points", "later, points", "later: files better"),
    *("predictions, later", "ECE, later"),
)


@dataclass(frozen=True)
class Gain:
    """What a choice gains over the best config: accuracy on either part, as a share.

    coverage: its predictions on the later part as a multiple of the best one's. ece: its ECE there
    less that of the best one.
    """

    tuned_on: float
    later: float
    coverage: float
    ece: float


def stats_of(candles: Candles, params: Params) -> BacktestStats:
    """Return the stats of a config on the bars that every config of the space can predict."""
    stats = backtest_stats(candles, {**DEFAULTS, **SPACE.fixed, **params})
    return stats.tail(len(candles) - 1 - _FIRST)


def search(market: Market, n_trials: int, seed: int) -> list[tuple[float, Params]]:
    """Return score and params of each trial of a TPE study on the earlier part, in order."""
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    space = distributions_of(SPACE.ranges)
    for _ in range(n_trials):
        trial = study.ask(space)
        study.tell(trial, objective(market.train, trial.params))
    return [(trial.value or 0.0, trial.params) for trial in study.trials]


def best_of(trials: Sequence[tuple[float, Params]], k: int) -> list[Params]:
    """Return the k best params, the best first."""
    order = sorted(range(len(trials)), key=lambda n: (-trials[n][0], n))
    return [trials[n][1] for n in order[:k]]


def medoid(members: Sequence[Params]) -> Params:
    """Return the params that are nearest to all others, each parameter in units of its range."""
    ranges = {name: bounds[1] - bounds[0] for name, bounds in SPACE.ranges.items()}
    rows = np.array([[one[name] / width for name, width in ranges.items()] for one in members])
    distances = np.linalg.norm(rows[:, None] - rows[None], axis=2).sum(axis=1)
    return members[int(distances.argmin())]


def vote(members: Sequence[Params], market: Market) -> tuple[BacktestStats, BacktestStats]:
    """Return the stats of an ensemble on both parts; its threshold is of the earlier one."""
    parts = [
        [stats_of(candles, one) for one in members] for candles in (market.train, market.later)
    ]
    best = parts[0][0]
    votes = mean_votes([ballot_of(stats) for stats in parts[0]])
    threshold = equal_coverage(votes, best.actual != 0, best.total)
    train, later = (voted_stats(stats, threshold) for stats in parts)
    return train, later


def single(params: Params, market: Market) -> tuple[BacktestStats, BacktestStats]:
    """Return the stats of one config on both parts."""
    return stats_of(market.train, params), stats_of(market.later, params)


def gain(chosen: tuple[BacktestStats, ...], best: tuple[BacktestStats, ...]) -> Gain:
    """Return what a choice gains over the best config."""
    tuned_on, later = (
        ours.accuracy() - theirs.accuracy() for ours, theirs in zip(chosen, best, strict=True)
    )
    ece = [stats.expected_calibration_error() for stats in (chosen[1], best[1])]
    return Gain(tuned_on, later, chosen[1].total / max(1, best[1].total), ece[0] - ece[1])


def row(n_trials: int, name: str, gains: Sequence[Sequence[Gain]]) -> str:
    """Return a row of the table; gains: for each market those of its seeds."""

    def means(of: Callable[[Gain], float], unit: float = _POINTS) -> list[float]:
        return [unit * fmean(of(one) for one in market) for market in gains]

    later = means(lambda one: one.later)
    cells = (
        str(n_trials),
        name,
        shown(means(lambda one: one.tuned_on)),
        shown(later),
        f"{sum(value > 0 for value in later)} of {len(later)}",
        f"{fmean(means(lambda one: one.coverage)):.0f} %",
        shown(means(lambda one: one.ece)),
    )
    return f"| {' | '.join(cells)} |"


def helps(gains: Sequence[Sequence[Gain]]) -> bool:
    """Return whether the gain later, a mean over markets, is above two standard errors."""
    mean, error = mean_and_error([fmean(one.later for one in market) for market in gains])
    return mean > 2 * error


def table(quick: bool) -> list[str]:
    """Return the table as lines of Markdown."""
    seeds, sizes = (1, (20,)) if quick else (3, (50, 100))
    stretches = markets()[:2] if quick else markets()
    choices: dict[str, Callable[[list[Params], Market], tuple[BacktestStats, BacktestStats]]] = {
        "the 3 best vote": lambda best, market: vote(best[:3], market),
        "the 5 best vote": lambda best, market: vote(best[:5], market),
        "the 10 best vote": lambda best, market: vote(best[:10], market),
        "the middle one of the 5 best": lambda best, market: single(medoid(best[:5]), market),
    }
    gains: dict[tuple[int, str], list[list[Gain]]] = {}
    for market in stretches:
        searched = [search(market, max(sizes), seed) for seed in range(seeds)]
        for n_trials in sizes:
            tops = [best_of(trials[:n_trials], 10) for trials in searched]
            bests = [single(top[0], market) for top in tops]
            for name, choose in choices.items():
                pairs = zip(tops, bests, strict=True)
                found = [gain(choose(top, market), best) for top, best in pairs]
                gains.setdefault((n_trials, name), []).append(found)
    n_helping = sum(map(helps, gains.values()))
    rows = [row(n_trials, name, gains[n_trials, name]) for n_trials in sizes for name in choices]
    return [
        f"| {' | '.join(_HEADS)} |",
        f"|{'---|' * len(_HEADS)}",
        *rows,
        "",
        f"Each against the study's best config, of at least {LEAST_PREDICTIONS} predictions. TPE,",
        f"{seeds} seeds on {len(stretches)} stretches; ± is over the stretches, each a mean of its",
        "seeds. The threshold of a vote is of the candles tuned on, where it predicts as often as",
        f"the best config. Later {n_helping} of {len(gains)} gain more than two standard errors.",
    ]
