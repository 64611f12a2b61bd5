"""Votes to decision, confidence and position, bar by bar, learning from each known outcome."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from titan_mlopt.engine.compiled import compiled
from titan_mlopt.engine.indicators import MOVE, RSI, TREND, VOL_Z, VOLUME_Z
from titan_mlopt.engine.models import (
    CLASSIFIER,
    N_MODELS,
    OSCILLATOR,
    TREND_MODEL,
    VOLUME_MODEL,
    oscillator_model,
    trend_model,
    volume_model,
)
from titan_mlopt.params import Params

#: Confidence bins of the online calibrator, equal in width on [.5, 1].
N_CALIBRATION_BINS = 25
_N_CELLS = 81
# A cell of the experience table counts from 20 outcomes on, with 10 prior outcomes at .5.
_CELL_MIN, _CELL_PRIOR = 20.0, 10.0
# A hit rate this far beyond its threshold gets the whole boost or penalty.
_FULL = 0.05
_REGIME = 0.5


class Settings(NamedTuple):
    """The parameters that the candle loop reads, by the stage that they steer."""

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
    """What the loop has learned so far; the arrays change in place.

    weights: (4,) one a model. votes: (4,) p(UP) of the last bar's voters, NaN for the silent.
    pending: (3,) the last bar's direction (0 none), cell and calibration bin.
    cells: (81, 2) and bins: (25, 2), each outcomes and hits.
    """

    weights: np.ndarray
    votes: np.ndarray
    pending: np.ndarray
    cells: np.ndarray
    bins: np.ndarray


class Decisions(NamedTuple):
    """One entry a bar. direction: int8 +1 UP, -1 DOWN, 0 FLAT (no prediction); traded: bool.

    p_up: float64 in (0, 1), .5 where nobody voted, without an entry when nobody wants it;
    confidence: float64 in [.5, 1], .5 when FLAT.
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
    """Return what is known before the first bar: equal weights, no experience."""
    return State(
        weights=np.full(N_MODELS, 1.0 / N_MODELS),
        votes=np.full(N_MODELS, np.nan),
        pending=np.zeros(3, np.int64),
        cells=np.zeros((_N_CELLS, 2)),
        bins=np.zeros((N_CALIBRATION_BINS, 2)),
    )


def new_decisions(n: int, *, keep_p_up: bool = True) -> Decisions:
    """Return ``n`` FLAT bars."""
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
    """Decide the bars start ≤ t < stop, or fewer: up to the bar with the ``quota``-th prediction.

    ``indicators`` and ``classifier`` (p(UP), NaN while untrained) begin at bar ``offset``.
    Returns the next bar and the number of predictions made. A bar is first settled with the
    prediction of the bar before it, then decided.
    """
    made = 0
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
        place = min(int((signal - 0.5) * 2.0 * N_CALIBRATION_BINS), N_CALIBRATION_BINS - 1)
        state.pending[1], state.pending[2] = cell, place
        out.direction[t] = direction
        out.confidence[t] = _calibrated(signal, state.bins, place, settings)
        # The filter works on the compressor's scale: hit rates of one-minute candles, to which the
        # calibrator pulls, seldom reach the filter's range at all.
        out.traded[t] = signal >= settings.filter_threshold
        made += 1
        if made == quota:
            return t + 1, made
    return stop, made


@compiled
def _learn_weights(step: float, settings: Settings, state: State) -> None:
    """Exponentiated gradient on the voters' 0/1 loss (Kivinen & Warmuth 1997, linear loss).

    The bounds hold before the weights are made to sum to 1 again; after it the least can be
    min / (3 max + min) and the largest max / (max + 3 min).
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
    if direction == 0:
        return
    hit = 1.0 if step * direction > 0.0 else 0.0
    cell, place, bins = state.pending[1], state.pending[2], state.bins
    state.cells[cell, 0] += 1.0
    state.cells[cell, 1] += hit
    bins[place, 0] = bins[place, 0] * settings.calibration_decay + 1.0
    bins[place, 1] = bins[place, 1] * settings.calibration_decay + hit


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
    """Return the ensemble's p(UP) and the direction, 0 when it is FLAT."""
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
    """Return the compressed confidence with the cell's experience added or taken, in [.5, 1]."""
    signal = 0.5 + (certainty - 0.5) * 2.0 * (settings.max_confidence - 0.5)
    if cells[cell, 0] >= _CELL_MIN:
        rate = (cells[cell, 1] + 0.5 * _CELL_PRIOR) / (cells[cell, 0] + _CELL_PRIOR)
        if rate > settings.boost_threshold:
            signal += settings.max_boost * min(1.0, (rate - settings.boost_threshold) / _FULL)
        elif rate < settings.penalty_threshold:
            signal -= settings.max_penalty * min(1.0, (settings.penalty_threshold - rate) / _FULL)
    return max(0.5, signal)


@compiled
def _calibrated(signal: float, bins: np.ndarray, place: int, settings: Settings) -> float:
    if not settings.calibrate or bins[place, 0] < settings.calibration_min:
        return signal
    rate, blend = float(bins[place, 1] / bins[place, 0]), settings.calibration_blend
    return max(0.5, (1.0 - blend) * signal + blend * rate)
