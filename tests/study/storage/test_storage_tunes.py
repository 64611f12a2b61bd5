"""Studies tuned, copied and refused in a SQLite file and in PostgreSQL alike."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.trial import create_trial

from support.paths import ROOT, TESTS
from support.postgres_cases import PASSWORD, Postgres, new_database, postgres
from support.storage_cases import fill, place, quick_in, storage
from support.studies import QUICK, Tuned
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.storage_url import ServerUrl, StorageUrl, parse_storage
from titan_mlopt.core.trial import INTERRUPTED
from titan_mlopt.study.storage.copy import copy_study, same, trial_content
from titan_mlopt.study.storage.lock import lock_study
from titan_mlopt.study.storage.overview import read_overviews
from titan_mlopt.study.storage.sqlite import open_storage, storage_errors
from titan_mlopt.study.storage.studies import (
    load_record,
    load_study,
    open_study,
)

# Fixtures: pytest finds them here by their names.
__all__ = ["new_database", "place", "postgres", "storage"]
pytestmark = pytest.mark.slow


# --- a tune ------------------------------------------------------------------------------------

KILLED = """
import os, sys
from support.studies import QUICK
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


def points(place: StorageUrl) -> list[Any]:
    return [
        (t.point, t.params, t.state, t.values, t.outcome and t.outcome.metrics)
        for t in load_record(place, "titan_optimization").trials
        if t.outcome is None or t.outcome.reason != INTERRUPTED
    ]


def test_a_study_whose_coordinator_was_killed_goes_on_as_one_that_ran_through(
    place: StorageUrl, tmp_path: Path
) -> None:
    address = place.url if isinstance(place, ServerUrl) else str(place)
    command = [sys.executable, "-c", KILLED, address]
    environment = {"PYTHONPATH": f"{TESTS}:{ROOT}"}
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
    place: StorageUrl, tuned: Tuned, tmp_path: Path
) -> None:
    assert copy_study(tuned.db, place, "titan_optimization", "titan_optimization") == 8
    assert load_record(place, "titan_optimization") == tuned.report.study
    back = tmp_path / "back.db"
    assert copy_study(place, back, "titan_optimization", "again") == 8
    was, now = tuned.report.study, load_record(back, "again")
    assert (now.trials, now.uid, now.settings) == (was.trials, was.uid, was.settings)


def test_a_copy_of_odd_trials_is_equal_and_one_that_is_there_is_not_overwritten(
    storage: RDBStorage, place: StorageUrl, tmp_path: Path
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
    storage: RDBStorage, place: StorageUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    storage: RDBStorage, place: StorageUrl, tmp_path: Path, side: str
) -> None:
    other = tmp_path / "other.db"
    second = open_storage(other)
    ends = (place, other) if side == "from" else (other, place)
    fill(storage if side == "from" else second)
    with (
        lock_study(storage, "study"),
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
    place = parse_storage(new_database())

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


def test_an_error_within_a_block_is_only_the_servers_when_it_is(place: StorageUrl) -> None:
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
