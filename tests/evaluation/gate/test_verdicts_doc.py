"""docs/verdicts.md: its tables are what the code says, its example runs."""

from __future__ import annotations

import math
import re
from dataclasses import fields

import numpy as np
import pytest

from support.paths import DOCS
from titan_mlopt.analysis.statistics.look_levels import level_of_look
from titan_mlopt.analysis.statistics.luck import accuracy_luck
from titan_mlopt.analysis.statistics.sample_size import smallest_visible
from titan_mlopt.analysis.statistics.sharpe import (
    deflated_sharpe_ratio,
    minimum_backtest_length,
    minimum_track_record_length,
    per_bar,
    probabilistic_sharpe_ratio,
)
from titan_mlopt.backtest.returns import Moments
from titan_mlopt.core.findings import CANNOT_TELL, KEEP_CHAMPION, PROMOTE
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.report.findings.gate import VERDICT_TEXTS

PAGE = (DOCS / "verdicts.md").read_text(encoding="utf-8")


def rows_of(first: str) -> list[list[str]]:
    """Return the rows of the table whose first column is headed ``first``."""
    (table,) = re.findall(rf"^\| {first} \|.*\n\|[-|]*\n((?:\|.*\|\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()]


def test_the_table_of_thresholds_is_the_dataclass() -> None:
    told = [(name.strip("`"), default) for name, default, _ in rows_of("threshold")]
    assert told == [(field.name, repr(field.default)) for field in fields(GateThresholds)]


def test_the_verdicts_are_those_of_the_code() -> None:
    assert [row[0] for row in rows_of("verdict")] == list(VERDICT_TEXTS.values())
    assert list(VERDICT_TEXTS) == [PROMOTE, KEEP_CHAMPION, CANNOT_TELL]
    assert f"`{KEEP_CHAMPION}` and `{CANNOT_TELL}`" in PAGE  # as JSON has them


def test_the_published_examples_come_out() -> None:
    strategy, normal = Moments(1250, 2.5 / math.sqrt(250), -3, 10), Moments(1250, 0.158114, 0, 3)
    fund = Moments(24, 0.458, -2.448, 10.164)
    found = (
        deflated_sharpe_ratio(strategy, 0.5 / 250, 100),
        deflated_sharpe_ratio(strategy, 0.5 / 250, 46),
        deflated_sharpe_ratio(normal, 0.5 / 250, 88),
        probabilistic_sharpe_ratio(fund),
        minimum_track_record_length(Moments(9, per_bar(2, 252), 0, 3), per_bar(1, 252)) / 252,
        minimum_backtest_length(45),
    )
    for (_, told), value in zip(rows_of("published example"), found, strict=True):
        assert f"{value:.{len(told.partition('.')[2])}f}" == told


#: The normal quantiles of .984 and .9, and how much further eight blocks must see.
Z_ALPHA, Z_BETA = 2.144411, 1.281552
BY_BLOCK = 4.148267 / (Z_ALPHA + Z_BETA)


def predictions_needed_against_a_coin(accuracy: float) -> float:
    """Fleiss, Levin and Paik, Statistical methods for rates and proportions, 2003, ch. 2."""
    root = Z_ALPHA * 0.5 + Z_BETA * math.sqrt(accuracy * (1 - accuracy))
    return (BY_BLOCK * root / (accuracy - 0.5)) ** 2


def predictions_needed_paired(better: float, worse: float) -> float:
    """R. J. Connor, Sample size for the paired-sample design, Biometrics 43 (1987) 207-211."""
    apart, difference = better + worse, better - worse
    root = Z_ALPHA * math.sqrt(apart) + Z_BETA * math.sqrt(apart - difference**2)
    return (BY_BLOCK * root / difference) ** 2


def test_the_visible_differences_follow_from_the_errors_and_are_found_with_that_many_bars() -> None:
    for bars, *told in rows_of("bars"):
        n = int(bars)
        shares = [
            smallest_visible(math.sqrt(d / n), level_of_look(0.02, 1)) for d in (0.25, 0.5, 0.1)
        ]
        assert [f"{100 * share:.1f}" for share in shares] == told
        coin, unrelated, near = shares
        assert predictions_needed_against_a_coin(0.5 + coin) == pytest.approx(n, rel=0.01)
        pairs = (
            ((0.5 + unrelated) / 2, (0.5 - unrelated) / 2),
            ((0.1 + near) / 2, (0.1 - near) / 2),
        )
        for better, worse in pairs:
            assert predictions_needed_paired(better, worse) == pytest.approx(n, rel=0.02)


def test_the_numbers_of_the_text_are_those_of_the_code() -> None:
    luck = accuracy_luck(np.full(100, 1440))
    said = f"show {luck.expected[-1]:.3f} on average and {luck.most[-1]:.3f} in 1 of 20 studies"
    assert said.replace("0.", ".") in PAGE.replace("\n", " ")
    looks = [smallest_visible(1.0, level_of_look(0.02, look)) for look in (1, 2, 3)]
    assert f"{looks[0]:.2f} errors is found" in PAGE
    assert f"needs {looks[1]:.2f} errors" in PAGE
    assert f"the third {looks[2]:.2f}," in PAGE
    levels = [f"{level_of_look(0.02, look):.4f}"[1:].rstrip("0") for look in (1, 2, 3)]
    assert f"{', '.join(levels)}, " in PAGE


def test_the_example_runs_and_prints_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    example, _ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "docs/verdicts.md", "exec"), {})
    out = capsys.readouterr().out.splitlines()
    assert out[0].split()[0] in (PROMOTE, KEEP_CHAMPION, CANNOT_TELL)
    assert len(out) > 10


def test_the_example_of_fresh_bars_prints_the_numbers_of_its_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, example = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "verdicts.md", "exec"), {})
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    rows = rows_of("lead, points")
    assert [int(row[0]) for row in rows] == [round(100 * float(lead)) for lead, _ in printed]
    for (points, bars, known), (_, median) in zip(rows, printed, strict=True):
        assert int(bars.replace(",", "")) == round(float(median))
        lead = int(points) / 100
        assert int(known.replace(",", "")) == round(math.log(62.5) / (2 * lead**2))
