"""docs/warm-start.md: its commands work as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.paths import DOCS
from titan_mlopt.cli.main import main
from titan_mlopt.study.storage.studies import WEIGHTS, load_record, load_study
from titan_mlopt.study.transfer import LEAST_TRIALS, LITTLE, MOST_TRIALS
from titan_mlopt.study.warm_start import TOP

pytestmark = pytest.mark.docs
PAGE = (DOCS / "warm-start.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def run_block(block: str) -> str:
    """Run the commands of a block in this folder; return what the last one printed."""
    output = ""
    for line in block.splitlines():
        program, *words = shlex.split(line, comments=True)
        assert program == "titan-mlopt"
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, f"{line}\n{result.output}"
        output = result.stdout
    return output


def test_the_commands_of_warm_start_begin_a_study_with_the_best_of_another(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    board = run_block(BLOCKS[0])
    trials = load_record("titan.db", "february").trials
    marks = [trial.warm_start for trial in trials]
    assert marks[0] == "defaults"
    assert all(mark.startswith("study january trial ") for mark in marks[1:6])
    assert marks[6:] == ["", ""]
    assert all(mark in board for mark in marks)


def test_the_commands_of_transfer_start_a_search_from_another_study(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    run_block(BLOCKS[1])
    study = load_study("titan.db", "ether")
    weights = [trial.user_attrs.get(WEIGHTS) for trial in study.trials]
    assert all(0 <= one["bitcoin"] <= 1 for one in weights[6:])


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    assert f"when the weight is below {LITTLE}" in PAGE
    assert f"at most {MOST_TRIALS} of them" in PAGE
    assert (TOP, LEAST_TRIALS) == (5, 10)
