"""MLflow's model registry: versions of the best config, their aliases, and the way back."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from titan_mlopt.bundle import Bundle, load_bundle
from titan_mlopt.errors import TrackingError, shown

CHALLENGER, CHAMPION = "challenger", "champion"
#: Folder of the config among the parent run's artifacts.
BEST_CONFIG = "best_config"
#: Tags of a version that was applied to Titan: when last, and why although it did not fit.
APPLIED, FORCED_REASON = "titan_mlopt.applied", "titan_mlopt.forced_reason"
CONFIG_SHA256, STUDY_UID, STUDY, TRIAL, ACCURACY = (
    f"titan_mlopt.{key}" for key in ("config_sha256", "study_uid", "study", "trial", "accuracy")
)


@dataclass(frozen=True, slots=True)
class Registered:
    """A version in the registry; ``new`` unless it was there already."""

    name: str
    version: str
    new: bool


def register_config(client: MlflowClient, name: str, run_id: str, bundle: Bundle) -> Registered:
    """Make the run's ``best_config`` a version of ``name`` and point ``challenger`` at it.

    The same config from the same study is the version that it already has.
    """
    tags = {
        CONFIG_SHA256: bundle.config_sha256,
        STUDY_UID: str(bundle.manifest["study"]["uid"]),
        STUDY: str(bundle.manifest["study"]["name"]),
        TRIAL: str(bundle.manifest["trial"]),
        ACCURACY: f"{bundle.manifest['metrics'].get('accuracy')}",
    }
    if find_model(client, name) is None:
        client.create_registered_model(name, description="Configs tuned by titan_mlopt")
    same = [v for v in find_versions(client, name) if _is_same(v, tags)]
    if same:
        version, new = str(same[0].version), False
    else:
        source = f"runs:/{run_id}/{BEST_CONFIG}"
        made = client.create_model_version(
            name, source=source, run_id=run_id, tags=tags, description=describe_bundle(bundle)
        )
        version, new = str(made.version), True
    client.set_registered_model_alias(name, CHALLENGER, version)
    return Registered(name, version, new)


def _is_same(version: ModelVersion, tags: dict[str, str]) -> bool:
    return all(version.tags.get(key) == tags[key] for key in (CONFIG_SHA256, STUDY_UID))


def describe_bundle(bundle: Bundle) -> str:
    """Return the version's description in Markdown."""
    manifest, metrics = bundle.manifest, bundle.manifest["metrics"]
    study, candles, backtest = (manifest[key] for key in ("study", "candles", "backtest"))
    rows = [f"| {key} | {value:.6g} |" for key, value in metrics.items() if value is not None]
    return "\n".join(
        [
            f"Best config of study **{study['name']}** (trial {manifest['trial']}), tuned on "
            f"`{candles.get('name')}`, {candles.get('count')} candles, with "
            f"`{backtest.get('path')}`.",
            "",
            "Its metrics are in-sample: the best of many trials looks better than it is.",
            "",
            "| metric | value |",
            "|---|---|",
            *rows,
        ]
    )


def find_model(client: MlflowClient, name: str) -> object | None:
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
    found = list(client.search_model_versions(f"name='{quoted}'"))
    return sorted(found, key=lambda version: int(version.version), reverse=True)


def resolve_version(
    client: MlflowClient, name: str, *, alias: str | None, version: str | None
) -> str:
    """Return the version that an alias or a number names; ``TrackingError`` says what exists."""
    model = find_model(client, name)
    if model is None:
        there = ", ".join(m.name for m in client.search_registered_models()) or "none"
        raise TrackingError(
            f"name: must be a registered config ({there}), got {shown(name)}; tune first"
        )
    versions = [str(v.version) for v in find_versions(client, name)]
    aliases = {key: str(value) for key, value in getattr(model, "aliases", {}).items()}
    if version is not None:
        if version not in versions:
            raise TrackingError(
                f"version: must be one of {', '.join(versions) or 'none'}, got {shown(version)}"
            )
        return version
    if alias not in aliases:
        there = ", ".join(f"{key} (version {number})" for key, number in sorted(aliases.items()))
        raise TrackingError(
            f"alias: must exist on {name}, which has {there or 'none'} and the versions "
            f"{', '.join(versions) or 'none'}, got {shown(alias)}; `titan-mlopt promote VERSION` "
            "sets champion"
        )
    return aliases[alias]


def pull_bundle(client: MlflowClient, name: str, version: str) -> Bundle:
    """Fetch a version's folder and verify it; nothing of it is executed or unpickled."""
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-pull-") as folder:
        got = mlflow.artifacts.download_artifacts(
            artifact_uri=client.get_model_version_download_uri(name, version),
            dst_path=folder,
            tracking_uri=client.tracking_uri,
        )
        return load_bundle(Path(got))


def promote_version(client: MlflowClient, name: str, version: str) -> str | None:
    """Point ``champion`` at the version; return the version it pointed at before."""
    resolve_version(client, name, alias=None, version=version)
    aliases = getattr(find_model(client, name), "aliases", {})
    client.set_registered_model_alias(name, CHAMPION, version)
    before = aliases.get(CHAMPION)
    return None if before is None else str(before)


def tag_applied(
    client: MlflowClient, name: str, version: str, *, at: str, forced_reason: str | None
) -> None:
    """Tag the version with the time at which it was applied, and with why it had to be forced."""
    client.set_model_version_tag(name, version, APPLIED, at)
    if forced_reason is not None:
        client.set_model_version_tag(name, version, FORCED_REASON, forced_reason)
