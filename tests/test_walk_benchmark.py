"""benchmarks/walk.py: a walk takes its days one after another, and its tables are sums by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from support.paths import ROOT
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles


@pytest.fixture
def benchmark_walk(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import walk  # type: ignore[import-not-found]  # in a folder of its own

    monkeypatch.setattr(walk, "LONGEST", 1)
    return walk  # type: ignore[no-any-return]  # as above


@pytest.fixture
def tables(benchmark_walk: ModuleType) -> ModuleType:
    import walk_tables  # type: ignore[import-not-found]  # beside it

    return walk_tables  # type: ignore[no-any-return]  # as above


@pytest.fixture
def candles() -> Candles:
    """Three days and a candle: a window of one day, and two days to trade."""
    return sample_candles().head(3 * 1440 + 1)


def test_a_walk_scores_each_policy_on_the_bars_after_the_first_window(
    benchmark_walk: ModuleType, candles: Candles
) -> None:
    rows = {row.name: row for row in benchmark_walk.walk(candles, 1, 3, 0)}
    assert list(rows) == ["never", "always", "gated", "default", "always_up"]
    moves = np.sign(np.diff(candles.close[1440:]))
    assert rows["always_up"].accuracy == (moves > 0).sum() / (moves != 0).sum()
    held = candles.close[-1] / candles.close[1440]
    assert rows["always_up"].gross == pytest.approx(held - 1)
    # One entry at a cost of 1 bp, in the first bar.
    first = candles.close[1441] / candles.close[1440]
    assert rows["always_up"].net == pytest.approx(held / first * (first - 1e-4) - 1)
    assert rows["never"].changes == 0
    assert rows["default"].in_sample is None
    assert all(row.net < row.gross for row in rows.values())


@pytest.mark.parametrize("policy", ["always", "gated"])
def test_candles_after_the_first_traded_day_do_not_change_its_configs(
    benchmark_walk: ModuleType, candles: Candles, policy: str
) -> None:
    steps = benchmark_walk.plan_steps(candles.ts, train_s=86_400, step_s=86_400, sealed=0.2)
    assert [step.trade.start for step in steps] == [1440, 2880]
    late = np.arange(len(candles)) >= 2880
    zigzag = np.where(late, candles.close * (1 + 0.002 * (np.cumsum(late) % 2)), candles.close)
    chosen = [
        benchmark_walk.configs_in_force(replace(candles, close=close), steps, policy, 6, 0)
        for close in (candles.close, zigzag)
    ]
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 2


def row(tables: ModuleType, stretch: str, name: str, accuracy: float, **changes: Any) -> Any:
    fields = {
        **{"stretch": stretch, "days": 3, "trials": 50, "seed": 0, "name": name},
        **{"accuracy": accuracy, "gross": 0.0, "net": 0.0, "changes": 0, "in_sample": 0.52},
    }
    return tables.Row(**{**fields, **changes})


def test_differences_are_means_over_stretches_with_their_standard_error(
    tables: ModuleType,
) -> None:
    # gated − never: 1 and 3 points, each the mean of two seeds of a: mean 2, error √2 / √2 = 1.
    rows = [
        row(tables, "a", "never", 0.50),
        row(tables, "a", "never", 0.52, seed=1),
        row(tables, "a", "gated", 0.51),
        row(tables, "a", "gated", 0.53, seed=1),
        row(tables, "b", "never", 0.50),
        row(tables, "b", "gated", 0.53, net=0.02),
    ]
    text = tables.difference_row(rows, [3], "gated", "never")
    assert text == "| 3 days | gated − never | +2.00 ± 1.00 | 2 of 2 | +1.00 ± 1.00 |"


def test_a_stretch_has_its_accuracies_above_a_coin(tables: ModuleType) -> None:
    # never: the mean of +2 and +4 points.
    accuracies = (("never", 0.52), ("never", 0.54), ("always", 0.5), ("gated", 0.51))
    rows = [row(tables, "a", name, accuracy) for name, accuracy in accuracies]
    text = tables.stretch_row(rows)
    assert text == "| a | +3.00 | +0.00 | +1.00 | -2.00 |"


def test_an_efficiency_is_the_ratio_of_the_means_with_its_jackknife_error(
    tables: ModuleType,
) -> None:
    # Without the first 2 / 2, without the second 1 / 2; of both 3 / 4. √(1/2 · 2 · .25²) = .25.
    assert tables.efficiency([1.0, 2.0], [2.0, 2.0]) == "+0.75 ± 0.25"
    assert tables.efficiency([1.0, 2.0], [-2.0, 2.0]) == "-"
    assert tables.efficiency([1.0], [2.0]) == "-"


def test_walks_that_are_in_the_file_are_read_again_by_their_number_of_trials(
    benchmark_walk: ModuleType, tables: ModuleType, tmp_path: Path
) -> None:
    kept, other = (row(tables, "a", "never", 0.5, trials=trials) for trials in (50, 3))
    out = tmp_path / "walk.jsonl"
    assert benchmark_walk.read_rows(out, 50) == []
    benchmark_walk.append_rows(out, [kept, other])
    assert benchmark_walk.read_rows(out, 50) == [kept]
