"""What a storage of studies promises, held by a SQLite file and by PostgreSQL alike."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.trial import TrialState, create_trial

from support.lock_cases import HOLDING, Clock
from support.pool_cases import PATIENCE_S
from support.postgres_cases import new_database, postgres
from support.storage_cases import POINT, SPACE, WORDS, fill, place, storage
from support.walk_cases import CANDLES, WALK
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.storage_url import ServerUrl, StorageUrl, parse_storage
from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, TrialOutcome
from titan_mlopt.evaluation.gate.holdout import open_holdout
from titan_mlopt.study.storage import lock as lease
from titan_mlopt.study.storage import postgres as postgres_storage
from titan_mlopt.study.storage import sqlite
from titan_mlopt.study.storage.copy import same, trial_content
from titan_mlopt.study.storage.lock import find_holder, lock_study
from titan_mlopt.study.storage.lock_holder import STALE_S
from titan_mlopt.study.storage.overview import read_overviews
from titan_mlopt.study.storage.sqlite import open_existing, open_storage
from titan_mlopt.study.storage.studies import (
    load_record,
    load_stored,
    load_study,
    open_study,
    read_study,
    remove_study,
)
from titan_mlopt.study.trial_writer import TrialWriter

# Fixtures: pytest finds them here by their names.
__all__ = ["new_database", "place", "postgres", "storage"]
pytestmark = pytest.mark.slow


# --- what is stored comes back -----------------------------------------------------------------


def test_of_openings_of_a_holdout_at_once_none_is_lost(place: StorageUrl) -> None:
    with AutoTuner(place, TunerConfig(**{**WALK, "n_trials": 1})) as tuner:
        tuner.optimize(CANDLES)

    meeting = threading.Barrier(2)  # of two who have read the list and not written it yet

    def meet(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT study_user_attributes.value_json"):
            with suppress(threading.BrokenBarrierError):
                meeting.wait(1.0)

    def work(name: str) -> None:
        study, backend = load_stored(place, "walk")
        sa.event.listen(backend.engine, "after_cursor_execute", meet)
        for n in range(8):
            open_holdout(study, backend, CANDLES, why=f"{name}{n}", config_sha256="a" * 64)
        backend.remove_session()
        backend.engine.dispose()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, "xyz"))
    assert meeting.broken  # nobody met anybody there
    record = load_record(place, "walk")
    assert sorted(o.why for o in record.openings) == sorted(
        f"{name}{n}" for name in "xyz" for n in range(8)
    )
    assert [baseline.name for baseline in record.baselines][-1] == "default"


def test_every_bit_of_a_trial_comes_back(storage: RDBStorage, place: StorageUrl) -> None:
    study = fill(storage)
    again = load_study(place, "study").get_trials()
    assert [t.state.name for t in again] == [COMPLETE, FAIL, PRUNED, "RUNNING"]
    for kept, found in zip(study.get_trials(), again, strict=True):
        assert same(trial_content(kept), trial_content(found))
    first, failed = read_study(load_study(place, "study")).trials[:2]
    assert first.params == {"x": 0.1, "n": 0, "kind": "a"}
    assert first.values == (math.inf, -1e-17)
    assert first.outcome is not None
    assert first.outcome.metrics["accuracy"] == 0.30000000000000004
    assert first.outcome.checkpoints == (POINT,)
    assert failed.outcome is not None
    assert failed.outcome.message == failed.outcome.log == WORDS
    steps = again[0].intermediate_values
    assert [steps[1], steps[2], steps[3]] == [1 / 3, math.inf, -math.inf]
    assert math.isnan(steps[10**9])


def statements_of_a_trial(storage: RDBStorage) -> list[list[str]]:
    """Return the kinds of statement of each call of a trial: begin, two reports, end."""
    study = open_study(storage, "study", ("maximize",))
    writer, seen, calls = TrialWriter(study, storage), list[str](), list[list[str]]()

    def note(*told: Any) -> None:
        seen.append(told[2].split()[0])

    running = create_trial(
        state=TrialState.RUNNING,
        params={"x": 0.5, "n": 1},
        distributions={"x": SPACE["x"], "n": SPACE["n"]},
    )
    running.number = 0
    sa.event.listen(storage.engine, "before_cursor_execute", note)
    for call in (
        lambda: writer.begin(running),
        lambda: writer.report(0, 1, 0.5),
        lambda: writer.report(0, 2, 0.5),
        lambda: writer.end(0, TrialOutcome(COMPLETE), (0.5,)),
    ):
        call()
        calls.append(seen.copy())
        seen.clear()
    sa.event.remove(storage.engine, "before_cursor_execute", note)
    return calls


def test_a_trial_takes_the_same_statements_whatever_the_storage(
    storage: RDBStorage, tmp_path: Path
) -> None:
    found = statements_of_a_trial(storage)
    beside = statements_of_a_trial(open_storage(tmp_path / "beside.db"))
    # A server adds the parameters in one.
    assert [_writes(call) for call in found] == [_writes(call) for call in beside]
    # Optuna 4 looks at one row more on a server.
    assert all(len(call) <= len(other) + 1 for call, other in zip(found, beside, strict=True))
    assert found[1] == found[2]
    assert all(len(call) < 20 for call in found)


def _writes(statements: list[str]) -> list[str]:
    return [kind for kind, _ in groupby(one for one in statements if one != "SELECT")]


def test_views_and_overviews_tell_the_same(storage: RDBStorage, place: StorageUrl) -> None:
    fill(storage)
    with storage.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM optuna_trials ORDER BY number").mappings()
        trials = [dict(row) for row in rows]
        values = connection.exec_driver_sql(
            "SELECT number, objective, value FROM optuna_trial_values ORDER BY 1, 2"
        ).all()
        steps = connection.exec_driver_sql(
            "SELECT value FROM optuna_trial_intermediate_values WHERE number = 0 ORDER BY step"
        ).all()
        (study,) = connection.exec_driver_sql("SELECT * FROM optuna_studies").mappings()
    assert [row["state"] for row in trials] == [COMPLETE, FAIL, PRUNED, "RUNNING"]
    assert [row["reason"] for row in trials] == [None, "exception", "pruner", None]
    assert [row["point"] for row in trials] == [0, 1, 2, None]
    assert [row["accuracy"] for row in trials] == [0.30000000000000004, None, None, None]
    assert [row["ece_violated"] for row in trials] == [0, None, None, None]
    assert [tuple(row) for row in values] == [(0, 0, math.inf), (0, 1, -1e-17)]
    assert [row[0] for row in steps] == [1 / 3, math.inf, -math.inf, None]
    assert (study["objective"], study["directions"], study["candles"], study["n_trials"]) == (
        *("multi", "maximize, maximize", "ünï"),
        4,
    )
    (seen,) = read_overviews(place)
    assert [(t.state, t.outcome and t.outcome.reason) for t in seen.study.trials] == [
        *((COMPLETE, ""), (FAIL, "exception"), (PRUNED, "pruner"), ("RUNNING", "")),
    ]
    assert seen.best is not None
    assert seen.best.params == {"x": 0.1, "n": 0, "kind": "a"}


def test_a_study_is_found_by_name_and_deleted_alone(storage: RDBStorage, place: StorageUrl) -> None:
    for name in ("one", "other"):
        fill(storage, name)
    with pytest.raises(StudyError, match=r"must be a study of this database \(one, other\), got"):
        load_study(place, "nobody's")
    remove_study(place, "one")
    assert [seen.study.name for seen in read_overviews(place)] == ["other"]
    assert len(load_record(place, "other").trials) == 4


def test_opening_again_changes_nothing_and_what_is_not_there_is_said(place: StorageUrl) -> None:
    with pytest.raises(StudyError, match=r"must be .*database.*tune first"):
        open_existing(place)
    open_storage(place).engine.dispose()
    opened = open_existing(place)
    wrote: list[str] = []

    def note(*told: Any) -> None:
        wrote.append(told[2].split()[0].upper())

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        open_existing(place).engine.dispose()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        opened.engine.dispose()
    assert not {"CREATE", "DROP", "INSERT", "UPDATE", "COMMENT", "ALTER"} & set(wrote)


def test_studies_may_begin_at_once_where_nothing_is_yet(
    place: StorageUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", PATIENCE_S)  # three wait for one another
    monkeypatch.setattr(postgres_storage, "LOCK_TIMEOUT_S", PATIENCE_S)
    failures, start = list[Exception](), threading.Barrier(4)

    def begin() -> None:
        start.wait()
        try:
            open_storage(place).engine.dispose()
        except Exception as error:  # noqa: BLE001 - the test shows it
            failures.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_table_of_another_program_is_named_and_left_alone(place: StorageUrl) -> None:
    url = place.url if isinstance(place, ServerUrl) else f"sqlite:///{place}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE trials (price integer)")
    with pytest.raises(StudyError, match="its table trials must be Optuna's, got one of another"):
        open_storage(place)
    assert sa.inspect(engine).get_table_names() == ["trials"]


def test_a_servers_lock_that_another_process_keeps_is_one_error(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = parse_storage(new_database())
    assert isinstance(place, ServerUrl)
    engine = sa.create_engine(place.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        lock = {"lock": postgres_storage._LOCK}
        connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), lock)
        with monkeypatch.context() as patch:
            patch.setattr(postgres_storage, "LOCK_TIMEOUT_S", 0.2)
            with pytest.raises(StudyError, match="got canceling statement due to lock timeout"):
                open_storage(place)
    # The server gives the lock back when it sees that the connection is closed: soon, not at once.
    open_storage(place).close()


# --- the lease ---------------------------------------------------------------------------------


def test_one_coordinator_a_study_and_a_dead_one_is_replaced(
    storage: RDBStorage, place: StorageUrl, tmp_path: Path
) -> None:
    address = place.url if isinstance(place, ServerUrl) else str(place)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        with (
            pytest.raises(StudyError, match=rf"pid {holder.pid}, since"),
            lock_study(storage, "nightly"),
        ):
            pass
        with lock_study(storage, "another"):
            pass
    finally:
        holder.kill()
        holder.communicate()
    assert find_holder(storage, "nightly") is None
    with lock_study(storage, "nightly") as held:
        assert find_holder(storage, "nightly") == held.holder
    assert find_holder(storage, "nightly") is None


def test_a_lease_of_another_machine_is_judged_by_its_heartbeat_alone(storage: RDBStorage) -> None:
    def set_lease(**changes: object) -> None:
        with storage.engine.begin() as connection:
            connection.execute(sa.update(lease._locks).values(**changes))

    elsewhere = {"owner": "other", "host": "elsewhere", "boot_id": "another", "namespace": None}
    beating = Clock({20.0: lambda: set_lease(beat=6.0)})
    silent = Clock()
    with lock_study(storage, "nightly"):
        set_lease(**elsewhere, beat=5.0)
        with (
            pytest.raises(StudyError, match="got host elsewhere, pid"),
            lock_study(storage, "nightly", watch=beating.watch()),
        ):
            pass
        assert beating.now < STALE_S
        with lock_study(storage, "nightly", watch=silent.watch()) as held:
            assert silent.now >= STALE_S
            assert find_holder(storage, "nightly") == held.holder


def test_leases_of_an_earlier_version_are_completed_when_a_study_is_held(
    storage: RDBStorage,
) -> None:
    with storage.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {lease.TABLE} DROP COLUMN namespace")
    assert find_holder(storage, "nightly") is None
    with lock_study(storage, "nightly") as held, lock_study(storage, "another"):
        assert find_holder(storage, "nightly") == held.holder


def test_a_lease_that_was_taken_over_is_noticed(
    storage: RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_awake_s", itertools.count(step=lease.HEARTBEAT_S).__next__)
    with lock_study(storage, "nightly") as held:
        held.renew()
        with storage.engine.begin() as connection:
            connection.execute(sa.update(lease._locks).values(owner="another"))
        with pytest.raises(StudyError, match="got taken over by another after a pause"):
            held.renew()
