"""What ``titan-mlopt studies`` promises: every study of a database, as it stands."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest
from click.testing import CliRunner, Result
from optuna.trial import TrialState, create_trial

from support.studies import Tuned
from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.summary import state_counts
from titan_mlopt.cli import main
from titan_mlopt.core.trial import EXCEPTION, FAIL, INTERRUPTED
from titan_mlopt.study.storage.overview import Overview, read_overviews
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import OBJECTIVE, OUTCOME, load_record


def run(db: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["studies", "--db", str(db), *words])


def only(db: Path) -> Overview:
    (seen,) = read_overviews(db)
    return seen


def make_study(db: Path, name: str, objective: str = "accuracy") -> optuna.Study:
    directions = ["maximize"] * (2 if objective == "multi" else 1)
    study = optuna.create_study(study_name=name, storage=open_storage(db), directions=directions)
    study.set_user_attr(OBJECTIVE, objective)
    return study


def add(study: optuna.Study, *values: float, state: str = "COMPLETE", reason: str = "") -> None:
    outcome = {"state": state, "reason": reason, "violated": False, "checkpoints": []}
    study.add_trial(
        create_trial(state=TrialState[state], values=values or None, user_attrs={OUTCOME: outcome})
    )


def test_a_study_at_a_glance_is_what_the_whole_study_says(tuned: Tuned) -> None:
    whole, seen = load_record(tuned.db, "titan_optimization"), only(tuned.db)
    assert state_counts(seen.study) == state_counts(whole)
    assert seen.best == best_trial(whole)
    assert seen.study.candles == whole.candles
    assert (seen.study.uid, seen.study.settings) == (whole.uid, whole.settings)
    times = [time for t in whole.trials for time in (t.started_at, t.finished_at) if time]
    assert (seen.since, seen.last) == (min(times), max(times))


def test_the_command_shows_trials_best_candles_and_activity(tuned: Tuned) -> None:
    result = run(tuned.db)
    assert result.exit_code == 0, result.stderr
    first, trials, best, candles, activity, *rest = result.stdout.splitlines()
    whole = load_record(tuned.db, "titan_optimization")
    found = best_trial(whole)
    assert found is not None
    assert first == "titan_optimization (accuracy)"
    assert trials.startswith("  trials    ")
    assert f"{state_counts(whole)['complete'][0]} complete" in trials
    assert best.startswith(f"  best      trial {found.number}, objective 0.")
    assert "95 %" in best
    assert candles.startswith("  candles   sample: 1,500 candles of 60 s, ")
    assert activity.endswith("; no trial is RUNNING")
    assert rest == [
        "next:",
        f"  titan-mlopt leaderboard --db {tuned.db} --study-name titan_optimization",
    ]


def test_states_are_counted_by_their_reasons_and_running_trials_are_named(tmp_path: Path) -> None:
    study = make_study(tmp_path / "titan.db", "night")
    add(study, 0.5)
    add(study, 0.6)
    add(study, state=FAIL, reason=EXCEPTION)
    add(study, state=FAIL, reason=INTERRUPTED)
    study.ask()
    lines = run(tmp_path / "titan.db").stdout.splitlines()
    assert lines[1] == (
        "  trials    2 complete, 1 failed (exception 1), 1 running, 1 interrupted (not counted)"
    )
    assert lines[2] == "  best      trial 1, objective 0.6, accuracy -"
    assert lines[4].endswith("; 1 trial RUNNING")


def test_the_best_of_two_objectives_is_the_same_as_of_the_whole_study(tmp_path: Path) -> None:
    study = make_study(tmp_path / "titan.db", "both", "multi")
    for values in ((0.5, 9.0), (0.6, 1.0), (0.6, 2.0), (float("inf"), 0.0)):
        add(study, *values)
    whole = load_record(tmp_path / "titan.db", "both")
    seen = only(tmp_path / "titan.db")
    assert seen.best == best_trial(whole)
    assert [trial.values for trial in seen.study.trials] == [t.values for t in whole.trials]


def test_the_study_that_was_last_active_comes_first_and_those_without_trials_last(
    tmp_path: Path,
) -> None:
    db = tmp_path / "titan.db"
    older, newer = make_study(db, "older"), make_study(db, "newer")
    make_study(db, "empty")
    add(older, 0.5)
    add(newer, 0.5)
    optuna.create_study(study_name="plain", storage=open_storage(db)).ask()
    names = [seen.study.name for seen in read_overviews(db)]
    assert names == ["plain", "newer", "older", "empty"]
    lines = run(db).stdout.splitlines()
    empty = lines.index("empty (accuracy)")
    assert lines[empty + 1 : empty + 4] == [
        "  trials    none",
        "  candles   -: - candles of - s, - to -, - gaps",
        "  activity  - to -; no trial is RUNNING",
    ]


def test_a_script_reads_one_json_document(tuned: Tuned) -> None:
    (row,) = json.loads(run(tuned.db, "--json").stdout)
    whole = load_record(tuned.db, "titan_optimization")
    found = best_trial(whole)
    assert found is not None
    assert found.outcome is not None
    expected: dict[str, Any] = {
        "study": "titan_optimization",
        "study_uid": whole.uid,
        "objective": "accuracy",
        "running": False,
        "candles": whole.candles,
    }
    assert {key: row[key] for key in expected} == expected
    assert row["trials"] == {word: n for word, (n, _) in state_counts(whole).items()}
    assert (row["best"]["trial"], row["best"]["metrics"]) == (found.number, found.outcome.metrics)
    assert row["since"] < row["last_activity"]


def test_it_is_read_too_where_a_view_of_ours_is_another_programs(
    tuned: Tuned, tmp_path: Path
) -> None:
    shutil.copy(tuned.db, tmp_path / "titan.db")
    with closing(sqlite3.connect(tmp_path / "titan.db")) as connection, connection:
        connection.execute("DROP VIEW optuna_trials")
        connection.execute("CREATE TABLE optuna_trials (mine)")
    assert only(tmp_path / "titan.db").best == only(tuned.db).best


def test_a_database_without_studies_says_what_to_do(tmp_path: Path) -> None:
    open_storage(tmp_path / "titan.db")
    lines = run(tmp_path / "titan.db").stdout.splitlines()
    assert lines == [
        f"{tmp_path / 'titan.db'}: no study yet",
        "next:",
        f"  titan-mlopt tune --db {tmp_path / 'titan.db'}",
    ]
    assert json.loads(run(tmp_path / "titan.db", "--json").stdout) == []


@pytest.mark.parametrize("content", [None, b"no database"])
def test_what_is_no_database_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    result = run(path)
    assert result.exit_code == 2
    assert ("must be an existing database" in result.stderr) == (content is None)
    assert (result.stderr.count("\n"), result.stdout) == (1, "")
