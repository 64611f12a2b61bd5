"""Whether a search in narrowed ranges finds more, and which ranges are changed without a reason.

A first study searches the whole space on the earlier candles, and ``find_bounds`` proposes ranges.
A second study then searches them, on the same candles and on the next ones; so does one in
the whole space, with the same seed and number of trials. The first study's trials are not counted,
which favours the narrowed ranges; so the first study also goes on to as many as both have.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import optuna
from markets import SPACE, Market, markets, objective, shown

from titan_mlopt.analysis.bounds import Bounds, find_bounds
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, Range
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, TrialRecord
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.distributions import distributions_of

#: Trials of each study, and how many seeds each comparison has.
N_TRIALS, N_SEEDS = 100, 3
#: Studies of a made-up objective.
N_MADE_UP = 10
#: Seeds of the second studies begin here.
_SECOND = 1000
WHOLE, GONE_ON = "whole space", "whole space, the first study gone on with"

Ranges = Mapping[str, Range]


def search(
    value_of: Callable[[Params], float],
    ranges: Ranges,
    seed: int,
    n_trials: int,
    sampler: str = "tpe",
) -> optuna.Study:
    """Return a study of ``value_of`` in these ranges."""
    study = optuna.create_study(direction="maximize")
    go_on(study, value_of, ranges, seed, n_trials, sampler)
    return study


def go_on(
    study: optuna.Study,
    value_of: Callable[[Params], float],
    ranges: Ranges,
    seed: int,
    n_trials: int,
    sampler: str = "tpe",
) -> None:
    """Run the trials of a study that are missing of ``n_trials``."""
    space = distributions_of(ranges)
    for number in range(len(study.trials), n_trials):
        study.sampler = build_sampler(space, seed, number, parallel=False, name=sampler)
        trial = study.ask(space)
        study.tell(trial, value_of(dict(trial.params)))


def bounds_of(study: optuna.Study, ranges: Ranges) -> Bounds:
    """Return what is proposed after a study."""
    trials = tuple(
        TrialRecord(trial.number, COMPLETE, trial.params, tuple(trial.values), 0.0, 0.0, None)
        for trial in study.get_trials(deepcopy=False)
    )
    space = {"ranges": dict(ranges), "fixed": {}}
    record = StudyRecord(
        *("", study.study_name, "accuracy", ("maximize",), {}, {}, ""),
        settings={"space": space},
        trials=trials,
    )
    return find_bounds(study, record)


def box_of(bounds: Bounds) -> Ranges:
    """Return every range narrowed to where the middle 80 % of the best quarter lie."""
    box = dict[str, Range]()
    for parameter in bounds.parameters:
        low, _, high = parameter.best
        kind = parameter.searched[2]
        ends = (int(low), int(high)) if kind == "int" else (low, high)
        box[parameter.name] = (*ends, kind) if ends[0] < ends[1] else parameter.searched
    return {name: box[name] for name in bounds.space.ranges}


@dataclass(frozen=True, slots=True)
class Found:
    """What a second study found, in points: on its own candles and on the later ones."""

    own: float
    later: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One market and seed: the number of changed ranges, and what was found by space and part."""

    changed: int
    found: Mapping[tuple[str, str], Found]


def compare(market: Market, seed: int, n_trials: int) -> Comparison:
    """Return what second studies find on the same candles and on the next ones."""
    first = search(lambda p: objective(market.train, p), SPACE.ranges, seed, n_trials)
    bounds = bounds_of(first, SPACE.ranges)
    spaces = {WHOLE: SPACE.ranges, "proposed ranges": bounds.space.ranges}
    spaces["all ranges, box of the best"] = box_of(bounds)
    middle = len(market.later) // 2
    parts = {
        "same": (market.train, market.later),
        "next": (market.later.part(0, middle), market.later.part(middle, len(market.later))),
    }
    found = {
        (space, part): best_of(own, later, ranges, _SECOND + seed, n_trials)
        for space, ranges in spaces.items()
        for part, (own, later) in parts.items()
    }
    return Comparison(len(bounds.changed), {**found, (GONE_ON, "same"): twice(market, first, seed)})


def twice(market: Market, first: optuna.Study, seed: int) -> Found:
    """Return what the first study finds with twice as many trials."""
    n_trials = 2 * len(first.trials)
    go_on(first, lambda p: objective(market.train, p), SPACE.ranges, seed, n_trials)
    later = objective(market.later, first.best_params)
    return Found(100 * first.best_value, 100 * later)


def best_of(own: Candles, later: Candles, ranges: Ranges, seed: int, n_trials: int) -> Found:
    """Return what the best of a study's trials reaches on its candles and on the later ones."""
    study = search(lambda p: objective(own, p), ranges, seed, n_trials)
    return Found(100 * study.best_value, 100 * objective(later, study.best_params))


def search_lines(results: Sequence[Sequence[Comparison]], n_trials: int) -> list[str]:
    """Return the table of what narrowed ranges gain; a row of results is a market's seeds."""
    changed = statistics.fmean(one.changed for row in results for one in row)
    spaces = list(dict.fromkeys(space for space, _ in results[0][0].found))
    lines = [
        f"After a study of {n_trials} trials on the earlier candles, second studies of {n_trials} "
        f"trials; {len(results)} stretches, {len(results[0])} seeds each. *Same*: on the same "
        "20,000 candles, judged on the later 20,000. *Next*: on the first 10,000 of the later "
        "ones, judged on the last 10,000. In points of accuracy above a second study in the whole "
        f"space. Of {len(SPACE.ranges)} ranges {changed:.1f} were changed on average.",
        "",
        "| space | same, as tuned | same, later | next, as tuned | next, later |",
        "|---|---|---|---|---|",
        f"| {WHOLE} | 0 | 0 | 0 | 0 |",
    ]
    for space in spaces[1:]:
        cells = [
            shown([_gain(row, space, part, measure) for row in results])
            if (space, part) in results[0][0].found
            else "-"
            for part in ("same", "next")
            for measure in ("own", "later")
        ]
        lines.append(f"| {space} | {' | '.join(cells)} |")
    return lines


def _gain(row: Sequence[Comparison], space: str, part: str, measure: str) -> float:
    return statistics.fmean(
        getattr(one.found[space, part], measure) - getattr(one.found[WHOLE, part], measure)
        for one in row
    )


def planted(rng: random.Random) -> Callable[[Params], float]:
    """Return an objective with one parameter that matters, under noise."""
    return lambda params: rng.gauss(0, 1) - 80 * abs(float(params["model.flat_threshold"]) - 0.53)


def noise(rng: random.Random) -> Callable[[Params], float]:
    """Return an objective that has nothing to do with the parameters."""
    return lambda params: rng.gauss(0, 1)


def flagged_lines(n_studies: int, n_trials: int) -> list[str]:
    """Return the table of the ranges that are changed after made-up objectives."""
    lines = [
        f"Ranges changed of Titan's 21 after {n_studies} studies of {n_trials} trials of a made-up "
        "objective: standard normal noise, and the same less 80 times the distance of "
        "`model.flat_threshold` from .53.",
        "",
        "| objective | sampler | planted one changed | others changed, mean | most |",
        "|---|---|---|---|---|",
    ]
    for title, make in (("noise", noise), ("planted", planted)):
        for sampler in ("random", "tpe"):
            hits, others = 0, list[int]()
            for seed in range(n_studies):
                study = search(make(random.Random(seed)), TUNABLE_PARAMS, seed, n_trials, sampler)
                names = {p.name for p in bounds_of(study, TUNABLE_PARAMS).changed}
                hit = make is planted and "model.flat_threshold" in names
                hits += hit
                others.append(len(names) - hit)
            planted_text = f"{hits} of {n_studies}" if make is planted else "-"
            mean, most = statistics.fmean(others), max(others)
            lines.append(f"| {title} | {sampler} | {planted_text} | {mean:.1f} | {most} |")
    return lines


def table(quick: bool) -> list[str]:
    """Return the lines of both tables."""
    stretches = markets()[:2] if quick else markets()
    n_trials, n_seeds, n_made_up = (40, 1, 1) if quick else (N_TRIALS, N_SEEDS, N_MADE_UP)
    results = [[compare(m, seed, n_trials) for seed in range(n_seeds)] for m in stretches]
    return [*search_lines(results, n_trials), "", *flagged_lines(n_made_up, n_trials)]
