"""A config as a model of MLflow's: its folder among the artifacts, its metrics to search by."""

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

from titan_mlopt.bundle import Bundle
from titan_mlopt.tracking.model_folder import save_model

#: MLflow's own tag, by which its pages link a model to its versions.
_VERSIONS = "mlflow.modelVersions"


def log_model(
    client: MlflowClient, run_id: str, bundle: Bundle, tags: Mapping[str, str], now_s: float
) -> LoggedModel:
    """Log the bundle's folder as a model of the run, with its params and metrics.

    MLflow keeps a model's metrics with a run: this one gets them too. It is READY when the files
    are all there, and FAILED when something went wrong.
    """
    run = client.get_run(run_id)
    model = client.create_logged_model(
        run.info.experiment_id,
        name=f"trial-{bundle.manifest['trial']}",  # dots and slashes may not stand in it
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
        with contextlib.suppress(MlflowException):  # the error above is the one to tell
            client.finalize_logged_model(model.model_id, LoggedModelStatus.FAILED)
        raise


def fail_unfinished(client: MlflowClient, run_id: str, tags: Mapping[str, str]) -> None:
    """Mark as FAILED the models with these tags that a process which was killed left PENDING."""
    wanted = " AND ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
    experiment = client.get_run(run_id).info.experiment_id
    for model in client.search_logged_models([experiment], wanted):
        if model.status == LoggedModelStatus.PENDING:
            client.finalize_logged_model(model.model_id, LoggedModelStatus.FAILED)


def link_version(client: MlflowClient, model_id: str, name: str, version: str) -> None:
    """Name the version on the model; a server does so itself, a plain database does not."""
    link = json.dumps([{"name": name, "version": version}])
    client.set_logged_model_tags(model_id, {_VERSIONS: link})


def _metrics_of(bundle: Bundle, model_id: str, timestamp_ms: int) -> list[Metric]:
    return [
        Metric(name, value, timestamp_ms, 0, model_id=model_id)
        for name, value in bundle.manifest["metrics"].items()
        if value is not None and math.isfinite(value)
    ]
