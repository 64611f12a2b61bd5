"""What a served version answers: the engine's own decisions, or one clear error."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.apply_cases import TITANS, bundle_of
from support.served_cases import CONFIG, assert_is_the_engines, frame_of, served_bundle
from titan_mlopt.backtest.engine.indicators import warm_up_bars
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.bundle import save_bundle
from titan_mlopt.core.errors import CandleError, TrackingError
from titan_mlopt.tracking.registry.serving import ServedConfig, example_candles, load_served

CANDLES = sample_candles(1500)
FRAME = frame_of(CANDLES)
SERVED = ServedConfig(CONFIG, 7)


@pytest.fixture(scope="module")
def answer() -> pd.DataFrame:
    return SERVED.predict(FRAME)


def test_the_answer_is_the_engines_bit_for_bit(answer: pd.DataFrame) -> None:
    assert_is_the_engines(answer, CANDLES, CONFIG)
    assert list(answer.columns) == ["p_up", "confidence", "direction", "traded"]
    assert answer.dtypes[["p_up", "confidence", "traded"]].tolist() == ["float64"] * 2 + ["bool"]


def test_bars_before_the_first_decision_are_flat_and_say_nothing(answer: pd.DataFrame) -> None:
    before = answer.iloc[: warm_up_bars(CONFIG)]
    assert len(before) == 119
    assert set(before["direction"]) == {"FLAT"}
    assert set(before["p_up"]) == set(before["confidence"]) == {0.5}
    assert not before["traded"].any()


def test_what_comes_later_changes_no_answer(answer: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(SERVED.predict(FRAME.head(900)), answer.head(900))


def test_rows_keep_their_labels_and_the_frame_stays_as_it_was(answer: pd.DataFrame) -> None:
    labelled = FRAME.set_index(pd.Index([f"bar {i}" for i in range(len(FRAME))]))
    kept = labelled.copy()
    named = SERVED.predict(labelled)
    assert named.index.equals(labelled.index)
    pd.testing.assert_frame_equal(named.reset_index(drop=True), answer)
    pd.testing.assert_frame_equal(labelled, kept)


@pytest.mark.parametrize("unit", ["datetime", "text", "milliseconds"])
def test_times_may_be_written_as_in_candle_files(answer: pd.DataFrame, unit: str) -> None:
    times = pd.to_datetime(FRAME["timestamp"], unit="s")
    written = {
        "datetime": times,
        "text": times.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "milliseconds": FRAME["timestamp"] * 1000,
    }
    pd.testing.assert_frame_equal(SERVED.predict(FRAME.assign(timestamp=written[unit])), answer)


def swapped() -> pd.DataFrame:
    return FRAME.iloc[[*range(700), 701, 700, *range(702, 900)]]


def with_cell(column: str, value: float) -> pd.DataFrame:
    frame = FRAME.copy()
    frame.loc[6, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.drop(columns="volume"), r"^candles: must have the columns .*, got no volume in "),
        (FRAME.iloc[::-1], r"^candles: row 2: timestamp must be after row 1's '\d+', got '\d+'"),
        (swapped(), r"^candles: row 702: timestamp must be after row 701's .*oldest first"),
        (FRAME.iloc[[*range(300), 299]], r"^candles: row 301: timestamp must be after row 300's"),
        (FRAME.head(120), r"^candles: must have at least 121 candles for these .*got 120"),
        (FRAME.head(0), r"^candles: must hold at least 2 candles, got 0"),
        (with_cell("close", np.nan), r"^candles: row 7: close must be a number > 0, got 'nan'"),
        (with_cell("low", 1e9), r"^candles: row 7: high must be >= low, got high="),
        (with_cell("timestamp", np.nan), r"^candles: row 7: timestamp must be an epoch"),
    ],
    ids=[
        *("column", "newest first", "swapped", "twice", "short", "empty", "nan", "low", "time"),
    ],
)
def test_candles_that_cannot_be_used_are_one_clear_error(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(CandleError, match=message) as caught:
        SERVED.predict(frame)
    assert "\n" not in str(caught.value)


def test_one_candle_more_than_too_few_is_enough() -> None:
    assert len(SERVED.predict(FRAME.head(121))) == 121


def test_the_example_reaches_the_first_decisions() -> None:
    assert len(example_candles(CONFIG)) == warm_up_bars(CONFIG) + 20
    assert len(SERVED.predict(example_candles(CONFIG))) == 139


# --- what may be served --------------------------------------------------------------------------


def test_a_folder_is_served_with_its_config_and_its_studys_seed(tmp_path: Path) -> None:
    save_bundle(served_bundle(), tmp_path)
    assert load_served(tmp_path) == ServedConfig(CONFIG, 7)
    save_bundle(served_bundle(seed=None), tmp_path)
    assert load_served(tmp_path).seed == 0


def test_a_config_of_another_backtest_is_refused(tmp_path: Path) -> None:
    save_bundle(bundle_of(TITANS), tmp_path)
    with pytest.raises(
        TrackingError,
        match=r"^manifest.json: backtest must be titan_mlopt\.backtest\.runner:run_backtest, the "
        r"predictor that is served, got 'titan\.core\.backtest:run_backtest'; a config tuned",
    ):
        load_served(tmp_path)


def test_a_config_of_another_engine_is_refused(tmp_path: Path) -> None:
    bundle = served_bundle()
    backtest = {**bundle.manifest["backtest"], "version": "0"}
    save_bundle(replace(bundle, manifest={**bundle.manifest, "backtest": backtest}), tmp_path)
    with pytest.raises(TrackingError, match=r"must be version 2, which this .*, got '0'; load it"):
        load_served(tmp_path)


def test_a_config_that_was_changed_is_refused(tmp_path: Path) -> None:
    save_bundle(served_bundle(), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "feature.fast_window": 5}))
    with pytest.raises(TrackingError, match="it was changed after it was registered"):
        load_served(tmp_path)
