"""``titan-mlopt replay``: one stored trial again, and whether it gives the same numbers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.types import COUNT

if TYPE_CHECKING:
    from titan_mlopt.replay import Replay, Row, Value

_EXIT_DIFFERENT = 1


@click.command()
@options.db
@options.study_name
@click.option("--trial", type=COUNT, required=True, help="Number of the trial.")
@click.option(
    "--candles",
    default=None,
    help="The study's candle file, or 'sample'.  [default: where the study read them]",
)
@options.as_json
def replay(db: str, study_name: str, trial: int, candles: str | None, as_json: bool) -> None:
    """Run one stored trial again and compare every number, bit for bit.

    Exit code 0: all is the same; 1: something differs, and the table shows what.
    """
    from titan_mlopt.replay import find_candles, find_trial, replay_trial
    from titan_mlopt.study.storage import load_record

    record = load_record(db, study_name)
    find_trial(record, trial)  # before candles are read for nothing
    result = replay_trial(record, trial, find_candles(record, candles))
    click.echo(_as_json(result) if as_json else "\n".join(_lines(result)))
    if not result.identical:
        sys.exit(_EXIT_DIFFERENT)


def _lines(result: Replay) -> Iterable[str]:
    shown = [*result.metrics, *(row for row in result.checkpoints if not row.equal)]
    cells = [("metric", "stored", "replayed", "same")]
    cells += [
        (row.name, _text(row.stored), _text(row.replayed), "yes" if row.equal else "NO")
        for row in shown
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    yield f"trial {result.trial} of study {result.study}"
    for row in cells:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
    yield _verdict(result)


def _verdict(result: Replay) -> str:
    if result.identical:
        metrics, checkpoints = len(result.metrics) - 1, result.n_checkpoints
        parts = f"{metrics} metrics and {checkpoints} checkpoints"
        if result.n_segments:
            parts = f"{metrics} metrics, {checkpoints} checkpoints, {result.n_segments} segments"
        return f"identical: {parts}, bit for bit"
    why = " ".join(result.message.split()) or "the same numbers take the same machine and versions"
    names = ", ".join(row.name for row in result.different[:5])
    more = len(result.different) - 5
    return f"different: {names}{f' and {more} more' if more > 0 else ''}; {why}"


def _text(value: Value) -> str:
    return "none" if value is None else str(value)


def _as_json(result: Replay) -> str:
    return json.dumps(
        {
            "study": result.study,
            "trial": result.trial,
            "state": result.state,
            "identical": result.identical,
            "metrics": [_row(row) for row in result.metrics],
            "checkpoints": [_row(row) for row in result.checkpoints],
            "message": result.message,
        },
        indent=2,
    )


def _row(row: Row) -> dict[str, Value | bool]:
    return {
        "metric": row.name,
        "stored": row.stored,
        "replayed": row.replayed,
        "same": row.equal,
    }
