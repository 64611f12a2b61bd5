"""The views ``optuna_…`` on Optuna's tables, for those who ask the study in SQL (docs/sql.md)."""

from __future__ import annotations

import sqlite3

from titan_mlopt.errors import StudyError

# Stands in each view of ours; what has a name of ours without it belongs to another program.
_MARK = "-- of titan_mlopt, see docs/sql.md"

# A program with an older SQLite that meets syntax which it does not know cannot use the whole file:
# so no operator ->, no FILTER, no MATERIALIZED. Views do not read views: one may be another's.

_STUDIES = """
SELECT
  s.study_id,
  s.study_name,
  (SELECT json_extract(a.value_json, '$') FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.objective') AS objective,
  (SELECT group_concat(direction, ', ') FROM (
    SELECT lower(d.direction) AS direction FROM study_directions AS d
    WHERE d.study_id = s.study_id ORDER BY d.objective)) AS directions,
  (SELECT json_extract(a.value_json, '$') FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.uid') AS uid,
  (SELECT json_extract(a.value_json, '$.name') FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.candles') AS candles,
  (SELECT count(*) FROM trials AS t WHERE t.study_id = s.study_id) AS n_trials
FROM studies AS s
"""

# An outcome is 15 kB of JSON, nearly all of it curves, which SQLite would parse for column upon
# column. So it is cut short first: what stands before the checkpoints, and the last two fields.
# What cannot be cut is taken whole, what is no JSON (NaN) not at all. The LIMIT, of nothing, has
# it made once a trial: without it SQLite merges the queries and repeats the cut for each column.
_TRIALS = """
SELECT
  t.trial_id,
  t.study_id,
  s.study_name,
  t.number,
  CASE WHEN json_valid(p.value_json) THEN json_extract(p.value_json, '$') END AS point,
  t.state,
  nullif(json_extract(o.outcome, '$.reason'), '') AS reason,
  nullif(json_extract(o.outcome, '$.message'), '') AS message,
  t.datetime_start,
  t.datetime_complete,
  coalesce(
    json_extract(o.outcome, '$.duration_seconds'),
    round(86400 * (julianday(t.datetime_complete) - julianday(t.datetime_start)), 3)
  ) AS duration_seconds,
  CASE v.value_type WHEN 'INF_POS' THEN 9e999 WHEN 'INF_NEG' THEN -9e999 ELSE v.value END AS value,
  CASE t.state WHEN 'COMPLETE' THEN json_extract(o.outcome, '$.violated') END AS ece_violated,
  json_extract(o.outcome, '$.metrics.accuracy') AS accuracy,
  json_extract(o.outcome, '$.metrics.ece') AS ece,
  json_extract(o.outcome, '$.metrics.ece_noise') AS ece_noise,
  json_extract(o.outcome, '$.metrics.ece_noise_95') AS ece_noise_95,
  json_extract(o.outcome, '$.metrics.ece_gap') AS ece_gap,
  json_extract(o.outcome, '$.metrics.mce') AS mce,
  json_extract(o.outcome, '$.metrics.brier') AS brier,
  json_extract(o.outcome, '$.metrics.log_loss') AS log_loss,
  json_extract(o.outcome, '$.metrics.sharpe') AS sharpe,
  json_extract(o.outcome, '$.metrics.sharpe_se') AS sharpe_se,
  json_extract(o.outcome, '$.metrics.skewness') AS skewness,
  json_extract(o.outcome, '$.metrics.kurtosis') AS kurtosis,
  json_extract(o.outcome, '$.metrics.sortino') AS sortino,
  json_extract(o.outcome, '$.metrics.max_drawdown') AS max_drawdown,
  json_extract(o.outcome, '$.metrics.total_return') AS total_return,
  json_extract(o.outcome, '$.metrics.turnover') AS turnover,
  CAST(json_extract(o.outcome, '$.metrics.n_predictions') AS INTEGER) AS n_predictions,
  CAST(json_extract(o.outcome, '$.metrics.n_bars') AS INTEGER) AS n_bars,
  CAST(json_extract(o.outcome, '$.metrics.n_traded') AS INTEGER) AS n_traded,
  CAST(json_extract(o.outcome, '$.metrics.hits') AS INTEGER) AS hits,
  json_extract(o.outcome, '$.metrics.coverage') AS coverage,
  json_extract(o.outcome, '$.metrics.unchanged_share') AS unchanged_share
FROM trials AS t
JOIN studies AS s ON s.study_id = t.study_id
LEFT JOIN trial_values AS v ON v.trial_id = t.trial_id AND v.objective = 0
LEFT JOIN trial_user_attributes AS p ON p.trial_id = t.trial_id AND p.key = 'point'
LEFT JOIN (
  SELECT
    trial_id,
    CASE WHEN json_valid(short) THEN short WHEN json_valid(whole) THEN whole END AS outcome
  FROM (
    SELECT
      trial_id,
      whole,
      substr(whole, 1, instr(whole, ', "checkpoints": '))
        || substr(tail, instr(tail, '"duration_seconds": ')) AS short
    FROM (
      SELECT
        trial_id,
        value_json AS whole,
        CAST(substr(CAST(value_json AS BLOB), -100) AS TEXT) AS tail
      FROM trial_user_attributes
      WHERE key = 'outcome'
    )
  )
  LIMIT -1
) AS o ON o.trial_id = t.trial_id
"""

# Optuna keeps every parameter as a float: of a choice, its place among the choices.
_PARAMS = """
SELECT
  s.study_name,
  p.trial_id,
  t.number,
  p.param_name,
  CASE json_extract(p.distribution_json, '$.name')
    WHEN 'IntDistribution' THEN CAST(p.param_value AS INTEGER)
    WHEN 'CategoricalDistribution' THEN json_extract(
      p.distribution_json, '$.attributes.choices[' || CAST(p.param_value AS INTEGER) || ']')
    ELSE p.param_value
  END AS param_value
FROM trial_params AS p
JOIN trials AS t ON t.trial_id = p.trial_id
JOIN studies AS s ON s.study_id = t.study_id
"""

# 9e999 is SQLite's word for infinity; it has none for NaN, which becomes NULL.
_VALUES = """
SELECT
  s.study_name,
  v.trial_id,
  t.number,
  v.objective,
  CASE v.value_type WHEN 'INF_POS' THEN 9e999 WHEN 'INF_NEG' THEN -9e999 ELSE v.value END AS value
FROM trial_values AS v
JOIN trials AS t ON t.trial_id = v.trial_id
JOIN studies AS s ON s.study_id = t.study_id
"""

_INTERMEDIATE_VALUES = """
SELECT
  s.study_name,
  i.trial_id,
  t.number,
  i.step,
  CASE i.intermediate_value_type WHEN 'INF_POS' THEN 9e999 WHEN 'INF_NEG' THEN -9e999
    ELSE i.intermediate_value END AS value
FROM trial_intermediate_values AS i
JOIN trials AS t ON t.trial_id = i.trial_id
JOIN studies AS s ON s.study_id = t.study_id
"""

#: ``{name: the query of the view}``.
QUERIES = {
    "optuna_studies": _STUDIES.strip(),
    "optuna_trials": _TRIALS.strip(),
    "optuna_trial_params": _PARAMS.strip(),
    "optuna_trial_values": _VALUES.strip(),
    "optuna_trial_intermediate_values": _INTERMEDIATE_VALUES.strip(),
}
#: ``{name: the statement that makes the view}``.
VIEWS = {name: f"CREATE VIEW {name} AS {_MARK}\n{query}" for name, query in QUERIES.items()}
# The tables that the views read.
_TABLES = (
    *("studies", "study_directions", "study_user_attributes"),
    *("trials", "trial_params", "trial_values", "trial_intermediate_values"),
    "trial_user_attributes",
)


def create_views(connection: sqlite3.Connection) -> None:
    """Make the views that are missing or of another version, in one transaction.

    What another program made under such a name stays as it is. When nothing is to be done, nothing
    is written. ``connection`` is in no transaction. Raises ``StudyError`` without Optuna's tables.
    """
    if not _changes(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        for statement in _changes(connection):  # anew: another process may have been first
            connection.execute(statement)


def _changes(connection: sqlite3.Connection) -> list[str]:
    """Return the statements that are still to be run; reads once."""
    there = {
        name.lower(): (kind, sql)
        for kind, name, sql in connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type <> 'trigger'"
        )
    }
    missing = [table for table in _TABLES if table not in there]
    if missing:
        # A view on a table that is not there makes SQLite refuse to rename any table of the file.
        raise StudyError(
            f"views: must be made beside Optuna's tables, got none named {', '.join(missing)}; "
            "open the database as a storage of Optuna's first"
        )
    changes = []
    for view, statement in VIEWS.items():
        kind, sql = there.get(view, ("", ""))
        if not kind:
            changes.append(statement)
        elif kind == "view" and _MARK in sql and sql != statement:
            changes += [f"DROP VIEW {view}", statement]
    return changes
