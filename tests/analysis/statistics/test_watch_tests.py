"""The tests of a watch: e-values worked by hand, parts that equal the whole, and their level."""

from __future__ import annotations

import math

import numpy as np
import pytest

from titan_mlopt.analysis.statistics.drawdown import LEVELS, drawdown_tail
from titan_mlopt.analysis.statistics.e_process import BETS, mixed_capital
from titan_mlopt.analysis.statistics.watch_tests import (
    accuracy_capital,
    calibration_capital,
    calibration_gaps,
    coverage_capital,
    drawdown_evidence,
    first_capital,
    log_evidence,
)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_misses_raise_the_evidence_against_an_accuracy_as_worked_by_hand() -> None:
    # Bets have the mean .15 and the mean square .034. A miss at p0 = ½: 1 + .15/2. Then a hit:
    # the mean of (1 + λ/2)(1 − λ/2) = 1 − .034/4.
    e_values = np.exp(mixed_capital(accuracy_capital(np.array([0, 1]), 0.5, first_capital())))
    assert e_values == pytest.approx([1.075, 0.9915], abs=1e-12)


def test_a_gap_is_signed_as_its_bin_was_wrong_before() -> None:
    bins = np.array([7, 7, 5, 7, 7])
    gap = np.array([-0.25, -0.25, -0.5, 0.75, -0.5])
    signed, sums = calibration_gaps(bins, gap, np.zeros(10))
    # Bin 7 stands at −.25 before its second prediction, at −.5 before its third, and at .25 before
    # its fourth; bin 5 has no prediction before its first.
    assert signed.tolist() == [-0.25, 0.25, -0.5, -0.75, -0.5]
    assert sums.tolist() == [0, 0, 0, 0, 0, -0.5, 0, -0.25, 0, 0]


def test_evidence_against_a_calibration_is_worked_by_hand() -> None:
    # Over-confident by .5 where .25 are allowed: d = .25 / 1.25 = .2, and 1 + .15 · .2 = 1.03.
    capital = calibration_capital(np.array([0.5]), 0.25, first_capital())
    assert np.exp(mixed_capital(capital)) == pytest.approx([1.03], abs=1e-12)


def test_evidence_against_a_coverage_is_the_mean_of_both_sides() -> None:
    # A block without any prediction: below .5 by .5, which earns 1 + .15/2; above .75 by −.75.
    before = np.concatenate([first_capital(), first_capital()])
    capital = coverage_capital(np.array([0.0]), (0.5, 0.75), before)
    e_value = np.exp(capital).mean(axis=1)
    assert e_value == pytest.approx([(1.075 + 1 - 0.15 * 0.75) / 2], abs=1e-12)


def test_the_evidence_of_a_p_value_is_that_of_the_source_and_has_the_mean_1() -> None:
    # e^-1: (1 − 2/e) / (1/e) = e − 2.
    assert math.exp(log_evidence(np.array(math.exp(-1)))) == pytest.approx(math.e - 2)
    assert np.exp(log_evidence(np.array([1.0, 0.9999]))) == pytest.approx([0.5, 0.5])
    edges = np.exp(np.linspace(-40, 0, 400_001))
    middles = np.exp((np.log(edges[1:]) + np.log(edges[:-1])) / 2)
    mean = float((np.exp(log_evidence(middles)) * np.diff(edges)).sum())
    # What is below e^-40: ∫ f = 1/|ln p| there, 1/40.
    assert mean == pytest.approx(1 - 1 / 40, abs=1e-3)


def test_a_drawdown_takes_the_smallest_level_that_it_exceeds() -> None:
    levels, exceeded = np.array([1.0, 0.5, 0.1, 0.01]), np.array([-1.0, 0.1, 0.2, 0.3])
    log_e = drawdown_evidence(np.array([0.0, 0.1, 0.15, 0.2001, 0.9]), levels, exceeded)
    expected = log_evidence(np.array([1.0, 1.0, 0.5, 0.1, 0.01]))
    assert log_e.tolist() == expected.tolist()
    assert (np.diff(log_e) >= 0).all()


def test_a_series_that_is_read_in_parts_gives_the_same_numbers_to_the_bit() -> None:
    n = 500
    hit, confidence = rng(1).random(n) < 0.5, rng(2).uniform(0.5, 1, n)
    bins, gap = (confidence * 10).astype(int), confidence - hit
    whole = accuracy_capital(hit, 0.52, first_capital())
    signed, sums = calibration_gaps(bins, gap, np.zeros(10))
    gaps = calibration_capital(signed, 0.02, first_capital())
    for size in (1, 7, 499):
        state, gap_state, gap_sums = first_capital(), first_capital(), np.zeros(10)
        for first in range(0, n, size):
            cut = slice(first, first + size)
            state = accuracy_capital(hit[cut], 0.52, state)[-1]
            part, gap_sums = calibration_gaps(bins[cut], gap[cut], gap_sums)
            gap_state = calibration_capital(part, 0.02, gap_state)[-1]
        assert np.array_equal(state, whole[-1])
        assert np.array_equal(gap_state, gaps[-1])
        assert np.array_equal(gap_sums, sums)


def test_no_predictions_change_nothing() -> None:
    none = np.zeros(0)
    signed, sums = calibration_gaps(none.astype(int), none, np.ones(10))
    assert (len(signed), sums.tolist()) == (0, [1.0] * 10)
    assert accuracy_capital(none, 0.5, first_capital()).shape == (0, len(BETS))


def test_the_drawdowns_of_a_hold_out_are_exceeded_as_rarely_as_the_table_says() -> None:
    net = rng(3).normal(0, 1e-3, 3000)
    table = drawdown_tail(net, rng(4))
    assert table is not None
    assert table.levels == LEVELS
    assert list(table.exceeded) == sorted(table.exceeded)
    # Windows of the same law, whose mean is lowered by the same margin.
    fresh = rng(5).normal(net.mean(), net.std(), (4000, table.n_bars)) - table.margin
    equity = np.cumprod(1 + fresh, axis=1)
    peak = np.maximum(np.maximum.accumulate(equity, axis=1), 1.0)
    fall = (1 - equity / peak).max(axis=1)
    for level, limit in zip(table.levels[:6], table.exceeded, strict=False):
        share, error = (fall > limit).mean(), math.sqrt(level / 4000)
        assert share <= level + 4 * error
        assert share >= level / 2 - 4 * error


def test_few_resamples_have_no_small_levels_and_returns_of_0_no_table() -> None:
    table = drawdown_tail(rng(6).normal(0, 1e-3, 100), rng(7), resamples=99)
    assert table is not None
    assert (table.n_bars, table.levels) == (100, LEVELS[:6])
    assert drawdown_tail(np.zeros(100), rng(7)) is None
    assert drawdown_tail(np.ones(8), rng(7)) is None
