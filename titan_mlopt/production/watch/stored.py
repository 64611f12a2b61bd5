"""A watch as its run in MLflow keeps it, read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.plain import read_plain
from titan_mlopt.production.watch.promise import Promise, promise_of
from titan_mlopt.production.watch.reading import holds, real_path
from titan_mlopt.production.watch.state import WatchState, state_document, state_of
from titan_mlopt.tracking.registry.watch_runs import ACTION, PROMISE, STATE, WatchRun, damaged_watch


@dataclass(frozen=True, slots=True)
class StoredWatch:
    """A watch with what its run keeps.

    file: absolute path of the predictions, without links. turn: higher than that of every watch
    that has read the file before.
    """

    run: WatchRun
    promise: Promise
    file: str
    turn: int
    state: WatchState


@dataclass(frozen=True, slots=True)
class _Stored:
    file: str
    turn: int
    state: dict[str, Any]


class _Told(TypedDict):
    text: str


class _Action(TypedDict):
    kind: str
    done: bool
    outcome: str
    alarm: _Told


def read_watch(run: WatchRun) -> StoredWatch:
    """Return the watch of a run; ``TrackingError`` where its tags are not as they were written."""
    try:
        stored = read_plain(_Stored, run.content.get(STATE), STATE)
        read_plain(dict[str, _Action], run.content.get(ACTION, {}), ACTION)
        return StoredWatch(
            run,
            promise_of(run.content[PROMISE]),
            real_path(Path(stored.file)),
            stored.turn,
            state_of(stored.state),
        )
    except (KeyError, ValueError) as error:
        raise damaged_watch(run.run_id, run.version, str(error)) from error


def watch_document(file: str, turn: int, state: WatchState) -> dict[str, Any]:
    """Return what a run keeps of a watch beside the promise."""
    return {"file": file, "turn": turn, "state": state_document(state)}


def take_turn(watch: StoredWatch, siblings: Sequence[StoredWatch], file: str) -> StoredWatch:
    """Return the watch at the place from which it goes on, with its turn.

    Each record belongs to the version that is watched when it is read. A version goes on where the
    last reader of the file stopped, even if it has been watched before, and in a file that was
    moved where it has stopped itself.

    Args:
        watch: The watch that reads next.
        siblings: Those of other versions, or earlier ones of this one, of any file.
        file: Absolute path of the predictions, without links.

    Raises:
        ConfigError: The watch has read another file.
    """
    readers = [sibling for sibling in siblings if sibling.file == file]
    last = max(readers, key=lambda sibling: sibling.turn, default=None)
    is_moved = watch.file != file
    if not is_moved and (last is None or last.turn < watch.turn):
        return watch
    positions = [last.state.position] if last is not None else []
    if is_moved and holds(Path(file), watch.state.position):
        positions.append(watch.state.position)
    if not positions:
        raise ConfigError(
            f"predictions: must be the file that this watch has read, {watch.file}, got another "
            f"one, {file}; name that one, or begin a new watch with --anew"
        )
    position = max(positions, key=lambda position: position.offset)
    turn = last.turn + 1 if last is not None else watch.turn
    return replace(watch, file=file, turn=turn, state=replace(watch.state, position=position))
