"""The models and the ensemble that weighs them: each rule gives what is worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from titan_mlopt.backtest.engine.ensemble import (
    Decisions,
    State,
    decide_bars,
    new_decisions,
    new_state,
    settings_of,
)
from titan_mlopt.backtest.engine.indicators import N_INDICATORS, RSI, TREND
from titan_mlopt.backtest.engine.models import oscillator_model, squash, trend_model, volume_model
from titan_mlopt.core.parameters import ParamValue, merge_config


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


@pytest.mark.parametrize(("step", "n", "hit"), [(1.0, 1.0, 1.0), (-1.0, 1.0, 0.0), (0.0, 0.0, 0.0)])
def test_an_outcome_is_remembered_once_known_and_an_unchanged_close_is_left_out(
    step: float, n: float, hit: float
) -> None:
    _, state = two_bars(step)
    # Bar 1's prediction is settled at bar 2; bar 2's own is still open. The signal .570975 is in
    # the bin [.56, .58).
    assert state.bins.sum(axis=0).tolist() == [n, hit]
    assert state.bins[3].tolist() == [n, hit]
    assert state.cells.sum(axis=0).tolist() == [n, hit]


def test_calibration_decay_forgets() -> None:
    state = new_state()
    state.bins[3] = [10.0, 4.0]
    two_bars(1.0, state, calibration__decay=0.5)
    assert state.bins[3].tolist() == [6.0, 3.0]
