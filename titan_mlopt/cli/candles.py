"""``titan-mlopt sample``: the embedded candles as a file."""

from __future__ import annotations

import click

from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result
from titan_mlopt.cli.types import COUNT
from titan_mlopt.report.commands import this_shell


@command()
@click.argument("file", type=click.Path())
@click.option("--n", type=COUNT, default="7200", show_default=True, help="Number of candles.")
@options.as_json
def sample(file: str, n: int, as_json: bool) -> None:
    """Write the sample candles to a file: .csv, .csv.gz, .parquet.

    They are synthetic, with a small predictability planted in them.
    """
    candles = sample_candles(n)
    save_candles(candles, file)
    shell = this_shell()
    tune = shell.line("tune", "--candles", shell.path(file), mlflow=True)
    lines = [
        f"{file}: {len(candles)} synthetic one-minute candles, SHA-256 {candles.digest}",
        f"next:\n  {tune}",
    ]
    print_result({"out": file, **candles.describe()}, lines, as_json=as_json)
