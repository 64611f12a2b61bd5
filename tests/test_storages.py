"""What a storage of studies promises, held by a SQLite file and by PostgreSQL alike."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy as sa
from conftest import QUICK, Tuned
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.trial import TrialState, create_trial
from postgres_cases import PASSWORD, Postgres, new_database, postgres
from test_lease import HOLDING
from walk_cases import CANDLES, WALK

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.errors import StudyError
from titan_mlopt.place import Place, Server, read_place
from titan_mlopt.records import COMPLETE, FAIL, INTERRUPTED, PRUNED, Checkpoint, TrialOutcome
from titan_mlopt.study import lease
from titan_mlopt.study.copying import copy_study, same, trial_content
from titan_mlopt.study.database import open_existing, open_storage, storage_errors
from titan_mlopt.study.holdout import open_holdout
from titan_mlopt.study.lease import find_holder, hold_study
from titan_mlopt.study.overview import read_overviews
from titan_mlopt.study.storage import (
    OBJECTIVE,
    load_record,
    load_stored,
    load_study,
    open_study,
    pin_identity,
    read_study,
    remove_study,
)
from titan_mlopt.study.trial_writer import TrialWriter

# Fixtures: pytest finds them here by their names.
__all__ = ["new_database", "postgres"]
pytestmark = pytest.mark.slow

SPACE = {
    "x": FloatDistribution(1e-5, 1.0, log=True),
    "n": IntDistribution(0, 10**6),
    "kind": CategoricalDistribution(["a", "b", 3, None]),
}
POINT = Checkpoint(100, 120, 0.5123456789012345, 0.1, None)
WORDS = "100 % 'quoted' \"twice\" \\u0000 \x00 \ud7ff ünïcødé\n\t; DROP TABLE trials"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place where nothing is yet."""
    if request.param == "sqlite":
        return tmp_path / "titan.db"
    return read_place(request.getfixturevalue("new_database")())


@pytest.fixture
def storage(place: Place) -> Iterator[RDBStorage]:
    storage = open_storage(place)
    yield storage
    storage.remove_session()
    storage.engine.dispose()


def quick_in(place: Place, **settings: Any) -> AutoTuner:
    return AutoTuner(place, TunerConfig(**{**QUICK, **settings}))


def fill(storage: RDBStorage, name: str = "study") -> optuna.Study:
    """Make a study with a trial of every kind that there can be."""
    study = open_study(storage, name, ("maximize", "maximize"))
    pin_identity(study, {OBJECTIVE: "multi", "titan_mlopt.candles": {"name": "ünï", "sha256": "0"}})
    writer = TrialWriter(study, storage)
    outcomes = [
        TrialOutcome(COMPLETE, metrics={"accuracy": 0.1 + 0.2, "ece": None}, checkpoints=(POINT,)),
        TrialOutcome(FAIL, "exception", WORDS, WORDS, WORDS, {"sharpe": -1.5}),
        TrialOutcome(PRUNED, "pruner", curve=((1, 1e-300, 1e300),) * 200),
    ]
    for number, outcome in enumerate(outcomes):
        params = {"x": 0.1 + 0.2 * number, "n": number, "kind": ["a", 3, None][number]}
        running = create_trial(state=TrialState.RUNNING, params=params, distributions=SPACE)
        running.number = number
        running.set_user_attr("point", number)
        writer.begin(running)
        for step, value in ((1, 1 / 3), (2, math.inf), (3, -math.inf), (10**9, math.nan)):
            writer.report(number, step, value)
        values = (math.inf, -1e-17) if outcome.state == COMPLETE else None
        writer.end(number, outcome, values)
    left = create_trial(state=TrialState.RUNNING)
    left.number = 3
    writer.begin(left)
    return study


# --- what is stored comes back -----------------------------------------------------------------


def test_of_openings_of_a_holdout_at_once_none_is_lost(place: Place) -> None:
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


def test_every_bit_of_a_trial_comes_back(storage: RDBStorage, place: Place) -> None:
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


def test_views_and_overviews_tell_the_same(storage: RDBStorage, place: Place) -> None:
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


def test_a_study_is_found_by_name_and_deleted_alone(storage: RDBStorage, place: Place) -> None:
    for name in ("one", "other"):
        fill(storage, name)
    with pytest.raises(StudyError, match=r"must be a study of this database \(one, other\), got"):
        load_study(place, "nobody's")
    remove_study(place, "one")
    assert [seen.study.name for seen in read_overviews(place)] == ["other"]
    assert len(load_record(place, "other").trials) == 4


def test_opening_again_changes_nothing_and_what_is_not_there_is_said(place: Place) -> None:
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


def test_studies_may_begin_at_once_where_nothing_is_yet(place: Place) -> None:
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


def test_a_table_of_another_program_is_named_and_left_alone(place: Place) -> None:
    url = place.url if isinstance(place, Server) else f"sqlite:///{place}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE trials (price integer)")
    with pytest.raises(StudyError, match="its table trials must be Optuna's, got one of another"):
        open_storage(place)
    assert sa.inspect(engine).get_table_names() == ["trials"]


# --- the lease ---------------------------------------------------------------------------------


def test_one_coordinator_a_study_and_a_dead_one_is_replaced(
    storage: RDBStorage, place: Place, tmp_path: Path
) -> None:
    address = place.url if isinstance(place, Server) else str(place)
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
            hold_study(storage, "nightly"),
        ):
            pass
        with hold_study(storage, "another"):
            pass
    finally:
        holder.kill()
        holder.communicate()
    assert find_holder(storage, "nightly") is None
    with hold_study(storage, "nightly") as held:
        assert find_holder(storage, "nightly") == held.holder
    assert find_holder(storage, "nightly") is None


def test_a_lease_that_was_taken_over_is_noticed(
    storage: RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT_S", 0.0)
    with hold_study(storage, "nightly") as held:
        held.renew()
        with storage.engine.begin() as connection:
            connection.execute(sa.update(lease._leases).values(owner="another"))
        with pytest.raises(StudyError, match="got taken over by another after a pause"):
            held.renew()


# --- a tune ------------------------------------------------------------------------------------

KILLED = """
import os, sys
from conftest import QUICK
from titan_mlopt import AutoTuner, TunerConfig

class Killer:
    def trial_started(self, trial):
        if trial.number == 4:
            os.kill(os.getpid(), 9)
    def trial_progressed(self, number, checkpoint): ...
    def trial_finished(self, trial): ...

with AutoTuner(sys.argv[1], TunerConfig(**{**QUICK, "n_trials": 8}), listeners=[Killer()]) as tuner:
    tuner.optimize("sample")
"""


def points(place: Place) -> list[Any]:
    return [
        (t.point, t.params, t.state, t.values, t.outcome and t.outcome.metrics)
        for t in load_record(place, "titan_optimization").trials
        if t.outcome is None or t.outcome.reason != INTERRUPTED
    ]


def test_a_study_whose_coordinator_was_killed_goes_on_as_one_that_ran_through(
    place: Place, tmp_path: Path
) -> None:
    address = place.url if isinstance(place, Server) else str(place)
    command = [sys.executable, "-c", KILLED, address]
    environment = {"PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[1]}"}
    killed = subprocess.run(command, env=environment, cwd=tmp_path, check=False)
    assert killed.returncode == -9
    with (
        quick_in(place, n_trials=8) as tuner,
        pytest.warns(UserWarning, match="1 trials that were left running"),
    ):
        tuner.optimize("sample")
    (tmp_path / "whole").mkdir()
    with quick_in(tmp_path / "whole" / "titan.db", n_trials=8) as tuner:
        tuner.optimize("sample")
    assert points(place) == points(tmp_path / "whole" / "titan.db")
    assert len(load_record(place, "titan_optimization").trials) == 9


# --- copies ------------------------------------------------------------------------------------


def test_a_copy_has_every_trial_and_goes_on_as_the_study_would(
    place: Place, tuned: Tuned, tmp_path: Path
) -> None:
    assert copy_study(tuned.db, place, "titan_optimization", "titan_optimization") == 8
    assert load_record(place, "titan_optimization") == tuned.report.study
    back = tmp_path / "back.db"
    assert copy_study(place, back, "titan_optimization", "again") == 8
    was, now = tuned.report.study, load_record(back, "again")
    assert (now.trials, now.uid, now.settings) == (was.trials, was.uid, was.settings)


def test_a_copy_of_odd_trials_is_equal_and_one_that_is_there_is_not_overwritten(
    storage: RDBStorage, place: Place, tmp_path: Path
) -> None:
    fill(storage)
    target = tmp_path / "copy.db"
    assert copy_study(place, target, "study", "study") == 4
    with pytest.raises(StudyError, match=r"study: must not be there yet, .* with --as, or delete"):
        copy_study(place, target, "study", "study")
    with pytest.raises(StudyError, match=r"must be a study of .*got 'nobody'"):
        copy_study(place, target, "nobody", "x")
    assert copy_study(target, place, "study", "as") == 4
    one, other = (load_study(place, name) for name in ("study", "as"))
    for was, now in zip(one.get_trials(), other.get_trials(), strict=True):
        assert same(trial_content(was), trial_content(now))
    assert one.user_attrs == other.user_attrs


def test_a_copy_that_fails_or_was_killed_leaves_nothing_of_it(
    storage: RDBStorage, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source.db"
    made = open_storage(source)
    fill(made)
    half = open_study(storage, "study (being copied)", ("maximize",))  # as SIGKILL leaves it
    half.add_trial(create_trial(value=1.0))

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(optuna.storages.RDBStorage, "get_study_system_attrs", fail)
        with pytest.raises(KeyboardInterrupt):
            copy_study(source, place, "study", "study")
    assert [seen.study.name for seen in read_overviews(place)] == []
    assert copy_study(source, place, "study", "study") == 4
    assert [seen.study.name for seen in read_overviews(place)] == ["study"]


@pytest.mark.parametrize("side", ["from", "to"])
def test_a_study_that_is_being_tuned_is_not_copied(
    storage: RDBStorage, place: Place, tmp_path: Path, side: str
) -> None:
    other = tmp_path / "other.db"
    second = open_storage(other)
    ends = (place, other) if side == "from" else (other, place)
    fill(storage if side == "from" else second)
    with (
        hold_study(storage, "study"),
        pytest.raises(StudyError, match="study study: must be tuned by one process at a time"),
    ):
        copy_study(*ends, "study", "study")


# --- secrets and errors ------------------------------------------------------------------------


def test_errors_of_the_server_are_one_line_without_the_password(postgres: Postgres) -> None:
    lines = []
    for address in (
        postgres.address("no_such_database"),
        postgres.address("postgres", "wr0ng%2Fp%40ss"),
        postgres.address("postgres").replace(str(postgres.port), "9"),
        postgres.address("postgres").replace(str(postgres.port), "port"),
        postgres.address("postgres").replace("127.0.0.1", "no.such.host.invalid"),
    ):
        with pytest.raises(StudyError, match=r"^postgresql\+psycopg://titan:\*\*\*@") as caught:
            open_storage(address)
        lines.append(str(caught.value))
        assert caught.value.__cause__ is None
    text = "\n".join(lines)
    assert len(text.splitlines()) == len(lines)
    for secret in (PASSWORD, "s3cret", "wr0ng"):
        assert secret not in text
    assert 'database "no_such_database" does not exist' in lines[0]
    assert "password authentication failed" in lines[1]
    assert lines[1].endswith("set PGPASSWORD, or put the address in a variable and pass env:NAME")
    assert "Connection refused" in lines[2]
    assert "see the port" in lines[3]


def test_a_server_that_stops_in_the_middle_is_one_line_and_the_study_goes_on_later(
    postgres: Postgres, new_database: Callable[[], str], tmp_path: Path
) -> None:
    place = read_place(new_database())

    class Stopper:
        def trial_started(self, trial: Any) -> None:
            if trial.number == 3:
                postgres.stop()

        def trial_progressed(self, number: int, checkpoint: object) -> None: ...

        def trial_finished(self, trial: object) -> None: ...

    try:
        with quick_in(place, n_trials=6) as tuner:
            tuner.add_listener(Stopper())
            with pytest.raises(StudyError, match=r"must be a PostgreSQL database.*safe, run again"):
                tuner.optimize("sample")
    finally:
        postgres.start()
    with (
        quick_in(place, n_trials=6) as tuner,
        pytest.warns(UserWarning, match="1 trials that were left running"),
    ):
        tuner.optimize("sample")
    (tmp_path / "whole").mkdir()
    with quick_in(tmp_path / "whole" / "titan.db", n_trials=6) as tuner:
        tuner.optimize("sample")
    assert points(place) == points(tmp_path / "whole" / "titan.db")


def test_an_error_within_a_block_is_only_the_servers_when_it_is(place: Place) -> None:
    with pytest.raises(ValueError, match="mine"), storage_errors(place):
        raise ValueError("mine")
    with pytest.raises(StudyError, match=r"must be a .*database"), storage_errors(place):
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))


def test_nothing_of_the_settings_that_a_study_keeps_holds_the_address(
    new_database: Callable[[], str],
) -> None:
    address = new_database()
    config = TunerConfig(**{**QUICK, "n_trials": 1, "storage": address})
    with AutoTuner(config=config) as tuner:
        tuner.optimize("sample")
        kept = json.dumps(tuner.study.user_attrs) + repr(config) + json.dumps(config.as_dict())
        kept += str(tuner.db_path) + repr(tuner.db_path)
    assert "s3cret" not in kept
