"""docs/containers.md: its files parse and agree, and what they start tunes a study on loopback.

There is no Docker here: images are not built, and what Docker itself promises is not tested.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.command_cases import all_commands
from support.dask_cases import running_commands
from support.paths import DOCS, ROOT
from support.pool_cases import linux
from support.postgres_cases import PASSWORD, QUOTED, USER, Postgres, new_database, postgres
from support.server_cases import environment, free_port, running
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.study.storage.studies import load_record

# Fixtures: pytest finds them here by their names.
__all__ = ["new_database", "postgres"]
PAGE = (DOCS / "containers.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
COMPOSE_TEXT = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "postgres"}
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1))
    for line in DOCKERFILE.replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in INSTRUCTIONS if name == instruction]


def words_of(service: str) -> list[str]:
    """Return the command line of a service."""
    (entry,) = arguments("ENTRYPOINT")
    return [*SERVICES[service].get("entrypoint", json.loads(entry)), *SERVICES[service]["command"]]


# --- the files -----------------------------------------------------------------------------------


def test_the_page_shows_the_files_as_they_are() -> None:
    assert f"```dockerfile\n{DOCKERFILE}```" in PAGE
    assert f"```yaml\n{COMPOSE_TEXT}```" in PAGE


def test_the_image_copies_what_the_repository_has_and_installs_extras_that_exist() -> None:
    copied = [rest for rest in arguments("COPY") if not rest.startswith("--from=build ")]
    sources = [source for rest in copied for source in rest.split()[:-1]]
    assert all((ROOT / source).exists() for source in sources)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {"pyproject.toml", project["readme"], *project["license-files"], "titan_mlopt"}
    assert {*sources} == {*needed, "constraints.txt"}
    (extras,) = re.findall(r"'\.\[(.*)\]'", DOCKERFILE)
    assert {*extras.split(",")} <= project["optional-dependencies"].keys()
    first, last = re.findall(r"^FROM python:(\d\.\d+)-slim", DOCKERFILE, re.MULTILINE)
    assert first == last
    assert f"python={first}." in (ROOT / "conda.yaml").read_text()


def test_the_image_knows_no_instruction_that_docker_does_not_and_starts_the_program() -> None:
    names = [name for name, _ in INSTRUCTIONS]
    assert {*names} == {
        *("FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"),
    }
    assert names[0] == "FROM"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (entry,) = arguments("ENTRYPOINT")
    assert json.loads(entry)[0] in project["scripts"]
    for script in arguments("RUN"):
        subprocess.run(["sh", "-n", "-c", script], check=True)


def test_nobody_is_root_and_root_file_systems_are_read_only() -> None:
    (user,) = arguments("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    for service in OURS.values():
        assert (service["user"], service["read_only"]) == (user, True)
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "/tmp" in service["tmpfs"]


def test_no_secret_stands_in_the_files() -> None:
    for text in (DOCKERFILE, COMPOSE_TEXT):
        logins = re.findall(r"://([^@/\s]*)@", text)
        assert {*logins} <= {"titan:${TITAN_PASSWORD}"}
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${TITAN_PASSWORD:?")
    for service in SERVICES.values():
        assert "PASSWORD" not in " ".join(service.get("command", []))


def test_every_variable_without_a_default_is_named_on_the_page() -> None:
    names = re.findall(r"\$\{(\w+):\?", COMPOSE_TEXT)
    assert names
    for name in names:
        assert re.search(rf"^{name}=", PAGE, re.MULTILINE)
    assert set(re.findall(r"\$\{(\w+)", COMPOSE_TEXT)) == {*names, "TITAN_STUDY"}


def test_services_find_each_other_and_their_volumes() -> None:
    listens = {"mlflow": 5000, "scheduler": 8786, "postgres": 5432}
    for name in ("mlflow", "scheduler"):
        assert f"--port={listens[name]}" in words_of(name)
    addresses = re.findall(r"(?:@|(?:tcp|http)://)([a-z]+):(\d+)", COMPOSE_TEXT)
    assert {(host, int(port)) for host, port in addresses} == {*listens.items()}
    for service in SERVICES.values():
        assert {*service.get("depends_on", ())} <= SERVICES.keys()
        for volume in service.get("volumes", ()):
            source = volume.rpartition(":/")[0]
            assert source in COMPOSE["volumes"] or source.startswith("${TITAN_CANDLES:?"), volume
        for config in service.get("configs", ()):
            assert config["source"] in COMPOSE["configs"]
    databases = re.findall(r"@postgres:5432/(\w+)", COMPOSE_TEXT)
    made = SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    assert COMPOSE["configs"]["databases"]["content"] == "CREATE DATABASE mlflow;"
    assert sorted(databases) == sorted(["mlflow", made])
    threads = int(re.findall(r"--nthreads=(\d+)", COMPOSE_TEXT)[0])
    replicas = SERVICES["worker"]["deploy"]["replicas"]
    assert f"--n-jobs={threads * replicas}" in words_of("tune")


def test_the_pages_commands_name_services_and_commands_that_exist() -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    compose = ["docker", "compose", "-f", "deploy/compose.yaml"]
    for line in block.splitlines():
        words = shlex.split(line)
        assert words[:4] == compose
        if words[4] == "run":
            assert words[5:7] == ["--rm", "tune"]
            command, *rest = [*words[7:], *([] if words[7:] else words_of("tune")[1:])]
            options = {name for p in all_commands()[command].params for name in p.opts}
            assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= options
    assert f"{shlex.join(compose)} run --rm tune\n```" in PAGE  # of cron


# --- what they start -----------------------------------------------------------------------------


def on_loopback(word: str, places: Mapping[str, str]) -> str:
    """Return a word of the compose file with the test's own addresses and folders."""
    for name, place in places.items():
        word = word.replace(name, place)
    return word


@contextmanager
def mlflow_server(folder: Path, database: str) -> Iterator[str]:
    """Run the service mlflow with its own options; give its address."""
    port = str(free_port())
    places = {"5000": port, "/data": str(folder), "0.0.0.0": "127.0.0.1"}
    command = [on_loopback(word, places) for word in words_of("mlflow")]
    variables = {**SERVICES["mlflow"]["environment"], "MLFLOW_BACKEND_STORE_URI": database}
    address = f"http://127.0.0.1:{port}"
    with running(command, f"{address}/health", folder, environment(**variables)):
        called = urllib.request.Request(
            f"{address}/api/2.0/mlflow/experiments/search?max_results=1",
            headers={"Host": f"mlflow:{port}"},
        )
        with urllib.request.urlopen(called) as answer:
            assert answer.status == 200
        yield address


def on_server(address: str, server: Postgres, database: str) -> str:
    """Return an address of the compose file with the test's server."""
    name = database.rpartition("/")[2]
    address = re.sub(r"postgres:5432/\w+", f"127.0.0.1:{server.port}/{name}", address)
    return address.replace("${TITAN_PASSWORD}", QUOTED).replace("titan:", f"{USER}:")


@linux
@pytest.mark.matrix
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Dask's own sockets
def test_what_the_services_start_tunes_a_study_on_loopback(
    tmp_path: Path, postgres: Postgres, new_database: Callable[[], str]
) -> None:
    (tmp_path / "candles").mkdir()
    save_candles(sample_candles().head(1500), tmp_path / "candles" / "btc.csv")
    backend = SERVICES["mlflow"]["environment"]["MLFLOW_BACKEND_STORE_URI"]
    variables = dict(SERVICES["tune"]["environment"])
    studies = on_server(variables["TITAN_STORAGE"], postgres, new_database())
    workers = [words_of("worker")] * SERVICES["worker"]["deploy"]["replicas"]
    with (
        running_commands([words_of("scheduler"), *workers], tmp_path, "scheduler") as scheduler,
        mlflow_server(tmp_path, on_server(backend, postgres, new_database())) as server,
    ):
        variables |= {"TITAN_STORAGE": studies, "MLFLOW_TRACKING_URI": server}
        places = {
            "/candles": str(tmp_path / "candles"),
            "tcp://scheduler:8786": scheduler,
            "--n-trials=200": "--n-trials=3",
            "${TITAN_STUDY:-night}": "night-2026-12-01",
        }
        done = subprocess.run(
            [*(on_loopback(word, places) for word in words_of("tune")), "--min-predictions=50"],
            cwd=tmp_path,
            env=environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "registered as titan-config version 1" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
    assert len(load_record(parse_storage(studies), "night-2026-12-01").trials) == 3
    assert list((tmp_path / "artifacts").rglob("report.html"))
