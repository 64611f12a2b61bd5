"""Options of the commands that run backtests: on which candles, which one, how, and where."""

from __future__ import annotations

import click

from titan_mlopt.cli.types import CHOICE, COUNT, NUMBER, OPTIONAL_COUNT, POSITIVE
from titan_mlopt.config import EXECUTORS, LOCAL

candles = click.option(
    "--candles",
    default="sample",
    show_default=True,
    help="CSV, CSV.gz or parquet of candles; 'sample' is the embedded one.",
)
limit = click.option(
    "--limit",
    type=OPTIONAL_COUNT,
    default="0",
    show_default=True,
    help="Use only the first candles; 0 for all.",
)
n_jobs = click.option(
    "--n-jobs",
    type=POSITIVE,
    default="1",
    show_default=True,
    help="Trials at once, each in a process of its own.",
)
timeout_per_trial = click.option(
    "--timeout-per-trial",
    type=NUMBER,
    default="300",
    show_default=True,
    help="Seconds after which a trial is killed.",
)
seed = click.option(
    "--seed",
    type=COUNT,
    default="42",
    show_default=True,
    help="Same seed, same candles, one job: the same study.",
)
backtest = click.option(
    "--backtest",
    default="embedded",
    show_default=True,
    help="Another backtest as package.module:function, titan.core.backtest:run_backtest say; it is "
    "code that you run.",
)
backtest_path = click.option(
    "--backtest-path",
    default="none",
    show_default=True,
    help="Folder in which to look for it, besides what is installed.",
)
repeat = click.option(
    "--repeat",
    type=POSITIVE,
    default="1",
    show_default=True,
    help="Runs of each config, for a backtest that does not repeat itself: mean and spread count.",
)
space = click.option(
    "--space",
    default="none",
    show_default=True,
    help="JSON file of a search space (docs/backtests.md); none: all 21 parameters.",
)
scratch = click.option(
    "--scratch",
    default="auto",
    show_default=True,
    help="Folder for the trials' files; auto: shared memory when there is room.",
)
memory_per_trial = click.option(
    "--memory-per-trial",
    default="auto",
    show_default=True,
    help="Memory that a trial may take, 2GB say; none for no limit; auto: 4GB for the embedded "
    "backtest, none for another.",
)
executor = click.option(
    "--executor",
    type=CHOICE(EXECUTORS),
    default=LOCAL,
    show_default=True,
    help="Where trials run: local processes, or the workers of a Dask cluster (docs/scaling.md).",
)
scheduler = click.option(
    "--scheduler",
    default="none",
    show_default=True,
    help="Address of the Dask scheduler, tcp://host:port.",
)
experiment = click.option(
    "--experiment",
    default="auto",
    show_default=True,
    help="MLflow experiment; auto: that of `mlflow run`, else titan_mlopt.",
)


def given(value: str, absent: str) -> str | None:
    """Return an option's value; None for the word that stands for none."""
    return None if value == absent else value
