"""Real tracking servers on loopback: other versions, prefixes, databases, users and artifacts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from mlflow import MlflowClient

from support.paths import ROOT
from support.pool_cases import PATIENCE_S
from support.postgres_cases import Postgres, new_database, postgres
from support.server_cases import environment, free_port, running
from titan_mlopt.cli import main
from titan_mlopt.study.storage.studies import load_record
from titan_mlopt.tuning import call

__all__ = ["Postgres", "new_database", "postgres"]

pytestmark = pytest.mark.matrix

ADMIN, ADMINS, USER, USERS = "boss", "tr0ub4dor-and-3", "reader", "c0rrect-horse-9"


@pytest.fixture(autouse=True)
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(call, "_STORE_PATIENCE_S", PATIENCE_S)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", f"{PATIENCE_S:.0f}")


@contextmanager
def server(
    folder: Path,
    *words: str,
    python: str = sys.executable,
    store: str | None = None,
    path: str = "",
    **settings: str,
) -> Iterator[str]:
    """Give the address of a server, with the path that it is served at."""
    home, port = folder / "server", free_port()
    home.mkdir(exist_ok=True)
    command = [
        *(python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", store or f"sqlite:///{home / 'mlflow.db'}", "--workers", "1"),
        *words,
    ]
    uri = f"http://127.0.0.1:{port}"
    bin_first = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**environment(**settings), "PATH": bin_first}
    with running(command, f"{uri}{path}/health", home, env):
        yield uri


def proxied(folder: Path) -> tuple[str, ...]:
    return ("--serve-artifacts", "--artifacts-destination", str(folder / "server" / "artifacts"))


def run(uri: str, *words: str) -> Result:
    return CliRunner(env={"MLFLOW_TRACKING_URI": uri}).invoke(main, list(words))


def tune(uri: str, *words: str) -> Result:
    return run(uri, "tune", "--limit", "700", "--min-predictions", "50", *words)


def refusal(result: Result) -> str:
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("titan-mlopt: ")]
    return line.removeprefix("titan-mlopt: ")


def trials(folder: Path) -> list[str]:
    record = load_record(folder / "titan.db", "titan_optimization")
    return [trial.state for trial in record.trials]


def python_of(version: str) -> str:
    """Return the interpreter with an MLflow of another version, made by ``make servers``."""
    folder = ROOT / f".venv-mlflow-{version}"
    if not (folder / ".installed").exists():
        pytest.skip(f"no MLflow {version} here: make servers")
    return str(folder / "bin" / "python")


@pytest.mark.parametrize("version", ["3.0.0", "newest"])
def test_the_lowest_and_the_newest_server_take_a_study_its_version_and_a_champion(
    version: str, tmp_path: Path
) -> None:
    with server(tmp_path, *proxied(tmp_path), python=python_of(version)) as uri:
        result = tune(uri, "--n-trials", "2")
        assert result.exit_code == 0, result.output
        assert "registered as titan-config version 1" in result.stdout
        for words in (
            ["promote", "1", "--force", "--reason", "a try"],
            ["pull", "--alias", "champion", "--out", "config.json"],
            ["versions"],
            ["doctor", "--files"],
        ):
            result = run(uri, *words)
            assert result.exit_code == 0, result.output
        again = tune(uri, "--n-trials", "3")
        assert again.exit_code == 0, again.output
        assert run(uri, "doctor").exit_code == 0
        run(uri, "delete-study", "--yes")


def test_a_server_of_mlflow_2_is_refused_before_the_first_trial(tmp_path: Path) -> None:
    with server(tmp_path, *proxied(tmp_path), python=python_of("2.22.4")) as uri:
        line = refusal(tune(uri, "--n-trials", "2"))
    assert line.startswith(f"{uri}: must be an MLflow server of version 3.0 or later, got 2.22.4;")
    assert trials(tmp_path) == []


def test_a_prefix_is_a_part_of_the_address(tmp_path: Path) -> None:
    words = ("--static-prefix", "/mlflow", *proxied(tmp_path))
    with server(tmp_path, *words, path="/mlflow") as uri:
        for wrong in (uri, f"{uri}/wrong"):
            line = refusal(tune(wrong, "--n-trials", "2"))
            assert line.startswith(f"{wrong}: must be the whole address of an MLflow server, got 4")
        assert trials(tmp_path) == []
        result = tune(f"{uri}/mlflow", "--n-trials", "2")
        assert result.exit_code == 0, result.output
        assert f"{uri}/mlflow/#/experiments/1/" in result.stdout
    assert trials(tmp_path) == ["COMPLETE"] * 2


def test_a_server_on_postgresql_takes_a_study(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    with server(tmp_path, *proxied(tmp_path), store=new_database()) as uri:
        result = tune(uri, "--n-trials", "2")
        assert result.exit_code == 0, result.output
        assert "registered as titan-config version 1" in result.stdout
        assert run(uri, "doctor", "--files").exit_code == 0


@pytest.mark.parametrize("serves", [True, False], ids=["server", "client"])
def test_artifacts_that_cannot_be_written_are_told_before_the_first_trial(
    serves: bool, tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    root = str(taken / "artifacts")
    words = (
        ("--serve-artifacts", "--artifacts-destination", root)
        if serves
        else ("--no-serve-artifacts", "--default-artifact-root", root)
    )
    with server(tmp_path, *words) as uri:
        line = refusal(tune(uri, "--n-trials", "2"))
        assert trials(tmp_path) == []
        client = MlflowClient(uri)
        experiment = client.get_experiment_by_name("titan_mlopt")
        assert client.search_runs([experiment.experiment_id]) == []
        if serves:
            assert line.startswith(f"{uri}: must be able to store artifacts, got an error of the s")
        else:
            assert line.startswith(f"{root}/1/")
            assert "must take artifacts from here, got [Errno 20] Not a directory" in line
        taken.unlink()
        result = tune(uri, "--n-trials", "2")
        assert result.exit_code == 0, result.output
        assert run(uri, "doctor", "--files").exit_code == 0


def test_a_user_who_may_read_and_not_write_is_told_so_and_the_study_goes_on_when_he_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("flask_wtf", reason="MLflow's basic-auth app needs Flask-WTF")
    ini = tmp_path / "auth.ini"
    ini.write_text(
        "[mlflow]\ndefault_permission = READ\n"
        f"database_uri = sqlite:///{tmp_path / 'auth.db'}\n"
        f"admin_username = {ADMIN}\nadmin_password = {ADMINS}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    settings = {"MLFLOW_AUTH_CONFIG_PATH": str(ini), "MLFLOW_FLASK_SERVER_SECRET_KEY": "a secret"}
    words = ("--app-name", "basic-auth", *proxied(tmp_path))

    with server(tmp_path, *words, **settings) as uri:

        def ask(path: str, **content: str) -> int:
            address, admin = f"{uri}/api/{path}", (ADMIN, ADMINS)
            answer = requests.post(address, json=content, auth=admin, timeout=PATIENCE_S)
            return answer.status_code

        assert ask("2.0/mlflow/users/create", username=USER, password=USERS) == 200
        assert ask("2.0/mlflow/experiments/create", name="titan_mlopt") == 200
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", USER)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wrong")
        line = refusal(tune(uri, "--n-trials", "2"))
        assert line.startswith(f"{uri}: must accept the user and the password, got 401")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", USERS)
        line = refusal(tune(uri, "--n-trials", "2"))
        assert line.startswith(f"{uri}: must permit the user what is asked, got 403 Forbidden for ")
        assert "/runs/create; ask its administrator" in line
        assert trials(tmp_path) == []
        grant = {"username": USER, "permission": "EDIT"}
        status = ask("2.0/mlflow/experiments/permissions/create", experiment_id="1", **grant)
        if status == 404:  # later MLflows have one grant for all kinds
            grant |= {"resource_type": "experiment", "resource_id": "1"}
            status = ask("3.0/mlflow/users/permissions/grant", **grant)
        assert status == 200
        result = tune(uri, "--n-trials", "2")
        assert result.exit_code == 0, result.output
        assert run(uri, "doctor", "--files").exit_code == 0
