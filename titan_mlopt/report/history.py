"""Events in the life of a registered config as cells of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from titan_mlopt.core import history
from titan_mlopt.core.history import HistoryEvent
from titan_mlopt.report.findings.gate import VERDICT_TEXTS, opened_text

#: Heads of the table.
HEADS = ("when (UTC)", "version", "event", "what is known of it")
_UNKNOWN = "unknown"
_Details = Mapping[str, Any]


def event_cells(event: HistoryEvent) -> tuple[str, ...]:
    """Return an event as cells under ``HEADS``, not escaped."""
    when = _UNKNOWN if event.time is None else event.time[:19].replace("T", " ")
    return when, event.version, event.event.replace("_", " "), event_text(event)


def event_text(event: HistoryEvent) -> str:
    """Return what is known of an event beside its time and version, in words."""
    return _TEXTS[event.event](event.details)


def _registered(details: _Details) -> str:
    study, trial = details["study"], details["trial"]
    source = f"study {study} trial {trial}" if study is not None else "a study that is not known"
    return f"from {source}{_by(details)}"


def _judged(details: _Details) -> str:
    verdict = VERDICT_TEXTS.get(details["verdict"], details["verdict"])
    bars = "on fresh candles" if details["fresh"] else opened_text(details["opening"])
    return f"{verdict}, {bars}: {details['sentence']}"


def _champion(details: _Details) -> str:
    was = f"was version {details['was']}" if details["was"] else "the first one"
    return f"champion, {was}{_by(details)}{_why(details)}"


def _replaced(details: _Details) -> str:
    return f"by version {details['replaced_by']} ({details['how']})"


def _alias_moved(details: _Details) -> str:
    if details["champion"] is None:
        return "champion no more; the alias was removed by another program"
    was = f"was version {details['was']}" if details["was"] else "the first one"
    return f"champion, {was}; the alias was moved by another program"


def _applied(details: _Details) -> str:
    return f"to {_database(details)}{_by(details)}{_why(details)}"


def _undone(details: _Details) -> str:
    return f"in {_database(details)}{_by(details)}{_why(details)}"


def _database(details: _Details) -> str:
    return details["db"] or "a database that is not known"


def _watched(details: _Details) -> str:
    text = f"{details['predictions'] or 'a file that is not known'}, run {details['run_id'][:8]}"
    if details["n_records"] is None:
        return f"{text}; how far it got is not known"
    accuracy = "" if details["accuracy"] is None else f", accuracy {details['accuracy']:.4f}"
    n_records, n_predictions = details["n_records"], details["n_predictions"]
    return f"{text}: {n_records:,} records, {n_predictions:,} predictions{accuracy}"


def _alarm(details: _Details) -> str:
    return f"{', '.join(details['tests']) or 'a test'}: {details['text'] or 'no text'}"


def _reaction(details: _Details) -> str:
    state = "done" if details["done"] else "not done"
    return f"{details['kind']} {state}: {details['outcome'] or 'it was cut short'}"


def _by(details: _Details) -> str:
    return f", by {details['by']}" if details["by"] else ""


def _why(details: _Details) -> str:
    return f": {details['reason']}" if details["reason"] else ""


_TEXTS: Mapping[str, Callable[[_Details], str]] = {
    history.REGISTERED: _registered,
    history.JUDGED: _judged,
    history.PROMOTED: _champion,
    history.FORCED: _champion,
    history.ROLLED_BACK: _champion,
    history.REPLACED: _replaced,
    history.MOVED_ELSEWHERE: _alias_moved,
    history.APPLIED: _applied,
    history.UNDONE: _undone,
    history.WATCHED: _watched,
    history.ALARM: _alarm,
    history.REACTION: _reaction,
}
