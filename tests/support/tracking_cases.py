"""A quick tune with its mirror, and the runs that it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

from titan_mlopt import AutoTuner, TunerConfig

QUICK: dict[str, Any] = {"limit": 700, "min_predictions": 50, "register_as": None}


def tune(uri: str, folder: Path, **settings: Any) -> AutoTuner:
    config = TunerConfig(**{**QUICK, "tracking_uri": uri, **settings})
    tuner = AutoTuner(folder / "titan.db", config)
    with tuner:
        tuner.optimize("sample")
    return tuner


def parent_of(client: MlflowClient, experiment: str = "titan_mlopt") -> Run:
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    (parent,) = client.search_runs(
        [found.experiment_id], "tags.`titan_mlopt.kind` = 'study'", max_results=9
    )
    return parent


def nested_of(client: MlflowClient, parent: Run) -> list[Run]:
    wanted = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    found = client.search_runs([parent.info.experiment_id], wanted)
    return sorted(found, key=lambda run: int(run.data.tags["titan_mlopt.trial"]))
