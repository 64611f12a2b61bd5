"""``titan-mlopt bounds``: the table, the space file that tune reads, and what follows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import optuna
import pandas as pd
import pytest
from optuna.trial import create_trial

from support.apply_cases import assert_done, assert_refused, run
from support.studies import quick
from titan_mlopt import open_study
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.search_space import Space, load_space

SPACE = Space(
    {"ensemble.flat_threshold": (0.5, 0.6, "float"), "ensemble.min_margin": (0.02, 0.1, "float")},
    {"ml.enabled": False},
)
TRIALS = 60


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, which has a study; 59 of its trials come from elsewhere.

    Their accuracy is highest at a flat threshold of .55, and has nothing to do with the margin.
    """
    monkeypatch.chdir(tmp_path)
    quick(tmp_path, n_trials=1, space=SPACE, holdout=0.0).optimize(sample_candles(700))
    add_trials(lambda k, flat: 0.6 - abs(flat - 0.55))
    return tmp_path


def add_trials(value_of: Callable[[int, float], float]) -> None:
    """Add trials to the study; ``value_of``: by number and flat threshold."""
    study = optuna.load_study(study_name="titan_optimization", storage="sqlite:///titan.db")
    (first,) = study.get_trials()
    distributions = first.distributions
    for k in range(1, TRIALS):
        flat, margin = 0.5 + (17 * k % TRIALS) / 600, 0.02 + (23 * k % TRIALS) / 750
        params = {"ensemble.flat_threshold": flat, "ensemble.min_margin": margin}
        value = value_of(k, flat)
        study.add_trial(create_trial(params=params, distributions=distributions, value=value))


def next_command(text: str) -> list[str]:
    heading, line = text.splitlines()[-2:]
    assert heading == "next:"
    program, *words = shlex.split(line)
    assert program == "titan-mlopt"
    return words


def test_the_table_says_where_the_best_lie_and_how_to_get_a_space_from_it(folder: Path) -> None:
    lines = assert_done(run("bounds")).splitlines()
    assert lines[0].split() == [
        *("parameter", "searched", "best", "quarter", "importance", "p", "proposed"),
    ]
    flat, margin = lines[1].split(), lines[2].split()
    assert flat[:4] == ["ensemble.flat_threshold", "0.5", "to", "0.6"]
    assert flat[-6:-2] == ["0.001", "narrow", "to", flat[-3]]
    assert margin[-1] == "leave"
    assert lines[3] == (
        "best quarter: the middle 80 % of the 15 best of 60 complete trials by accuracy"
    )
    assert lines[-1].endswith(
        "bounds --db titan.db --study-name titan_optimization --out space.json"
    )


def test_the_space_file_has_reasons_and_tune_searches_in_it(folder: Path, store: str) -> None:
    words = next_command(assert_done(run("bounds")))
    text = assert_done(run(*words))
    assert "space.json: 2 parameters to draw, 1 range changed" in text
    content = json.loads((folder / "space.json").read_text())
    (reason,) = content["reasons"].values()
    assert content["reasons"].keys() == {"ensemble.flat_threshold"}
    assert reason.startswith("the best quarter of the trials lie from 0.54")
    assert content["candles"]["count"] == 700
    space = load_space("space.json")
    assert space.fixed == {"ml.enabled": False}
    low, high, kind = space.ranges["ensemble.flat_threshold"]
    assert 0.5 < low < 0.55 < high < 0.6
    # One trial is enough to see the command work.
    fewer = [{"60": "2"}.get(word, word) for word in next_command(text)]
    assert_done(run(*fewer))
    narrowed = open_study("titan.db", "titan_optimization-bounds")
    assert narrowed.record.settings["space"]["ranges"]["ensemble.flat_threshold"] == [
        *(low, high, kind)
    ]


def test_a_toml_file_has_the_reasons_as_comments(folder: Path) -> None:
    assert_done(run("bounds", "--out", "space.toml"))
    assert load_space("space.toml") == open_study("titan.db").bounds().space
    (line,) = [x for x in (folder / "space.toml").read_text().splitlines() if "best quarter" in x]
    assert line.startswith('"ensemble.flat_threshold" = { type = "float", low = 0.5')
    assert "  # default 0.571; the best quarter of the trials lie from" in line


def test_json_has_every_parameter_with_what_is_proposed(folder: Path) -> None:
    document = json.loads(assert_done(run("bounds", "--json")))
    assert list(document) == [
        *("study", "metric", "trials", "best_quarter", "left_out", "parameters", "changed"),
        *("space", "next"),
    ]
    assert document["changed"] == ["ensemble.flat_threshold"]
    first, second = document["parameters"]
    assert list(first) == [
        *("name", "searched", "best", "importance", "p_alone", "p_value", "proposal"),
        *("proposed", "reason"),
    ]
    assert (first["proposal"], second["proposal"]) == ("narrow", "leave")
    assert document["space"] is None


def test_a_study_without_a_finding_is_to_be_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    monkeypatch.chdir(tmp_path)
    quick(tmp_path, n_trials=1, space=SPACE, holdout=0.0).optimize(sample_candles(700))
    add_trials(lambda k, flat: 0.5 + (41 * k % TRIALS) / 1000)
    text = assert_done(run("bounds", "--out", "space.json"))
    assert next_command(text)[0] == "tune"
    assert load_space("space.json").ranges == SPACE.ranges


def test_python_has_the_same_beside_open_study(folder: Path) -> None:
    bounds = open_study("titan.db").bounds()
    frame = pd.DataFrame(bounds.parameters).set_index("name")
    assert list(frame["proposal"]) == ["narrow", "leave"]
    assert bounds.space.ranges["ensemble.min_margin"] == SPACE.ranges["ensemble.min_margin"]


def test_what_cannot_be_told_is_said_in_one_line(folder: Path) -> None:
    text = "titan-mlopt: --metric: must be accuracy for this study, got 'ece'"
    assert_refused(run("bounds", "--metric", "ece"), text)
    assert_refused(run("bounds", "--out", "no/space.json"), "no/space.json: must be writable")
    quick(folder, study_name="small", n_trials=2).optimize(sample_candles(700))
    text = "study small: bounds: needs 40 complete trials, has 2; run more trials"
    assert_refused(run("bounds", "--study-name", "small"), text)
