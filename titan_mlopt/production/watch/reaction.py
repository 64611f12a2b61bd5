"""What an alarm sets going: a rollback that is applied, or a program of the user's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.production.plan import plan_apply, write_step
from titan_mlopt.production.release import Release, check_release
from titan_mlopt.production.release_record import record_step
from titan_mlopt.production.titan_db import open_titan
from titan_mlopt.tracking.registry.alias_history import ROLLBACK, Move, read_moves
from titan_mlopt.tracking.registry.aliases import rollback_version, version_before
from titan_mlopt.tracking.registry.pull import VersionQuery, pull_config
from titan_mlopt.tracking.registry.verdict_tags import finish_versions
from titan_mlopt.tracking.registry.versions import CHAMPION, aliases_of
from titan_mlopt.tracking.registry.watch_runs import ALARMED, WatchRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

TELL, ROLL_BACK, HOOK = "tell", "rollback", "hook"
REACTIONS = (TELL, ROLL_BACK, HOOK)
#: Seconds that a hook may take, and that a lock of Titan's database is waited for.
HOOK_S, LOCK_S = 60.0, 30.0


@dataclass(frozen=True, slots=True)
class Reaction:
    """What is to be done at an alarm.

    kind: of ``REACTIONS``. hook: the program and its arguments. db: Titan's database. backtest:
    import path of the backtest of that Titan.
    """

    kind: str
    hook: Sequence[str]
    db: str
    backtest: str


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry that a reaction works on: its store, the model's name, clock and notices."""

    client: MlflowClient
    uri: str
    name: str
    clock: Callable[[], float]
    notice: Callable[[str], None]


def roll_back(registry: Registry, watch: WatchRun, reason: str, reaction: Reaction) -> str:
    """Make the champion before the watched version champion again, and apply it; idempotent.

    What was done by a process that was killed is not done again: a rollback that is recorded is not
    repeated, and a version that is in force is not applied again.

    Args:
        registry: Where the champion is.
        watch: Of the version that raised the alarm; one that was made the champion again after it
            is left alone.
        reason: Kept with the move.
        reaction: Names Titan's database and its backtest.

    Returns:
        What was done, as a sentence.

    Raises:
        TrackingError: There is no version to go back to.
        ConfigError: The version may not be applied to the database, or that cannot be written.
    """
    client, name, version = registry.client, registry.name, watch.version
    if is_over(client, name, watch):
        return (
            f"version {version} was made the champion of {name} again after its alarm: nothing to "
            "do"
        )
    champion = aliases_of(client, name).get(CHAMPION)
    if champion == version:
        # The alias is moved only to a version that can then be applied.
        _check(registry, version_before(client, name, version), reaction)
        champion = rollback_version(
            client, name, reason=reason, clock=registry.clock, notice=registry.notice
        ).version
        finish_versions(client, name, registry.notice)
    elif not _was_rolled_back(client, name, version, champion):
        return f"champion of {name} is version {champion or 'none'} meanwhile: nothing to do"
    assert champion is not None
    _apply(registry, champion, reaction)
    return f"champion of {name} is version {champion} again, and in force in {reaction.db}"


def is_over(client: MlflowClient, name: str, watch: WatchRun) -> bool:
    """Return whether a version was made the champion again after the alarm of its watch."""
    last = _last_move(client, name)
    if watch.status != ALARMED or watch.ended_ms is None or last is None:
        return False
    try:
        moved_ms = datetime.fromisoformat(last.at).timestamp() * 1000
    except (ValueError, OverflowError):  # somebody changed the tag
        return False
    return last.after == watch.version and moved_ms > watch.ended_ms


def _was_rolled_back(client: MlflowClient, name: str, version: str, champion: str | None) -> bool:
    """Whether the last move of the champion was the rollback from this version."""
    last = _last_move(client, name)
    return last is not None and (last.how, last.before, last.after) == (ROLLBACK, version, champion)


def _last_move(client: MlflowClient, name: str) -> Move | None:
    moves = read_moves(client.get_registered_model(name).tags)
    return next((move for move in reversed(moves) if move.alias == CHAMPION), None)


def _release(registry: Registry, version: str, reaction: Reaction) -> Release:
    query = VersionQuery(registry.uri, registry.name, None, version)
    pulled = pull_config(query, offline=False, on_notice=registry.notice)
    return check_release(registry.name, version, pulled.bundle, target=reaction.backtest)


def _check(registry: Registry, version: str, reaction: Reaction) -> None:
    """Raise the error with which the version could not be applied."""
    release = _release(registry, version, reaction)
    with open_titan(reaction.db, timeout_s=LOCK_S) as titan:
        plan_apply(titan, release, int(registry.clock()))


def _apply(registry: Registry, version: str, reaction: Reaction) -> None:
    now_s = registry.clock()
    release = _release(registry, version, reaction)
    with open_titan(reaction.db, timeout_s=LOCK_S) as titan:
        step = plan_apply(titan, release, int(now_s))
        write_step(titan, step)
    record_step(registry.client, step, reaction.db, now_s, notice=registry.notice)


def check_reaction(reaction: Reaction) -> None:
    """Raise ``ConfigError`` where the reaction could not be carried out at an alarm."""
    if (reaction.kind == HOOK) != bool(reaction.hook):
        got = "none" if reaction.kind == HOOK else "one without it"
        raise ConfigError(
            f"on_alarm: must be hook with a program after it, got {got}; for example --on-alarm "
            "hook ./tell-me"
        )
    if reaction.kind == ROLL_BACK and not Path(reaction.db).is_file():
        raise ConfigError(
            f"db: must be production's database, which a rollback is applied to, got no file "
            f"{reaction.db}; name it with --db"
        )


def call_hook(hook: Sequence[str], document: Mapping[str, Any]) -> str:
    """Run the user's program with the alarm as JSON on its stdin; return what came of it.

    Raises:
        ConfigError: It cannot be run, takes longer than 60 s, or ends with another code than 0.
    """
    try:
        ended = subprocess.run(
            list(hook),
            input=json.dumps(document),
            stdout=2,  # the error output: stdout may be the JSON of the look
            text=True,
            timeout=HOOK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(
            f"on_alarm: {hook[0]} must run and end within {HOOK_S:g} s, got {error}; mend it, the "
            "next look calls it again"
        ) from error
    if ended.returncode:
        raise ConfigError(
            f"on_alarm: {hook[0]} must end with exit code 0, got {ended.returncode}; mend it, the "
            "next look calls it again"
        )
    return f"{hook[0]} was called"
