"""How often the gate promotes: studies on candles without predictability, and with a planted edge.

Each study is tuned and judged as `tune` and `validate` do it, at their defaults: a sealed hold-out
of 20 %, four segments, 40 trials; the classifier is off, which makes a trial fast. The champion is
the default config. Beside the gate stands the naive rule: the best trial is promoted when its
objective is above the champion's on the same, in-sample bars.
`python benchmarks/verdicts.py [--studies 40] [--trials 40] [--jobs 2] [--out verdicts.jsonl]`
goes on where it stopped; `--size` tells how many bars the edge needs, on markets of other seeds.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
import optuna

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.findings import PROMOTE
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, merge_config
from titan_mlopt.core.search_space import Space
from titan_mlopt.evaluation.gate.evidence import build_evidence
from titan_mlopt.evaluation.gate.gate import Gate, find_candidate
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.evaluation.rerun import Rerun
from titan_mlopt.study.baselines import DEFAULT
from titan_mlopt.study.storage.studies import read_study

#: Candles of a study: the hold-out, a fifth of them, finds the edge with a power of .9 (--size).
N_CANDLES = 23_500
NOISE, EDGE = "no predictability", "planted edge"
#: The next close moves toward the side of the mean of the last FAST closes less that of the last
#: SLOW, this often. The default config looks at 5 and 20.
FAST, SLOW, FOLLOWS = 9, 29, 0.6
#: Seeds of the markets on which the size is found are others than those of the proof.
FIRST_SEED, SIZING_SEED = 0, 1_000_000
_CHAMPION: Params = merge_config({"ml.enabled": False})
_SPACE = Space(
    {name: bounds for name, bounds in TUNABLE_PARAMS.items() if not name.startswith("ml.")},
    {"ml.enabled": False},
)
_LONG = 200_000


def market(n: int, seed: int, follows: float) -> Candles:
    """Return a random walk whose volatility comes in clusters (GARCH(1, 1)).

    follows: the probability that the next close goes to the side of the trend; .5: a fair coin
    decides every direction, and nothing predicts it.
    """
    rng = np.random.default_rng([seed, 7])
    shocks, coins = np.abs(rng.standard_normal(n)), rng.random(n)
    close, total = np.empty(n), np.zeros(n + 1)
    close[0] = total[1] = 60_000.0
    sizes, variance, square = np.zeros(n), 1.0, 1.0
    for t in range(1, n):
        variance = 0.05 + variance * (0.1 * square + 0.85)
        square = shocks[t] ** 2
        sizes[t] = 4e-4 * math.sqrt(variance) * (shocks[t] + 0.02)
        up, chance = True, 0.5
        if t > SLOW:
            trend = (total[t] - total[t - FAST]) / FAST - (total[t] - total[t - SLOW]) / SLOW
            up, chance = trend > 0, follows
        side = 1.0 if up == (coins[t] < chance) else -1.0
        close[t] = close[t - 1] * (1.0 + side * sizes[t])
        total[t + 1] = total[t] + close[t]
    open_ = np.concatenate([close[:1], close[:-1]])
    wicks = 2e-4 * np.abs(rng.standard_normal((2, n))) * close
    volume = 10.0 * np.exp(0.5 * rng.standard_normal(n)) * (1.0 + sizes / 4e-4)
    ts = 1_704_067_200 + 60 * np.arange(n, dtype=np.int64)
    high, low = np.maximum(open_, close) + wicks[0], np.minimum(open_, close) - wicks[1]
    return Candles(f"market {seed}", ts, open_, high, low, close, volume)


@dataclass(frozen=True, slots=True)
class Row:
    """One study: the verdicts against the champion and without one, and the naive rule's."""

    world: str
    number: int
    gate: str
    without_champion: str
    naive: bool
    difference: float
    p_value: float
    failed_guards: list[str]
    seconds: float


def tuned(candles: Candles, seed: int, trials: int, jobs: int, folder: Path) -> AutoTuner:
    """Return the tuner of a finished study, at the defaults of the command line."""
    config = TunerConfig(
        n_trials=trials,
        n_jobs=jobs,
        seed=seed,
        deterministic=True,  # the same table again
        space=_SPACE,
        holdout=0.2,
        segments=4,
        n_warmup_steps=None,
        tracking=False,
    )
    tuner = AutoTuner(folder / "titan.db", config)
    tuner.optimize(candles)
    return tuner


def judged(world: str, number: int, trials: int, jobs: int) -> Row:
    """Tune one study and ask the gate."""
    began = time.perf_counter()
    seed = FIRST_SEED + number
    candles = market(N_CANDLES, 2 * seed + (world == EDGE), FOLLOWS if world == EDGE else 0.5)
    with (
        tempfile.TemporaryDirectory() as folder,
        tuned(candles, seed, trials, jobs, Path(folder)) as tuner,
    ):
        record = read_study(tuner.study)
        gate = Gate(tuner.study, tuner._storage, GateThresholds())
        candidate, rival = (
            find_candidate(record, None),
            ConfigUnderTest("default config", _CHAMPION, seed),
        )
        material = Rerun(tuner.config, candles, candles)
        told = gate.decide(candidate, rival, lambda _: material)
        alone = gate.decide(candidate, None, lambda _: material)
        default = next(one for one in record.baselines if one.name == DEFAULT)
        accuracy = told.decision["evidence"]["accuracy"][0]
        return Row(
            world,
            number,
            told.verdict,
            alone.verdict,
            naive=(candidate.trial.values or (0.0,))[0] > default.values[0],
            difference=accuracy["bootstrap"]["difference"],
            p_value=max(accuracy["bootstrap"]["p_greater"], accuracy["mcnemar"]["p_greater"]),
            failed_guards=[
                one["test"]
                for one in told.decision["findings"]
                if one["role"] == "guards" and one["status"] == "failed"
            ],
            seconds=time.perf_counter() - began,
        )


def prove(studies: int, trials: int, jobs: int, out: Path) -> None:
    """Run the studies that ``out`` lacks, one line each, and print the table."""
    lines = out.read_text().splitlines() if out.exists() else []
    rows = [Row(**json.loads(line)) for line in lines]
    there = {(row.world, row.number) for row in rows}
    for number in range(studies):
        for world in (NOISE, EDGE):
            if (world, number) not in there:
                rows.append(judged(world, number, trials, jobs))
                with out.open("a") as file:
                    file.write(json.dumps(asdict(rows[-1])) + "\n")
                print(f"{world} {number}: {rows[-1].gate}, {rows[-1].seconds:.1f} s", flush=True)
    print("\n".join(table([row for row in rows if row.number < studies])))


def table(rows: list[Row]) -> list[str]:
    """Return how often each rule promotes, with its 95 % Wilson interval."""
    lines = [
        "| candles | studies | gate | gate, no champion | naive rule |",
        "|---|---|---|---|---|",
    ]
    for world in (NOISE, EDGE):
        mine = [row for row in rows if row.world == world]
        counts = [
            sum(row.gate == PROMOTE for row in mine),
            sum(row.without_champion == PROMOTE for row in mine),
            sum(row.naive for row in mine),
        ]
        cells = []
        for count in counts:
            low, high = wilson_interval(count, len(mine))
            cells.append(f"{count} ({low:.0%} to {high:.0%})")
        lines.append(f"| {world} | {len(mine)} | {' | '.join(cells)} |")
    return lines


def size(studies: int, trials: int, jobs: int) -> None:
    """Print how many hold-out bars find the edge that such studies find, with a power of .9.

    The chosen config and the default one are compared on 200,000 candles that are new to both.
    """
    limits = GateThresholds()
    needed = NormalDist().inv_cdf(1 - limits.alpha)
    ratios = []
    for number in range(studies):
        seed = SIZING_SEED + number
        with (
            tempfile.TemporaryDirectory() as folder,
            tuned(market(N_CANDLES, seed, FOLLOWS), seed, trials, jobs, Path(folder)) as tuner,
        ):
            config = find_candidate(read_study(tuner.study), None).config
        new = market(_LONG, seed + 500_000, FOLLOWS)
        ours, theirs = (backtest_stats(new, one, seed) for one in (config, _CHAMPION))
        n = min(len(ours.direction), len(theirs.direction))
        boot = build_evidence(ours.tail(n), theirs.tail(n), resamples=500).accuracy[0].bootstrap
        ratios.append(boot.difference / (boot.standard_error * math.sqrt(n)))
        print(f"study {number}: {100 * boot.difference:+.2f} points", flush=True)
    for bars in range(500, 20_001, 250):
        powers = [NormalDist().cdf(ratio * math.sqrt(bars) - needed) for ratio in ratios]
        if statistics.mean(powers) >= limits.power:
            print(f"power {statistics.mean(powers):.3f} on {bars:,} hold-out bars")
            return
    print("no power of .9 on 20,000 bars")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("verdicts.jsonl"))
    parser.add_argument("--size", action="store_true")
    chosen = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    if chosen.size:
        size(chosen.studies, chosen.trials, chosen.jobs)
    else:
        prove(chosen.studies, chosen.trials, chosen.jobs, chosen.out)


if __name__ == "__main__":
    main()
