"""The e-process: hand-worked products, no look-ahead, and its level under a look at every bar."""

from __future__ import annotations

import math

import numpy as np
import pytest

from titan_mlopt.analysis.statistics.e_process import BETS, bar_scores, bars_to_go, e_process
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.analysis.statistics.look_levels import level_of_look

ALPHA = 0.02
#: Natural logarithm of 62.5 = 1 / (.8 · .02), what the first look needs.
LOG_NEEDED = math.log(1 / level_of_look(ALPHA, 1))


def test_a_hit_scores_1_a_miss_0_and_a_flat_or_unmoved_bar_a_half() -> None:
    direction, outcome = np.array([1, -1, 1, 0, 1], np.int8), np.array([1, -1, -1, 1, 0], np.int8)
    assert bar_scores(direction, outcome).tolist() == [1.0, 1.0, 0.0, 0.5, 0.5]


def test_the_e_value_is_the_mean_of_the_products_of_the_bets() -> None:
    # Bets .04, .08, .16, .32: their mean is .15, that of their squares .034.
    # After d = ½: 1 + .15 / 2. After d = −1: the mean of (1 + λ/2)(1 − λ) = 1 − λ/2 − λ²/2.
    e_values = np.exp(e_process(np.array([0.5, -1.0, 0.0])))
    assert e_values == pytest.approx([1.075, 0.908, 0.908], abs=1e-12)


def test_without_bars_there_is_no_value_and_other_differences_are_refused() -> None:
    assert e_process(np.array([])).shape == (0,)
    for bad in (1.5, -2.0, math.nan):
        with pytest.raises(ValueError, match=r"differences must be in \[-1, 1\]"):
            e_process(np.array([0.0, bad]))


def test_the_bet_on_a_bar_is_made_before_it_and_lies_in_0_to_1() -> None:
    rng = np.random.default_rng(3)
    d = rng.choice([-1.0, -0.5, 0.0, 0.5, 1.0], 300)
    bets = np.array(BETS)
    products, log_e = np.ones(len(bets)), 0.0
    for t, difference in enumerate(d):
        bet = float(products @ bets / products.sum())  # of the bars before t alone
        assert 0 < bet < 1
        log_e += math.log(1 + bet * difference)
        assert e_process(d)[t] == pytest.approx(log_e, abs=1e-9)
        products *= 1 + bets * difference


def test_later_bars_change_nothing_and_going_on_equals_the_whole() -> None:
    rng = np.random.default_rng(4)
    d = rng.choice([-1.0, -0.5, 0.0, 0.5, 1.0], 2000)
    whole = e_process(d)
    for n in (1, 2, 77, 1024, 1999):
        assert np.array_equal(e_process(d[:n]), whole[:n])
        other = np.concatenate([d[:n], -d[n:]])
        assert np.array_equal(e_process(other)[:n], whole[:n])
    pair = e_process(np.stack([d, -d], axis=1))
    assert np.array_equal(pair[:, 0], whole)


def test_a_look_at_every_bar_of_2000_paths_keeps_the_level() -> None:
    """Nothing can be predicted, yet what is said depends on the past, and so does who is FLAT."""
    paths, n = 2000, 1000
    rng = np.random.default_rng(1)
    outcome = np.where(rng.random((n + 3, paths)) < 0.5, 1, -1).astype(np.int8)
    now, last, before, first = (outcome[3 - lag : n + 3 - lag] for lag in range(4))
    # The candidate says the last direction again and is FLAT after three of one kind.
    candidate = np.where((last == before) & (before == first), 0, last)
    scores = bar_scores(candidate, now)
    assert 0.2 < (candidate == 0).mean() < 0.3
    for rival in (np.full_like(scores, 0.5), bar_scores(before, now)):
        crossed = (e_process(scores - rival).max(axis=0) >= LOG_NEEDED).sum()
        low, _ = wilson_interval(float(crossed), paths)
        assert low <= level_of_look(ALPHA, 1)
        assert crossed > 0  # a process that never rises would keep the level too


def test_a_lead_is_found_sooner_than_by_a_bet_that_is_estimated() -> None:
    """Median bars until 62.5, leads of 5 and 3 points over the coin: why the bets are constant."""
    rng = np.random.default_rng(5)
    for lead, n in ((0.05, 4000), (0.03, 9000)):
        d = np.where(rng.random((n, 200)) < 0.5 + lead, 0.5, -0.5)
        ours, theirs = _bars_until(e_process(d)), _bars_until(_agrapa(d))
        assert ours < 0.95 * theirs
        # 4.1 / (2 · lead²), if the lead were known: 827 and 2,298.
        assert ours < 1.3 * LOG_NEEDED / (2 * lead**2)


def _bars_until(log_e: np.ndarray) -> float:
    reached = log_e >= LOG_NEEDED
    return float(np.median(np.where(reached.any(axis=0), reached.argmax(axis=0) + 1, len(log_e))))


def _agrapa(d: np.ndarray) -> np.ndarray:
    """Log capital of the approximate GRAPA bet μ̂ / (σ̂² + μ̂²) of the bars before, up to ½."""
    counts = np.arange(1, len(d) + 1)[:, None] + 1
    mean = np.cumsum(d, axis=0) / counts
    variance = (0.25 + np.cumsum(np.square(d - mean), axis=0)) / counts
    known_mean = np.vstack([np.zeros_like(mean[:1]), mean[:-1]])
    known_variance = np.vstack([np.full_like(mean[:1], 0.25), variance[:-1]])
    bet = np.clip(known_mean / (known_variance + np.square(known_mean)), 0, 0.5)
    return np.asarray(np.cumsum(np.log1p(bet * d), axis=0))


def test_the_pace_is_the_growth_so_far() -> None:
    # Half of the way after 100 bars: 100 more.
    assert bars_to_go(2.0, 100, 4.0) == 100.0
    assert bars_to_go(1.0, 100, 4.0) == 300.0
    assert bars_to_go(4.0, 100, 4.0) == 0.0
    assert bars_to_go(0.0, 100, 4.0) is None
    assert bars_to_go(-0.3, 100, 4.0) is None
