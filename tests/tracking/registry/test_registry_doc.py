"""docs/registry.md: its commands run as they stand, its tables and tags are those of the code."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.apply_cases import FORCE, NAME, assert_done, folder_of, run
from support.paths import ROOT
from support.pool_cases import PATIENCE_S
from support.served_cases import CONFIG, assert_is_the_engines, model_folder, served_bundle
from support.server_cases import environment, free_port, running, skip_unless_mlflow_serves_here
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli.main import COMMANDS
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.tuner_config import DEFAULT_EXPERIMENT
from titan_mlopt.tracking.registry.alias_history import MOVE, Move, read_moves
from titan_mlopt.tracking.registry.aliases import register_config
from titan_mlopt.tracking.registry.model_folder import SIGNATURE
from titan_mlopt.tracking.registry.versions import MODEL_ID
from titan_mlopt.tracking.store import open_client

PAGE = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
START = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def client(store: str, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """Return the registry of the page: two versions by the study's run, in the working folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.setattr(sys, "path", list(sys.path))
    client = open_client(store)
    experiment = client.create_experiment(DEFAULT_EXPERIMENT)
    for config in (CONFIG, merge_config({})):
        run_id = client.create_run(experiment).info.run_id
        register_config(client, NAME, run_id, served_bundle(config))
    return client


def test_the_pages_commands_run_one_after_the_other(client: MlflowClient) -> None:
    ran = []
    for line in commands():
        program, *words = shlex.split(line, comments=True)
        if program == "titan-mlopt":
            assert_done(run(*words))
            ran.append((words[0], client.get_registered_model(NAME).aliases.get("champion")))
    assert [(word, champion and str(champion)) for word, champion in ran] == [
        *[("versions", None)] * 2,
        *[("promote", "1"), ("pull", "1"), ("promote", "2"), ("rollback", "1")],
        *[("history", "1")] * 2,
        ("sample", "1"),
    ]
    assert json.loads(Path("config.json").read_text()) == CONFIG


@pytest.mark.docs
def test_the_searches_and_answers_of_the_pages_python_are_those_of_the_champion(
    client: MlflowClient, tmp_path: Path
) -> None:
    assert_done(run("promote", "1", *FORCE))
    assert_done(run("sample", "candles.csv"))
    search, load = (_printed(example, tmp_path) for example in examples())
    assert search.count('[{"name": "titan-config"') == 2
    assert "'accuracy': 0.55" in search
    header, row = load.splitlines()
    assert header.split() == ["p_up", "confidence", "direction", "traded"]
    assert row.split()[0] == str(len(sample_candles()) - 1)


def _printed(code: str, folder: Path) -> str:
    # A process of its own: the examples set a store for the whole process.
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.docs
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_champion_is_served_and_asked_by_the_commands_of_the_page(
    client: MlflowClient, tmp_path: Path
) -> None:
    import pandas as pd

    skip_unless_mlflow_serves_here()
    assert_done(run("promote", "1", *FORCE))
    export, serve, sample, curl = commands()[-4:]
    assert export == "export MLFLOW_TRACKING_URI=sqlite:///mlflow.db"
    port = str(free_port())
    settings = dict([export.removeprefix("export ").split("=", 1)])
    command = shlex.split(serve.replace("5001", port))
    with running(command, f"http://127.0.0.1:{port}/ping", tmp_path, environment(**settings)):
        assert_done(run(*shlex.split(sample)[1:]))
        ask = shlex.split(curl.replace("5001", port))
        answer = subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, check=True)
    rows = pd.DataFrame(json.loads(answer.stdout)["predictions"])
    assert_is_the_engines(rows, sample_candles(), CONFIG)


def test_the_files_of_a_version_are_those_of_the_page(client: MlflowClient) -> None:
    rows = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \| .* \| .* \|$", PAGE, re.MULTILINE)
    named = {name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)}
    folder = folder_of(client, NAME, "1")
    found = {path.name for path in folder.iterdir()}
    columns = set(SIGNATURE.outputs.input_names())
    assert named - columns == found
    assert columns <= named


def test_the_move_of_the_page_is_written_as_moves_are(client: MlflowClient) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    move = Move(**json.loads(example))
    assert list(json.loads(example)) == list(asdict(move))
    assert f"`{MOVE}.<number>.<digest>`" in PAGE
    assert f"`{MODEL_ID}`" in PAGE
    assert read_moves({f"{MOVE}.000001.00000000": example}) == (move,)


def test_the_least_number_of_candles_is_that_of_the_page(tmp_path: Path) -> None:
    import mlflow.pyfunc

    from support.served_cases import frame_of

    assert "at least 121 candles" in PAGE.replace("\n", " ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", list(sys.path))
        model = mlflow.pyfunc.load_model(str(model_folder(tmp_path / "folder")))
    assert len(model.predict(frame_of(sample_candles(121)))) == 121


def test_both_pages_say_which_commands_execute_nothing() -> None:
    told = "`pull`, `apply`, `promote`, `rollback` and `versions`"
    assert told in PAGE
    assert told in SECURITY
    assert set(re.findall(r"`(\w+)`", told)) <= set(COMMANDS)


def test_the_start_pages_commands_of_the_registry_are_the_pages() -> None:
    (block,) = re.findall(r"```sh\n(mlflow models serve .*?)```", START, re.DOTALL)
    lines = {line.split("  #")[0].strip() for line in commands()}
    assert set(block.splitlines()) <= lines
