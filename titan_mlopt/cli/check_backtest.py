"""``titan-mlopt check-backtest``: a backtest of the user's own against the contract."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo, notice, print_json
from titan_mlopt.core.backtest_id import IDENTITY
from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.settings import BY_NAME, NONE, tuner_config
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.backtest_check.check import check_by_config
from titan_mlopt.evaluation.backtest_check.result import OK, BacktestCheck
from titan_mlopt.report.commands import this_shell, tune_line

_EXIT_MISSING = 1
_FILE = re.compile(r"(?P<folder>.*/)?(?P<module>[^/]+)\.py(:(?P<function>\w+))?")


@command()
@click.argument("backtest", metavar="BACKTEST")
@options.settings_of("check-backtest")
@options.as_json
def check_backtest(backtest: str, as_json: bool, **chosen: Any) -> None:
    """Hold a backtest of your own against the contract.

    BACKTEST is package.module:function, as --backtest of `tune` takes it. It runs a few times for
    each parameter, in processes of its own with a deadline; no study, no MLflow and no file of
    yours is written. Each point is a line: ok, missing, or notice. Exit code 1 where one is
    missing.

    \b
      titan-mlopt check-backtest my_backtest:run_backtest --backtest-path . --space space.json
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    if match := _FILE.fullmatch(backtest):
        raise ConfigError(
            f"backtest: must be package.module:function, got {short_repr(backtest)}; write "
            f"{match['module']}:{match['function'] or 'run_backtest'} "
            f"--backtest-path {match['folder'] or '.'}"
        )
    path, space = BY_NAME["backtest"].value(backtest), chosen["space"]
    config = tuner_config("check-backtest", chosen, backtest=path)
    check = check_by_config(
        *(config, chosen["candles"]),
        on_point=lambda point: None if as_json else echo(str(point)),
        notice=notice,
    )
    heading, line = next_tune(check, config, chosen["candles"], None if space == NONE else space)
    if as_json:
        print_json({**check.document(), "next": line if check.holds else None})
    elif check.holds:
        echo(f"{heading}\n  {line}")
    else:
        echo("next: mend the first point that is missing, then the same command again")
    if not check.holds:
        sys.exit(_EXIT_MISSING)


def next_tune(
    check: BacktestCheck, config: TunerConfig, candles: str, space: str | None
) -> tuple[str, str]:
    """Return the heading and the line of the tune that comes next.

    A user backtest gets a study and a registered name after its module, so that it does not compete
    with Titan's champion; and a space of its own where Titan's parameters do not all move it.
    """
    if check.backtest == IDENTITY:
        return "next:", tune_line(this_shell(), config, candles, space)
    heading, dead = "next:", "parameters" in (p.name for p in check.points if p.status != OK)
    if space is None and dead:
        space = "space.toml"
        heading = f"next, once {space} names its own parameters (docs/spaces.md):"
    module = check.backtest.partition(":")[0].rpartition(".")[2]
    names = ("--study-name", module, "--register-as", f"{module}-config")
    return heading, tune_line(this_shell(), config, candles, space, names)
