"""What the study's words promise: lines for the terminal, Markdown for MLflow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from summary_cases import finished, study, trial

from titan_mlopt.records import CRASH, FAIL, PRUNED, RUNNING, TIMEOUT, TOO_FEW, StudyRecord
from titan_mlopt.report.note import markdown_note, summary_lines


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
    assert "| failed | 1 | timeout 1 |" in note
    assert "| interrupted | 1 | not counted |" in note
    assert "Objective `accuracy`, 6 trials" in note
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
    others = [finished().trials[i] for i in (2, 3, 5)]
    lines = summary_lines(study(best, *others, settings={"ece_constraint": 0.1}))
    assert lines == [
        "study          btc_1m (accuracy)",
        "candles        btc.csv: 20,000 candles of 60 s, 2026-01-01 00:00 UTC to "
        "2026-01-14 21:19 UTC, 0 gaps",
        "trials         3",
        "  complete     1",
        "  pruned       1 (pruner 1)",
        "  failed       1 (timeout 1)",
        "  interrupted  1 (not counted)",
        "ECE above 0.1  none of 1 complete",
        "best           trial 8, objective 0.55",
        "  accuracy     0.5500 (n=200, 95 % 0.481 to 0.617)",
        "  ECE          0.0200 (noise floor 0.0340)",
        "  Sharpe       3.00 (± 19.10)",
        "  time         2 s",
    ]


def test_doubt_that_was_not_measured_is_said_to_be_unknown() -> None:
    lines = summary_lines(study(trial(0, 0.5, accuracy=0.5, ece=0.02, sharpe=1.0)))
    text = "\n".join(lines)
    assert "noise floor unknown" in text
    assert "standard error unknown" in text
    assert ["accuracy", "-"] in [line.split() for line in lines]


@pytest.mark.parametrize(
    "record",
    [study(), study(trial(0, state=RUNNING)), study(trial(0, state=FAIL))],
    ids=["empty", "running", "failed"],
)
@pytest.mark.parametrize("multi", [False, True])
def test_without_a_complete_trial_there_is_no_best_no_front_and_no_ece_to_judge(
    record: StudyRecord, multi: bool
) -> None:
    if multi:
        record = replace(record, objective="multi", directions=("maximize",) * 2)
    note, lines = markdown_note(record, {}), summary_lines(record)
    assert "None yet: no trial has completed." in note
    assert any(line.split() == ["best", "none:", "no", "trial", "completed"] for line in lines)
    for word in ("Pareto", "ECE"):
        assert word not in note + "".join(lines)


def test_each_state_has_its_reasons_beside_it() -> None:
    failed = [trial(number, state=FAIL, reason=TIMEOUT) for number in (0, 1)]
    crashed = trial(2, state=FAIL, reason=CRASH)
    pruned = trial(3, state=PRUNED, reason=TOO_FEW)
    lines = summary_lines(study(*failed, crashed, pruned, trial(4, state=RUNNING)))
    assert lines[2:6] == [
        "trials     5",
        "  pruned   1 (too_few_predictions 1)",
        "  failed   3 (timeout 2, crash 1)",
        "  running  1",
    ]


# --- the ECE constraint -------------------------------------------------------------------------


def violations(*pairs: tuple[float, float | None], limit: float | None = 0.05) -> str:
    """Return what the terminal says of trials with these ECEs and their 95 % noise."""
    trials = [
        trial(i, 0.5, violated=ece > 0.05, ece=ece, ece_noise_95=noise)
        for i, (ece, noise) in enumerate(pairs)
    ]
    record = study(*trials, settings={} if limit is None else {"ece_constraint": limit})
    (line,) = [line for line in summary_lines(record) if line.startswith("ECE above")]
    name, said = line.split("  ", 1)
    assert f"\n\n{name}: {said.strip()}.\n" in markdown_note(record, {})
    return line


NOISY, BEYOND, UNKNOWN, FINE = (0.06, 0.08), (0.09, 0.05), (0.06, None), (0.01, 0.02)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([FINE, FINE], "none of 2 complete"),
        (
            [FINE, NOISY],
            "1 of 2 complete; none of them beyond what noise alone gives in 95 %",
        ),
        (
            [BEYOND, FINE, NOISY],
            "2 of 3 complete; 1 of them beyond what noise alone gives in 95 % (trial 0)",
        ),
        (
            [FINE, BEYOND, BEYOND, UNKNOWN],
            "3 of 4 complete; 2 of them beyond what noise alone gives in 95 % (trials 1, 2); "
            "the noise of 1 is unknown",
        ),
        ([UNKNOWN, UNKNOWN, FINE], "2 of 3 complete; the noise of 2 is unknown"),
        (
            [BEYOND] * 7,
            "7 of 7 complete; 7 of them beyond what noise alone gives in 95 % "
            "(trials 0, 1, 2, 3, 4 and 2 more)",
        ),
    ],
    ids=["none", "noise", "one", "some", "unknown", "many"],
)
def test_violations_are_told_with_those_that_noise_does_not_explain(
    pairs: list[tuple[float, float | None]], said: str
) -> None:
    assert violations(*pairs) == f"ECE above 0.05  {said}"


def test_a_study_that_kept_no_constraint_has_an_unnamed_limit() -> None:
    assert violations(FINE, limit=None) == "ECE above its limit  none of 1 complete"


# --- the backtest's own noise ---------------------------------------------------------------------


def noise_line(*trials: tuple[float, float, int]) -> str:
    """Return what the terminal says of accuracy, its spread over the runs, and their number."""
    record = study(
        *(
            trial(i, rate, accuracy=rate, accuracy_sd=sd, repeats=float(runs))
            for i, (rate, sd, runs) in enumerate(trials)
        )
    )
    (line,) = [line for line in summary_lines(record) if line.startswith("noise of a trial")]
    name, said = line.split("  ", 1)
    assert f"\n\nNoise of a trial: {said.strip()}.\n" in markdown_note(record, {})
    assert name == "noise of a trial"
    return said.strip()


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        # √((.001² + .003² + .0015²) / 3); √((.0033² + .0267² + .0233²) / 2)
        (
            [(0.52, 0.003, 9), (0.55, 0.009, 9), (0.50, 0.0045, 9)],
            "± 0.0020 accuracy (9 runs a config); differences between configs ± 0.0252",
        ),
        # .25 / √4 is half of .25
        (
            [(0.25, 0.25, 4), (0.5, 0.25, 4), (0.75, 0.25, 4)],
            "± 0.1250 accuracy (4 runs a config); differences between configs ± 0.2500; "
            "much of the difference is noise: raise --repeat",
        ),
        # √((.01² + .02² + .01²) / 3) = √.0002
        (
            [(0.5, 0.02, 4), (0.5, 0.06, 9), (0.5, 0.03, 9)],
            "± 0.0141 accuracy (4 to 9 runs a config); differences between configs ± 0.0000; "
            "much of the difference is noise: raise --repeat",
        ),
        (
            [(0.5, 0.0, 2), (0.5, 0.0, 2)],
            "± 0.0000 accuracy (2 runs a config); differences between configs ± 0.0000",
        ),
        ([(0.5, 0.02, 4)], "± 0.0100 accuracy (4 runs a config)"),
    ],
    ids=["little", "half", "all", "exact", "one"],
)
def test_the_noise_of_a_trial_is_told_beside_what_was_found(
    trials: list[tuple[float, float, int]], said: str
) -> None:
    assert noise_line(*trials) == said


def test_nothing_is_said_of_noise_where_no_config_was_repeated() -> None:
    assert "noise of a trial" not in "".join(summary_lines(finished()))
    assert "Noise of a trial" not in markdown_note(finished(), {})


# --- the Pareto front ---------------------------------------------------------------------------


def front_of(n: int) -> StudyRecord:
    """Return a front of n trials: each next one .001 less accurate, its Sharpe ratio 1 higher.

    With standard errors of .005 and 1 a step costs .7 · .2 = .14 and brings .3: the last weighs
    the most, trial i weighs .14 · (20 - i) + .3 · i.
    """
    trials = [
        trial(
            i,
            0.52 - 0.001 * i,
            float(i),
            accuracy=0.52 - 0.001 * i,
            sharpe=float(i),
            sharpe_se=1.0,
            n_predictions=10_000.0,
            hits=5200.0 - 10 * i,
        )
        for i in range(n)
    ]
    candles = {"count": 10_000, "interval_s": 3153.6}
    return study(*trials, multi=True, candles=candles)


def test_the_terminal_shows_the_head_of_the_front_by_weight() -> None:
    lines = summary_lines(front_of(7))
    assert lines[-6:-4] == [
        "Pareto front         7 trials by the weighted mean of the objectives in standard errors "
        "(0.7 accuracy, 0.3 Sharpe), the first 5 here",
        # .14 · 14 + .3 · 6; 5,140 of 10,000: .514 ∓ .0098.
        "  trial 6            3.76, accuracy 0.5140 (n=10,000, 95 % 0.504 to 0.524), "
        "Sharpe 6.00 (± 1.00)",
    ]
    assert [line.split()[1] for line in lines[-5:]] == ["6", "5", "4", "3", "2"]


def test_a_front_that_fits_is_shown_whole() -> None:
    lines = summary_lines(front_of(1))
    assert lines[-2].startswith("Pareto front         1 trial by the weighted mean")
    assert "here" not in lines[-2]
    assert lines[-1].startswith("  trial 0            2.80, accuracy 0.5200")
    assert "Pareto" not in "".join(summary_lines(finished()))


def test_the_note_has_the_front_as_a_table_by_weight() -> None:
    note = markdown_note(front_of(2), {})
    section = note[note.index("## Pareto front") : note.index("## States")]
    assert section.splitlines() == [
        "## Pareto front",
        "",
        "2 trials that no other one dominates, by the weighted mean of the objectives in standard "
        "errors (0.7 accuracy, 0.3 Sharpe). The best config above is the most accurate of them.",
        "",
        "| trial | weighted | objectives | accuracy | ECE | Sharpe |",
        "| --- | --- | --- | --- | --- | --- |",
        "| 1 | 2.96 | 0.519 / 1 | 0.5190 (n=10,000, 95 % 0.509 to 0.529) | - | 1.00 (± 1.00) |",
        "| 0 | 2.80 | 0.52 / 0 | 0.5200 (n=10,000, 95 % 0.510 to 0.530) | - | 0.00 (± 1.00) |",
        "",
    ]
    assert "Pareto" not in markdown_note(finished(), {})


@pytest.mark.parametrize(("n", "rows", "rest"), [(20, 20, ""), (23, 20, "… and 3 more")])
def test_the_note_shows_twenty_trials_of_the_front_at_most(n: int, rows: int, rest: str) -> None:
    note = markdown_note(front_of(n), {})
    section = note[note.index("## Pareto front") : note.index("## States")]
    assert section.count("\n| ") == rows + 2
    assert ("more, in the leaderboard" in section) == bool(rest)
    assert rest in section
