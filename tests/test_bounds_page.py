"""docs/bounds.md: its commands and its Python work as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.paths import DOCS
from test_warm_start_page import run_block
from titan_mlopt.analysis.bounds import LEVEL, MIN_FOR_BOUNDS
from titan_mlopt.analysis.statistics.association import BLOCK, N_PERMUTATIONS
from titan_mlopt.core.search_space import load_space
from titan_mlopt.stored_study import open_study

PAGE = (DOCS / "bounds.md").read_text(encoding="utf-8")


def blocks_of(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.docs
def test_the_commands_of_the_page_find_a_range_and_search_in_it(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    tune, table, write, again = blocks_of("sh")[0].splitlines()
    run_block(tune)
    shown = run_block(table).splitlines()
    # Randomly sampled points are the same in any order: so is the table.
    assert shown[:3] == blocks_of("text")[0].splitlines()
    assert "21 parameters to draw, 1 range changed" in run_block(write)
    run_block(again)
    space = load_space("space.json")
    assert space.ranges["feature.slow_window"] == (19, 30, "int")
    assert len(open_study("titan.db", "wide-bounds").record.trials) == 10
    names: dict[str, object] = {}
    exec(blocks_of("python")[0], names)
    assert names["space"] == space
    assert list(names["reasons"]) == ["feature.slow_window"]  # type: ignore[call-overload]  # a dict


def test_the_figures_of_the_page_are_those_of_the_code() -> None:
    assert f"when p is {LEVEL:g} or less".replace("0.", ".") in PAGE
    assert f"At least {MIN_FOR_BOUNDS} trials must be COMPLETE" in PAGE
    assert f"{N_PERMUTATIONS} exchanges" in PAGE
    assert f"among {BLOCK} to {2 * BLOCK - 1} consecutive trials" in PAGE
