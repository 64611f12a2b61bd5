"""``titan-mlopt replay``: one stored trial again, and whether it gives the same numbers."""

from __future__ import annotations

import sys
from typing import Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result
from titan_mlopt.cli.types import COUNT
from titan_mlopt.evaluation.replay import Replay, Row, Value, find_trial, replay_trial
from titan_mlopt.evaluation.rerun import find_candles
from titan_mlopt.report.terminal import aligned
from titan_mlopt.study.storage.studies import load_record

_EXIT_DIFFERENT = 1


@command()
@options.study
@click.option("--trial", type=COUNT, required=True, help="Number of the trial.")
@options.candles
@options.as_json
def replay(
    db: str, study_name: str, trial: int, candles: str | None, as_json: bool, **chosen: Any
) -> None:
    """Run a stored trial again and compare each number to the bit.

    Exit code 0: all is the same; 1: something differs, and the table shows what.
    """
    record = load_record(db, study_name)
    find_trial(record, trial)  # before candles are read for nothing
    result = replay_trial(
        record, trial, find_candles(record, candles, options.candle_options(chosen))
    )
    print_result(_document(result), _lines(result), as_json=as_json)
    if not result.identical:
        sys.exit(_EXIT_DIFFERENT)


def _lines(result: Replay) -> list[str]:
    rows = [*result.metrics, *(row for row in result.checkpoints if not row.equal)]
    cells = [("metric", "stored", "replayed", "same")]
    cells += [
        (row.name, _text(row.stored), _text(row.replayed), "yes" if row.equal else "NO")
        for row in rows
    ]
    return [f"trial {result.trial} of study {result.study}", *aligned(cells), _verdict(result)]


def _verdict(result: Replay) -> str:
    if result.identical:
        metrics, checkpoints = len(result.metrics) - 1, result.n_checkpoints
        parts = f"{metrics} metrics and {checkpoints} checkpoints"
        if result.n_segments:
            parts = f"{metrics} metrics, {checkpoints} checkpoints, {result.n_segments} segments"
        return f"identical: {parts}, bit for bit"
    why = " ".join(result.message.split()) or "the same numbers take the same machine and versions"
    names = ", ".join(row.name for row in result.different[:5])
    n_unnamed = len(result.different) - 5
    return f"different: {names}{f' and {n_unnamed} more' if n_unnamed > 0 else ''}; {why}"


def _text(value: Value) -> str:
    return "none" if value is None else str(value)


def _document(result: Replay) -> dict[str, object]:
    return {
        "study": result.study,
        "trial": result.trial,
        "state": result.state,
        "identical": result.identical,
        "metrics": [_row(row) for row in result.metrics],
        "checkpoints": [_row(row) for row in result.checkpoints],
        "message": result.message,
    }


def _row(row: Row) -> dict[str, Value | bool]:
    both = {"stored": row.stored, "replayed": row.replayed}
    return {"metric": row.name, **both, "same": row.equal}
