"""``titan-mlopt completion``: click's own completion of commands, options and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo
from titan_mlopt.cli.types import Choice

_PROGRAM = "titan-mlopt"
#: The variable by which the script asks the program for completions.
VARIABLE = "_TITAN_MLOPT_COMPLETE"


@command()
@click.argument("shell", type=Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands in a shell.

    \b
    bash, in ~/.bashrc:  eval "$(titan-mlopt completion bash)"
    zsh, in ~/.zshrc:    eval "$(titan-mlopt completion zsh)"
    fish, once:          titan-mlopt completion fish > ~/.config/fish/completions/titan-mlopt.fish
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    kind = get_completion_class(shell)
    assert kind is not None  # click has all three
    echo(kind(context.find_root().command, {}, _PROGRAM, VARIABLE).source())
