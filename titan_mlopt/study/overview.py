"""Every study of a database at a glance, without reading the outcomes of its trials."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from optuna.storages import BaseStorage, RDBStorage

from titan_mlopt.records import StudyRecord, TrialOutcome, TrialRecord
from titan_mlopt.report.ranking import best_trial
from titan_mlopt.study import views, views_postgres
from titan_mlopt.study.database import open_existing, storage_errors
from titan_mlopt.study.storage import build_record, read_trial

# Outcomes have 20 kB each; the query cuts out what it reads.
_TRIALS = """
SELECT study_name, trial_id, number, state, reason, datetime_start, datetime_complete
FROM ({optuna_trials}) AS seen ORDER BY trial_id
"""
_VALUES = """
SELECT trial_id, value FROM ({optuna_trial_values}) AS seen ORDER BY trial_id, objective
"""
_QUERIES = {"sqlite": views.QUERIES, "postgresql": views_postgres.QUERIES}


@dataclass(frozen=True, slots=True)
class Overview:
    """A study whose trials have number, state, reason and values, and nothing else.

    best: the best trial whole. since, last: when its first trial began and when a trial last began
    or ended, UTC seconds; None without a trial.
    """

    study: StudyRecord
    best: TrialRecord | None
    since: float | None
    last: float | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A trial with its number in the file and its times as they are stored, in Optuna's zone."""

    trial: TrialRecord
    trial_id: int
    began: str
    ended: str


def read_overviews(db_path: str | Path) -> list[Overview]:
    """Return every study of an existing database, the one that was last active first.

    Raises ``StudyError`` when the database cannot be used.
    """
    with storage_errors(db_path):
        backend = open_existing(db_path)
        rows = _rows_by_study(backend)
        found = []
        for study in backend.get_all_studies():
            name, of = study.study_name, rows[study.study_name]
            trials = tuple(row.trial for row in of)
            record = build_record(name, study.directions, study.user_attrs, trials)
            found.append(_overview(backend, record, of))
    return sorted(found, key=lambda seen: (-(seen.last or 0.0), seen.study.name))


def _rows_by_study(backend: RDBStorage) -> dict[str, list[_Row]]:
    found, values = defaultdict(list), defaultdict(list)
    queries = _QUERIES[backend.engine.dialect.name]
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
            found[name].append(_Row(trial, trial_id, str(began or ""), str(ended or "")))
    return found


def _overview(backend: BaseStorage, study: StudyRecord, rows: list[_Row]) -> Overview:
    """Complete the study with the few trials that tell its times and its best."""
    if not rows:
        return Overview(study, None, None, None)
    first = min((row for row in rows if row.began), key=lambda row: row.began, default=rows[0])
    ids = {
        first.trial_id,
        max(rows, key=lambda row: row.began).trial_id,
        max(rows, key=lambda row: row.ended).trial_id,
    }
    telling = [read_trial(backend.get_trial(trial_id)) for trial_id in ids]
    times = [time for trial in telling for time in (trial.started_at, trial.finished_at)]
    moments = [time for time in times if time is not None]
    best = best_trial(study)
    found = [row.trial_id for row in rows if row.trial is best]
    whole = read_trial(backend.get_trial(found[0])) if found else None
    return Overview(study, whole, min(moments, default=None), max(moments, default=None))
