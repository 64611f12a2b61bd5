"""What `apply` promises: the intended keys and nothing else, shown before."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.apply_cases import (
    NAME,
    OTHER,
    TITANS,
    assert_done,
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
from titan_mlopt.core.backtest_id import IDENTITY
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.production.release import TITANS_BACKTEST
from titan_mlopt.tracking.store import open_client

OURS = ("titan_mlopt.applied", "titan_mlopt.backup.1")


pytestmark = pytest.mark.usefixtures("own_cache")


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
    assert 0 <= age.total_seconds() < 3600  # a time zone would be off by hours
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
    again = json.loads(assert_done(run("apply", "--json")))
    assert (again["written"], again["not_due"]) == (False, "in force already and unchanged")
    assert db.read_bytes() == content
    put(db, "config.ml.enabled", packed(True))
    assert "true → false" in assert_done(run("apply"))
    assert value(db, "titan_mlopt.applied")["number"] == 2


def test_another_version_with_the_same_values_is_remembered_and_no_value_is_written(
    store: str, tmp_path: Path, champion: Path, db: Path
) -> None:
    assert_done(run("apply"))
    before = kv(db)
    register(store, tmp_path, bundle_of(TITANS, uid="another study"))
    assert "0 changed, 6 unchanged\ntitan-config version 2 is in force" in assert_done(run("apply"))
    assert value(db, "titan_mlopt.applied")["version"] == "2"
    after = kv(db)
    assert {k for k in after if after[k] != before.get(k)} == {OURS[0], "titan_mlopt.backup.2"}


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
