"""A version over http: served to programs, and registered and pulled through a tracking server."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from support.apply_cases import FORCE, NAME, TITANS, assert_done, bundle_of, run
from support.served_cases import CONFIG, assert_is_the_engines, frame_of, served_bundle
from support.server_cases import (
    environment,
    free_port,
    post,
    running,
    skip_unless_mlflow_serves_here,
)
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.tracking.registry.aliases import promote_version, register_config
from titan_mlopt.tracking.registry.versions import find_versions, pull_bundle
from titan_mlopt.tracking.store import open_client

pytestmark = pytest.mark.slow
CANDLES = sample_candles(1500)
FRAME = frame_of(CANDLES)
JSON = "application/json"


@pytest.fixture
def address(store: str, tmp_path: Path) -> Iterator[str]:
    """Serve the champion of a store; yield the address that answers."""
    skip_unless_mlflow_serves_here()
    client = open_client(store)
    run_id = client.create_run("0").info.run_id
    register_config(client, NAME, run_id, served_bundle())
    promote_version(client, NAME, "1")
    port = str(free_port())
    uri = f"models:/{NAME}@champion"
    serve = ["mlflow", "models", "serve", "-m", uri, "--env-manager", "local", "--port", port]
    here = f"http://127.0.0.1:{port}"
    env = environment(MLFLOW_TRACKING_URI=store)
    with running(serve, f"{here}/ping", tmp_path, env):
        yield f"{here}/invocations"


def test_the_served_champion_answers_as_the_engine_and_tells_bad_candles_in_one_line(
    address: str,
) -> None:
    status, body = post(address, FRAME.to_csv(index=False).encode(), "text/csv")
    assert status == 200, body
    assert_is_the_engines(pd.DataFrame(json.loads(body)["predictions"]), CANDLES, CONFIG)
    split = {"dataframe_split": FRAME.head(200).to_dict("split", index=False)}
    status, body = post(address, json.dumps(split).encode(), JSON)
    assert (status, len(json.loads(body)["predictions"])) == (200, 200)
    for frame, message in (
        (FRAME.head(50), "candles: must have at least 121 candles for these indicators, got 50;"),
        (FRAME.head(150).iloc[::-1], "candles: row 2: timestamp must be after row 1's"),
        (FRAME.head(150).drop(columns="volume"), "Model is missing inputs ['volume']"),
    ):
        status, body = post(address, frame.to_csv(index=False).encode(), "text/csv")
        assert status == 400
        told = json.loads(body)
        assert message in told["message"]
        assert "stack_trace" not in told


@pytest.fixture
def server(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a tracking server that hands out artifacts itself; yield its address."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "server").mkdir()
    shutil.copy(empty_store, tmp_path / "server" / "mlflow.db")
    port = str(free_port())
    command = ["mlflow", "server", "--port", port, "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{tmp_path / 'server' / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(tmp_path / "server" / "artifacts")]
    here = f"http://127.0.0.1:{port}"
    with running(command, f"{here}/health", tmp_path / "server", environment()):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", here)
        yield here


@pytest.mark.matrix
def test_all_of_the_registry_works_through_a_tracking_server(server: str, tmp_path: Path) -> None:
    client = open_client(server)
    run_id = client.create_run("0").info.run_id
    assert register_config(client, NAME, run_id, served_bundle()).new
    assert not register_config(client, NAME, run_id, served_bundle()).new
    assert register_config(client, NAME, run_id, bundle_of(TITANS)).version == "2"
    assert [str(version.version) for version in find_versions(client, NAME)] == ["2", "1"]
    assert pull_bundle(client, NAME, "1") == served_bundle()
    (model,) = client.search_logged_models(["0"], filter_string="metrics.accuracy > 0.54")
    (link,) = json.loads(model.tags["mlflow.modelVersions"])
    assert (link["name"], str(link["version"])) == (NAME, "1")  # the server's own, a number
    assert_done(run("promote", "1", *FORCE))
    assert_done(run("promote", "2", *FORCE))
    assert_done(run("rollback", "--reason", "wrong predictor"))
    assert [entry["aliases"] for entry in json.loads(assert_done(run("versions", "--json")))[
        "versions"]] == [["challenger"], ["champion"]]  # fmt: skip
    assert_done(run("pull", "--alias", "champion"))
    assert json.loads(Path("config.json").read_text()) == CONFIG
    answer = mlflow.pyfunc.load_model(f"models:/{NAME}@champion").predict(FRAME)
    assert_is_the_engines(answer, CANDLES, CONFIG)
    # Nothing was written beside the server: neither a store nor artifacts.
    assert {path.name for path in tmp_path.iterdir()} == {"server", "cache", "config.json"}
