"""``titan-mlopt export``: the best config out of a study, without MLflow."""

from __future__ import annotations

import json
import shlex

import click

from titan_mlopt.cli import options
from titan_mlopt.files import write_file
from titan_mlopt.place import place_words


@click.command()
@options.db
@options.study_name
@click.option("--out", default="config.json", show_default=True, help="File for the config.")
@click.option(
    "--allow-defaults",
    is_flag=True,
    help="Write production's defaults when no trial is COMPLETE yet.",
)
@options.as_json
def export(db: str, study_name: str, out: str, allow_defaults: bool, as_json: bool) -> None:
    """Write the best config of a study as flat JSON, straight from its database."""
    from titan_mlopt.bundle import Bundle, build_bundle, config_text
    from titan_mlopt.errors import StudyError
    from titan_mlopt.params import DEFAULTS
    from titan_mlopt.report.summary import best_trial
    from titan_mlopt.study.storage import load_record

    record = load_record(db, study_name)
    best = best_trial(record)
    if best is None and not allow_defaults:
        raise StudyError(
            f"study {study_name}: must have a COMPLETE trial to export, got none among "
            f"{len(record.trials)}; tune on, or pass --allow-defaults"
        )
    # The bytes are those that the registry keeps for the same trial.
    bundle = build_bundle(record, best, None) if best else Bundle(dict(DEFAULTS), {}, {})
    write_file(out, config_text(bundle))
    if best is None:
        click.echo(
            f"study {study_name} has no COMPLETE trial: {out} holds production's defaults", err=True
        )
    number = best.number if best else None
    if as_json:
        made = {"out": out, "study": study_name, "trial": number}
        click.echo(json.dumps({**made, "config_sha256": bundle.config_sha256}, indent=2))
        return
    of = "the defaults, no trial" if number is None else f"trial {number}"
    where = [*place_words(db), "--study-name", study_name]
    step = ["tune"] if number is None else ["replay", "--trial", str(number)]
    click.echo(f"{out}: {len(bundle.config)} keys, {of} of study {study_name}")
    click.echo(f"next:\n  {shlex.join(['titan-mlopt', *step, *where])}")
