"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

db = click.option(
    "--db", default="titan.db", show_default=True, help="SQLite file that holds the study."
)
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
