"""The help of every command, whole: which options there are, and how they are explained."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from support.command_cases import all_commands
from support.page_cases import PAGES, assert_page
from titan_mlopt.cli.main import COMMANDS, main

HELP = {"titan-mlopt": ["--help"], **{name: [name, "--help"] for name in COMMANDS}}


@pytest.mark.parametrize("name", HELP)
def test_the_help_reads_as_its_snapshot(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # click keeps the names of --help from the first context that asked, say that of another test.
    monkeypatch.setattr(all_commands().get(name, main), "_help_option", None, raising=False)
    # The runner's lines have 80 columns, whatever the terminal's.
    result = CliRunner().invoke(main, HELP[name], prog_name="titan-mlopt")
    assert result.exit_code == 0, result.stderr
    assert_page(f"help/{name}.txt", result.stdout)


def test_every_snapshot_of_a_help_is_that_of_a_command() -> None:
    assert {path.stem for path in (PAGES / "help").iterdir()} == set(HELP)
