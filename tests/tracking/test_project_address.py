"""The main job from a git address: MLflow copies the project, and runs it in that copy."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.paths import ROOT
from support.server_cases import environment
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.study.storage.studies import load_record

NAME = "a b=c 50%"
#: What Git is told to read instead of this address.
ADDRESS = "https://git.example/"


@pytest.fixture
def variables(tmp_path: Path, store: str) -> dict[str, str]:
    """Make a bare repository with a branch; return the variables that give it an address."""
    project, bare = tmp_path / "project", tmp_path / "repo.git"
    project.mkdir()
    for name in ("MLproject", "conda.yaml"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (
        ("git", "-C", str(project), "init", "--quiet", "--initial-branch", "release"),
        ("git", "-C", str(project), "add", "."),
        ("git", "-C", str(project), *author, "commit", "--quiet", "--message", "project"),
        ("git", "clone", "--quiet", "--bare", str(project), str(bare)),
    ):
        subprocess.run(words, check=True)
    (tmp_path / "gitconfig").write_text(f'[url "{tmp_path.as_uri()}/"]\n\tinsteadOf = {ADDRESS}\n')
    (tmp_path / "copies").mkdir()
    return environment(
        GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"),
        MLFLOW_TRACKING_URI=store,
        TMPDIR=str(tmp_path / "copies"),
        PYTHONPATH=str(ROOT),
    )


def run(variables: dict[str, str], folder: Path, **parameters: str) -> str:
    given = [word for name, value in parameters.items() for word in ("-P", f"{name}={value}")]
    command = ["mlflow", "run", f"{ADDRESS}repo.git", "--version", "release", "--env-manager"]
    done = subprocess.run(
        [*command, "local", *given, "-P", "limit=700", "-P", "min_predictions=50"],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.matrix
def test_a_git_address_runs_from_any_folder_and_says_which_paths_are_lost(
    variables: dict[str, str], store: str, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "else where = 5%"
    elsewhere.mkdir()
    candles, db = elsewhere / "my = 100%.csv", elsewhere / "my = 5%.db"
    save_candles(sample_candles(900), candles)
    text = run(
        *(variables, elsewhere), n_trials="2", candles=str(candles), db=str(db), study_name=NAME
    )
    assert "copied the project for this run alone" not in text
    assert len(load_record(db, NAME).trials) == 2
    (experiment,) = MlflowClient(store).search_experiments(filter_string="name = 'Default'")
    (run_of_study,) = MlflowClient(store).search_runs(
        [experiment.experiment_id], "tags.`titan_mlopt.kind` = 'study'"
    )
    assert run_of_study.data.tags["titan_mlopt.study"] == NAME
    assert run_of_study.data.tags["mlflow.source.name"] == f"{ADDRESS}repo.git"
    text = run(variables, elsewhere, n_trials="1")
    assert f"titan.db: lies in {tmp_path / 'copies'}" in text
    assert "pass an absolute path, -P db=/path/titan.db" in text
