"""``titan-mlopt plateau``: whether the best config stands on a plateau, or on a peak."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from titan_mlopt.analysis.optuna_view import hide_optuna_info
from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo, print_json, registered_text
from titan_mlopt.cli.progress import PlateauProgress, stopping
from titan_mlopt.cli.types import POSITIVE
from titan_mlopt.core.findings import RobustnessResult
from titan_mlopt.core.settings import EMBEDDED, NONE
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.evaluation.rerun import BacktestChoice, load_rerun
from titan_mlopt.evaluation.robustness.study import RobustnessStudy
from titan_mlopt.report.commands import PLAIN_NAME, of_study, this_shell
from titan_mlopt.report.findings.robustness import (
    CONFIG_HEADS,
    LOSS_HEADS,
    config_rows,
    loss_rows,
    robustness_sentence,
)
from titan_mlopt.report.terminal import aligned
from titan_mlopt.study.storage.sqlite import storage_errors
from titan_mlopt.study.storage.studies import load_study, read_study
from titan_mlopt.tracking.mirror.messages import Registered

_EXIT_STOPPED = 130
_STOPPING = "stopping: nothing is kept of it; once more to stop at once"
_MOST_PARAMETERS = 8


@command()
@options.study
@click.option("--k", type=POSITIVE, default="5", show_default=True, help="Best configs to look at.")
@click.option(
    "--jitter", type=POSITIVE, default="16", show_default=True, help="Neighbours of each config."
)
@options.setting("n_jobs")
@options.rerun
@options.switch("--register", help="Register the flattest config as a version.")
@options.name
@options.as_json
def plateau(**chosen: Any) -> None:
    """Score the best configs among their neighbours in the space.

    It proposes the flattest good one.

    The k best configs that keep the ECE constraint, and copies of each with every parameter moved
    a little, run on segments of the candles that the study was tuned on; its hold-out stays sealed.
    """
    record = _run(chosen)
    if record is None or record.robustness is None:
        sys.exit(_EXIT_STOPPED)
    registered = None
    if chosen["register"]:
        from titan_mlopt.cli.registry import register_trial  # imports MLflow

        flattest = record.robustness.flattest
        registered = register_trial(record, flattest, chosen["name"], chosen["db"])
    if chosen["as_json"]:
        version = registered and {"name": registered.name, "version": registered.version}
        print_json({"study": record.name, "registered": version, **asdict(record.robustness)})
        return
    best = best_trial(record)
    best_number = best.number if best else None
    echo("\n".join(_lines(record.robustness, best_number, registered)))
    if registered is None and record.robustness.flattest != best_number:
        echo(f"next:\n  {_register_command(record, chosen)}")


def _register_command(record: StudyRecord, chosen: Mapping[str, Any]) -> str:
    """Return the same command that registers the config as well; it takes the runs again."""
    shell = this_shell()
    args = [
        arg
        for name, default in (("k", 5), ("jitter", 16), ("n_jobs", 1), ("name", PLAIN_NAME))
        if chosen[name] != default
        for arg in ("--" + name.replace("_", "-"), str(chosen[name]))
    ]
    args += options.candle_args(chosen)
    if chosen["backtest"] != EMBEDDED:
        args += ["--backtest", chosen["backtest"]]
    if chosen["backtest_path"] != NONE:
        args += ["--backtest-path", shell.path(chosen["backtest_path"])]
    return of_study(shell, "plateau", chosen["db"], record.name, *args, "--register", mlflow=True)


def _run(chosen: Mapping[str, Any]) -> StudyRecord | None:
    """Return the study with the result; None when it was stopped."""
    hide_optuna_info()
    db, stop = chosen["db"], threading.Event()
    with storage_errors(db), PlateauProgress() as progress:
        study = load_study(db, chosen["study_name"])
        rerun = load_rerun(
            *(read_study(study), BacktestChoice.of_options(chosen), chosen["candles"]),
            *(chosen["n_jobs"], progress.notice),
            options=options.candle_options(chosen),
        )
        plateau_study = RobustnessStudy(
            *(study, rerun.candles, rerun.config, chosen["k"], chosen["jitter"], stop, progress),
            sources=rerun.sources,
        )
        with stopping(lambda _: stop.set(), _STOPPING):
            if plateau_study.run() is None:
                return None
        record = read_study(study)
        from titan_mlopt.tracking.study_runs import publish_findings  # MLflow: seconds

        publish_findings(record, parse_storage(db), progress.notice)
    return record


def _lines(
    result: RobustnessResult, best_number: int | None, registered: Registered | None
) -> Iterator[str]:
    yield robustness_sentence(result)
    yield f"The study's best trial is {best_number}."
    yield ""
    yield from aligned([CONFIG_HEADS, *config_rows(result)], right=range(5))
    yield ""
    rows = loss_rows(result)
    yield from aligned([LOSS_HEADS, *rows[:_MOST_PARAMETERS]])
    if len(rows) > _MOST_PARAMETERS:
        yield f"… and {len(rows) - _MOST_PARAMETERS} that cost less"
    if registered is not None:
        yield registered_text(registered)
