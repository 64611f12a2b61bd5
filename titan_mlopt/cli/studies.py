"""``titan-mlopt studies``: what a database holds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import options
from titan_mlopt.place import place_words

if TYPE_CHECKING:
    from titan_mlopt.study.overview import Overview


@click.command()
@options.db
@options.as_json
def studies(db: str, as_json: bool) -> None:
    """List the studies of a database, the last active first: trials, best, candles, activity."""
    from titan_mlopt.study.overview import read_overviews

    found = read_overviews(db)
    if as_json:
        click.echo(json.dumps([_document(seen) for seen in found], indent=2, allow_nan=False))
        return
    if not found:
        click.echo(f"{db}: no study yet")
        click.echo(f"next:\n  {shlex.join(['titan-mlopt', 'tune', *place_words(db)])}")
        return
    click.echo("\n\n".join("\n".join(_lines(seen)) for seen in found))
    words = ["titan-mlopt", "leaderboard", *place_words(db), "--study-name", found[0].study.name]
    click.echo(f"next:\n  {shlex.join(words)}")


def _lines(seen: Overview) -> Iterator[str]:
    from titan_mlopt.records import RUNNING
    from titan_mlopt.report.markdown import flat
    from titan_mlopt.report.phrases import (
        accuracy_text,
        candles_text,
        moment_text,
        objective_text,
        state_rows,
        trials_text,
    )

    study = seen.study
    states = ", ".join(
        f"{count} {word}{f' ({why})' if why else ''}" for word, count, why in state_rows(study)
    )
    yield f"{flat(study.name)} ({study.objective})"
    yield f"  trials    {states or 'none'}"
    if seen.best is not None:
        worth = f"{objective_text(study, seen.best)}, accuracy {accuracy_text(seen.best)}"
        yield f"  best      trial {seen.best.number}, {worth}"
    yield f"  candles   {candles_text(study.candles)}"
    running = sum(trial.state == RUNNING for trial in study.trials)
    now = f"; {trials_text(running)} RUNNING" if running else "; no trial is RUNNING"
    yield f"  activity  {moment_text(seen.since)} to {moment_text(seen.last)}{now}"


def _document(seen: Overview) -> dict[str, Any]:
    from titan_mlopt.records import RUNNING
    from titan_mlopt.report.leaderboard import board_document
    from titan_mlopt.report.summary import plain_json, state_counts

    study = seen.study
    document: dict[str, Any] = plain_json(
        {
            "study": study.name,
            "study_uid": study.uid,
            "objective": study.objective,
            "trials": {word: n for word, (n, _) in state_counts(study).items()},
            "running": any(trial.state == RUNNING for trial in study.trials),
            "best": board_document(study, [seen.best])[0] if seen.best else None,
            "candles": study.candles,
            "backtest": study.backtest,
            "since": seen.since,
            "last_activity": seen.last,
        }
    )
    return document
