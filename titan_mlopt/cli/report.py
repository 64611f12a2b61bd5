"""``titan-mlopt report``: the files of a study's report."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal, cast

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.types import CHOICE


@click.command()
@options.db
@options.study_name
@click.option("--out", default="report", show_default=True, help="Folder for the report.")
@click.option(
    "--static",
    type=CHOICE(("none", "png", "svg")),
    default="none",
    show_default=True,
    help="Pictures of the plots beside the HTML; needs a Chrome.",
)
@options.as_json
def report(db: str, study_name: str, out: str, static: str, as_json: bool) -> None:
    """Write plots, leaderboard, results and note of a study into a folder."""
    from titan_mlopt.report.folder import PLOTS, write_plots, write_report
    from titan_mlopt.report.note import summary_lines
    from titan_mlopt.report.summary import summarise
    from titan_mlopt.study.storage import find_study, open_existing, read_study, storage_errors

    folder = Path(out)
    with storage_errors(db):
        study = find_study(open_existing(db), study_name)
        record = read_study(study)
        write_report(study, record, {}, folder)
        if static != "none":
            kind = cast(Literal["png", "svg"], static)
            write_plots(study, record, folder / PLOTS, kind)
    if as_json:
        click.echo(json.dumps(summarise(record), indent=2))
    else:
        click.echo("\n".join([*summary_lines(record), "", f"written to {folder}{os.sep}"]))
