"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from titan_mlopt.place import DEFAULT_DB, Server, choose_place

_STORAGE = "titan_mlopt.storage"


def db(command: Callable[..., Any]) -> Any:
    """Add --db and --storage; the command gets the one that was given, as ``db``."""
    storage = click.option(
        "--storage",
        default="none",
        show_default=True,
        expose_value=False,
        is_eager=True,  # before --db, which looks at it
        callback=_keep_storage,
        help="Instead of --db: postgresql+psycopg://user@host/database, or env:NAME for the "
        "variable that holds it.",
    )
    file = click.option(
        "--db",
        default=DEFAULT_DB,
        show_default=True,
        callback=_choose_place,
        help="SQLite file that holds the study.",
    )
    return file(storage(command))


def _keep_storage(context: click.Context, _: click.Parameter, value: str) -> None:
    context.meta[_STORAGE] = None if value == "none" else value


def _choose_place(context: click.Context, _: click.Parameter, value: str) -> str:
    """Return the address of a server, else the file as it was written."""
    place = choose_place(value, context.meta[_STORAGE])
    return place if isinstance(place, Server) else str(place)


study_name = click.option(
    "--study-name",
    "--study",
    "study_name",
    default="titan_optimization",
    show_default=True,
    help="Name of the study.",
)
name = click.option(
    "--name", default="titan-config", show_default=True, help="Name in the model registry."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")


def switch(name: str, help: str) -> Callable[[Any], Any]:
    """Return an option that may stand alone, or with true or false, as MLflow passes it."""
    return click.option(
        name,
        type=click.BOOL,
        is_flag=False,
        flag_value="true",
        default="false",
        show_default=True,
        help=help,
    )


no_backup = switch("--no-backup", help="Keep no copies of the database beside it.")
