"""How much a search trusts other studies: weights that its own trials teach."""

from __future__ import annotations

import numpy as np
import pytest

from titan_mlopt.study.samplers.transfer import TransferPrior, TransferSource, learn_weights


def hill(x: np.ndarray) -> np.ndarray:
    """Return a smooth function of the unit square, best at (.7, .3)."""
    values: np.ndarray = -((x - np.array([0.7, 0.3])) ** 2).sum(axis=1)
    return values


def standard(y: np.ndarray) -> np.ndarray:
    values: np.ndarray = (y - y.mean()) / y.std()
    return values


def source(name: str, values: np.ndarray, x: np.ndarray) -> TransferSource:
    return TransferSource(name, x, standard(values))


@pytest.fixture
def theirs() -> np.ndarray:
    return np.random.default_rng(1).random((60, 2))


@pytest.fixture
def ours() -> np.ndarray:
    return np.random.default_rng(2).random((30, 2))


def test_two_points_by_hand() -> None:
    """Two opposite corners of which the source says just what is measured, m = y = (1, -1).

    They are two length scales apart, so the covariance is k = (1 + 2√5 + 20/3) exp(-2√5) = .1387,
    beside c = 1.05 on the diagonal. The level is 0 by symmetry. With r₁ = 1 - w, (K⁻¹ r)₁ is
    r₁ / (c - k), and its square over K⁻¹₁₁ = c / (c² - k²) is r₁² / .8050. Twice that plus
    (w - .5)² / .25 is least at w = (1 / .8050 + 1) / (1 / .8050 + 2) = .6916.
    """
    x = np.array([[0.0] * 4, [1.0] * 4])
    weights = learn_weights(x, np.array([1.0, -1.0]), np.array([[1.0], [-1.0]]))
    assert weights == pytest.approx([0.6916], abs=1e-4)


def test_a_source_that_is_right_is_believed_and_one_that_is_shuffled_is_not(
    theirs: np.ndarray, ours: np.ndarray
) -> None:
    right = TransferPrior([source("right", hill(theirs), theirs)])
    right(ours, hill(ours), ours)
    assert right.weights["right"] > 0.6
    shuffled = np.random.default_rng(3).permutation(hill(theirs))
    wrong = TransferPrior([source("wrong", shuffled, theirs)])
    wrong(ours, hill(ours), ours)
    assert wrong.weights["wrong"] < 0.15


def test_of_two_sources_the_right_one_has_the_weight(theirs: np.ndarray, ours: np.ndarray) -> None:
    shuffled = np.random.default_rng(3).permutation(hill(theirs))
    sources = [source("right", hill(theirs), theirs), source("wrong", shuffled, theirs)]
    prior = TransferPrior(sources)
    prior(ours, hill(ours), ours)
    assert prior.weights["right"] > 0.4
    assert prior.weights["wrong"] < 0.1


def test_the_opposite_is_not_believed_either(theirs: np.ndarray, ours: np.ndarray) -> None:
    prior = TransferPrior([source("opposite", -hill(theirs), theirs)])
    expected = prior(ours, hill(ours), ours)
    assert prior.weights == {"opposite": pytest.approx(0, abs=1e-9)}
    assert expected == pytest.approx(np.zeros(len(ours)), abs=1e-9)


def test_what_is_expected_is_in_the_unit_of_the_values(
    theirs: np.ndarray, ours: np.ndarray
) -> None:
    prior = TransferPrior([source("right", hill(theirs), theirs)])
    expected = prior(ours, hill(ours), ours)
    larger = prior(ours, 1000 * hill(ours), ours)
    assert larger == pytest.approx(1000 * expected, rel=1e-6)
    assert np.corrcoef(expected, hill(ours))[0, 1] > 0.99


def test_without_a_difference_between_values_the_weight_is_what_was_expected(
    theirs: np.ndarray,
) -> None:
    two = [source(name, hill(theirs), theirs) for name in ("a", "b")]
    prior = TransferPrior(two)
    prior(theirs[:1], np.array([0.5]), theirs)
    assert prior.weights == pytest.approx({"a": 0.25, "b": 0.25}, rel=0.01)  # all but noise


def test_a_source_without_a_spread_says_nothing(ours: np.ndarray) -> None:
    flat = TransferPrior([TransferSource("flat", ours, np.zeros(len(ours)))])
    assert flat(ours, hill(ours), ours) == pytest.approx(np.zeros(len(ours)), abs=1e-9)
