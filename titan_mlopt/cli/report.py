"""``titan-mlopt report``: the files of a study's report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, cast

import click

from titan_mlopt.analysis.optuna_view import forget_attributes
from titan_mlopt.analysis.summary import summarise
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result, warn
from titan_mlopt.cli.types import Choice
from titan_mlopt.core.errors import ConfigError, TrackingError
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.report.commands import study_commands
from titan_mlopt.report.figures import PictureError
from titan_mlopt.report.folder import PAGE, write_report
from titan_mlopt.report.terminal import summary_lines
from titan_mlopt.study.storage.sqlite import storage_errors
from titan_mlopt.study.storage.studies import load_study, read_study
from titan_mlopt.tracking.uri import tracking_uri


@command()
@options.study
@click.option("--out", default="report", show_default=True, help="Folder for the report.")
@click.option(
    "--static",
    type=Choice(("none", "png", "svg")),
    default="none",
    show_default=True,
    help="Through a Chrome besides: png of every plot, or svg of those that have none.",
)
@options.as_json
def report(db: str, study_name: str, out: str, static: str, as_json: bool) -> None:
    """Write page, plots, tables and note of a study into a folder."""
    folder = Path(out)
    kind = None if static == "none" else cast(Literal["png", "svg"], static)
    with storage_errors(db):
        study = load_study(db, study_name)
        record = read_study(study)
        forget_attributes(study)
        try:
            with _writing_errors(folder):
                commands = study_commands(record, None, parse_storage(db), _store())
                write_report(study, record, commands, folder, kind)
        except PictureError as error:
            # Not a failure: everything else is there, and the same picture is in the HTML.
            warn(f"the report is whole but for its {error}")
    written = f"written to {folder}{os.sep}"
    page = f"next:\n  open {folder / PAGE} in a browser"
    print_result(summarise(record), [*summary_lines(record), "", written, page], as_json=as_json)


def _store() -> str:
    """Return the tracking URI in force; "" where it is none that commands can use."""
    try:
        return tracking_uri()
    except TrackingError:  # a report needs no MLflow
        return ""


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
