"""Cross-validation over all halvings: worthless trials, a dominant one, and splits done by hand."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.analysis.statistics.overfitting import (
    ACCURACY,
    SHARPE,
    probability_of_overfitting,
    training_halves,
)
from titan_mlopt.backtest.stats import BacktestStats

N_BARS = 43_200


def coins(trials: int, seed: int, *, rate: float = 0.5, blocks: int = 64) -> np.ndarray:
    """Block sums of trials that flip coins on four fifths of ``N_BARS``."""
    rng = np.random.default_rng(seed)
    bars = N_BARS // blocks
    n = rng.binomial(bars, 0.8, (trials, blocks))
    hits = rng.binomial(n, rate)
    total = rng.normal(0, 1e-3 * math.sqrt(bars), (trials, blocks))
    squares = 1e-6 * rng.chisquare(bars, (trials, blocks))
    return np.stack([n, hits, total, squares], axis=2)


def of_hits(*rows: list[int]) -> np.ndarray:
    """Blocks of ten predictions each, with these hits."""
    hits = np.array(rows)
    return np.stack([np.full_like(hits, 10), hits, 0 * hits, 0 * hits], axis=2)


def test_two_parts_are_the_two_splits_worked_by_hand() -> None:
    # Train on part 1: trial 0 (.9), which has .4 in part 2 and is last of two: overfit. Train on
    # part 2: trial 1 (.6), which has .5 in part 1, last of two: overfit.
    found = probability_of_overfitting(of_hits([9, 4], [5, 6]), parts=2)
    assert found is not None
    assert (found.pbo, found.splits, found.trials, found.parts) == (1.0, 2, 2, 2)
    assert found.inside == pytest.approx((0.9 + 0.6) / 2)
    assert found.outside == pytest.approx((0.4 + 0.5) / 2)
    assert found.degradation == pytest.approx(0.75 - 0.45)
    assert found.below_baseline == 1.0  # .4 and .5 are not above .5


def test_a_rank_on_the_median_counts_half() -> None:
    # Part 1 chooses trial 0 (.9), which has .5 in part 2, the second of three there: half.
    # Part 2 chooses trial 1 (.6), the last of three in part 1: whole.
    found = probability_of_overfitting(of_hits([9, 5], [3, 6], [4, 4]), parts=2)
    assert found is not None
    assert found.pbo == 0.75


def test_trials_that_are_all_equal_tell_nothing() -> None:
    found = probability_of_overfitting(of_hits([6, 4, 5, 7], [6, 4, 5, 7], [6, 4, 5, 7]), parts=4)
    assert found is not None
    assert (found.pbo, found.degradation) == (0.5, pytest.approx(0.0, abs=1e-12))


def accuracy_of(part: np.ndarray, n_bars: int) -> float:
    """Hits / predictions of blocks."""
    return float(part[:, 1].sum() / part[:, 0].sum())


def sharpe_of(part: np.ndarray, n_bars: int) -> float:
    """Mean / sd of the returns of so many bars."""
    total, squares = math.fsum(part[:, 2]), math.fsum(part[:, 3])
    return total / n_bars / math.sqrt((squares - total * total / n_bars) / (n_bars - 1))


def by_hand(blocks: np.ndarray, parts: int, metric: str) -> tuple[float, float, float]:
    """PBO and mean performance in both halves, split by split, in plain Python."""
    pooled = blocks.reshape(len(blocks), parts, -1, 4).sum(axis=2)
    perform = accuracy_of if metric == ACCURACY else sharpe_of
    scores, insides, outsides = list[float](), list[float](), list[float]()
    for train in itertools.combinations(range(parts), parts // 2):
        test = [part for part in range(parts) if part not in train]
        inside = [perform(trial[list(train)], N_BARS // 2) for trial in pooled]
        outside = [perform(trial[test], N_BARS // 2) for trial in pooled]
        best = inside.index(max(inside))
        below = sum(value < outside[best] for value in outside)
        equal = sum(value == outside[best] for value in outside)
        omega = (below + (equal + 1) / 2) / (len(pooled) + 1)
        logit = math.log(omega / (1 - omega))
        scores.append(1.0 if logit < 0 else 0.5 if logit == 0 else 0.0)
        insides.append(inside[best])
        outsides.append(outside[best])
    n = len(scores)
    return sum(scores) / n, math.fsum(insides) / n, math.fsum(outsides) / n


@pytest.mark.parametrize("metric", [ACCURACY, SHARPE])
@pytest.mark.parametrize(("parts", "splits"), [(2, 2), (4, 6), (8, 70), (10, 252)])
def test_it_is_what_plain_loops_over_the_splits_find(parts: int, splits: int, metric: str) -> None:
    blocks = coins(7, parts, blocks=4 * parts)
    found = probability_of_overfitting(blocks, metric, parts=parts, n_bars=N_BARS)
    assert found is not None
    numbers = (found.pbo, found.inside, found.outside)
    assert numbers == pytest.approx(by_hand(blocks, parts, metric), rel=0, abs=1e-12)
    assert found.splits == splits


@pytest.mark.slow
def test_500_trials_of_a_month_of_minutes_take_less_than_10_mb() -> None:
    # 64 choices of the last parts, and at most 20 halves at a time, of three columns.
    blocks = coins(500, 1)
    tracemalloc.start()
    probability_of_overfitting(blocks, SHARPE, n_bars=N_BARS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6


def test_all_12870_halves_of_sixteen_parts_are_there_once_with_their_complements() -> None:
    halves = training_halves(16)
    assert halves.shape == (12_870, 16)
    assert set(halves.sum(axis=1)) == {8.0}
    assert len(np.unique(halves @ 2.0 ** np.arange(16))) == 12_870
    assert np.array_equal(halves[::-1], 1 - halves)


def test_worthless_trials_have_a_probability_near_one_half() -> None:
    found = [probability_of_overfitting(coins(30, seed), parts=12) for seed in range(60)]
    pbo = np.array([one.pbo for one in found if one])
    below = np.array([one.below_baseline for one in found if one])
    # One study's value spreads by about .15; four standard errors of the mean of 60.
    assert 0.1 < pbo.std() < 0.25
    assert pbo.mean() == pytest.approx(0.5, abs=4 * pbo.std() / math.sqrt(60))
    assert below.mean() == pytest.approx(0.5, abs=4 * below.std() / math.sqrt(60))


def test_a_trial_that_is_better_everywhere_is_not_overfit() -> None:
    blocks = coins(30, 1)
    blocks[17] = coins(1, 2, rate=0.56)[0]
    found = probability_of_overfitting(blocks)
    assert found is not None
    assert (found.pbo, found.below_baseline) == (0.0, 0.0)
    assert found.degradation == pytest.approx(
        0.0, abs=1e-9
    )  # over all splits both halves are alike
    assert found.outside == pytest.approx(0.56, abs=0.01)


def test_skill_that_all_trials_share_leaves_the_probability_but_lifts_them_over_the_baseline() -> (
    None
):
    found = probability_of_overfitting(coins(30, 3, rate=0.55))
    assert found is not None
    assert 0.1 < found.pbo < 0.9
    assert found.below_baseline == 0.0


@given(st.integers(0, 10_000), st.integers(2, 6), st.permutations(range(4)))
@settings(max_examples=30, deadline=None)
def test_neither_the_order_of_the_parts_nor_the_side_of_the_coin_matters(
    seed: int, trials: int, order: list[int]
) -> None:
    blocks = coins(trials, seed, blocks=4)
    found = probability_of_overfitting(blocks, parts=4)
    mixed = probability_of_overfitting(blocks[:, order], parts=4)
    assert found is not None
    assert mixed is not None
    assert 0.0 <= found.pbo <= 1.0
    assert mixed.pbo == pytest.approx(found.pbo)
    assert mixed.degradation == pytest.approx(found.degradation)
    # Both halves are trained on once, so what is chosen is not worse inside on average.
    assert found.degradation >= -1e-12


def test_sharpe_ratios_of_halves_are_those_of_their_bars() -> None:
    rng = np.random.default_rng(5)
    stats = [
        BacktestStats(
            np.ones(101, np.int8),
            np.full(101, 0.6),
            np.ones(101, bool),
            rng.normal(1e-4, 1e-3, 101),
        )
        for _ in range(2)
    ]
    blocks = np.array([one.blocks() for one in stats])
    found = probability_of_overfitting(blocks, SHARPE, parts=2, n_bars=101)
    assert found is not None
    assert (found.metric, found.baseline) == (SHARPE, 0.0)
    # 64 blocks of 101 bars: the first 32 begin before bar 32 · 101 // 64 = 50.
    halves = [[part.mean() / part.std(ddof=1) for part in (s.net[:50], s.net[50:])] for s in stats]
    inside = [max(first) for first in zip(*halves, strict=True)]
    assert found.inside == pytest.approx(sum(inside) / 2)


def test_a_trial_silent_in_a_half_is_not_chosen_there_and_tested_as_the_baseline() -> None:
    blocks = of_hits([4, 6], [0, 3])
    blocks[1, 0, 0] = 0
    found = probability_of_overfitting(blocks, parts=2)
    assert found is not None
    # Part 1 chooses trial 0 (.6 in part 2, above .3); part 2 chooses it too (.4, below .5).
    assert (found.pbo, found.outside) == (0.5, pytest.approx(0.5))
    silent = of_hits([0, 4], [0, 3])
    silent[:, 0, 0] = 0
    assert probability_of_overfitting(silent, parts=2) is None


@pytest.mark.parametrize("metric", [ACCURACY, SHARPE])
def test_one_trial_or_too_few_blocks_have_no_probability(metric: str) -> None:
    assert probability_of_overfitting(coins(1, 0), metric, n_bars=N_BARS) is None
    assert probability_of_overfitting(coins(5, 0, blocks=15), metric, n_bars=N_BARS) is None


def test_trials_that_never_trade_have_no_sharpe_to_choose_by() -> None:
    assert probability_of_overfitting(of_hits([6, 4], [5, 5]), SHARPE, parts=2, n_bars=20) is None


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="metric: must be 'accuracy' or 'sharpe', got 'ece'"):
        probability_of_overfitting(coins(3, 0), "ece")
    with pytest.raises(ValueError, match="parts: must be an even number from 2 to 20, got 7"):
        probability_of_overfitting(coins(3, 0), parts=7)
    with pytest.raises(ValueError, match=r"must have shape \(trials, blocks, 4\), got \(3, 64\)"):
        probability_of_overfitting(np.zeros((3, 64)))
    with pytest.raises(ValueError, match="n_bars: must be given for the metric 'sharpe'"):
        probability_of_overfitting(coins(3, 0), SHARPE)
