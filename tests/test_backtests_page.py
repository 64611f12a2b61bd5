"""docs/backtests.md: its example works as it stands, and its figures are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.external_cases import outcomes_of, ran
from support.paths import DOCS
from support.standin_cases import csv
from support.summary_cases import study, trial
from titan_mlopt.backtest.external import PARAMETERS
from titan_mlopt.backtest.predictions import parse_record
from titan_mlopt.cli.tune import tune
from titan_mlopt.core.search_space import load_space
from titan_mlopt.core.trial import COMPLETE
from titan_mlopt.executors.local import external, workspace
from titan_mlopt.report.terminal import summary_lines

__all__ = ["csv"]  # a fixture: pytest finds it here by its name
PAGE = (DOCS / "backtests.md").read_text(encoding="utf-8")


def blocks_of(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_smallest_backtest_is_tuned_over_the_space_beside_it(csv: Path, tmp_path: Path) -> None:
    (code,), (space, _) = blocks_of("python"), blocks_of("json")
    (tmp_path / "my_backtest.py").write_text(code)
    (tmp_path / "space.json").write_text(space)
    settings = {"backtest": "my_backtest:run_backtest", "backtest_path": str(tmp_path)}
    drawn = load_space(tmp_path / "space.json")
    found = ran(tmp_path, settings, csv, n_trials=4, n_jobs=2, space=drawn)
    for record, outcome in zip(found.trials, outcomes_of(found), strict=True):
        assert outcome.state == COMPLETE, outcome
        assert record.params.keys() == {"least_move", "candles_back"}
        total, hits = outcome.metrics["n_predictions"] or 0, outcome.metrics["hits"] or 0
        # 800 candles but the last and those that it looks back on first.
        assert outcome.metrics["n_bars"] == 799 - int(record.params["candles_back"])
        assert 0 < total <= outcome.metrics["n_bars"]
        assert outcome.metrics["bets_per_candle"] == total / 800
        assert outcome.metrics["accuracy"] == hits / total
        assert sum(block[1] for block in outcome.blocks) == hits  # from its file
        assert outcome.checkpoints
    counts = {outcome.metrics["n_predictions"] for outcome in outcomes_of(found)}
    assert len(counts) > 1  # its parameters have a say


def test_the_record_of_the_page_is_read() -> None:
    _, record = blocks_of("json")
    assert parse_record(record.encode()) == (1, 0.55, -0.0003, -1)


def test_the_arguments_of_the_page_are_those_that_are_passed() -> None:
    assert f"`fn({', '.join(PARAMETERS)})`" in PAGE
    contract = PAGE.partition("**Config in.**")[0]
    assert re.findall(r"^\| `(\w+)` \|", contract, re.MULTILINE) == list(PARAMETERS)


def test_the_options_of_the_page_exist() -> None:
    options = {option for parameter in tune.params for option in parameter.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))
    assert named <= options
    assert {"--backtest", "--backtest-path", "--space", "--repeat", "--scratch"} <= named


def test_the_figures_of_the_page_are_those_of_the_code() -> None:
    assert f"`limit={external.DRY_CANDLES}`" in PAGE
    assert f"{workspace.MIN_FREE_BYTES // 2**20} MB are free" in PAGE
    assert f"a log that passes {workspace._LOG_LIMIT // 1_000_000} MB" in PAGE
    assert f"the last {workspace._LOG_TAIL // 1000} kB are kept" in PAGE


def test_the_line_of_the_page_is_the_one_that_the_summary_has() -> None:
    # .0014 · √3 is the spread of three runs, .0052 · √2 the distance of two trials.
    rates = (0.5, 0.5 + 0.0052 * 2**0.5)
    spread = 0.0014 * 3**0.5
    trials = [
        trial(i, rate, accuracy=rate, accuracy_sd=spread, repeats=3.0)
        for i, rate in enumerate(rates)
    ]
    (line,) = [line for line in summary_lines(study(*trials)) if line.startswith("noise")]
    assert " ".join(line.split()) in " ".join(PAGE.split())


@pytest.mark.parametrize("key", ["ranges", "fixed"])
def test_the_space_of_the_page_has_every_key(key: str) -> None:
    assert key in json.loads(blocks_of("json")[0])
