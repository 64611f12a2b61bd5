"""What the study's tables promise, with numbers worked by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from support.summary_cases import PARAMS, finished, results_document, study, trial
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.analysis.summary import find_noise, find_violations, summarise
from titan_mlopt.core.scoring import score
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    EXCEPTION,
    FAIL,
    INTERRUPTED,
    PRUNED,
    PRUNER,
    RUNNING,
    TIMEOUT,
    Checkpoint,
    Metrics,
    TrialRecord,
)
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.report.leaderboard import leaderboard

#: Keys of ``get_summary`` that the specification and its callers count on, whatever the study.
CONTRACT = {
    *("study_name", "objective_type", "best_params", "best_accuracy", "best_sharpe"),
    *("total_trials", "completed_trials", "pruned_trials", "failed_trials"),
    *("avg_accuracy", "avg_ece", "avg_sharpe", "avg_duration"),
}
COUNTS = ("total", "completed", "pruned", "failed", "running", "interrupted")


def counts(record: StudyRecord) -> tuple[int, ...]:
    found = summarise(record)
    return tuple(found[f"{word}_trials"] for word in COUNTS)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: Wilson's score.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # By hand: 0.5 -+ 1.96 sqrt(0.25/20 + 1.96^2/1600) / (1 + 1.96^2/20).
        (10, 20, 0.2993, 0.7007),
    ],
)
def test_wilson_intervals_are_the_published_ones(
    hits: int, n: int, low: float, high: float
) -> None:
    assert wilson_interval(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_is_symmetric_in_hits_and_misses() -> None:
    low, high = wilson_interval(3, 11)
    assert wilson_interval(8, 11) == pytest.approx((1 - high, 1 - low))


def test_nothing_is_known_after_no_predictions() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(7, 7)[1] == 1.0


@pytest.mark.parametrize(("hits", "n"), [(3, 2), (-1, 2)])
def test_impossible_hits_are_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match=r"must have 0 <= hits <= n, got hits="):
        wilson_interval(hits, n)


# --- summary ------------------------------------------------------------------------------------


def test_the_summary_of_a_study_with_every_state_is_that_worked_by_hand() -> None:
    assert summarise(finished()) == {
        "study_name": "btc_1m",
        "objective_type": "accuracy",
        "total_trials": 6,
        "completed_trials": 3,
        "pruned_trials": 1,
        "failed_trials": 1,
        "running_trials": 1,
        "interrupted_trials": 1,
        "best_trial": 1,
        "best_params": PARAMS,
        "best_value": 0.55,
        "best_accuracy": 0.55,
        "best_ece": 0.04,
        "best_sharpe": None,
        "avg_accuracy": pytest.approx((0.52 + 0.55 + 0.50) / 3),
        "avg_ece": pytest.approx(0.05),
        "avg_sharpe": 2.0,  # of the two trials that have one
        "avg_duration": 3.0,  # (2 + 2 + 5) / 3
        "noise_accuracy": None,
        # .5233 is the mean: √((.0033² + .0267² + .0233²) / 2)
        "spread_accuracy": pytest.approx(0.025166, abs=1e-6),
        "ece_violations": 1,
        "ece_violations_beyond_noise": 0,
        "ece_violations_of_unknown_noise": 1,
        "reasons": {PRUNER: 1, TIMEOUT: 1, INTERRUPTED: 1},
    }


def test_the_summary_of_two_objectives_has_the_front_by_accuracy_and_by_weight() -> None:
    # Standard errors .5 / √10,000 = .005 and √(10,000 bars a year / 10,000) = 1:
    # .7 · 2 + .3 · 1 = 1.7; trial 0 after its penalty .7 · (.495 - .5) / .005 + .3 · 9 = 2.0.
    record = study(
        trial(0, 0.495, 9.0, violated=True, accuracy=0.55, sharpe=9.0),
        trial(1, 0.51, 1.0, accuracy=0.51, sharpe=1.0),
        trial(2, 0.49, 0.5, accuracy=0.49, sharpe=0.5),
        multi=True,
        candles={"count": 10_000, "interval_s": 3153.6},
    )
    found = summarise(record)
    assert found["best_trial"] == 1
    assert found["pareto_trials"] == [1, 0]
    assert found["pareto_front"] == [
        {
            "trial": 0,
            "accuracy": 0.55,
            "sharpe": 9.0,
            "values": [0.495, 9.0],
            "weighted": pytest.approx(2.0),
        },
        {
            "trial": 1,
            "accuracy": 0.51,
            "sharpe": 1.0,
            "values": [0.51, 1.0],
            "weighted": pytest.approx(1.7),
        },
    ]
    assert (found["best_accuracy"], found["best_sharpe"]) == (0.51, 1.0)
    assert list(leaderboard(record)["weighted"]) == pytest.approx([1.7, 2.0, 0.7 * -2 + 0.3 * 0.5])


def assert_nothing_is_best(record: StudyRecord) -> None:
    """Hold the tables of a study without a COMPLETE trial against what they promise."""
    found, multi = summarise(record), record.objective == "multi"
    assert found.keys() >= CONTRACT
    assert (found["best_trial"], found["best_params"]) == (None, {})
    unknown = [key for key in found if key.startswith("avg_") or key == "best_value"]
    assert len(unknown) == (4 if multi else 5)
    for key in (*unknown, "best_accuracy", "best_ece", "best_sharpe"):
        assert found[key] is None
    assert [found.get(key) for key in ("pareto_trials", "pareto_front")] == [
        [] if multi else None
    ] * 2
    assert found["ece_violations"] == found["ece_violations_beyond_noise"] == 0
    assert len(leaderboard(record)) == len(record.trials)
    json.dumps(results_document(record), allow_nan=False)


@pytest.mark.parametrize("multi", [False, True])
def test_the_summary_of_an_empty_study_counts_0_and_knows_no_best(multi: bool) -> None:
    assert counts(study(multi=multi)) == (0, 0, 0, 0, 0, 0)
    assert_nothing_is_best(study(multi=multi))
    # Not even its candles and settings are stored yet.
    assert_nothing_is_best(study(multi=multi, candles={}, settings={}))


@pytest.mark.parametrize("multi", [False, True])
def test_the_summary_of_a_study_whose_first_trials_run_knows_no_best_yet(multi: bool) -> None:
    record = study(trial(0, state=RUNNING), trial(1, state=RUNNING), multi=multi)
    assert counts(record) == (2, 0, 0, 0, 2, 0)
    assert_nothing_is_best(record)


@pytest.mark.parametrize("multi", [False, True])
def test_the_summary_of_a_study_whose_trials_all_failed_has_their_reasons(multi: bool) -> None:
    silent = replace(trial(2, state=FAIL), outcome=None)
    failed = [trial(0, state=FAIL, reason=EXCEPTION), trial(1, state=FAIL, reason=EXCEPTION)]
    record = study(*failed, silent, multi=multi)
    assert counts(record) == (3, 0, 0, 3, 0, 0)
    assert summarise(record)["reasons"] == {EXCEPTION: 2, "unknown": 1}
    assert_nothing_is_best(record)


@pytest.mark.parametrize("multi", [False, True])
def test_the_summary_of_a_study_whose_trials_were_all_pruned_knows_no_best(multi: bool) -> None:
    record = study(trial(0, state=PRUNED, reason=PRUNER, accuracy=0.5, ece=0.1), multi=multi)
    assert counts(record) == (1, 0, 1, 0, 0, 0)
    assert_nothing_is_best(record)


@pytest.mark.parametrize("multi", [False, True])
def test_the_summary_of_a_finished_study_has_the_key_of_its_objective(multi: bool) -> None:
    values = (0.52, 3.0) if multi else (0.52,)
    found = summarise(study(trial(0, *values, accuracy=0.52, sharpe=3.0), multi=multi))
    assert found.keys() >= CONTRACT
    assert (found["best_params"], found["completed_trials"]) == (PARAMS, 1)
    assert (found["best_accuracy"], found["best_sharpe"]) == (0.52, 3.0)
    assert found.get("best_value") == (None if multi else 0.52)
    assert ("best_value" in found, "pareto_front" in found) == (not multi, multi)


def test_an_interrupted_trial_and_the_one_that_repeats_it_count_once() -> None:
    stopped = replace(trial(0, state=FAIL, reason=INTERRUPTED), point=0)
    again = replace(trial(1, 0.5, accuracy=0.5), point=0)
    record = study(stopped, again)
    assert counts(record) == (1, 1, 0, 0, 0, 1)
    assert [t["point"] for t in results_document(record)["trials"]] == [0, 0]


# --- the ECE constraint -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objective", "accuracy", "sharpe", "values"),
    [
        ("accuracy", 0.54, 2.0, (0.486,)),  # .54 · .9
        ("sharpe", 0.54, 2.0, (1.8,)),
        ("sharpe", 0.54, -2.0, (-2.2,)),  # worse, not better
        ("multi", 0.54, -2.0, (0.486, -2.0)),  # the accuracy alone
    ],
)
def test_the_penalty_shows_in_the_values_and_never_in_the_metrics(
    objective: str, accuracy: float, sharpe: float, values: tuple[float, ...]
) -> None:
    multi = objective == "multi"
    metrics: Metrics = {"accuracy": accuracy, "sharpe": sharpe, "ece": 0.06}
    scored = score(metrics, TunerConfig(objective_type=objective, ece_constraint=0.05))
    one = trial(0, *scored.values, violated=scored.violated, **metrics)
    record = study(one, multi=multi, objective=objective)
    found, row = summarise(record), leaderboard(record).loc[0]
    for word in ("best", "avg"):
        assert (found[f"{word}_accuracy"], found[f"{word}_sharpe"]) == (accuracy, sharpe)
    if multi:
        (point,) = found["pareto_front"]
        assert (point["accuracy"], point["sharpe"]) == (accuracy, sharpe)
        assert point["values"] == pytest.approx(list(values))
        assert (row["accuracy_objective"], row["sharpe_objective"]) == pytest.approx(values)
    else:
        assert found["best_value"] == row["objective"] == pytest.approx(values[0])
    assert (row["accuracy"], row["sharpe"]) == (accuracy, sharpe)
    (stored,) = results_document(record)["trials"]
    assert (stored["violated"], stored["metrics"]) == (True, metrics)
    assert stored["values"] == pytest.approx(list(values))


def violating(number: int, ece: float | None, noise: float | None) -> TrialRecord:
    return trial(number, 0.5, violated=True, ece=ece, ece_noise_95=noise)


def test_a_violation_is_beyond_noise_when_the_ece_exceeds_its_95_percent_noise() -> None:
    found = find_violations(
        study(
            trial(0, 0.5, ece=0.04, ece_noise_95=0.01),  # beyond its noise, but allowed
            violating(1, 0.06, 0.05),
            violating(2, 0.06, 0.06),  # as much as noise gives
            violating(3, 0.06, 0.08),
            violating(4, 0.06, None),
            violating(5, None, 0.01),
            replace(violating(6, 0.9, 0.01), state=PRUNED),
            settings={"ece_constraint": 0.05},
        )
    )
    assert (found.limit, found.n_complete) == (0.05, 6)
    assert found.trials == (1, 2, 3, 4, 5)
    assert found.beyond == (1,)
    assert found.unknown == (4, 5)


def test_the_summary_counts_complete_violations_and_those_beyond_noise() -> None:
    found = summarise(
        study(
            violating(0, 0.09, 0.05),
            violating(1, 0.06, 0.08),
            violating(2, 0.06, None),
            replace(violating(3, 0.9, 0.01), state=PRUNED),
        )
    )
    assert found["ece_violations"] == 3
    assert found["ece_violations_beyond_noise"] == 1
    assert found["ece_violations_of_unknown_noise"] == 1


# --- the backtest's own noise ---------------------------------------------------------------------


def repeated(number: int, accuracy: float, sd: float | None, runs: int) -> TrialRecord:
    return trial(number, accuracy, accuracy=accuracy, accuracy_sd=sd, repeats=float(runs))


def test_the_noise_is_the_pooled_error_of_a_mean_and_the_spread_that_of_the_trials() -> None:
    record = study(
        repeated(0, 0.52, 0.003, 9),  # .003 / √9 = .001
        repeated(1, 0.55, 0.009, 9),  # .003
        repeated(2, 0.50, 0.003, 4),  # .0015
        trial(3, 0.51, accuracy=0.51),  # run once: of the spread alone
        repeated(4, 0.60, None, 1),  # as above
        replace(repeated(5, 0.9, 0.5, 2), state=PRUNED),
        trial(6, state=FAIL),
    )
    found = find_noise(record)
    # √((.001² + .003² + .0015²) / 3) = √(.00001225 / 3)
    assert found.noise == pytest.approx(0.0020207, abs=1e-7)
    # Mean .536: √((.016² + .014² + .036² + .026² + .064²) / 4) = √(.00652 / 4).
    assert found.spread == pytest.approx(0.040373, abs=1e-6)
    assert found.runs == (4, 9)
    summary = summarise(record)
    assert (summary["noise_accuracy"], summary["spread_accuracy"]) == (found.noise, found.spread)


def test_one_trial_has_noise_and_nothing_to_differ_from() -> None:
    found = find_noise(study(repeated(0, 0.5, 0.02, 4)))
    assert (found.noise, found.spread, found.runs) == (0.01, None, (4,))


def test_without_repeats_no_noise_is_known() -> None:
    found = find_noise(study(trial(0, 0.5, accuracy=0.5), trial(1, 0.5, accuracy=0.5)))
    assert (found.noise, found.spread, found.runs) == (None, 0.0, ())


# --- leaderboard and results --------------------------------------------------------------------


def test_the_leaderboard_puts_the_best_first_and_each_state_in_its_place() -> None:
    unscored = trial(7)
    record = study(*finished().trials, unscored)
    frame = leaderboard(record)
    assert list(frame["trial"]) == [1, 0, 4, 7, 2, 3, 5, 6]
    assert list(frame["rank"].dropna()) == [1, 2, 3]
    assert list(frame["objective"].dropna()) == [0.55, 0.52, 0.45]
    assert frame.loc[1, "duration_seconds"] == 2.0
    assert list(frame.columns) == [
        *("rank", "trial", "state", "reason", "objective", "accuracy", "ece", "sharpe"),
        *("n_predictions", "coverage", "brier", "max_drawdown", "duration_seconds"),
        *PARAMS,
    ]
    assert list(leaderboard(record, top=2)["trial"]) == [1, 0]


def test_whole_numbers_stay_whole_in_the_leaderboard_file() -> None:
    bare = replace(trial(2, state=FAIL), params={})
    text = leaderboard(study(trial(0, 0.5, n_predictions=1440.0), bare)).to_csv(index=False)
    assert text.splitlines()[1] == "1,0,COMPLETE,,0.5,,,,1440,,,,2.0,7,0.02"


def test_two_objectives_have_a_column_each_and_one_for_what_they_weigh() -> None:
    frame = leaderboard(study(trial(0, 0.5, 1.5), trial(1, state=FAIL), multi=True))
    assert frame.loc[0, "accuracy_objective"] == 0.5
    assert frame.loc[0, "sharpe_objective"] == 1.5
    # No skill in accuracy; √(525,600 bars a year / 20,000 candles) = 5.1264 for Sharpe.
    assert frame.loc[0, "weighted"] == pytest.approx(0.3 * 1.5 / 5.1264, rel=1e-4)
    assert list(frame.columns[3:8]) == [
        *("reason", "accuracy_objective", "sharpe_objective", "weighted", "accuracy")
    ]
    assert frame.loc[1, ["accuracy_objective", "sharpe_objective", "weighted"]].isna().all()
    assert "objective" not in frame


def test_the_results_document_is_strict_json_and_holds_every_trial() -> None:
    odd = trial(0, 0.5, accuracy=0.5, sharpe=float("nan"), brier=float("inf"))
    point = Checkpoint(100, 120, 0.51, 0.03, None)
    assert odd.outcome is not None
    odd = replace(odd, outcome=replace(odd.outcome, checkpoints=(point,)))
    record = study(odd, *finished().trials[1:])
    document = json.loads(json.dumps(results_document(record), allow_nan=False))
    first, *others = document["trials"]
    assert document["schema_version"] == 1
    assert document["summary"] == json.loads(json.dumps(summarise(record)))
    assert len(others) == 6
    assert first["metrics"] == {"accuracy": 0.5, "sharpe": None, "brier": None}
    assert first["checkpoints"] == [
        {"n_predictions": 100, "n_bars": 120, "accuracy": 0.51, "ece": 0.03, "sharpe": None}
    ]
    assert (first["params"], first["values"], first["violated"]) == (PARAMS, [0.5], False)
    assert (first["started_at"], first["finished_at"]) == (100.0, 102.0)
    assert [t["reason"] for t in others] == ["", PRUNER, TIMEOUT, "", INTERRUPTED, ""]


def test_tables_load_neither_optuna_nor_mlflow_nor_plotly_nor_pandas() -> None:
    code = "import sys, titan_mlopt.analysis.summary; print(sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in ("optuna", "mlflow", "plotly", "matplotlib", "pandas"):
        assert f"'{name}'" not in run.stdout
