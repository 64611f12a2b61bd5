"""What the gate decided, and who went over it, on the registered version: tags and description."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from mlflow import MlflowClient

from titan_mlopt.bundle import Bundle
from titan_mlopt.errors import ConfigError
from titan_mlopt.judgements import Judgement
from titan_mlopt.params import canonical_json
from titan_mlopt.report.version_note import Forced, describe_version
from titan_mlopt.tracking.moves import FORCE, iso_time, whoami
from titan_mlopt.tracking.registry import (
    CONFIG_SHA256,
    FORCED,
    OPENINGS,
    STUDY_UID,
    VERDICT,
    find_versions,
    promote_version,
)

#: Tag of a version: its last decision as JSON, with every number.
DECISION = "titan_mlopt.decision"


@dataclass(frozen=True, slots=True)
class Story:
    """What became of a version: the gate's last word, openings so far, and who went over it."""

    judgement: Judgement | None
    openings: int
    forced: tuple[Forced, ...]


def write_judgement(
    client: MlflowClient, name: str, version: str, bundle: Bundle, judgement: Judgement
) -> None:
    """Write a decision into the version's tags and description."""
    for key, value in {
        VERDICT: judgement.verdict,
        DECISION: canonical_json(asdict(judgement)),
        OPENINGS: str(judgement.opening),
    }.items():
        client.set_model_version_tag(name, version, key, value)
    _describe(client, name, version, bundle)


def write_openings(client: MlflowClient, name: str, study_uid: str, times: int) -> None:
    """Tell every version of a study how often its hold-out has been opened by now."""
    for version in find_versions(client, name):
        if version.tags.get(STUDY_UID) == study_uid:
            client.set_model_version_tag(name, str(version.version), OPENINGS, str(times))


def force_version(
    client: MlflowClient, name: str, version: str, bundle: Bundle, reason: str, now_s: float
) -> str | None:
    """Make the version the champion without the gate's word; return the version that was.

    Written down for ever: in the move of the alias, and in a tag and the description of the
    version. Raises ``ConfigError`` without a reason.
    """
    if not reason.strip():
        raise ConfigError("reason: must be given with --force, got none; say why in --reason")
    tags = client.get_model_version(name, version).tags
    verdict = tags.get(VERDICT, "not asked")
    was = promote_version(client, name, version, reason=reason, how=FORCE, clock=lambda: now_s)
    forced = Forced(iso_time(now_s), whoami(), reason, verdict)
    moment = "".join(filter(str.isalnum, forced.at.removesuffix("+00:00")))
    content = canonical_json(asdict(forced))
    client.set_model_version_tag(name, version, f"{FORCED}.{moment}", content)
    _describe(client, name, version, bundle)
    return was


def read_story(tags: Mapping[str, str]) -> Story:
    """Return what a version's tags tell of verdicts; what somebody else has written is left out."""
    judgement, forced = None, list[Forced]()
    for key, text in sorted(tags.items()):
        try:
            if key == DECISION:
                judgement = Judgement(**json.loads(text))
            elif key.startswith(f"{FORCED}."):
                forced.append(Forced(**json.loads(text)))
        except (ValueError, TypeError):
            continue
    times = tags.get(OPENINGS, "0")
    return Story(judgement, int(times) if times.isascii() and times.isdigit() else 0, tuple(forced))


def find_same(client: MlflowClient, name: str, study_uid: str, config_sha256: str) -> Iterable[str]:
    """Return the versions that are this config of this study, newest first."""
    return [
        str(version.version)
        for version in find_versions(client, name)
        if version.tags.get(STUDY_UID) == study_uid
        and version.tags.get(CONFIG_SHA256) == config_sha256
    ]


def _describe(client: MlflowClient, name: str, version: str, bundle: Bundle) -> None:
    story = read_story(client.get_model_version(name, version).tags)
    text = describe_version(bundle, story.judgement, story.openings, story.forced)
    client.update_model_version(name, version, text)
