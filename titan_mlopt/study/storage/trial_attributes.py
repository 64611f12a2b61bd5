"""What Optuna's own tools see of a trial: plain user attributes, and names of the objectives.

The stored outcome remains the truth; these are copies of a few of its numbers, so that
optuna-dashboard, ``trials_dataframe()`` and plots need not take it apart.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import optuna
import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from titan_mlopt.analysis.optuna_view import quiet_optuna
from titan_mlopt.core.scoring import MULTI
from titan_mlopt.study.storage.studies import OUTCOME, read_trial
from titan_mlopt.study.storage.trial_rows import USER, end_trial, upsert

#: Metrics that are user attributes too, under their own names.
PLAIN_METRICS = ("accuracy", "ece", "sharpe", "n_predictions")
#: Attribute with why a trial is not COMPLETE, "" when it is. Older trials lack it, and the metrics.
REASON = "reason"


def plain_attributes(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain attributes of a stored outcome: the reason, and what numbers it has.

    Undefined numbers are left out, as optuna-dashboard sorts by attributes that are all numbers.
    """
    metrics = outcome.get("metrics") or {}
    numbers = {name: metrics.get(name) for name in PLAIN_METRICS}
    finite = {name: n for name, n in numbers.items() if n is not None and math.isfinite(n)}
    return {**finite, REASON: outcome.get("reason") or ""}


def save_end(
    engine: sa.Engine,
    trial_id: int,
    outcome: Mapping[str, Any],
    objectives: Sequence[float] | None = None,
) -> None:
    """Store the outcome of a running trial, its plain attributes and its end, in one transaction.

    Args:
        engine: Of the database.
        trial_id: Its id there.
        outcome: Its outcome as it is stored.
        objectives: Its objective values; None unless COMPLETE.

    Raises:
        UpdateFinishedTrialError: The trial has ended.
    """
    # Of an earlier version's coordinator, which was killed before it stored the state.
    plain = USER.c.key.in_((*PLAIN_METRICS, REASON)) & (USER.c.trial_id == trial_id)
    with engine.begin() as connection:
        end_trial(connection, trial_id, TrialState[outcome["state"]], objectives)
        connection.execute(sa.delete(USER).where(plain))
        _save(connection, [(trial_id, {OUTCOME: outcome, **plain_attributes(outcome)})])


def add_missing(study: optuna.Study, storage: RDBStorage) -> int:
    """Give the trials of an older version their plain attributes, all in one transaction.

    Args:
        study: The stored study. Its cached trials, which Optuna never reads again, get them too.
        storage: Its storage.

    Returns:
        The number of trials that lacked them.
    """
    lacking = [
        (trial, plain_attributes(outcome.fields()))
        for trial in study.get_trials(deepcopy=False)
        if REASON not in trial.user_attrs and (outcome := read_trial(trial).outcome)
    ]
    if lacking:
        with storage.engine.begin() as connection:
            _save(connection, [(trial._trial_id, plain) for trial, plain in lacking])
        for trial, plain in lacking:
            trial.user_attrs.update(plain)
    return len(lacking)


def _save(connection: sa.Connection, trials: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Store attributes of trials, in place of those of the same keys, as one batch of rows."""
    rows = [
        {"trial_id": trial_id, "key": key, "value_json": json.dumps(value)}
        for trial_id, attributes in trials
        for key, value in attributes.items()
    ]
    connection.execute(upsert(connection.dialect.name, USER, ("trial_id", "key")), rows)


def name_objectives(study: optuna.Study, objective: str) -> None:
    """Name the objective values for Optuna's tools, unless somebody has named them.

    Args:
        study: The stored study.
        objective: "accuracy", "sharpe" or "multi".
    """
    if study.metric_names is None:
        with quiet_optuna():
            study.set_metric_names(list(MULTI) if objective == "multi" else [objective])
