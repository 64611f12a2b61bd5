"""The predictor: causal, repeatable to the bit, alive in every parameter, within its laws."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import titan_mlopt
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles import Candles, load_candles
from titan_mlopt.engine.classifier import TRAINING_BARS, Classifier
from titan_mlopt.engine.ensemble import (
    Decisions,
    State,
    decide_bars,
    new_decisions,
    new_state,
    settings_of,
)
from titan_mlopt.engine.indicators import (
    MOVE,
    N_FEATURES,
    N_INDICATORS,
    RSI,
    SIGMA,
    TREND,
    VOL_Z,
    VOL_Z_BARS,
    VOLUME_Z,
    Bars,
    fill_features,
    fill_indicators,
    new_carry,
    warm_up_bars,
    windows_of,
)
from titan_mlopt.engine.models import oscillator_model, squash, trend_model, volume_model
from titan_mlopt.engine.predictor import Predictor
from titan_mlopt.errors import CandleError
from titan_mlopt.params import DEFAULTS, TUNABLE_PARAMS, Params, ParamValue, merge_config
from titan_mlopt.sample import sample_candles

REAL = Path(__file__).parents[2] / "shared" / "data" / "BTCUSDT_1m_20250301.csv.gz"
SOURCES = ("sample", "real")
UNTRAINED = merge_config({"ml.enabled": False})
#: Trains at bar 169 and every 60 bars from there on.
OFTEN_TRAINED = merge_config({"ml.min_samples": 50, "ml.train_interval": 60, "ml.n_estimators": 50})

CandlesOf = Callable[[str], Candles]


@pytest.fixture(scope="module")
def sample() -> Candles:
    return sample_candles()


@pytest.fixture(scope="module")
def candles_of(sample: Candles) -> CandlesOf:
    """The embedded sample, or four days of real minutes; without the file the test is skipped."""
    loaded = {"sample": sample}

    def of(source: str) -> Candles:
        if source == "real" and "real" not in loaded:
            if not REAL.is_file():
                pytest.skip(f"no real candles: {REAL} is absent")
            loaded["real"] = load_candles(REAL, 5760)
        return loaded[source]

    return of


def decided(candles: Candles, config: Params, pieces: list[int] | None = None) -> Decisions:
    predictor = Predictor(candles, config)
    for until in pieces or []:
        predictor.run(until)
    predictor.run()
    return predictor.decisions


def bits(decisions: Decisions) -> bytes:
    return b"".join(column.tobytes() for column in decisions)


def bars_of(candles: Candles) -> Bars:
    return Bars(candles.open, candles.high, candles.low, candles.close, candles.volume)


def indicators_of(candles: Candles, config: Params = DEFAULTS) -> np.ndarray:
    """All bars in one block."""
    out = np.empty((N_INDICATORS, len(candles)))
    fill_indicators(bars_of(candles), 0, len(candles), windows_of(config), new_carry(), out)
    return out


def candles_with(close: np.ndarray, volume: np.ndarray, seed: int = 0) -> Candles:
    """Valid candles around the closes."""
    rng = np.random.default_rng(seed)
    open_ = np.concatenate([close[:1], close[:-1]])
    high = np.maximum(open_, close) * (1 + 1e-4 * rng.random(len(close)))
    low = np.minimum(open_, close) * (1 - 1e-4 * rng.random(len(close)))
    return Candles("made", 60 * np.arange(len(close)), open_, high, low, close, volume)


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
from titan_mlopt.engine.predictor import Predictor
from titan_mlopt.sample import sample_candles
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


# --- indicators --------------------------------------------------------------------------------


def naive_indicators(candles: Candles, config: Params) -> np.ndarray:
    """Each bar from its own window alone, with numpy's sums."""
    windows, n = windows_of(config), len(candles)
    close, volume, out = candles.close, candles.volume, np.zeros((N_INDICATORS, n))
    returns = np.concatenate([[0.0], close[1:] / close[:-1] - 1.0])
    steps = np.concatenate([[0.0], np.diff(close)])
    for t in range(windows.vol, n):
        sigma = returns[t - windows.vol + 1 : t + 1].std(ddof=1)
        out[SIGMA, t] = sigma if sigma > 1e-8 else 0.0
    for t in range(warm_up_bars(config), n):
        sigma = out[SIGMA, t]
        last = steps[t - windows.rsi + 1 : t + 1]
        gains, losses = last[last > 0].sum(), -last[last < 0].sum()
        out[RSI, t] = 100 * gains / (gains + losses) if gains + losses else 50.0
        out[VOL_Z, t] = z_score(out[SIGMA, t - VOL_Z_BARS + 1 : t + 1])
        out[VOLUME_Z, t] = z_score(volume[t - windows.volume + 1 : t + 1])
        if sigma:
            fast, slow = close[t - windows.fast + 1 : t + 1], close[t - windows.slow + 1 : t + 1]
            out[TREND, t] = (fast.mean() - slow.mean()) / (close[t] * sigma)
            out[MOVE, t] = returns[t] / sigma
    return out


def z_score(window: np.ndarray) -> float:
    sd = window.std(ddof=1)
    return float((window[-1] - window.mean()) / sd) if sd > 1e-6 * abs(window.mean()) else 0.0


def walk(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.round(60_000 * np.exp(np.cumsum(rng.normal(0, 5e-4, n))), 2)


def jumping(n: int) -> np.ndarray:
    close = walk(n, 2)
    for bar, factor in ((1100, 5.0), (1600, 0.1), (2050, 1.5), (2600, 10.0), (2601, 0.1)):
        close[bar:] *= factor
    return np.round(close, 2)


def resting(n: int) -> np.ndarray:
    close = jumping(n)
    for start, stop in ((1300, 1310), (1601, 1900), (2602, 3000)):
        close[start:stop] = close[start - 1]
    return close


LONG = 3400
SERIES: dict[str, Callable[[int], np.ndarray]] = {
    "walk": lambda n: walk(n, 1),
    "jumps": jumping,
    "jumps and rests": resting,
    "calm after a storm": lambda n: (
        100
        * np.exp(
            np.cumsum(np.random.default_rng(4).normal(0, np.where(np.arange(n) < 2060, 3e-2, 2e-6)))
        )
    ),
    "penny": lambda n: np.maximum(np.round(walk(n, 5) / 1e6, 4), 1e-4),
}


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(
    "config",
    [
        DEFAULTS,
        merge_config(
            {
                "feature.fast_window": 10,
                "feature.slow_window": 15,
                "feature.rsi_window": 20,
                "feature.vol_window": 7,
                "feature.volume_window": 50,
            }
        ),
        merge_config({"feature.vol_window": 300, "feature.volume_window": 2}),
    ],
    ids=["defaults", "other windows", "far windows"],
)
def test_sliding_sums_agree_with_sums_of_each_window(series: str, config: Params) -> None:
    # 3,400 bars cross the fresh sums at 1,024, 2,048 and 3,072.
    volume = np.random.default_rng(9).lognormal(0, 1, LONG).round(5)
    volume[500:540] = 0.0
    volume[2048:2060] *= 1e6
    candles = candles_with(SERIES[series](LONG), volume)
    found, expected = indicators_of(candles, config), naive_indicators(candles, config)
    ready = warm_up_bars(config)
    assert np.isfinite(found).all()
    for row in range(N_INDICATORS):
        np.testing.assert_allclose(
            found[row, ready:], expected[row, ready:], rtol=1e-9, atol=1e-9, err_msg=str(row)
        )


@pytest.mark.parametrize("series", SERIES)
def test_indicators_do_not_depend_on_where_the_blocks_are_cut(series: str) -> None:
    candles = candles_with(SERIES[series](LONG), np.random.default_rng(9).lognormal(0, 1, LONG))
    windows, carry, out = windows_of(DEFAULTS), new_carry(), np.empty((N_INDICATORS, LONG))
    cuts = np.unique(np.random.default_rng(1).integers(1, LONG, 600))
    for start, stop in zip([0, *cuts], [*cuts, LONG], strict=True):
        block = np.empty((N_INDICATORS, stop - start))
        fill_indicators(bars_of(candles), int(start), int(stop), windows, carry, block)
        out[:, start:stop] = block
    assert out.tobytes() == indicators_of(candles).tobytes()


def test_indicators_of_a_short_series_are_those_worked_by_hand() -> None:
    # 140 closes of 100, then 103, 102, 102, 104: RSI over 10 steps: gains 3 + 2, losses 1.
    close = np.array([100.0] * 140 + [103.0, 102.0, 102.0, 104.0])
    volume = np.array([1.0] * 143 + [3.0])
    config = merge_config({"feature.rsi_window": 10, "feature.volume_window": 4})
    last = indicators_of(candles_with(close, volume), config)[:, -1]
    assert last[RSI] == pytest.approx(100 * 5 / 6)
    # Volumes 1, 1, 1, 3: mean 1.5, sd sqrt((3 · .25 + 2.25) / 3) = 1.
    assert last[VOLUME_Z] == pytest.approx(1.5)
    # Fast mean (100 + 103 + 102 + 102 + 104) / 5 = 102.2; slow (16 · 100 + 411) / 20 = 100.55.
    assert last[TREND] * 104 * last[SIGMA] == pytest.approx(102.2 - 100.55)
    # Returns of the last 20 bars: .03, -1/103, 0, 2/102 and 16 zeros.
    moves = np.array([0.03, -1 / 103, 2 / 102])
    variance = ((moves**2).sum() - moves.sum() ** 2 / 20) / 19
    assert last[SIGMA] == pytest.approx(math.sqrt(variance))
    assert last[MOVE] == pytest.approx(2 / 102 / math.sqrt(variance))


def test_the_first_decision_comes_when_every_indicator_is_ready() -> None:
    # 20 returns need bar 20, 100 volatilities bar 119.
    assert warm_up_bars(DEFAULTS) == 119
    assert warm_up_bars(merge_config({"feature.vol_window": 5})) == 104
    assert warm_up_bars(merge_config({"feature.volume_window": 500})) == 499


def test_features_are_those_worked_by_hand() -> None:
    candles = Candles(
        "made",
        60 * np.arange(7),
        np.array([1.0, 1, 1, 1, 1, 1, 102]),
        np.array([1.0, 1, 1, 1, 1, 1, 106]),
        np.array([1.0, 1, 1, 1, 1, 1, 101]),
        np.array([99.0, 100, 100, 101, 101, 102, 105]),
        np.array([1.0, 1, 1, 1, 1, 1, 3]),
    )
    indicators, rows = np.zeros((N_INDICATORS, 1)), np.empty((1, N_FEATURES), np.float32)
    indicators[:, 0] = [1.5, -0.5, 2.0, 60.0, 0.7, 0.01]
    fill_features(bars_of(candles), 6, 7, indicators, rows)
    assert rows[0] == pytest.approx(
        [
            *(1.5, -0.5, 2.0, 60.0, 0.7),
            # The three returns before this bar's, in volatilities of .01.
            *(1 / 101 / 0.01, 0.0, 1 / 100 / 0.01),
            # Five bars back: 105 / 100 - 1 = .05, five volatilities, over sqrt(5).
            math.sqrt(5),
            # Body 105 - 102 and place 105 - 101 in a span of 5; volume 3 of 3 + 1.
            *(0.6, 0.8, 0.75),
        ],
        rel=1e-6,
    )


@pytest.mark.parametrize("volume", [0.0, 5.0])
def test_a_standing_market_gives_finite_numbers_and_no_prediction(volume: float) -> None:
    flat = np.full(3300, 7.25)
    candles = Candles("flat", 60 * np.arange(3300), *[flat] * 4, np.full(3300, volume))
    found = indicators_of(candles)[:, 119:]
    assert np.isfinite(found).all()
    assert (found[RSI] == 50.0).all()
    assert (np.delete(found, RSI, axis=0) == 0.0).all()
    decisions = decided(candles, merge_config({"ml.n_estimators": 50}))
    assert not decisions.direction.any()
    assert (decisions.p_up == 0.5).all()


def test_a_market_that_stops_and_starts_again_gives_finite_numbers() -> None:
    close, volume = resting(LONG), np.ones(LONG)
    volume[1601:1900] = 0.0
    candles = candles_with(close, volume)
    indicators = indicators_of(candles)
    rows = np.empty((LONG - 119, N_FEATURES), np.float32)
    ready = np.ascontiguousarray(indicators[:, 119:])
    fill_features(bars_of(candles), 119, LONG, ready, rows)
    assert np.isfinite(rows).all()
    decisions = decided(candles, OFTEN_TRAINED)
    assert np.isfinite(decisions.p_up).all()
    assert np.isfinite(decisions.confidence).all()


# --- the models and the ensemble, by hand ------------------------------------------------------


def test_squash_halves_at_one() -> None:
    assert [squash(x) for x in (-1.0, 0.0, 1.0, 3.0)] == [-0.5, 0.0, 0.5, 0.75]


def test_the_trend_model_follows() -> None:
    # .5 ± .45 · 1/2
    assert trend_model(1.0) == pytest.approx(0.725)
    assert trend_model(-1.0) == pytest.approx(0.275)


@pytest.mark.parametrize(
    ("rsi", "p_up"),
    [
        # 8 points beyond the band: .5 ± (.08 + .37 · 1/2).
        (19.0, 0.765),
        (75.0, 0.235),
        # On the band and inside: .5 + .05 · (50 - rsi) / 50.
        (27.0, 0.523),
        (40.0, 0.51),
        (50.0, 0.5),
        (67.0, 0.483),
    ],
)
def test_the_oscillator_turns_beyond_its_band(rsi: float, p_up: float) -> None:
    assert oscillator_model(rsi, 27.0, 67.0) == pytest.approx(p_up)


@pytest.mark.parametrize(
    ("volume_z", "move", "p_up"),
    [
        # One above the high volume of 1: strength .08 + .34 · 1/2; large moves go on, small turn.
        (2.0, 1.5, 0.75),
        (2.0, -1.0, 0.25),
        (2.0, 0.4, 0.25),
        (2.0, -0.5, 0.75),
        # In between, or on low volume: .12 · squash(move).
        (2.0, 0.75, 0.5 + 0.12 * 0.75 / 1.75),
        (0.0, 1.0, 0.56),
        (1.0, -1.0, 0.44),
        (5.0, 0.0, 0.5),
    ],
)
def test_the_volume_model_tells_continuation_from_absorption(
    volume_z: float, move: float, p_up: float
) -> None:
    assert volume_model(volume_z, move) == pytest.approx(p_up)


def two_bars(
    step: float, state: State | None = None, classifier: float = 0.7, **params: ParamValue
) -> tuple[Decisions, State]:
    """Bars 1 and 2 of three: a trend of 1 (p .725), the classifier, and two silent models."""
    state, out = state or new_state(), new_decisions(3)
    indicators = np.zeros((N_INDICATORS, 2))
    indicators[TREND], indicators[RSI] = 1.0, 50.0
    config = merge_config({name.replace("__", "."): value for name, value in params.items()})
    close = np.array([100.0, 100.0, 100.0 + step])
    p_up = np.full(2, classifier)
    decide_bars(close, 1, 3, 1, -1, indicators, p_up, settings_of(config), state, out)
    return out, state


def test_the_ensemble_weighs_the_voters_p_and_compresses_its_certainty() -> None:
    out, _ = two_bars(0.0)
    # (.725 + .7) / 2; .5 + .2125 · 2 · (.667 - .5) = .570975, above the filter's .565.
    assert out.p_up[1] == pytest.approx(0.7125)
    assert out.direction[1] == 1
    assert out.confidence[1] == pytest.approx(0.570975)
    assert out.traded[1]


def test_a_disagreement_is_flat() -> None:
    # UP .725 against DOWN .4: mean .5625 is below the ensemble's .571.
    out, _ = two_bars(0.0, classifier=0.4)
    assert (out.p_up[1], out.direction[1]) == (pytest.approx(0.5625), 0)
    assert (out.confidence[1], out.traded[1]) == (0.5, False)
    # UP .725 against DOWN .1: mean .4125 is certain enough, but the votes are even.
    out, _ = two_bars(0.0, classifier=0.1)
    assert (out.p_up[1], out.direction[1]) == (pytest.approx(0.4125), 0)


def test_a_model_below_the_flat_threshold_has_no_vote() -> None:
    # .44 is certain to .56 only: the trend's .725 stands alone. At .55 it votes again.
    assert two_bars(0.0, classifier=0.44)[0].p_up[1] == 0.725
    out, _ = two_bars(0.0, classifier=0.44, model__flat_threshold=0.55)
    assert out.p_up[1] == pytest.approx((0.725 + 0.44) / 2)


@pytest.mark.parametrize(
    ("step", "trend"),
    [
        # Right: e^.049 = 1.050220 over 2 · 1.050220 + 2; wrong: its inverse .952181.
        (1.0, 1.050220 / 4.100440),
        (-1.0, 0.952181 / 3.904362),
        # No outcome to learn from.
        (0.0, 0.25),
    ],
)
def test_the_weights_of_the_voters_follow_the_outcome(step: float, trend: float) -> None:
    _, state = two_bars(step)
    assert state.weights == pytest.approx([trend, 0.5 - trend, 0.5 - trend, trend], abs=1e-6)


def test_weights_are_clipped_and_made_to_sum_to_one() -> None:
    state = new_state()
    state.weights[:] = [0.9, 0.04, 0.03, 0.03]
    two_bars(1.0, state, online__max_weight=0.4, online__min_weight=0.05)
    # All are outside their bounds: (.4, .05, .05, .05), over their sum .55.
    assert state.weights == pytest.approx([0.4 / 0.55] + [0.05 / 0.55] * 3)


@pytest.mark.parametrize(
    ("outcomes", "hits", "confidence"),
    [
        # Below 20 outcomes a cell says nothing.
        (19, 19, 0.570975),
        # 20 hits of 20 with ten prior outcomes: 25 / 30, far above .551: the whole .033.
        (20, 20, 0.603975),
        # 12 of 20: 17 / 30 = .566667, .015667 above: .033 · .015667 / .05.
        (20, 12, 0.570975 + 0.033 * 0.313333),
        # 10 of 20: .5 lies between the thresholds.
        (20, 10, 0.570975),
        # None of 20: 5 / 30, far below .413: the whole .045.
        (20, 0, 0.525975),
        # 7 of 20: .4, .013 below: .045 · .013 / .05.
        (20, 7, 0.570975 - 0.045 * 0.26),
    ],
)
def test_experience_lifts_and_lowers_the_confidence(
    outcomes: int, hits: int, confidence: float
) -> None:
    state = new_state()
    state.cells[:] = [outcomes, hits]
    out, _ = two_bars(0.0, state)
    assert out.confidence[1] == pytest.approx(confidence, abs=1e-6)
    assert out.traded[1] == (confidence >= 0.565)


@pytest.mark.parametrize(
    ("outcomes", "hits", "confidence"),
    [
        (29, 0, 0.570975),
        # .3 · .570975 + .7 · .5
        (30, 15, 0.5212925),
        (30, 24, 0.3 * 0.570975 + 0.7 * 0.8),
        # .171 in all: never below .5.
        (30, 0, 0.5),
    ],
)
def test_the_calibrator_blends_with_the_hit_rate_of_the_bin(
    outcomes: int, hits: int, confidence: float
) -> None:
    state = new_state()
    state.bins[:] = [outcomes, hits]
    out, _ = two_bars(0.0, state)
    assert out.confidence[1] == pytest.approx(confidence, abs=1e-9)
    # The filter looks at the confidence before calibration.
    assert out.traded[1]
    state.bins[:] = [outcomes, hits]
    off, _ = two_bars(0.0, state, calibration__enabled=False)
    assert off.confidence[1] == pytest.approx(0.570975)


@pytest.mark.parametrize(("step", "hit"), [(1.0, 1.0), (-1.0, 0.0), (0.0, 0.0)])
def test_an_outcome_is_remembered_once_known_and_an_unchanged_close_is_a_miss(
    step: float, hit: float
) -> None:
    _, state = two_bars(step)
    # Bar 1's prediction is settled at bar 2; bar 2's own is still open. The signal .570975 is in
    # the bin [.56, .58).
    assert state.bins.sum(axis=0).tolist() == [1.0, hit]
    assert state.bins[3].tolist() == [1.0, hit]
    assert state.cells.sum(axis=0).tolist() == [1.0, hit]


def test_calibration_decay_forgets() -> None:
    state = new_state()
    state.bins[3] = [10.0, 4.0]
    two_bars(1.0, state, calibration__decay=0.5)
    assert state.bins[3].tolist() == [6.0, 3.0]


# --- every parameter is alive ------------------------------------------------------------------


class Assembly:
    """The predictor put together anew: whole series at once, classifier answers kept.

    Parameters of the ensemble can then be tried without training again.
    """

    def __init__(self, candles: Candles) -> None:
        self._candles = candles
        self._kept: dict[tuple[ParamValue, ...], tuple[np.ndarray, np.ndarray]] = {}

    def stats(self, config: Params) -> BacktestStats:
        out, candles, warm = self.decisions(config), self._candles, warm_up_bars(config)
        scored = slice(warm, len(candles) - 1)
        returns = candles.close[warm + 1 :] / candles.close[scored] - 1.0
        return BacktestStats(
            out.direction[scored], out.confidence[scored], out.traded[scored], returns
        )

    def decisions(self, config: Params) -> Decisions:
        key = tuple(v for name, v in config.items() if name.startswith(("feature.", "ml.")))
        if key not in self._kept:
            self._kept[key] = self._learned(config)
        indicators, p_up = self._kept[key]
        n, warm, out = len(self._candles), warm_up_bars(config), new_decisions(len(self._candles))
        decide_bars(
            *(self._candles.close, warm, n, warm, -1, indicators, p_up),
            *(settings_of(config), new_state(), out),
        )
        return out

    def _learned(self, config: Params) -> tuple[np.ndarray, np.ndarray]:
        candles, n, warm = self._candles, len(self._candles), warm_up_bars(config)
        indicators = np.ascontiguousarray(indicators_of(candles, config)[:, warm:])
        rows = np.empty((n - warm, N_FEATURES), np.float32)
        fill_features(bars_of(candles), warm, n, indicators, rows)
        p_up, classifier = np.full(n - warm, np.nan), Classifier(config, 0)
        step = np.diff(candles.close)[warm:]  # of the row's next bar
        interval = int(config["ml.train_interval"])
        for now in range(int(config["ml.min_samples"]), n - warm, interval):
            known = np.arange(max(0, now - TRAINING_BARS), now)
            known = known[step[known] != 0.0]
            classifier.fit(rows[known], step[known] > 0.0)
            p_up[now : now + interval] = classifier.predict(rows[now : now + interval])
        classifier.close()
        return indicators, p_up


@pytest.fixture(scope="module")
def assembly_of(candles_of: CandlesOf) -> Callable[[str], Assembly]:
    kept: dict[str, Assembly] = {}

    def of(source: str) -> Assembly:
        if source not in kept:
            kept[source] = Assembly(candles_of(source))
        return kept[source]

    return of


@pytest.mark.parametrize("source", SOURCES)
def test_the_predictor_is_the_sum_of_its_stages(
    candles_of: CandlesOf, assembly_of: Callable[[str], Assembly], source: str
) -> None:
    # 5,760 bars: a block of 4,096 is crossed, and the last training forgets the oldest bars.
    config = merge_config({})
    assert bits(decided(candles_of(source), config)) == bits(assembly_of(source).decisions(config))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", TUNABLE_PARAMS)
def test_each_parameter_is_alive(
    assembly_of: Callable[[str], Assembly], name: str, source: str
) -> None:
    low, high, _ = TUNABLE_PARAMS[name]
    one, other = (assembly_of(source).stats(merge_config({name: end})) for end in (low, high))
    decisions = (one.direction != other.direction) | (one.traded != other.traded)
    confidences = one.confidence != other.confidence
    assert max(decisions.sum(), confidences.sum()) >= 20
    points = one.checkpoint(), other.checkpoint()
    moved = [f for f in ("accuracy", "ece", "sharpe") if len({getattr(p, f) for p in points}) > 1]
    assert moved


# --- laws --------------------------------------------------------------------------------------


def test_defaults_predict_on_most_real_bars_and_trade_some(candles_of: CandlesOf) -> None:
    metrics = backtest_stats(candles_of("real"), merge_config({})).metrics()
    assert metrics["coverage"] > 0.5  # type: ignore[operator]
    assert 0.1 < metrics["n_traded"] / metrics["n_predictions"] < 0.9  # type: ignore[operator]


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
