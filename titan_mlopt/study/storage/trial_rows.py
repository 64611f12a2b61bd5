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
_IN_UTC = hasattr(models.TrialModel, "_datetime_start_utc")
#: Optuna's tables of trials, and of their user attributes.
TRIALS, USER = models.TrialModel.__table__, models.TrialUserAttributeModel.__table__
_STUDIES = models.StudyModel.__table__
_PARAMS, _STEPS = models.TrialParamModel.__table__, models.TrialIntermediateValueModel.__table__
_VALUES = models.TrialValueModel.__table__
_SYSTEM = models.TrialSystemAttributeModel.__table__

_Row = dict[str, Any]


def stored_time(local: datetime | None) -> datetime | None:
    """Return a naive local time as the database holds it."""
    if local is None or not _IN_UTC:
        return local
    return local.astimezone(UTC).replace(tzinfo=None)


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
        insert = sa.insert(TRIALS).values(
            number=before.scalar_subquery(),
            study_id=study_id,
            state=trial.state,
            datetime_start=stored_time(trial.datetime_start),
            datetime_complete=stored_time(trial.datetime_complete),
        )
        key = connection.execute(insert).inserted_primary_key
        assert key is not None
        trial_id: int = key[0]
        for table, rows in _rows_of(trial, trial_id):
            if rows:
                connection.execute(sa.insert(table), rows)
        number = sa.select(TRIALS.c.number).where(TRIALS.c.trial_id == trial_id)
        return trial_id, connection.execute(number).scalar_one()


def _rows_of(trial: FrozenTrial, trial_id: int) -> Iterator[tuple[Any, list[_Row]]]:
    """Yield each table beside that of the trials, and the trial's rows in it."""
    mine = {"trial_id": trial_id}
    params = []
    for name, value in trial.params.items():
        kind = trial.distributions[name]
        row = {"param_value": kind.to_internal_repr(value)}
        text = {"distribution_json": distribution_to_json(kind)}
        params.append({**mine, "param_name": name, **row, **text})
    yield _PARAMS, params
    yield _VALUES, _value_rows(trial_id, trial.values or ())
    for table, attributes in ((USER, trial.user_attrs), (_SYSTEM, trial.system_attrs)):
        yield (
            table,
            [{**mine, "key": k, "value_json": json.dumps(v)} for k, v in attributes.items()],
        )
    yield _STEPS, [_step_row(trial_id, *step) for step in trial.intermediate_values.items()]


def _value_rows(trial_id: int, values: Sequence[float]) -> list[_Row]:
    rows = []
    for objective, value in enumerate(values):
        number, kind = models.TrialValueModel.value_to_stored_repr(value)
        rows.append(
            {"trial_id": trial_id, "objective": objective, "value": number, "value_type": kind}
        )
    return rows


def _step_row(trial_id: int, step: int, value: float) -> _Row:
    number, kind = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(value)
    numbers = {"intermediate_value": number, "intermediate_value_type": kind}
    return {"trial_id": trial_id, "step": step, **numbers}


def save_step(engine: sa.Engine, trial_id: int, step: int, value: float) -> None:
    """Store a running trial's intermediate value, in place of that of the same step.

    Raises:
        UpdateFinishedTrialError: The trial has ended, or does not exist.
    """
    with engine.begin() as connection:
        statement = _step_insert(connection.dialect.name)
        if connection.execute(statement, _step_row(trial_id, step, value)).rowcount != 1:
            raise UpdateFinishedTrialError(f"the trial with the id {trial_id} does not run")


@functools.cache  # to build it takes longer than to execute it
def _step_insert(dialect: str) -> Any:
    names = ("trial_id", "step", "intermediate_value", "intermediate_value_type")
    content = {name: sa.bindparam(name, type_=_STEPS.c[name].type) for name in names}
    runs = (TRIALS.c.trial_id == content["trial_id"]) & (TRIALS.c.state == TrialState.RUNNING)
    chosen = sa.select(*content.values()).where(sa.exists().where(runs))
    insert = upsert(dialect, _STEPS, ("trial_id", "step")).from_select(list(names), chosen)
    return insert.execution_options(preserve_rowcount=True)


def end_trial(
    connection: sa.Connection, trial_id: int, state: TrialState, values: Sequence[float] | None
) -> None:
    """Store the end of a trial that runs: values, state, and the time as it is now."""
    if values:
        connection.execute(sa.insert(_VALUES), _value_rows(trial_id, values))
    end = {"state": state, "datetime_complete": stored_time(datetime.now())}
    mine = TRIALS.c.trial_id == trial_id
    connection.execute(sa.update(TRIALS).where(mine).values(end))


@functools.cache
def upsert(dialect: str, table: sa.Table, keys: tuple[str, ...]) -> Any:
    """Return an INSERT that replaces the other columns of rows whose ``keys`` are there already."""
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    others = [c.name for c in table.c if not c.primary_key and c.name not in keys]
    replaced = {name: insert.excluded[name] for name in others}
    return insert.on_conflict_do_update(index_elements=keys, set_=replaced)
