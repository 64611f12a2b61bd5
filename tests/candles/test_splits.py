"""Candles cut in time: what is sealed, what is left out, and segments that follow one another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.splits import split_candles, split_segments
from titan_mlopt.core.errors import CandleError
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.trial import Segment
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.dataset import segment_warm_up, tuning_data

SAMPLE = sample_candles()


# --- the hold-out ---------------------------------------------------------------------------------


def test_the_last_share_is_sealed_and_two_candles_before_it_are_in_neither_part() -> None:
    tuning, sealed = split_candles(sample_candles(1000), 0.2)
    assert sealed is not None
    whole = sample_candles(1000)
    assert (len(tuning), len(sealed)) == (798, 200)
    assert np.array_equal(tuning.ts, whole.ts[:798])
    assert np.array_equal(sealed.close, whole.close[800:])


def test_the_last_outcome_to_tune_on_is_known_before_the_first_sealed_bar() -> None:
    tuning, sealed = split_candles(sample_candles(1000), 0.3)
    assert sealed is not None
    # The horizon is one bar: candle 697 is the outcome of bar 696. Then come the two that are out.
    assert sealed.ts[0] - tuning.ts[-1] == 3 * 60


def test_without_a_share_all_candles_are_to_tune_on() -> None:
    assert split_candles(SAMPLE, 0.0) == (SAMPLE, None)


@pytest.mark.parametrize(("share", "got"), [(0.01, "97 and 1"), (0.97, "1 and 97")])
def test_a_part_of_less_than_two_candles_is_refused(share: float, got: str) -> None:
    with pytest.raises(CandleError, match=f"at least 2 candles to tune on .* got {got} by holdout"):
        split_candles(sample_candles(100), share)


@given(st.integers(10, 400), st.floats(0.01, 0.9))
@settings(max_examples=40, deadline=None)
def test_parts_never_overlap_and_lose_two_candles(n: int, share: float) -> None:
    candles = sample_candles(n)
    try:
        tuning, sealed = split_candles(candles, share)
    except CandleError:
        assert round(share * n) < 2 or n - round(share * n) < 4
        return
    assert sealed is not None
    assert len(tuning) + 2 + len(sealed) == n
    assert len(sealed) == round(share * n)
    assert tuning.ts[-1] < sealed.ts[0]


# --- segments -------------------------------------------------------------------------------------


def test_four_segments_of_a_small_file_are_these() -> None:
    # 20 candles, 5 to warm up: bars 5 to 18 are scored, 14 of them: 4, 3, 4 and 3.
    candles = sample_candles(20)
    found = split_segments(candles, 4, 5)
    assert [(s.start, s.first, s.stop, s.bars) for s in found] == [
        (0, 5, 10, 4),
        (4, 9, 13, 3),
        (7, 12, 17, 4),
        (11, 16, 20, 3),
    ]
    assert [s.time for s in found] == [int(candles.ts[bar]) for bar in (5, 9, 12, 16)]


@given(st.integers(30, 300), st.integers(1, 9), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_segments_cover_every_bar_after_the_warm_up_once(n: int, k: int, warm_up: int) -> None:
    candles = sample_candles(n)
    found = split_segments(candles, k, warm_up)
    scored = [bar for s in found for bar in range(s.first, s.stop - 1)]
    assert scored == list(range(warm_up, n - 1))
    assert max(s.bars for s in found) - min(s.bars for s in found) <= 1
    assert all(s.first - s.start == warm_up for s in found)
    # A pruner that waits for a share of the bars is not kept waiting by rounding.
    assert found[0].bars >= (n - 1 - warm_up) / k


def test_segments_without_a_bar_are_refused() -> None:
    assert len(split_segments(sample_candles(14), 4, 9)) == 4
    message = r"at least 14 candles for 4 segments, got 13; pass more candles or fewer segments"
    with pytest.raises(CandleError, match=message):
        split_segments(sample_candles(13), 4, 9)


def test_a_segment_counts_the_bars_that_have_an_outcome() -> None:
    assert Segment(0, 5, 10, 0).bars == 4


# --- what a study makes of its candles ------------------------------------------------------------


def test_the_warm_up_of_a_segment_reaches_past_the_classifiers_first_training() -> None:
    assert segment_warm_up(Space()) == 500 + 250
    assert segment_warm_up(Space(fixed={"ml.min_samples": 2000})) == 2000 + 250
    # Windows of 400 volatilities of 400 returns need 400 + 99 bars; twice that is more than 250.
    assert segment_warm_up(Space(fixed={"feature.vol_window": 400})) == 500 + 2 * 499
    drawn = Space({"ml.min_samples": (100, 900, "int")})
    assert segment_warm_up(drawn) == 900 + 250
    assert DEFAULTS["ml.min_samples"] == 500


def test_a_study_sees_the_part_before_the_hold_out_alone() -> None:
    config = TunerConfig(holdout=0.25, segments=3)
    subject = tuning_data(SAMPLE, config)
    tuning, sealed = split_candles(SAMPLE, 0.25)
    assert sealed is not None
    assert subject.candles.digest == tuning.digest
    assert subject.holdout == {"share": 0.25, "purged": 2, **sealed.describe()}
    assert subject.segments == split_segments(tuning, 3, 750)
    plain = tuning_data(SAMPLE, TunerConfig())
    assert (plain.holdout, plain.segments, plain.warm_up) == ({}, (), 0)
    assert plain.candles is SAMPLE


@pytest.mark.parametrize(
    ("n", "settings", "said"),
    [
        (219, {}, r"at least 220 candles \(119 to warm up and min_predictions=100\), got 219;"),
        (
            273,
            {"holdout": 0.2},
            r"at least 220 candles beside the hold-out \(119 to warm up and min_predictions=100\), "
            "got 216;",
        ),
        (
            1150,
            {"segments": 4},
            r"at least 1151 candles \(750 to warm up and 4 segments of 100\), got 1150; .* or "
            "fewer segments",
        ),
        (
            1750,
            {"segments": 4, "min_predictions": 1000},
            r"at least 1751 candles \(750 to warm up and min_predictions=1000\), got 1750;",
        ),
    ],
)
def test_too_few_candles_are_refused_with_what_they_are_needed_for(
    n: int, settings: dict[str, float], said: str
) -> None:
    config = TunerConfig(**settings)  # type: ignore[arg-type]  # passed on
    with pytest.raises(CandleError, match=said):
        tuning_data(sample_candles(n), config)
    tuning_data(sample_candles(n + 10), config)


def test_a_part_of_candles_is_a_slice_and_keeps_name_and_path() -> None:
    part = SAMPLE.part(10, 14)
    assert isinstance(part, Candles)
    assert np.array_equal(part.volume, SAMPLE.volume[10:14])
    assert (part.name, part.path, len(part)) == (SAMPLE.name, SAMPLE.path, 4)
    with pytest.raises(CandleError, match="must hold at least 2 candles, got 1"):
        SAMPLE.part(7199, 7205)
