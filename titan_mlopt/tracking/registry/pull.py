"""Pulled configs, and copies of them on this machine for when the store does not answer."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from titan_mlopt.core.bundle import (
    CONFIG_FILE,
    MANIFEST_FILE,
    PARAMS_FILE,
    Bundle,
    load_bundle,
    save_bundle,
)
from titan_mlopt.core.errors import ConfigError, TrackingError, short_repr
from titan_mlopt.core.files import read_regular, write_file
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.parameters import canonical_json
from titan_mlopt.tracking.registry.versions import CHAMPION, pull_bundle, resolve_version
from titan_mlopt.tracking.store import mlflow_errors, open_client, sqlite_file
from titan_mlopt.tracking.uri import StoreUnavailable, tracking_uri, without_secrets

_SCHEMA, _FOLDER = 1, "titan_mlopt"
_FILES = (CONFIG_FILE, PARAMS_FILE, MANIFEST_FILE)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class VersionQuery:
    """Names a version of a registered config by alias or by number; the other one is None."""

    uri: str
    name: str
    alias: str | None
    version: str | None


def version_reference(name: str, alias: str | None, version: str | None) -> VersionQuery:
    """Return which version is meant, of the store in force: champion when nothing is said."""
    if alias and version:
        raise ConfigError("alias, version: must be one of the two, got both; leave one out")
    alias = None if version else alias or CHAMPION
    return VersionQuery(tracking_uri(), name, alias, version or None)


@dataclass(frozen=True, slots=True)
class Pulled:
    """A verified version. cached_s: when a copy was pulled, epoch seconds; None if it is fresh."""

    version: str
    bundle: Bundle
    cached_s: float | None


def pull_config(query: VersionQuery, *, offline: bool, on_notice: Callable[[str], None]) -> Pulled:
    """Fetch and verify a version and keep a copy of it.

    Args:
        query: The version.
        offline: Verify and return the last copy instead; the store is not asked.
        on_notice: Receives a line when no copy can be kept.

    Raises:
        TrackingError: There is no such version, or no copy of it.
        StoreUnavailable: The store does not answer; the message names a copy if there is one.
    """
    if offline:
        return load_copy(query)
    try:
        pulled = _pull(query)
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{error}{_hint(query)}") from error
    try:
        save_copy(query, pulled, time.time())
    except ConfigError as error:
        on_notice(f"no copy was kept for --offline: {error}")
    return pulled


def _pull(query: VersionQuery) -> Pulled:
    with mlflow_errors(query.uri):
        client = open_client(query.uri, "read")
        version = resolve_version(client, query.name, alias=query.alias, version=query.version)
        return Pulled(version, pull_bundle(client, query.name, version), None)


def _hint(query: VersionQuery) -> str:
    try:
        copy = load_copy(query)
    except (TrackingError, ConfigError):
        return ""
    return f"; or pass --offline for version {copy.version}, {describe_age(copy)}"


def describe_age(pulled: Pulled) -> str:
    """Return ``cached 3 h ago`` for a copy, else ``fresh``."""
    if pulled.cached_s is None:
        return "fresh"
    age_s = max(0, int(time.time() - pulled.cached_s))  # the clock may have been set back
    size, unit = next((pair for pair in _UNITS if age_s >= pair[0]), _UNITS[-1])
    return f"cached {age_s // size} {unit} ago"


# --- the copies ----------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Return the folder of the copies, under XDG_CACHE_HOME or ``~/.cache``; it need not exist.

    Raises ``ConfigError`` when there is no home folder.
    """
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if Path(cache).is_absolute():  # the standard says to ignore relative ones
        return Path(cache) / _FOLDER
    try:
        return Path("~/.cache").expanduser() / _FOLDER
    except RuntimeError as error:
        raise ConfigError(f"HOME: must be set, got {error}; set it or XDG_CACHE_HOME") from error


def save_copy(query: VersionQuery, pulled: Pulled, now_s: float) -> None:
    """Store a copy under the version's number and under the alias of the query.

    Raises ``ConfigError`` when the folder cannot be written; an earlier copy stays whole.
    """
    folder = cache_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = _files_of(pulled.bundle)
    except OSError as error:
        raise ConfigError(
            f"{folder}: must be a folder that can be written, got {error.strerror}; set "
            "XDG_CACHE_HOME"
        ) from error
    content = {"schema": _SCHEMA, "version": pulled.version, "pulled_s": now_s, "files": files}
    keys = [("version", pulled.version), *([("alias", query.alias)] if query.alias else [])]
    for kind, value in keys:
        path, identity = _copy_of(query, kind, value)
        write_file(str(path), json.dumps({**identity, **content}, indent=2) + "\n")


def load_copy(query: VersionQuery) -> Pulled:
    """Return the last copy after verifying it; ``TrackingError`` if it is missing or damaged."""
    kind, value = ("alias", query.alias) if query.alias else ("version", query.version)
    path, identity = _copy_of(query, kind, str(value))
    try:
        content = parse_json(read_regular(path))
        return _checked(content, identity)
    except FileNotFoundError:
        raise TrackingError(
            f"offline: must have a copy of {query.name} {kind} {value} from {identity['store']}, "
            f"got none in {path.parent}; pull it once while the store answers"
        ) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrackingError(
            f"{path}: must be a copy as it was saved, got {error!r}; pull again without --offline"
        ) from error
    except (TrackingError, ConfigError) as error:
        raise TrackingError(f"{path}: {error}") from error


def _checked(content: dict[str, Any], identity: dict[str, str]) -> Pulled:
    if content["schema"] != _SCHEMA or identity != {key: content[key] for key in identity}:
        raise ValueError(short_repr({key: content[key] for key in ("schema", *identity)}))
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-copy-") as folder:
        for name in _FILES:
            (Path(folder) / name).write_text(content["files"][name], encoding="utf-8")
        bundle = load_bundle(Path(folder))
    return Pulled(str(content["version"]), bundle, float(content["pulled_s"]))


def _files_of(bundle: Bundle) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-copy-") as folder:
        save_bundle(bundle, Path(folder))
        return {name: (Path(folder) / name).read_text(encoding="utf-8") for name in _FILES}


def _copy_of(query: VersionQuery, kind: str, value: str) -> tuple[Path, dict[str, str]]:
    """Return the file of a copy, and the identity that is stored in it."""
    file = sqlite_file(query.uri)  # absolute: a relative path depends on the working folder
    store = without_secrets(query.uri) if file is None else str(file)
    identity = {"store": store, "name": query.name, "kind": kind, "value": value}
    digest = hashlib.sha256(canonical_json(identity).encode()).hexdigest()
    return cache_folder() / f"{digest[:32]}.json", identity
