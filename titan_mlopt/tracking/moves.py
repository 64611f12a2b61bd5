"""Who pointed an alias at which version, when and why: one tag a move, and the way back."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from titan_mlopt.errors import ConfigError, TrackingError, shown
from titan_mlopt.params import digest
from titan_mlopt.tracking.store import describe_error

#: Tags of the registered model: this, the move's number, and letters of its digest, so that of two
#: moves at once neither is lost.
MOVE = "titan_mlopt.move"
REGISTER, PROMOTE, ROLLBACK, FORCE = "register", "promote", "rollback", "force"
_KEY = re.compile(re.escape(MOVE) + r"\.(\d{6,})\.[0-9a-f]{8}")
_MOST_LETTERS = 1000


@dataclass(frozen=True, slots=True)
class Move:
    """An alias that left version ``before`` (None: it was not set) for ``after``.

    who: user@host. at: UTC, ISO 8601. how: register, promote, rollback, or
    force: a promotion without the gate's word.
    """

    alias: str
    before: str | None
    after: str
    who: str
    at: str
    how: str
    reason: str = ""


def move_alias(
    client: MlflowClient,
    name: str,
    alias: str,
    version: str,
    *,
    how: str,
    now_s: float,
    reason: str = "",
) -> str | None:
    """Point the alias at the version and record it; return the version that it pointed at before.

    An alias that points there already is left alone. Raises ``ConfigError`` for a reason of more
    than 1,000 letters, ``TrackingError`` when the alias was moved and the record was not taken.
    """
    if len(reason) > _MOST_LETTERS:
        raise ConfigError(
            f"reason: must have at most {_MOST_LETTERS} letters, got {len(reason)}; shorten it"
        )
    model = client.get_registered_model(name)
    before = _text(model.aliases.get(alias))
    if before == version:
        return before
    move = Move(alias, before, version, whoami(), iso_time(now_s), how, reason)
    client.set_registered_model_alias(name, alias, version)
    try:
        client.set_registered_model_tag(name, _next_key(model.tags, move), json.dumps(asdict(move)))
    except MlflowException as error:
        raise TrackingError(
            f"{name}: {alias} is version {version} now, and the record of who moved it must be "
            f"kept, got {describe_error(error)}; tell those who will look for it"
        ) from error
    return before


def read_moves(tags: Mapping[str, str]) -> tuple[Move, ...]:
    """Return the recorded moves, oldest first; ``TrackingError`` for one that is damaged."""
    keys = sorted((int(found[1]), key) for key in tags if (found := _KEY.fullmatch(key)))
    return tuple(_move_of(key, tags[key]) for _, key in keys)


def versions_before(moves: Iterable[Move], alias: str, current: str | None) -> tuple[str, ...]:
    """Return the versions to go back to, the next one last.

    A stack: each move puts the version it leaves on top, a rollback takes off the one it goes back
    to. The alias may have been moved by others, who record nothing: what it was known to point at
    is put on top then.
    """
    stack, now = list[str](), None
    for move in moves:
        if move.alias != alias:
            continue
        now = _catch_up(stack, now, move.before)
        if move.how == ROLLBACK:
            while stack and stack.pop() != move.after:
                pass  # versions that were deleted, and so passed over
        elif now is not None:
            stack.append(now)
        now = move.after
    _catch_up(stack, now, current)
    return tuple(stack)


def _catch_up(stack: list[str], known: str | None, found: str | None) -> str | None:
    if found != known and known is not None:
        stack.append(known)
    return found


def _next_key(tags: Mapping[str, str], move: Move) -> str:
    numbers = [int(found[1]) for key in tags if (found := _KEY.fullmatch(key))]
    return f"{MOVE}.{max(numbers, default=0) + 1:06d}.{digest(asdict(move))[:8]}"


def _move_of(key: str, text: str) -> Move:
    try:
        return Move(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise TrackingError(
            f"{key}: must be a move as it was recorded, got {shown(text)}; delete the tag"
        ) from error


def whoami() -> str:
    """Return user@host of this process."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def iso_time(seconds: float) -> str:
    """Return UTC seconds since 1970 as ISO 8601, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _text(version: object) -> str | None:
    """Return a version's number as text: stores give it as a number or as text."""
    return None if version is None else str(version)
