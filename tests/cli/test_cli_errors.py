"""Mishaps at the command line: one line that names the cause, exit code 2, and nothing lost."""

from __future__ import annotations

import os
import resource
import shutil
import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from support.studies import Tuned
from titan_mlopt.candles.candles import load_candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli import main
from titan_mlopt.cli.types import COUNT, OPTIONAL_COUNT, POSITIVE
from titan_mlopt.core.errors import CandleError, ConfigError
from titan_mlopt.core.files import write_file

#: Root may write everywhere.
needs_a_user = pytest.mark.skipif(os.geteuid() == 0, reason="root is refused nothing")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def assert_one_line(result: Result, message: str) -> None:
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stderr.startswith("titan-mlopt: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def files_here() -> list[Path]:
    """Return all under the working folder, but what SQLite keeps beside an open database."""
    return sorted(path for path in Path().rglob("*") if not path.name.startswith("titan.db-"))


# --- files that cannot be written --------------------------------------------------------------


@pytest.fixture
def surroundings(tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tuned:
    """Work beside a copy of the tuned study, its store in force, a folder and a file at hand."""
    for path in tuned.folder.glob("titan.db*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tuned.uri)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("old")
    return tuned


@pytest.mark.parametrize(
    "words",
    [["pull", "--alias", "challenger", "--out"], ["export", "--out"], ["sample"]],
    ids=["pull", "export", "sample"],
)
@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("no/such/x.csv", "No such file or directory"),
        ("folder.csv", "Is a directory"),
        ("file/x.csv", "Not a directory"),
        ("x" * 300 + ".csv", "File name too long"),
    ],
    ids=["no folder", "a folder", "under a file", "too long"],
)
def test_a_target_that_cannot_be_written_is_one_line(
    surroundings: Tuned, words: list[str], target: str, cause: str
) -> None:
    before = files_here()
    result = run(*words, target)
    assert_one_line(result, f"{Path(target).name}: must be writable, got {cause}; choose another")
    assert files_here() == before


def test_the_old_content_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("old\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))  # as a full disk does it
    try:
        with pytest.raises(
            ConfigError, match=r"config\.json: must be writable, got File too large"
        ):
            write_file(str(path), "new " * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


@needs_a_user
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(ConfigError, match="must be writable, got Permission denied"):
        write_file(str(path), "new")
    assert path.read_text() == "old"
    tmp_path.chmod(0o555)
    with pytest.raises(ConfigError, match="must be writable, got Permission denied"):
        write_file(str(tmp_path / "other.json"), "new")


def test_a_link_and_the_permissions_of_its_file_are_kept(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "real.json").chmod(0o640)
    (tmp_path / "link.json").symlink_to("real.json")
    write_file(str(tmp_path / "link.json"), "new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "real.json").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_of_a_file_is_kept_and_who_may_not_keep_it_is_refused(open_folder: Path) -> None:
    path = open_folder / "config.json"
    path.write_text("old")
    os.chown(path, 65_534, 65_533)
    path.chmod(0o666)
    write_file(str(path), "new")
    found = path.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (65_534, 65_533, 0o666)
    os.seteuid(65_532)
    try:
        got = "must be writable, got a file of user 65534, group 65533, who would lose it"
        with pytest.raises(ConfigError, match=got):
            write_file(str(path), "newer")
    finally:
        os.seteuid(0)
    assert path.read_text() == "new"
    assert list(open_folder.iterdir()) == [path]


def test_candles_are_saved_into_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "real.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to("real.csv")
    save_candles(sample_candles(100), tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert load_candles(tmp_path / "real.csv").digest == sample_candles(100).digest
    assert stat.S_IMODE((tmp_path / "real.csv").stat().st_mode) == 0o640


def test_a_pipe_is_written_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_file(str(pipe), "new")
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_candles_that_cannot_be_saved_say_the_first_cause(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CandleError, match=r"x\.npy: must be writable, got Not a directory"):
        save_candles(sample_candles(3), tmp_path / "file" / "x.npy")


# --- an MLflow store that is not there ---------------------------------------------------------


@pytest.mark.parametrize("words", [["pull"], ["promote", "1"]], ids=["pull", "promote"])
def test_an_empty_folder_stays_empty_and_the_missing_store_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    message = (
        f"{tmp_path}/mlflow.db: must be an MLflow store that exists, got no file; tune first, or "
        "set MLFLOW_TRACKING_URI"
    )
    assert_one_line(run(*words), message)
    assert list(tmp_path.iterdir()) == []


def test_a_store_whose_driver_is_not_installed_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "mssql+pymssql://me:secret@127.0.0.1:9/x")
    result = run("pull")
    assert_one_line(result, "//***@127.0.0.1:9/x: must answer as an MLflow store, got No module")
    assert "secret" not in result.stderr


# --- words that are not understood -------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "suggested"),
    [
        (["tune", "--n-trails", "3"], "--n-trials"),
        (["tune", "--n_trails", "3"], "--n-trials"),
        (["pull", "--verzion", "1"], "--version"),
        (["export", "--allow-default"], "--allow-defaults"),
    ],
)
def test_a_misspelt_option_is_one_line_with_clicks_suggestion(
    words: list[str], suggested: str
) -> None:
    result = run(*words)
    assert_one_line(result, "No such option")
    assert suggested in result.stderr
    assert f"See main {words[0]} --help" in result.stderr


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", ""])
def test_a_count_that_must_be_positive_says_so_whatever_is_wrong(text: str) -> None:
    with pytest.raises(click.BadParameter, match="must be a whole number >= 1, got "):
        POSITIVE.convert(text, None, None)


def test_counts_take_what_they_say() -> None:
    assert POSITIVE.convert("1", None, None) == 1
    assert COUNT.convert("0", None, None) == 0
    assert OPTIONAL_COUNT.convert("0", None, None) is None
    with pytest.raises(click.BadParameter, match="must be a whole number >= 0, got -1"):
        COUNT.convert("-1", None, None)


# --- what comes next ---------------------------------------------------------------------------


def test_next_lines_can_be_pasted_whatever_the_names(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run("sample", "my candles.csv", "--n", "10")
    assert result.stdout.endswith("next:\n  titan-mlopt tune --candles 'my candles.csv'\n")
    shutil.copy(tuned.folder / "mlflow.db", tmp_path / "mlflow.db")
    from mlflow import MlflowClient

    MlflowClient(store, registry_uri=store).rename_registered_model("titan-config", "my config")
    result = run("promote", "1", "--name", "my config", "--force", "--reason", "a test")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith(
        "  titan-mlopt pull --name 'my config' --alias champion --out config.json\n"
    )
