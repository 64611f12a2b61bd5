"""Plain attributes and named objectives, for Optuna's own tools."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy as sa
from optuna.storages import RDBStorage

from support.kill_points import killed_at
from support.postgres_cases import new_database, postgres
from support.storage_cases import fill, place, storage
from support.studies import Tuned
from titan_mlopt import AutoTuner
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.core.trial import COMPLETE, FAIL, INTERRUPTED, TrialOutcome
from titan_mlopt.study.coordinator import release_stale
from titan_mlopt.study.storage import trial_attributes
from titan_mlopt.study.storage.backup import save_backup
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import OUTCOME, load_stored, load_study, open_study
from titan_mlopt.study.trial_writer import TrialWriter

# Fixtures, and one that ``place`` asks for.
__all__ = ["new_database", "place", "postgres", "storage"]

PLAIN = ("accuracy", "ece", "sharpe", "n_predictions", "reason")
STRIP = f"DELETE FROM trial_user_attributes WHERE key IN ({', '.join('?' * len(PLAIN))})"
DONE = TrialOutcome(
    COMPLETE,
    metrics={"accuracy": 0.55, "ece": float("nan"), "sharpe": 1.5, "n_predictions": 900},
)
OF_DONE = {"accuracy": 0.55, "sharpe": 1.5, "n_predictions": 900, "reason": ""}


def plain_of(study: optuna.Study) -> list[dict[str, Any]]:
    """Return the attributes of each trial but the outcome and the point."""
    return [
        {key: value for key, value in trial.user_attrs.items() if key not in (OUTCOME, "point")}
        for trial in study.get_trials()
    ]


def strip(db: Path) -> None:
    """Make the studies of a database as an earlier version left them."""
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(STRIP, PLAIN)
        connection.execute("DELETE FROM study_system_attributes")


def test_a_trials_numbers_and_its_reason_stand_beside_its_outcome(
    storage: RDBStorage,
    place: StorageUrl,
) -> None:
    fill(storage)
    assert plain_of(load_study(place, "study")) == [
        {"accuracy": 0.1 + 0.2, "reason": ""},
        {"sharpe": -1.5, "reason": "exception"},
        {"reason": "pruner"},
        {},  # it runs
    ]


def test_trials_of_an_earlier_version_get_them_in_one_statement_however_many_there_are(
    storage: RDBStorage,
    place: StorageUrl,
) -> None:
    fill(storage)
    stored = plain_of(load_study(place, "study"))
    with storage.engine.begin() as connection:
        keys = ", ".join(f"'{key}'" for key in PLAIN)
        connection.exec_driver_sql(f"DELETE FROM trial_user_attributes WHERE key IN ({keys})")
    study, backend = load_stored(place, "study")
    study.get_trials()
    statements: list[str] = []
    sa.event.listen(
        backend.engine, "before_cursor_execute", lambda *told: statements.append(told[2].split()[0])
    )
    assert trial_attributes.add_missing(study, backend) == 3
    assert statements.count("INSERT") == 1
    assert plain_of(study) == stored  # Optuna's cache has them too
    assert plain_of(load_study(place, "study")) == stored
    assert trial_attributes.add_missing(study, backend) == 0
    assert statements.count("INSERT") == 1


def test_an_old_study_gets_names_and_attributes_when_it_is_taken_up_again(
    tuned: Tuned, tmp_path: Path
) -> None:
    save_backup(tuned.db, tmp_path / "titan.db")
    strip(tmp_path / "titan.db")
    config = replace(tuned.config, tracking=False)
    with AutoTuner(tmp_path / "titan.db", config) as tuner:
        assert tuner.study.metric_names is None
        tuner.optimize("sample")  # nothing is left to run
        assert tuner.study.metric_names == ["accuracy"]
        frame = tuner.study.trials_dataframe()
    whole = load_study(tuned.db, config.study_name).trials_dataframe()
    assert list(frame.columns) == list(whole.columns)
    assert list(frame["user_attrs_accuracy"]) == [
        trial.metric("accuracy") for trial in tuned.report.study.trials
    ]
    assert list(frame["user_attrs_n_predictions"]) == [
        trial.metric("n_predictions") for trial in tuned.report.study.trials
    ]
    assert frame.user_attrs_sharpe.dtype == frame.user_attrs_ece.dtype == float


def test_both_objectives_are_named_and_names_of_ones_own_are_kept(
    storage: RDBStorage,
) -> None:
    study = open_study(storage, "both", ("maximize", "maximize"))
    trial_attributes.name_objectives(study, "multi")
    assert study.metric_names == ["accuracy", "sharpe"]
    mine = open_study(storage, "mine", ("maximize",))
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        mine.set_metric_names(["hit rate"])
    trial_attributes.name_objectives(mine, "accuracy")
    assert mine.metric_names == ["hit rate"]


def test_a_kill_at_any_write_of_a_trials_end_loses_nothing_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    kills = 0
    while True:
        db = tmp_path / f"{kills}.db"
        backend = open_storage(db)
        study = open_study(backend, "s", ("maximize",))
        study.ask()
        backend.close()

        def end(db: Path = db) -> None:
            study, backend = load_stored(db, "s")
            TrialWriter(study, backend).end(0, DONE, (0.55,))

        killed = killed_at(kills + 1, end)
        study, backend = load_stored(db, "s")
        released = release_stale(study, TrialWriter(study, backend))
        (trial,) = load_study(db, "s").get_trials()
        of_trial = {key: value for key, value in trial.user_attrs.items() if key != OUTCOME}
        assert of_trial == trial_attributes.plain_attributes(trial.user_attrs[OUTCOME])
        if released:  # it ends as interrupted, without a number of the outcome before
            assert trial.state.name == FAIL
            assert of_trial == {"reason": INTERRUPTED}
        else:
            assert trial.value == 0.55
            assert of_trial == OF_DONE
        backend.close()
        if not killed:
            break
        kills += 1
    assert kills == 1  # outcome, attributes, values and state are one transaction


def test_an_ended_trial_takes_no_other_outcome(storage: RDBStorage) -> None:
    study = open_study(storage, "s", ("maximize",))
    study.tell(study.ask(), 0.5)
    with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
        TrialWriter(study, storage).end(0, DONE, (0.55,))
