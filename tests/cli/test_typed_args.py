"""The options that were typed, to type them again."""

from __future__ import annotations

import click
from click.testing import CliRunner

from titan_mlopt.cli import options, types
from titan_mlopt.cli.command import command


def test_an_option_whose_typed_value_stands_for_its_default_is_left_out() -> None:
    @command()
    @options.setting("limit")
    @click.option("--share", type=types.AUTO_SHARE, default="auto")
    @click.option("--seed", type=types.COUNT, default="42")
    def show(**_: object) -> None:
        click.echo(" ".join(options.typed_args(())))

    result = CliRunner().invoke(show, ["--limit", "0", "--share", "auto", "--seed", "0"])
    assert result.stdout == "--seed 0\n"
    result = CliRunner().invoke(show, ["--limit", "300", "--share", "20%"])
    assert result.stdout == "--limit 300 --share 0.2\n"
