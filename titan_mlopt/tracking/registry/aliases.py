"""Aliases of registered configs: register, promote, roll back, and settle interrupted moves."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.report.commands import this_shell, versions_command
from titan_mlopt.report.version_page import describe_version
from titan_mlopt.tracking.mirror.messages import Registered
from titan_mlopt.tracking.registry.alias_history import (
    FORCE,
    PROMOTE,
    REGISTER,
    ROLLBACK,
    Intent,
    Move,
    alias_target,
    begin_move,
    cancel_move,
    finish_move,
    iso_time,
    move_alias,
    read_intents,
    read_moves,
    versions_before,
    whoami,
)
from titan_mlopt.tracking.registry.history_page import show_history
from titan_mlopt.tracking.registry.logged_model import link_version, log_model, take_up_model
from titan_mlopt.tracking.registry.versions import (
    CHALLENGER,
    CHAMPION,
    IDENTITY_TAGS,
    MODEL_ID,
    aliases_of,
    find_model,
    find_tagged,
    find_versions,
    resolve_version,
    version_tags,
)

#: How long an unfinished move is watched: a living process finishes it meanwhile.
WATCH_S, _POLL_S = 3.0, 0.1
_NAMES = {
    REGISTER: "registration",
    PROMOTE: "promotion",
    FORCE: "promotion by force",
    ROLLBACK: "rollback",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rollback:
    """version: the champion after the rollback. was: the one before; None if there was none."""

    version: str
    was: str | None


def register_config(
    client: MlflowClient,
    name: str,
    run_id: str,
    bundle: Bundle,
    *,
    clock: Callable[[], float] = time.time,
    notice: Callable[[str], None] = _log.warning,
) -> Registered:
    """Register the bundle as a version of ``name`` and point the alias ``challenger`` at it.

    The files are uploaded before the version is created. A config that the same study has
    registered already keeps its version. Interrupted moves are settled first.

    Args:
        client: Of the registry.
        name: Of the registered model, which is created if need be.
        run_id: Parent run of the bundle's study.
        bundle: The config with its params and manifest.
        clock: UTC seconds since 1970.
        notice: Receives a line about each settled move.

    Returns:
        The version, and whether it is new.

    Raises:
        TrackingError: The alias was moved, but the record of the move was refused.
    """
    tags = version_tags(bundle)
    identity = {key: tags[key] for key in IDENTITY_TAGS}
    if find_model(client, name) is None:
        client.create_registered_model(name, description="Configs tuned by titan_mlopt")
    settle_moves(client, name, notice, registrations=True)
    registered = _find_registered(client, name, identity)
    if registered is not None:
        version = str(registered.version)
        move_alias(client, name, CHALLENGER, version, how=REGISTER, now_s=clock())
        show_history(client, name, notice)
        return Registered(name, version, new=False)
    model = client.get_registered_model(name)
    before = alias_target(model, CHALLENGER)
    move = Move(CHALLENGER, before, "", whoami(), iso_time(clock()), REGISTER)
    intent = begin_move(client, name, model.tags, move, identity)
    try:
        version = _new_version(client, name, run_id, bundle, clock())
    except BaseException:
        cancel_move(client, name, intent)
        raise
    finish_move(client, name, intent, version)
    show_history(client, name, notice)
    return Registered(name, version, new=True)


def settle_moves(
    client: MlflowClient,
    name: str,
    notice: Callable[[str], None] = _log.warning,
    *,
    registrations: bool = False,
    watch_s: float = WATCH_S,
) -> tuple[Move, ...]:
    """Complete or undo the moves of killed processes; any number of processes may do so at once.

    If the alias points at the move's version, the move is recorded. If it still points at the one
    before, the move is dropped, unless its process completes it while it is watched. A version that
    was created is completed as the challenger.

    Args:
        client: Of the registry.
        name: Of the registered model; none of that name has no moves.
        notice: Receives a line about each settled move.
        registrations: Also drop registrations without a version, which may be long uploads.
        watch_s: How long an unfinished move is watched, in seconds.

    Returns:
        The moves that were completed, oldest first.
    """
    model, completed = find_model(client, name), list[Move]()
    for intent in read_intents(model.tags if model is not None else {}):
        move = _settle(client, name, intent, notice, registrations, watch_s)
        completed += [move] if move is not None else []
    return tuple(completed)


def _settle(
    client: MlflowClient,
    name: str,
    intent: Intent,
    notice: Callable[[str], None],
    registrations: bool,
    watch_s: float,
) -> Move | None:
    pending, start = intent.move, time.monotonic()
    while True:
        model = client.get_registered_model(name)
        target = alias_target(model, pending.alias)
        version = pending.after or _created_version(client, name, intent.tags)
        if intent.key not in model.tags or (not version and not registrations):
            return None
        is_done = target == version or (not pending.after and target == pending.before)
        watched_s = time.monotonic() - start
        if version and is_done:
            if watched_s >= min(_POLL_S, watch_s):  # a living process may be about to record it
                break
        elif target != pending.before or watched_s >= watch_s:
            client.delete_registered_model_tag(name, intent.key)
            notice(_dropped(name, pending, version, target))
            return None
        time.sleep(_POLL_S)
    move = finish_move(client, name, intent, version)
    show_history(client, name, notice)
    notice(
        f"{name}: {_describe(pending)} was cut short; completed, {move.alias} is version {version}"
    )
    return move


def _dropped(name: str, move: Move, version: str, target: str | None) -> str:
    """Return the notice about a move that was dropped; target: where the alias points."""
    destination = f"to version {version} " if version else ""
    state = f"is version {target}"
    if target == move.before:
        state = f"is still version {target}" if target else "still points at no version"
    return (
        f"{name}: {_describe(move)} {destination}was cut short before {move.alias} was moved; "
        f"{move.alias} {state}"
    )


def _describe(move: Move) -> str:
    return f"the {_NAMES.get(move.how, move.how)} of {move.at} by {move.who}"


def _created_version(client: MlflowClient, name: str, tags: Mapping[str, str]) -> str:
    """Return the version that a registration created, linked from its model; "" without one."""
    registered = _find_registered(client, name, tags)
    return "" if registered is None else str(registered.version)


def _find_registered(
    client: MlflowClient, name: str, tags: Mapping[str, str]
) -> ModelVersion | None:
    """Return the newest version with these tags, after its model is linked to it."""
    version = next(iter(find_tagged(client, name, tags)), None)
    if version is not None and (model_id := version.tags.get(MODEL_ID)):
        link_version(client, model_id, name, str(version.version))
    return version


def _new_version(client: MlflowClient, name: str, run_id: str, bundle: Bundle, now_s: float) -> str:
    tags = version_tags(bundle)
    unused = take_up_model(client, run_id, {key: tags[key] for key in IDENTITY_TAGS})
    model = unused or log_model(client, run_id, bundle, tags, now_s)
    # Not models:/<id>: MLflow looks that up in the store in force, which may be another one.
    version = client.create_model_version(
        name,
        source=model.artifact_location,
        run_id=run_id,
        tags={**tags, MODEL_ID: model.model_id},
        description=describe_version(bundle),
        model_id=model.model_id,
    )
    link_version(client, model.model_id, name, str(version.version))
    return str(version.version)


def promote_version(
    client: MlflowClient,
    name: str,
    version: str,
    *,
    reason: str = "",
    how: str = PROMOTE,
    beaten: tuple[str | None, ...] = (),
    clock: Callable[[], float] = time.time,
    notice: Callable[[str], None] = _log.warning,
) -> str | None:
    """Point the alias ``champion`` at a version; interrupted moves are settled first.

    Args:
        client: Of the registry.
        name: Of the registered model.
        version: Its number.
        reason: Stored with the move; at most 1,000 letters.
        how: ``PROMOTE``, or ``FORCE`` without a decision of the gate.
        beaten: Champions that the version may replace, None for none; empty for any.
        clock: UTC seconds since 1970.
        notice: Receives a line about each settled move.

    Returns:
        The champion before; None if there was none.

    Raises:
        ConfigError: The reason is too long.
        TrackingError: There is no such version, another process moves the alias, or the champion
            is another one than those that may be replaced.
    """
    settle_moves(client, name, notice)
    resolve_version(client, name, alias=None, version=version)
    champion = aliases_of(client, name).get(CHAMPION)
    if beaten and champion not in (*beaten, version):
        judged = ", ".join(f"version {rival}" if rival else "none" for rival in beaten)
        raise TrackingError(
            f"champion: must be the one that version {version} was judged against, {judged}, got "
            f"version {champion or 'none'} meanwhile; nothing was moved, promote again"
        )
    before = move_alias(client, name, CHAMPION, version, how=how, now_s=clock(), reason=reason)
    show_history(client, name, notice)
    return before


def rollback_version(
    client: MlflowClient,
    name: str,
    *,
    reason: str = "",
    clock: Callable[[], float] = time.time,
    notice: Callable[[str], None] = _log.warning,
) -> Rollback:
    """Point the alias ``champion`` at the version that it pointed at before.

    Versions that were deleted since are passed over. If a killed process left a rollback
    unfinished, that one is completed instead: repeating the command goes no further back.
    Arguments are those of ``promote_version``.

    Raises:
        TrackingError: There is no version to go back to.
    """
    for move in settle_moves(client, name, notice):
        if (move.alias, move.how) == (CHAMPION, ROLLBACK):
            return Rollback(move.after, move.before)
    champion = aliases_of(client, name).get(CHAMPION)
    before = version_before(client, name, champion)
    move_alias(client, name, CHAMPION, before, how=ROLLBACK, now_s=clock(), reason=reason)
    show_history(client, name, notice)
    return Rollback(before, champion)


def version_before(client: MlflowClient, name: str, champion: str | None) -> str:
    """Return the version that a rollback of this champion goes back to.

    Raises:
        TrackingError: There is none that still exists.
    """
    moves = read_moves(client.get_registered_model(name).tags)
    existing = {str(version.version) for version in find_versions(client, name)} - {champion}
    usable = [v for v in versions_before(moves, CHAMPION, champion) if v in existing]
    if not usable:
        raise TrackingError(
            f"champion: must have been another version before, got none for {name}; those there "
            f"are: {versions_command(this_shell(), name)}"
        )
    return usable[-1]
