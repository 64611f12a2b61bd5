"""Whether re-tuning each day gains anything: walks through real candles, the classifier off.

Eight stretches of 28 days of one-minute candles (markets.py), of which the last 14 days are traded,
a day a step, with windows of 3, 7 and 14 days. A re-tuning is a study in memory (searches.py) on
the first 80 % of the window, warm-started from the default config and the config in force; the
policy ``gated`` decides on the rest. Plan, decisions and sums are the product's own
(titan_mlopt.evaluation.walk); each policy re-tunes for itself, as `titan-mlopt walk --policy` does.

`python benchmarks/walk.py [--trials 50] [--seeds 5] [--jobs 2] [--out walk.jsonl] [--write]` goes
on where it stopped and prints the tables; `--write` puts them into docs/walk.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import search
from markets import SPACE, mean_and_error, shown, stretches
from searches import DEFAULT_POINT
from searches import search as search_params
from verdicts import quiet

from titan_mlopt.backtest.runner import segment_stats
from titan_mlopt.backtest.segments import pool_stats
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import DEFAULTS, Params
from titan_mlopt.core.trial import Segment
from titan_mlopt.core.tuner_config import AUTO_HOLDOUT
from titan_mlopt.evaluation.walk.policies import paired_lead, takes_candidate
from titan_mlopt.evaluation.walk.records import (
    ALWAYS,
    ALWAYS_UP,
    DEFAULT,
    GATED,
    NEVER,
    POLICIES,
    StrategyScore,
    WalkStep,
)
from titan_mlopt.evaluation.walk.steps import plan_steps
from titan_mlopt.evaluation.walk.summary import summarise_strategy
from titan_mlopt.study.dataset import segment_warm_up

DAY_S = 86_400
#: Days of a window, of the longest one, and days that are traded after it, a step each.
WINDOWS, LONGEST, TRADED = (3, 7, 14), 14, 14
#: Candles of a stretch: the last trade needs the candle after it. Stretches of the long file.
N_CANDLES, MOST = (LONGEST + TRADED) * 1440 + 1, 3
#: One way, in basis points.
COST_BPS = 1.0
#: Unscored candles before a range.
WARM_UP = segment_warm_up(SPACE)
PAGE = Path(__file__).parents[1] / "docs" / "walk.md"
_POINTS = 100.0
#: What a row says of the return.
EARNED = ("gross", "net")


@dataclass(frozen=True)
class Row:
    """One policy, or what it is compared with, on the traded days of a stretch.

    Attributes:
        stretch: Name of the stretch.
        days: Of the window.
        trials: Of a re-tuning.
        seed: Of the walk.
        name: Of the policy.
        accuracy: Over all predictions of the traded bars.
        gross: Return of the traded bars before costs.
        net: The same after ``COST_BPS``.
        changes: How often another config came into force after the first step.
        in_sample: Mean over the steps of the accuracy where the config in force was tuned; None
            where nothing was.
    """

    stretch: str
    days: int
    trials: int
    seed: int
    name: str
    accuracy: float
    gross: float
    net: float
    changes: int
    in_sample: float | None


@dataclass(frozen=True)
class InForce:
    """A config in force: sampled params, accuracy where it was tuned; None if it was not."""

    params: Params
    in_sample: float | None = None


def stats_of(candles: Candles, params: Params, start: int, stop: int) -> BacktestStats:
    """Return the stats of the bars from candle ``start`` on, whose outcomes lie before ``stop``.

    The predictor warms up on the candles before.
    """
    segment = Segment(max(0, start - WARM_UP), start, stop, int(candles.ts[start]))
    config = {**DEFAULTS, **SPACE.fixed, **params}
    return segment_stats(candles, segment, config, cost_bps=COST_BPS)


def configs_in_force(
    candles: Candles, steps: Sequence[WalkStep], policy: str, trials: int, seed: int
) -> list[InForce]:
    """Return the config that a policy trades with at each step."""
    configs: list[InForce] = []
    for step in steps:
        if configs and policy == NEVER:
            configs.append(configs[0])
            continue
        first = [DEFAULT_POINT, *(one.params for one in configs[-1:])]
        tuned_on = candles.part(step.train.start, step.train.stop)
        found = search_params(tuned_on, trials, 1000 * seed + step.number, first)
        candidate = InForce(found.top(1)[0], found.best())
        configs.append(next_in_force(candles, step, policy, candidate, configs[-1:]))
    return configs


def next_in_force(
    candles: Candles, step: WalkStep, policy: str, candidate: InForce, before: Sequence[InForce]
) -> InForce:
    """Return what is in force on a step; before: what was on the step before it, if there is one.

    The first candidate comes into force under every policy.
    """
    if not before:
        return candidate
    if candidate.params == before[0].params:
        return before[0]
    assert step.sealed is not None
    part = step.sealed.start, step.sealed.stop
    ours, theirs = (stats_of(candles, one.params, *part) for one in (candidate, before[0]))
    taken = takes_candidate(policy, paired_lead(ours, theirs, "accuracy"))
    return candidate if taken else before[0]


def scores(
    stats: BacktestStats, steps: Sequence[WalkStep], configs: Sequence[InForce]
) -> list[StrategyScore]:
    """Return the score of each step; stats: of all traded bars, the steps one after another."""
    rows, start = [], 0
    for step, config, before in zip(steps, configs, [configs[0], *configs], strict=False):
        bars = slice(start, start + len(step.trade))
        rows.append(
            StrategyScore(
                config_sha256="",
                changed=config.params != before.params,
                in_sample=config.in_sample,
                n_predictions=int(stats.predicted[bars].sum()),
                hits=int(stats.hit[bars].sum()),
                ece=None,
                gross=float(np.prod(1.0 + stats.position[bars] * stats.returns[bars])),
                net=float(np.prod(1.0 + stats.net_returns[bars])),
                position=int(stats.position[bars][-1]),
            )
        )
        start = bars.stop
    return rows


def walk(candles: Candles, days: int, trials: int, seed: int, stretch: str = "") -> list[Row]:
    """Walk through the candles with each policy.

    Args:
        candles: Of one minute; those before ``LONGEST`` days are only tuned on.
        days: Of the window, at most ``LONGEST``.
        trials: Of a re-tuning.
        seed: Of the walk.
        stretch: Name of the candles.
    """
    begin = np.searchsorted(candles.ts, candles.ts[0] + (LONGEST - days) * DAY_S)
    candles = candles.part(int(begin), len(candles))
    steps = plan_steps(candles.ts, train_s=days * DAY_S, step_s=DAY_S, sealed=AUTO_HOLDOUT)
    default = [InForce(DEFAULT_POINT)] * len(steps)
    chains = {name: configs_in_force(candles, steps, name, trials, seed) for name in POLICIES}
    traded = {
        name: replace(
            pool_stats(
                [
                    stats_of(candles, config.params, step.trade.start, step.trade.stop + 1)
                    for step, config in zip(steps, configs, strict=True)
                ]
            ),
            breaks=(),  # a position is kept from one step to the next
        )
        for name, configs in {**chains, DEFAULT: default}.items()
    }
    always = np.ones(len(traded[DEFAULT].direction))
    traded[ALWAYS_UP] = replace(
        traded[DEFAULT], direction=always.astype(np.int8), traded=always.astype(bool)
    )
    rows = []
    for name, stats in traded.items():
        summary = summarise_strategy(scores(stats, steps, chains.get(name, default)))
        gross, net = summary.equity_gross[-1] - 1, summary.equity[-1] - 1
        measured = (summary.accuracy or 0.5, gross, net, summary.changes, summary.in_sample)
        rows.append(Row(stretch, days, trials, seed, name, *measured))
    return rows


def walk_by_name(stretch: str, days: int, trials: int, seed: int) -> list[Row]:
    """Walk in a process of the pool, which is sent names only."""
    return walk(dict(stretches(N_CANDLES, MOST))[stretch], days, trials, seed, stretch)


# --- the tables ----------------------------------------------------------------------------------


def over_stretches(
    rows: Sequence[Row], windows: Sequence[int], name: str, value: Callable[[Row], float | None]
) -> list[float]:
    """Return a value of a policy for each stretch, the mean of its walks; None is left out."""
    by_stretch: dict[str, list[float]] = {}
    for row in rows:
        if row.days in windows and row.name == name and (number := value(row)) is not None:
            by_stretch.setdefault(row.stretch, []).append(number)
    return [fmean(by_stretch[stretch]) for stretch in sorted(by_stretch)]


def tables(rows: Sequence[Row]) -> list[str]:
    """Return the policies side by side, and the differences between them, as Markdown."""
    windows = sorted({row.days for row in rows})
    n_stretches, n_seeds = len({row.stretch for row in rows}), len({row.seed for row in rows})
    lines = [
        f"{n_stretches} stretches, {TRADED} steps of one day, {rows[0].trials} trials a re-tuning, "
        f"{n_seeds} {'seed' if n_seeds == 1 else 'seeds'}; ± is the standard error over the "
        "stretches, each the mean of its walks. Accuracy is in points (of .01) above a coin, "
        "in-sample where the configs were tuned and later on the traded bars; efficiency is the "
        "mean of one over the mean of the other, its ± by the jackknife.",
        "",
        "| window | policy | in-sample | later | efficiency | return, % | "
        f"after {COST_BPS:g} bp, % | configs changed |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for days in windows:
        lines += [policy_row(rows, [days], name) for name in POLICIES]
    lines += [policy_row(rows, windows, name) for name in (DEFAULT, ALWAYS_UP)]
    lines += ["", "| window | difference | accuracy | stretches above 0 | after costs, % |"]
    lines += ["|---|---|--:|--:|--:|"]
    pairs = ((GATED, NEVER), (ALWAYS, NEVER), (GATED, ALWAYS), (GATED, DEFAULT))
    chosen = [*([days] for days in windows), windows]
    return lines + [difference_row(rows, some, *pair) for some in chosen for pair in pairs]


def window_text(windows: Sequence[int]) -> str:
    """Return what a row is about."""
    return f"{windows[0]} days" if len(windows) == 1 else "all"


def policy_row(rows: Sequence[Row], windows: Sequence[int], name: str) -> str:
    """Return a row of the first table."""

    def values(value: Callable[[Row], float | None]) -> list[float]:
        return over_stretches(rows, windows, name, value)

    later = values(lambda row: _POINTS * (row.accuracy - 0.5))
    returns = [shown(values(lambda row, of=of: _POINTS * getattr(row, of))) for of in EARNED]
    cells = ["-", shown(later), "-", *returns, "-"]
    if name in POLICIES:
        in_sample = values(lambda row: row.in_sample and _POINTS * (row.in_sample - 0.5))
        changes, error = mean_and_error(values(lambda row: row.changes))
        cells[0], cells[2] = shown(in_sample), efficiency(later, in_sample)
        cells[-1] = f"{changes:.1f} ± {error:.1f}"
    return f"| {' | '.join([window_text(windows), name.replace('_', '-'), *cells])} |"


def efficiency(later: Sequence[float], in_sample: Sequence[float]) -> str:
    """Return the walk-forward efficiency over stretches, with its jackknife standard error.

    Args:
        later: Accuracy above a coin on the traded bars, one number a stretch.
        in_sample: The same where the configs were tuned.

    Returns:
        The ratio of the means, and its error; ``-`` where nothing was gained in-sample.
    """
    n, total = len(later), sum(in_sample)
    if n < 2 or min(total - one for one in in_sample) <= 0:
        return "-"
    pairs = zip(later, in_sample, strict=True)
    without = [(sum(later) - ours) / (total - theirs) for ours, theirs in pairs]
    error = (n - 1) / n**0.5 * stdev(without)
    return f"{sum(later) / total:+.2f} ± {error:.2f}"


def difference_row(rows: Sequence[Row], windows: Sequence[int], name: str, other: str) -> str:
    """Return a row of the second table: one policy less another."""

    def apart(value: Callable[[Row], float]) -> list[float]:
        sides = (over_stretches(rows, windows, policy, value) for policy in (name, other))
        return [ours - theirs for ours, theirs in zip(*sides, strict=True)]

    points = apart(lambda row: _POINTS * row.accuracy)
    above = f"{sum(point > 0 for point in points)} of {len(points)}"
    net = shown(apart(lambda row: _POINTS * row.net))
    return f"| {window_text(windows)} | {name} − {other} | {shown(points)} | {above} | {net} |"


def read_rows(out: Path, trials: int) -> list[Row]:
    """Return the rows of walks with so many trials that are in the file."""
    lines = out.read_text().splitlines() if out.exists() else []
    return [row for line in lines if (row := Row(**json.loads(line))).trials == trials]


def append_rows(out: Path, rows: Sequence[Row]) -> None:
    """Write the rows of a walk at the end of the file."""
    with out.open("a") as file:
        file.write("".join(f"{json.dumps(asdict(row))}\n" for row in rows))


def run(chosen: argparse.Namespace) -> list[Row]:
    """Take the walks that the file lacks, and return all rows."""
    rows = read_rows(chosen.out, chosen.trials)
    done = {(row.stretch, row.days, row.seed) for row in rows}
    missing = [
        (name, days, seed)
        for seed in range(chosen.seeds)
        for name, _ in stretches(N_CANDLES, MOST)
        for days in WINDOWS
        if (name, days, seed) not in done
    ]
    with ProcessPoolExecutor(chosen.jobs, multiprocessing.get_context("spawn"), quiet) as pool:
        futures = [
            pool.submit(walk_by_name, name, days, chosen.trials, seed)
            for name, days, seed in missing
        ]
        for future in as_completed(futures):
            walked = future.result()
            rows += walked
            append_rows(chosen.out, walked)
            print(f"{walked[0].stretch}, {walked[0].days} days, seed {walked[0].seed}", flush=True)
    return [row for row in rows if row.seed < chosen.seeds]


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=50, help="of each re-tuning")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2, help="walks at a time")
    parser.add_argument("--out", type=Path, default=Path("walk.jsonl"))
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = tables(run(chosen))
    print("\n".join(lines))
    if chosen.write:
        search.write("policies", lines, PAGE)


if __name__ == "__main__":
    main()
