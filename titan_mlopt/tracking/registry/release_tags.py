"""Applies to Titan's databases, and undone ones, as tags of the version: one tag for each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from mlflow import MlflowClient

from titan_mlopt.core.history import APPLIED as APPLY
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.parameters import digest
from titan_mlopt.core.plain import read_plain
from titan_mlopt.tracking.registry.versions import APPLIED, FORCED_REASON

#: Prefix of the tags; a dot, the second (UTC) of the change and 8 digits of its digest follow.
RELEASE = "titan_mlopt.release"


@dataclass(frozen=True, slots=True)
class ReleaseTag:
    """A version that was written into a database of Titan's, or taken out again.

    at: UTC, ISO 8601. who: user@host. db: the file. reason: why it was forced, None if it was not.
    The fields are stored as JSON under their names.
    """

    event: Literal["applied", "undone"]
    at: str
    who: str
    db: str
    reason: str | None = None


def tag_applied(client: MlflowClient, name: str, version: str, tag: ReleaseTag) -> None:
    """Tag the version with an apply, and with the time of the last one; idempotent.

    The last one's time is kept where another database got the version later.
    """
    write_release(client, name, version, tag)
    second = f"{tag.at[:19]}+00:00"
    if client.get_model_version(name, version).tags.get(APPLIED, "") >= second:
        return
    if tag.reason is not None:
        client.set_model_version_tag(name, version, FORCED_REASON, tag.reason)
    client.set_model_version_tag(name, version, APPLIED, second)  # last: the tags are complete


def write_release(client: MlflowClient, name: str, version: str, tag: ReleaseTag) -> None:
    """Tag the version with an apply or an undo, unless it has the tag."""
    second = "".join(filter(str.isdigit, tag.at[:19]))
    key = f"{RELEASE}.{second}.{digest([tag.event, tag.at[:19], tag.db])[:8]}"
    if key not in client.get_model_version(name, version).tags:
        client.set_model_version_tag(name, version, key, json.dumps(asdict(tag)))


def read_releases(tags: Mapping[str, str]) -> list[ReleaseTag]:
    """Return the applies and undos of a version's tags, oldest first; what is none is left out."""
    releases = list[ReleaseTag]()
    for key, text in sorted(tags.items()):
        if key.startswith(f"{RELEASE}."):
            try:
                releases.append(read_plain(ReleaseTag, parse_json(text)))
            except ValueError:
                continue
    last = tags.get(APPLIED)
    seconds = {release.at[:19] for release in releases if release.event == APPLY}
    # By an earlier version, which did not say to which database.
    if last is not None and last[:19] not in seconds:
        releases.append(ReleaseTag(APPLY, last, "", "", tags.get(FORCED_REASON)))
    return releases
