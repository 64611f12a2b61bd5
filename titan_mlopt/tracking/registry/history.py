"""The life of a registered config, read from its moves, the versions' tags and their watches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from titan_mlopt.core import history
from titan_mlopt.core.findings import FreshDecision
from titan_mlopt.core.history import History, HistoryEvent, utc_moment
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.plain import read_plain
from titan_mlopt.tracking.registry.alias_history import (
    FORCE,
    PROMOTE,
    REGISTER,
    ROLLBACK,
    Move,
    iso_time,
    read_moves,
)
from titan_mlopt.tracking.registry.gate_tags import read_decisions
from titan_mlopt.tracking.registry.release_tags import read_releases
from titan_mlopt.tracking.registry.versions import CHALLENGER, CHAMPION, aliases_of, find_versions
from titan_mlopt.tracking.registry.watch_runs import ACTION, ALARMED, STATE, runs_of_watches
from titan_mlopt.tracking.run_content import STUDY, TRIAL
from titan_mlopt.tracking.store import STUDY_UID

_CHAMPION_EVENTS = {
    PROMOTE: history.PROMOTED,
    FORCE: history.FORCED,
    ROLLBACK: history.ROLLED_BACK,
}
# Sorts after every time.
_LAST = "~"
#: An event, and the time by which it is sorted.
_Placed = tuple[str, HistoryEvent]


@dataclass(frozen=True, slots=True)
class _Alarm:
    test: str


@dataclass(frozen=True, slots=True)
class _Progress:
    """What is told of the state of a watch."""

    n_records: int
    n_predictions: int
    n_moved: int
    hits: int
    alarms: tuple[_Alarm, ...]


@dataclass(frozen=True, slots=True)
class _State:
    state: _Progress


@dataclass(frozen=True, slots=True)
class _Action:
    kind: str
    done: bool
    outcome: str
    at: str


def read_history(client: MlflowClient, name: str) -> History:
    """Return the life of a registered config: everything that its registry holds of it.

    Stores of earlier versions lack some facts, and anybody may have written a tag: what is not
    known is None.

    Raises:
        TrackingError: Nothing is registered under that name, or the record of a move is damaged.
    """
    champion = aliases_of(client, name).get(CHAMPION)
    moves = read_moves(client.get_registered_model(name).tags)
    versions = find_versions(client, name)[::-1]
    by_number = {str(version.version): version for version in versions}
    placed = list(_move_events(moves, by_number, champion))
    for version in versions:
        placed += _version_events(version, moves)
    for run, number in runs_of_watches(client, name, versions):
        placed += _watch_events(run, number)
    events = tuple(event for _, event in sorted(placed, key=lambda pair: pair[0]))
    return History(name, champion, events)


def _move_events(
    moves: Sequence[Move], versions: Mapping[str, ModelVersion], champion: str | None
) -> Iterator[_Placed]:
    """Yield registrations and changes of the champion, also those that nobody recorded."""
    position, recorded = "", None
    for move in moves:
        time = utc_moment(move.at)
        position = time or position
        if (move.alias, move.how) == (CHALLENGER, REGISTER):
            details = {**_origin(versions.get(move.after)), "by": move.who}
            yield position, HistoryEvent(time, history.REGISTERED, move.after, details)
        if move.alias != CHAMPION:
            continue
        if move.before != recorded:
            yield position, _unrecorded(recorded, move.before)
        if move.before is not None:
            details = {"replaced_by": move.after, "how": move.how}
            yield position, HistoryEvent(time, history.REPLACED, move.before, details)
        details = {"was": move.before, "by": move.who, "reason": move.reason}
        event = _CHAMPION_EVENTS.get(move.how, history.PROMOTED)
        yield position, HistoryEvent(time, event, move.after, details)
        recorded = move.after
    if champion != recorded:
        yield _LAST, _unrecorded(recorded, champion)


def _unrecorded(recorded: str | None, actual: str | None) -> HistoryEvent:
    details = {"was": recorded, "champion": actual}
    return HistoryEvent(None, history.MOVED_ELSEWHERE, actual or recorded or "", details)


def _version_events(version: ModelVersion, moves: Sequence[Move]) -> Iterator[_Placed]:
    """Yield what the tags of a version tell."""
    number = str(version.version)
    if not any((move.how, move.after) == (REGISTER, number) for move in moves):
        time = iso_time(version.creation_timestamp / 1000.0)
        details = {**_origin(version), "by": None}
        yield time, HistoryEvent(time, history.REGISTERED, number, details)
    for decision in read_decisions(version.tags):
        details = {
            "verdict": decision.verdict,
            "sentence": decision.sentence,
            "rival": decision.rival or None,
            "opening": decision.opening,
            "fresh": isinstance(decision, FreshDecision),
        }
        yield _placed(decision.when, history.JUDGED, number, details)
    for release in read_releases(version.tags):
        details = {"db": release.db or None, "by": release.who or None, "reason": release.reason}
        yield _placed(release.at, release.event, number, details)


def _origin(version: ModelVersion | None) -> dict[str, Any]:
    """Return which study and trial a version is from; None where it was deleted."""
    tags = {} if version is None else version.tags
    trial = tags.get(TRIAL, "")
    return {
        "study": tags.get(STUDY),
        "study_uid": tags.get(STUDY_UID),
        "trial": int(trial) if trial.isascii() and trial.isdigit() and len(trial) < 10 else None,
    }


def _watch_events(run: Run, number: str) -> Iterator[_Placed]:
    """Yield that a version was watched, its alarm, and what that set going."""
    progress, tags = _progress_of(run), run.data.tags
    started = iso_time(run.info.start_time / 1000.0)
    tests = [] if progress is None else [alarm.test for alarm in progress.alarms]
    details: dict[str, Any] = {
        "run_id": run.info.run_id,
        "predictions": run.data.params.get("predictions"),
        "n_records": None if progress is None else progress.n_records,
        "n_predictions": None if progress is None else progress.n_predictions,
        "accuracy": progress.hits / progress.n_moved if progress and progress.n_moved else None,
        "alarms": len(tests),
    }
    yield started, HistoryEvent(started, history.WATCHED, number, details)
    if run.info.status != ALARMED:
        return
    raised = iso_time((run.info.end_time or run.info.start_time) / 1000.0)
    details = {
        "run_id": run.info.run_id,
        "tests": tests,
        "text": tags.get("mlflow.note.content", ""),
    }
    yield raised, HistoryEvent(raised, history.ALARM, number, details)
    for action in _actions_of(run):
        # It is kept in whole seconds, and never precedes the alarm.
        at = max(raised, utc_moment(action.at) or raised)
        details = {"kind": action.kind, "done": action.done, "outcome": action.outcome}
        details["run_id"] = run.info.run_id
        yield at, HistoryEvent(at, history.REACTION, number, details)


def _progress_of(run: Run) -> _Progress | None:
    try:
        return read_plain(_State, parse_json(run.data.tags.get(STATE, ""))).state
    except ValueError:
        return None


def _actions_of(run: Run) -> list[_Action]:
    try:
        actions = read_plain(dict[str, _Action], parse_json(run.data.tags.get(ACTION, "{}")))
    except ValueError:
        return []
    return list(actions.values())


def _placed(text: str, event: str, number: str, details: Mapping[str, object]) -> _Placed:
    """Return an event at a time that anybody may have written."""
    time = utc_moment(text)
    return time or "", HistoryEvent(time, event, number, details)
