"""What the registry holds for a version: config, params, manifest; plain JSON, checked."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from titan_mlopt import __version__
from titan_mlopt.backtest.identity import is_embedded
from titan_mlopt.errors import TrackingError, shown
from titan_mlopt.params import DEFAULTS, Params, check_param, merge_config
from titan_mlopt.records import StudyRecord, TrialRecord

CONFIG_FILE, PARAMS_FILE, MANIFEST_FILE = "config.json", "params.json", "manifest.json"
SCHEMA_VERSION = 1
_NAME = re.compile(r"[A-Za-z_][\w.\-]{0,199}", re.ASCII)
_LIBRARIES = ("optuna", "lightgbm", "numba", "numpy")


@dataclass(frozen=True, slots=True)
class Bundle:
    """config: every key that the backtest knows. params: the tuned ones. manifest: where from."""

    config: Params
    params: Params
    manifest: Mapping[str, Any]

    @property
    def config_sha256(self) -> str:
        """SHA-256 of the bytes of config.json."""
        return hashlib.sha256(_json_bytes(self.config)).hexdigest()


def build_bundle(study: StudyRecord, best: TrialRecord, git_commit: str | None) -> Bundle:
    """Return the folder's content for the best trial of a study.

    The config is what the trial ran with: of another backtest than the embedded one the drawn and
    the fixed values alone, for it has defaults of its own.
    """
    params = dict(best.params)
    ran = {**study.settings.get("space", {}).get("fixed", {}), **params}
    config = merge_config(ran) if is_embedded(study.backtest) else ran
    bundle = Bundle(config, params, {})
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "study": {"uid": study.uid, "name": study.name},
        "trial": best.number,
        "objective": study.objective,
        "values": list(best.values or ()),
        "metrics": dict(best.outcome.metrics) if best.outcome else {},
        "backtest": dict(study.backtest),
        "candles": dict(study.candles),
        "space_sha256": study.space_sha256,
        "seed": study.settings.get("seed"),
        "versions": _versions(),
        "git_commit": git_commit,
        "config_sha256": bundle.config_sha256,
        "verdict": None,
    }
    return Bundle(bundle.config, params, manifest)


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write the three files into ``folder``, which is made when absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (
        (CONFIG_FILE, bundle.config),
        (PARAMS_FILE, bundle.params),
        (MANIFEST_FILE, bundle.manifest),
    ):
        (folder / name).write_bytes(_json_bytes(content))


def load_bundle(folder: Path) -> Bundle:
    """Read a folder and verify it: schema, types and ranges, and the hash of config.json.

    Raises ``TrackingError`` (or ``ConfigError`` for a value out of range). Runs nothing.
    """
    config, params, manifest = (
        _load_object(folder / name) for name in (CONFIG_FILE, PARAMS_FILE, MANIFEST_FILE)
    )
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise TrackingError(
            f"{MANIFEST_FILE}: schema_version must be {SCHEMA_VERSION}, got "
            f"{shown(manifest.get('schema_version'))}; use the titan_mlopt that wrote it"
        )
    found = hashlib.sha256((folder / CONFIG_FILE).read_bytes()).hexdigest()
    if found != manifest.get("config_sha256"):
        raise TrackingError(
            f"{CONFIG_FILE}: its SHA-256 must be the manifest's "
            f"{shown(manifest.get('config_sha256'))}, got {found}; it was changed after it was "
            "registered: do not use it, register the study's best again"
        )
    _check_values(config, params, embedded=is_embedded(manifest.get("backtest") or {}))
    return Bundle(config, params, manifest)


def _check_values(config: Params, params: Params, *, embedded: bool) -> None:
    if {name: config.get(name) for name in params} != params:
        raise TrackingError(f"{PARAMS_FILE}: must be part of {CONFIG_FILE}, got other values")
    if embedded and set(merge_config(config)) != set(config):
        raise TrackingError(f"{CONFIG_FILE}: must hold every key of a config, got {len(config)}")
    for name, value in config.items():
        if name in DEFAULTS:
            check_param(name, value)
        elif not _NAME.fullmatch(name) or not isinstance(value, bool | int | float):
            raise TrackingError(
                f"{CONFIG_FILE}: must hold dotted names with numbers or bools, got {shown(name)}: "
                f"{shown(value)}"
            )


def config_text(bundle: Bundle) -> str:
    """Return config.json as it was registered, to the byte."""
    return _json_bytes(bundle.config).decode()


def _load_object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TrackingError(
            f"{path.name}: must be a JSON file of a registered config, got {error}"
        ) from error
    if not isinstance(content, dict):
        raise TrackingError(f"{path.name}: must hold a JSON object, got {shown(content)}")
    return content


def _json_bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode()


def _versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    versions = {"titan_mlopt": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "unknown"
    return versions
