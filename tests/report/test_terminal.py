"""What the study's words in the terminal promise."""

from __future__ import annotations

import re

from support.page_cases import numbers
from support.summary_cases import finished, study, trial
from titan_mlopt.core.study import Baseline
from titan_mlopt.core.trial import COMPLETE, CRASH, FAIL, PRUNED, RUNNING, TIMEOUT, TOO_FEW
from titan_mlopt.report.terminal import aligned, summary_lines


def rows_of(lines: list[str]) -> dict[str, str]:
    """Return what stands in the second column by what stands in the first."""
    return dict(re.split(r"  +", line.strip(), maxsplit=1) for line in lines)


def test_terminal_lines_are_aligned_and_say_how_sure_each_number_is() -> None:
    best = trial(
        8,
        0.55,
        accuracy=0.55,
        n_predictions=200.0,
        hits=110.0,
        ece=0.02,
        ece_noise=0.034,
        sharpe=3.0,
        sharpe_se=19.1,
    )
    others = [finished().trials[i] for i in (2, 3, 5)]
    lines = summary_lines(study(best, *others, settings={"ece_constraint": 0.1}))
    rows = rows_of(lines)
    assert {line.index(text) for line, text in zip(lines, rows.values(), strict=True)} == {15}
    assert "btc_1m" in rows["study"]
    for part in ("btc.csv", "20,000", "60 s", "2026-01-01 00:00", "2026-01-14 21:19", "0 gaps"):
        assert part in rows["candles"]
    assert {name: numbers(text) for name, text in list(rows.items())[2:]} == {
        **{"trials": ["3"], "complete": ["1"], "pruned": ["1", "1"], "failed": ["1", "1"]},
        "interrupted": ["1"],
        "ECE above 0.1": ["0", "1"],
        "best": ["8", "0.55"],
        "accuracy": ["0.5500", "200", "95", "0.481", "0.617"],
        "ECE": ["0.0200", "0.0340"],
        "Sharpe": ["3.00", "19.10", "14"],  # 20,000 minutes are 13.9 days
        "time": ["2"],
    }
    assert rows["ECE above 0.1"].startswith("0 of 1 ")
    assert rows["Sharpe"].endswith(" a year, from 14 days, before costs")


def test_baselines_are_said_to_have_their_own_part_of_the_same_bars() -> None:
    scored = {"accuracy": 0.51, "hits": 51.0, "n_predictions": 100.0}
    majority = Baseline("majority", "rule", COMPLETE, scored)
    rows = rows_of(summary_lines(study(finished().trials[0], baselines=(majority,))))
    assert rows["baselines"] == "accuracy, each on the n of the same bars that it predicts"
    assert "n=100" in rows["majority class so far"]


def test_doubt_that_was_not_measured_is_said_to_be_unknown() -> None:
    lines = summary_lines(study(trial(0, 0.5, accuracy=0.5, ece=0.02, sharpe=1.0)))
    rows = rows_of(lines)
    assert "unknown" in rows["ECE"]
    assert "unknown" in rows["Sharpe"]
    assert rows["accuracy"] == "-"


def test_each_state_has_its_reasons_beside_it() -> None:
    failed = [trial(number, state=FAIL, reason=TIMEOUT) for number in (0, 1)]
    crashed = trial(2, state=FAIL, reason=CRASH)
    pruned = trial(3, state=PRUNED, reason=TOO_FEW)
    lines = summary_lines(study(*failed, crashed, pruned, trial(4, state=RUNNING)))
    assert lines[2:6] == [
        "trials     5",
        "  pruned   1 (too_few_predictions 1)",
        "  failed   3 (timeout 2, crash 1)",
        "  running  1",
    ]


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_stand_to_the_right() -> None:
    rows = [("name", "n", "why"), ("a", "10", ""), ("longer", "9", "x")]
    assert aligned(rows, right=[1]) == ["name     n  why", "a       10", "longer   9  x"]
