"""The deletion of a study against a real tracking server, `mlflow gc` and a real study."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.deletion_cases import (
    OTHER,
    delete,
    files,
    make_runs,
    make_studies,
    make_version,
    stages,
)
from support.studies import quick

pytestmark = pytest.mark.slow
_START_S = 120.0


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run a tracking server that keeps the artifacts itself; yield its address on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1"),
        *("--artifacts-destination", str(folder / "artifacts")),
    ]
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    address, give_up = f"http://127.0.0.1:{port}", time.monotonic() + _START_S
    try:
        while True:
            assert server.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < give_up, f"no answer from {address}"
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.1)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@pytest.mark.usefixtures("store")
def test_through_a_server_the_artifacts_go_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titan = tmp_path / "titan.db"
    make_studies(titan)
    with serving(tmp_path) as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        mine, others = make_runs(uri), make_runs(uri, OTHER)
        make_version(uri, mine[0], tmp_path)
        kept = files(uri, [mine[0]])
        result = delete(titan, "--yes")
        assert result.exit_code == 0, result.stderr
        assert files(uri, mine) == kept
        assert len(files(uri, others)) == 2 * len(others)
        assert result.stdout.endswith(
            "mlflow gc --backend-store-uri <the server's database>, on the server\n"
        )
        assert stages(uri) == {run: "active" if run == mine[0] else "deleted" for run in mine}
    found = [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]
    on_disk = [path for path in found if "models" not in path.parts]  # the kept version's own
    assert len(on_disk) == len(kept) + 2 * len(others)


def test_the_command_that_is_named_last_takes_the_rows_away(store: str, tmp_path: Path) -> None:
    make_studies(tmp_path / "titan.db")
    make_runs(store)
    others = make_runs(store, OTHER)
    last = delete(tmp_path / "titan.db", "--yes").stdout.splitlines()[-1]
    words = shlex.split(last.partition("until you say: ")[2])
    assert words[:2] == ["mlflow", "gc"]
    command = [sys.executable, "-m", *words]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    assert stages(store) == {}
    assert set(stages(store, OTHER)) == set(others)


def test_of_a_real_study_nothing_is_left(store: str, tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=2, tracking=True, register_as=None, study_name="mine") as tuner:
        tuner.optimize("sample")
        assert tuner.report is not None
        uid = tuner.report.study.uid
    assert len(stages(store, uid)) == 3
    assert files(store, list(stages(store, uid)))
    result = delete(tmp_path / "titan.db", "--yes")
    assert result.exit_code == 0, result.stderr
    assert "artifacts of" not in result.stdout
    assert set(stages(store, uid).values()) == {"deleted"}
    assert [path for path in (tmp_path / "mlruns").rglob("*") if path.is_file()] == []
    again = delete(tmp_path / "titan.db", "--yes")
    assert "study_name: must be a study of this database (none), got 'mine'" in again.stderr
