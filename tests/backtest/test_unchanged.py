"""What an unchanged close counts as, in a backtest's metrics and in another backtest's records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.stats_cases import random_stats, stats_of
from titan_mlopt.analysis.statistics.naive_rules import baseline_directions
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader, unchanged_rule
from titan_mlopt.backtest.stats import load_bars, save_bars
from titan_mlopt.core.unchanged import chance_of, rule_of

# FLAT, a hit, a miss, a hit, and DOWN with a confidence of .7 before an unchanged close.
FIVE = stats_of(
    [0, 1, 1, -1, -1],
    [0.5, 0.6, 0.6, 0.8, 0.7],
    [False, True, True, True, False],
    [0.01, 0.02, -0.01, -0.04, 0.0],
)


@pytest.mark.parametrize(
    ("rule", "n", "hits", "ece", "brier"),
    [
        # Without the last bar: |1.2 - 1| + |.8 - 1| = .4 over 3; .16 + .36 + .04.
        ("skip", 3, 2, 0.4 / 3, 0.56 / 3),
        # It misses: |.7 - 0| and .49 more, over 4.
        ("miss", 4, 2, 1.1 / 4, 1.05 / 4),
        ("up", 4, 2, 1.1 / 4, 1.05 / 4),
        # It hits: |.7 - 1| and .09 more.
        ("down", 4, 3, 0.7 / 4, 0.65 / 4),
    ],
)
def test_every_metric_of_hits_follows_one_rule(
    rule: str, n: int, hits: int, ece: float, brier: float
) -> None:
    metrics = replace(FIVE, unchanged=rule).metrics()
    assert (metrics["n_predictions"], metrics["hits"]) == (n, hits)
    assert (metrics["accuracy"], metrics["coverage"]) == (hits / n, n / 5)
    assert metrics["ece"] == pytest.approx(ece)
    assert metrics["brier"] == pytest.approx(brier)
    assert metrics["unchanged_share"] == 0.2
    # What is earned does not depend on it.
    assert metrics["sharpe"] == FIVE.metrics()["sharpe"]
    assert (metrics["turnover"], metrics["n_traded"]) == (0.8, 3)


def test_without_a_rule_unchanged_closes_are_left_out() -> None:
    assert FIVE.metrics() == replace(FIVE, unchanged="skip").metrics()


def test_a_coin_hits_half_of_the_bars_unless_unchanged_closes_are_misses() -> None:
    assert chance_of("miss", 0.2) == pytest.approx(0.4)
    assert [chance_of(rule, 0.2) for rule in ("skip", "up", "down")] == [0.5, 0.5, 0.5]
    # Studies of before have no rule.
    assert (rule_of({}), rule_of({"unchanged": "up"})) == ("miss", "up")


def test_simple_rules_take_an_unchanged_close_for_a_move_where_it_counts_as_one() -> None:
    closes = np.array([1.0, 2.0, 2.0, 2.0, 1.0])  # up, unchanged, unchanged, down
    skipped, up = baseline_directions(closes), baseline_directions(closes, unchanged="up")
    assert skipped["persistence"].tolist() == [0, 1, 1, 1, -1]
    assert skipped["majority class"].tolist() == [0, 1, 1, 1, 0]
    assert up["persistence"].tolist() == [0, 1, 1, 1, -1]
    assert up["majority class"].tolist() == [0, 1, 1, 1, 1]
    down = baseline_directions(closes, unchanged="down")
    assert down["persistence"].tolist() == [0, 1, -1, -1, -1]
    assert down["majority class"].tolist() == [0, 1, 0, -1, -1]


@pytest.mark.parametrize("rule", ["skip", "miss", "up", "down"])
def test_saved_bars_keep_their_rule(rule: str, tmp_path: Path) -> None:
    stats = replace(random_stats(100, 1), unchanged=rule)
    save_bars(stats, tmp_path / "bars.npz")
    assert load_bars(tmp_path / "bars.npz").metrics() == stats.metrics()


# --- another backtest's records ------------------------------------------------------------------


def records(outcome: str, folder: Path, with_return: bool = True) -> PredictionReader:
    """Read four predictions: a hit, a miss, two unchanged closes with this outcome."""
    reader = PredictionReader(folder / PREDICTIONS_FILE)
    lines = []
    for actual, change in (("UP", 0.01), ("DOWN", -0.01), (outcome, 0.0), (outcome, 0.0)):
        line = f'"direction": "UP", "confidence": 0.6, "outcome_direction": "{actual}"'
        lines.append("{" + line + (f', "return": {change}' if with_return else "") + "}\n")
    (folder / PREDICTIONS_FILE).write_text("".join(lines))
    reader.read(ended=True)
    return reader


@pytest.mark.parametrize(
    ("outcome", "n_predictions", "rule"),
    [
        ("UP", 4, "up"),
        ("DOWN", 4, "down"),
        ("FLAT", 4, "miss"),  # no direction, and counted as predictions
        ("FLAT", 2, "skip"),
        ("FLAT", None, "skip"),
    ],
)
def test_a_backtest_s_own_rule_is_read_from_its_records(
    outcome: str, n_predictions: float | None, rule: str, tmp_path: Path
) -> None:
    assert unchanged_rule(records(outcome, tmp_path).stats(), n_predictions) == rule


def test_records_that_cannot_tell_give_no_rule_of_their_own(tmp_path: Path) -> None:
    silent = records("UP", tmp_path, with_return=False).stats()
    assert unchanged_rule(silent, 4) == "skip"
    assert unchanged_rule(silent.head(0), 0) == "skip"
    mixed = stats_of(
        [1] * 5, [0.6] * 5, [True] * 5, [0.1, 0, 0, 0, 0], outcome=np.array([1, 1, 1, -1, -1])
    )
    assert unchanged_rule(mixed, 5) == "skip"


def test_a_reader_counts_predictions_by_the_rule(tmp_path: Path) -> None:
    assert records("FLAT", tmp_path).n_predictions == 2
    reader = PredictionReader(tmp_path / PREDICTIONS_FILE, unchanged="miss")
    reader.read(ended=True)
    assert (reader.n_predictions, reader.stats(3).total) == (4, 3)
