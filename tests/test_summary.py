"""What the study's tables promise, with numbers worked by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from titan_mlopt.records import (
    COMPLETE,
    EXCEPTION,
    FAIL,
    INTERRUPTED,
    PRUNED,
    PRUNER,
    RUNNING,
    TIMEOUT,
    Checkpoint,
    StudyRecord,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.report.note import markdown_note, summary_lines
from titan_mlopt.report.summary import (
    best_trial,
    leaderboard,
    pareto_front,
    results_document,
    summarise,
    wilson_interval,
)

PARAMS = {"feature.fast_window": 7, "online.learning_rate": 0.02}


def trial(
    number: int,
    *values: float,
    state: str = COMPLETE,
    reason: str = "",
    violated: bool = False,
    seconds: float = 2.0,
    **metrics: float | None,
) -> TrialRecord:
    outcome = TrialOutcome(state, reason, metrics=metrics, duration_seconds=seconds)
    return TrialRecord(
        number=number,
        state=state,
        params=dict(PARAMS),
        values=values or None,
        started_at=100.0,
        finished_at=None if state == RUNNING else 100.0 + seconds,
        outcome=None if state == RUNNING else outcome,
        violated=violated,
    )


def study(*trials: TrialRecord, multi: bool = False, **changes: Any) -> StudyRecord:
    record = StudyRecord(
        uid="u1",
        name="btc_1m",
        objective="multi" if multi else "accuracy",
        directions=("maximize",) * (2 if multi else 1),
        candles={
            "name": "btc.csv",
            "sha256": "ab12",
            "count": 20000,
            "first": 1767225600,
            "last": 1768425540,
            "interval_s": 60,
            "gaps": 0,
        },
        backtest={"path": "titan_mlopt.backtest.runner:run_backtest"},
        space_sha256="cd34",
        settings={"n_trials": 50},
        trials=trials,
    )
    return replace(record, **changes)


def finished() -> StudyRecord:
    return study(
        trial(0, 0.52, accuracy=0.52, ece=0.02, sharpe=1.0, n_predictions=1000.0, hits=520.0),
        trial(1, 0.55, accuracy=0.55, ece=0.04, sharpe=None, n_predictions=200.0, hits=110.0),
        trial(2, state=PRUNED, reason=PRUNER, accuracy=0.48, n_predictions=50.0),
        trial(3, state=FAIL, reason=TIMEOUT, seconds=600.0),
        trial(4, 0.45, violated=True, accuracy=0.50, ece=0.09, sharpe=3.0, seconds=5.0),
        trial(5, state=FAIL, reason=INTERRUPTED),
        trial(6, state=RUNNING),
    )


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


def test_the_highest_value_wins_and_ties_go_to_the_lower_number() -> None:
    found = best_trial(study(trial(0, 0.5), trial(1, 0.6), trial(2, 0.6), trial(3, 0.55)))
    assert found is not None
    assert found.number == 1


def test_only_complete_trials_with_values_can_be_best() -> None:
    running = trial(1, 0.9, state=RUNNING)
    pruned = trial(2, 0.9, state=PRUNED)
    unknown = trial(3, float("nan"))
    assert best_trial(study(trial(0), running, pruned, unknown)) is None
    assert best_trial(study()) is None


def test_one_objective_has_a_front_of_one() -> None:
    assert [t.number for t in pareto_front(study(trial(0, 0.5), trial(1, 0.6)))] == [1]
    assert pareto_front(study()) == ()


def test_the_front_is_what_no_trial_dominates() -> None:
    points = study(
        trial(0, 0.50, 3.0),  # on it: the highest second value
        trial(1, 0.55, 2.0),  # on it
        trial(2, 0.55, 1.0),  # dominated by 1: equal first, lower second
        trial(3, 0.52, 2.0),  # dominated by 1: lower first, equal second
        trial(4, 0.60, -1.0),  # on it: the highest first value
        trial(5, 0.55, 2.0),  # on it: equal to 1
        trial(6, 0.49, 2.5),  # dominated by 0
        multi=True,
    )
    assert [t.number for t in pareto_front(points)] == [4, 1, 5, 0]


def test_with_two_objectives_the_best_has_the_highest_first_then_second_value() -> None:
    found = best_trial(
        study(trial(0, 0.5, 9.0), trial(1, 0.6, 1.0), trial(2, 0.6, 2.0), multi=True)
    )
    assert found is not None
    assert found.number == 2


def test_the_summary_of_a_study_with_every_state_is_right() -> None:
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
        "ece_violations": 1,
        "reasons": {PRUNER: 1, TIMEOUT: 1, INTERRUPTED: 1},
    }


def test_the_summary_of_two_objectives_tells_the_front_and_the_raw_metrics() -> None:
    found = summarise(
        study(
            trial(0, 0.495, 2.0, violated=True, accuracy=0.55, sharpe=2.0),
            trial(1, 0.51, 1.0, accuracy=0.51, sharpe=1.0),
            multi=True,
        )
    )
    assert found["best_trial"] == 1
    assert found["pareto_trials"] == [1, 0]
    assert (found["best_accuracy"], found["best_sharpe"]) == (0.51, 1.0)
    assert "best_value" not in found


@pytest.mark.parametrize(
    "trials",
    [(), (trial(0, state=RUNNING),), (trial(0, state=FAIL, reason=EXCEPTION),)],
    ids=["empty", "running", "failed"],
)
@pytest.mark.parametrize("multi", [False, True])
def test_every_table_works_without_a_complete_trial(
    trials: tuple[TrialRecord, ...], multi: bool
) -> None:
    record = study(*trials, multi=multi)
    found = summarise(record)
    assert (found["best_trial"], found["best_params"]) == (None, {})
    assert (found["best_accuracy"], found["avg_ece"], found["avg_duration"]) == (None, None, None)
    assert found["total_trials"] == len(trials)
    assert len(leaderboard(record)) == len(trials)
    assert "No trial has completed".lower() in markdown_note(record, {}).lower()
    assert any(line.startswith("best ") and "no trial" in line for line in summary_lines(record))


def test_a_trial_that_failed_without_a_word_has_an_unknown_reason() -> None:
    silent = replace(trial(0, state=FAIL), outcome=None)
    assert summarise(study(silent))["reasons"] == {"unknown": 1}


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


def test_two_objectives_have_a_column_each() -> None:
    frame = leaderboard(study(trial(0, 0.5, 1.5), multi=True))
    assert frame.loc[0, "accuracy_objective"] == 0.5
    assert frame.loc[0, "sharpe_objective"] == 1.5
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


def test_the_note_shows_each_accuracy_with_n_and_its_interval() -> None:
    note = markdown_note(finished(), {})
    # 110 of 200: Wilson 0.4808 to 0.6173.
    assert note.count("0.5500 (n=200, 95 % 0.481 to 0.617)") == 2
    assert "0.5200 (n=1,000, 95 % 0.489 to 0.551)" in note
    assert "accuracy 0.55," not in note


def test_the_note_sets_the_best_config_beside_the_defaults() -> None:
    note = markdown_note(finished(), {})
    assert "| `feature.fast_window` | 5 | 7 |" in note
    assert "| `online.learning_rate` | 0.049 | 0.02 |" in note
    assert "ml.enabled" not in note


def test_the_note_says_what_was_tuned_on_and_what_became_of_the_trials() -> None:
    note = markdown_note(finished(), {"Load the best": "titan-mlopt export", "Repair": "doctor"})
    assert "btc.csv: 20,000 candles of 60 s, 2026-01-01 00:00 UTC to 2026-01-14 21:19 UTC" in note
    assert "SHA-256 `ab12`" in note
    assert "| pruned | 1 | pruner 1 |" in note
    assert "| failed | 2 | timeout 1, interrupted 1 |" in note
    assert note.endswith("```sh\n# Load the best\ntitan-mlopt export\n\n# Repair\ndoctor\n```\n")


def test_the_note_shows_ten_trials_at_most() -> None:
    note = markdown_note(study(*(trial(number, 0.5) for number in range(12))), {})
    assert "## Top 10" in note
    assert note.count("\n| 9 |") == 1
    assert "\n| 10 |" not in note


def test_names_cannot_break_the_note() -> None:
    record = study(trial(0, 0.5), name="a|b\n# <b>c", candles={"name": "x\n|y"})
    named = replace(record.trials[0], params={"my|param": 1})
    note = markdown_note(replace(record, trials=(named,)), {})
    assert note.startswith("# a\\|b # &lt;b>c\n")
    assert "x \\|y: - candles" in note
    assert "| `my\\|param` | - | 1 |" in note


def test_terminal_lines_are_aligned_and_say_how_sure_each_number_is() -> None:
    best = trial(
        8,
        0.55,
        accuracy=0.55,
        n_predictions=200.0,
        hits=110.0,
        ece=0.02,
        ece_noise=0.034,
        sharpe=3.0,
        sharpe_se=19.1,
    )
    lines = summary_lines(study(best, *finished().trials[2:4]))
    assert lines == [
        "study       btc_1m (accuracy)",
        "candles     btc.csv: 20,000 candles of 60 s, 2026-01-01 00:00 UTC to "
        "2026-01-14 21:19 UTC, 0 gaps",
        "trials      3",
        "  complete  1",
        "  pruned    1 (pruner 1)",
        "  failed    1 (timeout 1)",
        "best        trial 8, objective 0.55",
        "  accuracy  0.5500 (n=200, 95 % 0.481 to 0.617)",
        "  ECE       0.0200 (noise floor 0.0340)",
        "  Sharpe    3.00 (± 19.10)",
        "  time      2 s",
    ]


def test_doubt_that_was_not_measured_is_said_to_be_unknown() -> None:
    text = "\n".join(summary_lines(study(trial(0, 0.5, accuracy=0.5, ece=0.02, sharpe=1.0))))
    assert "noise floor unknown" in text
    assert "standard error unknown" in text
    assert "accuracy  -" in text


def test_tables_load_neither_optuna_nor_mlflow_nor_plotly_nor_pandas() -> None:
    code = "import sys, titan_mlopt.report.summary; print(sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in ("optuna", "mlflow", "plotly", "matplotlib", "pandas"):
        assert f"'{name}'" not in run.stdout
