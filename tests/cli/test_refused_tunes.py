"""A tune that is refused leaves nothing behind: no database, no table, no study, no store."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from support.apply_cases import make_titan_db
from titan_mlopt.cli import main

#: What is asked for, and what the refusal says of it.
REFUSED = {
    "--warm-start nosuch": "--warm-start: must be a study of this database (none), got 'nosuch'",
    "--warm-start nosuch.json": "nosuch.json: must be a readable file",
    "--warm-start bad.json": "bad.json: must be JSON",
    "--warm-start other.db:x": "--warm-start: must be a study of this database (none), got 'x'",
    "--warm-start 7": "--warm-start: ",
    "--transfer nosuch": "--transfer: must be a study of this database (none), got 'nosuch'",
    "--transfer nosuch --sampler random": "--sampler: must be gp with transfer, got 'random'",
    "--transfer nosuch --objective multi": "--transfer: must be left out with two objectives",
    "--space nosuch.toml": "nosuch.toml: must be a readable file",
    "--space bad.json": "bad.json:1: must be JSON",
    "--candles nosuch.csv": "nosuch.csv: must be a file",
    "--candles empty.csv": "empty.csv: must hold candles",
    "--limit 5": "sample: must have at least 220 candles",
    "--sampler nosuch": "--sampler: must be one of ",
    "--sampler gp --objective multi": "--sampler: must be one of ",
    "--pruner nosuch": "--pruner: must be one of ",
    "--n-trials 0": "--n-trials: must be a whole number >= 1, got 0",
    "--promote --gate nosuch.json": "nosuch.json: must be a readable file",
    "--promote --register-as none": "--promote: must have a version to judge",
    "--scratch nosuch": "--scratch: must be an existing folder",
    "--executor dask": "--scheduler: must be the address of a Dask scheduler",
    "--backtest no_such_module:run": "no_such_module: must be importable",
    "--backtest other:run --backtest-path nosuch": "--backtest-path: must be an existing folder",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with files that cannot be used, and no database of studies."""
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text("{")
    Path("empty.csv").touch()
    make_titan_db(tmp_path / "other.db")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    """Return each file with its bytes, and each folder."""
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def refuse(*options: str) -> str:
    """Return what a tune with these options says on stderr; it must leave all as it is."""
    before = contents(Path())
    result = CliRunner().invoke(main, ["tune", *options])
    assert result.exit_code == 2, result.output
    assert contents(Path()) == before
    return result.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("options", REFUSED)
def test_a_refused_tune_leaves_everything_as_it_was(options: str) -> None:
    assert REFUSED[options] in refuse(*options.split())


def test_no_table_is_made_in_a_database_of_another_program(folder: Path) -> None:
    make_titan_db(folder / "titan.db")
    assert "(none), got 'nosuch'" in refuse("--warm-start", "nosuch")


@pytest.mark.matrix  # a connection has ten seconds
@pytest.mark.usefixtures("folder")
def test_a_scheduler_that_is_not_there_is_refused_before_the_database_is_made() -> None:
    address = "tcp://127.0.0.1:1"
    assert f"{address}: must be " in refuse("--executor", "dask", "--scheduler", address)


def test_a_store_that_cannot_be_used_is_refused_before_the_database_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file://{folder}/runs")
    assert "MLFLOW_TRACKING_URI: must be a database or a server" in refuse()


@pytest.mark.usefixtures("folder")
def test_an_address_whose_scheme_mlflow_does_not_know_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "htp://me:secret@localhost:5000")
    said = refuse()
    assert "MLFLOW_TRACKING_URI: must begin with a scheme that MLflow opens" in said
    assert "got 'htp://'; did you mean http?" in said
    assert "secret" not in said
