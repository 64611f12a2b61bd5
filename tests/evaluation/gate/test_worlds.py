"""benchmarks/worlds.py, verdicts.py: odds are those of the page, decisions those of the gate."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from support.paths import DOCS, ROOT
from titan_mlopt.analysis.statistics.naive_rules import baseline_directions
from titan_mlopt.evaluation.gate.gate import Gate, find_candidate
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.evaluation.rerun import Rerun
from titan_mlopt.study.storage.studies import read_study

TUNED, SEALED = 300, 6000


@pytest.fixture(scope="module")
def benchmarks() -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        yield ROOT / "benchmarks"


@pytest.fixture(scope="module")
def worlds(benchmarks: Path) -> ModuleType:
    return importlib.import_module("worlds")


@pytest.fixture(scope="module")
def verdicts(benchmarks: Path) -> ModuleType:
    return importlib.import_module("verdicts")


def accuracies(closes: np.ndarray) -> dict[str, float]:
    """Return the accuracy of each simple rule in the hold-out."""
    move = np.sign(np.diff(closes[TUNED:]))
    said = {name: d[TUNED:-1] for name, d in baseline_directions(closes, TUNED).items()}
    return {name: float((d * move > 0)[d * move != 0].mean()) for name, d in said.items()}


def test_candles_are_possible_and_a_longer_hold_out_begins_with_the_shorter_one(
    worlds: ModuleType,
) -> None:
    for world in worlds.WORLDS:
        long, short = (worlds.draw_candles(world, 3, 200, sealed) for sealed in (400, 250))
        assert all(
            np.array_equal(a[:450], b) for a, b in zip(long.arrays, short.arrays, strict=True)
        )
        assert all(np.isfinite(column).all() for column in long.arrays)
        assert long.low.min() > 0
        assert (long.low <= np.minimum(long.open, long.close)).all()
        assert (long.high >= np.maximum(long.open, long.close)).all()
        assert worlds.draw_candles(world, 4, 200, 250).digest != short.digest


def test_simple_rules_are_right_as_often_as_the_odds_say(worlds: ModuleType) -> None:
    # Φ(.2) = .579 of normal returns with a mean of .2 standard deviations are above 0.
    best = {"bounce": 0.6, "up often, mean 0": 0.58}
    error = 0.5 / np.sqrt(SEALED)
    for world in worlds.WORLDS:
        found = accuracies(worlds.draw_candles(world, 5, TUNED, SEALED).close)
        if world.best is not None:
            assert max(found, key=found.__getitem__) == world.best, world.name
            assert found[world.best] == pytest.approx(best.get(world.name, 0.579), abs=4 * error)
        elif not world.predictable:
            few = 2 if world.name == "tick lattice" else 1  # three of ten closes move
            for rule, accuracy in found.items():
                assert accuracy == pytest.approx(0.5, abs=4 * few * error), (world.name, rule)


def test_each_world_is_as_it_is_described(worlds: ModuleType) -> None:
    closes = {
        world.name: worlds.draw_candles(world, 6, 5000, 5000).close for world in worlds.WORLDS
    }
    returns = {name: np.diff(close) / close[:-1] for name, close in closes.items()}
    assert (returns["tick lattice"] == 0).mean() == pytest.approx(0.7, abs=0.03)
    assert not (closes["tick lattice"] % worlds.TICK).any()
    before, after = np.split(returns["louder hold-out"], [4999])
    assert after.std() / before.std() == pytest.approx(5, rel=0.15)
    before, after = np.split(returns["bear, then bull"], [4999])
    assert (before > 0).mean() == pytest.approx(0.421, abs=0.03)
    assert (after > 0).mean() == pytest.approx(0.579, abs=0.03)
    before, after = np.split(returns["noise, then bull"], [4999])
    assert (before > 0).mean() == pytest.approx(0.5, abs=0.03)
    mean, error = returns["up often, mean 0"].mean(), returns["up often, mean 0"].std() / 100
    assert abs(mean) < 3 * error
    sizes = np.abs(returns["jumps"]) / np.median(np.abs(returns["jumps"]))
    assert 10 < (sizes > 30).sum() < 60


def test_the_page_describes_every_world_and_what_predicts_it(worlds: ModuleType) -> None:
    page = (DOCS / "verdicts.md").read_text(encoding="utf-8").partition("### Worlds")[2]
    page = page.partition("The command takes")[0]  # before the results
    for world in worlds.WORLDS:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {world.name} | ")]
        told = line.split("|")[3].strip()
        if not world.predictable:
            assert told == "no predictability"
        else:
            assert told == f"{world.best or 'no rule'} is the best"


def row(verdicts: ModuleType, world: str, number: int, champion: bool, alone: bool) -> Any:
    names = (*verdicts.DECISIONS, verdicts.LONG)
    promoted = {name: dict(zip(verdicts.RIVALS, (champion, alone), strict=True)) for name in names}
    promoted[verdicts.NO_RULES] = dict.fromkeys(verdicts.RIVALS, True)
    truly = number == 0
    return verdicts.Row(world, number, promoted, True, [], 0.01, False, truly, (0.02, -0.01), 1.0)


def test_tables_count_promotions_and_what_they_are_like(verdicts: ModuleType) -> None:
    rows = [
        row(verdicts, verdicts.EDGE.name, 0, champion=True, alone=True),
        row(verdicts, verdicts.EDGE.name, 1, champion=False, alone=True),
        row(verdicts, "jumps", 0, champion=False, alone=False),
    ]
    *_, jumps, edge, no_odds = verdicts.table(rows)
    # Wilson's interval of 1 of 2 is .095 to .905, that of 2 of 2 .342 to 1, of 0 of 1 0 to .793.
    assert edge == (
        "| planted edge | 2 | 1 (9% to 91%) | 2 (34% to 100%) | 0, 1 | +2.0%, -1.0% | 2, 2, 1 | 2 |"
    )
    assert jumps == "| jumps | 1 | 0 (0% to 79%) | 0 (0% to 79%) | 0, 0 | – | 1, 1, 1 | 1 |"
    assert no_odds == jumps.replace("jumps", "all without predictability")
    lines = verdicts.prices(rows)
    assert f"| {verdicts.NO_RULES} | 2 (34% to 100%) | 2 (34% to 100%) |" in lines
    assert f"| {verdicts.LONG} | 1 (9% to 91%) | 2 (34% to 100%) |" in lines


@pytest.mark.docs
def test_the_benchmark_decides_as_the_gate_does(
    worlds: ModuleType, verdicts: ModuleType, tmp_path: Path
) -> None:
    candles = worlds.draw_candles(worlds.EDGE, 1, 5600, 1400)
    with verdicts.tuned(candles, 1, 6, tmp_path) as tuner:
        record = read_study(tuner.study)
        candidate = find_candidate(record, None)
        champion = ConfigUnderTest("default config", verdicts.CHAMPION_CONFIG, candidate.seed)
        gate = Gate(tuner.study, tuner._storage, GateThresholds())
        rerun = Rerun(tuner.config, candles, candles)
        told = [gate.decide(candidate, rival, lambda _: rerun) for rival in (champion, None)]
    first = int(record.candles["count"]) + int(record.holdout["purged"])
    ours = verdicts.Holdout.of(candles, first, candidate).decisions()
    for rival, theirs in zip(verdicts.RIVALS, told, strict=True):
        assert ours[rival].verdict == theirs.verdict
        numbers = theirs.decision["evidence"]["accuracy"]
        assert [one.p_value for one in ours[rival].evidence.accuracy] == [
            max(
                one["bootstrap"]["p_greater"],
                one["mcnemar"]["p_greater"],
                one["block_means"]["p_greater"],
            )
            for one in numbers
        ]
        guards = [
            (one["test"], one["value"])
            for one in theirs.decision["findings"]
            if one["role"] == "guards"
        ]
        mine = {one.test: one.value for one in ours[rival].findings}
        assert guards
        assert all(mine[test] == value for test, value in guards)
