"""The files of a registered version: config, params and manifest, as plain verified JSON."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from titan_mlopt import __version__
from titan_mlopt.core.backtest_id import is_embedded
from titan_mlopt.core.ensemble import ENSEMBLE, ENSEMBLE_SHA256, Ensemble
from titan_mlopt.core.errors import TrackingError, short_repr
from titan_mlopt.core.files import read_regular
from titan_mlopt.core.json_text import json_fault, parse_json
from titan_mlopt.core.parameters import (
    DEFAULTS,
    PARAMETER_NAME,
    Params,
    beyond_titan,
    check_param,
    is_value,
    merge_config,
)
from titan_mlopt.core.plain import PlainError, read_plain
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.study_attributes import CandlesPart, Identity
from titan_mlopt.core.trial import Metrics, TrialRecord

CONFIG_FILE, PARAMS_FILE, MANIFEST_FILE = "config.json", "params.json", "manifest.json"
SCHEMA_VERSION = 1
_ANEW = "register the study's best again"
_LIBRARIES = ("optuna", "lightgbm", "numba", "numpy")


class _Study(TypedDict):
    uid: str
    name: str


class Manifest(TypedDict):
    """What is read of a manifest; it has more, and old ones have less."""

    study: _Study
    trial: int
    backtest: NotRequired[Identity | None]
    candles: NotRequired[CandlesPart | None]
    closes: NotRequired[Mapping[str, Any] | None]
    metrics: NotRequired[Metrics]
    seed: NotRequired[int | None]
    symbol: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The content of a registered version.

    Attributes:
        config: Config to run, every key that the backtest needs; of an ensemble its best member's.
        params: The tuned part of it.
        manifest: Where it comes from: study, trial, candles, backtest, versions.
    """

    config: Params
    params: Params
    manifest: Mapping[str, Any]

    @property
    def config_sha256(self) -> str:
        """SHA-256 of the bytes of config.json."""
        return hashlib.sha256(_json_bytes(self.config)).hexdigest()

    @property
    def ensemble(self) -> Ensemble | None:
        """The ensemble that it is; None for one config."""
        return Ensemble.read(self.manifest)

    @property
    def decider_sha256(self) -> str:
        """SHA-256 of what decides: of the ensemble, or else of the config."""
        ensemble = self.ensemble
        return self.config_sha256 if ensemble is None else ensemble.sha256


def build_bundle(study: StudyRecord, best: TrialRecord, git_commit: str | None) -> Bundle:
    """Return the bundle of the best trial of a study.

    Args:
        study: The study.
        best: One of its COMPLETE trials.
        git_commit: Commit of titan_mlopt's checkout, None outside one.

    Returns:
        The bundle. Its config is what the trial ran with: all keys for the embedded backtest, only
        the sampled and the fixed values for an external one, which has its own defaults.
    """
    params, config = dict(best.params), trial_config(study, best)
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
        "scoring": dict(study.scoring),
        "closes": dict(study.closes),
        "symbol": study.settings.get("symbol"),
        "space_sha256": study.space_sha256,
        "seed": study.settings.get("seed"),
        "versions": _versions(),
        "git_commit": git_commit,
        "config_sha256": bundle.config_sha256,
        "verdict": None,
    }
    if beyond := beyond_titan(config):
        manifest["beyond_titan"] = list(beyond)
    return Bundle(bundle.config, params, manifest)


def trial_config(study: StudyRecord, trial: TrialRecord) -> Params:
    """Return the config that a trial ran with; an external backtest gets no defaults added."""
    space = study.settings.get("space") or {}
    chosen = {**space.get("fixed", {}), **trial.params}
    if not is_embedded(study.backtest):
        return chosen
    return merge_config(chosen, beyond=bool(space.get("beyond_titan")))


def with_ensemble(best: Bundle, ensemble: Ensemble, metrics: Metrics) -> Bundle:
    """Return the bundle of an ensemble.

    Its three files are those of its best member, so that a reader which knows of no ensembles has
    that one; the members stand in the manifest beside them.

    Args:
        best: The bundle of its best member.
        ensemble: The ensemble.
        metrics: Of its votes on the candles that the study was tuned on.
    """
    manifest = {**best.manifest, "metrics": dict(metrics)}
    manifest |= {ENSEMBLE: ensemble.document(), ENSEMBLE_SHA256: ensemble.sha256}
    beyond = dict.fromkeys(name for member in ensemble.configs for name in beyond_titan(member))
    if beyond:
        manifest["beyond_titan"] = list(beyond)  # a member may be, where the best one is not
    return replace(best, manifest=manifest)


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write the three files into ``folder``, which is created if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (
        (CONFIG_FILE, bundle.config),
        (PARAMS_FILE, bundle.params),
        (MANIFEST_FILE, bundle.manifest),
    ):
        (folder / name).write_bytes(_json_bytes(content))


def load_bundle(folder: Path) -> Bundle:
    """Read and verify the three files of a folder. Executes nothing.

    Raises:
        TrackingError: A file is missing or no JSON, has another schema, or does not match the
            manifest's hash of config.json.
        ConfigError: A value is out of its range.
    """
    names = (CONFIG_FILE, PARAMS_FILE, MANIFEST_FILE)
    texts = {name: _load_text(folder / name) for name in names}
    config, params, manifest = (_object_of(name, texts[name]) for name in names)
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise TrackingError(
            f"{MANIFEST_FILE}: schema_version must be {SCHEMA_VERSION}, got "
            f"{short_repr(manifest.get('schema_version'))}; use the titan_mlopt that wrote it"
        )
    sha256 = hashlib.sha256(texts[CONFIG_FILE]).hexdigest()
    if sha256 != manifest.get("config_sha256"):
        raise TrackingError(
            f"{CONFIG_FILE}: its SHA-256 must be the manifest's "
            f"{short_repr(manifest.get('config_sha256'))}, got {sha256}; "
            "it was changed after it was registered: do not use it, register the study's best again"
        )
    try:
        read_plain(Manifest, manifest)
    except PlainError as error:
        raise TrackingError(f"{MANIFEST_FILE}: {error}; {_ANEW}") from error
    embedded = is_embedded(manifest.get("backtest") or {})
    beyond = bool(manifest.get("beyond_titan"))
    _check_values(config, params, embedded=embedded, beyond=beyond)
    bundle = Bundle(config, params, manifest)
    if (ensemble := bundle.ensemble) is not None:
        if ensemble.configs[0] != config:
            raise TrackingError(
                f"{CONFIG_FILE}: must be the first member of the ensemble in {MANIFEST_FILE}, got "
                "another config; register the ensemble again"
            )
        for member in ensemble.configs:
            _check_values(member, {}, embedded=embedded, beyond=beyond)
    return bundle


def _check_values(config: Params, params: Params, *, embedded: bool, beyond: bool = False) -> None:
    if {name: config.get(name) for name in params} != params:
        raise TrackingError(f"{PARAMS_FILE}: must be part of {CONFIG_FILE}, got other values")
    if embedded and set(merge_config(config, beyond=beyond)) != set(config):
        raise TrackingError(f"{CONFIG_FILE}: must hold every key of a config, got {len(config)}")
    for name, value in config.items():
        if name in DEFAULTS:
            check_param(name, value, beyond=beyond)
        elif not PARAMETER_NAME.fullmatch(name) or not is_value(value):
            raise TrackingError(
                f"{CONFIG_FILE}: must hold dotted names with numbers, bools or short texts, got "
                f"{short_repr(name)}: {short_repr(value)}"
            )


def config_text(bundle: Bundle) -> str:
    """Return config.json byte for byte as it was registered."""
    return _json_bytes(bundle.config).decode()


def _load_text(path: Path) -> bytes:
    try:
        return read_regular(path)
    except OSError as error:
        raise TrackingError(
            f"{path.name}: must be a JSON file of a registered config, got {error}"
        ) from error
    except ValueError as error:
        raise TrackingError(f"{path.name}: {error}; {_ANEW}") from error


def _object_of(name: str, text: bytes) -> dict[str, Any]:
    try:
        content = parse_json(text)
    except ValueError as error:
        raise TrackingError(f"{name}: {json_fault(error)}; {_ANEW}") from error
    if not isinstance(content, dict):
        raise TrackingError(f"{name}: must hold a JSON object, got {short_repr(content)}; {_ANEW}")
    return content


def _json_bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode()


def _versions() -> dict[str, str]:
    """Return the package versions that results depend on."""
    versions = {"titan_mlopt": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "unknown"
    return versions
