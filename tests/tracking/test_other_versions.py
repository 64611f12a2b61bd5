"""MLflow stores of other versions: one line with MLflow's own command, and left as they were."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from titan_mlopt.cli import main
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.tracking.store import open_client


def path_of(uri: str, revision: str) -> Path:
    """Give the store the revision of another MLflow."""
    path = Path(uri.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    return path


@pytest.mark.parametrize("words", [["versions"], ["pull"], ["rollback"]])
def test_a_store_of_an_older_mlflow_is_one_line_with_the_command_that_upgrades_it(
    store: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(store, "90e64c465722")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    before = path.read_bytes()
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"titan-mlopt: {store}: must have the tables of this MLflow, ")
    assert "got those of an older one, revision 90e64c465722; keep a copy of it" in line
    assert f"then run: mlflow db upgrade {store}" in line
    assert path.read_bytes() == before


def test_a_store_of_a_later_mlflow_names_the_update(store: str) -> None:
    path_of(store, "0123456789ab")
    with pytest.raises(TrackingError, match=r"a later one, .*; update MLflow: pip install --upg"):
        open_client(store)
