"""Placebo candles keep all but the directions; p claims no more than K studies can."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.analysis.placebo import FEWEST_FOR_5_PERCENT, placebo_test
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.errors import CandleError
from titan_mlopt.evaluation.placebo.candles import placebo_candles


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def candles_of(rows: list[tuple[float, float, float, float]]) -> Candles:
    columns = np.array(rows).T
    ts = 1_600_000_000 + 60 * np.arange(len(rows))
    return Candles("made", ts, *columns, np.arange(len(rows), dtype=float))


def test_a_mirrored_candle_is_that_worked_by_hand() -> None:
    # After a close of 100: open 110, high 200, low 50, close 125 mirrors to 100²/110, 100²/50 =
    # 200, 100²/200 = 50, 100²/125 = 80. Or it stays.
    made = candles_of([(100, 120, 90, 100), (110, 200, 50, 125)])
    ends = set()
    for seed in range(12):
        placebo = placebo_candles(made, rng(seed))
        assert [column[0] for column in placebo.arrays[1:5]] == [100, 120, 90, 100]
        ends.add(tuple(round(float(column[1]), 6) for column in placebo.arrays[1:5]))
    assert ends == {(110, 200, 50, 125), (round(100 / 1.1, 6), 200, 50, 80)}


prices = st.floats(0.01, 1e6)


@st.composite
def any_candles(draw: st.DrawFn) -> Candles:
    rows = []
    for _ in range(draw(st.integers(2, 30))):
        open_, close = draw(prices), draw(prices)
        high, low = draw(st.floats(1, 3)), draw(st.floats(1, 3))
        rows.append((open_, max(open_, close) * high, min(open_, close) / low, close))
    return candles_of(rows)


@given(any_candles(), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_placebo_candles_are_candles_with_the_same_sizes(made: Candles, seed: int) -> None:
    placebo = placebo_candles(made, rng(seed))
    high, low, close = placebo.high, placebo.low, placebo.close
    assert np.all(low > 0)
    assert np.all((low <= placebo.open) & (low <= close))
    assert np.all((high >= placebo.open) & (high >= close))
    sizes = np.abs(np.diff(np.log(made.close)))
    gaps = np.abs(np.log(made.open[1:] / made.close[:-1]))
    np.testing.assert_allclose(np.abs(np.diff(np.log(close))), sizes, atol=1e-9)
    np.testing.assert_allclose(np.log(high / low), np.log(made.high / made.low), atol=1e-9)
    np.testing.assert_allclose(np.abs(np.log(placebo.open[1:] / close[:-1])), gaps, atol=1e-9)
    assert np.array_equal(placebo.ts, made.ts)
    assert np.array_equal(placebo.volume, made.volume)


def test_unchanged_closes_stay_unchanged_and_directions_are_coins() -> None:
    made = sample_candles(5000)
    closes = np.array(made.close)
    closes[100:110] = closes[99]
    flat = Candles("flat", made.ts, closes, closes, closes, closes, made.volume)
    placebo = placebo_candles(flat, rng(1))
    assert np.all(np.diff(placebo.close)[99:109] == 0)
    signs = np.sign(np.diff(placebo_candles(made, rng(2)).close))
    same = float((signs[1:] == signs[:-1]).mean())
    # Four standard errors, of the share of ups and of directions that repeat.
    assert float((signs > 0).mean()) == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(5000))
    assert same == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(5000))


def test_the_same_seed_gives_the_same_candles_and_they_can_be_saved(tmp_path: Path) -> None:
    made = sample_candles(500)
    first, again, other = (placebo_candles(made, rng(seed)) for seed in (3, 3, 4))
    assert first.digest == again.digest
    assert len({first.digest, other.digest, made.digest}) == 3
    assert first.name == "sample (placebo)"
    path = tmp_path / "placebo.npy"
    save_candles(first, path)
    assert load_candles(path).digest == first.digest


def test_prices_that_no_float_holds_are_refused() -> None:
    # Jumps by 1e300 and back; this seed sends two of them to the same side.
    made = candles_of([(1, 1, 1, 1), (1e300, 1e300, 1e300, 1e300)] * 3)
    with pytest.raises(CandleError, match="made: prices of placebo candles must stay within"):
        placebo_candles(made, rng(1))


# --- p-value -------------------------------------------------------------------------------------


def test_nineteen_placebo_studies_can_give_p_of_5_percent_and_nine_cannot() -> None:
    found = placebo_test(0.55, [0.54] * 19)
    assert (found.p_value, found.lowest, found.reached, found.studies) == (0.05, 0.05, 0, 19)
    assert FEWEST_FOR_5_PERCENT == 19
    assert placebo_test(0.55, [0.54] * 9).p_value == 0.1


def test_placebo_studies_that_reach_the_real_one_count_equals_too() -> None:
    assert placebo_test(0.55, [0.55, 0.56, 0.54]).p_value == 3 / 4


def test_without_predictability_p_is_small_as_rarely_as_it_says() -> None:
    best = rng(5).standard_normal((4000, 20))
    p = np.array([placebo_test(row[0], row[1:].tolist()).p_value for row in best])
    # Exactly 1/20 and 1/4, four standard errors.
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=4 * 0.0035)
    assert (p <= 0.25).mean() == pytest.approx(0.25, abs=4 * 0.0069)


@pytest.mark.parametrize(("observed", "placebo"), [(0.5, []), (math.nan, [0.5]), (0.5, [math.inf])])
def test_values_that_are_none_are_refused(observed: float, placebo: list[float]) -> None:
    with pytest.raises(ValueError, match="must have finite values of at least one study"):
        placebo_test(observed, placebo)
