"""LazyRows that are kept as JSON: a sequence like the tuple that they stand for."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_mlopt.core.trial import LazyRows, rows_text

ROWS = ((0, 1.0, 0.0), (2, 1.5, 0.25))
finite = st.floats(allow_nan=False, allow_infinity=False)


def test_rows_are_the_tuple_that_was_written() -> None:
    rows = LazyRows(rows_text(ROWS))
    assert rows.text == "[[0,1.0,0.0],[2,1.5,0.25]]"
    assert rows == ROWS == rows
    assert hash(rows) == hash(ROWS)
    assert (len(rows), rows[1], rows[-1][2], rows[:1]) == (2, ROWS[1], 0.25, ROWS[:1])
    assert list(rows) == list(ROWS)
    assert repr(rows) == repr(ROWS)
    assert np.array(list(rows)).shape == (2, 3)


def test_no_rows_are_false_and_empty() -> None:
    assert not LazyRows("[]")
    assert LazyRows("[]") == ()
    with pytest.raises(IndexError, match="out of range"):
        LazyRows("[]")[0]


def test_rows_differ_by_what_is_in_them_not_by_how_it_is_written() -> None:
    assert LazyRows("[[1, 2.0]]") == LazyRows("[[1,2.00]]")
    assert LazyRows("[[1]]") != LazyRows("[[2]]")
    assert LazyRows("[[1]]") != ((2,),)
    assert LazyRows("[[1]]") != [[1]]


@given(st.lists(st.tuples(st.integers(), finite)).map(tuple))
def test_every_number_comes_back_bit_for_bit(rows: tuple[tuple[int, float], ...]) -> None:
    kept = pickle.loads(pickle.dumps(LazyRows(rows_text(rows))))
    assert repr(kept) == repr(rows)
    assert rows_text(kept) == kept.text
