"""``titan-mlopt ensemble``: the best configs of a study as one version that votes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import notice, print_result, registered_text, warn
from titan_mlopt.cli.types import POSITIVE
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.evaluation.ensemble.study import (
    TOP,
    EnsembleResult,
    make_ensemble,
    register_ensemble,
)
from titan_mlopt.evaluation.rerun import BacktestChoice, load_rerun
from titan_mlopt.report.commands import (
    name_args,
    of_study,
    promote_command,
    rerun_args,
    this_shell,
)
from titan_mlopt.report.format import accuracy_text, ece_text, format_value, sharpe_text
from titan_mlopt.report.terminal import aligned
from titan_mlopt.report.version_page import trial_of
from titan_mlopt.study.storage.studies import load_record
from titan_mlopt.tracking.mirror.messages import Registered

_HEADS = ("", "accuracy", "ECE", "Sharpe", "coverage")


@command()
@options.study
@click.option(
    "--top", type=POSITIVE, default=str(TOP), show_default=True, help="Best configs that vote."
)
@options.setting("n_jobs")
@options.rerun
@options.switch("--register", help="Register the ensemble as a version.")
@options.name
@options.as_json
def ensemble(**chosen: Any) -> None:
    """Let the best configs vote, and register them as one version.

    The best configs by the study's objective run on the candles that it was tuned on; its hold-out
    stays sealed. Each votes on a candle with its confidence beyond a coin's. The
    ensemble predicts where the mean vote is strong enough, as often as its best member does.

    With --register it becomes a version like any other: served, pulled, and judged by `promote`. A
    reader that cannot vote has its best member.

    \b
      titan-mlopt ensemble --top 5              whether five of them do better together
      titan-mlopt ensemble --top 5 --register   the same, as a version for the gate to judge
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    db = chosen["db"]
    record = load_record(db, chosen["study_name"])
    rerun = load_rerun(
        *(record, BacktestChoice.of_options(chosen), chosen["candles"], chosen["n_jobs"], warn),
        options=options.candle_options(chosen),
    )
    result, registered = make_ensemble(record, rerun, chosen["top"]), None
    if chosen["register"]:
        registered = register_ensemble(record, result, chosen["name"], db, notice)
    lines = _lines(record, result, registered, chosen)
    print_result(_document(result, registered), lines, as_json=chosen["as_json"])


def _document(result: EnsembleResult, registered: Registered | None) -> dict[str, Any]:
    return {
        "study": result.study,
        "registered": registered
        and {"name": registered.name, "version": registered.version, "new": registered.new},
        "trials": list(result.trials),
        "threshold": result.ensemble.threshold,
        "sha256": result.ensemble.sha256,
        "metrics": result.metrics,
        "members": list(result.members),
        "difference": result.difference and asdict(result.difference),
    }


def _lines(
    record: StudyRecord,
    result: EnsembleResult,
    registered: Registered | None,
    chosen: Mapping[str, Any],
) -> Iterator[str]:
    yield f"{len(result.trials)} configs of study {result.study} vote; the best one is first."
    yield ""
    scored = [("ensemble", result.metrics)]
    scored += [
        (f"trial {n}", metrics) for n, metrics in zip(result.trials, result.members, strict=True)
    ]
    yield from aligned([_HEADS, *(_row(name, metrics) for name, metrics in scored)])
    yield ""
    yield _comparison(result)
    yield (
        "All of it is in-sample. On later candles an ensemble is seldom clearly better than its "
        "best member (docs/ensembles.md)."
    )
    shell, name = this_shell(), chosen["name"]
    if registered is None:
        yield f"next:\n  {_register_command(record, chosen)}"
        return
    yield registered_text(registered)
    line = promote_command(shell, chosen["db"], record, registered.version, name)
    yield f"next:\n  {' '.join([line, *map(shlex.quote, options.candle_args(chosen))])}"


def _row(name: str, metrics: Mapping[str, float | None]) -> tuple[str, ...]:
    trial = trial_of(metrics, -1)
    coverage = format_value(metrics["coverage"], ".1%")
    return name, accuracy_text(trial), ece_text(trial), sharpe_text(trial), coverage


def _comparison(result: EnsembleResult) -> str:
    best, difference = result.trials[0], result.difference
    if difference is None:
        return f"The accuracies of the ensemble and of trial {best} cannot be compared."
    shares = (difference.difference, difference.low, difference.high)
    gain, low, high = (f"{100 * share:+.2f}" for share in shares)
    return (
        f"As often as trial {best} predicts, the ensemble's accuracy differs from that trial's by "
        f"{gain} points (95 % interval {low} to {high})."
    )


def _register_command(record: StudyRecord, chosen: Mapping[str, Any]) -> str:
    """Return the same command that registers the ensemble as well."""
    shell = this_shell()
    args = ["--top", str(chosen["top"]), *rerun_args(shell, record), *options.candle_args(chosen)]
    args += name_args(chosen["name"])
    return of_study(shell, "ensemble", chosen["db"], record.name, *args, "--register", mlflow=True)
