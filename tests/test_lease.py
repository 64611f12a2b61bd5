"""One coordinator a study: who holds it is named, and a dead one is replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from conftest import quick

from titan_mlopt.cli import main
from titan_mlopt.errors import StudyError
from titan_mlopt.study import lease
from titan_mlopt.study.database import open_storage
from titan_mlopt.study.lease import find_holder, hold_study

HOLDING = """
import sys
from titan_mlopt.study.database import open_storage
from titan_mlopt.study.lease import hold_study
with hold_study(open_storage(sys.argv[1]), "nightly"):
    print("held", flush=True)
    sys.stdin.readline()
"""


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
        with pytest.raises(StudyError, match=named), hold_study(open_storage(db), "nightly"):
            pass
        with hold_study(open_storage(db), "another study of the same file"):
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
    with hold_study(open_storage(db), "nightly") as held:
        found = find_holder(open_storage(db), "nightly")
        assert found is not None
        assert found == held.holder
        assert found.pid == os.getpid()


def leave(db: Path, **changes: object) -> None:
    """Leave a lease as another coordinator would have."""
    storage = open_storage(db)
    with hold_study(storage, "nightly"), storage.engine.begin() as connection:
        row = dict(connection.execute(sa.select(lease._leases)).mappings().one())
    with storage.engine.begin() as connection:
        connection.execute(sa.insert(lease._leases).values({**row, "owner": "other", **changes}))


@pytest.mark.parametrize(
    ("changes", "beat_ago_s", "lives"),
    [
        ({"host": "elsewhere"}, 0.0, True),
        ({"host": "elsewhere"}, lease.STALE_S - 1, True),
        ({"host": "elsewhere"}, lease.STALE_S + 1, False),
        ({"host": "elsewhere"}, -lease.STALE_S - 1, False),
        ({"boot_id": "before the last start"}, 0.0, False),
        ({"process_start": 12}, 0.0, False),
        ({"pid": 2**22 + 1}, 0.0, False),
        (
            {"pid": os.getppid(), "process_start": lease.find_process_start(os.getppid())},
            10 * lease.STALE_S,
            True,
        ),
        ({}, 0.0, False),
    ],
    ids=[
        "another host that beats",
        "another host, nearly stale",
        "another host, stale",
        "another host, from the future",
        "this host before it was started anew",
        "a later process of the same pid",
        "no such process",
        "a living process that was suspended",
        "this process, which has given it up",
    ],
)
def test_a_lease_lives_by_its_process_here_and_by_its_beat_elsewhere(
    tmp_path: Path, changes: dict[str, object], beat_ago_s: float, lives: bool
) -> None:
    db, now_s = tmp_path / "titan.db", 1_700_000_000.0
    leave(db, beat=now_s - beat_ago_s, **changes)
    storage = open_storage(db)
    assert (find_holder(storage, "nightly", now=lambda: now_s) is not None) is lives
    if lives:
        with pytest.raises(StudyError, match="must be tuned by one process at a time"):
            hold_study(storage, "nightly", now=lambda: now_s).__enter__()
    else:
        with hold_study(storage, "nightly", now=lambda: now_s):
            assert find_holder(storage, "nightly", now=lambda: now_s) is not None


def test_of_many_at_once_one_gets_the_study(tmp_path: Path) -> None:
    storage, results = open_storage(tmp_path / "titan.db"), list[str]()
    begin, all_done = threading.Barrier(8), threading.Barrier(8)

    def hold() -> None:
        begin.wait()
        try:
            with hold_study(storage, "nightly"):
                results.append("held")
                all_done.wait(30)
        except StudyError:
            results.append("refused")
            all_done.wait(30)

    threads = [threading.Thread(target=hold) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["held"] + ["refused"] * 7


def test_a_coordinator_whose_study_was_taken_over_stops_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT_S", 0.0)
    storage = open_storage(tmp_path / "titan.db")
    with hold_study(storage, "nightly") as held:
        held.renew()
        with storage.engine.begin() as connection:
            connection.execute(sa.update(lease._leases).values(owner="another"))
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
