"""What it gains to begin with the best five of an earlier study of the same symbol.

The earlier study runs on the earlier candles of a market, the study itself on the later ones.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

import markets
from markets import Market, mean_and_error, shown
from searches import DEFAULT_POINT, Search, scale, search

from titan_mlopt.study.warm_start import TOP

#: Trials of the earlier study, and of the later one with and without a warm start.
N_EARLIER, N_LATER = 200, 100
SEEDS = 5
_AT = (10, 20, 50, 100)


def table(quick: bool) -> list[str]:
    """Return the table: scores of the first trials, and of the whole search."""
    places = markets.markets(2_000, 2_000)[:2] if quick else markets.markets()
    n_earlier, n_later, seeds = (20, 20, 1) if quick else (N_EARLIER, N_LATER, SEEDS)
    pairs = [
        [_pair(market, seed, n_earlier, n_later) for seed in range(seeds)] for market in places
    ]

    def row(name: str, value: Callable[[_Pair], float], digits: int = 2) -> str:
        means = [statistics.fmean(value(pair) for pair in pairs_of) for pairs_of in pairs]
        return f"| {name} | {shown(means, digits)} |"

    reached = [pair.reached() for pairs_of in pairs for pair in pairs_of]
    never = sum(n > n_later for n in reached)
    lines = [
        f"{len(places)} markets, {seeds} seeds. An earlier study of {n_earlier} trials of tpe; its "
        f"best {TOP} and the defaults are the first trials of a study of {n_later} on the candles "
        "that follow. Gains are in standard deviations of a random config on those candles.",
        "",
        "| | gain |",
        "|---|--:|",
        row(f"mean of the best {TOP} over the mean of random configs", _Pair.first_gain),
    ]
    lines += [
        row(f"best of the first {n} trials over the cold study's", lambda p, n=n: p.gain(n))
        for n in _AT
        if n <= n_later
    ]
    mean, error = mean_and_error([statistics.fmean(p.reached() for p in of) for of in pairs])
    lines += [
        f"| trials until it has the best of the cold study's {n_later} | median "
        f"{statistics.median(reached):g}, mean {mean:.0f} ± {error:.0f} |",
        "",
        f"In {never} of {len(reached)} runs it never got there: these count as {n_later + 1}.",
    ]
    return lines


class _Pair:
    """A study with a warm start and one without, of the same seed."""

    def __init__(self, market: Market, warm: Search, cold: Search) -> None:
        self._scale, self._warm, self._cold = scale(market.later), warm, cold

    def first_gain(self) -> float:
        return statistics.fmean(self._scale.of(v) for v in self._warm.values[1 : TOP + 1])

    def gain(self, n: int) -> float:
        return self._scale.of(self._warm.best(n)) - self._scale.of(self._cold.best(n))

    def reached(self) -> int:
        goal = self._cold.best()
        n = len(self._warm.values)
        return next((i for i in range(1, n + 1) if self._warm.best(i) >= goal), n + 1)


def _pair(market: Market, seed: int, n_earlier: int, n_later: int) -> _Pair:
    earlier = search(market.train, n_earlier, seed)
    first = [DEFAULT_POINT, *earlier.top(TOP)]
    # Another seed than the earlier study's, whose random trials would be the same.
    warm = search(market.later, n_later, seed + 1000, first)
    return _Pair(market, warm, search(market.later, n_later, seed + 1000))
