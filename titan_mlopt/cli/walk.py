"""``titan-mlopt walk``: re-tune step by step through a long file, as production would."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from titan_mlopt.analysis.optuna_view import hide_optuna_info
from titan_mlopt.analysis.ranking import complete_trial
from titan_mlopt.candles.sample import SAMPLE
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result, registered_text, warn
from titan_mlopt.cli.progress import WalkProgress, stopping
from titan_mlopt.cli.registry import register_trial
from titan_mlopt.cli.types import DURATION, POSITIVE, SHARE, Choice
from titan_mlopt.core.settings import tuner_config
from titan_mlopt.core.study import StopRequest
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.walk.records import GATED, POLICIES
from titan_mlopt.evaluation.walk.report import text_lines
from titan_mlopt.evaluation.walk.runs import WalkRuns
from titan_mlopt.evaluation.walk.steps import duration_text
from titan_mlopt.evaluation.walk.study import WalkPlan, WalkReport, WalkStudy
from titan_mlopt.report.commands import rerun_args, this_shell
from titan_mlopt.study.dataset import read_candles
from titan_mlopt.study.storage.studies import load_record
from titan_mlopt.tracking.mirror.messages import Registered
from titan_mlopt.tracking.uri import tracking_uri

# Options that name a file.
_FILES = ("backtest_path", "db", "space", "scratch")
_EXIT_STOPPED, _EXIT_INCOMPLETE = 130, 1
_STOPPING = "stopping: running trials get a few seconds; once more to stop at once"


@command()
@options.settings_of("walk")
@click.option("--train", type=DURATION, required=True, help="Length of a window: 30d, 12h, 90m.")
@click.option(
    "--step", type=DURATION, default="1d", show_default=True, help="How long a config is traded."
)
@click.option(
    "--policy",
    type=Choice(POLICIES),
    default=GATED,
    show_default=True,
    help="Whose config in force each search starts from; all are scored side by side.",
)
@options.switch("--anchored", "Let every window begin with the first candle, and so grow.")
@click.option("--trials", type=POSITIVE, default="50", show_default=True, help="Of each re-tuning.")
@click.option(
    "--holdout",
    type=SHARE,
    default="20%",
    show_default=True,
    help="Share of each window, its end, that no trial sees: gated decides on it.",
)
@click.option("--db", default="walk.db", show_default=True, help="SQLite file of the walk's own.")
@options.switch("--register", "Register the config that --policy has in force at the end.")
@options.name
@click.option("--no-mlflow", is_flag=True, help="Write nothing into MLflow.")
@options.as_json
def walk(**chosen: Any) -> None:
    """Re-tune step by step over a long file, as production would.

    Tunes on a window, decides by the policy, trades the next step with the config in force, and
    moves on, never looking ahead. never keeps the first tuned config, always takes each new one,
    gated takes one that is ahead of the config in force by one standard error on the sealed end of
    the window. gated is a policy and not the promotion gate. Beside them stand the default config
    and UP on every bar.

    Stop with Ctrl-C, or kill it: the same command goes on where it was, and walks on when the file
    has grown.

    \b
      titan-mlopt walk --candles long.csv --train 30d --step 1d --trials 50 --cost-bps 1

    Exit code 0: walked to the end; 1: MLflow has not all of it; 2: refused; 130: stopped.
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    config = tuner_config(
        "walk",
        chosen,
        n_trials=chosen["trials"],
        holdout=chosen["holdout"],
        n_warmup_steps=None,
        tracking=not chosen["no_mlflow"],
    )
    report = _walk(config, chosen)
    registered = _register(report, chosen) if chosen["register"] and not report.stopped else None
    document = walk_document(report) | {"registered": registered and asdict(registered)}
    lines = [*text_lines(report.result), *_ending(report, registered, chosen)]
    print_result(document, lines, as_json=chosen["as_json"])
    if report.stopped:
        sys.exit(_EXIT_STOPPED)
    if report.mirror_failure is not None:
        sys.exit(_EXIT_INCOMPLETE)


def _walk(config: TunerConfig, chosen: Mapping[str, Any]) -> WalkReport:
    """Walk with a progress display; the first Ctrl-C stops softly, the second at once."""
    hide_optuna_info()
    progress, stop = WalkProgress(), StopRequest()
    candles = read_candles(
        chosen["candles"], config.limit, progress.notice, options=config.candle_options
    )
    uri, notice = tracking_uri(), progress.notice
    db_path = Path(chosen["db"])
    runs = WalkRuns(uri, config, db_path, _command(chosen), notice) if config.tracking else None
    plan = WalkPlan(chosen["policy"], chosen["train"], chosen["step"], chosen["anchored"])
    study = WalkStudy(
        *(candles, config, plan, db_path),
        *(stop, progress, progress.notice, runs),
    )
    with stopping(stop.ask, _STOPPING), progress:
        return study.run()


def _command(chosen: Mapping[str, Any]) -> str:
    """Return this command as it was typed."""
    texts = {name: duration_text(chosen[name]) for name in ("train", "step")}
    files = {*_FILES, *(() if chosen["candles"] == SAMPLE else ("candles",))}
    return this_shell().line("walk", *options.typed_args(files, texts=texts), mlflow=True)


def _register(report: WalkReport, chosen: Mapping[str, Any]) -> Registered | None:
    """Register the config in force, as the best one of the child study that found it."""
    if not report.in_force:
        warn("--register: no config was tuned, so there is nothing to register")
        return None
    record = load_record(chosen["db"], report.in_force)
    best = complete_trial(record, None)
    return register_trial(record, best.number, chosen["name"], chosen["db"])


def _ending(
    report: WalkReport, registered: Registered | None, chosen: Mapping[str, Any]
) -> list[str]:
    """Return where to look at the walk, and what to do next."""
    links = ["look at it:", *(f"  {link}" for link in report.links.values()), ""]
    lines = ["", *(links if report.links else [])]
    n_walked = len(report.result.steps)
    if report.stopped:
        text = f"stopped after {n_walked} of {report.n_steps} steps; the same command goes on"
        return [*lines, text]
    lines.append(f"steps walked: {n_walked}, {report.n_new} of them new; later candles add more")
    if registered is not None:
        lines.append(registered_text(registered))
    return [*lines, "next:", f"  {_next_command(report, registered, chosen)}"]


def _next_command(
    report: WalkReport, registered: Registered | None, chosen: Mapping[str, Any]
) -> str:
    """Return the command that asks the gate, or else shows the last search."""
    shell = this_shell()
    db = ["--db", shell.path(chosen["db"])]
    if registered is None:
        last = report.result.steps[-1].study
        return shell.line("leaderboard", *db, "--study-name", last)
    backtest = rerun_args(shell, load_record(chosen["db"], report.in_force))
    name = ["--name", registered.name]
    return shell.line("promote", registered.version, *name, *db, *backtest, mlflow=True)


def walk_document(report: WalkReport) -> dict[str, Any]:
    """Return the walk for scripts."""
    return {
        **asdict(report.result),
        "n_steps": report.n_steps,
        "n_new": report.n_new,
        "not_due": None if report.n_new or report.stopped else "every step was walked before",
        "stopped": report.stopped,
        "mirror_failure": report.mirror_failure,
        "links": dict(report.links),
    }
