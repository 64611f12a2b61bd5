"""``titan-mlopt plateau``: whether the best config stands on a plateau, or on a peak."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import backtest_options as of_backtest
from titan_mlopt.cli import options
from titan_mlopt.cli.interrupts import stopping
from titan_mlopt.cli.types import POSITIVE
from titan_mlopt.cli.verdict import candles as candles_option
from titan_mlopt.cli.verdict import named
from titan_mlopt.place import place_words, read_place

if TYPE_CHECKING:
    from rich.console import Console

    from titan_mlopt.judgements import PlateauResult
    from titan_mlopt.records import StudyRecord, TrialOutcome
    from titan_mlopt.tracking.mirror_messages import Registered

_EXIT_STOPPED = 130
_STOPPING = "stopping: nothing is kept of it; once more to stop at once"
_MOST_PARAMETERS = 8


@click.command()
@options.db
@options.study_name
@click.option("--k", type=POSITIVE, default="5", show_default=True, help="Best configs to look at.")
@click.option(
    "--jitter", type=POSITIVE, default="16", show_default=True, help="Neighbours of each config."
)
@of_backtest.n_jobs
@candles_option
@of_backtest.backtest
@of_backtest.backtest_path
@options.switch("--register", help="Register the flattest config as a version.")
@options.name
@options.as_json
def plateau(**chosen: Any) -> None:
    """Score the best configs among their neighbours, and propose the flattest good one.

    The k best configs that keep the ECE constraint, and copies of each with every parameter moved
    a little, run on segments of the candles that the study was tuned on; its hold-out stays sealed.
    """
    record = _look(chosen)
    if record is None or record.plateau is None:
        sys.exit(_EXIT_STOPPED)
    registered = _register(record, chosen["name"]) if chosen["register"] else None
    if chosen["as_json"]:
        version = registered and {"name": registered.name, "version": registered.version}
        found = {"study": record.name, "registered": version, **asdict(record.plateau)}
        click.echo(json.dumps(found, indent=2))
        return
    again = ["titan-mlopt", "plateau", *place_words(chosen["db"]), "--study-name", record.name]
    click.echo("\n".join(_lines(record, record.plateau, registered)))
    if registered is None and record.plateau.flattest != _best_number(record):
        click.echo(f"next:\n  {shlex.join([*again, '--register'])}")


def _best_number(record: StudyRecord) -> int | None:
    from titan_mlopt.report.ranking import best_trial

    best = best_trial(record)
    return best.number if best else None


def _look(chosen: dict[str, Any]) -> StudyRecord | None:
    """Return the study with the result; None when it was stopped."""
    import optuna
    from rich.console import Console

    from titan_mlopt.mirroring import publish_findings
    from titan_mlopt.plateau_study import PlateauStudy
    from titan_mlopt.replay import check_candles, find_candles
    from titan_mlopt.rerun import check_named, rerun_config
    from titan_mlopt.study.database import storage_errors
    from titan_mlopt.study.storage import load_study, read_study

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    console, stop = Console(stderr=True), threading.Event()
    with storage_errors(chosen["db"]):
        study = load_study(chosen["db"], chosen["study_name"])
        record = read_study(study)
        backtest = named(chosen["backtest"], chosen["backtest_path"])
        check_named(record, backtest)
        part = find_candles(record, chosen["candles"])
        check_candles(record, part)
        listener = _Runs(console)
        config = rerun_config(record, part, backtest, chosen["n_jobs"], listener.notice)
        work = PlateauStudy(study, part, config, chosen["k"], chosen["jitter"], stop, listener)
        with stopping(lambda _: stop.set(), _STOPPING):
            if work.run() is None:
                return None
        record = read_study(study)
        publish_findings(record, read_place(chosen["db"]), listener.notice)
    return record


class _Runs:
    """Shows how many runs are done: a line a tenth."""

    def __init__(self, console: Console) -> None:
        self._console, self._runs, self._done, self._failed = console, 0, 0, 0

    def planned(self, runs: int) -> None:
        """Say how many runs there are to be."""
        self._runs = runs
        self.notice(f"{runs} runs: the configs and their neighbours")

    def ran(self, outcome: TrialOutcome) -> None:
        """Count the run."""
        self._done += 1
        self._failed += outcome.state == "FAIL"
        if self._done * 10 // self._runs > (self._done - 1) * 10 // self._runs:
            self.notice(f"{self._done}/{self._runs} runs, failed {self._failed}")

    def notice(self, text: str) -> None:
        """Show one line."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _register(record: StudyRecord, name: str) -> Registered:
    """Make the flattest config a version, beside the study's newest run."""
    from titan_mlopt.bundle import build_bundle
    from titan_mlopt.errors import TrackingError
    from titan_mlopt.provenance import git_commit
    from titan_mlopt.tracking.reconcile import find_runs
    from titan_mlopt.tracking.registry import register_config
    from titan_mlopt.tracking.store import mlflow_errors, open_client, tracking_uri

    assert record.plateau is not None
    uri, number = tracking_uri(), record.plateau.flattest
    trial = next(one for one in record.trials if one.number == number)
    with mlflow_errors(uri):
        client = open_client(uri, "write")
        living = list(find_runs(client, record.uid).living_parents)
        if living:
            bundle = build_bundle(record, trial, git_commit())
            return register_config(client, name, living[-1], bundle)
    raise TrackingError(
        f"study {record.name}: must have a run in this MLflow store to register a config of it, "
        "got none; titan-mlopt doctor --repair makes one"
    )


def _lines(
    record: StudyRecord, result: PlateauResult, registered: Registered | None
) -> Iterator[str]:
    from titan_mlopt.report.plateau_page import (
        CONFIG_HEADS,
        LOSS_HEADS,
        config_rows,
        loss_rows,
        plateau_sentence,
    )
    from titan_mlopt.report.terminal import aligned

    yield plateau_sentence(result)
    yield f"The study's best trial is {_best_number(record)}."
    yield ""
    yield from aligned([CONFIG_HEADS, *config_rows(result)], right=range(5))
    yield ""
    rows = loss_rows(result)
    yield from aligned([LOSS_HEADS, *rows[:_MOST_PARAMETERS]])
    if len(rows) > _MOST_PARAMETERS:
        yield f"… and {len(rows) - _MOST_PARAMETERS} that cost less"
    if registered is not None:
        word = "registered as" if registered.new else "registered before as"
        yield f"{word} {registered.name} version {registered.version}, alias challenger"
