"""What the SQL views of the studies promise, and that docs/sql.md says what they are."""

from __future__ import annotations

import math
import re
import sqlite3
import time
from typing import Any

import optuna
import pytest

from support.paths import DOCS
from support.studies import Tuned
from support.view_cases import NAME, column, kinds, plain, rows, titan, url_of
from titan_mlopt.core.trial import FAIL, TIMEOUT, TrialOutcome
from titan_mlopt.study.storage import studies as storage
from titan_mlopt.study.storage.views import VIEWS, create_views
from titan_mlopt.study.trial_writer import TrialWriter

# Fixtures: pytest finds them here by their names.
__all__ = ["plain", "titan"]
PAGE = (DOCS / "sql.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


# --- what the views show -----------------------------------------------------------------------


def test_each_trial_is_the_one_that_optuna_loads(titan: sqlite3.Connection) -> None:
    study = optuna.load_study(study_name=NAME, storage=url_of(titan))
    trial_ids = column(titan, "SELECT trial_id FROM optuna_trials ORDER BY number")
    assert trial_ids == [trial._trial_id for trial in study.trials]
    for trial in study.trials:
        (found,) = rows(
            titan, "SELECT study_name, state FROM optuna_trials WHERE number = ?", trial.number
        )
        assert found == (NAME, trial.state.name)
        for key, value in {
            "param_name, param_value FROM optuna_trial_params": trial.params,
            "objective, value FROM optuna_trial_values": dict(enumerate(trial.values or ())),
            "step, value FROM optuna_trial_intermediate_values": trial.intermediate_values,
        }.items():
            query = f"SELECT {key} WHERE study_name = ? AND number = ?"
            assert dict(rows(titan, query, NAME, trial.number)) == value


def test_integer_parameters_are_integers(titan: sqlite3.Connection) -> None:
    found = rows(titan, "SELECT DISTINCT param_name, typeof(param_value) FROM optuna_trial_params")
    study = optuna.load_study(study_name=NAME, storage=url_of(titan))
    kind = {int: "integer", float: "real"}
    assert dict(found) == {n: kind[type(v)] for n, v in study.trials[0].params.items()}
    assert len(found) == 21


def test_each_trial_has_the_metrics_of_its_outcome(titan: sqlite3.Connection) -> None:
    titan.row_factory = sqlite3.Row
    study = optuna.load_study(study_name=NAME, storage=url_of(titan))
    for row, trial in zip(
        titan.execute("SELECT * FROM optuna_trials ORDER BY number"), study.trials, strict=True
    ):
        outcome = trial.user_attrs["outcome"]
        assert {name: row[name] for name in outcome["metrics"]} == outcome["metrics"]
        assert row["duration_seconds"] == outcome["duration_seconds"] > 0
        assert row["reason"] == (outcome["reason"] or None)
        assert row["message"] == (outcome["message"] or None)
        complete = trial.state == optuna.trial.TrialState.COMPLETE
        assert row["point"] == trial.user_attrs["point"]
        assert row["ece_violated"] == (outcome["violated"] if complete else None)
        assert row["value"] == (trial.values[0] if trial.values else None)
        assert row["datetime_start"] < row["datetime_complete"]


def test_what_is_no_number_in_a_curve_hides_no_metric(titan: sqlite3.Connection) -> None:
    were = rows(titan, "SELECT * FROM optuna_trials")
    with titan:
        changed = titan.execute(
            "UPDATE trial_user_attributes SET value_json = replace(value_json, '\"curve\": [', "
            "'\"curve\": [[0, NaN, NaN], ') WHERE key = 'outcome'"
        )
    assert changed.rowcount == 8
    assert rows(titan, "SELECT * FROM optuna_trials") == were


def test_counts_are_integers(titan: sqlite3.Connection) -> None:
    names = ("n_predictions", "n_bars", "n_traded", "hits")
    for name in names:
        assert column(titan, f"SELECT DISTINCT typeof({name}) FROM optuna_trials") == ["integer"]


def test_a_study_stands_with_its_identity(titan: sqlite3.Connection) -> None:
    attrs = optuna.load_study(study_name=NAME, storage=url_of(titan)).user_attrs
    assert rows(
        titan,
        "SELECT study_name, objective, directions, uid, candles, n_trials FROM optuna_studies",
    ) == [(NAME, "accuracy", "maximize", attrs[storage.UID], attrs[storage.CANDLES]["name"], 8)]


def test_a_failed_trial_says_why_whatever_its_message_holds(plain: sqlite3.Connection) -> None:
    backend = optuna.storages.RDBStorage(url_of(plain))
    study = storage.open_study(backend, "s", ("maximize",))
    writer = TrialWriter(study, backend)
    message = 'must stop, got "metrics": {"accuracy": 9}, "checkpoints": [], "duration_seconds": 7}'
    for number in range(2):
        study.ask()
        outcome = TrialOutcome(FAIL, TIMEOUT, message, log=message * 500, duration_seconds=1.5)
        writer.end(number, outcome)
    create_views(plain)
    assert rows(
        plain, "SELECT state, reason, message, duration_seconds, accuracy FROM optuna_trials"
    ) == 2 * [("FAIL", "timeout", message, 1.5, None)]


def test_running_and_waiting_trials_are_there(plain: sqlite3.Connection) -> None:
    study = optuna.create_study(storage=url_of(plain), study_name="s")
    study.ask({"x": optuna.distributions.IntDistribution(1, 3)})
    study.enqueue_trial({"x": 2})
    create_views(plain)
    assert rows(plain, "SELECT state, duration_seconds, value FROM optuna_trials") == [
        ("RUNNING", None, None),
        ("WAITING", None, None),
    ]
    assert column(plain, "SELECT number FROM optuna_trial_params") == [0]


def test_a_trial_that_runs_on_shows_what_it_came_to(plain: sqlite3.Connection) -> None:
    create_views(plain)
    study = optuna.create_study(storage=url_of(plain), study_name="s")
    trial = study.ask()
    trial.report(0.5, 10)
    assert column(plain, "SELECT state FROM optuna_trials") == ["RUNNING"]
    assert rows(plain, "SELECT step, value FROM optuna_trial_intermediate_values") == [(10, 0.5)]
    study.tell(trial, 0.75)
    assert rows(plain, "SELECT state, value FROM optuna_trials") == [("COMPLETE", 0.75)]


def test_parameters_of_every_kind_are_as_they_were_suggested(plain: sqlite3.Connection) -> None:
    choices: list[Any] = ["a", "IntDistribution", 7, 0.25, None, True]
    space: dict[str, optuna.distributions.BaseDistribution] = {
        "even": optuna.distributions.IntDistribution(2, 10, step=2),
        "wide": optuna.distributions.IntDistribution(1, 10**9, log=True),
        "whole": optuna.distributions.FloatDistribution(1.0, 1.0),
        "small": optuna.distributions.FloatDistribution(1e-9, 1e-3, log=True),
        **{
            f"choice {i}": optuna.distributions.CategoricalDistribution(choices[i:] + choices[:i])
            for i in range(len(choices))
        },
    }
    study = optuna.create_study(storage=url_of(plain), study_name="s")
    for _ in range(10):
        study.ask(space)
    create_views(plain)
    for trial in study.trials:
        query = "SELECT param_name, param_value FROM optuna_trial_params WHERE number = ?"
        found = dict(rows(plain, query, trial.number))
        assert found == trial.params
        # SQLite has no booleans: True is 1.
        plainly = {n: int(v) if v is True else v for n, v in trial.params.items()}
        assert {n: type(v) for n, v in found.items()} == {n: type(v) for n, v in plainly.items()}


def test_infinities_are_infinite_and_nan_is_null(plain: sqlite3.Connection) -> None:
    study = optuna.create_study(storage=url_of(plain), study_name="s")
    for value in (1.0, math.inf, -math.inf):
        trial = study.ask()
        for step, seen in enumerate((math.nan, value)):
            trial.report(seen, step)
        study.tell(trial, value)
    create_views(plain)
    for view in ("optuna_trials", "optuna_trial_values"):
        query = f"SELECT value FROM {view} ORDER BY value"
        assert column(plain, query) == [-math.inf, 1.0, math.inf]
    query = "SELECT value FROM optuna_trial_intermediate_values ORDER BY trial_id, step"
    assert column(plain, query) == [None, 1.0, None, math.inf, None, -math.inf]


def test_studies_of_one_file_are_kept_apart(titan: sqlite3.Connection) -> None:
    before = {view: set(rows(titan, f"SELECT * FROM {view}")) for view in VIEWS}
    other = optuna.create_study(
        storage=url_of(titan), study_name="other", directions=["minimize", "maximize"]
    )
    trial = other.ask({"ml.max_depth": optuna.distributions.IntDistribution(70, 70)})
    other.tell(trial, [1.0, 2.0])
    for view, were in before.items():
        assert set(rows(titan, f"SELECT * FROM {view} WHERE study_name = ?", NAME)) == were
    assert rows(
        titan, "SELECT objective, directions, n_trials FROM optuna_studies WHERE uid IS NULL"
    ) == [(None, "minimize, maximize", 1)]
    here = "study_name = 'other' AND number = 0"
    assert column(titan, f"SELECT param_value FROM optuna_trial_params WHERE {here}") == [70]
    assert rows(titan, f"SELECT objective, value FROM optuna_trial_values WHERE {here}") == [
        (0, 1.0),
        (1, 2.0),
    ]
    (row,) = rows(
        titan, f"SELECT value, accuracy, reason, duration_seconds FROM optuna_trials WHERE {here}"
    )
    assert row[:3] == (1.0, None, None)
    duration = other.trials[0].duration
    assert duration is not None
    # SQLite counts in milliseconds.
    assert row[3] == pytest.approx(duration.total_seconds(), abs=0.002)


@pytest.mark.parametrize(
    "outcome", [{"metrics": {"accuracy": math.nan}}, "words", 3, None, {"metrics": {}}, "x" * 500]
)
def test_an_outcome_of_another_program_spoils_no_query(
    titan: sqlite3.Connection, outcome: object
) -> None:
    were = rows(titan, "SELECT * FROM optuna_trials")
    other = optuna.create_study(storage=url_of(titan), study_name="other")
    other.ask().set_user_attr("outcome", outcome)
    *found, last = rows(titan, "SELECT * FROM optuna_trials")
    assert found == were
    assert last[2:7] == ("other", 0, None, "RUNNING", None)
    assert column(titan, "SELECT accuracy FROM optuna_trials WHERE study_name = 'other'") == [None]


# --- docs/sql.md -------------------------------------------------------------------------------


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_every_query_of_the_page_finds_something(titan: sqlite3.Connection, query: str) -> None:
    assert rows(titan, query) != []


def test_every_view_of_the_page_stands_with_its_columns(
    tuned: Tuned, titan: sqlite3.Connection
) -> None:
    outcome = tuned.report.study.trials[0].outcome
    assert outcome is not None
    sections = re.findall(r"^### (optuna_\w+)\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in sections] == list(VIEWS)
    for view, text in sections:
        named = re.findall(r"^\| `(\w+)`", text, re.MULTILINE)
        if view == "optuna_trials":
            first, *others, last = outcome.metrics
            named += [*others, last]
            assert f"| `{first}` … `{last}` |" in text
        assert column(titan, "SELECT name FROM pragma_table_info(?)", view) == named


def test_every_query_of_the_page_is_quick_on_a_thousand_trials(titan: sqlite3.Connection) -> None:
    multiply(titan, 125)
    assert column(titan, "SELECT n_trials FROM optuna_studies") == [1000]
    # To read every outcome once takes some 10 ms: whatever the machine takes is the measure.
    whole = seconds_of(titan, "SELECT sum(json_valid(value_json)) FROM trial_user_attributes")
    for query in (*QUERIES, *(f"SELECT * FROM {view}" for view in VIEWS)):
        assert seconds_of(titan, query) < 20 * whole, query


def seconds_of(connection: sqlite3.Connection, query: str) -> float:
    """Return the processor's time for a query, the least of five."""
    seconds = []
    for _ in range(5):
        began = time.process_time()
        rows(connection, query)
        seconds.append(time.process_time() - began)
    return min(seconds)


def multiply(connection: sqlite3.Connection, times: int) -> None:
    """Make each trial stand ``times`` times, with all that belongs to it."""
    with connection:
        for table in ("trial_params", "trial_values", "trial_user_attributes", "trials"):
            names = column(connection, "SELECT name FROM pragma_table_info(?)", table)
            own = [n for n in names if n == "trial_id" or not (n == names[0] and n.endswith("_id"))]
            values = [f"{n} + copy * 8" if n in ("trial_id", "number") else n for n in own]
            connection.execute(
                "WITH RECURSIVE copies (copy) AS "
                "(SELECT 1 UNION ALL SELECT copy + 1 FROM copies LIMIT ?) "
                f"INSERT INTO {table} ({', '.join(own)}) "
                f"SELECT {', '.join(values)} FROM {table}, copies",
                (times - 1,),
            )


def test_after_the_drop_of_the_page_optuna_can_rebuild_its_tables(
    titan: sqlite3.Connection,
) -> None:
    rebuild = (
        "CREATE TABLE _alembic_tmp_trials AS SELECT * FROM trials",
        "DROP TABLE trials",
        "ALTER TABLE _alembic_tmp_trials RENAME TO trials",
    )
    were = rows(titan, "SELECT * FROM optuna_trials")
    (drop,) = re.findall(r'sqlite3 titan\.db "\n(DROP.*?)"', PAGE, re.DOTALL)
    titan.executescript(drop)
    assert kinds(titan) == {}
    for statement in rebuild:
        titan.execute(statement)
    create_views(titan)
    assert rows(titan, "SELECT * FROM optuna_trials") == were
