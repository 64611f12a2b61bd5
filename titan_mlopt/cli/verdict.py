"""``titan-mlopt verdict`` and ``validate``: what a study's result is worth, and the gate asked."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from titan_mlopt.cli import backtest_options as of_backtest
from titan_mlopt.cli import options
from titan_mlopt.cli.types import BEST_OR_COUNT
from titan_mlopt.errors import ConfigError
from titan_mlopt.place import place_words, read_place

if TYPE_CHECKING:
    from titan_mlopt.judgements import Judgement
    from titan_mlopt.promotion import Court
    from titan_mlopt.records import StudyRecord
    from titan_mlopt.rerun import Named

#: The gate did not say PROMOTE.
EXIT_NOT_PROMOTED = 3

candles = click.option(
    "--candles",
    default=None,
    help="The study's candle file, or 'sample'.  [default: where the study read them]",
)
gate = click.option(
    "--gate",
    default="none",
    show_default=True,
    help="JSON file of limits of the gate that replace the default ones (docs/verdicts.md).",
)
trial = click.option(
    "--trial",
    type=BEST_OR_COUNT,
    default="best",
    show_default=True,
    help="Number of the trial.",
)


@click.command()
@options.db
@options.study_name
@options.as_json
def verdict(db: str, study_name: str, as_json: bool) -> None:
    """Show what the best trial is worth: luck, overfitting, error; no hold-out is opened.

    All of it is in-sample but the gate's last decision. See docs/verdicts.md.
    """
    from titan_mlopt.report.phrases import luck_text
    from titan_mlopt.report.statistics import study_statistics
    from titan_mlopt.report.terminal import aligned
    from titan_mlopt.report.worth import worth_document, worth_rows
    from titan_mlopt.study.storage import load_record

    record = load_record(db, study_name)
    found = study_statistics(record)
    if as_json:
        sealed = {
            "study": record.name,
            "holdout": dict(record.holdout),
            "holdout_openings": [asdict(opening) for opening in record.openings],
        }
        click.echo(json.dumps(sealed | worth_document(record, found), indent=2))
        return
    head = f"study {record.name}: no trial completed" if found is None else luck_text(record)
    click.echo(head)
    click.echo("\n".join(["", *aligned(worth_rows(record, found))]))
    click.echo(f"next:\n  {_next(record, db)}")


def _next(record: StudyRecord, db: str) -> str:
    """Return the command that tells more."""
    import shlex

    word = "validate" if record.holdout else "placebo"
    return shlex.join(["titan-mlopt", word, *place_words(db), "--study-name", record.name])


@click.command()
@options.db
@options.study_name
@trial
@candles
@of_backtest.backtest
@of_backtest.backtest_path
@gate
@options.name
@click.option("--out", default="verdict", show_default=True, help="Folder for the report.")
@options.as_json
def validate(
    db: str,
    study_name: str,
    trial: int | None,
    candles: str | None,
    backtest: str,
    backtest_path: str,
    gate: str,
    name: str,
    out: str,
    as_json: bool,
) -> None:
    """Judge a trial on the study's sealed hold-out, against the champion or the baselines.

    The opening is counted, the decision kept with the study, its run and its version, and written
    as verdict.html, verdict.md and verdict.json. Exit code 0: PROMOTE; 3: KEEP CHAMPION, or CANNOT
    TELL.
    """
    folder = _writable(Path(out))
    court = open_court(db, name, candles, named(backtest, backtest_path), gate)
    record, judgement = court.validate(study_name, trial)
    _write(record, judgement, folder)
    if as_json:
        click.echo(json.dumps(asdict(judgement), indent=2))
    else:
        from titan_mlopt.report.judgement_words import judgement_lines

        click.echo("\n".join(judgement_lines(record, judgement)))
        click.echo(f"next:\n  open {folder / 'verdict.html'} in a browser")
    exit_by(judgement)


def named(backtest: str, backtest_path: str) -> Named:
    """Return the backtest that the options name."""
    from titan_mlopt.rerun import Named

    return Named(of_backtest.given(backtest, "embedded"), of_backtest.given(backtest_path, "none"))


def open_court(db: str, name: str, candles: str | None, named: Named, gate: str) -> Court:
    """Return where configs are judged, with the limits of the file ``gate``."""
    from titan_mlopt.promotion import Court
    from titan_mlopt.tracking.store import tracking_uri
    from titan_mlopt.validation.thresholds import GateThresholds, load_thresholds

    limits = GateThresholds() if gate == "none" else load_thresholds(gate)
    return Court(read_place(db), tracking_uri(), name, limits, candles, named, tell)


def tell(text: str) -> None:
    """Say what a person should know besides, on stderr."""
    click.echo(f"titan-mlopt: {text}", err=True)


def exit_by(judgement: Judgement) -> None:
    """End with the code of the verdict."""
    from titan_mlopt.validation.gate import PROMOTE

    if judgement.verdict != PROMOTE:
        sys.exit(EXIT_NOT_PROMOTED)


def _writable(folder: Path) -> Path:
    """Make the folder now: the hold-out must not be opened for a report that cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{folder}: must be a folder that can be written, got {error.strerror}; name another "
            "with --out"
        ) from error
    return folder


def _write(record: StudyRecord, judgement: Judgement, folder: Path) -> None:
    from titan_mlopt.files import write_file
    from titan_mlopt.report.judgement_words import judgement_files

    for ending, text in judgement_files(record, judgement).items():
        write_file(str(folder / f"verdict.{ending}"), text)
