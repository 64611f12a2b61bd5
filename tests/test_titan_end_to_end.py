"""Production Titan from tuning to its own database and back, with the stand-in as Titan."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.apply_cases import assert_done, run
from support.standin_cases import STANDIN
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS

RUN_TITAN = """
import sys
from titan.core.backtest import run_backtest
run_backtest("data.csv", sys.argv[1], "out", 300, False, True)
"""
pytestmark = pytest.mark.slow


def run_titan(folder: Path) -> None:
    """Let Titan make, or use, ``titan.db`` in the folder."""
    environment = {**os.environ, "PYTHONPATH": str(STANDIN)}
    command = [sys.executable, "-c", RUN_TITAN, "titan.db"]
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def rows_of(path: Path) -> dict[str, tuple[bytes, int]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT key, value_blob, updated_at FROM kv").fetchall()
    return {key: (blob, at) for key, blob, at in found}


def value_of(row: tuple[bytes, int]) -> Any:
    return json.loads(zlib.decompress(row[0]))


def test_a_config_tuned_on_titan_reaches_titans_database_with_its_types_and_leaves_it_again(
    store: str, tmp_path: Path
) -> None:
    save_candles(sample_candles(600), tmp_path / "data.csv")
    run_titan(tmp_path)  # Titan makes its database itself
    before = rows_of(tmp_path / "titan.db")
    tuned = assert_done(
        run(
            *("tune", "--candles", "data.csv", "--n-trials", "6", "--n-jobs", "2"),
            *("--backtest", "titan.core.backtest:run_backtest", "--backtest-path", str(STANDIN)),
            *("--repeat", "2", "--min-predictions", "50", "--db", "titan.db"),
        )
    )
    assert "registered as titan-config version 1" in tuned
    assert "noise of a trial" in tuned
    assert rows_of(tmp_path / "titan.db") == before  # tuning writes nothing of Titan's

    assert_done(run("promote", "1", "--force", "--reason", "a test"))
    dry = assert_done(run("apply", "--alias", "champion", "--dry-run"))
    assert rows_of(tmp_path / "titan.db") == before
    assert "feature.fast_window" in dry or "feature.slow_window" in dry
    assert_done(run("apply", "--alias", "champion"))
    assert_done(run("pull", "--alias", "champion", "--out", "config.json"))
    config = json.loads((tmp_path / "config.json").read_text())
    assert set(config) == set(TUNABLE_PARAMS)

    after = rows_of(tmp_path / "titan.db")
    ours = {key for key in after if key.startswith("titan_mlopt.")}
    changed = {key for key in after if after[key] != before.get(key)} - ours
    assert changed <= {f"config.{name}" for name in config}
    for name, value in config.items():
        applied = value_of(after[f"config.{name}"])
        assert applied == value
        assert type(applied) is type(value)
        assert isinstance(value, int) == (TUNABLE_PARAMS[name][2] == "int")
    run_titan(tmp_path)  # its own defaults do not win over ours
    assert {key: row for key, row in rows_of(tmp_path / "titan.db").items() if key in changed} == {
        key: after[key] for key in changed
    }

    assert_done(run("apply", "--undo"))
    again = rows_of(tmp_path / "titan.db")
    assert {key: again.get(key) for key in before} == before
