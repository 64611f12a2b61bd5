"""What `apply` promises: the intended keys and nothing else, and a way back that is exact."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from apply_cases import (
    NAME,
    OTHER,
    TITANS,
    bundle_of,
    dump,
    embedded,
    kv,
    make_titan_db,
    packed,
    put,
    register,
    run,
    value,
)
from click.testing import Result

from titan_mlopt.backtest.identity import IDENTITY
from titan_mlopt.deployment import plan_apply, write_step
from titan_mlopt.errors import ConfigError
from titan_mlopt.params import DEFAULTS
from titan_mlopt.production import TITANS_BACKTEST, check_release, check_values
from titan_mlopt.titan_db import open_titan
from titan_mlopt.tracking.store import open_client

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells who holds a lock")
OURS = ("titan_mlopt.applied", "titan_mlopt.backup.1")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    make_titan_db(tmp_path / "titan.db")
    return tmp_path / "titan.db"


@pytest.fixture
def champion(store: str, tmp_path: Path) -> Path:
    """Register a config of Titan's own backtest as champion; return its artifacts."""
    return register(store, tmp_path, bundle_of(TITANS))


def assert_refused(result: Result, message: str) -> None:
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stderr.startswith("titan-mlopt: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def assert_done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


# --- what is written -----------------------------------------------------------------------------


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_only_the_keys_that_differ_and_our_records_change(
    champion: Path, db: Path, journal: str
) -> None:
    db.unlink()
    make_titan_db(db, journal)
    before, rows_before = dump(db), kv(db)
    assert_done(run("apply", "--alias", "champion"))
    after, rows = dump(db), kv(db)
    written = {f"config.{key}" for key in TITANS} - {"config.feature.slow_window"}
    assert {key for key in rows if rows[key] != rows_before.get(key)} == {*written, *OURS}
    assert rows_before.keys() <= rows.keys()
    old = {row for row in before["kv"] if row[1] not in written}
    assert old <= set(after["kv"])
    assert {table: after[table] for table in after if table != "kv"} == {
        table: before[table] for table in before if table != "kv"
    }
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == (journal,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_values_arrive_as_titan_keeps_them_with_their_types(champion: Path, db: Path) -> None:
    start = int(time.time())
    assert_done(run("apply"))
    for name, wanted in TITANS.items():
        blob, at = kv(db)[f"config.{name}"]
        got = value(db, f"config.{name}")
        assert (got, type(got)) == (wanted, type(wanted))
        if name != "feature.slow_window":  # it stood there already
            assert blob == packed(wanted)
            assert isinstance(at, int)
            assert start <= at <= time.time()


def test_titans_own_defaults_come_after_and_ours_win(champion: Path, db: Path) -> None:
    assert_done(run("apply"))
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.executemany(
            "INSERT OR IGNORE INTO kv VALUES (?, ?, ?)",
            [(f"config.{key}", packed(default), 9) for key, default in DEFAULTS.items()],
        )
    for name, wanted in TITANS.items():
        assert value(db, f"config.{name}") == wanted
    assert value(db, "config.ml.max_depth") == DEFAULTS["ml.max_depth"]


def test_a_whole_number_replaces_an_equal_float(champion: Path, db: Path) -> None:
    put(db, "config.feature.fast_window", packed(7.0))
    put(db, "config.ml.enabled", packed(0))
    out = assert_done(run("apply"))
    assert re.search(r"config\.feature\.fast_window +7\.0 → 7\n", out)
    assert re.search(r"config\.ml\.enabled +0 → false\n", out)
    assert (value(db, "config.feature.fast_window"), value(db, "config.ml.enabled")) == (7, False)
    assert type(value(db, "config.feature.fast_window")) is int


def test_the_embedded_config_fits_a_database_of_the_embedded_predictor(
    store: str, tmp_path: Path, db: Path
) -> None:
    register(store, tmp_path, embedded({**DEFAULTS, "feature.fast_window": 9}))
    assert_done(run("apply", "--backtest", IDENTITY))
    assert {name: value(db, f"config.{name}") for name in DEFAULTS} == {
        **DEFAULTS,
        "feature.fast_window": 9,
    }
    assert value(db, "titan_mlopt.applied")["forced_reason"] is None


def test_the_database_remembers_what_is_in_force_and_what_was_before(
    store: str, tmp_path: Path, champion: Path, db: Path
) -> None:
    assert_done(run("apply"))
    first = value(db, "titan_mlopt.applied")
    assert {k: first[k] for k in ("number", "name", "version", "before")} == {
        **{"number": 1, "name": NAME, "version": "1", "before": None}
    }
    assert first["config_sha256"] == bundle_of(TITANS).config_sha256
    assert first["backtest"] == TITANS_BACKTEST
    age = datetime.now(UTC) - datetime.fromisoformat(first["at"])
    assert 0 <= age.total_seconds() < 60
    register(store, tmp_path, bundle_of(OTHER))
    assert_done(run("apply", "--version", "2"))
    second = value(db, "titan_mlopt.applied")
    assert (second["number"], second["version"]) == (2, "2")
    assert second["before"] == {"name": NAME, "version": "1"}


def test_the_version_is_tagged_with_when_it_was_applied(
    champion: Path, db: Path, store: str
) -> None:
    assert_done(run("apply"))
    tags = open_client(store).get_model_version(NAME, "1").tags
    assert tags["titan_mlopt.applied"] == value(db, "titan_mlopt.applied")["at"]
    assert "titan_mlopt.forced_reason" not in tags


def test_a_registry_that_takes_no_tag_is_a_notice(champion: Path, db: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON model_version_tags "
            "BEGIN SELECT RAISE(ABORT, 'no tags today'); END"
        )
    result = run("apply")
    assert_done(result)
    assert "titan-config version 1 got no tag in the registry: " in result.stderr
    assert "no tags today" in result.stderr
    assert value(db, "config.feature.fast_window") == 7


# --- what is shown -------------------------------------------------------------------------------


def test_what_changes_is_shown_aligned_and_the_rest_counted(champion: Path, db: Path) -> None:
    out = assert_done(run("apply", "--dry-run"))
    assert out.splitlines() == [
        f"titan.db: {NAME} version 1, tuned on {TITANS_BACKTEST}",
        "  config.feature.fast_window      5 → 7",
        "  config.ml.enabled            true → false",
        "  config.ml.learning_rate     0.065 → 0.12000000000000001",
        "  config.online.min_weight     none → 0.072",
        "  config.regime.max_drift      none → 2.5e-07",
        "5 changed, 1 unchanged",
        "dry run: nothing was written",
    ]


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_dry_run_leaves_no_trace(
    champion: Path, db: Path, store: str, tmp_path: Path, journal: str
) -> None:
    db.unlink()
    make_titan_db(db, journal)
    content = db.read_bytes()
    assert_done(run("apply", "--dry-run"))
    assert db.read_bytes() == content
    assert [p.name for p in tmp_path.glob("titan.db*")] == ["titan.db"]
    assert "titan_mlopt.applied" not in open_client(store).get_model_version(NAME, "1").tags


def test_a_version_in_force_is_not_written_again(champion: Path, db: Path) -> None:
    assert_done(run("apply"))
    content = db.read_bytes()
    out = assert_done(run("apply"))
    assert "0 changed, 6 unchanged\nin force already and unchanged; nothing was written" in out
    assert db.read_bytes() == content
    put(db, "config.ml.enabled", packed(True))
    assert "true → false" in assert_done(run("apply"))
    assert value(db, "titan_mlopt.applied")["number"] == 2


def test_a_script_reads_one_json_document(champion: Path, db: Path) -> None:
    shown = json.loads(assert_done(run("apply", "--dry-run", "--json")))
    assert (shown["written"], shown["in_force"]["version"]) == (False, "1")
    done = json.loads(assert_done(run("apply", "--json")))
    assert done["written"] is True
    assert done["changes"][:2] == [
        {"key": "config.feature.fast_window", "old": 5, "new": 7},
        {"key": "config.ml.enabled", "old": True, "new": False},
    ]
    assert done["unchanged"] == 1
    assert (done["forced_reason"], done["cached_s"], done["undone"]) == (None, None, None)
    undone = json.loads(assert_done(run("apply", "--undo", "--json")))
    assert (undone["undone"]["version"], undone["in_force"]) == ("1", None)
    assert undone["changes"][-1] == {"key": "config.regime.max_drift", "old": 2.5e-07, "new": None}


def test_an_old_value_that_cannot_be_read_is_shown_replaced_and_restored(
    champion: Path, db: Path
) -> None:
    put(db, "config.ml.enabled", b"not zlib")
    put(db, "config.ml.learning_rate", None)
    before = dump(db)
    out = assert_done(run("apply"))
    assert re.search(r"config\.ml\.enabled +unreadable b'not zlib' → false\n", out)
    assert re.search(r"config\.ml\.learning_rate +unreadable None → 0\.12", out)
    assert value(db, "config.ml.enabled") is False
    assert_done(run("apply", "--undo"))
    assert dump(db) == before


# --- undo ----------------------------------------------------------------------------------------


def test_each_undo_restores_the_database_before_that_apply_to_the_byte(
    store: str, tmp_path: Path, champion: Path, db: Path
) -> None:
    register(store, tmp_path, bundle_of(OTHER))
    dumps = []
    for version in ("1", "2", "1", "2", "1"):
        dumps.append(dump(db))
        assert_done(run("apply", "--version", version))
    for before, told in zip(
        reversed(dumps),
        ("version 2 is in force", "version 1 is", "version 2 is", "version 1 is", "nothing is"),
        strict=True,
    ):
        out = assert_done(run("apply", "--undo", "--db", "titan.db"))
        assert told in out
        assert dump(db) == before
    assert_refused(run("apply", "--undo"), "titan.db: must have an applied version to undo, got no")


def test_undo_shows_what_changes_and_a_dry_run_stops_there(champion: Path, db: Path) -> None:
    assert_done(run("apply"))
    content = db.read_bytes()
    out = assert_done(run("apply", "--undo", "--dry-run"))
    assert re.search(r"^  config\.feature\.fast_window +7 → 5$", out, re.MULTILINE)
    assert re.search(r"^  config\.regime\.max_drift +2\.5e-07 → none$", out, re.MULTILINE)
    assert out.endswith("5 changed, 1 unchanged\ndry run: nothing was written\n")
    assert db.read_bytes() == content


def test_undo_needs_no_store(champion: Path, db: Path, tmp_path: Path) -> None:
    before = dump(db)
    assert_done(run("apply"))
    (tmp_path / "mlflow.db").unlink()
    assert_done(run("apply", "--undo"))
    assert dump(db) == before


@pytest.mark.parametrize(
    ("key", "got"),
    [
        ("config.ml.enabled", "must be as it was applied, false, got true"),
        ("config.feature.slow_window", "must be as it was applied, 20, got 21"),
    ],
)
def test_undo_refuses_when_someone_changed_a_key_since(
    champion: Path, db: Path, key: str, got: str
) -> None:
    assert_done(run("apply"))
    put(db, key, packed(True if key.endswith("enabled") else 21))
    before = dump(db)
    assert_refused(run("apply", "--undo"), f"titan.db: {key} {got}; someone changed it since")
    assert dump(db) == before


def test_undo_refuses_when_someone_removed_keys_since(champion: Path, db: Path) -> None:
    assert_done(run("apply"))
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("DELETE FROM kv WHERE key LIKE 'config.ml.%'")
    before = dump(db)
    assert_refused(
        run("apply", "--undo"),
        "config.ml.enabled and 1 more must be as it was applied, false, got no such key",
    )
    assert dump(db) == before


def test_a_forced_undo_keeps_the_reason_and_what_it_overwrote(champion: Path, db: Path) -> None:
    before = kv(db)
    assert_done(run("apply"))
    put(db, "config.ml.enabled", packed("maybe"))
    assert_refused(run("apply", "--undo", "--force"), "force: must come with a reason, got none")
    assert_done(run("apply", "--undo", "--force", "--reason", "tried by hand"))
    after = kv(db)
    record = value(db, "titan_mlopt.undone")
    del after["titan_mlopt.undone"]
    assert after == before
    assert (record["version"], record["forced_reason"]) == ("1", "tried by hand")
    assert record["overwritten"] == {"config.ml.enabled": '"maybe"'}


def test_a_key_that_someone_wrote_again_with_the_same_value_is_no_change(
    champion: Path, db: Path
) -> None:
    before = dump(db)
    assert_done(run("apply"))
    put(db, "config.regime.max_drift", packed(2.5e-07), at=77)
    assert_done(run("apply", "--undo"))
    assert dump(db) == before


def test_undo_stands_alone(champion: Path, db: Path) -> None:
    assert_done(run("apply"))
    assert_refused(
        run("apply", "--undo", "--version", "1", "--offline"),
        "undo: must stand without version, offline, got both; it takes back the last apply",
    )


@pytest.mark.parametrize(
    ("key", "blob", "message"),
    [
        ("titan_mlopt.applied", b"?", "titan.db: titan_mlopt.applied: must be zlib-compressed"),
        ("titan_mlopt.applied", packed([]), "titan_mlopt.applied: must be as titan_mlopt wrote it"),
        ("titan_mlopt.backup.1", packed({}), "titan_mlopt.backup.1: must be as titan_mlopt wrote"),
        ("titan_mlopt.backup.1", packed([{"number": 1}]), "must be as titan_mlopt wrote it"),
        (
            "titan_mlopt.backup.1",
            packed([{"number": 7, "at_s": 1, "rows": {}, "values": {}}]),
            "must hold what version 1 replaced, got that of another apply",
        ),
        (
            "titan_mlopt.backup.1",
            packed([{"number": 1, "at_s": 1, "rows": {"a": [1]}, "values": {}}]),
            "must hold a row of every key that was applied",
        ),
    ],
)
def test_records_that_someone_damaged_are_one_line(
    champion: Path, db: Path, key: str, blob: bytes, message: str
) -> None:
    assert_done(run("apply"))
    put(db, key, blob)
    before = dump(db)
    assert_refused(run("apply", "--undo"), message)
    assert dump(db) == before


# --- refused -------------------------------------------------------------------------------------


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
        ({"regime.mode": "fast"}, "must hold dotted names with numbers or bools"),
        ({"bad key": 1}, "must hold dotted names with numbers or bools"),
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
    with pytest.raises(ConfigError, match=r"must be (words|true, false or a finite number)"):
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
        "none.db": "none.db: must be Titan's database, got no file; name the file with --db",
        "folder": "folder: must be Titan's database, got a folder",
        "text": "text: must be a SQLite database, got another file",
        "empty": "empty: must have Titan's table kv, got none; name Titan's database, or pass --cr",
        "bare": "bare: must have Titan's table kv, got none",
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


@pytest.mark.skipif(os.geteuid() == 0, reason="root is refused nothing")
def test_a_database_that_may_not_be_written_is_refused(champion: Path, db: Path) -> None:
    db.chmod(0o444)
    assert_refused(run("apply"), "titan.db: must be writable, its folder too, got attempt to write")


# --- locks ---------------------------------------------------------------------------------------

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchone()
print("holding", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(db: Path, *statements: str) -> Iterator[subprocess.Popen[str]]:
    """Let another process run statements in an open transaction, until its stdin closes."""
    command = [sys.executable, "-c", HOLDER, str(db), *statements]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        yield process
        if process.stdin is not None:
            process.stdin.close()


@on_linux
@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_locked_database_is_refused_and_the_holder_is_named(
    champion: Path, db: Path, journal: str, lock: str
) -> None:
    db.unlink()
    make_titan_db(db, journal)
    before = dump(db)
    with held(db, lock) as holder:
        command = Path(f"/proc/{holder.pid}/comm").read_text().strip()
        start = time.monotonic()
        result = run("apply", "--timeout", "0.3")
        assert time.monotonic() - start >= 0.3
        assert_refused(
            result,
            "titan.db: must be free within 0.3 s, got a lock, held by pid "
            f"{holder.pid} ({command}); try again when it is gone, or wait longer with --timeout",
        )
    assert dump(db) == before
    assert_done(run("apply", "--timeout", "0"))


@on_linux
def test_a_reader_that_stays_is_named_too(champion: Path, db: Path) -> None:
    before = dump(db)
    with held(db, "BEGIN", "SELECT * FROM kv") as reader:
        result = run("apply", "--timeout", "0.1")
        assert_refused(result, f"got a lock, held by pid {reader.pid} (")
    assert dump(db) == before


def test_a_lock_that_goes_in_time_is_waited_for(champion: Path, db: Path) -> None:
    results: list[Result] = []
    with held(db, "BEGIN EXCLUSIVE") as holder:
        thread = threading.Thread(target=lambda: results.append(run("apply", "--timeout", "60")))
        thread.start()
        # Our own connection is open: it waits now, or will. Either is served.
        deadline = time.monotonic() + 30
        while sys.platform == "linux" and not opened_here(db) and time.monotonic() < deadline:
            thread.join(0.01)
        assert holder.stdin is not None
        holder.stdin.close()
        thread.join()
    assert_done(results[0])
    assert value(db, "config.feature.fast_window") == 7


def opened_here(db: Path) -> bool:
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            if descriptor.readlink() == db:
                return True
        except OSError:
            continue
    return False


@pytest.mark.parametrize("wait", ["-1", "soon", "nan"])
def test_a_timeout_that_is_none_is_refused(champion: Path, db: Path, wait: str) -> None:
    assert_refused(run("apply", "--timeout", wait), "timeout: must be a number >= 0")
