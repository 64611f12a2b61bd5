"""The page of a walk says what was walked, needs nothing else, and stays small."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from support.page_cases import html_lines
from support.walked_cases import outcome, score, walk_result, walked_steps
from titan_mlopt.evaluation.walk.page import walk_page
from titan_mlopt.evaluation.walk.picture import draw_equity_svg
from titan_mlopt.evaluation.walk.policies import RETURN
from titan_mlopt.evaluation.walk.records import DEFAULT, GATED, NEVER, PairedLead

COMMAND = "titan-mlopt walk --candles btc.csv --train 3d --step 1d"
EVIL = "<script>alert('`1`')</script> **b** [x](javascript:1) | \"&\""


def test_the_page_goes_from_what_was_walked_to_how_to_reproduce_it() -> None:
    page = walk_page(walk_result(*walked_steps()), COMMAND)
    places = [
        page.index(text)
        for text in (
            *(
                "<h1",
                "gated was right on 52.00% of its predictions",
                "3 steps traded from 2025-01-04",
            ),
            *("<h2>Policies", "not the promotion gate", "<h2>Equity", "<svg", "<h2>Steps"),
            COMMAND,
        )
    ]
    assert places == sorted(places)


def test_the_page_needs_no_other_file() -> None:
    page = walk_page(walk_result(*walked_steps()), COMMAND)
    assert not re.search(r"\b(src|href)=|url\(|@import|<script|<link", page)


def test_names_and_settings_that_are_markup_are_shown_as_they_are() -> None:
    result = walk_result(*walked_steps(), settings={EVIL: EVIL})
    result = replace(result, candles={"name": EVIL, "sha256": EVIL}, backtest={"path": EVIL})
    page = walk_page(replace(result, policy=EVIL), EVIL)
    assert "<script" not in page
    assert f"Walk through {EVIL}\n" in html_lines(page)


def test_ten_thousand_steps_stay_below_2_mb_and_the_cut_is_named() -> None:
    lead = PairedLead(RETURN, -0.000123, 0.000056)
    first, second = outcome(0), outcome(1, lead, gated=1)
    page = walk_page(walk_result(first, *[second] * 9_999), COMMAND)
    assert len(page.encode()) < 2_000_000
    assert "These are the last 1,000 steps; 9,000 went before." in page
    assert page.count("<tr>") < 1_050


def test_a_walk_without_a_step_has_a_page_too() -> None:
    page = walk_page(walk_result(settings={}), COMMAND)
    assert "No step has been walked yet." in page
    assert "<svg" not in page
    assert COMMAND in page


def test_a_walk_without_a_prediction_says_that_there_is_no_accuracy() -> None:
    silent = score("a0" * 32, 0, 1.0, n_predictions=0, ece=None)
    step = outcome(0)
    page = walk_page(walk_result(replace(step, scores={**step.scores, NEVER: silent})), COMMAND)
    assert "without a prediction there is no accuracy to compare" in page


def test_both_panels_draw_each_strategy_from_1_on_at_the_same_scale() -> None:
    # Equities of one step: gated ends at 1.01 after costs, and at 1.02 · 1.01 before them.
    svg = draw_equity_svg(walk_result(outcome(0)))
    lines = re.findall(r'd="M([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)"[^>]* stroke="#2363a5"', svg)
    before, after = ([float(number) for number in line] for line in lines)
    assert before[1] == after[1]  # 1 at the start
    assert (before[1] - before[3]) / (after[1] - after[3]) == pytest.approx(0.0302 / 0.01, rel=0.05)


def test_an_equity_that_no_axis_can_hold_is_cut() -> None:
    step = outcome(0)
    scores = {
        **step.scores,
        GATED: score("a0" * 32, 1, 1e300),
        DEFAULT: score("d0" * 32, 1, 0.0, in_sample=None),
    }
    svg = draw_equity_svg(walk_result(replace(step, scores=scores)))
    assert "nan" not in svg
    assert "inf" not in svg
