"""What the study's description promises: Markdown that answers the first questions."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from support.page_cases import numbers
from support.summary_cases import finished, front_of, study, trial
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import FAIL, RUNNING
from titan_mlopt.report.study_page import NOTE_LIMIT, markdown_note
from titan_mlopt.report.terminal import summary_lines

PAGE = MarkdownIt("commonmark").enable("table")
SETTINGS = {"pruner_type": "median", "seed": 42, "ece_constraint": 0.05}


def rows_of(note: str, heading: str) -> list[list[str]]:
    """Return the cells, as Markdown, of the first table that follows a heading or a line."""
    table = re.search(r"(?:^\|.*\|\n)+", note[note.index(heading) :], re.MULTILINE)
    assert table
    lines = [line[2:-2].split(" | ") for line in table[0].splitlines()]
    return [[cell.strip() for cell in line] for line in (lines[0], *lines[2:])]


def test_the_note_says_what_was_tuned_how_and_on_which_data() -> None:
    backtest = {"path": "titan.core:run_backtest", "version": "2.1", "sha256": "ef56"}
    space = {"ranges": {"feature.fast_window": [3, 10, "int"]}, "fixed": {"ml.enabled": False}}
    settings = {**SETTINGS, "space": space}
    note = markdown_note(replace(finished(), backtest=backtest, settings=settings), {})
    span = ("btc.csv", "20,000 candles", "60 s", "2026-01-01 00:00", "2026-01-14 21:19", "0 gaps")
    lead = note.splitlines()[2]  # before what MLflow's page folds
    for part in ("6 trials", "`accuracy`", *span, "trial 1", "0.5500 (n=200"):
        assert part in lead
    facts = dict(rows_of(note, "# btc_1m")[1:])
    for name, parts in {
        "objective": ["`accuracy`"],
        "parameters": ["2 ", "`ml.enabled` = False"],
        "backtest": ["`titan.core:run_backtest`", "2.1"],
        "pruner": ["`median`"],
        "seed": ["42"],
        "trials": ["6"],
        "candles": span,
        "SHA-256 of the candles": ["`ab12`"],
    }.items():
        assert all(part in facts[name] for part in parts), name


def test_the_note_shows_each_accuracy_with_n_and_its_interval() -> None:
    note = markdown_note(finished(), {})
    # 110 of 200: Wilson 0.4808 to 0.6173.
    assert note.count("0.5500 (n=200, 95 % 0.481 to 0.617)") == 3
    assert "0.5200 (n=1,000, 95 % 0.489 to 0.551)" in note
    assert "accuracy 0.55," not in note


def test_the_note_sets_the_best_config_beside_the_defaults_and_marks_what_changed() -> None:
    note = markdown_note(study(replace(trial(0, 0.5), params={"ml.max_depth": 7})), {})
    assert rows_of(note, "## Best config") == [
        ["parameter", "default → best", "range", "remark"],
        ["`ml.max_depth`", "7 → 7", "4 to 10", "unchanged"],
    ]
    note = markdown_note(finished(), {})
    assert rows_of(note, "## Best config")[1:] == [
        ["`feature.fast_window`", "5 → **7**", "3 to 10", ""],
        ["`online.learning_rate`", "0.049 → **0.02**", "0.001 to 0.1", ""],
    ]
    assert "at an end" not in note


# 1 % of .001 to .1 on its log scale is a factor of 100 ** .01 = 1.0471.
@pytest.mark.parametrize(
    ("name", "value", "end"),
    [
        ("online.learning_rate", 0.00104, "lower"),
        ("online.learning_rate", 0.00106, ""),
        ("online.learning_rate", 0.0956, "upper"),
        ("ensemble.min_margin", 0.0207, "lower"),
        ("ensemble.min_margin", 0.021, ""),
        ("feature.fast_window", 10, "upper"),
        ("feature.fast_window", 9, ""),
    ],
)
def test_a_value_within_one_per_cent_of_its_range_from_an_end_is_marked(
    name: str, value: float, end: str
) -> None:
    note = markdown_note(study(replace(trial(0, 0.5), params={name: value})), {})
    remark = rows_of(note, "## Best config")[1][3]
    assert [word for word in ("lower", "upper") if word in remark] == ([end] if end else [])
    assert bool(remark) == bool(end)
    assert ("1 parameter " in note) == bool(end)


def test_the_ends_are_those_of_the_studys_own_space() -> None:
    space = {"ranges": {"my.window": [1, 3, "int"], "feature.fast_window": [7, 9, "int"]}}
    best = replace(trial(0, 0.5), params={"my.window": 2, "feature.fast_window": 7})
    note = markdown_note(study(best, settings={"space": space}), {})
    assert rows_of(note, "## Best config")[1:] == [
        ["`feature.fast_window`", "5 → **7**", "7 to 9", "**at the lower end**"],
        ["`my.window`", "- → **2**", "1 to 3", ""],
    ]


def test_the_note_says_what_became_of_the_trials_and_ends_with_the_commands() -> None:
    note = markdown_note(finished(), {"Load the best": "titan-mlopt export", "Repair": "doctor"})
    assert rows_of(note, "## States")[2:] == [
        ["pruned", "1", "pruner 1"],
        ["failed", "1", "timeout 1"],
        ["running", "1", ""],
        ["interrupted", "1", "not counted"],
    ]
    assert note.endswith("```sh\n# Load the best\ntitan-mlopt export\n\n# Repair\ndoctor\n```\n")


def test_the_note_shows_ten_trials_at_most_each_with_its_link_where_it_has_one() -> None:
    links = {number: f"#/experiments/1/runs/{number:032x}" for number in (0, 2)}
    record = study(*(trial(number, 0.5) for number in range(12)))
    note = markdown_note(record, {}, trial_links=links)
    assert "## Top 10" in note
    numbers = [row[0] for row in rows_of(note, "## Top 10")[1:]]
    assert numbers == [
        f"[0](#/experiments/1/runs/{'0' * 32})",
        "1",
        f"[2](#/experiments/1/runs/{'0' * 31}2)",
        *map(str, range(3, 10)),
    ]
    assert f"[Trial 0](#/experiments/1/runs/{'0' * 32}): objective 0.5;" in note
    assert "](" not in markdown_note(record, {})


# --- how sure it is -------------------------------------------------------------------------------


def lucky(*errors: float | None, objective: str = "accuracy") -> StudyRecord:
    """Return trials of 2,500 predictions, so of .01 standard error, and these Sharpe errors."""
    trials = (
        trial(
            number,
            *((0.51, 3.0) if objective == "multi" else (0.51,)),
            accuracy=0.51 + number / 1000,
            n_predictions=2500.0,
            sharpe=3.0 + number,
            sharpe_se=error,
        )
        for number, error in enumerate(errors)
    )
    return replace(study(*trials, multi=objective == "multi"), objective=objective)


# The mean of the largest of two standard normal draws is 1 / sqrt(pi) = .56419, of one it is 0; of
# two with the standard deviations 10 and 20 it is sqrt((100 + 400) / (2 pi)) = 8.9206. 95 % of the
# largest of two are below the .97468 quantile, 1.95451; of one draw below 1.64485. Of 10 and 20
# together below x with Φ(x / 10) · Φ(x / 20) = .95: 32.987.
@pytest.mark.parametrize(
    ("record", "said"),
    [
        # Trials, mean, what 1 of 20 exceed, the highest of the study.
        (lucky(10.0, 10.0), ["2", "0.5056", "0.5195", "1", "20", "0.511"]),
        (lucky(10.0, 20.0, objective="sharpe"), ["2", "8.921", "32.99", "1", "20", "4"]),
        (
            lucky(10.0, None, objective="multi"),
            ["2", "0.5056", "5.642", "0.5195", "19.55", "1", "20", "0.511", "4"],
        ),
        (lucky(10.0), ["0.5", "0.5164", "1", "20", "0.51"]),
        (lucky(None, objective="sharpe"), []),
        (study(trial(0, 0.5, accuracy=0.5)), []),
    ],
    ids=["accuracy", "sharpe", "multi", "one", "no error", "no predictions"],
)
def test_without_a_verdict_the_note_says_what_luck_alone_would_show(
    record: StudyRecord, said: list[str]
) -> None:
    note = markdown_note(record, {})
    (luck,) = re.findall(r"^\*\*No verdict\.\*\* (.*luck.*)$", note, re.MULTILINE)
    assert numbers(luck) == said
    assert ("unknown" in luck) == (not said)
    assert math.isclose(1 / math.sqrt(math.pi), 0.56419, abs_tol=1e-5)


def test_a_verdict_stands_in_place_of_luck() -> None:
    note = markdown_note(lucky(1.0, 1.0), {}, verdict="No skill: p = 0.31 on the hold-out.")
    assert "\n\n**Verdict:** No skill: p = 0.31 on the hold-out.\n\n" in note
    assert "luck" not in note.replace("best of many", "")


def test_what_stopped_the_study_stands_at_the_top() -> None:
    note = markdown_note(finished(), {}, stopped="Stopped by SIGINT after 17 of 100 trials.")
    assert note.startswith("# btc_1m\n\n> **Stopped by SIGINT after 17 of 100 trials.**\n\n6 ")


# --- names and sizes ------------------------------------------------------------------------------

NASTY = "a|b`c\n# <b>d</b> \\ [x](y) *e* \x00"


def test_names_cannot_break_the_note() -> None:
    named = replace(trial(0, 0.5), params={NASTY: 1})
    record = study(
        named,
        name=NASTY,
        candles={"name": NASTY, "sha256": NASTY},
        backtest={"path": NASTY, "version": NASTY},
        settings={"space": {"ranges": {"window": [0, 1, "int"]}, "fixed": {}}},
    )
    links = {0: "#/a b)"}
    note = markdown_note(record, {NASTY: NASTY}, trial_links=links, verdict=NASTY, stopped=NASTY)
    tokens = PAGE.parse(note)
    seen = [token.type for token in tokens]
    flat = "a|b`c # <b>d</b> \\ [x](y) *e* ?"
    shown = ["".join(t.content for t in token.children or ()) for token in tokens]
    assert shown[1] == flat
    assert sum(flat in text for text in shown) == 8
    # Title and five sections; facts, best config, its worth, top and states.
    assert (seen.count("heading_open"), seen.count("table_open")) == (6, 5)
    assert seen.count("html_block") == 0
    assert seen.count("fence") == 1
    assert not {t.type for token in tokens for t in token.children or ()} & {"html_inline", "image"}


def test_a_note_is_never_longer_than_mlflow_keeps_and_keeps_its_commands() -> None:
    trials = [trial(n, 0.5 + n / 1000, 9.0 - n, accuracy=0.5, n_predictions=9.0) for n in range(60)]
    params: dict[str, Any] = {f"some.parameter.{n:03d}": n for n in range(60)}
    record = study(*(replace(t, params=params) for t in trials), multi=True)
    links = dict.fromkeys(range(60), "#/experiments/1/runs/" + "a" * 32)
    note = markdown_note(record, {"Go on": "titan-mlopt tune"}, trial_links=links)
    assert len(note) <= NOTE_LIMIT
    assert note.endswith("titan-mlopt tune\n```\n")
    assert re.search(r"… and \d+ more, in the leaderboard\.", note)
    assert re.search(r"… and \d+ more, in results\.json\.", note)


def test_a_note_that_cannot_be_made_to_fit_is_cut_between_its_parts() -> None:
    record = study(trial(0, 0.5), name="n" * 200)
    note = markdown_note(record, {"Long": "x" * 9000}, stopped="s" * 300)
    assert len(note) <= NOTE_LIMIT
    assert note.endswith("\n\n… the rest is in results.json and leaderboard.csv.\n")
    assert "```" not in note


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
    assert "## Best config\n\nNone yet" in note
    assert any(line.split()[:2] == ["best", "none:"] for line in lines)
    for word in ("Pareto", "ECE"):
        assert word not in note + "".join(lines)


# --- the ECE constraint -------------------------------------------------------------------------


def violations(
    *pairs: tuple[float, float | None], limit: float | None = 0.05
) -> tuple[list[str], list[str]]:
    """Return the limit and the counts that are said of trials with these ECEs and 95 % noises."""
    trials = [
        trial(i, 0.5, violated=ece > 0.05, ece=ece, ece_noise_95=noise)
        for i, (ece, noise) in enumerate(pairs)
    ]
    record = study(*trials, settings={} if limit is None else {"ece_constraint": limit})
    (line,) = [line for line in summary_lines(record) if line.startswith("ECE above")]
    name, said = line.split("  ", 1)
    assert f"\n\n{name}: {said.strip()}.\n" in markdown_note(record, {})
    return numbers(name), re.findall(r"none|\d+", said)


NOISY, BEYOND, UNKNOWN, FINE = (0.06, 0.08), (0.09, 0.05), (0.06, None), (0.01, 0.02)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        # Violations, complete trials; those beyond 95 % of the noise, which; how many are unknown.
        ([FINE, FINE], "0 2"),
        ([FINE, NOISY], "1 2 0 95"),
        ([BEYOND, FINE, NOISY], "2 3 1 95 0"),
        ([FINE, BEYOND, BEYOND, UNKNOWN], "3 4 2 95 1 2 1"),
        ([UNKNOWN, UNKNOWN, FINE], "2 3 2"),
        ([BEYOND] * 7, "7 7 7 95 0 1 2 3 4 2"),  # and 2 more
    ],
    ids=["none", "noise", "one", "some", "unknown", "many"],
)
def test_violations_are_told_with_those_that_noise_does_not_explain(
    pairs: list[tuple[float, float | None]], said: str
) -> None:
    assert violations(*pairs) == (["0.05"], said.split())


def test_a_study_that_kept_no_constraint_has_an_unnamed_limit() -> None:
    assert violations(FINE, limit=None) == ([], ["0", "1"])


# --- the backtest's own noise ---------------------------------------------------------------------


def noise_text(*trials: tuple[float, float, int]) -> str:
    """Return what is said of trials with accuracies, their spreads over the runs, and these."""
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
    ("trials", "said", "large"),
    [
        # √((.001² + .003² + .0015²) / 3); √((.0033² + .0267² + .0233²) / 2)
        (
            [(0.52, 0.003, 9), (0.55, 0.009, 9), (0.50, 0.0045, 9)],
            ["0.0020", "9", "0.0252"],
            False,
        ),
        # .25 / √4 is half of .25
        (
            [(0.25, 0.25, 4), (0.5, 0.25, 4), (0.75, 0.25, 4)],
            ["0.1250", "4", "0.2500"],
            True,
        ),
        # √((.01² + .02² + .01²) / 3) = √.0002
        (
            [(0.5, 0.02, 4), (0.5, 0.06, 9), (0.5, 0.03, 9)],
            ["0.0141", "4", "9", "0.0000"],
            True,
        ),
        ([(0.5, 0.0, 2), (0.5, 0.0, 2)], ["0.0000", "2", "0.0000"], False),
        ([(0.5, 0.02, 4)], ["0.0100", "4"], False),
    ],
    ids=["little", "half", "all", "exact", "one"],
)
def test_the_noise_of_a_trial_is_told_beside_what_was_found(
    trials: list[tuple[float, float, int]], said: list[str], large: bool
) -> None:
    text = noise_text(*trials)
    assert numbers(text) == said
    assert ("--repeat" in text) == large


def test_nothing_is_said_of_noise_where_no_config_was_repeated() -> None:
    assert "noise of a trial" not in "".join(summary_lines(finished()))
    assert "Noise of a trial" not in markdown_note(finished(), {})


# --- the Pareto front ---------------------------------------------------------------------------


def test_the_terminal_shows_the_head_of_the_front_by_weight() -> None:
    lines = summary_lines(front_of(7))
    assert numbers(lines[-6]) == ["7", "0.7", "0.3", "365", "5"]
    # .14 · 14 + .3 · 6; 5,140 of 10,000: .514 ∓ .0098.
    accuracy = ["0.5140", "10,000", "95", "0.504", "0.524"]
    assert numbers(lines[-5]) == ["6", "3.76", *accuracy, "6.00", "1.00"]
    assert [line.split()[1] for line in lines[-5:]] == ["6", "5", "4", "3", "2"]


def test_a_front_that_fits_is_shown_whole() -> None:
    lines = summary_lines(front_of(1))
    assert numbers(lines[-2]) == ["1", "0.7", "0.3", "365"]
    assert numbers(lines[-1])[:3] == ["0", "2.80", "0.5200"]
    assert "Pareto" not in "".join(summary_lines(finished()))


def test_the_note_has_the_front_as_a_table_by_weight() -> None:
    note = markdown_note(front_of(2), {})
    sentence = note[note.index("## Pareto front") :].splitlines()[2]
    assert numbers(sentence) == ["2", "0.7", "0.3"]
    rows = rows_of(note, "## Pareto front")[1:]
    assert [[row[0], row[2], row[4]] for row in rows] == [
        ["1", "0.519 / 1", "-"],
        ["0", "0.52 / 0", "-"],
    ]
    assert [[numbers(cell) for cell in (row[1], row[3], row[5])] for row in rows] == [
        [["2.96"], ["0.5190", "10,000", "95", "0.509", "0.529"], ["1.00", "1.00"]],
        [["2.80"], ["0.5200", "10,000", "95", "0.510", "0.530"], ["0.00", "1.00"]],
    ]
    assert "Pareto" not in markdown_note(finished(), {})


@pytest.mark.parametrize(("n", "rows", "rest"), [(20, 20, ""), (23, 20, "… and 3 more")])
def test_the_note_shows_twenty_trials_of_the_front_at_most(n: int, rows: int, rest: str) -> None:
    note = markdown_note(front_of(n), {})
    section = note[note.index("## Pareto front") : note.index("## States")]
    assert section.count("\n| ") == rows + 2
    assert ("more, in the leaderboard" in section) == bool(rest)
    assert rest in section
