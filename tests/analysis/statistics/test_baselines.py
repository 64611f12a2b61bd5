"""The simple rules: what each says, and of the past alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from titan_mlopt.analysis.statistics.naive_rules import (
    ALWAYS_DOWN,
    ALWAYS_UP,
    ANTI_PERSISTENCE,
    MAJORITY,
    PERSISTENCE,
    baseline_directions,
)


def test_the_rules_say_what_was_worked_by_hand() -> None:
    # Moves: –, +, +, 0, −, −, −, +.
    directions = baseline_directions(np.array([5.0, 6, 7, 7, 6, 5, 4, 5]))
    assert directions[MAJORITY].tolist() == [0, 1, 1, 1, 1, 0, -1, 0]
    assert directions[PERSISTENCE].tolist() == [0, 1, 1, 1, -1, -1, -1, 1]
    assert directions[ANTI_PERSISTENCE].tolist() == [0, -1, -1, -1, 1, 1, 1, -1]
    assert directions[ALWAYS_UP].tolist() == [1] * 8
    assert directions[ALWAYS_DOWN].tolist() == [-1] * 8


def test_the_majority_class_is_of_scored_bars_and_persistence_knows_the_move_before() -> None:
    # Scored from candle 3 on; the moves after it: −, −, −, +.
    directions = baseline_directions(np.array([5.0, 6, 7, 7, 6, 5, 4, 5]), 3)
    assert directions[MAJORITY].tolist() == [0, 0, 0, 0, -1, -1, -1, -1]
    assert directions[PERSISTENCE].tolist() == [0, 1, 1, 1, -1, -1, -1, 1]


def test_where_nothing_moved_only_the_rules_without_data_say_something() -> None:
    directions = baseline_directions(np.full(4, 7.0))
    assert {name for name, said in directions.items() if said.any()} == {ALWAYS_UP, ALWAYS_DOWN}


@given(st.lists(st.integers(1, 6), min_size=2, max_size=40), st.data())
def test_what_comes_later_changes_nothing(prices: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(prices)))
    whole = baseline_directions(np.array(prices, float))
    start = baseline_directions(np.array(prices[:cut], float))
    for name, said in start.items():
        assert np.array_equal(whole[name][:cut], said)
