"""``titan-mlopt versions``: what is registered, each number with what it is worth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from titan_mlopt.cli import options

if TYPE_CHECKING:
    from titan_mlopt.tracking.registry import VersionEntry

_HEADS = (
    *("version", "aliases", "study", "trial", "accuracy", "ECE", "Sharpe", "backtest"),
    *("created (UTC)", "verdict"),
)
_NONE = "-"


@click.command()
@options.name
@options.as_json
def versions(name: str, as_json: bool) -> None:
    """List the registered versions, newest first, with the aliases that point at them.

    The metrics are in-sample. Accuracy stands with its number of predictions and 95 % interval, ECE
    with what perfect calibration would show, Sharpe with its standard error.
    """
    from titan_mlopt.tracking.registry import list_versions
    from titan_mlopt.tracking.store import mlflow_errors, open_client, tracking_uri

    uri = tracking_uri()
    with mlflow_errors(uri):
        entries = list_versions(open_client(uri, "read"), name)
    if as_json:
        documents = [_document(entry) for entry in entries]
        click.echo(json.dumps({"name": name, "versions": documents}, indent=2))
    elif entries:
        click.echo("\n".join(_lines([_HEADS, *map(_cells, entries)])))
    else:
        click.echo(f"{name} has no version")


def _cells(entry: VersionEntry) -> tuple[str, ...]:
    from titan_mlopt.report.phrases import accuracy_text, ece_text, sharpe_text
    from titan_mlopt.report.version_note import trial_of

    trial = trial_of(entry.metrics, -1)
    return (
        entry.version,
        ", ".join(entry.aliases) or _NONE,
        entry.study or _NONE,
        entry.trial or _NONE,
        accuracy_text(trial),
        ece_text(trial),
        sharpe_text(trial),
        _backtest(entry) or _NONE,
        datetime.fromtimestamp(entry.created_s, UTC).strftime("%Y-%m-%d %H:%M"),
        _verdict(entry),
    )


def _verdict(entry: VersionEntry) -> str:
    """Return the gate's word, how often the hold-out was opened, and whether it was gone over."""
    from titan_mlopt.report.judgement_words import WORDS, opened_text

    word = WORDS.get(entry.verdict or "", entry.verdict or "")
    opened = opened_text(entry.openings) if entry.openings else ""
    return ", ".join(filter(None, (word, opened, "forced" if entry.forced else ""))) or _NONE


def _backtest(entry: VersionEntry) -> str | None:
    from titan_mlopt.backtest.identity import is_embedded

    return "embedded" if is_embedded({"path": entry.backtest}) else entry.backtest


def _lines(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _document(entry: VersionEntry) -> dict[str, object]:
    return {
        "version": entry.version,
        "aliases": list(entry.aliases),
        "study": entry.study,
        "trial": None if entry.trial is None else int(entry.trial),
        "metrics": dict(entry.metrics),
        "backtest": entry.backtest,
        "verdict": entry.verdict,
        "holdout_openings": entry.openings,
        "forced": entry.forced,
        "created": datetime.fromtimestamp(entry.created_s, UTC).isoformat(timespec="seconds"),
    }
