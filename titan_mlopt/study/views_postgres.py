"""The views of ``views`` in PostgreSQL's words, with the same columns."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

# Begins the comment of each view of ours; what has none belongs to another program.
_MARK = "of titan_mlopt, see docs/sql.md"

_STUDIES = """
SELECT
  s.study_id,
  s.study_name,
  (SELECT a.value_json::json #>> '{}' FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.objective') AS objective,
  (SELECT string_agg(lower(d.direction::text), ', ' ORDER BY d.objective)
    FROM study_directions AS d WHERE d.study_id = s.study_id) AS directions,
  (SELECT a.value_json::json #>> '{}' FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.uid') AS uid,
  (SELECT a.value_json::json ->> 'name' FROM study_user_attributes AS a
    WHERE a.study_id = s.study_id AND a.key = 'titan_mlopt.candles') AS candles,
  (SELECT count(*) FROM trials AS t WHERE t.study_id = s.study_id) AS n_trials
FROM studies AS s
"""

_REALS = (
    *("accuracy", "ece", "ece_noise", "ece_noise_95", "ece_gap", "mce", "brier", "log_loss"),
    *(
        "sharpe",
        "sharpe_se",
        "skewness",
        "kurtosis",
        "sortino",
        "max_drawdown",
        "total_return",
        "turnover",
    ),
)
_COUNTS = ("n_predictions", "n_bars", "n_traded", "hits")
_SHARES = ("coverage", "unchanged_share")


def _metric(name: str, kind: str = "") -> str:
    return f"(o.outcome -> 'metrics' ->> '{name}')::double precision{kind} AS {name}"


_METRICS = ",\n  ".join(
    [
        *map(_metric, _REALS),
        *(_metric(name, "::bigint") for name in _COUNTS),
        *map(_metric, _SHARES),
    ]
)

# Of an outcome only the part before the curves is read, and the last fields: see ``views``. jsonb
# knows neither NaN nor the character 0. OFFSET 0 has it read once a trial. Only studies of this
# program are looked into: the attribute of another may be anything.
_TRIALS = f"""
SELECT
  t.trial_id,
  t.study_id,
  s.study_name,
  t.number,
  CASE WHEN p.value_json ~ '^[0-9]{{1,18}}$' THEN p.value_json::bigint END AS point,
  t.state::text AS state,
  nullif(o.outcome ->> 'reason', '') AS reason,
  nullif(o.outcome ->> 'message', '') AS message,
  t.datetime_start,
  t.datetime_complete,
  coalesce(
    (o.outcome ->> 'duration_seconds')::double precision,
    round(extract(epoch FROM t.datetime_complete - t.datetime_start), 3)::double precision
  ) AS duration_seconds,
  CASE v.value_type::text WHEN 'INF_POS' THEN 'Infinity'::double precision
    WHEN 'INF_NEG' THEN '-Infinity'::double precision ELSE v.value END AS value,
  CASE t.state::text WHEN 'COMPLETE' THEN (o.outcome ->> 'violated')::boolean::integer END
    AS ece_violated,
  {_METRICS}
FROM trials AS t
JOIN studies AS s ON s.study_id = t.study_id
LEFT JOIN trial_values AS v ON v.trial_id = t.trial_id AND v.objective = 0
LEFT JOIN trial_user_attributes AS p ON p.trial_id = t.trial_id AND p.key = 'point'
LEFT JOIN LATERAL (
  SELECT
    replace(
      regexp_replace(short, ': (NaN|-?Infinity)([,}}])', ': null\\2', 'g'), '\\u0000', '\\ufffd'
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
) AS o ON true
"""  # noqa: S608 - the program's own text

# A column has one type here: a choice stands in a column of its own.
_PARAMS = """
SELECT
  s.study_name,
  p.trial_id,
  t.number,
  p.param_name,
  CASE WHEN p.distribution_json::json ->> 'name' <> 'CategoricalDistribution'
    THEN p.param_value END AS param_value,
  CASE WHEN p.distribution_json::json ->> 'name' = 'CategoricalDistribution'
    THEN p.distribution_json::json -> 'attributes' -> 'choices' ->> p.param_value::integer
  END AS param_choice
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
  CASE v.value_type::text WHEN 'INF_POS' THEN 'Infinity'::double precision
    WHEN 'INF_NEG' THEN '-Infinity'::double precision ELSE v.value END AS value
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
  CASE i.intermediate_value_type::text WHEN 'INF_POS' THEN 'Infinity'::double precision
    WHEN 'INF_NEG' THEN '-Infinity'::double precision ELSE i.intermediate_value END AS value
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
_FIND = sa.text(
    "SELECT relkind::text, obj_description(oid, 'pg_class') FROM pg_class "
    "WHERE oid = to_regclass(:name)"
)


def create_views(connection: sa.Connection) -> None:
    """Make the views that are missing or of another version, in the connection's transaction.

    What another program made under such a name stays as it is.
    """
    for name, query in QUERIES.items():
        comment = f"{_MARK}; {hashlib.sha256(query.encode()).hexdigest()[:16]}"
        kind, found = connection.execute(_FIND, {"name": name}).one_or_none() or ("", "")
        if kind and not (kind == "v" and (found or "").startswith(_MARK) and found != comment):
            continue
        if kind:
            connection.exec_driver_sql(f"DROP VIEW {name}")
        connection.exec_driver_sql(f"CREATE VIEW {name} AS\n{query}")
        connection.exec_driver_sql(f"COMMENT ON VIEW {name} IS '{comment}'")
