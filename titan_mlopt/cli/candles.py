"""``titan-mlopt sample``: the embedded candles as a file."""

from __future__ import annotations

import click

from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli.types import COUNT
from titan_mlopt.report.commands import this_shell


@click.command()
@click.argument("file", type=click.Path())
@click.option("--n", type=COUNT, default="7200", show_default=True, help="Number of candles.")
def sample(file: str, n: int) -> None:
    """Write the embedded synthetic candles to FILE (.csv, .csv.gz or .parquet)."""
    candles = sample_candles(n)
    save_candles(candles, file)
    click.echo(f"{file}: {len(candles)} synthetic one-minute candles, SHA-256 {candles.digest}")
    shell = this_shell()
    tune = shell.line("tune", "--candles", shell.path(file), mlflow=True)
    click.echo(f"next:\n  {tune}")
