"""The main job as a user runs it: ``mlflow run .`` on the sample and on real candles."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.paths import DATA, ROOT

REAL = DATA / "BTCUSDT_1m_20250301.csv.gz"
pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path, store: str) -> Path:
    """Return a copy of the project's files in a folder with the tables of a store.

    The code is the installed one: a copy of it would be compiled anew.
    """
    for name in ("MLproject", "conda.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def mlflow_run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", "mlflow", "run", ".", "--env-manager=local", *words],
        cwd=project,
        env={**os.environ, "PATH": path, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )


@pytest.mark.parametrize("candles", ["sample", pytest.param(str(REAL), marks=pytest.mark.matrix)])
def test_mlflow_run_tunes_tracks_and_registers(project: Path, store: str, candles: str) -> None:
    if candles != "sample" and not REAL.is_file():
        pytest.skip("the folder with real candles is absent")
    done = mlflow_run(
        project, *("-P", "n_trials=5", "-P", "n_jobs=2"), *("-P", f"candles={candles}")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "registered as titan-config version 1" in done.stdout
    client = MlflowClient(store)
    (parent,) = client.search_runs(["0"], "tags.`titan_mlopt.kind` = 'study'")
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["mlflow.project.entryPoint"] == "main"
    nested = client.search_runs(["0"], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert len(nested) == 5
    assert all(run.info.status in ("FINISHED", "KILLED") for run in nested)
    assert all(run.data.metrics["accuracy"] > 0.4 for run in nested)
    (version,) = client.search_model_versions("name='titan-config'")
    assert str(version.version) == "1"
    if candles == "sample":
        fetched = mlflow_run(project, *("-e", "pull"), *("-P", "alias=challenger"))
        assert fetched.returncode == 0, fetched.stdout + fetched.stderr
        assert len(json.loads((project / "config.json").read_text())) == 30
        return
    drawn = mlflow_run(project, "-e", "report")
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    assert (project / "report" / "plots" / "slice.html").is_file()


def test_mlflow_run_with_a_wrong_type_says_which_parameter(project: Path, store: str) -> None:
    done = mlflow_run(project, "-P", "n_trials=many")
    assert done.returncode != 0
    assert "--n-trials: must be a whole number >= 1, got 'many'" in done.stderr + done.stdout
