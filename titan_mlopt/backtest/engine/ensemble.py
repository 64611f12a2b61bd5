"""The ensemble: votes into decision, confidence and position per bar, with online learning."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from titan_mlopt.backtest.engine.compiled import compiled
from titan_mlopt.backtest.engine.indicators import MOVE, RSI, TREND, VOL_Z, VOLUME_Z
from titan_mlopt.backtest.engine.models import (
    CLASSIFIER,
    N_MODELS,
    OSCILLATOR,
    TREND_MODEL,
    VOLUME_MODEL,
    oscillator_model,
    trend_model,
    volume_model,
)
from titan_mlopt.core.parameters import Params

#: Confidence bins of the online calibrator, equal in width on [.5, 1].
N_CALIBRATION_BINS = 25
_N_CELLS = 81
# A cell of the experience table is used from 20 outcomes on, with 10 prior outcomes at .5.
_CELL_MIN, _CELL_PRIOR = 20.0, 10.0
# A hit rate this far beyond its threshold gets the full boost or penalty.
_FULL = 0.05
_REGIME = 0.5


class Settings(NamedTuple):
    """The parameters of the candle loop, ordered by stage."""

    flat_threshold: float
    oversold: float
    overbought: float
    grow: float
    min_weight: float
    max_weight: float
    ensemble_flat: float
    min_margin: float
    max_confidence: float
    boost_threshold: float
    max_boost: float
    penalty_threshold: float
    max_penalty: float
    filter_threshold: float
    calibrate: bool
    calibration_min: float
    calibration_blend: float
    calibration_decay: float


class State(NamedTuple):
    """The learned state of the loop; the arrays change in place.

    Attributes:
        weights: Weight of each model, (4,), summing to 1.
        votes: p(UP) of each model at the last bar, (4,), NaN for an abstention.
        pending: Direction (0 for FLAT), cell and calibration bin of the last bar, int64 (3,).
        cells: Outcomes and hits of each cell of the experience table, (81, 2).
        bins: Outcomes and hits of each confidence bin of the calibrator, (25, 2).
    """

    weights: np.ndarray
    votes: np.ndarray
    pending: np.ndarray
    cells: np.ndarray
    bins: np.ndarray


class Decisions(NamedTuple):
    """The decisions, one entry per bar.

    Attributes:
        direction: int8 (n,): +1 UP, -1 DOWN, 0 FLAT (no prediction).
        p_up: float64 (n,) in (0, 1), .5 where all models abstain; (0,) if it is not kept.
        confidence: float64 (n,) in [.5, 1], .5 when FLAT.
        traded: bool (n,).
    """

    direction: np.ndarray
    p_up: np.ndarray
    confidence: np.ndarray
    traded: np.ndarray

    def head(self, n: int) -> Decisions:
        """Return the first ``n`` bars."""
        return Decisions(*(column[:n] for column in self))


def settings_of(config: Params) -> Settings:
    """Return the loop's settings from a full config."""
    return Settings(
        flat_threshold=float(config["model.flat_threshold"]),
        oversold=float(config["model.rsi_oversold"]),
        overbought=float(config["model.rsi_overbought"]),
        grow=math.exp(float(config["online.learning_rate"])),
        min_weight=float(config["online.min_weight"]),
        max_weight=float(config["online.max_weight"]),
        ensemble_flat=float(config["ensemble.flat_threshold"]),
        min_margin=float(config["ensemble.min_margin"]),
        max_confidence=float(config["confidence_compressor.max_confidence"]),
        boost_threshold=float(config["pattern.boost_threshold"]),
        max_boost=float(config["pattern.max_boost"]),
        penalty_threshold=float(config["pattern.penalty_threshold"]),
        max_penalty=float(config["pattern.max_penalty"]),
        filter_threshold=float(config["confidence_filter.threshold"]),
        calibrate=bool(config["calibration.enabled"]),
        calibration_min=float(config["calibration.min_samples"]),
        calibration_blend=float(config["calibration.blend"]),
        calibration_decay=float(config["calibration.decay"]),
    )


def new_state() -> State:
    """Return the state before the first bar: equal weights, no experience."""
    return State(
        weights=np.full(N_MODELS, 1.0 / N_MODELS),
        votes=np.full(N_MODELS, np.nan),
        pending=np.zeros(3, np.int64),
        cells=np.zeros((_N_CELLS, 2)),
        bins=np.zeros((N_CALIBRATION_BINS, 2)),
    )


def new_decisions(n: int, *, keep_p_up: bool = True) -> Decisions:
    """Return decisions of ``n`` FLAT bars; keep_p_up: whether ``p_up`` gets entries."""
    p_up = np.full(n if keep_p_up else 0, 0.5)
    return Decisions(np.zeros(n, np.int8), p_up, np.full(n, 0.5), np.zeros(n, np.bool_))


@compiled
def decide_bars(
    close: np.ndarray,
    start: int,
    stop: int,
    offset: int,
    quota: int,
    indicators: np.ndarray,
    classifier: np.ndarray,
    settings: Settings,
    state: State,
    out: Decisions,
) -> tuple[int, int]:
    """Decide the bars start ≤ t < stop, at most up to the one with the ``quota``-th prediction.

    At each bar the state first learns from the outcome of the bar before, then decides.

    Args:
        close: Closing prices of all candles, (n,).
        start: First bar to decide, >= 1.
        stop: One past the last bar.
        offset: Bar of the first column of ``indicators`` and ``classifier``.
        quota: Predictions after which to return, those before an unchanged close not counted;
            negative for no limit.
        indicators: Block filled by ``fill_indicators``, (6, block).
        classifier: The classifier's p(UP), (block,), NaN while untrained.
        settings: The parameters.
        state: Updated in place.
        out: Decisions of all candles, updated in place.

    Returns:
        The next bar to decide, and the number of predictions that count toward the quota.
    """
    n_made = 0
    for t in range(start, stop):
        j = t - offset
        step = close[t] - close[t - 1]
        _learn_weights(step, settings, state)
        _learn_experience(step, settings, state)
        _vote(indicators, j, classifier[j], settings, state.votes)
        p_up, direction = _combine(settings, state)
        if t < len(out.p_up):
            out.p_up[t] = p_up
        state.pending[0] = direction
        if direction == 0:
            continue
        cell = _cell_of(indicators, j, settings)
        signal = _signal(max(p_up, 1.0 - p_up), state.cells, cell, settings)
        bin_index = min(int((signal - 0.5) * 2.0 * N_CALIBRATION_BINS), N_CALIBRATION_BINS - 1)
        state.pending[1], state.pending[2] = cell, bin_index
        out.direction[t] = direction
        out.confidence[t] = _calibrated(signal, state.bins, bin_index, settings)
        # The filter uses the compressed confidence: the calibrated one is pulled to hit rates,
        # which on one-minute candles seldom reach the filter's range.
        out.traded[t] = signal >= settings.filter_threshold
        # Which ones count is known a candle later; no decision depends on it.
        if t + 1 < len(close) and close[t + 1] == close[t]:
            continue
        n_made += 1
        if n_made == quota:
            return t + 1, n_made
    return stop, n_made


@compiled
def _learn_weights(step: float, settings: Settings, state: State) -> None:
    """Update the weights by exponentiated gradient on the models' 0/1 loss.

    J. Kivinen and M. K. Warmuth, Exponentiated gradient versus gradient descent for linear
    predictors, Information and Computation 132 (1997) 1-63. The bounds apply before the weights
    are normalised; afterwards they are in [min / (3 max + min), max / (max + 3 min)].
    """
    weights, total = state.weights, 0.0
    if step == 0.0:
        return
    for i in range(N_MODELS):
        vote = state.votes[i]
        if not math.isnan(vote) and vote != 0.5:
            if (vote > 0.5) == (step > 0.0):
                weights[i] *= settings.grow
            else:
                weights[i] /= settings.grow
        total += weights[i]
    clipped = 0.0
    for i in range(N_MODELS):
        weights[i] = min(max(weights[i] / total, settings.min_weight), settings.max_weight)
        clipped += weights[i]
    for i in range(N_MODELS):
        weights[i] /= clipped


@compiled
def _learn_experience(step: float, settings: Settings, state: State) -> None:
    direction = state.pending[0]
    if direction == 0 or step == 0.0:
        return
    hit = 1.0 if step * direction > 0.0 else 0.0
    cell, bin_index, bins = state.pending[1], state.pending[2], state.bins
    state.cells[cell, 0] += 1.0
    state.cells[cell, 1] += hit
    bins[bin_index, 0] = bins[bin_index, 0] * settings.calibration_decay + 1.0
    bins[bin_index, 1] = bins[bin_index, 1] * settings.calibration_decay + hit


@compiled
def _vote(
    indicators: np.ndarray, j: int, classifier: float, settings: Settings, votes: np.ndarray
) -> None:
    votes[TREND_MODEL] = trend_model(indicators[TREND, j])
    votes[OSCILLATOR] = oscillator_model(indicators[RSI, j], settings.oversold, settings.overbought)
    votes[VOLUME_MODEL] = volume_model(indicators[VOLUME_Z, j], indicators[MOVE, j])
    votes[CLASSIFIER] = classifier
    for i in range(N_MODELS):
        if max(votes[i], 1.0 - votes[i]) < settings.flat_threshold:
            votes[i] = math.nan


@compiled
def _combine(settings: Settings, state: State) -> tuple[float, int]:
    """Return the ensemble's p(UP) and its direction, 0 for FLAT."""
    total = mean = margin = 0.0
    for i in range(N_MODELS):
        vote, weight = state.votes[i], state.weights[i]
        if not math.isnan(vote):
            total += weight
            mean += weight * vote
            margin += weight if vote >= 0.5 else -weight
    if total == 0.0:
        return 0.5, 0
    p_up = mean / total
    if max(p_up, 1.0 - p_up) < settings.ensemble_flat or abs(margin) < settings.min_margin * total:
        return p_up, 0
    return p_up, (1 if p_up >= 0.5 else -1)


@compiled
def _cell_of(indicators: np.ndarray, j: int, settings: Settings) -> int:
    """Return the cell of the experience table: trend sign, volatility, RSI zone, volume regime."""
    trend = _zone(indicators[TREND, j], -_REGIME, _REGIME)
    vol = _zone(indicators[VOL_Z, j], -_REGIME, _REGIME)
    rsi = _zone(indicators[RSI, j], settings.oversold, settings.overbought)
    return ((trend * 3 + vol) * 3 + rsi) * 3 + _zone(indicators[VOLUME_Z, j], -_REGIME, _REGIME)


@compiled
def _zone(value: float, low: float, high: float) -> int:
    return 0 if value < low else (2 if value > high else 1)


@compiled
def _signal(certainty: float, cells: np.ndarray, cell: int, settings: Settings) -> float:
    """Return the compressed confidence with the boost or penalty of the cell, in [.5, 1]."""
    signal = 0.5 + (certainty - 0.5) * 2.0 * (settings.max_confidence - 0.5)
    if cells[cell, 0] >= _CELL_MIN:
        rate = (cells[cell, 1] + 0.5 * _CELL_PRIOR) / (cells[cell, 0] + _CELL_PRIOR)
        if rate > settings.boost_threshold:
            signal += settings.max_boost * min(1.0, (rate - settings.boost_threshold) / _FULL)
        elif rate < settings.penalty_threshold:
            signal -= settings.max_penalty * min(1.0, (settings.penalty_threshold - rate) / _FULL)
    return max(0.5, signal)


@compiled
def _calibrated(signal: float, bins: np.ndarray, bin_index: int, settings: Settings) -> float:
    if not settings.calibrate or bins[bin_index, 0] < settings.calibration_min:
        return signal
    rate, blend = float(bins[bin_index, 1] / bins[bin_index, 0]), settings.calibration_blend
    return max(0.5, (1.0 - blend) * signal + blend * rate)
