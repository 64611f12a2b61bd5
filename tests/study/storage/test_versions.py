"""Databases of other versions of Optuna and of titan_mlopt: one line, and left as they were.

``optuna_2_10.sql`` is the dump of a database in which Optuna 2.10.1 stored a study of two trials.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.studies import Tuned
from titan_mlopt.cli import main
from titan_mlopt.core.errors import StudyError
from titan_mlopt.study.storage.sqlite import open_read_only, open_storage

DUMP = Path(__file__).with_name("optuna_2_10.sql")
READS = [
    ["studies"],
    ["leaderboard", "--study", "old"],
    ["report", "--study", "old"],
    ["export", "--study", "old"],
    ["verdict", "--study", "old"],
    ["tune", "--study-name", "old", "--limit", "700"],
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "titan.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text())
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def assert_left_alone(path: Path, words: list[str], message: str) -> None:
    before = path.read_bytes()
    result = CliRunner().invoke(main, [*words, "--db", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"titan-mlopt: {path}: {message}")
    assert result.stderr.count("\n") == 1
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("words", READS, ids=lambda words: words[0])
def test_a_database_of_an_older_optuna_is_one_line_with_the_command_that_upgrades_it(
    old: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(old.parent)
    message = "must have the tables of this Optuna, "
    assert_left_alone(old, words, message)


def test_the_command_that_is_named_upgrades_it(old: Path) -> None:
    upgrade = f"optuna storage upgrade --storage sqlite:///{old}"
    with pytest.raises(StudyError, match=r"got those of '2\.10\.1'; keep a copy") as caught:
        open_read_only(old)
    assert str(caught.value).endswith(f"then run: {upgrade}")
    code = "import sys, optuna.cli; sys.exit(optuna.cli.main())"
    subprocess.run([sys.executable, "-c", code, *upgrade.split()[1:]], check=True)
    result = CliRunner().invoke(main, ["leaderboard", "--study", "old", "--db", str(old)])
    assert result.exit_code == 0, result.output
    assert "2 trials" in result.stdout


def test_a_database_without_a_revision_is_as_old_as_its_schema(old: Path) -> None:
    change(old, "DROP TABLE alembic_version")
    change(old, "UPDATE version_info SET schema_version = 11")
    assert_left_alone(old, ["studies"], "must have the tables of this Optuna, ")


def test_a_database_of_a_later_optuna_names_the_update(old: Path) -> None:
    change(old, "UPDATE alembic_version SET version_num = 'v9.9.0.a'")
    change(old, "UPDATE version_info SET library_version = '9.9.1'")
    with pytest.raises(StudyError, match=r"got those of '9\.9\.1'; update Optuna: pip install"):
        open_storage(old)


def test_a_study_of_a_later_titan_mlopt_closes_its_database(tmp_path: Path, tuned: Tuned) -> None:
    path = Path(shutil.copy(tuned.db, tmp_path / "titan.db"))
    change(
        path, "UPDATE study_user_attributes SET value_json = '2' WHERE key = 'titan_mlopt.schema'"
    )
    message = "must be of this titan_mlopt or an earlier one, whose schema is 1, got the schema 2"
    for words in (["studies"], ["leaderboard"], ["tune", "--limit", "700"]):
        assert_left_alone(path, words, message)
