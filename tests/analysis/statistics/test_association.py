"""P-values by permutation of how closely an objective goes with each parameter."""

from __future__ import annotations

import numpy as np
import pytest

from titan_mlopt.analysis.statistics.association import BLOCK, association_p_values

N = 3 * BLOCK
RISING = np.arange(N, dtype=float)


def test_an_objective_that_is_the_parameter_itself_has_the_lowest_p_value() -> None:
    # The identity explains all of the variance; of 999 permutations none does, so (0 + 1) / 1000.
    alone, corrected = association_p_values([RISING], RISING, seed=0)
    assert alone == [0.001]
    assert corrected == [0.001]


def test_an_optimum_in_the_middle_is_found_too() -> None:
    position = np.random.default_rng(1).uniform(size=N)
    (alone,), _ = association_p_values([position], -np.abs(position - 0.5), seed=0)
    assert alone == 0.001


def test_a_switch_that_decides_all_is_found() -> None:
    switch = np.arange(N) % 2.0
    alone, corrected = association_p_values([switch], switch, seed=0)
    assert (alone, corrected) == ([0.001], [0.001])


def test_what_only_drifts_together_over_the_study_is_no_evidence() -> None:
    # Within a block all values are equal, so that no exchange changes anything.
    drift = np.repeat([1.0, 2.0, 3.0], BLOCK)
    alone, corrected = association_p_values([drift, RISING], drift, seed=0)
    assert alone == [1.0, 1.0]
    assert corrected == [1.0, 1.0]


def test_a_parameter_that_does_not_vary_has_a_p_value_of_one() -> None:
    alone, corrected = association_p_values([np.full(N, 0.3), RISING], RISING, seed=0)
    assert (alone[0], corrected[0]) == (1.0, 1.0)
    assert alone[1] == corrected[1] == 0.001


def test_the_correction_grows_with_the_number_of_parameters() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=N)
    tied = values + rng.normal(size=N) * 3
    others = [rng.uniform(size=N) for _ in range(20)]
    (alone, *_), (corrected, *_) = association_p_values([tied, *others], values, seed=0)
    assert alone < 0.05 < corrected
    _, (single,) = association_p_values([tied], values, seed=0)
    assert single == pytest.approx(alone)


def test_only_trials_in_which_the_parameter_has_a_value_count() -> None:
    rng = np.random.default_rng(0)
    gaps = np.where(np.arange(N) % 2 == 0, rng.uniform(size=N), np.nan)
    values = np.where(np.isnan(gaps), rng.normal(size=N) * 100, gaps)
    assert association_p_values([gaps], values, seed=0) == ([0.001], [0.001])


def test_the_same_seed_gives_the_same_p_values() -> None:
    rng = np.random.default_rng(0)
    column, values = rng.uniform(size=N), rng.normal(size=N)
    first = association_p_values([column], values, seed=1)
    assert association_p_values([column], values, seed=1) == first
    assert association_p_values([column], values, seed=2) != first
