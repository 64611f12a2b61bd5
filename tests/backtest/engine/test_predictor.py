"""The predictor: it knows the past only, gives the same bits again and keeps its laws."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import titan_mlopt
from support.engine_cases import OFTEN_TRAINED, UNTRAINED, bits, candles_with, decided
from titan_mlopt.backtest.engine.ensemble import Decisions
from titan_mlopt.backtest.engine.predictor import Predictor
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.errors import CandleError
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, merge_config


@pytest.fixture(scope="module")
def sample() -> Candles:
    return sample_candles()


# --- the past only -----------------------------------------------------------------------------

PAST_BARS = 560


@pytest.fixture(scope="module")
def short() -> Candles:
    return sample_candles(PAST_BARS, seed=3)


@pytest.fixture(scope="module")
def as_it_was(short: Candles) -> dict[bool, Decisions]:
    return {True: decided(short, OFTEN_TRAINED), False: decided(short, UNTRAINED)}


def with_another_future(candles: Candles, t: int, seed: int, jump: float, volume: float) -> Candles:
    """Change every candle after bar ``t``: a jump, another walk, other spans, other volumes."""
    rng, after = np.random.default_rng(seed), len(candles) - t - 1
    close, volumes = candles.close.copy(), candles.volume.copy()
    close[t + 1 :] = close[t] * jump * np.exp(np.cumsum(rng.normal(0, 2e-3, after)))
    volumes[t + 1 :] = volume * rng.random(after)
    made = candles_with(close, volumes, seed)
    columns = [
        np.concatenate([was[: t + 1], new[t + 1 :]])
        for was, new in zip(candles.arrays, made.arrays, strict=True)
    ]
    return Candles("other", *columns)


@pytest.mark.parametrize("learning", [True, False], ids=["classifier on", "classifier off"])
@settings(max_examples=25, deadline=None)
@given(
    t=st.integers(119, PAST_BARS - 2),
    seed=st.integers(0, 2**31),
    jump=st.sampled_from([1e-3, 0.5, 0.999, 1.0, 1.001, 3.0, 1e3]),
    volume=st.sampled_from([0.0, 1.0, 1e9]),
)
def test_no_decision_knows_a_later_candle(
    short: Candles,
    as_it_was: dict[bool, Decisions],
    learning: bool,
    t: int,
    seed: int,
    jump: float,
    volume: float,
) -> None:
    config = OFTEN_TRAINED if learning else UNTRAINED
    now = decided(with_another_future(short, t, seed, jump, volume), config)
    assert bits(now.head(t + 1)) == bits(as_it_was[learning].head(t + 1))


@pytest.mark.parametrize("learning", [True, False], ids=["classifier on", "classifier off"])
@pytest.mark.parametrize("n", [121, 168, 169, 170, 171, 229, 230, 231, 400, PAST_BARS - 1])
def test_fewer_candles_give_the_same_decisions_as_far_as_they_go(
    short: Candles, as_it_was: dict[bool, Decisions], n: int, learning: bool
) -> None:
    config = OFTEN_TRAINED if learning else UNTRAINED
    assert bits(decided(short.head(n), config)) == bits(as_it_was[learning].head(n))


def test_the_future_would_be_seen_if_it_were_used(
    short: Candles, as_it_was: dict[bool, Decisions]
) -> None:
    # The two tests above could not fail if decisions never moved: the bar after does move.
    other = decided(with_another_future(short, 300, 1, 1.001, 1.0), OFTEN_TRAINED)
    assert (other.p_up[301:320] != as_it_was[True].p_up[301:320]).all()


# --- the same bits -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def medium(sample: Candles) -> Candles:
    return sample.head(1500)


MEDIUM = merge_config({"ml.min_samples": 100, "ml.train_interval": 300, "ml.n_estimators": 50})


@pytest.fixture(scope="module")
def medium_decisions(medium: Candles) -> Decisions:
    return decided(medium, MEDIUM)


@pytest.mark.parametrize(
    "pieces",
    [
        list(range(1, 1400)),
        [0, 0, 1, 1, 2, 700, 3, 700, 10**9],
        list(range(7, 1400, 7)),
        sorted(np.random.default_rng(1).integers(0, 1400, 40).tolist()),
    ],
    ids=["one by one", "with standstills", "sevens", "at random"],
)
def test_pieces_of_any_size_give_the_bits_of_one_run(
    medium: Candles, medium_decisions: Decisions, pieces: list[int]
) -> None:
    assert bits(decided(medium, MEDIUM, pieces)) == bits(medium_decisions)


@settings(max_examples=40, deadline=None)
@given(pieces=st.lists(st.integers(0, 5000), max_size=12))
def test_pieces_across_the_blocks_of_4096_bars_give_the_bits_of_one_run(
    sample: Candles, pieces: list[int]
) -> None:
    assert bits(decided(sample, UNTRAINED, pieces)) == bits(decided(sample, UNTRAINED))


def test_run_stops_with_the_prediction_that_was_asked_for(sample: Candles) -> None:
    predictor = Predictor(sample, UNTRAINED)
    for until in (1, 2, 350, 4000):
        predictor.run(until)
        assert predictor.n_predictions == until == np.count_nonzero(predictor.decisions.direction)
        assert predictor.decisions.direction[predictor.bar - 1] != 0
        assert not predictor.finished
    predictor.run()
    assert predictor.finished
    assert predictor.bar == len(sample)
    assert predictor.n_predictions == np.count_nonzero(predictor.decisions.direction)


def test_two_runs_give_the_same_bits(medium: Candles, medium_decisions: Decisions) -> None:
    assert bits(decided(medium, MEDIUM)) == bits(medium_decisions)


def test_another_process_gives_the_same_bits_and_imports_nothing_heavy(
    medium_decisions: Decisions,
) -> None:
    program = f"""
import hashlib, sys
from titan_mlopt.backtest.engine.predictor import Predictor
from titan_mlopt.candles.sample import sample_candles
predictor = Predictor(sample_candles().head(1500), {MEDIUM!r})
predictor.run()
print(hashlib.sha256(b"".join(c.tobytes() for c in predictor.decisions)).hexdigest())
heavy = {{"lightgbm", "sklearn", "optuna", "mlflow", "plotly", "matplotlib"}}
print(sorted(heavy & set(sys.modules)))
"""
    root = Path(titan_mlopt.__file__).parents[1]
    found = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": "77"},
    )
    digest = hashlib.sha256(bits(medium_decisions)).hexdigest()
    assert found.stdout.splitlines() == [digest, "[]"]
    assert found.stderr == ""


# --- laws --------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [UNTRAINED, MEDIUM], ids=["classifier off", "classifier on"])
def test_decisions_keep_their_ranges(medium: Candles, config: Params) -> None:
    direction, p_up, confidence, traded = decided(medium, config)
    assert set(np.unique(direction)) == {-1, 0, 1}
    assert ((p_up > 0.0) & (p_up < 1.0)).all()
    assert ((confidence >= 0.5) & (confidence <= 1.0)).all()
    assert (confidence[direction == 0] == 0.5).all()
    assert not traded[direction == 0].any()
    assert (p_up[direction > 0] >= 0.571).all()
    assert (p_up[direction < 0] <= 1 - 0.571).all()
    assert not direction[:119].any()


RANDOM_PARAMS = st.fixed_dictionaries(
    {
        name: st.integers(int(low), int(high)) if kind == "int" else st.floats(low, high)
        for name, (low, high, kind) in TUNABLE_PARAMS.items()
        if not name.startswith("ml.")
    }
)


@settings(max_examples=40, deadline=None)
@given(params=RANDOM_PARAMS)
def test_whatever_the_params_weights_sum_to_one_and_keep_their_bounds(
    medium: Candles, params: dict[str, Any]
) -> None:
    config = merge_config({**params, "ml.enabled": False})
    predictor = Predictor(medium, config)
    low, high = params["online.min_weight"], params["online.max_weight"]
    for until in (50, 200, 500, 900, None):
        predictor.run(until)
        weights = predictor.weights
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
        # The bounds hold before the last division; one weight at one end and three at the other
        # move them to low / (low + 3 high) and high / (high + 3 low).
        assert weights.min() >= low / (low + 3 * high) - 1e-12
        assert weights.max() <= high / (high + 3 * low) + 1e-12
    confidence = predictor.decisions.confidence
    assert confidence.min() >= 0.5
    assert confidence.max() <= 1.0


def test_the_weights_that_are_given_away_are_a_copy(medium: Candles) -> None:
    predictor = Predictor(medium, UNTRAINED)
    predictor.weights[:] = 0.0
    assert predictor.weights.tolist() == [0.25] * 4


def test_without_calibration_no_confidence_is_above_the_ceiling_and_its_boost(
    sample: Candles,
) -> None:
    ceiling: Params = {"confidence_compressor.max_confidence": 0.6, "pattern.max_boost": 0.02}
    config = merge_config({**ceiling, "ml.enabled": False, "calibration.enabled": False})
    confidence = decided(sample, config).confidence
    assert 0.55 < confidence.max() <= 0.6 + 0.02


def test_a_higher_filter_only_takes_trades_away(sample: Candles) -> None:
    low, high = (
        decided(sample, merge_config({"ml.enabled": False, "confidence_filter.threshold": end}))
        for end in (0.52, 0.60)
    )
    assert low.direction.tobytes() == high.direction.tobytes()
    assert low.confidence.tobytes() == high.confidence.tobytes()
    assert (low.traded | ~high.traded).all()
    assert high.traded.sum() < low.traded.sum()


@pytest.mark.parametrize("name", ["ensemble.flat_threshold", "ensemble.min_margin"])
def test_a_stricter_ensemble_only_takes_predictions_away(sample: Candles, name: str) -> None:
    low, high, _ = TUNABLE_PARAMS[name]
    loose, strict = (
        decided(sample, merge_config({"ml.enabled": False, name: end})) for end in (low, high)
    )
    kept = strict.direction != 0
    assert (loose.direction[kept] == strict.direction[kept]).all()
    assert kept.sum() < np.count_nonzero(loose.direction)


def test_too_few_candles_are_refused_with_the_number_needed(sample: Candles) -> None:
    message = r"^sample: must have at least 121 candles for these indicators, got 120; pass more"
    with pytest.raises(CandleError, match=message):
        Predictor(sample.head(120), UNTRAINED)
    with pytest.raises(CandleError, match="must have at least 1101 candles"):
        Predictor(sample.head(1000), merge_config({"feature.vol_window": 1000}))
    assert decided(sample.head(121), UNTRAINED).direction.shape == (121,)


def test_head_takes_the_first_bars(sample: Candles) -> None:
    whole = decided(sample, UNTRAINED)
    assert [len(column) for column in whole.head(200)] == [200] * 4
    assert whole.head(200).p_up.tobytes() == whole.p_up[:200].tobytes()
