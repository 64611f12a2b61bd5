"""The commands of the program, each with its module imported."""

from __future__ import annotations

import click

from titan_mlopt.cli.main import COMMANDS, main


def all_commands() -> dict[str, click.Command]:
    """Return every command by its name."""
    commands = {name: main.get_command(click.Context(main), name) for name in COMMANDS}
    return {name: command for name, command in commands.items() if command is not None}
