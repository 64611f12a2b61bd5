"""A new MLflow store is whole or not there at all, and one that a killed program left is mended."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient

from support.pool_cases import PATIENCE_S
from support.store_cases import Makers, makers
from support.studies import QUICK, quick
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.cli import main
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.tracking import sqlite
from titan_mlopt.tracking.sqlite import Content, find_content
from titan_mlopt.tracking.store import open_client

# A fixture that tests ask for by its name.
__all__ = ["makers"]

NOTICE = r"mlflow\.db: its making was cut short, and no run is in it; it is made anew"
#: The steps at which MLflow's own tables are in the way of its next try, and two harmless ones.
STEPS = (
    "CREATE TABLE params",
    "CREATE TABLE alembic_version",
    "CREATE TABLE evaluation_dataset_tags",
    "DROP TABLE experiments",
    "INSERT INTO experiments",
)


@pytest.fixture(scope="module", autouse=True)
def _plans() -> Iterator[None]:
    """Let MLflow make its empty store once for each working folder, which is named in it."""
    plan_in = cache(lambda folder, load=sqlite._load_plan: load())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "_load_plan", lambda: plan_in(Path.cwd()))
        yield


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe after a moment that nobody goes on with a store: here nobody does."""
    monkeypatch.setattr(sqlite, "_STANDSTILL_S", 0.3)


def uri_of(path: Path) -> str:
    return f"sqlite:///{path}"


def tables_of(path: Path) -> dict[str, object]:
    """Return the columns of each table and the SQL of each index and trigger."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        query = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        return {
            # The SQL of a table names its constraints in an order that changes from run to run.
            name: connection.execute(f"PRAGMA table_info({name})").fetchall()
            if kind == "table"
            else sql
            for kind, name, sql in connection.execute(query).fetchall()
        }


def creations_of(path: Path) -> dict[str, str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL"
        return dict(connection.execute(query).fetchall())


def revision_of(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(revision)


def is_usable(path: Path) -> bool:
    client = MlflowClient(uri_of(path))
    run = client.create_run("0")
    client.create_registered_model("model")
    return client.get_run(run.info.run_id).info.status == "RUNNING"


def tuned_with_mirror(folder: Path, told: list[str]) -> str:
    """Tune 2 trials with a mirror that MLflow has all of; return the study's id."""
    config = TunerConfig(**{**QUICK, "tracking": True}, n_trials=2)
    with AutoTuner(folder / "titan.db", config, on_notice=told.append) as tuner:
        tuner.optimize("sample")
        assert tuner.report is not None
        assert tuner.report.mirror_failure is None
        return tuner.report.study.uid


def test_a_new_store_is_the_one_that_mlflow_itself_would_make(
    tmp_path: Path, empty_store: Path
) -> None:
    path = tmp_path / "mlflow.db"
    client = open_client(uri_of(path))
    assert tables_of(path) == tables_of(empty_store)
    assert revision_of(path) == revision_of(empty_store)
    default = client.get_experiment("0")
    assert (default.name, default.artifact_location) == (
        "Default",
        str(Path("mlruns/0").absolute()),
    )
    assert is_usable(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    sqlite.close_stores()
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["mlflow.db"]


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_store_that_a_killed_program_left_is_made_anew_with_a_notice(
    tmp_path: Path, empty_store: Path, makers: Makers, at_once: None, step: str
) -> None:
    path, told = tmp_path / "mlflow.db", list[str]()
    assert makers.make(path, "mlflow", text=step) == 0
    for purpose in ("read", "write"):
        with pytest.raises(TrackingError, match="got one that was not finished; tune first"):
            open_client(uri_of(path), purpose)  # type: ignore[arg-type]  # both are purposes
    open_client(uri_of(path), on_notice=told.append)
    assert len(told) == 1
    assert re.search(NOTICE, told[0])
    assert tables_of(path) == tables_of(empty_store)
    assert is_usable(path)
    open_client(uri_of(path), on_notice=told.append)
    assert len(told) == 1


@pytest.mark.slow
def test_a_tune_beside_an_unfinished_store_has_all_its_runs(
    tmp_path: Path, makers: Makers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    makers.make(tmp_path / "mlflow.db", "mlflow", text="CREATE TABLE evaluation_dataset_tags")
    told: list[str] = []
    uid = tuned_with_mirror(tmp_path, told)
    assert len([text for text in told if re.search(NOTICE, text)]) == 1
    found = MlflowClient(uri_of(tmp_path / "mlflow.db")).search_runs(
        ["1"], f"tags.`titan_mlopt.study_uid` = '{uid}'"
    )
    assert len(found) == 3  # two trials and their parent


@pytest.mark.slow
def test_a_maker_of_ours_that_is_killed_leaves_nothing_or_all_of_it(
    tmp_path: Path, makers: Makers, empty_store: Path
) -> None:
    total = makers.make(tmp_path / "whole.db", "titan_mlopt")
    n_filling = total - makers.make(tmp_path / "mlflows.db", "mlflow")
    assert n_filling > 100
    for number in (total // 2, total - n_filling // 2, total - 20):
        path = tmp_path / f"{number}.db"
        assert makers.make(path, "titan_mlopt", number=number) == 0
        found = find_content(path) if path.exists() else Content.NOTHING
        assert found in (Content.NOTHING, Content.STORE)
        told: list[str] = []
        open_client(uri_of(path), on_notice=told.append)
        assert told == []
        assert tables_of(path) == tables_of(empty_store)
        assert is_usable(path)


@pytest.mark.parametrize("content", ["missing", "unfinished"])
def test_a_store_may_be_a_symbolic_link(tmp_path: Path, at_once: None, content: str) -> None:
    (tmp_path / "data").mkdir()
    target, link = tmp_path / "data" / "store.db", tmp_path / "mlflow.db"
    link.symlink_to(target)
    if content == "unfinished":
        with contextlib.closing(sqlite3.connect(target)) as connection:
            connection.execute("CREATE TABLE experiments (experiment_id INTEGER)")
    open_client(uri_of(link), on_notice=lambda _: None)
    assert link.is_symlink()
    assert find_content(target) is Content.STORE


def test_those_who_make_a_store_at_once_share_one(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    code = (
        "import sys; from titan_mlopt.tracking.store import open_client; sys.stdin.readline(); "
        "print(open_client(sys.argv[1]).create_run('0').info.run_id)"
    )
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", code, uri_of(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("\n")
        maker.stdin.flush()
    made = {maker.communicate(timeout=PATIENCE_S)[0].strip() for maker in makers}
    assert len(made) == 2
    assert {run.info.run_id for run in MlflowClient(uri_of(path)).search_runs(["0"])} == made


def test_a_store_that_another_program_is_making_is_waited_for(
    tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `mlflow server` makes one: its tables come one by one, then the default experiment."""
    path, told = tmp_path / "mlflow.db", list[str]()
    # However slowly the other program goes on: it is what ends the waiting.
    monkeypatch.setattr(sqlite, "_STANDSTILL_S", PATIENCE_S)
    monkeypatch.setattr(sqlite, "_PATIENCE_S", PATIENCE_S)
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE_S)) as other:
        tables = creations_of(empty_store)
        began = threading.Event()
        wait = sqlite._await_standstill

        def waiting(path: Path) -> None:
            began.set()
            wait(path)

        monkeypatch.setattr(sqlite, "_await_standstill", waiting)
        other.execute(tables.pop("experiments"))
        opening = threading.Thread(target=lambda: sqlite.make_store(path, told.append), daemon=True)
        opening.start()
        assert began.wait(PATIENCE_S)
        for sql in tables.values():
            other.execute(sql)
            other.commit()
        other.execute("INSERT INTO experiments (experiment_id, name) VALUES (0, 'from the server')")
        other.commit()
        opening.join(PATIENCE_S)
        assert not opening.is_alive()
        assert told == []
        found = other.execute("SELECT name FROM experiments").fetchall()
        assert found == [("from the server",)]


def test_a_store_that_was_completed_before_the_first_look_is_not_waited_for(
    tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(seconds: float) -> None:
        pytest.fail(f"waits {seconds} s")

    path = Path(shutil.copy(empty_store, tmp_path / "mlflow.db"))
    monkeypatch.setattr("time.sleep", sleep)
    sqlite._await_standstill(path)


def test_a_full_disk_leaves_a_store_that_the_next_call_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mlflow.db"
    connect = sqlite._connect

    def small(where: Path, mode: str) -> sqlite3.Connection:
        connection = connect(where, mode)
        if where == path:
            connection.execute("PRAGMA max_page_count = 50")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "_connect", small)
        with pytest.raises(
            TrackingError, match=r"mlflow\.db: must be .* got database or disk is full"
        ):
            open_client(uri_of(path))
    assert find_content(path) is Content.NOTHING
    open_client(uri_of(path))
    assert is_usable(path)


@pytest.mark.slow
def test_a_store_with_something_in_it_that_mlflow_cannot_open_is_one_line_with_the_way_out(
    tmp_path: Path, makers: Makers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mlflow.db"
    with quick(tmp_path, n_trials=2) as tuner:
        tuner.optimize("sample")
        name = tuner.config.study_name
    # As an older store whose upgrade was killed.
    makers.make(path, "mlflow", text="CREATE TABLE evaluation_dataset_tags")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        insert = "INSERT INTO runs (run_uuid, name, experiment_id) VALUES ('a1', 'precious', 0)"
        connection.execute(insert)
        connection.commit()
    result = CliRunner().invoke(main, ["doctor", "--repair", "--study-name", name])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "must be a whole MLflow store, got one whose upgrade was cut short" in result.stderr
    assert "table evaluation_datasets already exists" in result.stderr
    assert "move it away and tune again" in result.stderr
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM runs").fetchall() == [("precious",)]
    path.rename(tmp_path / "mlflow.db.away")
    uid = tuned_with_mirror(tmp_path, [])
    with contextlib.closing(sqlite3.connect(path)) as connection:  # MLflow here has the other open
        wanted = "SELECT count(*) FROM tags WHERE key = 'titan_mlopt.study_uid' AND value = ?"
        assert connection.execute(wanted, (uid,)).fetchone() == (3,)
