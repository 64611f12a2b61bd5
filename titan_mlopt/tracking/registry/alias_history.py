"""The history of aliases: every move of an alias is a tag of the registered model."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TypedDict

from mlflow import MlflowClient
from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException

from titan_mlopt.core.errors import ConfigError, TrackingError, short_repr
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.parameters import digest
from titan_mlopt.core.plain import read_plain
from titan_mlopt.tracking.store import describe_error

#: Prefix of the tags of recorded moves. The number of the move follows, and 8 digits of its digest,
#: so that two simultaneous moves get two tags.
MOVE = "titan_mlopt.move"
#: Prefix of the tags of moves that were begun and are not recorded yet; the same form.
INTENT = "titan_mlopt.intent"
REGISTER, PROMOTE, ROLLBACK, FORCE = "register", "promote", "rollback", "force"
_KEY, _INTENT_KEY = (
    re.compile(re.escape(prefix) + r"\.(\d{6,})\.[0-9a-f]{8}") for prefix in (MOVE, INTENT)
)
_MOST_LETTERS = 1000


@dataclass(frozen=True, slots=True)
class Move:
    """An alias that was moved from version ``before`` (None: it was not set) to ``after``.

    who: user@host. at: UTC, ISO 8601. how: register, promote, rollback, or force, which is a
    promotion without a decision of the gate. The fields are stored as JSON under their names.
    """

    alias: str
    before: str | None
    after: str
    who: str
    at: str
    how: str
    reason: str = ""


class _Tags(TypedDict):
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Intent:
    """A move that was begun; a tag of the registered model until the move is recorded.

    key: of the tag. number: of the move's record. move: its ``after`` is "" until the version is
    created. tags: of that version, by which it is recognised.
    """

    key: str
    number: int
    move: Move
    tags: Mapping[str, str]


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
    """Point the alias at the version and record the move; nothing to do if it points there.

    The intent is written first, then the alias, then the record, so that a move whose process is
    killed can be completed or undone later.

    Returns:
        The version that the alias pointed at before, None if it was not set.

    Raises:
        ConfigError: The reason has more than 1,000 letters.
        TrackingError: The alias was moved but the record was refused, or another process took this
            one for dead.
    """
    if len(reason) > _MOST_LETTERS:
        raise ConfigError(
            f"reason: must have at most {_MOST_LETTERS} letters, got {len(reason)}; shorten it"
        )
    model = client.get_registered_model(name)
    before = alias_target(model, alias)
    if before == version:
        return before
    move = Move(alias, before, version, whoami(), iso_time(now_s), how, reason)
    intent = begin_move(client, name, model.tags, move)
    try:
        if intent.key not in client.get_registered_model(name).tags:
            raise TrackingError(
                f"{name}: {alias} must be moved by one process at a time, got another one that "
                f"took this one for dead; {alias} was not moved, run the command again"
            )
        finish_move(client, name, intent, version)
    except MlflowException:
        cancel_move(client, name, intent)
        raise
    return before


def begin_move(
    client: MlflowClient,
    name: str,
    model_tags: Mapping[str, str],
    move: Move,
    tags: Mapping[str, str] | None = None,
) -> Intent:
    """Write the intent of a move; tags: of the version that is created for it."""
    content = {**asdict(move), "tags": dict(tags or {})}
    number = _next_number(model_tags)
    # Two processes that begin the same move at once get two intents.
    key = f"{INTENT}.{number:06d}.{digest({**content, 'nonce': uuid.uuid4().hex})[:8]}"
    client.set_registered_model_tag(name, key, json.dumps(content))
    return Intent(key, number, move, content["tags"])


def finish_move(client: MlflowClient, name: str, intent: Intent, version: str) -> Move:
    """Point the alias at the version, record the move, and remove the intent; idempotent.

    Any number of processes may do so at once.

    Raises ``TrackingError`` when the alias was moved but the record was refused.
    """
    move = replace(intent.move, after=version)
    if alias_target(client.get_registered_model(name), move.alias) != version:
        client.set_registered_model_alias(name, move.alias, version)
    key = f"{MOVE}.{intent.number:06d}.{digest(asdict(move))[:8]}"
    try:
        client.set_registered_model_tag(name, key, json.dumps(asdict(move)))
        client.delete_registered_model_tag(name, intent.key)
    except MlflowException as error:
        if not _has_tag(client, name, key):  # else another process writes the same at this moment
            raise TrackingError(
                f"{name}: {move.alias} is version {version} now, and the record of who moved it "
                f"must be kept, got {describe_error(error)}; the next command on {name} completes "
                "it"
            ) from error
    return move


def _has_tag(client: MlflowClient, name: str, key: str) -> bool:
    with suppress(MlflowException):
        return key in client.get_registered_model(name).tags
    return False


def cancel_move(client: MlflowClient, name: str, intent: Intent) -> None:
    """Remove the intent of a move, unless the alias was moved: then the move must be completed."""
    with suppress(MlflowException):  # the next command settles it
        model = client.get_registered_model(name)
        if alias_target(model, intent.move.alias) != intent.move.after:
            client.delete_registered_model_tag(name, intent.key)


def read_intents(tags: Mapping[str, str]) -> tuple[Intent, ...]:
    """Return the moves that were begun and not recorded, oldest first.

    Raises ``TrackingError`` for one that is damaged.
    """
    return tuple(_intent_of(number, key, tags[key]) for number, key in _numbered(_INTENT_KEY, tags))


def read_moves(tags: Mapping[str, str]) -> tuple[Move, ...]:
    """Return the recorded moves, oldest first; ``TrackingError`` for one that is damaged."""
    return tuple(_move_of(key, tags[key]) for _, key in _numbered(_KEY, tags))


def _numbered(pattern: re.Pattern[str], tags: Iterable[str]) -> list[tuple[int, str]]:
    """Return number and key of the tags that match, in the order of their numbers."""
    return sorted((int(match[1]), key) for key in tags if (match := pattern.fullmatch(key)))


def versions_before(moves: Iterable[Move], alias: str, current: str | None) -> tuple[str, ...]:
    """Return the versions that a rollback may go back to, the next one last.

    They form a stack: a move pushes the version that it leaves, a rollback pops the one that it
    returns to. Other programs may move the alias without a record; then the version that the alias
    last had by the records is pushed.
    """
    stack, target = list[str](), None
    for move in moves:
        if move.alias != alias:
            continue
        target = _catch_up(stack, target, move.before)
        if move.how == ROLLBACK:
            while stack and stack.pop() != move.after:
                pass  # deleted versions, which the rollback passed over
        elif target is not None:
            stack.append(target)
        target = move.after
    _catch_up(stack, target, current)
    return tuple(stack)


def _catch_up(stack: list[str], recorded: str | None, actual: str | None) -> str | None:
    """Push the recorded target if an unrecorded move has replaced it; return the actual one."""
    if actual != recorded and recorded is not None:
        stack.append(recorded)
    return actual


def _next_number(tags: Mapping[str, str]) -> int:
    """Return the number of the next move; those of intents are taken."""
    numbers = [n for pattern in (_KEY, _INTENT_KEY) for n, _ in _numbered(pattern, tags)]
    return max(numbers, default=0) + 1


def _intent_of(number: int, key: str, text: str) -> Intent:
    try:
        content = parse_json(text)
        tags = read_plain(_Tags, content)["tags"]
        return Intent(key, number, tags=dict(tags), move=read_plain(Move, content))
    except ValueError as error:
        raise TrackingError(
            f"{key}: must be a move as it was begun, got {short_repr(text)}; delete the tag"
        ) from error


def _move_of(key: str, text: str) -> Move:
    try:
        return read_plain(Move, parse_json(text))
    except ValueError as error:
        raise TrackingError(
            f"{key}: must be a move as it was recorded, got {short_repr(text)}; delete the tag"
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


def alias_target(model: RegisteredModel, alias: str) -> str | None:
    """Return the version of an alias as text (some stores return numbers), None without one."""
    version = model.aliases.get(alias)
    return None if version is None else str(version)
