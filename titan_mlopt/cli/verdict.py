"""``titan-mlopt verdict``: what a study's result is worth, without opening its hold-out."""

from __future__ import annotations

from dataclasses import asdict

import click

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.significance import study_statistics
from titan_mlopt.cli import options
from titan_mlopt.cli.output import print_result
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.commands import has_candles, of_study, rerun_args, this_shell
from titan_mlopt.report.format import luck_text
from titan_mlopt.report.quality import quality_document, quality_rows
from titan_mlopt.report.terminal import aligned
from titan_mlopt.study.storage.studies import load_record


@click.command()
@options.study
@options.as_json
def verdict(db: str, study_name: str, as_json: bool) -> None:
    """Show what the best trial is worth: luck, overfitting, error; no hold-out is opened.

    All of it is in-sample but the gate's last decision. See docs/verdicts.md.
    """
    record = load_record(db, study_name)
    statistics = study_statistics(record)
    holdout = {
        "study": record.name,
        "holdout": dict(record.holdout),
        "holdout_openings": [asdict(opening) for opening in record.openings],
    }
    lines = [
        f"study {record.name}: no trial completed" if statistics is None else luck_text(record),
        *("", *aligned(quality_rows(record, statistics))),
        f"next:\n  {_next_command(record, db)}",
    ]
    print_result(holdout | quality_document(record, statistics), lines, as_json=as_json)


def _next_command(record: StudyRecord, db: str) -> str:
    """Return the command that tells more."""
    shell = this_shell()
    if best_trial(record) is None or not has_candles(record):
        return of_study(shell, "leaderboard", db, record.name)
    command = "validate" if record.holdout else "placebo"
    return of_study(shell, command, db, record.name, *rerun_args(shell, record), mlflow=True)
