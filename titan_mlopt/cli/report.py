"""``titan-mlopt report``: the files of a study's report."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, cast

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.types import CHOICE
from titan_mlopt.errors import ConfigError
from titan_mlopt.place import read_place


@click.command()
@options.db
@options.study_name
@click.option("--out", default="report", show_default=True, help="Folder for the report.")
@click.option(
    "--static",
    type=CHOICE(("none", "png", "svg")),
    default="none",
    show_default=True,
    help="Through a Chrome besides: png of every plot, or svg of those that have none.",
)
@options.as_json
def report(db: str, study_name: str, out: str, static: str, as_json: bool) -> None:
    """Write plots, leaderboard, results and note of a study into a folder."""
    from titan_mlopt.report.commands import study_commands
    from titan_mlopt.report.figures import PictureError
    from titan_mlopt.report.folder import PLOTS, write_report
    from titan_mlopt.report.summary import summarise
    from titan_mlopt.report.terminal import summary_lines
    from titan_mlopt.study.database import storage_errors
    from titan_mlopt.study.storage import load_study, read_study

    folder = Path(out)
    kind = None if static == "none" else cast(Literal["png", "svg"], static)
    with storage_errors(db):
        study = load_study(db, study_name)
        record = read_study(study)
        try:
            with _writing_errors(folder):
                commands = study_commands(record, None, read_place(db))
                write_report(study, record, commands, folder, kind)
        except PictureError as error:
            # Not a failure: everything else is there, and the same picture is in the HTML.
            click.echo(f"titan-mlopt: the report is whole but for its {error}", err=True)
    if as_json:
        click.echo(json.dumps(summarise(record), indent=2))
        return
    click.echo("\n".join([*summary_lines(record), "", f"written to {folder}{os.sep}"]))
    click.echo(f"next:\n  open {folder / PLOTS / 'optimization_history.html'} in a browser")


@contextmanager
def _writing_errors(folder: Path) -> Iterator[None]:
    """Turn the system's errors into a ``ConfigError`` that names the folder and the cause."""
    try:
        yield
    except OSError as error:
        cause = error.strerror or str(error)
        if error.filename and Path(error.filename) != folder:
            cause += f" ({error.filename})"
        raise ConfigError(
            f"{folder}: must be a folder that can be written, got {cause}; name another with --out"
        ) from error
