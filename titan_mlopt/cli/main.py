"""The command ``titan-mlopt`` and what all its subcommands share."""

from __future__ import annotations

import importlib
import io
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click
from click.shell_completion import CompletionItem

from titan_mlopt import __version__
from titan_mlopt.cli.command import typed_name
from titan_mlopt.cli.output import notice, warn
from titan_mlopt.core.errors import (
    TitanMloptError,
    TitanMloptWarning,
    describe_exception,
    did_you_mean,
)
from titan_mlopt.core.process import collect_garbage_rarely
from titan_mlopt.executors.local.memory import session_limit
from titan_mlopt.executors.local.workspace import private_temporary
from titan_mlopt.tracking.logs import quieten

# The commands under headings, in the order of the work, each with the first paragraph of its help.
_LIST = """\
Tune
  check-backtest: Hold a backtest of your own against the contract.
  sample: Write the sample candles to a file: .csv, .csv.gz, .parquet.
  sensitivity: Show which parameters act on the candles, and which are dead.
  space: Show a search space, or check the file of one.
  tune: Search parameters on candles and register the best config.

Look
  studies: List the studies of a database, the last active first.
  leaderboard: Show a study's trials, best first, each with its uncertainty.
  report: Write page, plots, tables and note of a study into a folder.
  replay: Run a stored trial again and compare each number to the bit.
  bounds: Show where the best trials lie, and which ranges to change.
  export: Write the best config of a study as JSON, without MLflow.

Judge
  verdict: Say what a trial is worth, by study, hold-out or new candles.
  validate: Judge a trial on the hold-out, like `verdict --open-holdout`.
  placebo: Repeat a study where only luck can be found; gives a p-value.
  plateau: Score the best configs among their neighbours in the space.
  ensemble: Let the best configs vote, and register them as one version.
  walk: Re-tune step by step over a long file, as production would.

Production
  versions: List the registered versions, newest first, with the aliases.
  history: Tell the life of a registered config: each champion and why.
  promote: Make VERSION the champion if the gate says that it earned it.
  rollback: Make the champion before this one champion again.
  pull: Fetch a registered config, verify its hash, write it as JSON.
  apply: Write a registered config into a live database, or undo that.
  watch: Watch the champion's live run against what the gate promised.

Maintenance
  doctor: Compare a study's MLflow runs with the study and repair them.
  mirror: Write a whole study into another MLflow store.
  copy-study: Copy a study between databases, files and servers.
  delete-study: Delete a study, with its MLflow runs and their artifacts.
  backup: Copy a database while it is in use, and check the copy.
  restore: Put a backup in the place of the database, which is kept.
  completion: Print the script that completes commands in a shell.
"""
#: The same by heading: the sentence of each command by its name.
SECTIONS = {
    block.splitlines()[0]: dict(line.strip().split(": ", 1) for line in block.splitlines()[1:])
    for block in _LIST.split("\n\n")
}
#: Every command by its name, with that sentence.
COMMANDS = {name: text for rows in SECTIONS.values() for name, text in rows.items()}
# Modules of this package by command, where they have another name.
_MODULES = {
    **dict.fromkeys(("copy-study", "export"), "studies"),
    "mirror": "doctor",
    **dict.fromkeys(("promote", "validate"), "gate"),
    **dict.fromkeys(("pull", "rollback", "versions"), "registry"),
    "restore": "backup",
    "sample": "candles",
}


# The sentences of all sections begin in one column.
_NAME_WIDTH = max(map(len, COMMANDS))


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is run.

    Optuna and MLflow take seconds to import, and neither --help nor most commands need both.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None when there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        function = cmd_name.replace("-", "_")
        name = _MODULES.get(cmd_name, function)
        module = importlib.import_module(f"titan_mlopt.cli.{name}")
        command: click.Command = getattr(module, function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with; suggest one where there is none."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            remedy = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(f"{error.message.rstrip('.')}{remedy or '.'}", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, whole sentences, without importing any of them."""
        for heading, rows in SECTIONS.items():
            with formatter.section(heading):
                padded = [(name.ljust(_NAME_WIDTH), rows[name]) for name in rows]
                formatter.write_dl(padded, col_spacing=1)  # a sentence fits in 80 columns

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what completes a word of the group itself, without importing a command."""
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in names), *options]


class _Commands(LazyGroup):
    """Commands whose errors are one line, and whose options may be written with _ or -."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(sys.stdout, io.TextIOWrapper):  # names of files may hold any bytes
            sys.stdout.reconfigure(errors="surrogateescape")
        quieten()  # before a command's module imports MLflow
        collect_garbage_rarely()
        try:
            with _warnings_in_one_line(), private_temporary():
                super().main(*args, **{**kwargs, "standalone_mode": False})
        except (TitanMloptError, click.ClickException) as error:
            warn(_one_line(error))
            sys.exit(2)
        except MemoryError as error:
            limit = session_limit()
            under = "" if limit is None else f" under a limit of {limit / 1e9:.3g} GB (ulimit -d)"
            warn(
                "memory: must suffice for this command, got "
                f"{describe_exception(error)}{under}; what was finished is safe: find more, then "
                "go on"
            )
            sys.exit(2)
        except (KeyboardInterrupt, click.Abort):
            warn("stopped; the same command goes on from here")
            sys.exit(130)
        sys.exit(0)


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Let each ``TitanMloptWarning`` be a line on stderr, without a place in our code."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", TitanMloptWarning)  # a text once
        show = warnings.showwarning

        def show_ours(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, TitanMloptWarning):
                notice(str(message))
            else:
                show(message, category, filename, lineno, file, line)

        warnings.showwarning = show_ours
        yield


def _one_line(error: Exception) -> str:
    """Return an error in one line that names the parameter first."""
    if isinstance(error, click.BadParameter) and error.param is not None and error.message:
        return f"{typed_name(error.param)}: {error.message}"
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{error.format_message()} See {error.ctx.command_path} --help"
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


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
    """Tune a trading predictor, keep every trial, and hand the best config to production.

    \b
    A first tour:
      titan-mlopt tune --n-trials 20        tune on the embedded sample candles; seals a hold-out
      titan-mlopt leaderboard               its trials, each number with what it is worth
      titan-mlopt report --out report       one page, plots and tables of the study
      titan-mlopt replay --trial 0          run a trial again: the same numbers, bit for bit
      titan-mlopt verdict                   what luck alone would have found, and how sure it is
      titan-mlopt verdict --open-holdout    ask the gate about the best, on the sealed hold-out
      titan-mlopt versions                  what is registered
      titan-mlopt promote 1                 the same for version 1, which is champion if it passes
      titan-mlopt pull --alias champion --out config.json
      titan-mlopt apply --dry-run --db titan.db   what it would change in production
      titan-mlopt export --out config.json  the study's best config without MLflow
      titan-mlopt doctor --repair           hold MLflow's runs against the study, and mend them
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
