"""What commands print: results on stdout, for people or as JSON; notices on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click

from titan_mlopt.core.errors import printable
from titan_mlopt.tracking.mirror.messages import Registered


def echo(text: str, *, err: bool = False) -> None:
    """Print lines on stdout, or on stderr; every command prints through this function.

    Names, messages and values may be anybody's, see ``printable``.
    """
    click.echo(printable(text, lines=True), err=err)


def print_json(document: object) -> None:
    """Print one JSON document on stdout."""
    echo(json.dumps(document, indent=2))


def print_result(document: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the result of a command: as one JSON document, or as lines for a person."""
    if as_json:
        print_json(document)
    else:
        echo("\n".join(lines))


def notice(text: str) -> None:
    """Print one line on stderr."""
    echo(printable(text), err=True)


def warn(text: str) -> None:
    """Print one line on stderr that names the program."""
    notice(f"titan-mlopt: {text}")


def registered_text(registered: Registered) -> str:
    """Return which version a config was registered as."""
    verb = "registered as" if registered.new else "registered before as"
    return f"{verb} {registered.name} version {registered.version}, alias challenger"
