"""A trial's rows in Optuna's tables, as Optuna writes them, with one statement per table.

Optuna looks before each parameter, attribute and intermediate value that it writes. One program at
a time writes to a study here, so the rows of a trial are written together.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from optuna.distributions import distribution_to_json
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.dialects import postgresql, sqlite

# Optuna 5 stores times in UTC, earlier versions local ones; both return local times.
_TIMES = ("datetime_start", "datetime_complete")
_IN_UTC = hasattr(models.TrialModel, "_datetime_start_utc")
#: Optuna's tables of trials.
TRIALS, USER = models.TrialModel.__table__, models.TrialUserAttributeModel.__table__
STEPS, VALUES = models.TrialIntermediateValueModel.__table__, models.TrialValueModel.__table__
PARAMS, SYSTEM = models.TrialParamModel.__table__, models.TrialSystemAttributeModel.__table__
#: What is written to a table and read from it, beside its own key: columns go by these names,
#: whatever order they have in this version of Optuna.
COLUMNS = {
    PARAMS.name: ("trial_id", "param_name", "param_value", "distribution_json"),
    VALUES.name: ("trial_id", "objective", "value", "value_type"),
    STEPS.name: ("trial_id", "step", "intermediate_value", "intermediate_value_type"),
    **dict.fromkeys((USER.name, SYSTEM.name), ("trial_id", "key", "value_json")),
}
_STUDIES = models.StudyModel.__table__
_of_step = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr


def stored_time(local: datetime | None) -> datetime | None:
    """Return a naive local time as the database holds it."""
    return local.astimezone(UTC).replace(tzinfo=None) if local and _IN_UTC else local


def local_time(stored: datetime | None) -> datetime | None:
    """Return a time of the database as a naive local time."""
    if stored is None or not _IN_UTC:
        return stored
    return stored.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


def insert_trial(engine: sa.Engine, study_id: int, trial: FrozenTrial) -> tuple[int, int]:
    """Store a trial as the next one of a study, in one transaction.

    Returns:
        Its id and its number, whatever number it had.

    Raises:
        KeyError: The study does not exist.
    """
    study = sa.select(_STUDIES.c.study_id).where(_STUDIES.c.study_id == study_id)
    before = sa.select(sa.func.count()).where(TRIALS.c.study_id == study_id)
    with engine.begin() as connection:
        # The lock makes other programs wait with their count; in SQLite the INSERT does.
        if connection.execute(study.with_for_update()).first() is None:
            raise KeyError(models.NOT_FOUND_MSG)
        times = {name: stored_time(getattr(trial, name)) for name in _TIMES}
        insert = sa.insert(TRIALS).values(study_id=study_id, state=trial.state, **times)
        insert = insert.values(number=before.scalar_subquery())
        (trial_id,) = connection.execute(insert).inserted_primary_key or (0,)
        for table, rows in _rows_of(trial):
            _insert(connection, table, trial_id, rows)
        number = sa.select(TRIALS.c.number).where(TRIALS.c.trial_id == trial_id)
        return trial_id, connection.execute(number).scalar_one()


def _rows_of(trial: FrozenTrial) -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    """Yield each table beside that of the trials, and the trial's rows in it without its id."""
    params = [
        (name, kind.to_internal_repr(trial.params[name]), distribution_to_json(kind))
        for name, kind in ((name, trial.distributions[name]) for name in trial.params)
    ]
    yield PARAMS, params
    yield VALUES, _objectives(trial.values or ())
    for table, attributes in ((USER, trial.user_attrs), (SYSTEM, trial.system_attrs)):
        yield table, [(key, json.dumps(content)) for key, content in attributes.items()]
    yield STEPS, [(step, *_of_step(number)) for step, number in trial.intermediate_values.items()]


def _objectives(numbers: Sequence[float]) -> list[tuple[Any, ...]]:
    of_objective = models.TrialValueModel.value_to_stored_repr
    return [(objective, *of_objective(number)) for objective, number in enumerate(numbers)]


def _insert(connection: sa.Connection, table: Any, trial_id: int, rows: Sequence[Any]) -> None:
    if rows:
        connection.execute(sa.insert(table), [_named(table, trial_id, *row) for row in rows])


def _named(table: Any, *row: Any) -> dict[str, Any]:
    """Return a row by the names of its columns."""
    return dict(zip(COLUMNS[table.name], row, strict=True))


def save_step(engine: sa.Engine, trial_id: int, step: int, number: float) -> None:
    """Store a running trial's intermediate value, in place of that of the same step.

    Raises:
        UpdateFinishedTrialError: The trial has ended, or does not exist.
    """
    row = _named(STEPS, trial_id, step, *_of_step(number))
    with engine.begin() as connection:
        if connection.execute(_step_insert(connection.dialect.name), row).rowcount != 1:
            raise UpdateFinishedTrialError(f"the trial with the id {trial_id} does not run")


@functools.cache  # to build it takes longer than to execute it
def _step_insert(dialect: str) -> Any:
    columns = COLUMNS[STEPS.name]
    new = [sa.bindparam(name, type_=STEPS.c[name].type) for name in columns]
    runs = (TRIALS.c.trial_id == new[0]) & (TRIALS.c.state == TrialState.RUNNING)
    chosen = sa.select(*new).where(sa.exists().where(runs))
    insert = upsert(dialect, STEPS, ("trial_id", "step"))
    return insert.from_select(columns, chosen).execution_options(preserve_rowcount=True)


def end_trial(
    connection: sa.Connection, trial_id: int, state: TrialState, objectives: Sequence[float] | None
) -> None:
    """Store the end of a running trial: objective values, state, and the time as it is now.

    Raises:
        UpdateFinishedTrialError: The trial has ended, or does not exist.
    """
    runs = (TRIALS.c.trial_id == trial_id) & (TRIALS.c.state == TrialState.RUNNING)
    end = {"state": state, "datetime_complete": stored_time(datetime.now())}
    if connection.execute(sa.update(TRIALS).where(runs).values(end)).rowcount != 1:
        raise UpdateFinishedTrialError(f"the trial with the id {trial_id} does not run")
    _insert(connection, VALUES, trial_id, _objectives(objectives or ()))


@functools.cache
def upsert(dialect: str, table: sa.Table, keys: tuple[str, ...]) -> Any:
    """Return an INSERT that replaces the other columns of rows whose ``keys`` are there already."""
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    new = {name: insert.excluded[name] for name in table.c.keys()[1:] if name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=new)
