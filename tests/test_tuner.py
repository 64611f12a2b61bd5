"""What ``AutoTuner`` promises its clients, Titan's own among them."""

from __future__ import annotations

import functools
import json
import math
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from support.pool_cases import PATIENCE_S
from support.studies import QUICK, Tuned, quick
from titan_mlopt import (
    HAS_OPTUNA,
    TUNABLE_PARAMS,
    AutoTuner,
    OptimizationResult,
    create_tuner,
)
from titan_mlopt.core.errors import CandleError, StudyError
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.trial import COMPLETE, FAIL, Checkpoint, TrialRecord
from titan_mlopt.study import coordinator
from titan_mlopt.study.storage.studies import read_study


def test_optimize_returns_the_best_trials_params_and_each_is_within_its_range(
    tuned: Tuned,
) -> None:
    with AutoTuner(tuned.db, tuned.config) as tuner:
        best = tuner.get_best_params()
        values = [t.value for t in tuner.study.get_trials() if t.state.name == COMPLETE]
    assert set(best) == set(TUNABLE_PARAMS)
    for name, (low, high, kind) in TUNABLE_PARAMS.items():
        assert low <= best[name] <= high
        assert isinstance(best[name], int) == (kind == "int")
    assert (
        max(v for v in values if v is not None)
        == tuned.report.study.trials[_best(tuned).number].values[0]
    )  # type: ignore[index]  # a complete trial has values


def _best(tuned: Tuned) -> TrialRecord:
    complete = [t for t in tuned.report.study.trials if t.state == COMPLETE]
    return max(complete, key=lambda t: t.values or (0.0,))


def test_both_objectives_give_a_front_and_the_most_accurate_of_it_is_best(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=6, objective_type="multi", n_jobs=2) as tuner:
        best = tuner.optimize("sample")
        assert [d.name for d in tuner.study.directions] == ["MAXIMIZE", "MAXIMIZE"]
        front = tuner.study.best_trials
        assert best == max(front, key=lambda t: t.values).params
        summary = tuner.get_summary()
        assert summary["best_accuracy"] is not None
        tuner.visualize(tmp_path / "plots")
    assert (tmp_path / "plots" / "pareto_front.html").is_file()


def test_clients_may_hand_over_an_existing_empty_file(tmp_path: Path) -> None:
    (tmp_path / "titan.db").touch()
    with create_tuner(db_path=str(tmp_path / "titan.db"), n_trials=1, **QUICK) as tuner:
        assert tuner.optimize("sample")


def test_clients_may_ask_suggest_and_read_an_empty_study(tmp_path: Path) -> None:
    assert HAS_OPTUNA
    tuner = create_tuner(tmp_path / "titan.db", n_trials=5, objective="accuracy")
    trial = tuner.study.ask()
    params = tuner._suggest_params(trial)
    assert set(params) == set(TUNABLE_PARAMS)
    assert all(isinstance(v, int) == (TUNABLE_PARAMS[k][2] == "int") for k, v in params.items())
    assert tuner.config.n_trials == 5
    assert tuner.results == []
    assert tuner.get_best_params() == {}
    summary = tuner.get_summary()
    assert summary["study_name"] == "titan_optimization"
    assert summary["completed_trials"] == 0
    assert summary["best_params"] == {}
    tuner.close()
    tuner.close()


def test_export_writes_a_flat_config_or_the_defaults_with_a_warning(
    tmp_path: Path, tuned: Tuned
) -> None:
    with AutoTuner(tuned.db, tuned.config) as tuner:
        tuner.export_config(tmp_path / "config.json")
        best = tuner.get_best_params()
    config = json.loads((tmp_path / "config.json").read_text())
    assert config == {**DEFAULTS, **best}
    with quick(tmp_path) as empty, pytest.warns(UserWarning, match="the defaults are written"):
        empty.export_config(tmp_path / "empty.json")
    assert json.loads((tmp_path / "empty.json").read_text()) == DEFAULTS


def test_a_config_is_exported_with_the_values_that_its_space_held_fixed(tmp_path: Path) -> None:
    drawn = {"feature.fast_window": (3, 10, "int")}
    space = Space(drawn, {"feature.slow_window": 25, "ml.enabled": False})
    with quick(tmp_path, n_trials=1, space=space) as tuner:
        best = tuner.optimize("sample")
        tuner.export_config(tmp_path / "config.json")
    assert set(best) == set(drawn)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config == {**DEFAULTS, **space.fixed, **best}


def test_results_and_saved_results_hold_every_trial_of_earlier_processes(
    tmp_path: Path, tuned: Tuned
) -> None:
    with AutoTuner(tuned.db, tuned.config) as tuner:
        results = tuner.results
        tuner.save_results(tmp_path / "results.json")
    assert [result.trial_number for result in results] == list(range(8))
    assert all(isinstance(result, OptimizationResult) for result in results)
    assert all(result.duration_seconds > 0 for result in results)
    assert len(json.loads((tmp_path / "results.json").read_text())["trials"]) == 8


def test_importances_sum_to_one_and_too_few_trials_are_said(tmp_path: Path, tuned: Tuned) -> None:
    with AutoTuner(tuned.db, tuned.config) as tuner:
        importances = tuner.get_importance()
    assert math.isclose(sum(importances.values()), 1.0)
    assert set(importances) <= set(TUNABLE_PARAMS)
    with quick(tmp_path) as empty, pytest.raises(StudyError, match="complete trials"):
        empty.get_importance()


def test_visualize_writes_the_page_and_the_five_plots(tmp_path: Path, tuned: Tuned) -> None:
    with AutoTuner(tuned.db, tuned.config) as tuner:
        paths = tuner.visualize(tmp_path / "plots")
        assert tuner._repr_html_().startswith('<div class="titan-mlopt">')
    assert paths[0] == tmp_path / "plots" / "report.html"
    assert "<svg" in paths[0].read_text()
    assert {path.stem for path in paths} == {
        "report",
        "importances",
        "optimization_history",
        "param_importances",
        "parallel_coordinate",
        "contour",
        "slice",
    }


def test_too_few_predictions_prune_a_trial_with_that_reason(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=2, min_predictions=570, pruner_type="none") as tuner:
        assert tuner.optimize("sample") == {}
        for trial in read_study(tuner.study).trials:
            assert trial.state == "PRUNED"
            assert trial.outcome is not None
            assert trial.outcome.reason == "too_few_predictions"
            assert "at least 570 predictions, got" in trial.outcome.message
        assert tuner.get_summary()["pruned_trials"] == 2


def test_a_timeout_ends_the_trial_as_fail_with_the_reason_and_the_study_goes_on(
    tmp_path: Path,
) -> None:
    with quick(tmp_path, n_trials=3, timeout_per_trial=0.001) as tuner:
        assert tuner.optimize("sample") == {}
        for trial in read_study(tuner.study).trials:
            assert trial.state == FAIL
            assert trial.outcome is not None
            assert trial.outcome.reason == "timeout"
            assert "must finish within 0.001 s" in trial.outcome.message
        summary = tuner.get_summary()
    assert summary["failed_trials"] == 3
    assert summary["best_params"] == {}


class Leap:
    """A clock that is an hour ahead as soon as a trial has finished."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead_s

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None:
        self._ahead_s = 3600.0


def test_timeout_total_starts_no_more_trials_and_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leap = Leap()
    patched = functools.partial(coordinator.Coordinator, clock=leap)
    monkeypatch.setattr(coordinator, "Coordinator", patched)
    with quick(tmp_path, n_trials=1000) as tuner:
        tuner.add_listener(leap)
        tuner.optimize("sample", timeout_total=3000)
        assert tuner.report is not None
        assert not tuner.report.stopped
        assert [trial.state.is_finished() for trial in tuner.study.trials] == [True]


def test_titans_own_tables_are_left_as_they_were(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "titan.db") as connection:
        connection.execute(
            "CREATE TABLE kv (key TEXT PRIMARY KEY, value_blob BLOB, updated_at INT)"
        )
        connection.execute("INSERT INTO kv VALUES ('config.x', x'00ff', 7)")
        connection.execute("CREATE TABLE candles (ts INTEGER, close REAL)")
        connection.execute("INSERT INTO candles VALUES (1, 2.5)")
    connection.close()
    with quick(tmp_path, n_trials=1) as tuner:
        tuner.optimize("sample")
    with sqlite3.connect(tmp_path / "titan.db") as connection:
        assert connection.execute("SELECT * FROM kv").fetchall() == [("config.x", b"\0\xff", 7)]
        assert connection.execute("SELECT * FROM candles").fetchall() == [(1, 2.5)]
    connection.close()


def test_too_few_candles_are_refused_before_the_first_trial(tmp_path: Path) -> None:
    with quick(tmp_path, limit=150) as tuner:
        with pytest.raises(CandleError, match=r"must have at least 170 candles.*got 150"):
            tuner.optimize("sample")
        assert tuner.study.trials == []


def test_a_database_that_is_none_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "titan.db").write_text("this is no database, but long enough to be looked at " * 9)
    with pytest.raises(StudyError, match="must be a SQLite database, got another file"):
        quick(tmp_path)


def test_nothing_is_left_in_the_scratch_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    mine = f"titan_mlopt-{os.getpid()}-"
    with quick(tmp_path, n_trials=3, n_jobs=2, timeout_per_trial=0.3) as tuner:
        tuner.optimize("sample")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list(Path("/dev/shm").glob(f"{mine}*")) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["titan.db", "tmp"]


def test_a_study_may_run_in_another_thread(tmp_path: Path) -> None:
    def work() -> None:
        with quick(tmp_path, n_trials=2) as tuner:
            tuner.optimize("sample")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    with quick(tmp_path) as tuner:
        assert tuner.get_summary()["completed_trials"] == 2
