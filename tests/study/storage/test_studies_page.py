"""docs/studies.md: its commands run as they stand, its options are those there are."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.command_cases import all_commands
from support.paths import DOCS
from support.studies import Tuned
from titan_mlopt.cli import main
from titan_mlopt.study.storage.overview import read_overviews

PAGE = (DOCS / "studies.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.docs
def test_the_pages_commands_run_one_after_the_other(
    store: str, tuned: Tuned, tmp_path: Path
) -> None:
    shutil.copy(tuned.db, tmp_path / "titan.db")
    ran = []
    for program, *words in COMMANDS:
        assert program == "titan-mlopt"
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, (words, result.output)
        ran.append(words[0])
    assert ran == [*("studies", "leaderboard", "leaderboard", "leaderboard", "report"), ran[-1]]
    assert ran[-1] == "delete-study"
    assert (tmp_path / "report" / "plots" / "slice.svg").is_file()
    assert read_overviews(tmp_path / "titan.db") == []


def test_every_option_that_the_page_names_is_a_commands() -> None:
    options = {
        option
        for command in all_commands().values()
        for parameter in command.params
        for option in parameter.opts
    }
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE)) - {"--help"} <= options
