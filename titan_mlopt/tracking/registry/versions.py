"""Versions of configs in MLflow's model registry: their tags and files, and how they are found."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.utils.uri import append_to_uri_path

from titan_mlopt.core.bundle import CONFIG_FILE, MANIFEST_FILE, PARAMS_FILE, Bundle, load_bundle
from titan_mlopt.core.errors import TrackingError, did_you_mean, short_repr
from titan_mlopt.report.version_page import costs_of, verdict_of
from titan_mlopt.tracking.run_content import BACKTEST, CANDLES, STUDY, TRIAL
from titan_mlopt.tracking.store import STUDY_UID

CHALLENGER, CHAMPION = "challenger", "champion"
#: Tags of a version that was applied to Titan: when last, and the reason if it was forced.
APPLIED, FORCED_REASON = "titan_mlopt.applied", "titan_mlopt.forced_reason"
#: Tag of a version: id of its model in MLflow, which has the metrics.
MODEL_ID = "titan_mlopt.model_id"
#: Tags of a version and of its model, beside those of runs; VERDICT only after a decision.
#: Parameters outside of Titan's ranges, of a version that has such.
BEYOND = "titan_mlopt.beyond_titan"
CONFIG_SHA256, VERDICT = "titan_mlopt.config_sha256", "titan_mlopt.verdict"
#: Tags that two versions of the same config have in common.
IDENTITY_TAGS = (CONFIG_SHA256, STUDY_UID)
#: Tags of a version: how often the hold-out of its study was opened; and the prefix of the tags of
#: forced promotions, which a dot and the time follow.
OPENINGS, FORCED = "titan_mlopt.holdout_openings", "titan_mlopt.forced"
#: Tag of a version: whether its Sharpe ratio is before or after costs.
COSTS = "titan_mlopt.sharpe_costs"
#: Tag of a version that is an ensemble: the trials of its members with commas, the best one first.
MEMBERS = "titan_mlopt.members"
#: Metrics that are tags too, named ``titan_mlopt.<metric>``: those that a list of versions shows.
LISTED_METRICS = ("accuracy", "hits", "n_predictions", "ece", "ece_noise", "sharpe", "sharpe_se")
_METRIC_TAGS = {name: f"titan_mlopt.{name}" for name in LISTED_METRICS}


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """A version in a list; None for what its tags do not contain.

    metrics: ``LISTED_METRICS``. created_s: UTC seconds since 1970. openings: of its study's
    hold-out. forced: whether it was ever promoted without a decision of the gate. members: numbers
    of the trials that vote, the best one first; () for one config.
    """

    version: str
    aliases: tuple[str, ...]
    study: str | None
    trial: str | None
    metrics: Mapping[str, float | None]
    backtest: str | None
    verdict: str | None
    created_s: float
    openings: int | None = None
    forced: bool = False
    sharpe_costs: str | None = None
    members: tuple[str, ...] = ()


def version_tags(bundle: Bundle) -> dict[str, str]:
    """Return the tags of the bundle's version and model; without those whose value is unknown.

    The SHA-256 of an ensemble is its own: by that of its best member's config the two versions
    would be taken for one.
    """
    manifest, ensemble = bundle.manifest, bundle.ensemble
    metrics = {tag: manifest["metrics"].get(name) for name, tag in _METRIC_TAGS.items()}
    tags = {
        CONFIG_SHA256: bundle.decider_sha256,
        MEMBERS: None if ensemble is None else ",".join(map(str, ensemble.trials)),
        STUDY_UID: manifest["study"]["uid"],
        STUDY: manifest["study"]["name"],
        TRIAL: manifest["trial"],
        CANDLES: manifest["candles"].get("sha256"),
        BACKTEST: manifest["backtest"].get("path"),
        VERDICT: verdict_of(manifest),
        COSTS: costs_of(manifest),
        BEYOND: ", ".join(manifest.get("beyond_titan") or ()) or None,
        **metrics,
    }
    return {key: str(value) for key, value in tags.items() if value is not None}


def find_model(client: MlflowClient, name: str) -> RegisteredModel | None:
    """Return the registered model of that name, None when there is none."""
    try:
        return client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def find_versions(client: MlflowClient, name: str) -> list[ModelVersion]:
    """Return every version of ``name``, newest first."""
    quoted = name.replace("'", "''")
    versions = client.search_model_versions(f"name='{quoted}'")
    return sorted(versions, key=lambda version: int(version.version), reverse=True)


def find_tagged(client: MlflowClient, name: str, tags: Mapping[str, str]) -> list[ModelVersion]:
    """Return the versions of ``name`` that have all these tags, newest first."""
    return [
        version
        for version in find_versions(client, name)
        if all(version.tags.get(key) == value for key, value in tags.items())
    ]


def list_versions(client: MlflowClient, name: str) -> tuple[VersionEntry, ...]:
    """Return an entry for every version of ``name``, newest first, from the tags alone.

    Raises ``TrackingError`` when nothing is registered under that name.
    """
    aliases = aliases_of(client, name)
    return tuple(_entry_of(version, aliases) for version in find_versions(client, name))


def _entry_of(version: ModelVersion, aliases: Mapping[str, str]) -> VersionEntry:
    number, tags = str(version.version), version.tags
    return VersionEntry(
        version=number,
        aliases=tuple(sorted(alias for alias, target in aliases.items() if target == number)),
        study=tags.get(STUDY),
        trial=tags.get(TRIAL),
        metrics={key: _number(tags.get(tag)) for key, tag in _METRIC_TAGS.items()},
        backtest=tags.get(BACKTEST),
        verdict=tags.get(VERDICT),
        created_s=version.creation_timestamp / 1000.0,
        openings=None if (n := _number(tags.get(OPENINGS))) is None else int(n),
        sharpe_costs=tags.get(COSTS),
        members=tuple(filter(None, tags.get(MEMBERS, "").split(","))),
        forced=any(key.startswith(f"{FORCED}.") for key in tags),
    )


def _number(text: str | None) -> float | None:
    """Return a tag's finite number, None for other text: anybody may have written the tag."""
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def aliases_of(client: MlflowClient, name: str) -> dict[str, str]:
    """Return the version of each alias; raises ``TrackingError`` with the names that exist."""
    model = find_model(client, name)
    if model is None:
        names = [str(model.name) for model in client.search_registered_models()]
        remedy = did_you_mean(name, names) or "; tune first"
        raise TrackingError(
            f"name: must be a registered config ({', '.join(names) or 'none'}), got "
            f"{short_repr(name)}{remedy}"
        )
    return {alias: str(version) for alias, version in model.aliases.items()}


def resolve_version(
    client: MlflowClient, name: str, *, alias: str | None, version: str | None
) -> str:
    """Return the version of an alias or number; raises ``TrackingError`` with those that exist."""
    aliases = aliases_of(client, name)
    versions = [str(v.version) for v in find_versions(client, name)]
    if version is not None:
        if version not in versions:
            raise TrackingError(
                f"version: must be one of {', '.join(versions) or 'none'}, got "
                f"{short_repr(version)}"
            )
        return version
    if alias not in aliases:
        existing = ", ".join(f"{key} (version {number})" for key, number in sorted(aliases.items()))
        numbers = f"version{'s' if len(versions) > 1 else ''} {', '.join(versions)}"
        raise TrackingError(
            f"alias: must exist on {name}, which has {existing or 'no alias'} and "
            f"{numbers if versions else 'no version'}, got {short_repr(alias)}; name one with "
            "--version, or set champion with `titan-mlopt promote` and its number"
        )
    return aliases[alias]


def pull_bundle(client: MlflowClient, name: str, version: str) -> Bundle:
    """Fetch and verify a version's three JSON files; none of its code is fetched or run."""
    uri = client.get_model_version_download_uri(name, version)
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-pull-") as folder:
        for file in (CONFIG_FILE, PARAMS_FILE, MANIFEST_FILE):
            mlflow.artifacts.download_artifacts(
                artifact_uri=append_to_uri_path(uri, file),  # type: ignore[no-untyped-call]
                dst_path=folder,
                tracking_uri=client.tracking_uri,
            )
        return load_bundle(Path(folder))
