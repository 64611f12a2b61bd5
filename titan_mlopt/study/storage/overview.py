"""An overview of all studies of a database, without reading the outcomes of their trials."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from optuna.storages import BaseStorage, RDBStorage

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialOutcome, TrialRecord
from titan_mlopt.study.storage.sqlite import open_existing, storage_errors
from titan_mlopt.study.storage.studies import build_record, read_trial
from titan_mlopt.study.storage.views import QUERIES

# Outcomes have 20 kB each; the views extract the few fields that are needed.
_TRIALS = """
SELECT study_name, trial_id, number, state, reason, datetime_start, datetime_complete
FROM ({optuna_trials}) AS seen ORDER BY trial_id
"""
_VALUES = """
SELECT trial_id, value FROM ({optuna_trial_values}) AS seen ORDER BY trial_id, objective
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """A study at a glance.

    Attributes:
        study: The study, whose trials have only number, state, reason and values.
        best: The best trial with all its content, None without a COMPLETE one.
        since: When its first trial began, UTC seconds since 1970; None without a trial.
        last: When a trial last began or ended, UTC seconds since 1970; None without a trial.
    """

    study: StudyRecord
    best: TrialRecord | None
    since: float | None
    last: float | None


@dataclass(frozen=True, slots=True)
class _TrialRow:
    """A trial with its id in the database and its times as Optuna stores them (local time)."""

    trial: TrialRecord
    trial_id: int
    began: str
    ended: str


def read_overviews(db_path: str | Path) -> list[Overview]:
    """Return an overview of every study of an existing database, the last active one first.

    Args:
        db_path: A SQLite file or the address of a server.

    Raises:
        StudyError: The database does not exist or cannot be used.
    """
    with storage_errors(db_path):
        backend = open_existing(db_path)
        by_study = _rows_by_study(backend)
        overviews = []
        for study in backend.get_all_studies():
            name, rows = study.study_name, by_study[study.study_name]
            trials = tuple(row.trial for row in rows)
            record = build_record(name, study.directions, study.user_attrs, trials)
            overviews.append(_overview(backend, record, rows))
    return sorted(overviews, key=lambda overview: (-(overview.last or 0.0), overview.study.name))


def _rows_by_study(backend: RDBStorage) -> dict[str, list[_TrialRow]]:
    by_study, values = defaultdict(list), defaultdict(list)
    queries = QUERIES[backend.engine.dialect.name]
    with backend.engine.connect() as connection:
        for trial_id, value in connection.exec_driver_sql(_VALUES.format(**queries)):
            values[trial_id].append(math.nan if value is None else float(value))
        rows = connection.exec_driver_sql(_TRIALS.format(**queries))
        for name, trial_id, number, state, reason, began, ended in rows:
            trial = TrialRecord(
                number=number,
                state=state,
                params={},
                values=tuple(values[trial_id]) or None,
                started_at=None,
                finished_at=None,
                outcome=TrialOutcome(state, reason or ""),
            )
            by_study[name].append(_TrialRow(trial, trial_id, str(began or ""), str(ended or "")))
    return by_study


def _overview(backend: BaseStorage, study: StudyRecord, rows: list[_TrialRow]) -> Overview:
    """Return the overview, after reading the few trials that hold its times and its best."""
    if not rows:
        return Overview(study, None, None, None)
    first = min((row for row in rows if row.began), key=lambda row: row.began, default=rows[0])
    ids = {
        first.trial_id,
        max(rows, key=lambda row: row.began).trial_id,
        max(rows, key=lambda row: row.ended).trial_id,
    }
    trials = [read_trial(backend.get_trial(trial_id)) for trial_id in ids]
    times = [time for trial in trials for time in (trial.started_at, trial.finished_at)]
    moments = [time for time in times if time is not None]
    best = best_trial(study)
    best_ids = [row.trial_id for row in rows if row.trial is best]
    best = read_trial(backend.get_trial(best_ids[0])) if best_ids else None
    return Overview(study, best, min(moments, default=None), max(moments, default=None))
