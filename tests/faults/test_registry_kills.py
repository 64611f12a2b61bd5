"""Commands killed after each of their writes: then the state is the one before or the one after."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus

from support.apply_cases import (
    FORCE,
    NAME,
    OTHER,
    TITANS,
    assert_done,
    bundle_of,
    dump,
    make_titan_db,
    register,
    run,
)
from support.kill_points import at_once, killed_at
from support.tally import LONG, SEED, TALLY
from support.verdict_cases import SETTINGS, market
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.backtest.kv_table import decode_value
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.study.storage.backup import restore_backup, save_backup
from titan_mlopt.tracking.registry.alias_history import INTENT, read_moves
from titan_mlopt.tracking.registry.aliases import register_config, rollback_version
from titan_mlopt.tracking.registry.gate_tags import read_gate_history
from titan_mlopt.tracking.registry.verdict_tags import UNFINISHED
from titan_mlopt.tracking.registry.versions import MODEL_ID, find_versions
from titan_mlopt.tracking.store import open_client

pytestmark = pytest.mark.slow
AREA = "registry and Titan's database: killed after each write"
#: Commands of which any may be the next one after a kill.
NEXT = ("versions", "rollback", "promote", "apply")


@dataclass(frozen=True)
class State:
    """What a registry says: aliases, history, versions, and what the versions tell of force."""

    aliases: dict[str, str]
    moves: list[tuple[str, str | None, str, str]]
    versions: int
    forced: dict[str, int]


@pytest.fixture(scope="module")
def template(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three versions, each of which was champion in turn, and Titan's file."""
    folder = tmp_path_factory.mktemp("template")
    shutil.copy(empty_store, folder / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    for window in (3, 4, 5):
        register(uri, folder, bundle_of({**TITANS, "feature.fast_window": window}))
    make_titan_db(folder / "titan.db")
    return folder


@pytest.fixture
def places(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_cache: None
) -> Iterator[Path]:
    """Yield folders that begin like the template, each the working one of its turn."""

    def make() -> Iterator[Path]:
        for number in count():
            folder = tmp_path / str(number)
            folder.mkdir()
            for name in ("mlflow.db", "titan.db"):
                shutil.copy(template / name, folder / name)
            monkeypatch.chdir(folder)
            monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
            yield folder

    return make()


def client_of(folder: Path) -> MlflowClient:
    return open_client(f"sqlite:///{folder / 'mlflow.db'}")


def state_of(folder: Path) -> State:
    client = client_of(folder)
    model, versions = client.get_registered_model(NAME), find_versions(client, NAME)
    for version in versions:
        # Whoever was promoted by force has it in the description, as in the tags.
        marks, text = len(read_gate_history(version.tags).forced), version.description or ""
        assert text.count("**Promoted without the gate's word**") == min(marks, 3)
        assert UNFINISHED not in version.tags
        assert "mlflow.modelVersions" in client.get_logged_model(version.tags[MODEL_ID]).tags
    forced = {
        v.version: marks for v in versions if (marks := len(read_gate_history(v.tags).forced))
    }
    return State(
        {alias: str(version) for alias, version in model.aliases.items()},
        [(m.alias, m.before, m.after, m.how) for m in read_moves(model.tags)],
        len(versions),
        forced,
    )


def intents_of(folder: Path) -> list[str]:
    return [key for key in client_of(folder).get_registered_model(NAME).tags if INTENT in key]


def is_whole(folder: Path, after: State) -> bool:
    """Return whether all of a command was written before it was killed."""
    return not intents_of(folder) and state_of(folder) == after


def done(*words: str) -> Callable[[], object]:
    return lambda: assert_done(run(*words))


def register_fourth() -> None:
    folder = Path.cwd()
    client = client_of(folder)
    experiment = client.get_experiment_by_name("artifacts-0")
    assert experiment is not None
    run_id = client.search_runs([experiment.experiment_id])[0].info.run_id
    register_config(client, NAME, run_id, bundle_of(OTHER))


COMMANDS: dict[str, Callable[[], object]] = {
    "rollback": done("rollback", "--reason", "lost money"),
    "promote": done("promote", "1", *FORCE),
    "register": register_fourth,
}

KILLED = list(COMMANDS) if LONG else ["rollback"]


def writes(first: int) -> Iterator[int]:
    """Count the writes after which a command is killed: each in the long form, else every other.

    first: 1 or 2, so that tests that resemble each other share them.
    """
    return count(1) if LONG else count(first, 2)


@pytest.mark.parametrize("command", KILLED)
def test_a_killed_command_is_undone_or_completed_by_the_next_one_that_looks(
    places: Iterator[Path], command: str
) -> None:
    folder, work = next(places), COMMANDS[command]
    before = state_of(folder)
    work()
    after = state_of(folder)
    assert after != before
    for n in writes(1):
        folder = next(places)
        if not killed_at(n, work):
            break
        assert_done(run("versions"))
        found = state_of(folder)
        assert found in (before, after), f"after write {n}"
        # A registration without a version may be an upload that goes on.
        assert intents_of(folder) == [] or (command == "register" and found == before)
        TALLY.add(AREA, kills=1)
        assert_done(run("versions"))
        assert state_of(folder) == found
    assert n > 4


@pytest.mark.parametrize("command", KILLED)
def test_a_killed_command_that_is_run_again_leaves_what_one_run_would(
    places: Iterator[Path], command: str
) -> None:
    folder, work = next(places), COMMANDS[command]
    work()
    after = state_of(folder)
    for n in writes(2):
        folder = next(places)
        if not killed_at(n, work):
            break
        if command == "rollback" and is_whole(folder, after):
            continue  # again, and it goes one further back
        work()
        found = state_of(folder)
        assert (found.aliases, found.moves) == (after.aliases, after.moves), f"after write {n}"
        assert found.versions == after.versions
        assert found.forced.keys() == after.forced.keys()
        assert intents_of(folder) == []
        models = client_of(folder).search_logged_models(
            [e.experiment_id for e in client_of(folder).search_experiments()]
        )
        ready = [model for model in models if model.status == LoggedModelStatus.READY]
        assert len(ready) == after.versions
        assert not [model for model in models if model.status == LoggedModelStatus.PENDING]
        TALLY.add(AREA, kills=1)


@pytest.mark.matrix
def test_any_next_command_finds_the_history_that_the_alias_tells(places: Iterator[Path]) -> None:
    draw = random.Random(SEED)
    for command, work in ((key, COMMANDS[key]) for key in KILLED):
        for n in writes(1):
            folder = next(places)
            if not killed_at(n, work):
                break
            for following in draw.sample(NEXT, 2):
                words = {
                    "promote": ("promote", "2", *FORCE),
                    "apply": ("apply", "--db", "titan.db"),
                }
                assert_done(run(*words.get(following, (following,))))
                found = state_of(folder)
                for alias, version in found.aliases.items():
                    last = [move for move in found.moves if move[0] == alias][-1]
                    assert last[2] == version, (command, n, following)
                chain = [move for move in found.moves if move[0] == "champion"]
                assert [m[1] for m in chain[1:]] == [m[2] for m in chain[:-1]]
            TALLY.add(AREA, kills=1)


def test_a_rollback_killed_after_each_write_and_run_again_never_restores_the_bad_champion(
    places: Iterator[Path],
) -> None:
    folder = next(places)
    done("rollback")()
    after = state_of(folder)
    for n in writes(2):
        folder = next(places)
        if not killed_at(n, done("rollback")):
            break
        if not is_whole(folder, after):
            done("rollback")()
        assert state_of(folder).aliases["champion"] == "2", f"after write {n}"
        done("rollback")()
        assert state_of(folder).aliases["champion"] == "1"
        TALLY.add(AREA, kills=1)


def test_two_processes_complete_the_same_move_at_once_and_record_it_once(
    places: Iterator[Path],
) -> None:
    for n in (1, 2, 3):
        folder = next(places)
        assert killed_at(n, done("promote", "1", *FORCE))
        at_once(done("versions"), done("versions"), done("promote", "2", *FORCE))
        found = state_of(folder)
        assert found.aliases["champion"] == "2"
        assert found.moves[-1][2:] == ("2", "force")
        assert len(found.moves) == len(set(found.moves))
        assert intents_of(folder) == []
        TALLY.add(AREA, kills=1)


# --- the gate ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study that has a hold-out, and its best config as version 1."""
    folder = tmp_path_factory.mktemp("judged")
    shutil.copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        save_candles(market(), "candles.csv")
        with AutoTuner("titan.db", TunerConfig(**{**SETTINGS, "tracking": True})) as tuner:
            tuner.optimize("candles.csv")
    return folder


def test_a_killed_promotion_by_the_gate_is_whole_or_was_never_made(
    judged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = 3 if LONG else 21  # three seeds in a row try every write in the long form
    for n in count(1 + SEED % step, step):
        folder = tmp_path / str(n)
        folder.mkdir()
        for name in ("mlflow.db", "titan.db", "candles.csv"):
            shutil.copy(judged / name, folder / name)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        if not killed_at(n, done("promote", "1")):
            break
        assert_done(run("versions"))
        client = client_of(folder)
        version, model = client.get_model_version(NAME, "1"), client.get_registered_model(NAME)
        story, moved = read_gate_history(version.tags), "champion" in model.aliases
        assert (read_moves(model.tags)[-1].alias == "champion") == moved, f"after write {n}"
        assert UNFINISHED not in version.tags
        assert intents_of(folder) == []
        if story.decision is not None:
            assert version.tags["titan_mlopt.verdict"] == story.decision.verdict
            assert story.openings == story.decision.opening
            assert "**PROMOTE: " in version.description
        assert not moved or story.decision is not None
        again = run("promote", "1")
        assert again.exit_code == (3 if moved else 0), again.output  # 3: it is the champion
        assert str(client.get_registered_model(NAME).aliases["champion"]) == "1"
        TALLY.add(AREA, kills=1)


# --- Titan's database ----------------------------------------------------------------------------


def test_a_killed_apply_is_all_in_the_database_or_nothing_and_run_again_is_whole(
    places: Iterator[Path],
) -> None:
    apply = done("apply", "--db", "titan.db")
    folder = next(places)
    before = dump(folder / "titan.db")
    for n in count(1):
        folder = next(places)
        killed = killed_at(n, apply)
        rows = dump(folder / "titan.db")
        assert (rows == before) or "titan_mlopt.applied" in str(rows), f"after write {n}"
        if not killed:
            break
        apply()
        applied: Any = decode_value(value_of(folder / "titan.db", "titan_mlopt.applied"), "")
        tags = client_of(folder).get_model_version(NAME, "3").tags
        assert tags["titan_mlopt.applied"] == applied["at"]
        assert_done(run("apply", "--undo", "--db", "titan.db"))
        assert dump(folder / "titan.db") == before
        TALLY.add(AREA, kills=1)
    assert n > 5


def value_of(db: Path, key: str) -> bytes:
    with closing(sqlite3.connect(db)) as connection:
        row = connection.execute("SELECT value_blob FROM kv WHERE key = ?", (key,)).fetchone()
    return bytes(row[0])


def test_a_killed_undo_is_all_in_the_database_or_nothing(places: Iterator[Path]) -> None:
    for n in count(1):
        folder = next(places)
        original = dump(folder / "titan.db")
        done("apply", "--db", "titan.db")()
        applied = dump(folder / "titan.db")
        killed = killed_at(n, done("apply", "--undo", "--db", "titan.db"))
        assert dump(folder / "titan.db") in (original, applied), f"after write {n}"
        if not killed:
            break
        TALLY.add(AREA, kills=1)
    assert n > 4


def test_a_killed_restore_is_completed_by_the_next_command_or_never_began(
    places: Iterator[Path],
) -> None:
    for n in count(1):
        folder = next(places)
        db, copy = folder / "titan.db", folder / "copy.db"
        old = dump(db)
        save_backup(db, copy)
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute("DELETE FROM patterns")
        new = dump(copy)
        with closing(sqlite3.connect(db)) as connection:  # a log that a killed Titan left
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("DELETE FROM candles")
            connection.commit()
            for end in ("", "-wal"):
                shutil.copy(f"{db}{end}", folder / f"kept{end}")
        for end in ("", "-wal"):
            (folder / f"kept{end}").replace(f"{db}{end}")
        lost = {**old, "candles": []}
        if not killed_at(n, lambda db=db, copy=copy: restore_backup(db, copy)):
            break
        run("apply", "--dry-run", "--db", "titan.db")
        found = dump(db)
        assert found in (new, lost), f"after write {n}"
        aside = folder / "titan.db.replaced"
        assert aside.exists() == (found == new)
        if aside.exists():
            assert dump(aside) == lost
        restore_backup(db, copy)
        assert dump(db) == new
        assert not [path for path in folder.iterdir() if path.suffix in (".part", ".restoring")]
        TALLY.add(AREA, kills=1)
    assert n > 4


def test_a_rollback_by_hand_beside_an_old_registry_without_intents_goes_on_as_before(
    places: Iterator[Path],
) -> None:
    folder = next(places)
    client = client_of(folder)
    client.set_registered_model_alias(NAME, "champion", "1")
    assert rollback_version(client, NAME).version == "3"
