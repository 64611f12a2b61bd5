"""Whether trials on fewer candles find better configs, at equal candles in all.

Every search may compute as many candles as ``N_WHOLE`` whole trials. It spends them on whole trials
alone, on trials that one of the project's pruners stops, or on successive halving: nine configs on
the first ninth of the candles, the best three of them on a third, the best of these on all.
Halving gets the benefit of every doubt: a promoted trial goes on where it stood, and the sampler
learns from the largest share of candles on which ten configs have run, as BOHB does. The config
with the highest accuracy on all candles is judged on the later ones.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import optuna
from markets import SPACE, Market, markets, mean_and_error, objective, shown
from optuna.trial import TrialState, create_trial

from titan_mlopt.backtest.engine.indicators import warm_up_bars
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import DEFAULTS, Params, merge_config
from titan_mlopt.core.trial import COMPLETE, PRUNED, Checkpoint
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.pruners import build_pruner, checkpoint_grid
from titan_mlopt.study.pruning_study import PruningStudy
from titan_mlopt.study.samplers.build import N_STARTUP_TRIALS, build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of

#: What a search may compute, in whole trials, and how many seeds each has.
N_WHOLE, N_SEEDS = 100, 1
#: Samplers by name.
SAMPLERS = ("tpe", "gp")
_DISTRIBUTIONS = distributions_of(SPACE.ranges)


@dataclass
class Search:
    """One search on the earlier candles of a market.

    Attributes:
        candles: The candles.
        sampler: Name of the sampler.
        seed: Its seed.
        budget: Bars that may still be computed.
        asked: Points that were sampled.
        whole: Accuracy on all candles, and params, of the trials that ran to their end.
    """

    candles: Candles
    sampler: str
    seed: int
    budget: float
    asked: int = 0
    whole: list[tuple[float, Params]] = field(default_factory=list)

    @property
    def n_bars(self) -> int:
        """The bars that a whole trial scores."""
        return len(self.candles) - warm_up_bars(merge_config({})) - 1

    def ask(self, study: optuna.Study) -> optuna.Trial:
        """Return the next point by what is in the study."""
        study.sampler = build_sampler(
            _DISTRIBUTIONS, self.seed, self.asked, parallel=False, name=self.sampler
        )
        self.asked += 1
        return study.ask(_DISTRIBUTIONS)

    def best(self) -> Params:
        """Return the params that did best on all candles."""
        return max(self.whole, key=lambda pair: pair[0])[1]


def pruned(search: Search, pruner: str) -> None:
    """Search with one of the project's pruners, with the command line's careful start."""
    config = TunerConfig(pruner_type=pruner, n_warmup_steps=None)
    n_bars, candles = search.n_bars, search.candles
    study = optuna.create_study(direction="maximize")
    races = PruningStudy(
        f"{pruner} {search.seed}",
        build_pruner(config, n_bars, candles.interval_s),
        lambda checkpoint: checkpoint.accuracy,
    )
    while search.budget >= n_bars:
        trial = search.ask(study)
        number, stopped_at = trial.number, list[int]()
        races.begin(number)

        def on_checkpoint(
            checkpoint: Checkpoint,
            trial: optuna.Trial = trial,
            stopped_at: list[int] = stopped_at,
        ) -> bool:
            value, prune = races.prunes(trial.number, checkpoint)
            trial.report(value, checkpoint.n_predictions)
            if prune:
                stopped_at.append(checkpoint.n_bars)
            return not prune

        grid = checkpoint_grid(config, n_bars) if pruner != "none" else ()
        params = {**DEFAULTS, **SPACE.fixed, **trial.params}
        stats = backtest_stats(candles, params, grid=grid, on_checkpoint=on_checkpoint)
        if stopped_at:
            study.tell(trial, state=TrialState.PRUNED)
            races.end(number, PRUNED, None)
        else:
            value = stats.accuracy() if stats.total >= config.min_predictions else 0.5
            study.tell(trial, value)
            races.end(number, COMPLETE, value)
            search.whole.append((value, dict(trial.params)))
        search.budget -= stopped_at[0] if stopped_at else n_bars


def halving(search: Search, shares: Sequence[float]) -> None:
    """Search by successive halving.

    Args:
        search: What it may spend.
        shares: The shares of the candles, each three times the one before, the last one 1.
    """
    rungs = [optuna.create_study(direction="maximize") for _ in shares]
    n_bars, widths = search.n_bars, [3**k for k in reversed(range(len(shares)))]
    steps = [share - before for share, before in zip(shares, (0.0, *shares), strict=False)]
    cost = n_bars * sum(step * width for step, width in zip(steps, widths, strict=True))
    while search.budget >= cost:
        sampled = [_sample(search, rungs) for _ in range(widths[0])]
        configs = [trial.params for _, trial in sampled]
        for rung, share in zip(rungs, shares, strict=True):
            part = search.candles.part(0, round(share * len(search.candles)))
            scored = [(objective(part, params), params) for params in configs]
            for value, params in scored:
                _add(rung, sampled, params, value)
            if share == 1:
                search.whole += scored
            scored.sort(key=lambda pair: -pair[0])
            configs = [params for _, params in scored[: len(configs) // 3]]
        search.budget -= cost
        for rung, trial in sampled:  # what never ran on the share that it was sampled for
            if rung.get_trials(False)[trial.number].state == TrialState.RUNNING:
                rung.tell(trial, state=TrialState.FAIL)


Sampled = tuple[optuna.Study, optuna.Trial]


def _sample(search: Search, rungs: Sequence[optuna.Study]) -> Sampled:
    """Return a point by the largest share of candles that has enough trials to learn from."""
    ended = (TrialState.COMPLETE,)
    full = [r for r in rungs if len(r.get_trials(False, ended)) >= N_STARTUP_TRIALS]
    rung = full[-1] if full else rungs[0]
    return rung, search.ask(rung)


def _add(rung: optuna.Study, sampled: Sequence[Sampled], params: Params, value: float) -> None:
    """Store a value on a share of the candles: with the trial that was sampled for it, if any."""
    for study, trial in sampled:
        if study is rung and trial.params == params:
            study.tell(trial, value)
            return
    rung.add_trial(create_trial(params=params, distributions=_DISTRIBUTIONS, value=value))


#: How a search spends its candles, by the name of the row.
WAYS: dict[str, tuple[Callable[..., None], Any]] = {
    "none: whole trials": (pruned, "none"),
    "median": (pruned, "median"),
    "racing": (pruned, "racing"),
    "hyperband": (pruned, "hyperband"),
    "halving: a third, all": (halving, (1 / 3, 1)),
    "halving: a ninth, a third, all": (halving, (1 / 9, 1 / 3, 1)),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What searches found: accuracies in points, and the points that were sampled."""

    earlier: float
    later: float
    asked: float


def run(market: Market, sampler: str, way: str, seed: int, n_whole: int) -> Result:
    """Return what one search finds."""
    search = Search(market.train, sampler, seed, 0.0)
    search.budget = n_whole * search.n_bars
    function, argument = WAYS[way]
    function(search, argument)
    best = search.best()
    earlier, later = (100 * objective(part, best) for part in (market.train, market.later))
    return Result(earlier, later, search.asked)


def table(quick: bool) -> list[str]:
    """Return the lines of the table."""
    stretches = markets()[:2] if quick else markets()
    n_whole, n_seeds = (6, 1) if quick else (N_WHOLE, N_SEEDS)
    lines = [
        f"Every search computes as many candles as {n_whole} whole trials; {len(stretches)} "
        f"stretches, {n_seeds} seeds each. Earlier and later: accuracy of the config that did best "
        "on all earlier candles, in points above that of whole trials with the same sampler and "
        "seed. The pruners start carefully, as on the command line.",
        "",
        "| sampler | pruning | configs tried | earlier | later |",
        "|---|---|---|---|---|",
    ]
    for sampler in SAMPLERS:
        found = {
            way: [
                [run(market, sampler, way, seed, n_whole) for seed in range(n_seeds)]
                for market in stretches
            ]
            for way in WAYS
        }
        plain, *others = found
        lines.append(f"| {sampler} | {plain} | {_asked(found[plain])} | 0 | 0 |")
        for way in others:
            earlier, later = (
                shown(_gains(found[way], found[plain], part)) for part in ("earlier", "later")
            )
            lines.append(f"| {sampler} | {way} | {_asked(found[way])} | {earlier} | {later} |")
    return lines


def _asked(results: Sequence[Sequence[Result]]) -> str:
    mean, _ = mean_and_error([result.asked for market in results for result in market])
    return f"{mean:.0f}"


def _gains(
    results: Sequence[Sequence[Result]], plain: Sequence[Sequence[Result]], part: str
) -> list[float]:
    """Return for each market the mean over the seeds of what is gained on a part of its candles."""
    return [
        statistics.fmean(
            getattr(a, part) - getattr(b, part) for a, b in zip(ours, theirs, strict=True)
        )
        for ours, theirs in zip(results, plain, strict=True)
    ]
