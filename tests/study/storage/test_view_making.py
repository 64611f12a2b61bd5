"""Making the SQL views: rows and other programs' tables stay, nobody waits, all or none."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import optuna
import pytest

from support.pool_cases import PATIENCE_S
from support.view_cases import NAME, column, kinds, path_of, plain, rows, titan, url_of
from titan_mlopt.core.errors import StudyError
from titan_mlopt.study.storage.views import VIEWS, create_views

# Fixtures: pytest finds them here by their names.
__all__ = ["plain", "titan"]


# --- what making them does not do ---------------------------------------------------------------


def test_rows_of_titans_own_tables_are_untouched(plain: sqlite3.Connection) -> None:
    plain.executescript(
        """
        CREATE TABLE kv (key TEXT PRIMARY KEY, value_blob BLOB, updated_at INTEGER);
        CREATE TABLE candles (timestamp INTEGER PRIMARY KEY, open REAL, close REAL);
        CREATE TABLE patterns (id INTEGER PRIMARY KEY, pattern TEXT);
        CREATE INDEX patterns_by_name ON patterns (pattern);
        CREATE VIEW hammers AS SELECT * FROM patterns WHERE pattern = 'hammer';
        INSERT INTO kv VALUES ('config.ml.enabled', x'00ff', 1), ('state', NULL, 2);
        INSERT INTO candles VALUES (60, 1.5, 2.5), (120, 2.5, NULL);
        INSERT INTO patterns VALUES (7, 'hammer'), (9, 'doji');
        """
    )
    before = list(plain.iterdump())
    create_views(plain)
    for statement in VIEWS.values():
        before.insert(-1, f"{statement};")
    assert sorted(plain.iterdump()) == sorted(before)


@pytest.mark.parametrize(
    "foreign",
    [
        "CREATE TABLE optuna_trials (id INTEGER, note TEXT)",
        "CREATE TABLE Optuna_Trials (id INTEGER, note TEXT)",
        "CREATE VIEW optuna_trials AS SELECT 1 AS id, 'ours' AS note",
        "CREATE INDEX optuna_trials ON kv (key)",
    ],
)
def test_what_another_program_made_under_such_a_name_stays(
    plain: sqlite3.Connection, foreign: str
) -> None:
    study = optuna.create_study(storage=url_of(plain), study_name="s")
    study.tell(study.ask({"x": optuna.distributions.IntDistribution(1, 3)}), 0.5)
    plain.execute("CREATE TABLE kv (key TEXT)")
    plain.execute(foreign)
    if "TABLE" in foreign:
        plain.execute("INSERT INTO optuna_trials VALUES (1, 'theirs')")
    plain.commit()
    before = list(plain.iterdump())
    for _ in range(2):
        create_views(plain)
        found = column(
            plain, "SELECT sql FROM sqlite_master WHERE name = 'optuna_trials' COLLATE NOCASE"
        )
        assert found == [foreign]
        assert set(before) < set(plain.iterdump())
    for view in VIEWS.keys() - {"optuna_trials", "optuna_trial_intermediate_values"}:
        assert len(rows(plain, f"SELECT * FROM {view}")) == 1


def test_a_second_call_reads_once_and_writes_nothing(titan: sqlite3.Connection) -> None:
    statements: list[str] = []
    with closing(sqlite3.connect(path_of(titan), timeout=0)) as other:
        before = [*rows(other, "PRAGMA data_version"), *rows(other, "PRAGMA schema_version")]
        changes = titan.total_changes
        titan.set_trace_callback(statements.append)
        create_views(titan)
        titan.set_trace_callback(None)
        after = [*rows(other, "PRAGMA data_version"), *rows(other, "PRAGMA schema_version")]
    assert len(statements) == 1
    assert statements[0].startswith("SELECT type, name, sql FROM sqlite_master")
    assert after == before
    assert titan.total_changes == changes
    assert not titan.in_transaction


def test_a_second_call_does_not_wait_for_a_process_that_writes(titan: sqlite3.Connection) -> None:
    titan.execute("BEGIN IMMEDIATE")
    titan.execute("INSERT INTO studies (study_name) VALUES ('half written')")
    with closing(sqlite3.connect(path_of(titan), timeout=0)) as other:
        create_views(other)
        assert column(other, "SELECT study_name FROM optuna_studies") == [NAME]
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_a_second_call_needs_no_right_to_write(titan: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(f"file:{path_of(titan)}?mode=ro", uri=True)) as reader:
        create_views(reader)
        assert column(reader, "SELECT count(*) FROM optuna_trials") == [8]


def test_views_of_another_version_are_made_anew(plain: sqlite3.Connection) -> None:
    create_views(plain)
    old = VIEWS["optuna_trials"].replace("  t.study_id,\n", "")
    plain.execute("DROP VIEW optuna_trials")
    plain.execute(old)
    create_views(plain)
    assert (
        dict(rows(plain, "SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
        == VIEWS
        != {**VIEWS, "optuna_trials": old}
    )


def test_all_views_are_made_or_none(plain: sqlite3.Connection) -> None:
    last = list(VIEWS)[-1]

    def refuse(action: int, name: str | None, *_: object) -> int:
        refused = action == sqlite3.SQLITE_CREATE_VIEW and name == last
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    plain.set_authorizer(refuse)
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        create_views(plain)
    plain.set_authorizer(None)
    assert kinds(plain) == {}
    assert not plain.in_transaction
    create_views(plain)
    assert kinds(plain) == dict.fromkeys(VIEWS, "view")


def test_many_at_once_make_them_once(plain: sqlite3.Connection) -> None:
    path, start, failures = path_of(plain), threading.Barrier(8), list[Exception]()

    def make() -> None:
        try:
            with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as connection:
                start.wait()
                create_views(connection)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert kinds(plain) == dict.fromkeys(VIEWS, "view")


def test_without_optunas_tables_no_view_is_made(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "titan.db")) as connection:
        connection.execute("CREATE TABLE trials (id INTEGER)")
        message = "views: must be made beside Optuna's tables, got none named studies, "
        with pytest.raises(StudyError, match=message):
            create_views(connection)
        assert kinds(connection) == {}


def test_titan_can_still_change_its_own_tables(titan: sqlite3.Connection) -> None:
    titan.execute("CREATE TABLE kv (key TEXT, value_blob BLOB)")
    titan.execute("ALTER TABLE kv RENAME TO store")
    titan.execute("ALTER TABLE store RENAME COLUMN key TO name")
    titan.execute("ALTER TABLE store DROP COLUMN value_blob")
    assert column(titan, "SELECT name FROM pragma_table_info('store')") == ["name"]
