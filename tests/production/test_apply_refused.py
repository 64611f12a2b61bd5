"""What `apply` refuses: one line, exit code 2, and nothing is changed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.apply_cases import (
    NAME,
    TITANS,
    assert_done,
    assert_refused,
    bundle_of,
    dump,
    embedded,
    kv,
    packed,
    put,
    register,
    run,
    value,
)
from titan_mlopt.core.backtest_id import IDENTITY
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.production.plan import plan_apply, write_step
from titan_mlopt.production.release import TITANS_BACKTEST, check_release, check_values
from titan_mlopt.production.titan_db import open_titan, replace_rows
from titan_mlopt.tracking.store import open_client

pytestmark = pytest.mark.usefixtures("own_cache")


def test_a_config_of_the_embedded_backtest_needs_force_and_a_reason(
    store: str, tmp_path: Path, db: Path
) -> None:
    register(store, tmp_path, embedded(DEFAULTS))
    before = dump(db)
    told = f"backtest: must be the target's, {TITANS_BACKTEST}, got '{IDENTITY}'"
    assert_refused(run("apply"), told)
    assert_refused(run("apply", "--dry-run"), told)
    assert_refused(run("apply", "--force"), "force: must come with a reason, got none")
    assert_refused(run("apply", "--force", "--reason", "  "), "force: must come with a reason")
    assert_refused(run("apply", "--reason", "why"), "reason: must come with --force")
    assert dump(db) == before
    assert_done(run("apply", "--force", "--reason", "one day's trial"))
    assert value(db, "titan_mlopt.applied")["forced_reason"] == "one day's trial"
    tags = open_client(store).get_model_version(NAME, "1").tags
    assert tags["titan_mlopt.forced_reason"] == "one day's trial"
    assert_done(run("apply", "--undo"))
    assert dump(db) == before


def test_a_config_of_titan_is_refused_for_an_embedded_predictor(champion: Path, db: Path) -> None:
    before = dump(db)
    assert_refused(
        run("apply", "--backtest", IDENTITY),
        f"backtest: must be the target's, {IDENTITY}, got '{TITANS_BACKTEST}' for titan-config",
    )
    assert dump(db) == before


def test_force_that_was_not_needed_is_not_remembered(champion: Path, db: Path) -> None:
    assert_done(run("apply", "--force", "--reason", "in a hurry"))
    assert value(db, "titan_mlopt.applied")["forced_reason"] is None


@pytest.mark.parametrize("words", [[], ["--force", "--reason", "please"]], ids=["", "forced"])
def test_a_config_that_was_changed_in_the_registry_is_refused(
    champion: Path, db: Path, words: list[str]
) -> None:
    text = (champion / "config.json").read_text()
    (champion / "config.json").write_text(text.replace("7", "8", 1))
    before = dump(db)
    assert_refused(run("apply", *words), "it was changed after it was registered")
    assert dump(db) == before


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"feature.fast_window": 99}, "feature.fast_window: must be a whole number from 3 to 10"),
        ({"feature.fast_window": 7.0}, "feature.fast_window: must be a whole number"),
        ({"ml.enabled": 1}, "ml.enabled: must be true or false, got 1"),
        ({"regime.mode": "fast\n"}, "must hold dotted names with numbers, bools or short texts"),
        ({"bad key": 1}, "must hold dotted names with numbers, bools or short texts"),
        ({"regime..drift": 1}, "config: keys must be words with dots between"),
    ],
)
def test_values_outside_the_space_are_refused_also_with_force(
    store: str, tmp_path: Path, db: Path, config: dict[str, Any], message: str
) -> None:
    register(store, tmp_path, bundle_of(config))
    before = dump(db)
    assert_refused(run("apply", "--force", "--reason", "please"), message)
    assert dump(db) == before


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("a.b", float("nan")),
        ("a.b", float("-inf")),
        ("a.b", None),
        ("a.b", [1]),
        ("a.b.", 1),
        (".a", 1),
        ("1a", 1),
        ("a b", 1),
        ("ä", 1),
        ("a\n", 1),
        ("a" * 201, 1),
        ("", 1),
    ],
)
def test_a_key_of_another_backtest_must_be_words_and_its_value_a_number(
    name: str, bad: object
) -> None:
    with pytest.raises(ConfigError, match=r"must be (words|true, false, a finite number)"):
        check_values({name: bad}, TITANS_BACKTEST)


def test_a_key_that_the_embedded_backtest_does_not_know_cannot_come_from_it() -> None:
    check_values({"regime.max_drift": 10**400}, TITANS_BACKTEST)
    with pytest.raises(ConfigError, match=r"keys must be Titan's, got 'regime\.max_drift'"):
        check_values({"regime.max_drift": 1}, IDENTITY)


def test_a_manifest_that_names_no_backtest_is_refused() -> None:
    bundle = bundle_of(TITANS)
    for backtest in (None, "x:y", {}, {"path": 5}):
        bad = type(bundle)(bundle.config, {}, {**bundle.manifest, "backtest": backtest})
        with pytest.raises(ConfigError, match=r"manifest\.json: must name the backtest"):
            check_release(NAME, "1", bad, target=TITANS_BACKTEST, reason="please")


def test_a_database_that_is_not_titans_is_refused_and_left_as_it_was(
    champion: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").touch()
    for name, sql in {
        "bare": "CREATE TABLE candles (ts INTEGER)",
        "other": "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT)",
        "more": "CREATE TABLE kv (key TEXT PRIMARY KEY, value_blob, updated_at, owner)",
        "loose": "CREATE TABLE kv (key TEXT, value_blob BLOB, updated_at INTEGER)",
        "view": "CREATE VIEW kv AS SELECT 'a' AS key, x'' AS value_blob, 1 AS updated_at",
    }.items():
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            connection.execute(sql)
    before = {p: p.read_bytes() for p in tmp_path.iterdir() if p.is_file() and p.suffix != ".db"}
    for name, message in {
        "none.db": "none.db: must be production's database, got no file; name the file with --db",
        "folder": "folder: must be production's database, got a folder",
        "text": "text: must be a SQLite database, got another file",
        "empty": "empty: must have the table kv, got none; name production's database, or pass",
        "bare": "bare: must have the table kv, got none",
        "other": "other: its table kv must have the columns key (primary key), value_blob and upd",
        "more": "got key, value_blob, updated_at, owner",
        "loose": "loose: its table kv must have the columns key (primary key)",
        "view": "view: its table kv must have the columns key (primary key)",
    }.items():
        assert_refused(run("apply", "--db", name), message)
        assert_refused(run("apply", "--db", name, "--dry-run"), message)
        assert_refused(run("apply", "--db", name, "--undo"), message)
        if name not in ("empty", "bare"):
            assert_refused(run("apply", "--db", name, "--create"), message)
    assert {p: p.read_bytes() for p in before} == before
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("sql", ["SELECT 1", "CREATE TABLE candles (ts INTEGER)"])
def test_create_makes_the_table_in_a_database_that_has_none(
    champion: Path, tmp_path: Path, sql: str
) -> None:
    new = tmp_path / "new.db"
    new.touch()
    with closing(sqlite3.connect(new)) as connection:
        connection.execute(sql)
    content = new.read_bytes()
    assert "6 changed, 0 unchanged" in assert_done(
        run("apply", "--db", "new.db", "--create", "--dry-run")
    )
    assert new.read_bytes() == content
    assert_done(run("apply", "--db", "new.db", "--create"))
    assert value(new, "config.feature.fast_window") == 7
    assert_done(run("apply", "--db", "new.db", "--undo"))
    assert kv(new) == {}


def test_all_or_nothing_when_a_row_cannot_be_written(champion: Path, db: Path) -> None:
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON kv WHEN new.key = 'titan_mlopt.applied' "
            "BEGIN SELECT RAISE(ABORT, 'not today'); END"
        )
    before = dump(db)
    assert_refused(run("apply"), "titan.db: must be sound, got not today; put it right, nothing")
    assert dump(db) == before


def test_a_row_that_changed_after_it_was_shown_is_not_overwritten(db: Path) -> None:
    release = check_release(NAME, "1", bundle_of(TITANS), target=TITANS_BACKTEST)
    with open_titan(db, timeout_s=5) as titan:
        step = plan_apply(titan, release, 1_800_000_000)
        put(db, "config.feature.slow_window", packed(25))
        before = dump(db)
        with pytest.raises(ConfigError, match=r"slow_window must stay as it was shown, got anothe"):
            write_step(titan, step)
        assert dump(db) == before
        write_step(titan, plan_apply(titan, release, 1_800_000_000))
    assert value(db, "config.feature.slow_window") == 20


def test_a_database_opened_to_be_read_takes_no_row(db: Path) -> None:
    before = dump(db)
    with (
        pytest.raises(ConfigError, match="must be writable, its folder too, got attempt to write"),
        open_titan(db, timeout_s=5, read_only=True) as titan,
    ):
        replace_rows(titan, {}, {"config.ml.enabled": (packed(False), 1)})
    assert dump(db) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root is refused nothing")
def test_a_database_that_may_not_be_written_is_refused(champion: Path, db: Path) -> None:
    db.chmod(0o444)
    assert_refused(run("apply"), "titan.db: must be writable, its folder too, got attempt to write")


def test_a_choice_of_another_backtest_may_be_a_text() -> None:
    check_values({"own.mode": "fast", "own.on": True}, TITANS_BACKTEST)
    with pytest.raises(ConfigError, match=r"own\.mode: must be .* or a short text, got 'x\\n'"):
        check_values({"own.mode": "x\n"}, TITANS_BACKTEST)
