"""What it gains to start a search from a study of another symbol, and what a useless one costs.

Every ordered pair of markets with different symbols: the source study runs on the candles of one,
the search on those of the other. A source is made useless by shuffling its values.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import markets
import numpy as np
from markets import Market, shown
from searches import DEFAULT_POINT, Search, scale, search

from titan_mlopt.core.tuner_config import GP
from titan_mlopt.study.samplers.transfer import TransferPrior
from titan_mlopt.study.warm_start import TOP

#: Trials of a source, and of a search.
N_SOURCE, N_TRIALS = 200, 100
SEEDS = 2
_AT = (20, 50, 100)
RIGHT, SHUFFLED = "source as it is", "source shuffled"


@dataclass(frozen=True)
class Gain:
    """A search with a source against the same without, of one pair of markets and one seed.

    Attributes:
        target: Name of the market that is searched on.
        pair: Names of both.
        sd: Gain of the best accuracy in standard deviations of a config, by number of trials.
        later: The same of the best config on the later candles, in points of .01 accuracy.
        weight: Of the source at the last trial.
    """

    target: str
    pair: tuple[str, str]
    sd: Mapping[int, float]
    later: Mapping[int, float]
    weight: float


def table(quick: bool) -> list[str]:
    """Return the table: gains of the search and on later candles, for both kinds of source."""
    places = markets.markets(2_000, 2_000)[::5] if quick else markets.markets()
    n_source, n_trials, seeds = (20, 20, 1) if quick else (N_SOURCE, N_TRIALS, SEEDS)
    at = tuple(n for n in _AT if n <= n_trials)
    gains = {kind: list[Gain]() for kind in (RIGHT, SHUFFLED)}
    for seed in range(seeds):
        sources = {m.name: search(m.train, n_source, seed) for m in places}
        # With the defaults first as well, whose gain is none of the source's.
        cold = {m.name: search(m.train, n_trials, seed + 1000, [DEFAULT_POINT], GP) for m in places}
        for one, other in itertools.permutations(places, 2):
            if one.symbol == other.symbol:
                continue
            for kind, found in gains.items():
                warm = _warm(sources[one.name], other, seed, n_trials, shuffled=kind == SHUFFLED)
                found.append(_gain(one, other, warm, cold[other.name], at))
    n_pairs = len({gain.pair for gain in gains[RIGHT]})
    lines = [
        f"{len(places)} markets, {n_pairs} pairs of different symbols, {seeds} seeds; sources of "
        f"{n_source} trials of tpe. Against the sampler gp without a source, which tries the "
        "defaults first as well; `±` over the markets that are searched on.",
        "",
        "| | " + " | ".join(gains) + " |",
        "|---|--:|--:|",
    ]
    for n in at:
        lines.append(_row(f"best of {n} trials, sd of a config", gains, lambda g, n=n: g.sd[n]))
    for n in at:
        name = f"the same config later, points of .01 after {n}"
        lines.append(_row(name, gains, lambda g, n=n: g.later[n]))
    worst = [f"{_worst(found, at[-1]):+.2f}" for found in gains.values()]
    lines += [
        f"| worst pair later, points of .01 after {at[-1]} | " + " | ".join(worst) + " |",
        _row("weight of the source at the end, 0 to 1", gains, lambda g: g.weight),
    ]
    return lines


def _warm(
    source: Search, market: Market, seed: int, n: int, *, shuffled: bool
) -> tuple[Search, TransferPrior]:
    values = np.array(source.values)
    if shuffled:
        values = np.random.default_rng(seed).permutation(values)
    prior = TransferPrior([source.source("source", list(values))])
    first = [DEFAULT_POINT, *Search(source.params, tuple(values)).top(TOP)]
    return search(market.train, n, seed + 1000, first, GP, prior), prior


def _gain(
    one: Market,
    other: Market,
    warm: tuple[Search, TransferPrior],
    cold: Search,
    at: tuple[int, ...],
) -> Gain:
    found, prior = warm
    unit = scale(other.train)
    return Gain(
        target=other.name,
        pair=(one.name, other.name),
        sd={n: unit.of(found.best(n)) - unit.of(cold.best(n)) for n in at},
        later={n: 100 * (found.later(other.later, n) - cold.later(other.later, n)) for n in at},
        weight=prior.weights["source"],
    )


def _row(name: str, gains: Mapping[str, list[Gain]], value: Callable[[Gain], float]) -> str:
    cells = []
    for found in gains.values():
        by_target: dict[str, list[float]] = {}
        for gain in found:
            by_target.setdefault(gain.target, []).append(value(gain))
        cells.append(shown([statistics.fmean(values) for values in by_target.values()]))
    return f"| {name} | " + " | ".join(cells) + " |"


def _worst(gains: list[Gain], n: int) -> float:
    """Return the smallest mean over the seeds of any pair."""
    by_pair: dict[tuple[str, str], list[float]] = {}
    for gain in gains:
        by_pair.setdefault(gain.pair, []).append(gain.later[n])
    return min(statistics.fmean(values) for values in by_pair.values())
