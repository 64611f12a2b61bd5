"""The three rule models: each turns a bar's indicators into a probability of UP."""

from __future__ import annotations

from titan_mlopt.backtest.engine.compiled import compiled

# Model numbers; the fourth is the classifier.
TREND_MODEL, OSCILLATOR, VOLUME_MODEL, CLASSIFIER = range(4)
N_MODELS = 4

# These scales spread the ensemble's certainty over [.5, .9], so that Titan's default thresholds
# (.566, .571 and the filter's .565 after compression) keep most bars but not all.
_TREND_REACH = 0.45
_OSCILLATOR_STEP, _OSCILLATOR_REACH, _OSCILLATOR_SCALE, _NEUTRAL = 0.08, 0.37, 8.0, 0.05
_VOLUME_STEP, _VOLUME_REACH, _WEAK = 0.08, 0.34, 0.12
_HIGH_VOLUME_Z, _LARGE_MOVE, _SMALL_MOVE = 1.0, 1.0, 0.5


@compiled
def squash(x: float) -> float:
    """Return x / (1 + |x|), in (-1, 1)."""
    return x / (1.0 + abs(x))


@compiled
def trend_model(trend: float) -> float:
    """Return p(UP) in (.05, .95): the trend continues in the direction of fast − slow mean."""
    return 0.5 + _TREND_REACH * squash(trend)


@compiled
def oscillator_model(rsi: float, oversold: float, overbought: float) -> float:
    """Return p(UP) in (.05, .95): reversal outside the RSI band, near .5 inside it."""
    if rsi < oversold:
        beyond = (oversold - rsi) / _OSCILLATOR_SCALE
        return 0.5 + _OSCILLATOR_STEP + _OSCILLATOR_REACH * squash(beyond)
    if rsi > overbought:
        beyond = (rsi - overbought) / _OSCILLATOR_SCALE
        return 0.5 - _OSCILLATOR_STEP - _OSCILLATOR_REACH * squash(beyond)
    return 0.5 + _NEUTRAL * (50.0 - rsi) / 50.0


@compiled
def volume_model(volume_z: float, move: float) -> float:
    """Return p(UP) in (.05, .95): on high volume a large move continues, a small one reverses."""
    if move == 0.0:
        return 0.5
    sign = 1.0 if move > 0.0 else -1.0
    if volume_z > _HIGH_VOLUME_Z:
        strength = _VOLUME_STEP + _VOLUME_REACH * squash(volume_z - _HIGH_VOLUME_Z)
        if abs(move) >= _LARGE_MOVE:
            return 0.5 + sign * strength
        if abs(move) <= _SMALL_MOVE:
            return 0.5 - sign * strength
    return 0.5 + _WEAK * squash(move)
