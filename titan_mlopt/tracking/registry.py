"""MLflow's model registry: versions of the best config, their aliases, and the way back."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.utils.uri import append_to_uri_path

from titan_mlopt.bundle import CONFIG_FILE, MANIFEST_FILE, PARAMS_FILE, Bundle, load_bundle
from titan_mlopt.errors import TrackingError, shown
from titan_mlopt.report.version_note import describe_version, verdict_of
from titan_mlopt.tracking.logged_model import fail_unfinished, link_version, log_model
from titan_mlopt.tracking.mirror_messages import Registered
from titan_mlopt.tracking.moves import (
    PROMOTE,
    REGISTER,
    ROLLBACK,
    move_alias,
    read_moves,
    versions_before,
)

CHALLENGER, CHAMPION = "challenger", "champion"
#: Tags of a version that was applied to Titan: when last, and why although it did not fit.
APPLIED, FORCED_REASON = "titan_mlopt.applied", "titan_mlopt.forced_reason"
#: The tag of a version that names its model in MLflow, by which its metrics are found.
MODEL_ID = "titan_mlopt.model_id"
#: Tags of every version and of its model; VERDICT where there is one.
CONFIG_SHA256, STUDY_UID, STUDY, TRIAL, CANDLES, BACKTEST, VERDICT = (
    f"titan_mlopt.{key}"
    for key in (
        *("config_sha256", "study_uid", "study", "trial", "candles_sha256", "backtest", "verdict"),
    )
)
# What two versions of the same config have in common.
_SAME = (CONFIG_SHA256, STUDY_UID)
#: Tags of a version: how often the hold-out of its study was opened; and the promotions without the
#: gate's word, each with a dot and its time behind.
OPENINGS, FORCED = "titan_mlopt.holdout_openings", "titan_mlopt.forced"
#: Metrics that are tags too, each under its name after ``titan_mlopt.``: a list of versions shows
#: them, with what they are worth.
LISTED_METRICS = ("accuracy", "hits", "n_predictions", "ece", "ece_noise", "sharpe", "sharpe_se")
_METRIC_TAGS = {name: f"titan_mlopt.{name}" for name in LISTED_METRICS}


@dataclass(frozen=True, slots=True)
class Rollback:
    """The champion that is again, and the one that was; None when the alias was not set."""

    version: str
    was: str | None


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """A version as a list shows it; None where its tags do not say.

    metrics: ``LISTED_METRICS``. created_s: UTC seconds since 1970. openings: of the hold-out of its
    study. forced: whether it was ever promoted without the gate's word.
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


def register_config(
    client: MlflowClient,
    name: str,
    run_id: str,
    bundle: Bundle,
    *,
    clock: Callable[[], float] = time.time,
) -> Registered:
    """Make the bundle, the best of the run's study, a version of ``name``: the ``challenger``.

    Its files are there before the version is. The same config from the same study is the version
    that it already has.
    """
    tags = _tags_of(bundle)
    if find_model(client, name) is None:
        client.create_registered_model(name, description="Configs tuned by titan_mlopt")
    same = [v for v in find_versions(client, name) if _is_same(v, tags)]
    version = str(same[0].version) if same else _new_version(client, name, run_id, bundle, clock())
    move_alias(client, name, CHALLENGER, version, how=REGISTER, now_s=clock())
    return Registered(name, version, not same)


def _new_version(client: MlflowClient, name: str, run_id: str, bundle: Bundle, now_s: float) -> str:
    tags = _tags_of(bundle)
    fail_unfinished(client, run_id, {key: tags[key] for key in _SAME})
    model = log_model(client, run_id, bundle, tags, now_s)
    # Not models:/<id>: MLflow looks that up in the store in force, which may be another.
    made = client.create_model_version(
        name,
        source=model.artifact_location,
        run_id=run_id,
        tags={**tags, MODEL_ID: model.model_id},
        description=describe_version(bundle),
        model_id=model.model_id,
    )
    link_version(client, model.model_id, name, str(made.version))
    return str(made.version)


def _tags_of(bundle: Bundle) -> dict[str, str]:
    manifest = bundle.manifest
    metrics = {tag: manifest["metrics"].get(name) for name, tag in _METRIC_TAGS.items()}
    said = {
        CONFIG_SHA256: bundle.config_sha256,
        STUDY_UID: manifest["study"]["uid"],
        STUDY: manifest["study"]["name"],
        TRIAL: manifest["trial"],
        CANDLES: manifest["candles"].get("sha256"),
        BACKTEST: manifest["backtest"].get("path"),
        VERDICT: verdict_of(manifest),
        **metrics,
    }
    return {key: str(value) for key, value in said.items() if value is not None}


def _is_same(version: ModelVersion, tags: dict[str, str]) -> bool:
    return all(version.tags.get(key) == tags[key] for key in _SAME)


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
    found = list(client.search_model_versions(f"name='{quoted}'"))
    return sorted(found, key=lambda version: int(version.version), reverse=True)


def list_versions(client: MlflowClient, name: str) -> tuple[VersionEntry, ...]:
    """Return what is known of every version of ``name``, newest first, from its tags alone.

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
        forced=any(key.startswith(f"{FORCED}.") for key in tags),
    )


def _number(text: str | None) -> float | None:
    """Return a tag's number; anybody may have written something else there."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def aliases_of(client: MlflowClient, name: str) -> dict[str, str]:
    """Return the version behind each alias; ``TrackingError`` says which names there are."""
    model = find_model(client, name)
    if model is None:
        there = ", ".join(m.name for m in client.search_registered_models()) or "none"
        raise TrackingError(
            f"name: must be a registered config ({there}), got {shown(name)}; tune first"
        )
    return {alias: str(version) for alias, version in model.aliases.items()}


def resolve_version(
    client: MlflowClient, name: str, *, alias: str | None, version: str | None
) -> str:
    """Return the version that an alias or a number names; ``TrackingError`` says what exists."""
    aliases = aliases_of(client, name)
    versions = [str(v.version) for v in find_versions(client, name)]
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
    """Fetch a version's three JSON files and verify them; nothing else of it is fetched or run."""
    uri = client.get_model_version_download_uri(name, version)
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-pull-") as folder:
        for file in (CONFIG_FILE, PARAMS_FILE, MANIFEST_FILE):
            mlflow.artifacts.download_artifacts(
                artifact_uri=append_to_uri_path(uri, file),  # type: ignore[no-untyped-call]
                dst_path=folder,
                tracking_uri=client.tracking_uri,
            )
        return load_bundle(Path(folder))


def promote_version(
    client: MlflowClient,
    name: str,
    version: str,
    *,
    reason: str = "",
    how: str = PROMOTE,
    clock: Callable[[], float] = time.time,
) -> str | None:
    """Point ``champion`` at the version; return the version it pointed at before.

    how: ``moves.PROMOTE``, or ``moves.FORCE`` without the gate's word.
    """
    resolve_version(client, name, alias=None, version=version)
    return move_alias(client, name, CHAMPION, version, how=how, now_s=clock(), reason=reason)


def rollback_version(
    client: MlflowClient,
    name: str,
    *,
    reason: str = "",
    clock: Callable[[], float] = time.time,
) -> Rollback:
    """Point ``champion`` at the version that it pointed at before.

    Versions that were deleted since are passed over. Raises ``TrackingError`` when none is left.
    """
    now = aliases_of(client, name).get(CHAMPION)
    moves = read_moves(client.get_registered_model(name).tags)
    there = {str(version.version) for version in find_versions(client, name)} - {now}
    usable = [v for v in versions_before(moves, CHAMPION, now) if v in there]
    if not usable:
        raise TrackingError(
            f"champion: must have been another version before, got none for {name}; `titan-mlopt "
            "promote VERSION` sets any"
        )
    move_alias(client, name, CHAMPION, usable[-1], how=ROLLBACK, now_s=clock(), reason=reason)
    return Rollback(usable[-1], now)


def tag_applied(
    client: MlflowClient, name: str, version: str, *, at: str, forced_reason: str | None
) -> None:
    """Tag the version with the time at which it was applied, and with why it had to be forced."""
    client.set_model_version_tag(name, version, APPLIED, at)
    if forced_reason is not None:
        client.set_model_version_tag(name, version, FORCED_REASON, forced_reason)
