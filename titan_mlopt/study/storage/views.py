"""The SQL views ``optuna_…`` on Optuna's tables (docs/sql.md).

SQLite and PostgreSQL share one template per view; expressions that differ are filled in.
"""

from __future__ import annotations

import hashlib
import sqlite3

import sqlalchemy as sa

from titan_mlopt.core.errors import StudyError

# Marks our views; a view of the same name without the mark belongs to another program.
_MARK = "of titan_mlopt, see docs/sql.md"
_METRICS = (
    *("accuracy", "ece", "ece_noise", "ece_noise_95", "ece_gap", "mce", "brier", "log_loss"),
    *("sharpe", "sharpe_se", "skewness", "kurtosis", "sortino", "max_drawdown", "total_return"),
    *("turnover", "break_even_bps", "n_predictions", "n_bars", "n_traded", "hits"),
    *("coverage", "unchanged_share"),
)
_COUNTS = ("n_predictions", "n_bars", "n_traded", "hits")

# Our views never read each other, since any of the names may be another program's view.
_STUDIES = """
SELECT
  s.study_id,
  s.study_name,
  (SELECT {attribute} FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.objective') AS objective,
  {directions} AS directions,
  (SELECT {attribute} FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.uid') AS uid,
  (SELECT {candles} FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.candles') AS candles,
  (SELECT count(*) FROM trials AS t WHERE t.study_id = s.study_id) AS n_trials
FROM studies AS s
"""

_TRIALS = """
SELECT
  t.trial_id,
  t.study_id,
  s.study_name,
  t.number,
  CASE WHEN {point} END AS point,
  t.state{text},
  nullif({reason}, '') AS reason,
  nullif({message}, '') AS message,
  t.datetime_start,
  t.datetime_complete,
  coalesce(
    {duration},
    {elapsed}
  ) AS duration_seconds,
  CASE v.value_type{text} WHEN 'INF_POS' THEN {inf} WHEN 'INF_NEG' THEN -{inf} ELSE v.value END AS value,
  CASE t.state{text} WHEN 'COMPLETE' THEN {violated} END AS ece_violated,
  {metrics}
FROM trials AS t
JOIN studies AS s ON s.study_id = t.study_id
LEFT JOIN trial_values AS v ON v.trial_id = t.trial_id AND v.objective = 0
LEFT JOIN trial_user_attributes AS p ON p.trial_id = t.trial_id AND p.key = 'point'
{outcome}
"""  # noqa: E501 - databases hold views with this very text

# Optuna stores every parameter as a float: for a categorical one its index among the choices.
_PARAMS = """
SELECT
  s.study_name,
  p.trial_id,
  t.number,
  p.param_name,
  {param}
FROM trial_params AS p
JOIN trials AS t ON t.trial_id = p.trial_id
JOIN studies AS s ON s.study_id = t.study_id
"""

_VALUES = """
SELECT
  s.study_name,
  v.trial_id,
  t.number,
  v.objective,
  CASE v.value_type{text} WHEN 'INF_POS' THEN {inf} WHEN 'INF_NEG' THEN -{inf} ELSE v.value END AS value
FROM trial_values AS v
JOIN trials AS t ON t.trial_id = v.trial_id
JOIN studies AS s ON s.study_id = t.study_id
"""  # noqa: E501 - databases hold views with this very text

_INTERMEDIATE_VALUES = """
SELECT
  s.study_name,
  i.trial_id,
  t.number,
  i.step,
  CASE i.intermediate_value_type{text} WHEN 'INF_POS' THEN {inf} WHEN 'INF_NEG' THEN -{inf}
    ELSE i.intermediate_value END AS value
FROM trial_intermediate_values AS i
JOIN trials AS t ON t.trial_id = i.trial_id
JOIN studies AS s ON s.study_id = t.study_id
"""

# An older SQLite cannot use a file at all if a view has syntax that it does not know. So there is
# no operator ->, no FILTER and no MATERIALIZED.
_SQLITE = {
    "text": "",
    "inf": "9e999",  # SQLite has no literal for infinity; NaN becomes NULL
    "attribute": "json_extract(a.value_json, '$')",
    "candles": "json_extract(a.value_json, '$.name')",
    "directions": """(SELECT group_concat(direction, ', ') FROM (
    SELECT lower(d.direction) AS direction FROM study_directions AS d
    WHERE d.study_id = s.study_id ORDER BY d.objective))""",
    "point": "json_valid(p.value_json) THEN json_extract(p.value_json, '$')",
    "reason": "json_extract(o.outcome, '$.reason')",
    "message": "json_extract(o.outcome, '$.message')",
    "duration": "json_extract(o.outcome, '$.duration_seconds')",
    "elapsed": "round(86400 * (julianday(t.datetime_complete) - julianday(t.datetime_start)), 3)",
    "violated": "json_extract(o.outcome, '$.violated')",
    "real": "json_extract(o.outcome, '$.metrics.{name}') AS {name}",
    "count": "CAST(json_extract(o.outcome, '$.metrics.{name}') AS INTEGER) AS {name}",
    # An outcome is 15 kB of JSON, mostly curves, which SQLite would parse again for each column. So
    # it is shortened to the part before the checkpoints and the last two fields. If that fails, the
    # whole is used; text that is no JSON (NaN) is ignored. LIMIT -1 limits nothing, but it keeps
    # SQLite from merging the queries, so that the outcome is shortened once per trial.
    "outcome": """LEFT JOIN (
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
) AS o ON o.trial_id = t.trial_id""",
    "param": """CASE json_extract(p.distribution_json, '$.name')
    WHEN 'IntDistribution' THEN CAST(p.param_value AS INTEGER)
    WHEN 'CategoricalDistribution' THEN json_extract(
      p.distribution_json, '$.attributes.choices[' || CAST(p.param_value AS INTEGER) || ']')
    ELSE p.param_value
  END AS param_value""",
}
_POSTGRES = {
    "text": "::text",
    "inf": "'Infinity'::double precision",
    "attribute": "a.value_json::json #>> '{}'",
    "candles": "a.value_json::json ->> 'name'",
    "directions": """(SELECT string_agg(lower(d.direction::text), ', ' ORDER BY d.objective)
    FROM study_directions AS d WHERE d.study_id = s.study_id)""",
    "point": "p.value_json ~ '^[0-9]{1,18}$' THEN p.value_json::bigint",
    "reason": "o.outcome ->> 'reason'",
    "message": "o.outcome ->> 'message'",
    "duration": "(o.outcome ->> 'duration_seconds')::double precision",
    "elapsed": "round(extract(epoch FROM t.datetime_complete - t.datetime_start), 3)"
    "::double precision",
    "violated": "(o.outcome ->> 'violated')::boolean::integer",
    "real": "(o.outcome -> 'metrics' ->> '{name}')::double precision AS {name}",
    "count": "(o.outcome -> 'metrics' ->> '{name}')::double precision::bigint AS {name}",
    # Shortened as above. jsonb allows neither NaN nor the character 0. OFFSET 0 makes PostgreSQL
    # read it once per trial. Only studies of this program are read, as the attribute of another
    # program may hold anything.
    "outcome": """LEFT JOIN LATERAL (
  SELECT
    replace(
      regexp_replace(short, ': (NaN|-?Infinity)([,}])', ': null\\2', 'g'), '\\u0000', '\\ufffd'
    )::jsonb AS outcome
  FROM (
    SELECT CASE WHEN head > 0 AND rest > 0
      THEN left(whole, head) || substr(tail, rest) ELSE whole END AS short
    FROM (
      SELECT
        whole,
        tail,
        position(', "checkpoints": ' IN whole) AS head,
        position('"duration_seconds": ' IN tail) AS rest
      FROM (
        SELECT a.value_json AS whole, right(a.value_json, 500) AS tail
        FROM trial_user_attributes AS a
        WHERE a.trial_id = t.trial_id AND a.key = 'outcome' AND EXISTS (
          SELECT 1 FROM study_user_attributes AS u
          WHERE u.study_id = t.study_id AND u.key = 'titan_mlopt.uid')
      ) AS stored
    ) AS found
  ) AS cut
  OFFSET 0
) AS o ON true""",
    # A column has a single type in PostgreSQL, so choices have a column of their own.
    "param": """CASE WHEN p.distribution_json::json ->> 'name' <> 'CategoricalDistribution'
    THEN p.param_value END AS param_value,
  CASE WHEN p.distribution_json::json ->> 'name' = 'CategoricalDistribution'
    THEN p.distribution_json::json -> 'attributes' -> 'choices' ->> p.param_value::integer
  END AS param_choice""",
}


def _queries(dialect: dict[str, str]) -> dict[str, str]:
    metrics = (dialect["count" if name in _COUNTS else "real"] for name in _METRICS)
    lines = [line.format(name=name) for line, name in zip(metrics, _METRICS, strict=True)]
    templates = {
        "optuna_studies": _STUDIES,
        "optuna_trials": _TRIALS,
        "optuna_trial_params": _PARAMS,
        "optuna_trial_values": _VALUES,
        "optuna_trial_intermediate_values": _INTERMEDIATE_VALUES,
    }
    parts = {**dialect, "metrics": ",\n  ".join(lines)}
    return {name: template.strip().format(**parts) for name, template in templates.items()}


#: ``{dialect: {name: query of the view}}``, with SQLAlchemy's names of the dialects.
QUERIES = {"sqlite": _queries(_SQLITE), "postgresql": _queries(_POSTGRES)}
#: ``{name: statement that creates the view in SQLite}``.
VIEWS = {
    name: f"CREATE VIEW {name} AS -- {_MARK}\n{query}" for name, query in QUERIES["sqlite"].items()
}
# The tables that the views read.
_TABLES = (
    *("studies", "study_directions", "study_user_attributes"),
    *("trials", "trial_params", "trial_values", "trial_intermediate_values"),
    "trial_user_attributes",
)
_FIND_VIEW = sa.text(
    "SELECT relkind::text, obj_description(oid, 'pg_class') FROM pg_class "
    "WHERE oid = to_regclass(:name)"
)


def create_views(connection: sqlite3.Connection) -> None:
    """Create the SQLite views that are missing or outdated, in one transaction.

    Views of another program are left alone. Without any change nothing is written.

    Args:
        connection: Outside a transaction.

    Raises:
        StudyError: Optuna's tables do not exist.
    """
    if not _changes(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        for statement in _changes(connection):  # again: another process may have been faster
            connection.execute(statement)


def _changes(connection: sqlite3.Connection) -> list[str]:
    """Return the statements that are needed."""
    existing = {
        name.lower(): (kind, sql)
        for kind, name, sql in connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type <> 'trigger'"
        )
    }
    missing = [table for table in _TABLES if table not in existing]
    if missing:
        # With a view on a missing table SQLite refuses to rename any table of the file.
        raise StudyError(
            f"views: must be made beside Optuna's tables, got none named {', '.join(missing)}; "
            "open the database as a storage of Optuna's first"
        )
    changes = []
    for view, statement in VIEWS.items():
        kind, sql = existing.get(view, ("", ""))
        if not kind:
            changes.append(statement)
        elif kind == "view" and f"-- {_MARK}" in sql and sql != statement:
            changes += [f"DROP VIEW {view}", statement]
    return changes


def create_postgres_views(connection: sa.Connection) -> None:
    """Create the PostgreSQL views that are missing or outdated, in the connection's transaction.

    Views of another program, which lack our comment, are left alone.
    """
    for name, query in QUERIES["postgresql"].items():
        comment = f"{_MARK}; {hashlib.sha256(query.encode()).hexdigest()[:16]}"
        kind, mark = connection.execute(_FIND_VIEW, {"name": name}).one_or_none() or ("", "")
        if kind and not (kind == "v" and (mark or "").startswith(_MARK) and mark != comment):
            continue
        if kind:
            connection.exec_driver_sql(f"DROP VIEW {name}")
        connection.exec_driver_sql(f"CREATE VIEW {name} AS\n{query}")
        connection.exec_driver_sql(f"COMMENT ON VIEW {name} IS '{comment}'")
