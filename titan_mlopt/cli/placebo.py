"""``titan-mlopt placebo``: whether the same search finds as much where nothing can be found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import backtest_options as of_backtest
from titan_mlopt.cli import options
from titan_mlopt.cli.interrupts import stopping
from titan_mlopt.cli.types import OPTIONAL_COUNT, POSITIVE
from titan_mlopt.cli.verdict import candles as candles_option
from titan_mlopt.cli.verdict import named
from titan_mlopt.place import read_place

if TYPE_CHECKING:
    from titan_mlopt.records import StudyRecord

_EXIT_STOPPED = 130
_STOPPING = "stopping: the placebo studies that are done are kept; once more to stop at once"


@click.command()
@options.db
@options.study_name
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
@of_backtest.n_jobs
@of_backtest.executor
@of_backtest.scheduler
@candles_option
@of_backtest.backtest
@of_backtest.backtest_path
@options.as_json
def placebo(**chosen: Any) -> None:
    """Repeat a study on candles whose returns got random signs, and give the empirical p-value.

    What the same search finds on such candles is luck. Each repetition is a study in a database
    that is thrown away. Stop with Ctrl-C: the same command goes on after the last one that is done.
    """
    record, stopped = run_placebo(chosen, chosen["runs"], chosen["trials"])
    click.echo(placebo_json(record) if chosen["as_json"] else placebo_line(record))
    if stopped:
        sys.exit(_EXIT_STOPPED)


def run_placebo(
    chosen: Mapping[str, Any], runs: int, trials: int | None
) -> tuple[StudyRecord, bool]:
    """Run the placebo studies of a study; return it with the results, and whether it was stopped.

    chosen: db, study_name, n_jobs, executor, scheduler, candles, backtest and backtest_path as they
    were typed. The first Ctrl-C ends it after the studies that are done, the second at once.
    """
    import optuna
    from rich.console import Console

    from titan_mlopt.cli.placebo_progress import PlaceboProgress
    from titan_mlopt.mirroring import publish_findings
    from titan_mlopt.placebo_study import PlaceboStudy
    from titan_mlopt.replay import check_candles, find_candles
    from titan_mlopt.rerun import check_named, rerun_config
    from titan_mlopt.stop import Stop
    from titan_mlopt.study.database import storage_errors
    from titan_mlopt.study.storage import load_study, read_study

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    db = chosen["db"]
    with storage_errors(db), PlaceboProgress(Console(stderr=True)) as progress:
        study, stop = load_study(db, chosen["study_name"]), Stop()
        record = read_study(study)
        backtest = named(chosen["backtest"], chosen["backtest_path"])
        check_named(record, backtest)
        part = find_candles(record, chosen["candles"])
        check_candles(record, part)
        _warn(runs, progress.notice)
        config = rerun_config(
            *(record, part, backtest, chosen["n_jobs"], progress.notice),
            executor=chosen["executor"],
            scheduler=of_backtest.given(chosen["scheduler"], "none"),
        )
        work = PlaceboStudy(study, part, config, runs, trials, stop, progress, progress.notice)
        with stopping(stop.ask, _STOPPING):
            record = work.run()
        publish_findings(record, read_place(db), progress.notice)
    return record, stop.asked.is_set()


def _warn(runs: int, notice: Callable[[str], None]) -> None:
    from titan_mlopt.validation.placebo import FEWEST_FOR_5_PERCENT

    if runs < FEWEST_FOR_5_PERCENT:
        notice(
            f"runs: fewer than {FEWEST_FOR_5_PERCENT} placebo studies cannot show p <= .05, got "
            f"{runs}, with which p is at least {1 / (1 + runs):.2g}"
        )


def placebo_line(record: StudyRecord) -> str:
    """Return what the placebo studies say, in one sentence."""
    from titan_mlopt.report.placebo import placebo_text

    return f"placebo of study {record.name}: {placebo_text(record)}"


def placebo_json(record: StudyRecord) -> str:
    """Return the same as JSON, with what each of them found."""
    return json.dumps(placebo_document(record), indent=2)


def placebo_document(record: StudyRecord) -> dict[str, Any]:
    """Return the test and the runs that it rests on."""
    from titan_mlopt.report.placebo import placebo_runs, study_placebo

    found = study_placebo(record)
    return {
        "study": record.name,
        "placebo": asdict(found) if found else None,
        "runs": [asdict(run) for run in placebo_runs(record)],
    }
