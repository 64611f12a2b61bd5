"""Majority class, persistence and its opposite: what each says, and of the past alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from titan_mlopt.validation.baselines import (
    ANTI_PERSISTENCE,
    MAJORITY,
    PERSISTENCE,
    baseline_directions,
    score_baselines,
)


def test_the_rules_say_what_was_worked_by_hand() -> None:
    # Moves: –, +, +, 0, −, −, −, +.
    directions = baseline_directions(np.array([5.0, 6, 7, 7, 6, 5, 4, 5]))
    assert directions[MAJORITY].tolist() == [0, 1, 1, 1, 1, 0, -1, 0]
    assert directions[PERSISTENCE].tolist() == [0, 1, 1, 1, -1, -1, -1, 1]
    assert directions[ANTI_PERSISTENCE].tolist() == [0, -1, -1, -1, 1, 1, 1, -1]


def test_they_are_scored_on_the_bars_that_were_predicted() -> None:
    closes = np.array([5.0, 6, 7, 7, 6, 5, 4, 5])
    directions = {name: said[:-1] for name, said in baseline_directions(closes).items()}
    outcome = np.sign(np.diff(closes))
    predicted = np.array([True, True, True, False, True, True, True])
    scores = {one.name: one for one in score_baselines(directions, outcome, predicted)}
    # Outcomes +, +, 0, −, −, −, +; majority speaks on bars 1, 2, 4, 6 of those: + hits, 0 and − and
    # + do not (it says −). Persistence on 1, 2, 4, 5, 6: hits 1, 4, 5.
    assert (scores[MAJORITY].hits, scores[MAJORITY].n) == (1, 4)
    assert (scores[PERSISTENCE].hits, scores[PERSISTENCE].n) == (3, 5)
    assert (scores[ANTI_PERSISTENCE].hits, scores[ANTI_PERSISTENCE].n) == (1, 5)
    assert scores[PERSISTENCE].accuracy == 0.6


def test_nothing_that_moved_is_nothing_to_say() -> None:
    directions = baseline_directions(np.full(4, 7.0))
    assert all(not said.any() for said in directions.values())
    (score, *_) = score_baselines(directions, np.zeros(4), np.ones(4, bool))
    assert (score.n, score.hits, score.accuracy) == (0, 0, 0.0)


@given(st.lists(st.integers(1, 6), min_size=2, max_size=40), st.data())
def test_what_comes_later_changes_nothing(prices: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(prices)))
    whole = baseline_directions(np.array(prices, float))
    start = baseline_directions(np.array(prices[:cut], float))
    for name, said in start.items():
        assert np.array_equal(whole[name][:cut], said)
