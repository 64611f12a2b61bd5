"""Steps adjoin, end where their outcomes are known, and do not change when candles are added."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.splits import split_candles
from titan_mlopt.core.errors import CandleError
from titan_mlopt.core.plain import read_plain
from titan_mlopt.evaluation.walk.records import CandleRange, WalkStep
from titan_mlopt.evaluation.walk.steps import plan_steps

HOUR = 3600
#: 2020-09-13T12:26:40Z.
START = 1_600_000_000


def minutes(n: int) -> np.ndarray:
    return START + 60 * np.arange(n)


def bounds(step: WalkStep) -> tuple[int, ...]:
    assert step.sealed is not None
    ranges = step.train, step.sealed, step.trade
    return tuple(bound for part in ranges for bound in (part.start, part.stop))


def test_two_windows_of_two_hours_by_hand() -> None:
    # 120 candles in a window, 10 % = 12 of them sealed, the 2 before them purged; then 60 bars,
    # the last of which has its outcome in candle 180. Candle 240 ends the second step.
    steps = plan_steps(minutes(241), train_s=2 * HOUR, step_s=HOUR, sealed=0.1)
    assert [bounds(step) for step in steps] == [
        (0, 106, 108, 120, 120, 180),
        (60, 166, 168, 180, 180, 240),
    ]
    assert steps[0].trade.first_time == "2020-09-13T14:26:40Z"
    assert steps[0].trade.last_time == "2020-09-13T15:25:40Z"


def test_an_anchored_window_grows_from_the_first_candle() -> None:
    steps = plan_steps(minutes(241), train_s=2 * HOUR, step_s=HOUR, anchored=True)
    assert [(step.train.start, step.train.stop) for step in steps] == [(0, 120), (0, 180)]
    assert [step.sealed for step in steps] == [None, None]


def test_a_step_without_the_outcome_of_its_last_bar_is_not_over() -> None:
    for n, over in ((180, 0), (181, 1), (240, 1), (241, 2)):
        ts = minutes(n)
        if over:
            assert len(plan_steps(ts, train_s=2 * HOUR, step_s=HOUR)) == over
        else:
            with pytest.raises(CandleError, match="train, step: must leave room for one step"):
                plan_steps(ts, train_s=2 * HOUR, step_s=HOUR)


def test_a_step_in_a_gap_is_left_out() -> None:
    ts = minutes(400)
    ts = np.concatenate([ts[:150], ts[250:]])  # nothing from 2:30 h to 4:10 h
    steps = plan_steps(ts, train_s=2 * HOUR, step_s=HOUR)
    # 2 h to 3 h has the first 30 minutes, 3 h to 4 h nothing, 4 h to 5 h the last 50.
    assert [len(step.trade) for step in steps] == [30, 50, 60]
    assert [step.number for step in steps] == [0, 1, 2]


def test_steps_whose_window_has_too_few_candles_to_tune_on_are_left_out_and_counted() -> None:
    ts, notices = minutes(421), list[str]()
    ts = np.concatenate([ts[:150], ts[250:]])  # nothing from 2:30 h to 4:10 h
    plan = {"train_s": 2 * HOUR, "step_s": HOUR, "sealed": 0.1}
    steps = plan_steps(ts, **plan, least=50, notice=notices.append)
    # Windows that end at 4 h, 5 h and 6 h have 30, 50 and 110 candles: 25, 43 and 97 to tune on.
    assert [len(step.train) for step in steps] == [106, 97]
    assert [step.number for step in steps] == [0, 1]
    assert notices == [
        "candles: 2 steps left out, whose window has fewer than 50 candles to tune on and 2 to seal"
    ]
    assert len(plan_steps(ts, **plan, least=43)) == 3


def test_the_sealed_part_of_a_window_is_that_of_a_study_on_it() -> None:
    candles = sample_candles()
    for step in plan_steps(candles.ts, train_s=11 * HOUR, step_s=7 * HOUR, sealed=0.23):
        assert step.sealed is not None
        window = candles.part(step.train.start, step.trade.start)
        part, sealed = split_candles(window, 0.23)
        assert sealed is not None
        assert (len(part), len(sealed)) == (len(step.train), len(step.sealed))
        assert sealed.ts[0] == candles.ts[step.sealed.start]


def test_a_window_too_short_for_its_sealed_part_is_refused() -> None:
    with pytest.raises(CandleError, match=r"holdout: must leave at least 2 candles.*longer train"):
        plan_steps(minutes(60), train_s=300, step_s=300, sealed=0.2)


@given(
    st.lists(st.integers(1, 200), min_size=20, max_size=200),
    st.integers(0, 100),
    st.booleans(),
    st.sampled_from([(0.0, 2), (0.2, 2), (0.2, 9)]),
)
@settings(max_examples=60, deadline=None)
def test_later_candles_add_steps_and_change_none(
    minutes_apart: list[int], cut: int, anchored: bool, split: tuple[float, int]
) -> None:
    ts = START + 60 * np.cumsum(minutes_apart)
    plan = {"train_s": 5 * HOUR, "step_s": 2 * HOUR, "anchored": anchored}
    plan |= {"sealed": split[0], "least": split[1]}

    def planned(times: np.ndarray) -> list[WalkStep]:
        try:
            return plan_steps(times, **plan)
        except CandleError:
            return []

    whole, before = planned(ts), planned(ts[: max(2, len(ts) - cut)])
    assert whole[: len(before)] == before
    for step in whole:
        assert ts[step.trade.start] >= ts[0] + plan["train_s"]
        assert len(step.train) >= plan["least"]
        assert (step.sealed or step.train).stop == step.trade.start
        assert step.trade.stop < len(ts)  # its outcome


def test_a_step_survives_json() -> None:
    step = plan_steps(minutes(300), train_s=2 * HOUR, step_s=HOUR, sealed=0.2)[0]
    assert read_plain(WalkStep, json.loads(json.dumps(asdict(step)))) == step
    assert len(CandleRange.of(minutes(9), 2, 5)) == 3
