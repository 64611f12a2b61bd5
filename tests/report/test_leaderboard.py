"""What ``titan-mlopt leaderboard`` promises: order, worth, and one line for what is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from click.testing import CliRunner, Result

from support.studies import Tuned
from support.summary_cases import finished, study, trial
from titan_mlopt.analysis.ranking import ranked_trials
from titan_mlopt.cli import main
from titan_mlopt.report.leaderboard import board_lines, ordered_trials, sorted_trials
from titan_mlopt.study.storage.sqlite import open_storage


def run(tuned: Tuned, *words: str) -> Result:
    return CliRunner().invoke(main, ["leaderboard", "--db", str(tuned.db), *words])


def document(tuned: Tuned, *words: str) -> dict[str, Any]:
    result = run(tuned, *words, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


# --- the table ------------------------------------------------------------------------------------


def test_each_number_stands_beside_what_it_is_worth_and_each_trial_with_its_state() -> None:
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
    record = study(best, *finished().trials[2:])
    # 110 of 200 and 24 of 50: Wilson.
    head, *lines = board_lines(record, ordered_trials(record))
    assert len({len(line) for line in (head, *lines)}) == 1  # the last column is flush right
    assert [" ".join(re.split(r"  +", line.strip())) for line in lines] == [
        "1 8 complete 0.55 0.5500 0.481 to 0.617 200 0.0200 0.0340 3.00 19.10 2.0",
        "2 4 complete 0.45 0.5000 - - 0.0900 - 3.00 - 5.0",
        "- 2 pruned (pruner) - 0.4800 0.348 to 0.615 50 - - - - 2.0",
        "- 3 failed (timeout) - - - - - - - - 600.0",
        "- 5 failed (interrupted) - - - - - - - - 2.0",
        "- 6 running - - - - - - - - -",
    ]


def test_what_is_asked_about_has_a_column() -> None:
    record = study(trial(0, 0.5, 2.0, coverage=0.25, ece=0.1), multi=True)
    head, row = board_lines(record, record.trials, ["ece", "coverage", "feature.fast_window"])
    assert head.split()[-3:] == ["seconds", "coverage", "feature.fast_window"]
    assert row.split()[-2:] == ["0.25", "7"]
    assert "0.5 / 2" in row


def test_a_state_that_only_optuna_knows_comes_last() -> None:
    waiting = trial(9, state="WAITING")
    record = study(waiting, *finished().trials)
    assert [t.number for t in ordered_trials(record)] == [1, 0, 4, 2, 3, 5, 6, 9]
    assert "waiting" in board_lines(record, [waiting])[1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sharpe", [4, 0, 1, 2]),  # more is better
        ("ece", [0, 1, 4, 2]),  # less is better
        ("number", [0, 1, 2, 4]),
        ("duration_seconds", [1, 0, 2, 4]),
        ("online.learning_rate", [1, 0, 4, 2]),  # equals keep their order
        ("state", [1, 0, 4, 2]),
    ],
)
def test_the_better_end_comes_first_and_what_has_no_value_last(
    name: str, expected: list[int]
) -> None:
    record = finished()
    trials = [t for t in ordered_trials(record) if t.number in (0, 1, 2, 4)]
    assert [t.number for t in sorted_trials(record, trials, name)] == expected


def test_parameters_are_sorted_from_the_smallest() -> None:
    trials = tuple(
        replace(trial(number, 0.5), params={"my.window": value})
        for number, value in enumerate((3, 1, 2))
    )
    assert [t.number for t in sorted_trials(study(*trials), trials, "my.window")] == [1, 2, 0]


def test_the_order_can_be_turned_round_but_what_has_no_value_stays_last() -> None:
    record = finished()
    trials = ranked_trials(record)
    assert [t.number for t in sorted_trials(record, trials, "ece", reverse=True)] == [4, 1, 0]
    assert [t.number for t in sorted_trials(record, trials, "sharpe", reverse=True)] == [0, 4, 1]


# --- the command ----------------------------------------------------------------------------------


def test_the_command_shows_the_best_first_and_what_luck_would_show(tuned: Tuned) -> None:
    result = run(tuned, "--top", "3")
    assert result.exit_code == 0, result.stderr
    head, *rows = result.stdout.splitlines()
    assert head.split()[:3] == ["rank", "trial", "state"]
    best = [t.number for t in ranked_trials(tuned.report.study)]
    assert [int(row.split()[1]) for row in rows[:3]] == best[:3]
    assert rows[3] == "3 of 8 trials"
    assert rows[4] == "Sharpe ratios a year, from 1 day, before costs"
    assert "luck" in rows[5]
    assert rows[-1] == (
        f"  titan-mlopt replay --db {tuned.db} --study-name titan_optimization --trial {best[0]}"
    )


def test_the_filter_and_the_order_hold_for_what_is_printed(tuned: Tuned) -> None:
    everything = document(tuned, "--top", "0")["trials"]
    assert len(everything) == 8
    middle = sorted(row["metrics"]["ece"] for row in everything)[4]
    found = document(tuned, "--filter", f"ece<{middle!r}", "--sort", "sharpe")
    assert (found["trials_in_all"], found["matching"], len(found["trials"])) == (8, 4, 4)
    assert all(row["metrics"]["ece"] < middle for row in found["trials"])
    sharpes = [row["metrics"]["sharpe"] for row in found["trials"]]
    known = [sharpe for sharpe in sharpes if sharpe is not None]
    assert sharpes == sorted(known, reverse=True) + [None] * (4 - len(known))
    text = run(tuned, "--filter", f"ece<{middle!r} and online.learning_rate>0", "--top", "2")
    assert "online.learning_rate" in text.stdout.splitlines()[0]
    assert text.stdout.splitlines()[3] == "2 of 4 trials, 8 in all"


def test_the_json_has_every_metric_with_the_interval_and_no_checkpoints(tuned: Tuned) -> None:
    row = document(tuned, "--top", "1")["trials"][0]
    best = ranked_trials(tuned.report.study)[0]
    assert best.outcome is not None
    assert row["rank"] == 1
    assert row["metrics"] == best.outcome.metrics
    assert row["params"] == best.params
    low, high = row["accuracy_interval"]
    assert low < row["metrics"]["accuracy"] < high
    assert "checkpoints" not in row
    assert row["objective_value"] == row["values"][0]


def test_a_filter_that_nothing_matches_shows_an_empty_table(tuned: Tuned) -> None:
    result = run(tuned, "--study", "titan_optimization", "--filter", "ece>1")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1] == "0 trials, 8 in all"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--filter", "eec<1"], "filter: must name one of number, state, duration_seconds,"),
        (["--filter", "ece<"], "filter: must be conditions NAME OP NUMBER"),
        (["--sort", "profit"], "sort: must name one of number, state, duration_seconds,"),
        (["--reverse"], "reverse: must come with --sort"),
        (["--top", "few"], "top: must be a whole number >= 0, got 'few'"),
        (["--study-name", "none"], "--study-name: must be a study of this database"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(
    tuned: Tuned, words: list[str], message: str
) -> None:
    result = run(tuned, *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert (result.stderr.count("\n"), result.stdout) == (1, "")


def test_a_study_without_trials_is_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "titan.db"
    optuna.create_study(study_name="empty", storage=open_storage(path), direction="maximize")
    words = ["leaderboard", "--db", str(path), "--study-name", "empty", "--filter", "ece<1"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[1:] == ["0 trials"]
