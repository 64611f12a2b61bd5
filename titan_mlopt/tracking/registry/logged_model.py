"""A config as a logged model of MLflow: a folder among the artifacts, and searchable metrics."""

from __future__ import annotations

import contextlib
import json
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import LoggedModel, LoggedModelOutput, LoggedModelStatus, Metric
from mlflow.exceptions import MlflowException

from titan_mlopt.core.bundle import Bundle
from titan_mlopt.tracking.registry.model_folder import save_model

#: MLflow's tag by which its pages link a model to its versions.
_VERSIONS = "mlflow.modelVersions"


def log_model(
    client: MlflowClient, run_id: str, bundle: Bundle, tags: Mapping[str, str], now_s: float
) -> LoggedModel:
    """Log the bundle's folder as a model of the run, with its params and metrics.

    MLflow stores a model's metrics with a run, so the run gets them too.

    Args:
        client: Of the store.
        run_id: The run that the model belongs to.
        bundle: The config with its params and manifest.
        tags: Of the model.
        now_s: Time of the metrics, UTC seconds since 1970.

    Returns:
        The model, READY: all of its files are uploaded. After an error it is marked as FAILED.
    """
    run = client.get_run(run_id)
    kind = "trial" if bundle.ensemble is None else "ensemble"
    model = client.create_logged_model(
        run.info.experiment_id,
        name=f"{kind}-{bundle.manifest['trial']}",  # a name may hold no dots or slashes
        source_run_id=run_id,
        tags=dict(tags),
        params={name: str(value) for name, value in bundle.params.items()},
    )
    try:
        with tempfile.TemporaryDirectory(prefix="titan_mlopt-model-") as scratch:
            folder = Path(scratch) / "model"
            save_model(bundle, folder, model_id=model.model_id, run_id=run_id)
            client.log_model_artifacts(model.model_id, str(folder))
        metrics = _metrics_of(bundle, model.model_id, int(now_s * 1000))
        client.log_batch(run_id, metrics=metrics)
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
        return client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    except BaseException:
        with contextlib.suppress(MlflowException):  # the first error is the one to raise
            client.finalize_logged_model(model.model_id, LoggedModelStatus.FAILED)
        raise


def take_up_model(client: MlflowClient, run_id: str, tags: Mapping[str, str]) -> LoggedModel | None:
    """Return the READY model with these tags that has no version, left by a killed process.

    Its other leftovers, unfinished or of another run, are marked as FAILED.
    """
    filter_text = " AND ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
    experiment, usable = client.get_run(run_id).info.experiment_id, None
    for model in client.search_logged_models([experiment], filter_text):
        if _VERSIONS in model.tags or model.status == LoggedModelStatus.FAILED:
            continue
        if model.status == LoggedModelStatus.READY and model.source_run_id == run_id:
            usable = model
        else:
            client.finalize_logged_model(model.model_id, LoggedModelStatus.FAILED)
    return usable


def link_version(client: MlflowClient, model_id: str, name: str, version: str) -> None:
    """Link the model to its version, unless it has a link; a deleted model is ignored.

    A server does so itself, a plain database does not.
    """
    try:
        if _VERSIONS in client.get_logged_model(model_id).tags:
            return
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return
        raise
    link = json.dumps([{"name": name, "version": version}])
    client.set_logged_model_tags(model_id, {_VERSIONS: link})


def _metrics_of(bundle: Bundle, model_id: str, timestamp_ms: int) -> list[Metric]:
    return [
        Metric(name, value, timestamp_ms, 0, model_id=model_id)
        for name, value in bundle.manifest["metrics"].items()
        if value is not None and math.isfinite(value)
    ]
