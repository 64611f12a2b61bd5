"""The command ``titan-mlopt`` and what all its subcommands share."""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from titan_mlopt import __version__
from titan_mlopt.cli.apply import apply
from titan_mlopt.cli.backup import backup, restore
from titan_mlopt.cli.candles import sample
from titan_mlopt.cli.copy_study import copy_study
from titan_mlopt.cli.delete_study import delete_study
from titan_mlopt.cli.doctor import doctor, mirror
from titan_mlopt.cli.export import export
from titan_mlopt.cli.leaderboard import leaderboard
from titan_mlopt.cli.placebo import placebo
from titan_mlopt.cli.plateau import plateau
from titan_mlopt.cli.promote import promote
from titan_mlopt.cli.registry import pull, rollback
from titan_mlopt.cli.replay import replay
from titan_mlopt.cli.report import report
from titan_mlopt.cli.sensitivity import sensitivity
from titan_mlopt.cli.studies import studies
from titan_mlopt.cli.tune import tune
from titan_mlopt.cli.verdict import validate, verdict
from titan_mlopt.cli.versions import versions
from titan_mlopt.errors import TitanMloptError
from titan_mlopt.garbage import collect_seldom
from titan_mlopt.tracking.logs import quieten
from titan_mlopt.trial.workspace import private_temporary


class _Commands(click.Group):
    """Commands whose errors are one line, and whose options may be written with _ or -."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(sys.stdout, io.TextIOWrapper):  # names of files may hold any bytes
            sys.stdout.reconfigure(errors="surrogateescape")
        try:
            with private_temporary():
                super().main(*args, **{**kwargs, "standalone_mode": False})
        except (TitanMloptError, click.ClickException) as error:
            click.echo(f"titan-mlopt: {_printable(_one_line(error))}", err=True)
            sys.exit(2)
        except (KeyboardInterrupt, click.Abort):
            click.echo("titan-mlopt: stopped; the same command goes on from here", err=True)
            sys.exit(130)
        sys.exit(0)


def _one_line(error: Exception) -> str:
    """Return an error in one line that names the parameter first."""
    if isinstance(error, click.BadParameter) and error.param is not None and error.message:
        return f"{error.param.name}: {error.message}"
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{error.format_message()} See {error.ctx.command_path} --help"
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


def _printable(text: str) -> str:
    """Return a text whose line ends, escapes and halves of characters are spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "token_normalize_func": lambda name: name.replace("_", "-"),
        "max_content_width": 100,
    },
)
@click.version_option(__version__, prog_name="titan-mlopt")
@click.pass_context
def main(context: click.Context) -> None:
    """Tune Titan's predictor, keep every trial, and hand the best config to production.

    \b
    A first tour:
      titan-mlopt tune --n-trials 20        tune on the embedded sample candles
      titan-mlopt leaderboard               its trials, each number with what it is worth
      titan-mlopt report --out report       plots and tables of the study
      titan-mlopt replay --trial 0          run a trial again: the same numbers, bit for bit
      titan-mlopt verdict                   what luck alone would have found, and how sure it is
      titan-mlopt validate                  judge the best on the hold-out (tune --holdout 20%)
      titan-mlopt versions                  what is registered
      titan-mlopt promote 1                 the same for version 1, which is champion if it passes
      titan-mlopt pull --alias champion --out config.json
      titan-mlopt apply --dry-run --db titan.db   what it would change in Titan's database
      titan-mlopt export --out config.json  the study's best config without MLflow
      titan-mlopt doctor --repair           hold MLflow's runs against the study, and mend them
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    quieten()
    collect_seldom()


_COMMANDS = (
    *(tune, sensitivity, studies, leaderboard, report, replay, export),
    *(verdict, placebo, plateau, validate),
    *(versions, promote, rollback, pull, apply, doctor, mirror),
    *(backup, restore, copy_study, delete_study, sample),
)
for command in _COMMANDS:
    main.add_command(command)
