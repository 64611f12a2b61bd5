"""Pulled configs, and their last good copies on this machine for when the store is away."""

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

from titan_mlopt.bundle import (
    CONFIG_FILE,
    MANIFEST_FILE,
    PARAMS_FILE,
    Bundle,
    load_bundle,
    save_bundle,
)
from titan_mlopt.errors import ConfigError, TrackingError, shown
from titan_mlopt.files import write_file
from titan_mlopt.params import canonical_json
from titan_mlopt.tracking.registry import pull_bundle, resolve_version
from titan_mlopt.tracking.store import (
    StoreUnavailable,
    mlflow_errors,
    open_client,
    sqlite_file,
    without_secrets,
)

_SCHEMA, _FOLDER = 1, "titan_mlopt"
_FILES = (CONFIG_FILE, PARAMS_FILE, MANIFEST_FILE)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version of a registered config: of a store, by alias or by number (the other is None)."""

    uri: str
    name: str
    alias: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Pulled:
    """A verified version. cached_s: epoch seconds of its pull when it is a copy, else None."""

    version: str
    bundle: Bundle
    cached_s: float | None


def pull_config(wanted: Wanted, *, offline: bool, on_notice: Callable[[str], None]) -> Pulled:
    """Fetch and verify a version and keep a copy; offline, verify and return the last copy.

    on_notice: told in one line when no copy can be kept. Raises ``TrackingError`` when there is no
    such version, and when the store does not answer, and says then whether there is a copy.
    """
    if offline:
        return load_copy(wanted)
    try:
        pulled = _pull(wanted)
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{error}{_hint(wanted)}") from error
    try:
        save_copy(wanted, pulled, time.time())
    except ConfigError as error:
        on_notice(f"no copy was kept for --offline: {error}")
    return pulled


def _pull(wanted: Wanted) -> Pulled:
    with mlflow_errors(wanted.uri):
        client = open_client(wanted.uri, "read")
        version = resolve_version(client, wanted.name, alias=wanted.alias, version=wanted.version)
        return Pulled(version, pull_bundle(client, wanted.name, version), None)


def _hint(wanted: Wanted) -> str:
    try:
        copy = load_copy(wanted)
    except (TrackingError, ConfigError):
        return ""
    return f"; or pass --offline for version {copy.version}, {describe_age(copy)}"


def describe_age(pulled: Pulled) -> str:
    """Return ``cached 3 h ago``; ``fresh`` for what is no copy."""
    if pulled.cached_s is None:
        return "fresh"
    age_s = max(0, int(time.time() - pulled.cached_s))  # the clock may have been put back
    size, unit = next((pair for pair in _UNITS if age_s >= pair[0]), _UNITS[-1])
    return f"cached {age_s // size} {unit} ago"


# --- the copies ----------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Return the folder of the copies, under XDG_CACHE_HOME or ``~/.cache``; it need not exist.

    Raises ``ConfigError`` when nothing tells where home is.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():  # the standard says to ignore others
        return Path(given) / _FOLDER
    try:
        return Path("~/.cache").expanduser() / _FOLDER
    except RuntimeError as error:
        raise ConfigError(f"HOME: must be set, got {error}; set it or XDG_CACHE_HOME") from error


def save_copy(wanted: Wanted, pulled: Pulled, now_s: float) -> None:
    """Keep a copy of what was pulled, by its number and by the alias that was asked for.

    Raises ``ConfigError`` when the folder cannot be written; the copy before is whole then.
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
    keys = [("version", pulled.version), *([("alias", wanted.alias)] if wanted.alias else [])]
    for kind, value in keys:
        path, identity = _place(wanted, kind, value)
        write_file(str(path), json.dumps({**identity, **content}, indent=2) + "\n")


def load_copy(wanted: Wanted) -> Pulled:
    """Return the last copy, verified anew; ``TrackingError`` without one or when it is damaged."""
    kind, value = ("alias", wanted.alias) if wanted.alias else ("version", wanted.version)
    path, identity = _place(wanted, kind, str(value))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _checked(content, identity)
    except FileNotFoundError:
        raise TrackingError(
            f"offline: must have a copy of {wanted.name} {kind} {value} from {identity['store']}, "
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
        raise ValueError(shown({key: content[key] for key in ("schema", *identity)}))
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-copy-") as folder:
        for name in _FILES:
            (Path(folder) / name).write_text(content["files"][name], encoding="utf-8")
        bundle = load_bundle(Path(folder))
    return Pulled(str(content["version"]), bundle, float(content["pulled_s"]))


def _files_of(bundle: Bundle) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-copy-") as folder:
        save_bundle(bundle, Path(folder))
        return {name: (Path(folder) / name).read_text(encoding="utf-8") for name in _FILES}


def _place(wanted: Wanted, kind: str, value: str) -> tuple[Path, dict[str, str]]:
    """Return the file of a copy, and what it says that it is a copy of."""
    file = sqlite_file(wanted.uri)  # a relative one is another in each folder
    store = without_secrets(wanted.uri) if file is None else str(file)
    identity = {"store": store, "name": wanted.name, "kind": kind, "value": value}
    digest = hashlib.sha256(canonical_json(identity).encode()).hexdigest()
    return cache_folder() / f"{digest[:32]}.json", identity
