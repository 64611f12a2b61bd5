"""The commands on a study in PostgreSQL, and that its password gets nowhere."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from support.postgres_cases import PASSWORD, QUOTED, Postgres, new_database, postgres
from support.space_cases import SPACE
from support.verdict_cases import market
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.cli import main
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import load_record

# Fixtures: pytest finds them here by their names.
__all__ = ["new_database", "postgres"]
pytestmark = pytest.mark.slow


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def secrets_in(folder: Path, *texts: str) -> list[str]:
    """Return the files in which the password stands, in either spelling, and texts with it."""
    wanted = [secret.encode() for secret in (PASSWORD, QUOTED, "s3cret")]
    found = [text for text in texts if "s3cret" in text]
    for path in folder.rglob("*"):
        if path.is_file() and any(secret in path.read_bytes() for secret in wanted):
            found.append(str(path))
    return found


TUNE = ("--limit", "700", "--min-predictions", "50", "--register-as", "none")


def test_a_study_is_tuned_resumed_looked_at_mended_and_deleted_on_a_server(
    store: str, tmp_path: Path, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TITAN_STORAGE", new_database())
    where = ("--storage", "env:TITAN_STORAGE")
    results = [
        run("tune", *where, "--n-trials", "3", *TUNE),
        run("tune", *where, "--n-trials", "5", *TUNE),
        run("studies", *where),
        run("leaderboard", *where),
        run("report", *where, "--out", "report"),
        run("export", *where, "--out", "best.json"),
        run("replay", *where, "--trial", "4"),
        run("doctor", *where),
    ]
    for result in results:
        assert result.exit_code == 0, result.output
    tuned, _, studies, board, _, _, replayed, mended = (result.output for result in results)
    assert "3 trials run now" in tuned
    assert "2 trials run now" in results[1].output
    assert "next:\n  titan-mlopt leaderboard --storage env:TITAN_STORAGE --study-name" in studies
    assert "5 of 5" in board or "5 trials" in board
    assert "identical: " in replayed
    assert "MLflow has all of them right" in mended
    assert not (tmp_path / "titan.db").exists()
    note = (tmp_path / "report" / "report.md").read_text()
    assert "titan-mlopt report --storage env:TITAN_STORAGE --study-name" in note
    assert secrets_in(tmp_path, *(result.output for result in results)) == []
    gone = run("delete-study", *where, "--study-name", "titan_optimization", "--yes")
    assert gone.exit_code == 0, gone.output
    assert "env:TITAN_STORAGE: no study yet" in run("studies", *where).output


def test_a_password_in_the_address_is_left_out_of_all_that_is_written(
    store: str, tmp_path: Path, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = new_database()
    results = [
        run("tune", "--storage", address, "--n-trials", "2", *TUNE),
        run("report", "--storage", address, "--out", "report"),
        run("studies", "--storage", address),
    ]
    for result in results:
        assert result.exit_code == 0, result.output
    assert secrets_in(tmp_path, *(result.output for result in results)) == []
    note = (tmp_path / "report" / "report.md").read_text()
    assert "Draw the report (with the password in PGPASSWORD)" in note
    # The command that was printed works as it is, once the variable is set.
    command = shlex.split(results[2].output.rpartition("next:\n")[2])
    assert command[:3] == ["titan-mlopt", "leaderboard", "--storage"]
    assert "titan:***@127.0.0.1" in command[3]
    refused = run(*command[1:])
    assert refused.exit_code == 2
    assert "set PGPASSWORD" in refused.output
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert run(*command[1:]).exit_code == 0


def test_the_gate_and_what_it_asks_find_their_study_on_a_server(
    store: str,
    own_cache: None,
    tmp_path: Path,
    new_database: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TITAN_STORAGE", new_database())
    where = ("--storage", "env:TITAN_STORAGE")
    save_candles(market(), "candles.csv")
    Path("space.json").write_text(json.dumps(SPACE))
    Path("gate.json").write_text('{"alpha": 0.025}')  # .02 for the first look
    words = ("--candles", "candles.csv", "--space", "space.json", "--n-trials", "3")
    results = [
        run("tune", *where, *words, "--holdout", "20%", "--min-predictions", "50"),
        run("placebo", *where, "--runs", "2"),
        run("plateau", *where, "--k", "1", "--jitter", "2"),
        run("verdict", *where),
        run("validate", *where, "--gate", "gate.json"),
        run("promote", "1", *where, "--gate", "gate.json"),
        run("doctor", *where, "--repair"),
    ]
    tuned, placebo, _, verdict, _, promoted, mended = (result.output for result in results)
    assert [result.exit_code for result in results] == [0] * 7, [*map(str, results)]
    assert "registered as titan-config version 1" in " ".join(tuned.split())
    assert "placebo of study titan_optimization: " in placebo
    assert "next:\n  titan-mlopt verdict --storage env:TITAN_STORAGE --study-name" in verdict
    assert "champion of titan-config is version 1" in promoted
    assert "MLflow has all of them right" in mended
    record = load_record("env:TITAN_STORAGE", "titan_optimization")
    assert (len(record.openings), len(record.gate_decisions), len(record.placebos)) == (2, 2, 2)
    assert record.robustness is not None
    assert not (tmp_path / "titan.db").exists()
    assert secrets_in(tmp_path, *(result.output for result in results)) == []


@pytest.mark.parametrize(
    "words",
    [
        *(("verdict",), ("validate",), ("placebo",), ("plateau",), ("doctor",), ("leaderboard",)),
        *(("delete-study", "--study-name", "x", "--yes"), ("tune", "--candles", "sample")),
    ],
    ids=lambda words: words[0],
)
def test_a_server_that_does_not_answer_is_one_line_of_each_command(
    words: tuple[str, ...], store: str, tmp_path: Path
) -> None:
    pytest.importorskip("psycopg", reason="the driver comes with the extra postgres")
    done = run(*words, "--storage", "postgresql://titan:s3cret@127.0.0.1:9/d")
    assert done.exit_code == 2
    line = done.output.splitlines()[-1]
    assert line.startswith("titan-mlopt: postgresql+psycopg://titan:***@127.0.0.1:9/d: must be")
    assert secrets_in(tmp_path, done.output) == []


@pytest.mark.parametrize("word", ["backup", "restore"])
def test_a_backup_is_of_a_file_and_says_what_a_server_has_instead(word: str) -> None:
    done = run(word, "--storage", "postgresql://titan:s3cret@127.0.0.1:9/d")
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert (
        "storage: must be a SQLite file for a backup, got postgresql+psycopg://titan:***@" in line
    )
    assert "with pg_dump" in line
    assert "s3cret" not in line


def test_a_study_moves_to_a_server_and_back_with_the_command(
    store: str, tmp_path: Path, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TITAN_STORAGE", new_database())
    assert run("tune", "--n-trials", "3", *TUNE).exit_code == 0
    there = run("copy-study", "titan.db", "env:TITAN_STORAGE")
    assert there.exit_code == 0, there.output
    assert (
        "copied study titan_optimization to env:TITAN_STORAGE: 3 trials, all equal" in there.output
    )
    # The runs in MLflow are those of the study's uid: the copy is mirrored already.
    assert "all of them right" in run("doctor", "--storage", "env:TITAN_STORAGE").output
    more = run("tune", "--storage", "env:TITAN_STORAGE", "--n-trials", "4", *TUNE)
    assert more.exit_code == 0, more.output
    assert "1 trials run now" in more.output
    back = run("copy-study", "env:TITAN_STORAGE", "titan.db", "--as", "later", "--json")
    assert json.loads(back.output) == {
        "from": "env:TITAN_STORAGE",
        "to": "titan.db",
        "study": "titan_optimization",
        "as": "later",
        "trials": 4,
    }
    again = run("copy-study", "env:TITAN_STORAGE", "titan.db", "--as", "later")
    assert again.exit_code == 2
    assert "study later: must not be there yet" in again.output


def test_a_database_without_studies_is_said_to_be_one(new_database: Callable[[], str]) -> None:
    done = run("leaderboard", "--storage", new_database())
    assert done.exit_code == 2
    assert "storage: must be a database with studies, got none in postgresql" in done.output
    assert "s3cret" not in done.output


def test_without_the_driver_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"psycopg must be installed.*titan-mlopt\[postgres\]"):
        open_storage("postgresql://u:s3cret@127.0.0.1:9/d")


def test_a_password_that_mlflow_run_logged_is_told(
    store: str, postgres: Postgres, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "")
    done = run("tune", "--storage", new_database(), "--n-trials", "1", *TUNE)
    assert "change the password, and pass env:NAME" in " ".join(done.output.split())


@pytest.mark.parametrize("spelling", ["variable", "address", "another spelling"])
def test_the_printed_command_that_upgrades_a_database_runs_as_printed(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    import psycopg

    address = new_database()
    if spelling == "another spelling":  # not one that Optuna's command takes
        address = address.replace("+psycopg", "")
    monkeypatch.setenv("TITAN_STORAGE", address)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    where = address if spelling == "address" else "env:TITAN_STORAGE"
    with closing(open_storage(parse_storage(where))):
        pass
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v3.0.0.d'")
    result = run("studies", "--storage", where)
    assert result.exit_code == 2
    assert "s3cret" not in result.stderr
    assert ("export PGPASSWORD, then run" in result.stderr) == (spelling != "variable")
    command = result.stderr.partition("then run: ")[2]
    if spelling != "variable":
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
    subprocess.run(command, shell=True, check=True)
    again = run("studies", "--storage", where)
    assert (again.exit_code, "no study yet" in again.stdout) == (0, True), again.output
