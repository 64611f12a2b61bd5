"""Optuna's storage, which reads many trials in plain rows instead of an object for each number."""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections import defaultdict
from collections.abc import Container, Iterator
from typing import Any

import sqlalchemy as sa
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.orm import Session

_ASKS_EARLIER = (
    "previous_distribution"
    in inspect.signature(
        getattr(RDBStorage, "_set_trial_param_without_commit", RDBStorage.set_trial_param)
    ).parameters
)
# How Optuna stores what no database holds.
_NO_NUMBERS = {"INF_POS": float("inf"), "INF_NEG": float("-inf"), "NAN": float("nan")}


def _table(name: str, *columns: str) -> sa.TableClause:
    times = ("datetime_start", "datetime_complete")
    typed = (sa.column(key, sa.DateTime() if key in times else None) for key in columns)
    return sa.table(name, *typed)


_TRIALS = _table(
    *("trials", "trial_id", "study_id", "number", "state", "datetime_start", "datetime_complete"),
)
_PARAMS = _table(
    *("trial_params", "trial_id", "param_id", "param_name", "param_value", "distribution_json"),
)
_VALUES = _table("trial_values", "trial_id", "objective", "value", "value_type")
_STEPS = _table(
    *("trial_intermediate_values", "trial_id", "step"),
    *("intermediate_value", "intermediate_value_type"),
)
_USER, _SYSTEM = (
    _table(f"trial_{whose}_attributes", "trial_id", "key", "value_json")
    for whose in ("user", "system")
)


class LeanStorage(RDBStorage):
    """An ``RDBStorage`` that reads a study of thousands of trials in a fraction of time and memory.

    Optuna's own reading makes an object of SQLAlchemy's for each parameter and each checkpoint, and
    parses the distribution of each. What is read is the same, and written by Optuna alone.
    """

    def _get_trials(
        self,
        study_id: int,
        states: Container[TrialState] | None,
        included_trial_ids: set[int],
        trial_id_greater_than: int,
    ) -> list[FrozenTrial]:
        # Optuna's cache calls this; where a version of it does not, its own way is gone.
        wanted = _TRIALS.c.study_id == study_id
        if trial_id_greater_than > -1:
            newer = _TRIALS.c.trial_id > trial_id_greater_than
            older = [one for one in included_trial_ids if one <= trial_id_greater_than]
            wanted &= sa.or_(newer, _TRIALS.c.trial_id.in_(older)) if older else newer
        trials = []
        if states is None:
            with self.engine.connect() as connection:
                trials = list(_read(connection, wanted))
        # It has no trials, or is no study: Optuna tells which.
        return trials or super()._get_trials(
            study_id, states, included_trial_ids, trial_id_greater_than
        )

    def _set_trial_param_without_commit(self, session: Session, *words: Any, **named: Any) -> None:
        # Optuna calls this for each parameter of a new trial, in one transaction: id, name, value
        # and distribution. Here they are added at its end, and what an earlier trial drew each from
        # is not asked for: a study's space is pinned.
        if _ASKS_EARLIER and len(words) == 4:
            named.setdefault("previous_distribution", words[3])
        with session.no_autoflush:
            super()._set_trial_param_without_commit(session, *words, **named)


def _read(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> Iterator[FrozenTrial]:
    # Trials first: of one that has ended here, all the rest is written.
    state = sa.cast(_TRIALS.c.state, sa.String)
    times = (_TRIALS.c.datetime_start, _TRIALS.c.datetime_complete)
    query = sa.select(_TRIALS.c.trial_id, _TRIALS.c.number, state, *times).where(wanted)
    trials = connection.execute(query.order_by(_TRIALS.c.trial_id)).all()
    rest = _Rest(connection, wanted)
    params, distributions = rest.params()
    values, steps = rest.numbers(_VALUES), rest.numbers(_STEPS)
    user_attrs, system_attrs = rest.attrs(_USER), rest.attrs(_SYSTEM)
    for trial_id, number, state_name, started, ended in trials:
        found = values[trial_id]
        yield FrozenTrial(
            number=number,
            state=TrialState[state_name],
            value=None,
            values=[found[objective] for objective in sorted(found)] or None,
            datetime_start=started,
            datetime_complete=ended,
            params=params[trial_id],
            distributions=distributions[trial_id],
            user_attrs=user_attrs[trial_id],
            system_attrs=system_attrs[trial_id],
            intermediate_values=steps[trial_id],
            trial_id=trial_id,
        )


class _Rest:
    """What belongs to the wanted trials, each part by the trial's id."""

    def __init__(self, connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> None:
        self._connection, self._wanted = connection, wanted

    def params(self) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, BaseDistribution]]]:
        """Return values and distributions by name, in the order in which they were drawn."""
        params: dict[int, dict[str, Any]] = defaultdict(dict)
        distributions: dict[int, dict[str, BaseDistribution]] = defaultdict(dict)
        parsed = functools.cache(json_to_distribution)  # the same few, thousands of times
        for trial_id, _, name, value, text in self._rows(_PARAMS, ordered=True):
            key, distribution = sys.intern(name), parsed(text)
            params[trial_id][key] = distribution.to_external_repr(value)
            distributions[trial_id][key] = distribution
        return params, distributions

    def numbers(self, table: sa.TableClause) -> dict[int, dict[int, float]]:
        """Return the values by objective, or the reported ones by step."""
        found: dict[int, dict[int, float]] = defaultdict(dict)
        for trial_id, index, value, kind in self._rows(table):
            found[trial_id][index] = _NO_NUMBERS.get(kind, value)
        return found

    def attrs(self, table: sa.TableClause) -> dict[int, dict[str, Any]]:
        """Return the attributes by key."""
        found: dict[int, dict[str, Any]] = defaultdict(dict)
        for trial_id, key, text in self._rows(table):
            found[trial_id][sys.intern(key)] = json.loads(text)
        return found

    def _rows(self, table: sa.TableClause, *, ordered: bool = False) -> Iterator[Any]:
        """Yield every column of each row; the trial's id is the first, an id to order by next."""
        query = sa.select(table).join(_TRIALS, table.c.trial_id == _TRIALS.c.trial_id)
        query = query.where(self._wanted)
        return iter(self._connection.execute(query.order_by(table.c[1]) if ordered else query))
