"""A change of Titan's database, told to the registry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.core.errors import TitanMloptError
from titan_mlopt.core.history import APPLIED, UNDONE
from titan_mlopt.production.plan import Step
from titan_mlopt.tracking.registry.alias_history import iso_time, whoami
from titan_mlopt.tracking.registry.history_page import show_history
from titan_mlopt.tracking.registry.release_tags import ReleaseTag, tag_applied, write_release
from titan_mlopt.tracking.registry.verdict_tags import finish_versions
from titan_mlopt.tracking.store import mlflow_errors, open_client
from titan_mlopt.tracking.uri import tracking_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient

_Notice = Callable[[str], None]


def record_step(
    client: MlflowClient,
    step: Step,
    db: str,
    now_s: float,
    *,
    notice: _Notice,
    reason: str | None = None,
) -> None:
    """Tag the version that a step applied or took back, and tell it in the model's description.

    Args:
        client: Of the registry.
        step: That was written, or that had nothing to write because the version was in force.
        db: The database.
        now_s: UTC seconds since 1970, for which the step was planned. A version that was in force
            before keeps the time at which it was applied.
        notice: Receives a line where the description cannot be written.
        reason: Why an undo was forced.
    """
    path, undone, applied = str(Path(db).absolute()), step.undone, step.in_force
    if undone is not None:
        tag = ReleaseTag(UNDONE, iso_time(now_s), whoami(), path, reason)
        write_release(client, undone.name, undone.version, tag)
        show_history(client, undone.name, notice)
    elif applied is not None:
        at = iso_time(now_s) if step.after else applied.at
        tag = ReleaseTag(APPLIED, at, whoami(), path, applied.forced_reason)
        tag_applied(client, applied.name, applied.version, tag)
        show_history(client, applied.name, notice)


def tell_registry(
    step: Step, db: str, now_s: float, *, offline: bool, notice: _Notice, reason: str | None = None
) -> None:
    """Do ``record_step`` in the store in force; the database counts, so a failure is a notice.

    offline: do not ask the store at all, and say so.
    """
    version = step.undone or step.in_force
    if version is None:
        return
    label = f"{version.name} version {version.version}"
    if offline:
        notice(f"{label} gets no tag in the registry: offline")
        return
    try:
        uri = tracking_uri()
        with mlflow_errors(uri):
            client = open_client(uri, "write")
            finish_versions(client, version.name, notice)
            record_step(client, step, db, now_s, notice=notice, reason=reason)
    except TitanMloptError as error:
        notice(f"{label} got no tag in the registry: {error}")
