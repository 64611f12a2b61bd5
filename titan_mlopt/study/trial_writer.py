"""Running and ended trials written into Optuna's own tables, in few statements a trial."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import optuna
import sqlalchemy as sa
from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.errors import StudyError
from titan_mlopt.records import TrialOutcome
from titan_mlopt.study.storage import OUTCOME

_TRIALS, _PARAMS, _VALUES, _POINTS, _USER_ATTRS, _SYSTEM_ATTRS = (
    model.__table__
    for model in (
        models.TrialModel,
        models.TrialParamModel,
        models.TrialValueModel,
        models.TrialIntermediateValueModel,
        models.TrialUserAttributeModel,
        models.TrialSystemAttributeModel,
    )
)
#: Checkpoints of a running trial are stored this often; a short trial's with its end.
FLUSH_S = 1.0


class TrialWriter:
    """Writes the trials of one coordinator: a transaction when one begins and one when it ends.

    Optuna's own storage asks the database about each parameter before it writes it: 14 ms a trial
    of 21, and 1.3 ms a checkpoint. The rows are those that it would write, which a test holds.
    """

    def __init__(
        self,
        study: optuna.Study,
        backend: RDBStorage,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend, self._engine, self._clock = backend, backend.engine, clock
        self._study_id = backend.get_study_id_from_name(study.study_name)
        self._ids: dict[int, int] = {}
        self._unwritten: dict[int, list[tuple[int, float]]] = {}
        self._flushed_at: dict[int, float] = {}

    def begin(self, trial: FrozenTrial) -> None:
        """Store a running trial with its parameters; its number must be the next one."""
        with self._engine.begin() as connection:
            row = {
                "number": trial.number,
                "study_id": self._study_id,
                "state": trial.state,
                "datetime_start": trial.datetime_start,
            }
            made = connection.execute(sa.insert(_TRIALS).values(row)).inserted_primary_key
            assert made is not None
            trial_id = int(made[0])
            self._check_number(connection, trial_id, trial.number)
            params = [
                {
                    "trial_id": trial_id,
                    "param_name": name,
                    "param_value": trial.distributions[name].to_internal_repr(value),
                    "distribution_json": _distribution_text(trial.distributions[name]),
                }
                for name, value in trial.params.items()
            ]
            _insert(connection, _PARAMS, params)
            for table, attrs in (
                (_USER_ATTRS, trial.user_attrs),
                (_SYSTEM_ATTRS, trial.system_attrs),
            ):
                _insert(connection, table, [_attr(trial_id, *attr) for attr in attrs.items()])
        self._ids[trial.number] = trial_id
        self._unwritten[trial.number], self._flushed_at[trial.number] = [], self._clock()

    def _check_number(self, connection: sa.Connection, trial_id: int, number: int) -> None:
        """Raise ``StudyError`` when the new row is not the study's next: nothing is stored then."""
        mine = (_TRIALS.c.study_id == self._study_id) & (_TRIALS.c.trial_id < trial_id)
        earlier = connection.scalar(sa.select(sa.func.count()).select_from(_TRIALS).where(mine))
        if earlier != number:
            raise StudyError(
                f"trial {number}: must be the study's next, got {earlier}; another program "
                "writes to this study: stop it, then run again"
            )

    def report(self, number: int, step: int, value: float) -> None:
        """Store a running trial's value after ``step`` predictions, with its next ones."""
        self._unwritten[number].append((step, value))
        if self._clock() - self._flushed_at[number] >= FLUSH_S:
            with self._engine.begin() as connection:
                self._flush(connection, number, self._ids[number])
            self._unwritten[number], self._flushed_at[number] = [], self._clock()

    def _flush(self, connection: sa.Connection, number: int, trial_id: int) -> None:
        points = [_point(trial_id, *point) for point in self._unwritten.get(number, ())]
        _insert(connection, _POINTS, points)

    def end(
        self,
        number: int,
        outcome: TrialOutcome,
        values: Sequence[float] | None = None,
        *,
        violated: bool = False,
    ) -> None:
        """Store all that a trial produced, and its state: who sees it ended sees it whole.

        Raises ``UpdateFinishedTrialError`` when another program has ended it.
        """
        trial_id = self._ids.get(number)
        begun_here = trial_id is not None
        if trial_id is None:
            find = self._backend.get_trial_id_from_study_id_trial_number
            trial_id = find(self._study_id, number)
        running = (_TRIALS.c.trial_id == trial_id) & (_TRIALS.c.state == TrialState.RUNNING)
        with self._engine.begin() as connection:
            state = {"state": TrialState[outcome.state], "datetime_complete": datetime.now()}
            if connection.execute(sa.update(_TRIALS).where(running).values(state)).rowcount != 1:
                raise UpdateFinishedTrialError(f"trial {number} has ended already")
            self._flush(connection, number, trial_id)
            if not begun_here:  # it may have been left half written
                mine = (_USER_ATTRS.c.trial_id == trial_id) & (_USER_ATTRS.c.key == OUTCOME)
                connection.execute(sa.delete(_USER_ATTRS).where(mine))
            content = {**outcome.fields(), "violated": violated}
            _insert(connection, _USER_ATTRS, [_attr(trial_id, OUTCOME, content)])
            _insert(connection, _VALUES, [_value(trial_id, *v) for v in enumerate(values or ())])
        for kept in (self._ids, self._unwritten, self._flushed_at):
            kept.pop(number, None)


def _insert(connection: sa.Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _attr(trial_id: int, key: str, value: Any) -> dict[str, Any]:
    return {"trial_id": trial_id, "key": key, "value_json": json.dumps(value, default=asdict)}


def _value(trial_id: int, objective: int, value: float) -> dict[str, Any]:
    stored, kind = models.TrialValueModel.value_to_stored_repr(value)
    return {"trial_id": trial_id, "objective": objective, "value": stored, "value_type": kind}


def _point(trial_id: int, step: int, value: float) -> dict[str, Any]:
    stored, kind = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(value)
    return {
        "trial_id": trial_id,
        "step": step,
        "intermediate_value": stored,
        "intermediate_value_type": kind,
    }


@functools.lru_cache(maxsize=256)
def _distribution_text(distribution: BaseDistribution) -> str:
    return distribution_to_json(distribution)
