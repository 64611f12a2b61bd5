"""docs/pruning.md agrees with the benchmark that it quotes and with the settings."""

from __future__ import annotations

import re
import runpy

from support.paths import ROOT
from titan_mlopt.core.tuner_config import TunerConfig

PAGE = (ROOT / "docs" / "pruning.md").read_text(encoding="utf-8")
BENCHMARK = runpy.run_path(str(ROOT / "benchmarks" / "pruning.py"))


def tables() -> list[list[list[str]]]:
    found = re.findall(r"((?:^\|.*\|\n)+)", PAGE, re.MULTILINE)
    rows = [[line[1:-1].split("|") for line in table.splitlines()] for table in found]
    return [[[cell.strip() for cell in row] for row in table] for table in rows]


def test_each_table_of_losses_has_a_row_for_each_setting_of_the_benchmark() -> None:
    losses = [table for table in tables() if table[0][0] == "pruner"]
    assert len(losses) == len(BENCHMARK["UNITS"])
    for table in losses:
        assert [row[0] for row in table[2:]] == list(BENCHMARK["SETTINGS"])
        assert {len(row) for row in table} == {len(table[0])}


def test_the_defaults_on_the_page_are_those_of_the_config() -> None:
    plain = TunerConfig()
    found = re.findall(r"`(\w+)=([\d.]+)`", PAGE)
    assert len(found) >= 7
    for name, value in found:
        assert str(getattr(plain, name)) == value


def test_the_best_trial_of_a_replay_without_a_pruner_is_neither_judged_nor_killed() -> None:
    study = BENCHMARK["draw_study"](BENCHMARK["sample_candles"](1000), 3, 42)
    config = BENCHMARK["config_of"]("none", "accuracy")
    loss = BENCHMARK["replay"](study, config, [2, 0, 1], "order")
    assert (loss.computed, loss.judged, loss.killed) == (1.0, False, False)
    assert (loss.rank, loss.chance, loss.regret) == (1, 1.0, 0.0)
