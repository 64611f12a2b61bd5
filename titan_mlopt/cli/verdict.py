"""``titan-mlopt verdict``: what is known of a study's result, and what the gate says of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from titan_mlopt.analysis.ranking import best_trial, complete_trial
from titan_mlopt.analysis.significance import study_statistics
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.findings import PROMOTE
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.commands import (
    PLAIN_NAME,
    has_candles,
    of_study,
    rerun_args,
    this_shell,
    versions_command,
)
from titan_mlopt.report.format import luck_text
from titan_mlopt.report.quality import quality_document, quality_rows
from titan_mlopt.report.terminal import aligned
from titan_mlopt.study.storage.studies import load_record

# Options that only the gate reads.
_OF_THE_GATE = (
    *("version", "candles", *options.CANDLE_OPTIONS, "backtest", "backtest_path"),
    *("gate", "name", "out"),
)


@command()
@options.switch("--open-holdout", "Ask the gate on the sealed hold-out; the look is counted.")
@options.judged
@click.pass_context
def verdict(context: click.Context, /, *, open_holdout: bool, **chosen: Any) -> None:
    """Say what a trial is worth, by study, hold-out or new candles.

    Alone it opens nothing and shows luck, overfitting and error, which are in-sample, and what the
    gate said before.

    With --open-holdout the gate judges the trial on the sealed hold-out, against the champion, the
    coin and every simple rule. The look is counted for ever, the decision kept with the study, its
    run and its version, and written to --out as verdict.html, verdict.md and verdict.json.

    With --fresh the hold-out stays closed. Evidence adds up over the bars that came after the
    study, so look as often as you like, each time with a file that has grown: CANNOT TELL says how
    much evidence there is, how much is needed, and how long that takes at the pace so far.

    Exit code, where the gate is asked: 0, PROMOTE; 3, KEEP CHAMPION or CANNOT TELL.
    """
    if open_holdout and chosen["fresh"] is not None:
        raise ConfigError(
            "fresh: must go without --open-holdout, got both; the hold-out stays closed with "
            "--fresh, so leave one of them out"
        )
    if open_holdout or chosen["fresh"] is not None:
        from titan_mlopt.cli.gate import ask_gate

        ask_gate(**chosen)
        return
    for name in _OF_THE_GATE:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise ConfigError(
                f"{name}: must go with --open-holdout or --fresh, got neither; without them no "
                "config is run"
            )
    _tell(chosen["db"], chosen["study_name"], chosen["trial"], as_json=chosen["as_json"])


def _tell(db: str, study_name: str, number: int | None, *, as_json: bool) -> None:
    """Print what is known of a trial, None for the best one; nothing is run or opened."""
    record = load_record(db, study_name)
    statistics = study_statistics(
        record, None if number is None else complete_trial(record, number)
    )
    holdout = {
        "study": record.name,
        "holdout": dict(record.holdout),
        "holdout_openings": [asdict(opening) for opening in record.openings],
    }
    lines = [
        f"study {record.name}: no trial completed" if statistics is None else luck_text(record),
        *("", *aligned(quality_rows(record, statistics))),
        *_next_lines(record, db),
    ]
    print_result(holdout | quality_document(record, statistics), lines, as_json=as_json)


def _next_lines(record: StudyRecord, db: str) -> list[str]:
    """Return the command that tells more."""
    shell, lines = this_shell(), list[str]()
    if best_trial(record) is None or not has_candles(record):
        return ["next:", f"  {of_study(shell, 'leaderboard', db, record.name)}"]
    rerun = rerun_args(shell, record)
    command = of_study(shell, "placebo", db, record.name, *rerun, mlflow=True)
    if record.gate_decisions and record.gate_decisions[-1].verdict == PROMOTE:
        command = versions_command(shell, str(record.settings.get("register_as") or PLAIN_NAME))
    elif record.openings:
        lines.append("candles that came after the study can tell more: --fresh FILE")
    elif record.holdout:
        words = ("--open-holdout", *rerun)
        command = of_study(shell, "verdict", db, record.name, *words, mlflow=True)
    return [*lines, "next:", f"  {command}"]
