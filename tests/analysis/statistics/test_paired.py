"""Two configs on the same bars: published and hand-worked examples of the paired tests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm, ttest_1samp

from titan_mlopt.analysis.statistics.paired_tests import (
    block_means_test,
    diebold_mariano,
    mcnemar_mid_p,
    mcnemar_with_flat,
    pesaran_timmermann,
    sharpe_difference_test,
)
from titan_mlopt.analysis.statistics.sharpe import probabilistic_sharpe_ratio
from titan_mlopt.backtest.returns import find_moments


def rng(seed: int | list[int] = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- McNemar -------------------------------------------------------------------------------------


def test_mcnemar_mid_p_is_that_of_fagerland_and_others() -> None:
    # Airway hyper-responsiveness before and after, 1 against 7 of 21 children: mid-p .0391
    # (exact .0703, less the point probability 8/256 = .03125).
    found = mcnemar_mid_p(1, 7)
    assert 2 * found.p_less == pytest.approx(0.0391, abs=5e-5)
    assert found.p_less == pytest.approx((1 + 8 / 2) / 256)
    assert found.statistic == pytest.approx(-6 / math.sqrt(8))
    assert mcnemar_mid_p(7, 1).p_greater == pytest.approx(found.p_less)


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (0, 9), (9, 0), (5, 5), (2200, 2050)])
def test_mcnemar_mid_p_is_the_binomial_one(better: int, worse: int) -> None:
    n = better + worse
    expected = binom.sf(better, n, 0.5) + binom.pmf(better, n, 0.5) / 2
    found = mcnemar_mid_p(better, worse)
    assert found.p_greater == pytest.approx(expected, rel=1e-9)
    assert found.p_greater + found.p_less == pytest.approx(1.0)


def test_equal_numbers_have_the_p_of_one_half_on_either_side() -> None:
    assert mcnemar_mid_p(6, 6).p_greater == pytest.approx(0.5)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="must be >= 0, got better=-1, worse=3"):
        mcnemar_mid_p(-1, 3)


def test_configs_that_predict_on_the_same_bars_get_the_classical_test() -> None:
    # Five bars; the fourth did not move. a is right and b wrong on two, b alone on one.
    a, b = np.array([1, 1, -1, 1, 1]), np.array([-1, -1, 1, 1, 1])
    outcome = np.array([1, 1, 1, 0, 1])
    assert mcnemar_with_flat(a, b, outcome, rng()) == mcnemar_mid_p(2, 1)
    both = np.array([1, 0, 1, 1, 1])  # the second is FLAT for either
    assert mcnemar_with_flat(a * both, b * both, outcome, rng()) == mcnemar_mid_p(1, 1)


def test_against_a_coin_it_is_the_sign_test_of_hits_and_misses() -> None:
    direction = np.array([1, 0, -1, 1, 1, -1])
    outcome = np.array([1, 1, -1, -1, 0, -1])
    assert mcnemar_with_flat(direction, None, outcome, rng()) == mcnemar_mid_p(3, 1)


def test_flat_bars_weigh_as_they_do_in_the_accuracies() -> None:
    # a: 3 of 4 right; b: 1 of 2. The weights n_b · a − n_a · b are 2 ∓ 4 where both predict: by
    # bar (a, b, outcome) (1, 1, 1): −2, (1, −1, 1): 6, (1, 0, 1): 2, (1, 0, −1): 2. Seen: −2 + 6 +
    # 2 − 2 = 4 = 2 · 4 · 2 · (3/4 − 1/2). Of the 16 sign patterns of 2, 6, 2, 2 the sum is 12 once
    # and 8 three times, which is above, and 4 three times, as seen: mid-p (4 + 3/2) / 16.
    a, b = np.array([1, 1, 1, 1]), np.array([1, -1, 0, 0])
    found = mcnemar_with_flat(a, b, np.array([1, 1, 1, -1]), rng())
    assert found is not None
    assert found.p_greater == pytest.approx(5.5 / 16, abs=4 * math.sqrt(0.25 / 49_999))
    assert found.statistic == pytest.approx(4 / math.sqrt(4 + 36 + 4 + 4))


@pytest.mark.slow
def test_it_keeps_its_level_when_coverage_differs_and_nothing_can_be_predicted() -> None:
    # The directions stay, the outcomes are flipped 300 times; four standard errors of .05 are .05.
    a, b = rng(1).choice([-1, 0, 1], 300, p=[0.45, 0.1, 0.45]), rng(2).choice([-1, 0, 1], 300)
    outcomes = rng(3).choice([-1, 1], (300, 300))
    tests = [mcnemar_with_flat(a, b, outcome, rng(4)) for outcome in outcomes]
    assert np.mean([one is not None and one.p_greater <= 0.05 for one in tests]) < 0.05 + 0.05


def test_a_config_that_leaves_out_its_misses_is_better() -> None:
    # b is a, but FLAT on half of the bars where it is wrong: 3/5 against 3/4.
    outcome = np.ones(500, int)
    b = np.where(np.arange(500) % 5 < 3, 1, -1)
    a = np.where((b < 0) & (np.arange(500) % 2 == 0), 0, b)
    found = mcnemar_with_flat(a, b, outcome, rng())
    assert found is not None
    assert found.p_greater < 1e-3


def test_predicting_nothing_cannot_be_compared_and_the_same_config_is_not_better() -> None:
    up, nothing, outcome = np.ones(4, int), np.zeros(4, int), np.array([1, -1, 1, 0])
    assert mcnemar_with_flat(nothing, up, outcome, rng()) is None
    assert mcnemar_with_flat(up, nothing, outcome, rng()) is None
    assert mcnemar_with_flat(up, None, np.zeros(4, int), rng()) is None
    some = np.array([1, 0, -1, 1])
    found = mcnemar_with_flat(some, some, outcome, rng())
    assert found is not None
    assert (found.statistic, found.p_greater) == (0.0, 0.5)


# --- blocks of time ------------------------------------------------------------------------------


def test_the_difference_in_eight_blocks_is_held_against_students_t() -> None:
    # 16 bars, two a block; b is right on one of each two. a is right on 2, 1, 2, 1, …: differences
    # .5, 0, .5, 0, …, mean .25, sd √(8 · .25² / 7) = .267261, so t = .25 / .267261 · √8 = √7.
    hit_a, hit_b, bars = np.tile([1, 1, 1, 0], 4), np.tile([1, 0], 8), np.ones(16)
    found = block_means_test(hit_a, bars, hit_b, bars)
    assert found is not None
    assert found.statistic == pytest.approx(math.sqrt(7))
    reference = ttest_1samp([0.5, 0.0] * 4, 0.0, alternative="greater")
    assert found.p_greater == pytest.approx(reference.pvalue)
    assert found.p_less == pytest.approx(1 - found.p_greater)


def test_a_block_without_predictions_counts_not_at_all_and_one_block_is_no_test() -> None:
    hit_a, hit_b, bars = np.tile([1, 1, 1, 0], 4), np.tile([1, 0], 8), np.ones(16)
    silent = np.where(np.arange(16) < 4, 0, 1)  # FLAT in the first two blocks
    found = block_means_test(hit_a * silent, silent, hit_b, bars)
    assert found is not None
    reference = ttest_1samp([0.5, 0.0] * 3, 0.0, alternative="greater")
    assert (found.statistic, found.p_greater) == pytest.approx(
        (reference.statistic, reference.pvalue)
    )
    late = np.where(np.arange(16) < 14, 0, 1)
    assert block_means_test(hit_a * late, late, hit_b, bars) is None


def test_differences_without_any_spread_are_sure_or_none() -> None:
    bars = np.ones(16)
    same = block_means_test(bars / 2, bars, bars / 2, bars)
    better = block_means_test(bars, bars, bars / 2, bars)
    assert (same, better) == (
        *(type(same)(0.0, 0.5, 0.5), type(better)(math.inf, 0.0, 1.0)),  # type: ignore[misc]
    )


def test_where_the_odds_turn_in_long_regimes_the_blocks_keep_their_level() -> None:
    # UP has a probability of .55 or .45, which turns about every 500 bars: no side is better.
    n, bars, by_block, by_coin = 10_000, np.ones(10_000), 0, 0
    for seed in range(200):
        draws = rng([seed, 5])
        regime = (np.cumsum(draws.random(n) < 1 / 500) + draws.integers(2)) % 2
        hit = draws.random(n) < np.where(regime, 0.55, 0.45)
        found = block_means_test(hit, bars, bars / 2, bars)
        assert found is not None
        by_block += found.p_greater <= 0.02
        by_coin += mcnemar_mid_p(int(hit.sum()), n - int(hit.sum())).p_greater <= 0.02
    assert by_block <= 10  # 4 expected at a level of .02, and 4 ± 3 · 2
    assert by_coin >= 30


# --- Pesaran and Timmermann -----------------------------------------------------------------------


def test_timing_is_what_was_worked_by_hand() -> None:
    # 10 bars: UP is said on 6 and right on 4 of them, DOWN on 4 and right on 3. p = .6, q = (4 + 1)
    # / 10 = .5, P = .7, P* = .6 · .5 + .4 · .5 = .5. V(P) = .25 / 10 = .025; V(P*) = ((2 · .5 − 1)²
    # · .24 + (2 · .6 − 1)² · .25) / 10 + 4 · .24 · .25 / 100 = .001 + .0024 = .0034.
    said = np.array([1] * 6 + [-1] * 4)
    up = np.array([1, 1, 1, 1, -1, -1, -1, -1, -1, 1])
    found = pesaran_timmermann(said, up)
    assert found is not None
    assert found.statistic == pytest.approx(0.2 / math.sqrt(0.025 - 0.0034))
    assert found.p_greater == pytest.approx(norm.sf(found.statistic))
    # FLAT bars and unchanged closes change nothing.
    more = pesaran_timmermann(np.append(said, [0, 1]), np.append(up, [1, 0]))
    assert more == found


def test_mostly_up_in_a_rising_market_is_exposure_and_no_timing() -> None:
    said, up = (np.where(rng(seed).random(4000) < 0.7, 1, -1) for seed in (1, 2))
    assert mcnemar_with_flat(said, None, up, rng()).p_greater < 1e-6  # type: ignore[union-attr]
    found = pesaran_timmermann(said, up)
    assert found is not None
    assert found.p_greater > 0.02


@pytest.mark.parametrize(
    ("said", "up"), [([1, 1, 1], [1, -1, 1]), ([1, -1, 1], [1, 1, 1]), ([0, 1], [1, 0]), ([], [])]
)
def test_directions_or_outcomes_that_are_all_the_same_tell_no_timing(
    said: list[int], up: list[int]
) -> None:
    assert pesaran_timmermann(np.array(said), np.array(up)) is None


# --- Diebold-Mariano -----------------------------------------------------------------------------


def test_diebold_mariano_is_the_t_test_worked_by_hand() -> None:
    # d = 1, 0, 2, 1: mean 1, γ₀ = 2/4; 1 / √(.5 / 4) = 2.8284, times √((4 + 1 − 2) / 4) = 2.4495.
    # Student's t of 3 degrees at √6: 1/2 + (atan √2 + √2 / 3) / π = .954141.
    found = diebold_mariano(np.array([1.0, 1.0, 2.0, 2.0]), np.array([0.0, 1.0, 0.0, 1.0]), lags=0)
    assert found is not None
    assert found.statistic == pytest.approx(2.4494897)
    assert found.p_greater == pytest.approx(0.045859, abs=2e-6)


def test_the_correction_for_a_horizon_is_that_of_harvey_leybourne_and_newbold() -> None:
    # n = 4, h = 2: (4 + 1 − 4 + 2/4) / 4 = .375 in place of .75.
    losses = np.array([1.0, 1.0, 2.0, 2.0]), np.array([0.0, 1.0, 0.0, 1.0])
    one, two = (diebold_mariano(*losses, lags=0, horizon=h) for h in (1, 2))
    assert one is not None
    assert two is not None
    assert two.statistic / one.statistic == pytest.approx(math.sqrt(0.5))


def test_a_lag_adds_its_weighted_autocovariance() -> None:
    # d − 1 = 0, −1, 1, 0: γ₁ = −1/4, weight 1/2: Ω = .5 − .25 = .25.
    losses = np.array([1.0, 0.0, 2.0, 1.0]), np.zeros(4)
    found = diebold_mariano(*losses, lags=1)
    assert found is not None
    assert found.statistic == pytest.approx(1 / math.sqrt(0.25 / 4) * math.sqrt(0.75))


def test_losses_that_do_not_differ_have_no_test() -> None:
    assert diebold_mariano(np.ones(9), np.ones(9)) is None
    assert diebold_mariano(np.array([1.0]), np.array([0.0])) is None
    assert diebold_mariano(np.arange(9.0) + 0.3, np.arange(9.0)) is None
    with pytest.raises(ValueError, match="horizon must be >= 1, got 0"):
        diebold_mariano(np.ones(3), np.zeros(3), horizon=0)


def test_the_better_forecast_has_the_smaller_loss() -> None:
    up = rng(1).random(2000) < 0.6
    good, coin = np.square(0.6 - up), np.square(0.5 - up)
    found = diebold_mariano(good, coin)
    assert found is not None
    assert found.p_less < 0.001
    assert found.p_greater > 0.999


# --- Sharpe --------------------------------------------------------------------------------------


def test_against_zero_it_is_the_probabilistic_sharpe_ratio() -> None:
    returns = rng(2).exponential(1, 4000) * 1e-3 - 0.97e-3
    moments, found = find_moments(returns), sharpe_difference_test(returns)
    assert moments is not None
    assert found is not None
    assert found.p_less == pytest.approx(probabilistic_sharpe_ratio(moments), abs=2e-4)


def test_common_luck_cancels() -> None:
    common = rng(3).standard_normal(3000)
    a, b = common + 0.1 * rng(4).standard_normal(3000) + 0.01, common
    paired, alone = sharpe_difference_test(a, b), sharpe_difference_test(a)
    assert paired is not None
    assert alone is not None
    assert paired.p_greater < 0.01 < alone.p_greater


def test_the_test_of_equal_sharpe_ratios_keeps_its_level() -> None:
    pairs = rng(5).standard_normal((1500, 2, 300)) * [[1.0], [3.0]] + [[0.1], [0.3]]
    tests = [sharpe_difference_test(a, b) for a, b in pairs]
    # Four standard errors of .05 are .023.
    level = np.mean([one is not None and one.p_greater <= 0.05 for one in tests])
    assert level == pytest.approx(0.05, abs=0.023)


def test_never_trading_has_the_ratio_zero_and_two_that_never_trade_no_test() -> None:
    a = rng(6).normal(0.1, 1, 200)
    assert sharpe_difference_test(a, np.zeros(200)) == sharpe_difference_test(a)
    assert sharpe_difference_test(np.zeros(200), np.zeros(200)) is None
    assert sharpe_difference_test(np.ones(1)) is None
    assert sharpe_difference_test(a, 2 * a) is None


@given(st.integers(0, 400), st.integers(0, 400))
def test_p_values_are_probabilities(better: int, worse: int) -> None:
    found = mcnemar_mid_p(better, worse)
    assert 0 <= found.p_greater <= 1
    assert found.p_greater + found.p_less == pytest.approx(1.0)
    assert (found.p_greater < 0.5 - 1e-9) == (better > worse)
