"""``titan-mlopt placebo``: whether the same search finds as much where nothing can be found."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from titan_mlopt.analysis.optuna_view import hide_optuna_info
from titan_mlopt.analysis.placebo import FEWEST_FOR_5_PERCENT, placebo_runs, study_placebo
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result
from titan_mlopt.cli.progress import PlaceboProgress, stopping
from titan_mlopt.cli.types import OPTIONAL_COUNT, POSITIVE
from titan_mlopt.core.settings import BY_NAME
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.core.study import StopRequest, StudyRecord
from titan_mlopt.evaluation.placebo.study import PlaceboStudy
from titan_mlopt.evaluation.rerun import BacktestChoice, load_rerun
from titan_mlopt.report.findings.placebo import placebo_text
from titan_mlopt.study.storage.sqlite import storage_errors
from titan_mlopt.study.storage.studies import load_study, read_study

_EXIT_STOPPED = 130
_STOPPING = "stopping: the placebo studies that are done are kept; once more to stop at once"


@command()
@options.study
@click.option(
    "--runs",
    type=POSITIVE,
    default="19",
    show_default=True,
    help="Placebo studies in all; 19 can show p = .05, 99 p = .01.",
)
@click.option(
    "--trials",
    type=OPTIONAL_COUNT,
    default="0",
    show_default=True,
    help="Trials of each, compared with as many first ones of the study; 0: all that it has.",
)
@options.setting("n_jobs")
@options.setting("executor")
@options.setting("scheduler")
@options.rerun
@options.as_json
def placebo(**chosen: Any) -> None:
    """Repeat a study where only luck can be found; gives a p-value.

    Each repetition runs on candles whose returns got random signs: what the same search finds there
    is luck, and the p-value counts how often it finds as much. Each repetition is a study in a
    database that is thrown away. Stop with Ctrl-C: the same command goes on after the last one that
    is done.
    """
    record, stopped = run_placebo(chosen, chosen["runs"], chosen["trials"])
    print_result(placebo_document(record), [placebo_line(record)], as_json=chosen["as_json"])
    if stopped:
        sys.exit(_EXIT_STOPPED)


def run_placebo(
    chosen: Mapping[str, Any], runs: int, trials: int | None
) -> tuple[StudyRecord, bool]:
    """Run the placebo studies of a study; return it with the results, and whether it was stopped.

    The first Ctrl-C keeps the placebo studies that are done, the second stops at once.

    Args:
        chosen: db, study_name, n_jobs, executor, scheduler, candles, backtest and backtest_path, as
            they were typed.
        runs: Placebo studies in all, at least 1.
        trials: Of each; None for as many as the study has.

    Raises:
        TitanMloptError: The study, its candles or its backtest cannot be used.
    """
    hide_optuna_info()
    db, stop = chosen["db"], StopRequest()
    with storage_errors(db), PlaceboProgress() as progress:
        study = load_study(db, chosen["study_name"])
        rerun = load_rerun(
            *(read_study(study), BacktestChoice.of_options(chosen), chosen["candles"]),
            *(chosen["n_jobs"], progress.notice),
            executor=chosen["executor"],
            scheduler=BY_NAME["scheduler"].value(chosen["scheduler"]),
            options=options.candle_options(chosen),
        )
        if runs < FEWEST_FOR_5_PERCENT:
            progress.notice(
                f"--runs: fewer than {FEWEST_FOR_5_PERCENT} placebo studies cannot show p <= .05, "
                f"got {runs}, with which p is at least {1 / (1 + runs):.2g}"
            )
        placebo_study = PlaceboStudy(
            *(study, rerun.candles, rerun.config, runs, trials, stop, progress, progress.notice),
            sources=rerun.sources,
        )
        with stopping(stop.ask, _STOPPING):
            record = placebo_study.run()
        from titan_mlopt.tracking.study_runs import publish_findings  # MLflow: seconds

        publish_findings(record, parse_storage(db), progress.notice)
    return record, stop.event.is_set()


def placebo_line(record: StudyRecord) -> str:
    """Return what the placebo studies say, in one sentence."""
    return f"placebo of study {record.name}: {placebo_text(record)}"


def placebo_document(record: StudyRecord) -> dict[str, Any]:
    """Return the test and the runs that it rests on, for scripts."""
    result = study_placebo(record)
    return {
        "study": record.name,
        "placebo": asdict(result) if result else None,
        "runs": [asdict(run) for run in placebo_runs(record)],
    }
