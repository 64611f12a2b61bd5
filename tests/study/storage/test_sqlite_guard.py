"""What is left beside a database when it is closed: nothing, wherever its file is by then."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.studies import quick
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import load_record

NAME = "titan_optimization"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_left_beside_a_database_that_is_closed(tmp_path: Path) -> None:
    tuner = quick(tmp_path, n_trials=1)
    tuner.optimize("sample")
    tuner.close()
    assert names(tmp_path) == ["titan.db"]
    tuner.close()
    assert names(tmp_path) == ["titan.db"]


@pytest.mark.parametrize("linked", [False, True], ids=["file", "link"])
def test_nothing_is_left_of_a_database_that_was_removed_before_it_was_closed(
    tmp_path: Path, linked: bool
) -> None:
    file = tmp_path / "titan.db"
    if linked:
        (tmp_path / "disk").mkdir()
        file.symlink_to("disk/real.db")
    tuner = quick(tmp_path, n_trials=1)
    tuner.optimize("sample")
    file.resolve().unlink()
    tuner.close()
    assert names(tmp_path) == (["disk", "titan.db"] if linked else [])
    assert not linked or names(tmp_path / "disk") == []
    again = quick(tmp_path)
    assert again.study.trials == []
    again.close()


def test_a_database_that_was_moved_before_it_was_closed_has_all_that_its_log_held(
    tmp_path: Path,
) -> None:
    tuner = quick(tmp_path, n_trials=2)
    tuner.optimize("sample")
    stored = load_record(tmp_path / "titan.db", NAME)
    assert (tmp_path / "titan.db-wal").stat().st_size > 0
    (tmp_path / "titan.db").rename(tmp_path / "moved.db")
    tuner.close()
    assert names(tmp_path) == ["moved.db"]
    assert load_record(tmp_path / "moved.db", NAME).trials == stored.trials


def give_another(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE kv (key)")
    (folder / "other.db").replace(folder / "titan.db")


def read_in_between(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "titan.db", isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM trials").fetchone()
    (folder / "titan.db").unlink()
    return connection


@pytest.mark.parametrize("happens", [give_another, read_in_between], ids=["replaced", "read"])
def test_the_log_of_a_database_that_somebody_else_may_need_stays(
    tmp_path: Path, happens: Callable[[Path], sqlite3.Connection | None]
) -> None:
    storage = open_storage(tmp_path / "titan.db")
    storage.create_new_study([])
    other = happens(tmp_path)
    before = names(tmp_path)
    storage.close()
    assert names(tmp_path) == before
    if other is not None:
        other.close()
