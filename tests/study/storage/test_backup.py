"""Backups of the database: whole, consistent, kept at every 50 trials, and put back."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from support.paths import DOCS
from support.pool_cases import PATIENCE_S, eventually
from support.studies import Tuned, quick
from titan_mlopt.cli import main
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.trial import COMPLETE, FAIL, INTERRUPTED, TrialOutcome, TrialRecord
from titan_mlopt.study.storage import backup
from titan_mlopt.study.storage.backup import (
    BackupKeeper,
    find_backups,
    find_damage,
    keep_backup,
    remove_remains,
    restore_backup,
    save_backup,
)
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import load_record


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a study wait for its last copy however long that takes."""
    monkeypatch.setattr(backup, "_JOIN_TIMEOUT_S", PATIENCE_S)


@pytest.fixture
def db(tmp_path: Path, tuned: Tuned) -> Path:
    """Return a database of a finished study of 8 trials."""
    return Path(shutil.copy(tuned.db, tmp_path / "titan.db"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def overwrite_page(path: Path, number: int = 3) -> None:
    with path.open("rb+") as file:
        file.seek(4096 * number)
        file.write(b"\xa5" * 4096)


def dump_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def run(*words: str) -> Any:
    return CliRunner().invoke(main, list(words))


# --- copies --------------------------------------------------------------------------------------


def test_a_copy_is_one_sound_file_with_the_same_study(db: Path, tuned: Tuned) -> None:
    save_backup(db, db.with_name("copy.db"))
    assert names(db.parent) == ["copy.db", "titan.db"]
    assert find_damage(db.with_name("copy.db"), copy=True) == ""
    name = tuned.config.study_name
    assert load_record(db.with_name("copy.db"), name) == load_record(tuned.db, name)


def test_a_copy_holds_what_was_committed_at_one_moment(tmp_path: Path) -> None:
    db, done = tmp_path / "titan.db", threading.Event()
    commits: list[None] = []
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE pairs (a, b, padding)")

    def write() -> None:
        with closing(sqlite3.connect(db, timeout=60)) as connection:
            while not done.is_set():
                with connection:  # the two rows of a transaction add up to 0
                    connection.execute("INSERT INTO pairs VALUES (1, 0, zeroblob(20000))")
                    connection.execute("INSERT INTO pairs VALUES (-1, 0, zeroblob(20000))")
                commits.append(None)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            save_backup(db, tmp_path / f"{number}.db")
            so_far = len(commits)
            eventually(lambda so_far=so_far: len(commits) > so_far)
    finally:
        done.set()
        writer.join()
    counts = []
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as connection:
            total, count = connection.execute("SELECT sum(a), count(*) FROM pairs").fetchone()
        assert (total or 0, count % 2) == (0, 0)
        counts.append(count)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_a_file_that_exists_is_replaced_only_by_force(db: Path) -> None:
    target = db.with_name("copy.db")
    target.write_text("precious")
    with pytest.raises(StudyError, match=r"copy\.db: must be a new file, got one that exists; "):
        save_backup(db, target)
    assert target.read_text() == "precious"
    save_backup(db, target, force=True)
    assert find_damage(target, copy=True) == ""
    with pytest.raises(StudyError, match="must be a new file, got a folder"):
        save_backup(db, db.parent, force=True)


def test_a_copy_may_be_read_by_those_who_may_read_the_database(db: Path) -> None:
    db.chmod(0o600)
    save_backup(db, db.with_name("copy.db"))
    assert stat.S_IMODE(db.with_name("copy.db").stat().st_mode) == 0o600


def test_a_damaged_database_gives_no_copy_and_the_newest_sound_one_is_named(db: Path) -> None:
    keep_backup(db)
    overwrite_page(db)
    with pytest.raises(StudyError, match=r"titan\.db: must be a sound database.*titan\.db\.backup"):
        keep_backup(db)
    assert names(db.parent) == ["titan.db", "titan.db.backup"]
    assert find_damage(db.with_name("titan.db.backup"), copy=True) == ""


def test_a_database_that_stays_locked_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_TIMEOUT_S", 0.3)
    with closing(sqlite3.connect(tmp_path / "titan.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE kv (key)")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StudyError, match=r"must take a copy of .*locked"):
            save_backup(tmp_path / "titan.db", tmp_path / "copy.db")
    assert names(tmp_path) == ["titan.db"]


def test_a_place_that_takes_no_file_is_one_error(db: Path) -> None:
    with pytest.raises(StudyError, match=r"must take a copy of .* got No such file or directory"):
        save_backup(db, db.parent / "missing" / "copy.db")


# --- those that are kept -------------------------------------------------------------------------


def test_the_newest_copy_and_the_one_before_are_kept(db: Path) -> None:
    for value in (1, 2, 3):
        with closing(sqlite3.connect(db)) as connection, connection:
            connection.execute("CREATE TABLE IF NOT EXISTS mine (value)")
            connection.execute("INSERT INTO mine VALUES (?)", (value,))
        keep_backup(db)
    assert names(db.parent) == ["titan.db", "titan.db.backup", "titan.db.backup.previous"]
    found = []
    for path in find_backups(db):
        with closing(sqlite3.connect(path)) as connection:
            found.append(connection.execute("SELECT max(value) FROM mine").fetchone()[0])
    assert found == [3, 2]


def record(number: int, reason: str = "") -> TrialRecord:
    outcome = TrialOutcome(FAIL if reason else COMPLETE, reason)
    return TrialRecord(number, outcome.state, {}, None, None, None, outcome)


def test_a_copy_is_kept_at_every_50_finished_trials_of_the_study(db: Path) -> None:
    with BackupKeeper(db, 40, pytest.fail) as keeper:
        for number in range(40, 49):
            keeper.trial_finished(record(number))
        keeper.trial_finished(record(49, INTERRUPTED))
    assert find_backups(db) == []
    with BackupKeeper(db, 49, pytest.fail) as keeper:
        keeper.trial_finished(record(50))
    assert [path.name for path in find_backups(db)] == ["titan.db.backup"]


def test_the_study_does_not_wait_for_a_copy(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, copied = threading.Event(), list[Path]()

    def slow(path: Path) -> None:
        assert may_go_on.wait(PATIENCE_S)
        copied.append(path)

    monkeypatch.setattr(backup, "keep_backup", slow)
    with BackupKeeper(db, 0, pytest.fail) as keeper:
        for number in range(150):
            keeper.trial_finished(record(number))
        assert copied == []
        may_go_on.set()
    assert copied == [db]  # the second and third would have come while it was made


def test_a_study_keeps_copies_unless_told_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "EVERY", 2)
    with quick(tmp_path, n_trials=3, backup=False) as tuner:
        tuner.optimize("sample")
        assert find_backups(tmp_path / "titan.db") == []
    with quick(tmp_path, n_trials=4) as tuner:
        tuner.optimize("sample")
        record = load_record(tmp_path / "titan.db", tuner.config.study_name)
    (copy,) = find_backups(tmp_path / "titan.db")
    kept = load_record(copy, record.name).trials
    assert kept == record.trials[: len(kept)]
    assert len(kept) == 4


def test_a_copy_that_fails_is_one_notice_and_the_study_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "EVERY", 1)
    monkeypatch.setattr(backup, "_ROOM_BYTES", 2**62)
    with quick(tmp_path, n_trials=3) as tuner:
        with pytest.warns(UserWarning, match="no backup was made: .*must leave .* MB free") as seen:
            tuner.optimize("sample")
        assert sum("no backup was made" in str(one.message) for one in seen) == 1
        assert tuner.get_summary()["completed_trials"] == 3


def test_what_killed_makers_left_goes_and_what_a_living_one_writes_stays(db: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for pid in (gone.pid, os.getpid()):
        for end in ("", "-journal"):
            db.with_name(f".titan.db.backup.{pid}.x_y.part{end}").touch()
    remove_remains(db)
    mine = f".titan.db.backup.{os.getpid()}.x_y.part"
    assert names(db.parent) == [mine, f"{mine}-journal", "titan.db"]


# --- the way back --------------------------------------------------------------------------------


def test_a_restored_database_is_the_copy_whatever_log_the_old_one_had(db: Path) -> None:
    save_backup(db, db.with_name("copy.db"))
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        with connection:
            connection.execute("UPDATE trials SET number = number + 1000")
        for end in ("", "-wal", "-shm"):  # as a killed process leaves them
            shutil.copy(f"{db}{end}", db.with_name(f"killed.db{end}"))
    aside = restore_backup(db.with_name("killed.db"), db.with_name("copy.db"))
    assert aside == db.with_name("killed.db.replaced")
    assert not db.with_name("killed.db-wal").exists()
    for path, numbers in ((db.with_name("killed.db"), 0), (aside, 1000)):
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("SELECT min(number) FROM trials").fetchone()
        assert found == (numbers,)


def test_a_copy_that_is_damaged_is_not_put_back(db: Path) -> None:
    save_backup(db, db.with_name("copy.db"))
    overwrite_page(db.with_name("copy.db"))
    before = db.read_bytes()
    with pytest.raises(StudyError, match=r"copy\.db: must be a sound backup, got "):
        restore_backup(db, db.with_name("copy.db"))
    with pytest.raises(StudyError, match=r"missing\.db: must be a backup, got no file"):
        restore_backup(db, db.with_name("missing.db"))
    assert db.read_bytes() == before
    assert names(db.parent) == ["copy.db", "titan.db"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_database_that_somebody_has_open_is_not_replaced(db: Path) -> None:
    save_backup(db, db.with_name("copy.db"))
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM trials')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", f"{code}; print(flush=True); sys.stdin.read()", str(db)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StudyError, match=rf"got it (held by|open in) pid {process.pid} "):
            restore_backup(db, db.with_name("copy.db"))
        process.communicate()


def access(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def give_away(path: Path, mode: int) -> tuple[int, int, int]:
    """Give a file to another user, where that is allowed; return owner, group and mode."""
    if os.geteuid() == 0:
        os.chown(path, 65_534, 65_533)
    path.chmod(mode)
    return access(path)


def test_a_restored_database_keeps_owner_and_mode_and_the_link_that_leads_to_it(
    db: Path, tmp_path: Path
) -> None:
    save_backup(db, db.with_name("copy.db"))
    (tmp_path / "disk").mkdir()
    file = db.rename(tmp_path / "disk" / "real.db")
    db.symlink_to(file)
    expected = give_away(file, 0o664)
    db.with_name("copy.db").chmod(0o600)
    assert restore_backup(db, db.with_name("copy.db")) == file.with_name("real.db.replaced")
    assert db.is_symlink()
    assert dump_of(file) == dump_of(db.with_name("copy.db"))
    assert access(file) == expected
    assert access(file.with_name("real.db.replaced")) == expected


def test_a_database_that_is_gone_comes_back_with_the_owner_and_mode_of_its_backup(
    db: Path,
) -> None:
    expected = give_away(db, 0o660)
    keep_backup(db)
    assert access(db.with_name("titan.db.backup")) == expected
    db.unlink()
    assert restore_backup(db, db.with_name("titan.db.backup")) is None
    assert access(db) == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_who_may_not_keep_a_databases_owner_does_not_replace_it(
    tuned: Tuned, open_folder: Path
) -> None:
    db = open_folder / "titan.db"
    for path in (db, db.with_name("copy.db")):
        save_backup(tuned.db, path)
        path.chmod(0o666)
    before = names(db.parent)
    os.seteuid(65_534)
    try:
        with pytest.raises(
            StudyError, match=r"titan\.db: must keep its owner .* got a file of user 0"
        ):
            restore_backup(db, db.with_name("copy.db"))
    finally:
        os.seteuid(0)
    assert names(db.parent) == before
    assert access(db)[0] == 0


def test_a_copy_that_replaces_one_keeps_its_owner_mode_and_link(db: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    real = tmp_path / "disk" / "copy.db"
    real.touch()
    expected = give_away(real, 0o644)
    db.with_name("copy.db").symlink_to(real)
    db.chmod(0o600)
    save_backup(db, db.with_name("copy.db"), force=True)
    assert db.with_name("copy.db").is_symlink()
    assert find_damage(real, copy=True) == ""
    assert access(real) == expected


def test_what_is_rescued_belongs_to_whom_the_database_did(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    open_storage(db).engine.dispose()
    expected = give_away(db, 0o640)
    storage = open_storage(db)
    with storage.engine.connect():
        db.unlink()
    with pytest.raises(StudyError, match=r"titan\.db: must stay in its place"):
        storage.engine.connect().begin()
    assert access(tmp_path / "titan.db.rescued") == expected
    storage.engine.dispose()


# --- the commands --------------------------------------------------------------------------------


def test_the_commands_copy_and_put_back(db: Path) -> None:
    made = run("backup", "--db", str(db), "--json")
    assert made.exit_code == 0, made.output
    copy = Path(json.loads(made.output)["backup"])
    assert copy.parent == db.parent
    assert find_backups(db) == [copy]
    overwrite_page(db)
    back = run("restore", "--db", str(db))
    assert back.exit_code == 0, back.output
    assert back.output.startswith(f"{db}: restored from {copy}; what was there is {db}.replaced")
    assert find_damage(db) == ""


def test_without_a_copy_restore_is_one_line(db: Path) -> None:
    result = run("restore", "--db", str(db))
    assert result.exit_code == 2
    assert "titan.db: must have a sound backup beside it, got none; name one" in result.stderr


def test_the_commands_of_the_page_run_one_after_the_other(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (DOCS / "reliability.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\n(titan-mlopt backup.*?)```", page, re.DOTALL)
    monkeypatch.chdir(db.parent)
    for line in block.splitlines():
        program, *words = shlex.split(line, comments=True)
        assert program == "titan-mlopt"
        result = run(*words)
        assert result.exit_code == 0, result.output
    assert {"copy.db", "titan.db.replaced", "titan.db.replaced-2"} <= set(names(db.parent))
