"""Whether re-tuning each day gains anything: walks through real candles, the classifier off.

Eight stretches of 28 days of one-minute candles (markets.py), of which the last 14 days are traded,
a day a step, with windows of 3, 7 and 14 days. A re-tuning is a study in memory (searches.py) on
the first 80 % of the window, warm-started from the default config and the config in force; the
policy ``gated`` decides on the rest. Plan, decisions and sums are the product's own
(titan_mlopt.evaluation.walk); each policy re-tunes for itself, from its own config in force.

`python benchmarks/walk.py [--trials 50] [--seeds 2] [--jobs 2] [--out walk.jsonl] [--write]` goes
on where it stopped and prints the tables, after some 10 minutes of one core; `--write` puts them
into docs/walk.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

import numpy as np
import search
from markets import SPACE, stretches
from searches import DEFAULT_POINT
from searches import search as search_params
from verdicts import quiet
from walk_tables import COST_BPS, TRADED, Row, tables

from titan_mlopt.backtest.runner import segment_stats
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.splits import HORIZON
from titan_mlopt.core.parameters import DEFAULTS, Params, digest
from titan_mlopt.core.trial import Segment
from titan_mlopt.core.tuner_config import AUTO_HOLDOUT, TunerConfig
from titan_mlopt.evaluation.walk.in_force import UNTUNED, ConfigInForce, next_in_force
from titan_mlopt.evaluation.walk.policies import paired_lead
from titan_mlopt.evaluation.walk.records import (
    ALWAYS_UP,
    DEFAULT,
    NEVER,
    POLICIES,
    StrategyScore,
    WalkStep,
)
from titan_mlopt.evaluation.walk.scoring import always_up_stats, returns_of, score_strategy
from titan_mlopt.evaluation.walk.steps import plan_steps
from titan_mlopt.evaluation.walk.summary import summarise_strategy
from titan_mlopt.study.dataset import segment_warm_up

DAY_S = 86_400
#: Days of a window, and of the longest one.
WINDOWS, LONGEST = (3, 7, 14), 14
#: Candles of a stretch: the last trade needs the candle after it. Stretches of the long file.
N_CANDLES, MOST = (LONGEST + TRADED) * 1440 + 1, 3
#: Unscored candles before a range.
WARM_UP = segment_warm_up(SPACE)
PAGE = Path(__file__).parents[1] / "docs" / "walk.md"


#: In force before the first step.
UNTUNED_CONFIG = {**DEFAULTS, **SPACE.fixed}


def in_force_of(params: Params, step: int, in_sample: float | None) -> ConfigInForce:
    """Return sampled params as a whole config that may come into force."""
    config = {**UNTUNED_CONFIG, **params}
    return ConfigInForce(config, digest(config), seed=0, step=step, in_sample=in_sample)


def stats_of(candles: Candles, config: ConfigInForce, start: int, stop: int) -> BacktestStats:
    """Return the stats of the bars from candle ``start`` on, whose outcomes lie before ``stop``.

    The predictor warms up on the candles before.
    """
    segment = Segment(max(0, start - WARM_UP), start, stop, int(candles.ts[start]))
    return segment_stats(candles, segment, config.config)


def configs_in_force(
    candles: Candles, steps: Sequence[WalkStep], policy: str, trials: int, seed: int
) -> list[ConfigInForce]:
    """Return the config that a policy trades with at each step."""
    configs: list[ConfigInForce] = []
    before = in_force_of({}, UNTUNED, None)
    for step in steps:
        if policy != NEVER or before.step == UNTUNED:
            before = retuned(candles, step, policy, before, trials, seed)
        configs.append(before)
    return configs


def retuned(
    candles: Candles, step: WalkStep, policy: str, before: ConfigInForce, trials: int, seed: int
) -> ConfigInForce:
    """Return what a policy has in force on a step, after a search that begins with ``before``."""
    first = [DEFAULT_POINT]
    if before.step != UNTUNED:
        first.append({name: before.config[name] for name in DEFAULT_POINT})
    tuned_on = candles.part(step.train.start, step.train.stop)
    found = search_params(tuned_on, trials, 1000 * seed + step.number, first)
    candidate = in_force_of(found.top(1)[0], step.number, found.best())
    assert step.sealed is not None
    part = step.sealed.start, step.sealed.stop
    ours, theirs = (stats_of(candles, config, *part) for config in (candidate, before))
    return next_in_force(policy, before, candidate, paired_lead(ours, theirs, "accuracy"))


def scores(
    candles: Candles, steps: Sequence[WalkStep], configs: Sequence[ConfigInForce | None]
) -> list[StrategyScore]:
    """Return the score of each step; configs: those in force, None for UP on every bar."""
    rows: list[StrategyScore] = []
    for step, config in zip(steps, configs, strict=True):
        bars = step.trade
        stats = (
            always_up_stats(candles, bars, TunerConfig())
            if config is None
            else stats_of(candles, config, bars.start, bars.stop + HORIZON)
        )
        before = rows[-1] if rows else None
        rows.append(score_strategy(stats, returns_of(candles, bars), config, before, COST_BPS))
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
    untuned = in_force_of({}, UNTUNED, None)
    chains: dict[str, Sequence[ConfigInForce | None]] = {
        **{name: configs_in_force(candles, steps, name, trials, seed) for name in POLICIES},
        DEFAULT: [untuned] * len(steps),
        ALWAYS_UP: [None] * len(steps),
    }
    rows = []
    for name, configs in chains.items():
        summary = summarise_strategy(scores(candles, steps, configs))
        gross, net = summary.equity_gross[-1] - 1, summary.equity[-1] - 1
        measured = (summary.accuracy or 0.5, gross, net, summary.changes, summary.in_sample)
        rows.append(Row(stretch, days, trials, seed, name, *measured))
    return rows


def walk_by_name(stretch: str, days: int, trials: int, seed: int) -> list[Row]:
    """Walk in a process of the pool, which is sent names only."""
    return walk(dict(stretches(N_CANDLES, MOST))[stretch], days, trials, seed, stretch)


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
    parser.add_argument("--seeds", type=int, default=2)
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
