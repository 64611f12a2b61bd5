"""What `apply --undo` promises: what stood there before, exactly."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.apply_cases import (
    OTHER,
    assert_done,
    assert_refused,
    bundle_of,
    dump,
    kv,
    packed,
    put,
    register,
    run,
    value,
)

pytestmark = pytest.mark.usefixtures("own_cache")


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
        run("apply", "--undo", "--version", "1", "--create"),
        "--undo: must stand without --version, --create, got both; it takes back the last apply",
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
