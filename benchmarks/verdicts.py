"""How often the gate promotes in worlds whose odds are known (worlds.py), and at which price.

A study is tuned as `tune` does it at its defaults: a sealed hold-out of 20 %, four segments, 40
trials; the classifier is off, which makes a trial fast. Its best trial is judged as `validate` does
it, on the same bars of the hold-out, twice: with the default config as the champion, and without a
champion. From the same evidence come the decisions of gates that lack a part, so that the part's
price shows. The naive rule promotes the best trial when its objective is above the champion's on
the bars that were tuned on.
`python benchmarks/verdicts.py [--studies 30] [--edge-studies 40] [--trials 40] [--jobs 2]
[--out verdicts.jsonl] [--world NAME]` goes on where it stopped and prints the tables; `--size`
tells how many bars the edge needs, on markets of other seeds.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist

import optuna
from decisions import (
    CHAMPION_CONFIG,
    DECISIONS,
    GATE,
    N_TRUTH_BARS,
    NO_RULES,
    RIVALS,
    TRUTH_SEED,
    Holdout,
    failed,
    new_bars,
    promotions,
)
from worlds import EDGE, WORLDS, World, draw_candles

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space
from titan_mlopt.evaluation.gate.checks import GUARDS
from titan_mlopt.evaluation.gate.evidence import CHAMPION, build_evidence
from titan_mlopt.evaluation.gate.gate import find_candidate
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.study.baselines import DEFAULT
from titan_mlopt.study.storage.studies import read_study

#: Candles of a study, the last fifth held out. Those of the edge are chosen (--size).
N_CANDLES, N_EDGE_CANDLES, HOLDOUT = 12_000, 23_500, 0.2
#: The longer hold-out of the edge.
LONGER = 1.8
LONG = f"{GATE}, hold-out {LONGER} times as long"
#: How many standard errors a simple rule must be ahead on new bars to be called better.
AHEAD = 3.0
#: Seeds of the markets on which a size is found are others than those of the studies.
SIZING_SEED = 1_000_000
SPACE = Space(
    {name: bounds for name, bounds in TUNABLE_PARAMS.items() if not name.startswith("ml.")},
    {"ml.enabled": False},
)


@dataclass(frozen=True, slots=True)
class Row:
    """One study.

    Attributes:
        world: Name of the world.
        number: Of the study, which is its seed.
        promoted: By decision (``DECISIONS`` and ``LONG``), then by rival (``RIVALS``).
        naive: Whether the naive rule promotes.
        failed_guards: Of the gate's decision against the champion.
        difference: Accuracy of the candidate less the champion's, of the same decision.
        beaten: Whether a simple rule has a higher accuracy on the candidate's bars of the hold-out.
        beaten_in_truth: The same on 100,000 new bars of the hold-out's odds, by more than 3
            standard errors; None where no decision promotes.
        net_returns: Of the hold-out, compounded, at costs of 0 and of 1 basis point.
        seconds: What the study took.
    """

    world: str
    number: int
    promoted: dict[str, dict[str, bool]]
    naive: bool
    failed_guards: list[str]
    difference: float
    beaten: bool
    beaten_in_truth: bool | None
    net_returns: tuple[float, float]
    seconds: float


def tuned(candles: Candles, seed: int, trials: int, folder: Path) -> AutoTuner:
    """Return the tuner of a finished study, at the defaults of the command line."""
    config = TunerConfig(
        n_trials=trials,
        seed=seed,
        deterministic=True,  # the same table again
        space=SPACE,
        holdout=HOLDOUT,
        segments=4,
        n_warmup_steps=None,
        tracking=False,
    )
    tuner = AutoTuner(folder / "titan.db", config)
    tuner.optimize(candles)
    return tuner


def judged(world: World, number: int, trials: int) -> Row:
    """Tune one study and decide on its best trial."""
    began = time.perf_counter()
    n = N_EDGE_CANDLES if world is EDGE else N_CANDLES
    sealed = round(HOLDOUT * n)
    longest = round(LONGER * sealed) if world is EDGE else sealed
    candles = draw_candles(world, number, n - sealed, longest)
    with (
        tempfile.TemporaryDirectory() as folder,
        tuned(candles.part(0, n), number, trials, Path(folder)) as tuner,
    ):
        record = read_study(tuner.study)
    candidate = find_candidate(record, None)
    first = int(record.candles["count"]) + int(record.holdout["purged"])
    long = Holdout.of(candles, first, candidate)
    holdout = long.head(n - 1 - first)
    decisions = holdout.decisions()
    promoted = promotions(decisions)
    if longest > sealed:
        promoted[LONG] = promotions(long.decisions())[GATE]
    default = next(one for one in record.baselines if one.name == DEFAULT)
    against = decisions[CHAMPION]
    any_promoted = any(yes for both in promoted.values() for yes in both.values())
    ahead = new_bars(world, candidate, number).ahead() if any_promoted else None
    return Row(
        world.name,
        number,
        promoted,
        naive=(candidate.trial.values or (0.0,))[0] > default.values[0],
        failed_guards=failed(against, GUARDS) if against else [],
        difference=against.evidence.accuracy[0].bootstrap.difference if against else 0.0,
        beaten=holdout.ahead() > 0.0,
        beaten_in_truth=None if ahead is None else ahead > AHEAD,
        net_returns=(holdout.net_return(0.0), holdout.net_return(1.0)),
        seconds=time.perf_counter() - began,
    )


def run(chosen: argparse.Namespace) -> None:
    """Run the studies that the file lacks, one line each, and print the tables."""
    rows = read_rows(chosen.out)
    done = {(row.world, row.number) for row in rows}
    wanted = [
        (world, number)
        for number in range(max(chosen.studies, chosen.edge_studies))
        for world in chosen.worlds
        if number < studies_of(world.name, chosen) and (world.name, number) not in done
    ]
    with ProcessPoolExecutor(chosen.jobs, multiprocessing.get_context("spawn"), quiet) as pool:
        futures = [pool.submit(judge_by_name, w.name, k, chosen.trials) for w, k in wanted]
        for future in as_completed(futures):
            row = future.result()
            rows.append(row)
            with chosen.out.open("a") as file:
                file.write(json.dumps(asdict(row)) + "\n")
            winners = [rival for rival in RIVALS if row.promoted[GATE][rival]]
            told = f"promoted with {' and '.join(winners)}" if winners else "not promoted"
            print(f"{row.world} {row.number}: {told}, {row.seconds:.1f} s", flush=True)
    mine = [row for row in rows if row.number < studies_of(row.world, chosen)]
    print("\n".join([*table(mine), "", *prices(mine)]))


def judge_by_name(name: str, number: int, trials: int) -> Row:
    """Judge in a process of the pool, which is sent names only."""
    return judged(next(world for world in WORLDS if world.name == name), number, trials)


def studies_of(world: str, chosen: argparse.Namespace) -> int:
    """Return the number of studies of a world."""
    return int(chosen.edge_studies if world == EDGE.name else chosen.studies)


def read_rows(out: Path) -> list[Row]:
    """Return the rows that are in the file."""
    lines = out.read_text().splitlines() if out.exists() else []
    return [Row(**json.loads(line)) for line in lines]


def table(rows: list[Row]) -> list[str]:
    """Return a line for each world, and one for all without predictability."""
    lines = [
        "| world | studies | promoted over the champion | promoted without a champion | of these, "
        "a simple rule was better: on these bars, on new bars | their net return at 0 bp, 1 bp | a "
        "gate without the simple rules: over the champion, without one, a simple rule was better "
        "on new bars | naive rule |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for world in WORLDS:
        mine = [row for row in rows if row.world == world.name]
        if mine:
            lines.append(line_of(world.name, mine))
    unpredictable = {world.name for world in WORLDS if not world.predictable}
    mine = [row for row in rows if row.world in unpredictable]
    return [*lines, line_of("all without predictability", mine)] if mine else lines


def line_of(name: str, rows: list[Row]) -> str:
    """Return a line of the table of worlds; what promotions are like is of either decision."""
    winners = [row for row in rows if any(row.promoted[GATE].values())]
    others = [row for row in rows if any(row.promoted[NO_RULES].values())]
    net = [statistics.mean(row.net_returns[k] for row in winners) for k in (0, 1) if winners]
    cells = [
        name,
        str(len(rows)),
        *(counted(rows, lambda row, one=one: row.promoted[GATE][one]) for one in RIVALS),
        f"{sum(row.beaten for row in winners)}, {sum(bool(r.beaten_in_truth) for r in winners)}",
        ", ".join(f"{one:+.1%}" for one in net) or "–",
        ", ".join(
            [
                *(str(sum(row.promoted[NO_RULES][one] for row in rows)) for one in RIVALS),
                str(sum(bool(row.beaten_in_truth) for row in others)),
            ]
        ),
        str(sum(row.naive for row in rows)),
    ]
    return f"| {' | '.join(cells)} |"


def prices(rows: list[Row]) -> list[str]:
    """Return what each part of the gate costs at the planted edge, all from the same bars."""
    mine = [row for row in rows if row.world == EDGE.name]
    if not mine:
        return []
    lines = [
        "| planted edge | promoted over the champion | promoted without a champion |",
        "|---|---|---|",
    ]
    for name in (*DECISIONS, LONG):
        cells = [counted(mine, lambda row, r=rival, n=name: row.promoted[n][r]) for rival in RIVALS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def counted(rows: list[Row], is_counted: Callable[[Row], bool]) -> str:
    """Return a count with the 95 % Wilson interval of its share."""
    count = sum(is_counted(row) for row in rows)
    low, high = wilson_interval(count, len(rows))
    return f"{count} ({low:.0%} to {high:.0%})"


def size(studies: int, trials: int) -> None:
    """Print how many hold-out bars find the edge that such studies find, with a power of .9.

    The chosen config and the default one are compared on 200,000 candles that are new to both.
    """
    limits = GateThresholds()
    needed = NormalDist().inv_cdf(1 - limits.alpha)
    sealed, ratios = round(HOLDOUT * N_EDGE_CANDLES), []
    for number in range(studies):
        seed = SIZING_SEED + number
        candles = draw_candles(EDGE, seed, N_EDGE_CANDLES - sealed, sealed)
        with (
            tempfile.TemporaryDirectory() as folder,
            tuned(candles, seed, trials, Path(folder)) as tuner,
        ):
            config = find_candidate(read_study(tuner.study), None).config
        new = draw_candles(EDGE, TRUTH_SEED + seed, 0, 2 * N_TRUTH_BARS)
        ours, theirs = (backtest_stats(new, one, seed) for one in (config, CHAMPION_CONFIG))
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


def quiet() -> None:
    """Leave out what Optuna tells of each trial."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)


def main() -> None:
    """Read the command line and run."""
    names = [world.name for world in WORLDS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=30)
    parser.add_argument("--edge-studies", type=int, default=40)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2, help="studies at a time")
    parser.add_argument("--out", type=Path, default=Path("verdicts.jsonl"))
    parser.add_argument("--world", choices=names, action="append", help="only these; repeatable")
    parser.add_argument("--size", action="store_true")
    chosen = parser.parse_args()
    chosen.worlds = [world for world in WORLDS if world.name in (chosen.world or names)]
    quiet()
    if chosen.size:
        size(chosen.edge_studies, chosen.trials)
    else:
        run(chosen)


if __name__ == "__main__":
    main()
