"""Plateau, not peak: which config is proposed, and which parameter its score hangs on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.evaluation.robustness.analysis import find_flattest, parameter_sensitivities


def test_the_flattest_of_the_good_ones_is_that_worked_by_hand() -> None:
    # Means .56, .55, .50; the best one's segments .54, .58: error .02. Good are 0 and 1.
    scores = np.array([[0.54, 0.58], [0.55, 0.55], [0.50, 0.50]])
    # Means of five neighbours each; lower quartiles .46, .54, .50.
    around = np.array([[0.45, 0.46, 0.50, 0.55, 0.56], [0.53, 0.54, 0.55, 0.55, 0.56], [0.50] * 5])
    found = find_flattest(scores, np.repeat(around[:, :, None], 2, axis=2))
    assert (found.best, found.flattest) == (0, 1)
    peak, plateau, low = found.scores
    assert (peak.score, peak.floor) == (pytest.approx(0.56), pytest.approx(0.46))
    assert peak.drop == pytest.approx(0.06)
    assert peak.standard_error == pytest.approx(0.02)
    assert plateau.floor == pytest.approx(0.54)
    assert [one.eligible for one in found.scores] == [True, True, False]
    assert low.standard_error == 0.0


def test_segments_are_averaged_before_the_quartile_is_taken() -> None:
    # A neighbour that is bad in one segment and good in the other is no bad neighbour.
    found = find_flattest(np.array([[0.5, 0.5]]), np.array([[[0.4, 0.6], [0.6, 0.4]]]))
    assert found.scores[0].floor == pytest.approx(0.5)


def test_with_one_segment_only_the_best_is_good() -> None:
    found = find_flattest(np.array([[0.6], [0.59]]), np.array([[[0.1]], [[0.6]]]))
    assert (found.best, found.flattest) == (0, 0)
    assert found.scores[0].standard_error is None


def test_equally_flat_ones_go_by_their_score_and_then_by_their_place() -> None:
    around = np.full((3, 4, 2), 0.5)
    scores = np.array([[0.50, 0.52], [0.51, 0.53], [0.51, 0.53]])
    assert find_flattest(scores, around).flattest == 1


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 5), st.integers(2, 4))
@settings(max_examples=40)
def test_the_flattest_is_good_and_no_good_one_has_a_higher_floor(
    seed: int, k: int, m: int, segments: int
) -> None:
    draw = np.random.default_rng(seed)
    scores, around = draw.random((k, segments)), draw.random((k, m, segments))
    found = find_flattest(scores, around)
    chosen = found.scores[found.flattest]
    assert chosen.eligible
    assert all(one.floor <= chosen.floor for one in found.scores if one.eligible)
    assert found.scores[found.best].score == max(one.score for one in found.scores)


def test_scores_of_another_shape_or_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \(k, segments\) and neighbours"):
        find_flattest(np.zeros((2, 3)), np.zeros((2, 4, 2)))
    with pytest.raises(ValueError, match=r"got \(0, 3\)"):
        find_flattest(np.zeros((0, 3)), np.zeros((0, 4, 3)))
    with pytest.raises(ValueError, match="scores must be finite"):
        find_flattest(np.array([[math.nan]]), np.zeros((1, 1, 1)))


# --- parameters ----------------------------------------------------------------------------------


def test_neighbours_that_each_move_one_parameter_tell_its_loss() -> None:
    # "a" costs .02 at half of its width on either side, .04 at all of it; "b" costs nothing.
    offsets = np.array([[0.5, 0], [-0.5, 0], [0, 1.0], [0, -1.0]])
    first, second = parameter_sensitivities(
        ("b", "a"), offsets[:, ::-1], 0.55, np.array([0.53, 0.53, 0.55, 0.55])
    )
    assert (first.parameter, first.loss) == ("a", pytest.approx(0.04))
    assert (second.parameter, second.loss) == ("b", pytest.approx(0.0, abs=1e-12))
    assert first.standard_error == pytest.approx(0.0, abs=1e-9)


def test_parameters_jittered_together_are_told_apart_within_their_errors() -> None:
    draw = np.random.default_rng(3)
    offsets = draw.uniform(-1, 1, (400, 3))
    lost = np.abs(offsets) @ [0.05, 0.01, 0.0] + draw.normal(0, 0.01, 400)
    found = parameter_sensitivities(("a", "b", "c"), offsets, 0.6, 0.6 - lost)
    assert [one.parameter for one in found] == ["a", "b", "c"]
    for one, truth in zip(found, (0.05, 0.01, 0.0), strict=True):
        assert one.standard_error is not None
        assert abs(one.loss - truth) < 4 * one.standard_error
        assert one.standard_error < 0.003


def test_too_few_neighbours_have_no_error_and_a_parameter_left_alone_no_loss() -> None:
    offsets, scores = np.array([[1.0, 0.0]]), np.array([0.4])
    first, second = parameter_sensitivities(("a", "b"), offsets, 0.5, scores)
    assert (first.parameter, first.loss, first.standard_error) == ("a", pytest.approx(0.1), None)
    assert (second.loss, second.standard_error) == (0.0, None)


def test_offsets_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"offsets must be \(2, 1\), got \(2, 2\)"):
        parameter_sensitivities(("a",), np.zeros((2, 2)), 0.5, np.array([0.4, 0.4]))
