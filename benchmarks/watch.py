"""How often a watch raises a false alarm under a look at every record, and how soon a true one.

Production is simulated: a live run whose accuracy, calibration and coverage are known writes its
records, and the code of `titan-mlopt watch` tests them one after the other.

    python benchmarks/watch.py                 # the tables of docs/watch.md, a quarter of an hour
    python benchmarks/watch.py --paths 100     # a first impression
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from statistics import NormalDist

import numpy as np

from titan_mlopt.analysis.statistics.drawdown import drawdown_tail
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.analysis.summary import plain_json
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.findings import PROMOTE, GateDecision
from titan_mlopt.evaluation.gate.decision import decide
from titan_mlopt.evaluation.gate.evidence import build_evidence
from titan_mlopt.production.watch.promise import (
    ACCURACY,
    CALIBRATION,
    COVERAGE,
    DRAWDOWN,
    HOLDOUT,
    Promise,
    Tail,
    make_promise,
)
from titan_mlopt.production.watch.reading import Batch, Position
from titan_mlopt.production.watch.state import WatchState, advance

ALPHA = 0.05
_MANIFEST = {"scoring": {"unchanged": "skip"}, "candles": {"interval_s": 60}}
_SIZE = 4e-4  # of a minute's return
_QUANTILE = NormalDist().inv_cdf


@dataclass(frozen=True)
class Law:
    """What a live run does, whatever came before.

    accuracy: of a prediction. gap: how much its confidence is above that. coverage: share of bars
    with a prediction. stretch: mean number of bars for which a filter stays open or closed; 1 for
    bars that do not depend on each other. size: standard deviation of a bar's return.
    """

    accuracy: float
    gap: float = 0.0
    coverage: float = 0.8
    stretch: int = 1
    size: float = _SIZE

    def draw(self, n: int, rng: np.random.Generator) -> BacktestStats:
        """Return ``n`` bars; volatility comes in clusters."""
        up = np.where(rng.random(n) < 0.5, 1, -1)
        hit = rng.random(n) < self.accuracy
        predicted = rng.random(-(-n // self.stretch)) < self.coverage
        direction = np.where(hit, up, -up) * np.repeat(predicted, self.stretch)[:n]
        waves = np.exp(0.5 * np.sin((np.arange(n) + rng.integers(1257)) / 200))
        returns = up * np.abs(rng.standard_normal(n)) * self.size * waves
        sure = np.where(direction == 0, 0.5, self.accuracy + self.gap)
        return BacktestStats(direction.astype(np.int8), sure, direction != 0, returns)


@dataclass(frozen=True)
class Path:
    """One live run: the state at its end, and how many predictions there were at each alarm."""

    state: WatchState
    predictions: dict[str, int]


def watch_path(promise: Promise, stats: BacktestStats) -> Path:
    """Watch a live run from its first record to its last."""
    outcome = np.sign(stats.returns).astype(np.int8)
    columns = (stats.direction, stats.confidence, stats.returns, outcome)
    state = advance(WatchState(), promise, Batch(*columns, 0, Position()))
    made = np.cumsum(stats.predicted)
    return Path(state, {alarm.test: int(made[alarm.record - 1]) for alarm in state.alarms})


def edge_promise(alpha: float = ALPHA) -> tuple[Promise, Law]:
    """Return a promise and the worst live run that keeps it: every null holds with equality."""
    law = Law(accuracy=0.54, gap=0.02, coverage=0.4)
    tail = drawdown_tail(law.draw(5000, np.random.default_rng(0)).net, np.random.default_rng(1))
    assert tail is not None
    promise = Promise(
        *(alpha, HOLDOUT, "", "skip", 0.0, 60.0),
        accuracy=0.56,
        least_accuracy=0.54,
        ece=0.01,
        most_ece=0.02,
        coverage=0.8,
        least_coverage=0.4,
        most_coverage=1.0,
        tail=Tail(tail.n_bars, tail.levels, tail.exceeded),
    )
    return promise, law


@cache
def holdout_promise(law: Law, n: int, seed: int) -> Promise:
    """Return what the gate's figures of a hold-out of ``n`` bars promise, its luck included."""
    stats = law.draw(n, np.random.default_rng([seed, 9]))
    content = plain_json(asdict(decide(build_evidence(stats, seed=seed))))
    content = json.loads(json.dumps(content))
    judged = GateDecision("", 0, "", PROMOTE, "", "", "", 1, content)
    return make_promise(judged, _MANIFEST, ALPHA)


def false_alarms(
    promises: Sequence[Promise], law: Law, paths: int, n: int, seed: int = 0
) -> list[Path]:
    """Watch ``paths`` live runs of ``n`` bars, each against one promise after the other."""
    return [
        watch_path(promises[k % len(promises)], law.draw(n, np.random.default_rng([seed, k])))
        for k in range(paths)
    ]


def fixed_sample(null: float, truth: float, alpha: float, power: float) -> int:
    """Return how many predictions a test of one look needs, by the normal approximation.

    n = ((z_{1−α} · √(p₀ · q₀) + z_{power} · √(p₁ · q₁)) / (p₀ − p₁))², the most powerful test's for
    two known rates.
    """
    spread = _QUANTILE(1 - alpha) * math.sqrt(null * (1 - null))
    spread += _QUANTILE(power) * math.sqrt(truth * (1 - truth))
    return math.ceil((spread / (null - truth)) ** 2)


def delay(paths: Iterable[Path], test: str, quantile: float) -> float:
    """Return the quantile of the predictions until a test's alarm; infinite where there is none."""
    waits = [path.predictions.get(test, math.inf) for path in paths]
    return float(np.quantile(waits, quantile, method="inverted_cdf"))


# --- the tables ----------------------------------------------------------------------------------


def level_rows(paths: int, say: Callable[[str], None]) -> None:
    """Print how often there is a false alarm, with the limits of its 95 % interval."""
    edge, worst = edge_promise()
    truth = Law(accuracy=0.55)
    drawn = [holdout_promise(truth, 4000, seed) for seed in range(max(1, paths // 40))]
    kept = [promise for promise in drawn if promise.least_accuracy <= truth.accuracy]
    worlds = (
        ("each null holds with equality", [edge], worst),
        ("the same, filters open and closed for 30 bars", [edge], replace(worst, stretch=30)),
        ("as promised, 2 points above the null", [edge], Law(0.56, 0.0, 0.8)),
        ("figures of hold-outs of 4,000 bars, their luck included", drawn, truth),
        ("of these, those whose accuracy was not promised too high", kept, truth),
    )
    say("| live run of 10,000 records | false alarms | 95 % interval | by test |")
    say("|---|--:|---|---|")
    for name, promises, law in worlds:
        found = false_alarms(promises, law, paths, 10_000)
        alarmed = sum(bool(path.predictions) for path in found)
        low, high = wilson_interval(alarmed, paths)
        tests = (ACCURACY, CALIBRATION, COVERAGE, DRAWDOWN)
        counts = [sum(test in path.predictions for path in found) for test in tests]
        by = ", ".join(f"{test} {count}" for test, count in zip(tests, counts, strict=True))
        say(f"| {name} | {alarmed / paths:.2%} | {low:.2%} to {high:.2%} | {by} |")


def delay_rows(paths: int, say: Callable[[str], None]) -> None:
    """Print how many predictions it takes until an alarm, beside a test that looks once."""
    edge, _ = edge_promise()
    drawn = [holdout_promise(Law(0.55), 4000, seed) for seed in range(max(1, paths // 40))]
    least = float(np.mean([promise.least_accuracy for promise in drawn]))
    worlds = (
        ("accuracy 3 points below the null", ACCURACY, [edge], Law(0.51), (0.54, 0.51)),
        ("accuracy 5 points below the null", ACCURACY, [edge], Law(0.49), (0.54, 0.49)),
        (
            "accuracy 3 points below what 4,000 bars promised",
            *(ACCURACY, drawn, Law(0.52), (least, 0.52)),
        ),
        ("ECE 3 points above the null", CALIBRATION, [edge], Law(0.54, 0.05), (0.54, 0.51)),
        ("half of the least coverage", COVERAGE, [edge], Law(0.56, coverage=0.2), None),
        ("wrong 55 % of the time, at 3 times the size", DRAWDOWN, [edge],
         Law(0.45, size=3 * _SIZE), None),
    )  # fmt: skip
    say("| what changed | test | median | 90 % noticed | one look, power 50 % | power 90 % |")
    say("|---|---|--:|--:|--:|--:|")
    for name, test, promises, law, rates in worlds:
        found = false_alarms(promises, law, paths, 40_000, seed=1)
        waits = [delay(found, test, share) for share in (0.5, 0.9)]
        once = ["-", "-"]
        if rates is not None:
            once = [f"{fixed_sample(*rates, ALPHA / 4, power):,}" for power in (0.5, 0.9)]
        shown = [f"{w:,.0f}" if w < math.inf else "not in 40,000 bars" for w in waits]
        cells = [*shown, *once]
        say(f"| {name} | {test} | {' | '.join(cells)} |")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="False alarms and delays of a watch.")
    parser.add_argument("--paths", type=int, default=2000, help="live runs of each row")
    chosen = parser.parse_args()
    level_rows(chosen.paths, lambda line: print(line, flush=True))
    print()
    delay_rows(max(40, chosen.paths // 4), lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
