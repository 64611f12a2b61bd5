"""The deletion of a study against a real tracking server, `mlflow gc` and a real study."""

from __future__ import annotations

import shlex
import subprocess
import sys
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
from support.pool_cases import PATIENCE_S
from support.proxy_cases import mlflow_server
from support.server_cases import free_port
from support.studies import quick

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("store")
@pytest.mark.matrix
def test_through_a_server_the_artifacts_go_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titan = tmp_path / "titan.db"
    make_studies(titan)
    with mlflow_server(tmp_path, free_port()) as uri:
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
    subprocess.run(command, check=True, timeout=PATIENCE_S, capture_output=True)
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
    assert "--study-name: must be a study of this database (none), got 'mine'" in again.stderr
