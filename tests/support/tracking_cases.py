"""A quick tune with its mirror, and the runs that it makes; a mirror that is given time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from support.pool_cases import PATIENCE_S
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.tracking.mirror import client as mirror_process
from titan_mlopt.tracking.registry import champion

QUICK: dict[str, Any] = {"limit": 700, "min_predictions": 50, "register_as": None}


def tune(uri: str, folder: Path, **settings: Any) -> AutoTuner:
    config = TunerConfig(**{**QUICK, "tracking_uri": uri, **settings})
    tuner = AutoTuner(folder / "titan.db", config)
    with tuner:
        tuner.optimize("sample")
    return tuner


@pytest.fixture
def patient_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the champion, and for a word of the mirror, however long a busy machine takes.

    A study waits seconds, and goes on without it.
    """
    command_of = mirror_process.python_command

    def patient(module: str, *args: object) -> list[str]:
        wait = f"import {champion.__name__} as found; found._PATIENCE_S = {PATIENCE_S}"
        return [word.replace("; main(", f"; {wait}; main(") for word in command_of(module, *args)]

    monkeypatch.setattr(mirror_process, "python_command", patient)
    for name in ("_SILENCE_S", "_SILENCE_AT_STOP_S"):
        monkeypatch.setattr(mirror_process, name, PATIENCE_S)


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
