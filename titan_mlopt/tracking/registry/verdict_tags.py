"""Gate decisions and forced promotions, as tags and description of the registered version."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.errors import ConfigError, TrackingError
from titan_mlopt.core.findings import FreshDecision, GateDecision
from titan_mlopt.core.parameters import canonical_json
from titan_mlopt.report.version_page import Forced, describe_version
from titan_mlopt.tracking.registry.alias_history import FORCE, iso_time, read_moves, whoami
from titan_mlopt.tracking.registry.aliases import promote_version, settle_moves
from titan_mlopt.tracking.registry.gate_tags import DECISION, FRESH, read_gate_history
from titan_mlopt.tracking.registry.history_page import show_history
from titan_mlopt.tracking.registry.versions import (
    CONFIG_SHA256,
    FORCED,
    OPENINGS,
    VERDICT,
    find_model,
    find_tagged,
    find_versions,
    pull_bundle,
)
from titan_mlopt.tracking.store import STUDY_UID, describe_error

#: Tag of a version while a decision or a forced promotion is being written to its other tags and
#: its description.
UNFINISHED = "titan_mlopt.unfinished"

_log = logging.getLogger(__name__)


def write_decision(
    client: MlflowClient,
    name: str,
    version: str,
    bundle: Bundle,
    decision: GateDecision,
    notice: Callable[[str], None] = _log.warning,
) -> None:
    """Write a decision to the version's tags and description, and to the model's description."""
    client.set_model_version_tag(name, version, UNFINISHED, "a decision")
    key = FRESH if isinstance(decision, FreshDecision) else DECISION
    client.set_model_version_tag(name, version, key, canonical_json(asdict(decision)))
    _finish_text(client, name, version, bundle)
    show_history(client, name, notice)


def write_openings(client: MlflowClient, name: str, study_uid: str, times: int) -> None:
    """Tag every version of a study with the number of openings of its hold-out.

    A higher number is kept: a study that was restored from a backup lacks the later openings.
    """
    for version in find_tagged(client, name, {STUDY_UID: study_uid}):
        if read_gate_history(version.tags).openings < times:
            client.set_model_version_tag(name, str(version.version), OPENINGS, str(times))


def force_version(
    client: MlflowClient,
    name: str,
    version: str,
    bundle: Bundle,
    reason: str,
    now_s: float,
    notice: Callable[[str], None] = _log.warning,
) -> str | None:
    """Make the version the champion without a decision of the gate.

    The record stays: in the move of the alias, and in a tag and the description of the version.

    Returns:
        The champion before; None if there was none.

    Raises:
        ConfigError: There is no reason, or it is too long.
        TrackingError: As for ``promote_version``.
    """
    if not reason.strip():
        raise ConfigError("reason: must be given with --force, got none; say why in --reason")
    was = promote_version(
        client, name, version, reason=reason, how=FORCE, clock=lambda: now_s, notice=notice
    )
    _write_forced(client, name, version, bundle, iso_time(now_s), whoami(), reason)
    return was


def finish_versions(
    client: MlflowClient, name: str, notice: Callable[[str], None] = _log.warning
) -> None:
    """Complete what killed processes left unfinished: moves, tags and descriptions; idempotent.

    notice: receives a line about each, also about what cannot be completed.
    """
    settle_moves(client, name, notice)
    model = find_model(client, name)
    if model is None:
        return
    versions = find_versions(client, name)
    _level_openings(client, name, versions)
    forced = [move for move in read_moves(model.tags) if move.how == FORCE]
    for version in versions:
        number = str(version.version)
        unmarked = [
            move
            for move in forced
            if move.after == number and _forced_key(move.at) not in version.tags
        ]
        if not unmarked and UNFINISHED not in version.tags:
            continue
        try:
            bundle = pull_bundle(client, name, number)
        except (TrackingError, ConfigError, MlflowException, OSError) as error:
            text = error if isinstance(error, TrackingError | ConfigError) else None
            got = text or describe_error(error)
            notice(f"{name} version {number}: its description must be completed, got {got}")
            continue
        for move in unmarked:
            _write_forced(client, name, number, bundle, move.at, move.who, move.reason)
        _finish_text(client, name, number, bundle)
        notice(f"{name} version {number}: its tags and description are complete now")


def _level_openings(client: MlflowClient, name: str, versions: Sequence[ModelVersion]) -> None:
    """Tag all versions of a study with the highest number of openings that one of them has."""
    most = Counter[str]()
    for version in versions:
        uid = version.tags.get(STUDY_UID, "")
        most[uid] = max(most[uid], read_gate_history(version.tags).openings)
    for version in versions:
        times = most[version.tags.get(STUDY_UID, "")]
        if read_gate_history(version.tags).openings < times:
            client.set_model_version_tag(name, str(version.version), OPENINGS, str(times))


def complete_registry(
    client: MlflowClient, names: Iterable[str], notice: Callable[[str], None]
) -> None:
    """Call ``finish_versions`` for commands that only read: a registry's refusal is a notice.

    names: of registered models.
    """
    for name in names:
        try:
            finish_versions(client, name, notice)
        except MlflowException as error:
            notice(
                f"{name}: what was left half done must be completed, got {describe_error(error)}"
            )


def _write_forced(
    client: MlflowClient,
    name: str,
    version: str,
    bundle: Bundle,
    at: str,
    user: str,
    reason: str,
) -> None:
    """Write a forced promotion to the version's tags and description."""
    verdict = client.get_model_version(name, version).tags.get(VERDICT, "not asked")
    content = canonical_json(asdict(Forced(at, user, reason, verdict)))
    client.set_model_version_tag(name, version, UNFINISHED, "a promotion by force")
    client.set_model_version_tag(name, version, _forced_key(at), content)
    _finish_text(client, name, version, bundle)


def _forced_key(at: str) -> str:
    return f"{FORCED}.{''.join(filter(str.isalnum, at.removesuffix('+00:00')))}"


def _finish_text(client: MlflowClient, name: str, version: str, bundle: Bundle) -> None:
    """Update verdict, openings and description of a version from its other tags."""
    tags = client.get_model_version(name, version).tags
    history = read_gate_history(tags)
    if (decision := history.decision) is not None:
        openings = max(history.openings, decision.opening)
        history = replace(history, openings=openings)
        client.set_model_version_tag(name, version, VERDICT, decision.verdict)
        client.set_model_version_tag(name, version, OPENINGS, str(openings))
    text = describe_version(bundle, history.decision, history.openings, history.forced)
    client.update_model_version(name, version, text)
    client.delete_model_version_tag(name, version, UNFINISHED)


def find_same(client: MlflowClient, name: str, study_uid: str, config_sha256: str) -> Iterable[str]:
    """Return the versions that are this config of this study, newest first."""
    tags = {STUDY_UID: study_uid, CONFIG_SHA256: config_sha256}
    return [str(version.version) for version in find_tagged(client, name, tags)]
