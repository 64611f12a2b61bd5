"""One coordinator a study: who holds it is named, and a dead one is replaced."""

from __future__ import annotations

import dataclasses
import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from support.lock_cases import HOLDING, Clock
from support.pool_cases import PATIENCE_S, eventually, linux
from support.studies import QUICK, quick
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.cli import main
from titan_mlopt.core.errors import StudyError
from titan_mlopt.study.storage import lock
from titan_mlopt.study.storage.lock import Watch, find_holder, lock_study
from titan_mlopt.study.storage.lock_holder import (
    STALE_S,
    Holder,
    Liveness,
    describe_self,
    find_process_start,
    find_status,
    judge_heartbeat,
)
from titan_mlopt.study.storage.sqlite import open_storage

LIVES, DEAD, UNSEEN = Liveness.LIVES, Liveness.DEAD, Liveness.UNSEEN


def start_holder(db: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(db)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_coordinator_is_refused_with_host_pid_and_since_when(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    holder = start_holder(db)
    try:
        named = rf"got host .+, pid {holder.pid}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC; wait"
        with pytest.raises(StudyError, match=named), lock_study(open_storage(db), "nightly"):
            pass
        with lock_study(open_storage(db), "another study of the same file"):
            pass
        found = find_holder(open_storage(db), "nightly")
        assert found is not None
        assert found.pid == holder.pid
    finally:
        holder.communicate("\n")
    assert find_holder(open_storage(db), "nightly") is None


def test_the_lease_of_a_killed_coordinator_is_taken_over(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    holder = start_holder(db)
    holder.kill()
    holder.communicate()
    assert find_holder(open_storage(db), "nightly") is None
    with lock_study(open_storage(db), "nightly") as held:
        found = find_holder(open_storage(db), "nightly")
        assert found is not None
        assert found == held.holder
        assert found.pid == os.getpid()


def leave(db: Path, **changes: object) -> None:
    """Leave a lease as another coordinator would have."""
    storage = open_storage(db)
    with lock_study(storage, "nightly"), storage.engine.begin() as connection:
        row = dict(connection.execute(sa.select(lock._locks)).mappings().one())
    with storage.engine.begin() as connection:
        changes = {"owner": "other", "namespace": f"other {me_namespace()}", **changes}
        connection.execute(sa.insert(lock._locks).values({**row, **changes}))


ME = Holder("", "here", 100, 5_000, "boot-1", 0.0, "pid:[1]")
ALIVE = {7: 1_234, 100: 5_000, 8: 0}


@pytest.mark.parametrize(
    ("changes", "life"),
    [
        ({}, LIVES),
        ({"host": "here, by its name before"}, LIVES),
        ({"process_start": 1_200}, DEAD),
        ({"pid": 9}, DEAD),
        ({"namespace": "pid:[2]"}, UNSEEN),
        ({"namespace": "pid:[2]", "pid": 9}, UNSEEN),
        ({"namespace": "pid:[2]", "host": "container"}, UNSEEN),
        ({"boot_id": "boot-2"}, UNSEEN),
        ({"boot_id": "boot-2", "host": "elsewhere"}, UNSEEN),
        ({"pid": 8}, UNSEEN),
        ({"process_start": 0}, UNSEEN),
        ({"namespace": ""}, LIVES),
        ({"namespace": "", "pid": 9}, UNSEEN),
        ({"namespace": "", "process_start": 1_200}, UNSEEN),
        ({"namespace": "", "host": "elsewhere"}, UNSEEN),
        ({"namespace": "", "pid": 8, "process_start": 0}, UNSEEN),
    ],
    ids=[
        "its process lives",
        "the host was renamed",
        "a later process of the same pid",
        "no such process",
        "another container, whose pid is another process here",
        "another container, whose pid is none here",
        "another container with a host name of its own",
        "another machine of the same name, or this one before it was started anew",
        "another machine",
        "a process that is hidden from this user",
        "a process that did not know its own start",
        "of an earlier version, and its process lives",
        "of an earlier version, and no such process here",
        "of an earlier version, and another process here",
        "of an earlier version, on another machine",
        "of an earlier version on a machine without /proc",
    ],
)
def test_a_holder_is_judged_by_its_process_where_that_can_be_seen(
    changes: dict[str, Any], life: Liveness
) -> None:
    holder = Holder("other", "here", 7, 1_234, "boot-1", 0.0, "pid:[1]")
    assert find_status(dataclasses.replace(holder, **changes), ME, ALIVE.get) is life


def test_without_a_namespace_of_ones_own_only_a_living_process_is_seen() -> None:
    holder = Holder("other", "here", 7, 1_234, "boot-1", 0.0, "pid:[1]")
    blind = dataclasses.replace(ME, namespace="")
    assert find_status(holder, blind, ALIVE.get) is LIVES
    assert find_status(dataclasses.replace(holder, pid=9), blind, ALIVE.get) is UNSEEN


def test_a_lease_that_this_process_gave_up_is_dead() -> None:
    assert find_status(ME, ME, ALIVE.get) is LIVES
    assert find_status(ME, ME, ALIVE.get, released=True) is DEAD


@pytest.mark.parametrize(
    ("last", "watched_s", "life"),
    [
        (1_000.0, 0.0, UNSEEN),
        (1_000.0, STALE_S - 1, UNSEEN),
        (1_000.0, STALE_S, DEAD),
        (1_015.0, 15.0, LIVES),
        (1_015.0, STALE_S, LIVES),
        (900.0, 15.0, LIVES),
    ],
    ids=["at once", "nearly", "stood still", "beats", "beats at last", "a clock that was set back"],
)
def test_a_heartbeat_is_watched_and_compared_with_no_clock(
    last: float, watched_s: float, life: Liveness
) -> None:
    assert judge_heartbeat(1_000.0, last, watched_s) is life


def change(db: Path, **changes: object) -> None:
    with open_storage(db).engine.begin() as connection:
        connection.execute(sa.update(lock._locks).values(**changes))


def test_the_lease_of_a_machine_whose_clock_is_wrong_is_kept_as_long_as_it_beats(
    tmp_path: Path,
) -> None:
    db = tmp_path / "titan.db"
    leave(db, host="elsewhere", boot_id="another", beat=time.time() - 100_000)
    storage, clock = open_storage(db), Clock({31.0: lambda: change(db, beat=12.0)})
    refused = "must be tuned by one process at a time, got host elsewhere"
    with (
        pytest.raises(StudyError, match=refused),
        lock_study(storage, "nightly", watch=clock.watch()),
    ):
        pass
    assert 31 <= clock.now < 40
    (line,) = clock.notices
    assert re.fullmatch(
        r"study nightly: host elsewhere, pid \d+, since .+ UTC holds it and cannot be seen from "
        r"here; its heartbeat is watched for up to 180 s",
        line,
    )
    living = Clock({31.0: lambda: change(db, beat=13.0)})
    found = find_holder(storage, "nightly", watch=living.watch())
    assert found is not None
    assert found.host == "elsewhere"


@pytest.mark.parametrize("beat", [0.0, 1e12], ids=["long ago", "in the future"])
def test_a_heartbeat_that_stands_still_for_as_long_as_it_is_watched_is_replaced(
    tmp_path: Path, beat: float
) -> None:
    db = tmp_path / "titan.db"
    leave(db, host="elsewhere", boot_id="another", beat=beat)
    storage, clock = open_storage(db), Clock()
    with lock_study(storage, "nightly", watch=clock.watch()) as held:
        assert STALE_S <= clock.now <= STALE_S + 2 * lock._POLL_S
        assert find_holder(storage, "nightly") == held.holder
    assert len(clock.notices) == 1


def test_a_beat_at_the_last_moment_keeps_the_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = tmp_path / "titan.db"
    leave(db, host="elsewhere", boot_id="another", beat=1.0)
    monkeypatch.setattr(lock, "judge_heartbeat", lambda *_: DEAD)  # its beat comes after the look
    beats = [lambda: None, lambda: change(db, beat=2.0)]
    looked = lock._watch_status

    def look(*arguments: Any) -> Liveness | None:
        life = looked(*arguments)
        if beats:
            beats.pop()()
        return life

    monkeypatch.setattr(lock, "_watch_status", look)
    storage, clock = open_storage(db), Clock()
    with lock_study(storage, "nightly", watch=clock.watch()):
        pass
    assert len(clock.notices) == 2  # it was watched anew


def test_a_lease_that_is_given_back_while_it_is_watched_is_taken(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    leave(db, host="elsewhere", boot_id="another")

    def give_back() -> None:
        with open_storage(db).engine.begin() as connection:
            connection.execute(sa.delete(lock._locks))

    clock = Clock({20.0: give_back})
    with lock_study(open_storage(db), "nightly", watch=clock.watch()):
        assert clock.now < STALE_S


def test_who_is_stopped_while_it_watches_changes_nothing(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    leave(db, host="elsewhere", boot_id="another")
    storage, clock = open_storage(db), Clock({20.0: lambda: "stop"})
    with (
        pytest.raises(StudyError, match="must be free, got stopped before it was known whether"),
        lock_study(storage, "nightly", watch=clock.watch()),
    ):
        pass
    assert lock._row(storage.engine, "nightly")["owner"] == "other"


def test_a_tune_says_that_it_watches_and_can_be_stopped_meanwhile(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=1, study_name="nightly") as tuner:
        tuner.optimize("sample")
    leave(tmp_path / "titan.db", host="elsewhere", boot_id="another")
    notices: list[str] = []
    config = TunerConfig(**{**QUICK, "n_trials": 2, "study_name": "nightly"})

    with AutoTuner(tmp_path / "titan.db", config, on_notice=notices.append) as tuner:
        stopping = threading.Thread(
            target=lambda: (eventually(lambda: any("watched" in n for n in notices)), tuner.stop())
        )
        stopping.start()
        with pytest.raises(StudyError, match="got stopped before it was known"):
            tuner.optimize("sample")
        stopping.join()
        assert len(tuner.study.trials) == 1


def test_a_table_of_an_earlier_version_is_completed_and_read(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    storage = open_storage(db)
    with storage.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {lock.TABLE} DROP COLUMN namespace")
        row = dataclasses.asdict(describe_self("other", 0.0)) | {"study_name": "nightly", "beat": 0}
        del row["namespace"]
        parent = os.getppid()
        row |= {"pid": parent, "process_start": find_process_start(parent)}
        columns, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        write = sa.text(f"INSERT INTO {lock.TABLE} ({columns}) VALUES ({marks})")
        connection.execute(write, row)
    found = find_holder(storage, "nightly")
    assert found is not None
    assert (found.pid, found.namespace) == (parent, "")
    with pytest.raises(StudyError, match=f"pid {parent}"), lock_study(storage, "nightly"):
        pass
    with lock_study(storage, "another"):
        assert lock._row(storage.engine, "another")["namespace"].endswith(me_namespace())


def me_namespace() -> str:
    return describe_self("", 0.0).namespace


def test_a_namespace_counts_only_for_the_owner_that_wrote_it(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    leave(db, pid=2**22 + 1)  # as an earlier version leaves it, which takes over and knows of none
    change(db, owner="of an earlier version")
    clock = Clock()
    assert find_holder(open_storage(db), "nightly", watch=clock.watch()) is None
    assert clock.now >= STALE_S


BEATING = HOLDING.replace(
    "with lock_study",
    "from titan_mlopt.study.storage import lock\nlock.HEARTBEAT_S = 0.2\nwith lock_study",
)


@linux
def test_a_coordinator_in_another_pid_namespace_of_the_same_host_keeps_its_study(
    tmp_path: Path,
) -> None:
    db = tmp_path / "titan.db"
    command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    holder = subprocess.Popen(
        [*command, sys.executable, "-c", BEATING, str(db)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    try:
        if holder.stdout.readline() != "held\n":
            pytest.skip(f"no namespaces here: {holder.communicate()[1]}")
        storage = open_storage(db)
        assert lock._row(storage.engine, "nightly")["host"] == socket.gethostname()
        patient = Watch(clock=lambda: 0.0, notice=lambda _: None)
        with (
            pytest.raises(StudyError, match="must be tuned by one process at a time"),
            lock_study(storage, "nightly", watch=patient),
        ):
            pass
    finally:
        holder.kill()
        # The coordinator inside is killed when unshare has ended: closing its input before that
        # would let it give the lock back.
        holder.wait()
        holder.communicate()
    clock = Clock()
    with lock_study(storage, "nightly", watch=clock.watch()):
        assert clock.now >= STALE_S


def test_a_lease_is_renewed_whatever_its_coordinator_is_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "HEARTBEAT_S", 0.05)
    storage = open_storage(tmp_path / "titan.db")
    with lock_study(storage, "nightly"):
        first = lock._row(storage.engine, "nightly")["beat"]
        eventually(lambda: lock._row(storage.engine, "nightly")["beat"] > first)


def test_of_many_at_once_one_gets_the_study(tmp_path: Path) -> None:
    storage, results = open_storage(tmp_path / "titan.db"), list[str]()
    begin, all_done = threading.Barrier(8), threading.Barrier(8)

    def hold() -> None:
        begin.wait()
        try:
            with lock_study(storage, "nightly"):
                results.append("held")
                all_done.wait(PATIENCE_S)
        except StudyError:
            results.append("refused")
            all_done.wait(PATIENCE_S)

    threads = [threading.Thread(target=hold) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["held"] + ["refused"] * 7


def test_a_coordinator_whose_study_was_taken_over_stops_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_awake_s", itertools.count(step=lock.HEARTBEAT_S).__next__)
    storage = open_storage(tmp_path / "titan.db")
    with lock_study(storage, "nightly") as held:
        held.renew()
        with storage.engine.begin() as connection:
            connection.execute(sa.update(lock._locks).values(owner="another"))
        with pytest.raises(StudyError, match="got taken over by another after a pause"):
            held.renew()


def test_tuning_a_study_that_is_being_tuned_changes_nothing(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=1, study_name="nightly") as tuner:
        tuner.optimize("sample")
    holder = start_holder(tmp_path / "titan.db")
    try:
        with (
            quick(tmp_path, n_trials=2, study_name="nightly") as tuner,
            pytest.raises(StudyError, match=f"pid {holder.pid}, since"),
        ):
            tuner.optimize("sample")
        assert len(tuner.study.trials) == 1
    finally:
        holder.communicate("\n")
    with quick(tmp_path, n_trials=2, study_name="nightly") as tuner:
        tuner.optimize("sample")
        assert len(tuner.study.trials) == 2


def test_a_study_that_is_being_tuned_is_not_deleted(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=1, study_name="nightly") as tuner:
        tuner.optimize("sample")
    words = ["delete-study", "--db", str(tmp_path / "titan.db"), "--study-name", "nightly", "--yes"]
    holder = start_holder(tmp_path / "titan.db")
    try:
        refused = CliRunner().invoke(main, [*words, "--keep-runs"])
        assert refused.exit_code == 2
        assert f"pid {holder.pid}, since" in refused.output
    finally:
        holder.communicate("\n")
    assert CliRunner().invoke(main, [*words, "--keep-runs"]).exit_code == 0
    assert find_holder(open_storage(tmp_path / "titan.db"), "nightly") is None
