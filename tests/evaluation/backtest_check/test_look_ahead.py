"""Whether a prediction changes with candles after it, on records that are written by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from titan_mlopt.backtest.predictions import PREDICTIONS_FILE
from titan_mlopt.candles.candles import Candles
from titan_mlopt.evaluation.backtest_check.look_ahead import (
    bar_offset,
    candles_to_change,
    changed_from,
    look_ahead_text,
)
from titan_mlopt.evaluation.backtest_check.records import Records, read_records


def candles_of(close: np.ndarray) -> Candles:
    ts = 1_700_000_000 + 60 * np.arange(len(close))
    return Candles("made", ts, close, close + 1.0, close - 1.0, close, np.full(len(close), 7.0))


def wave(n: int = 60) -> Candles:
    """Return candles whose moves never are the same, seeded."""
    moves = np.random.default_rng(3).uniform(0.001, 0.01, n)
    signs = np.where(np.random.default_rng(4).random(n) < 0.5, -1.0, 1.0)
    return candles_of(100.0 * np.cumprod(1.0 + moves * signs))


def records_of(candles: Candles, direction: np.ndarray, *, first: int = 0) -> Records:
    """Return a record for each bar from ``first`` on, all with a confidence of .6."""
    returns = candles.returns[first:]
    sides = direction[first : first + len(returns)]
    columns = [sides, np.full(len(returns), 0.6), returns, np.sign(returns)]
    return Records(np.column_stack(columns))


def follows(candles: Candles) -> np.ndarray:
    """Return the direction of each bar by the last move, which is known."""
    return np.append([1.0], np.sign(candles.returns))


def peeks(candles: Candles) -> np.ndarray:
    """Return the direction of each bar by the next move, which is not."""
    return np.append(np.sign(candles.returns), [1.0])


def test_each_move_from_a_candle_on_gets_the_other_sign_and_none_before() -> None:
    candles = candles_of(np.array([100.0, 110.0, 110.0, 99.0]))
    changed = changed_from(candles, 2)
    # No move becomes +0.1 %, and -10 % becomes +10 %.
    assert changed.close == pytest.approx([100.0, 110.0, 110.11, 121.121])
    assert changed.high[:2].tolist() == [101.0, 111.0]
    assert changed.high[3] == pytest.approx(100.0 * 121.121 / 99.0)
    assert changed.volume.tolist() == [7.0, 7.0, 10.5, 10.5]
    assert (changed.low <= changed.close).all()
    assert (changed.high >= changed.close).all()


def test_the_last_candle_is_among_those_that_are_changed() -> None:
    candles = wave()
    for n_records in (1, 2, 30, 59):
        chosen = candles_to_change(candles, n_records)
        assert chosen[-1] == 59
        assert all(0 < index < 60 for index in chosen)


def test_the_offset_of_records_is_seen_from_their_outcomes() -> None:
    candles = wave()
    assert bar_offset(records_of(candles, follows(candles)), candles) == 0
    assert bar_offset(records_of(candles, follows(candles), first=7), candles) == 7
    sparse = Records(records_of(candles, follows(candles)).bars[::2])
    assert bar_offset(sparse, candles) is None


@pytest.mark.parametrize("index", [20, 40, 59])
def test_who_follows_the_last_move_does_not_look_ahead_and_who_takes_the_next_does(
    index: int,
) -> None:
    candles = wave()
    changed = changed_from(candles, index)
    for first in (0, 5):
        honest = (records_of(c, follows(c), first=first) for c in (candles, changed))
        assert look_ahead_text(*honest, candles, index) == ""
        cheat = (records_of(c, peeks(c), first=first) for c in (candles, changed))
        text = look_ahead_text(*cheat, candles, index)
        assert text.startswith("the prediction at 2023-11-14T")


def test_flat_bars_without_an_outcome_do_not_accuse_an_honest_backtest() -> None:
    """Bars that turn from FLAT to a prediction after the change are of later candles."""
    candles = wave()
    index = 30
    changed = changed_from(candles, index)
    runs = []
    for series in (candles, changed):
        bars = records_of(series, follows(series)).bars.copy()
        bars[bars[:, 0] < 0] = [0.0, 0.5, 0.0, 0.0]
        runs.append(Records(bars))
    assert look_ahead_text(runs[0], runs[1], candles, index) == ""
    sparse = [Records(run.bars[::3]) for run in runs]
    assert look_ahead_text(sparse[0], sparse[1], candles, index) == ""


def test_records_of_some_bars_show_a_glance_at_the_next_candle_by_their_return() -> None:
    candles = wave()
    rows = np.arange(0, 59, 2)
    index = 31  # the outcome of bar 30, which has a record
    runs = [
        Records(records_of(c, peeks(c)).bars[rows]) for c in (candles, changed_from(candles, index))
    ]
    text = look_ahead_text(runs[0], runs[1], candles, index)
    assert "line 16 of the records" in text


def test_lines_that_are_no_records_are_named_and_left_out(tmp_path: Path) -> None:
    assert read_records(tmp_path) is None
    lines = [
        '{"direction": "UP", "confidence": 0.6, "return": 0.01, "time": 5}',
        '{"direction": "UP", "confidence": NaN, "return": 0.01}',
        '{"direction": "DOWN", "confidence": 1.5, "return": -0.01, "time": 6}',
        "",
        '{"direction": "FLAT", "time": 5}',
    ]
    (tmp_path / PREDICTIONS_FILE).write_text("\n".join(lines))
    records = read_records(tmp_path)
    assert records is not None
    assert records.bars.tolist() == [
        [1.0, 0.6, 0.01, 1.0],
        [-1.0, 1.0, -0.01, -1.0],
        [0.0, 0.5, 0.0, 0.0],
    ]
    assert len(records.faults) == 3
    assert "line 2" in records.faults[0]
    assert records.faults[0].endswith("not finite")
    assert records.faults[1].endswith("confidence 1.5, not from 0 to 1")
    assert records.faults[2] == "line 5: time 5 does not come after 5"
