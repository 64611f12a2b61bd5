"""A study's candles are found in a file that begins before its first one."""

from __future__ import annotations

from pathlib import Path

from support.verdict_cases import market, tuned
from titan_mlopt.candles.candles import Candles, save_candles
from titan_mlopt.evaluation.rerun import find_candles
from titan_mlopt.study.storage.studies import read_study

WHOLE = market(1300)


def test_what_lies_before_the_first_candle_of_a_study_is_left_out(tmp_path: Path) -> None:
    window, file = WHOLE.part(100, 1300), tmp_path / "longer.csv"
    save_candles(WHOLE, file)
    with tuned(tmp_path, window, holdout=0.0, n_trials=1) as tuner:
        record = read_study(tuner.study)
    candles: Candles = find_candles(record, str(file))
    assert candles.digest == window.digest
