"""Stats of several segments: pooled bar by bar, scored one by one, and what counts of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.stats_cases import random_stats, stats_of
from titan_mlopt.backtest.returns import net_returns, position_changes
from titan_mlopt.backtest.runner import backtest_stats, segment_stats
from titan_mlopt.backtest.segments import (
    pool_stats,
    score_segment,
    walk_metrics,
    walk_segments,
    walk_value,
)
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.splits import split_segments
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.trial import Checkpoint, Segment, SegmentScore

YES, NO = True, False
QUICK = merge_config({"ml.enabled": False})


def columns(stats: BacktestStats) -> tuple[bytes, ...]:
    arrays = (stats.direction, stats.confidence, stats.traded, stats.returns)
    return tuple(array.tobytes() for array in arrays)


# --- pooling --------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_parts_of_a_run_without_positions_pool_to_the_run_again(sizes: list[int]) -> None:
    whole = replace(random_stats(sum(sizes), 3), traded=np.zeros(sum(sizes), bool))
    ends = np.cumsum(sizes).tolist()
    parts = [whole.part(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    pooled = pool_stats(parts)
    assert columns(pooled) == columns(whole)
    assert pooled.metrics() == whole.metrics()


def test_a_position_begins_anew_in_each_part() -> None:
    # Held through the border it would cost nothing there; begun anew it is taken up again.
    part = stats_of([1, 1], [0.6] * 2, [YES] * 2, [0.01, 0.02], cost_bps=100)
    pooled = pool_stats([part, part])
    assert pooled.breaks == (2,)
    assert pooled.net == pytest.approx([0.0, 0.02, 0.0, 0.02])
    assert pooled.metrics()["turnover"] == 0.5
    assert replace(pooled, breaks=()).net == pytest.approx([0.0, 0.02, 0.01, 0.02])


def test_breaks_survive_pooling_and_cutting() -> None:
    parts = [random_stats(n, n) for n in (3, 4, 5)]
    pooled = pool_stats([pool_stats(parts[:2]), parts[2]])
    assert pooled.breaks == (3, 7)
    assert pooled.tail(9).breaks == (4,)
    assert pooled.head(5).breaks == (3,)
    assert pooled.part(3, 12).breaks == (4,)
    assert pool_stats([random_stats(0, 1), parts[0]]).breaks == ()


def test_changes_of_the_position_are_counted_from_none_at_each_break() -> None:
    position = np.array([1.0, 1.0, -1.0, -1.0])
    assert position_changes(position).tolist() == [1, 0, 2, 0]
    assert position_changes(position, (2,)).tolist() == [1, 0, 1, 0]
    net = net_returns(position, np.zeros(4), 100.0, (2,))
    assert net == pytest.approx([-0.01, 0.0, -0.01, 0.0])


def test_outcomes_that_one_part_tells_are_those_of_the_returns_in_the_other() -> None:
    silent = stats_of([1], [0.6], [YES], [-0.01])
    told = stats_of([1], [0.6], [YES], [-0.01], outcome=np.array([1], np.int8))
    pooled = pool_stats([silent, told])
    assert pooled.hit.tolist() == [NO, YES]
    assert pool_stats([silent, silent]).outcome is None


@pytest.mark.parametrize("n_bars", [0, 1, 400, 1000, 2000])
def test_tail_is_the_stats_of_the_last_bars(n_bars: int) -> None:
    whole = random_stats(1000, 5, cost_bps=3)
    tail, start = whole.tail(n_bars), max(0, 1000 - n_bars)
    assert len(tail.direction) == min(n_bars, 1000)
    assert columns(tail) == columns(whole.part(start, 1000))
    assert tail.returns.tolist() == whole.returns[start:].tolist()


# --- each segment ---------------------------------------------------------------------------------


def test_the_score_of_a_segment_is_that_of_its_bars(  # five bars worked by hand in test_stats
) -> None:
    stats = stats_of(
        [0, 1, 1, -1, -1],
        [0.5, 0.6, 0.6, 0.8, 0.7],
        [NO, YES, YES, YES, NO],
        [0.01, 0.02, -0.01, -0.04, 0.0],
        unchanged="miss",
    )
    found = score_segment(stats, Segment(10, 20, 26, 1_700_000_000))
    assert (found.first_bar, found.first_time, found.bars) == (20, 1_700_000_000, 5)
    assert (found.predictions, found.hits, found.accuracy) == (4, 2, 0.5)
    assert found.ece == pytest.approx(0.275)
    assert found.sharpe == pytest.approx(0.5 * math.sqrt(525_600))
    silent = score_segment(stats_of([0], [0.5], [NO], [0.1]), Segment(0, 0, 2, 0))
    assert (silent.predictions, silent.accuracy, silent.sharpe) == (0, None, None)


def score(accuracy: float | None, sharpe: float | None) -> SegmentScore:
    return SegmentScore(0, 0, 10, 10, 5, accuracy, 0.0, sharpe)


def test_what_counts_is_the_mean_less_half_a_standard_error() -> None:
    # .50, .52, .54, .56: mean .53, squared deviations 9, 1, 1, 9 (·1e-4), over 3: sd .025820, error
    # .012910.
    assert walk_value([0.50, 0.52, 0.54, 0.56]) == pytest.approx(0.53 - 0.5 * 0.0129099, abs=1e-7)
    assert walk_value([0.53] * 4) == 0.53
    assert walk_value([0.7]) == 0.7
    # 0 and 2: mean 1, sd √2, error 1.
    assert walk_value([0.0, 2.0]) == pytest.approx(0.5)


def test_a_silent_segment_is_a_coin_and_one_without_a_sharpe_ratio_is_0() -> None:
    found = walk_metrics([score(0.6, None), score(None, 4.0)])
    assert found["walk_accuracy"] == pytest.approx(walk_value([0.6, 0.5]))
    assert found["walk_sharpe"] == pytest.approx(walk_value([0.0, 4.0]))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
@settings(deadline=None)
def test_unevenness_costs_and_no_accuracy_falls_below_0(values: list[float]) -> None:
    found = walk_value(values)
    assert -1e-9 <= found <= math.fsum(values) / len(values) + 1e-12


# --- a walk ---------------------------------------------------------------------------------------

SEGMENTS = tuple(Segment(5 * k, 5 * k + 2, 5 * k + 8, 60 * k) for k in range(3))
PARTS = {s: random_stats(s.bars, seed) for seed, s in enumerate(SEGMENTS)}


def walked(answers: Sequence[bool]) -> tuple[list[Checkpoint], BacktestStats, int, bool]:
    asked: list[Checkpoint] = []

    def ask(point: Checkpoint) -> bool:
        asked.append(point)
        return answers[len(asked) - 1]

    walk = walk_segments(SEGMENTS, PARTS.__getitem__, ask)
    return asked, walk.stats, len(walk.scores), walk.stopped


def test_after_each_segment_but_the_last_it_is_asked_with_what_is_pooled_so_far() -> None:
    asked, stats, n_scores, stopped = walked([True, True])
    assert (len(asked), n_scores, stopped) == (2, 3, False)
    parts = list(PARTS.values())
    assert columns(stats) == columns(pool_stats(parts))
    for k, point in enumerate(asked, start=1):
        pooled = pool_stats(parts[:k]).checkpoint()
        scores = [score_segment(PARTS[s], s) for s in SEGMENTS[:k]]
        assert replace(point, walk_accuracy=None, walk_sharpe=None) == pooled
        assert point.walk_accuracy == walk_metrics(scores)["walk_accuracy"]
        assert point.walk_sharpe == walk_metrics(scores)["walk_sharpe"]
        assert point.step == point.n_bars == 5 * k


def test_a_walk_that_is_stopped_has_the_segments_before() -> None:
    asked, stats, n_scores, stopped = walked([False])
    assert (len(asked), n_scores, stopped, len(stats.direction)) == (1, 1, True, 5)


def test_steps_are_predictions_without_segments_and_bars_with_them() -> None:
    assert Checkpoint(70, 100, 0.5, 0.0, None).step == 70
    assert Checkpoint(70, 100, 0.5, 0.0, None, 0.5, 0.0).step == 100


# --- the embedded predictor -----------------------------------------------------------------------


def test_each_segment_is_run_by_a_fresh_predictor_that_warmed_up_before_it() -> None:
    candles = sample_candles(3000)
    for segment in split_segments(candles, 3, 750):
        part = candles.part(segment.start, segment.stop)
        alone = backtest_stats(part, QUICK)
        found = segment_stats(candles, segment, QUICK)
        # From bar 119 of the slice on; the scored ones are the last.
        assert len(alone.direction) == 750 - 119 + segment.bars
        assert columns(found) == columns(alone.tail(segment.bars))
        close = candles.close
        bars = np.arange(segment.first, segment.stop - 1)
        assert found.returns.tolist() == (close[bars + 1] / close[bars] - 1.0).tolist()


def test_nothing_after_a_segment_changes_what_is_decided_in_it() -> None:
    candles = sample_candles(3000)
    other = sample_candles(3000, seed=9)
    first, *_ = split_segments(candles, 3, 750)
    mixed = replace(
        candles,
        **{
            name: np.concatenate(
                [getattr(candles, name)[: first.stop], getattr(other, name)[first.stop :]]
            )
            for name in ("open", "high", "low", "close", "volume")
        },
    )
    assert columns(segment_stats(candles, first, QUICK)) == columns(
        segment_stats(mixed, first, QUICK)
    )


def test_the_interval_is_that_of_all_candles() -> None:
    candles = sample_candles(2000)
    ts = candles.ts.copy()
    ts[1000:] = ts[1000] + 300 * np.arange(1000)  # the second half comes every five minutes
    uneven = replace(candles, ts=ts)
    *_, last = split_segments(uneven, 4, 750)
    assert uneven.part(last.start, last.stop).interval_s == 300
    assert segment_stats(uneven, last, QUICK).interval_s == uneven.interval_s == 60
