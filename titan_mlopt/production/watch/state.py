"""The state of a watch: sums of all records so far, small, and the same however they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from titan_mlopt.analysis.statistics.e_process import BETS, mixed_capital
from titan_mlopt.analysis.statistics.watch_tests import (
    COVERAGE_BARS,
    accuracy_capital,
    calibration_capital,
    calibration_gaps,
    coverage_capital,
    drawdown_evidence,
)
from titan_mlopt.backtest.calibration import ECE_EDGES, N_ECE_BINS, Bins, bins_of
from titan_mlopt.backtest.returns import net_returns
from titan_mlopt.backtest.stats import fill_unchanged
from titan_mlopt.core.plain import read_plain
from titan_mlopt.core.unchanged import SKIP
from titan_mlopt.production.watch.promise import (
    ACCURACY,
    CALIBRATION,
    COVERAGE,
    DRAWDOWN,
    TESTS,
    Promise,
    Tail,
)
from titan_mlopt.production.watch.reading import Batch, Position

_Row = tuple[float, ...]


_NO_BINS, _NO_SUMS = (0,) * N_ECE_BINS, (0.0,) * N_ECE_BINS
_NO_CAPITAL = (0.0,) * len(BETS)
_UNREAD = Position()


@dataclass(frozen=True, slots=True)
class Alarm:
    """The first record at which the e-value of a test reached what was needed.

    record: its number, from 1. log_e: logarithm of the e-value then.
    """

    test: str
    record: int
    log_e: float


@dataclass(frozen=True, slots=True)
class Equity:
    """Compounded equity, its highest value and its largest drawdown."""

    value: float = 1.0
    peak: float = 1.0
    drawdown: float = 0.0


_FLAT = Equity()


@dataclass(frozen=True, slots=True)
class WatchState:
    """Everything that the next look needs; all sums are of the records so far.

    Attributes:
        position: How far the file was read.
        n_records: Records, FLAT ones included.
        n_bad: Lines that are no record.
        n_predictions: Predictions that count.
        n_moved: Predictions on bars whose close moved, of which the accuracy is.
        hits: Of these, those that came true.
        ups: Of these, those that went up: what always-UP would have hit.
        bin_count: Predictions in each bin of the ECE.
        bin_hits: Hits in each bin.
        bin_confidence: Sum of the confidences in each bin.
        gaps: Sum of confidence − hit in each bin.
        accuracy: Log capital of each bet of the test.
        calibration: The same.
        coverage: The same, both sides.
        block: Bars and predictions of the block of coverage that has begun.
        side: Position after the last record, +1, −1 or 0.
        net: Σ net return and Σ of its square.
        equity: Of all records.
        window: Of the window of the drawdown test that has begun.
        window_bars: Its bars so far.
        windows: Log e-value of the windows that have ended.
        alarms: One for each test that has raised one.
    """

    position: Position = _UNREAD
    n_records: int = 0
    n_bad: int = 0
    n_predictions: int = 0
    n_moved: int = 0
    hits: int = 0
    ups: int = 0
    bin_count: tuple[int, ...] = _NO_BINS
    bin_hits: tuple[int, ...] = _NO_BINS
    bin_confidence: _Row = _NO_SUMS
    gaps: _Row = _NO_SUMS
    accuracy: _Row = _NO_CAPITAL
    calibration: _Row = _NO_CAPITAL
    coverage: _Row = _NO_CAPITAL * 2
    block: tuple[int, int] = (0, 0)
    side: int = 0
    net: tuple[float, float] = (0.0, 0.0)
    equity: Equity = _FLAT
    window: Equity = _FLAT
    window_bars: int = 0
    windows: float = 0.0
    alarms: tuple[Alarm, ...] = ()

    @property
    def bins(self) -> Bins:
        """The bins of the ECE."""
        bins = Bins()
        bins.count, bins.hits = np.array(self.bin_count), np.array(self.bin_hits)
        bins.confidence = np.array(self.bin_confidence)
        return bins

    def log_e(self, promise: Promise) -> dict[str, float]:
        """Return the logarithm of each test's e-value now."""
        values = {
            ACCURACY: _mixed(self.accuracy),
            CALIBRATION: _mixed(self.calibration),
            COVERAGE: _mixed(self.coverage),
            DRAWDOWN: self.windows,
        }
        if promise.tail is not None and self.window_bars:
            running = np.array([self.window.drawdown])
            values[DRAWDOWN] += float(_window_evidence(running, promise.tail)[0])
        return {test: values[test] for test in promise.tests}


def advance(state: WatchState, promise: Promise, batch: Batch) -> WatchState:
    """Return the state after more records; parts of any size give the same to the bit."""
    n = len(batch.direction)
    state = replace(state, position=batch.position, n_bad=state.n_bad + batch.n_bad)
    if not n:
        return state
    actual = fill_unchanged(batch.outcome, promise.unchanged)
    predicted = batch.direction != 0
    if promise.unchanged == SKIP:
        predicted &= actual != 0
    hit = batch.direction * actual > 0
    evidence = dict[str, np.ndarray]()  # log E after each record of the batch
    state = _count(state, predicted, hit, actual)
    state, evidence[ACCURACY] = _test_accuracy(state, promise, predicted & (actual != 0), hit)
    state, evidence[CALIBRATION] = _test_calibration(
        state, promise, predicted, batch.confidence, hit
    )
    state, evidence[COVERAGE] = _test_coverage(state, promise, predicted)
    state, evidence[DRAWDOWN] = _test_drawdown(state, promise, batch)
    raised = {alarm.test for alarm in state.alarms}
    new = [
        _first_alarm(test, evidence[test], promise.needed, state.n_records)
        for test in promise.tests
        if test not in raised
    ]
    alarms = (*state.alarms, *sorted(filter(None, new), key=lambda alarm: alarm.record))
    return replace(state, n_records=state.n_records + n, alarms=alarms)


def _first_alarm(test: str, log_e: np.ndarray, needed: float, before: int) -> Alarm | None:
    reached = np.flatnonzero(log_e >= np.log(needed))
    if not len(reached):
        return None
    return Alarm(test, before + int(reached[0]) + 1, float(log_e[reached[0]]))


def _count(
    state: WatchState, predicted: np.ndarray, hit: np.ndarray, actual: np.ndarray
) -> WatchState:
    on_moves = predicted & (actual != 0)
    return replace(
        state,
        n_predictions=state.n_predictions + int(predicted.sum()),
        n_moved=state.n_moved + int(on_moves.sum()),
        hits=state.hits + int((hit & on_moves).sum()),
        ups=state.ups + int((on_moves & (actual > 0)).sum()),
    )


def _test_accuracy(
    state: WatchState, promise: Promise, on_moves: np.ndarray, hit: np.ndarray
) -> tuple[WatchState, np.ndarray]:
    before = np.array(state.accuracy)
    capital = accuracy_capital(hit[on_moves], promise.least_accuracy, before)
    rows = np.concatenate([before[None], capital])
    state = replace(state, accuracy=_row(rows[-1]))
    return state, mixed_capital(rows)[np.cumsum(on_moves)]


def _test_calibration(
    state: WatchState,
    promise: Promise,
    predicted: np.ndarray,
    confidence: np.ndarray,
    hit: np.ndarray,
) -> tuple[WatchState, np.ndarray]:
    bins = state.bins
    bins.add(confidence[predicted], hit[predicted])
    state = replace(
        state,
        bin_count=tuple(map(int, bins.count)),
        bin_hits=tuple(map(int, bins.hits)),
        bin_confidence=_row(bins.confidence),
    )
    before = np.array(state.calibration)
    if promise.most_ece is None:
        return state, np.zeros(len(predicted))
    gap = confidence[predicted] - hit[predicted]
    signed, gaps = calibration_gaps(
        bins_of(confidence[predicted], ECE_EDGES), gap, np.array(state.gaps)
    )
    rows = np.concatenate([before[None], calibration_capital(signed, promise.most_ece, before)])
    state = replace(state, gaps=_row(gaps), calibration=_row(rows[-1]))
    return state, mixed_capital(rows)[np.cumsum(predicted)]


def _test_coverage(
    state: WatchState, promise: Promise, predicted: np.ndarray
) -> tuple[WatchState, np.ndarray]:
    bars, n_before = state.block
    ends = np.flatnonzero((bars + np.arange(1, len(predicted) + 1)) % COVERAGE_BARS == 0) + 1
    sums = np.concatenate([[0], np.cumsum(predicted)])
    edges = np.concatenate([[0], ends])
    counts = np.diff(sums[edges])
    if len(counts):
        counts[0] += n_before
        n_open = int(sums[-1] - sums[ends[-1]])
    else:
        n_open = n_before + int(sums[-1])
    state = replace(state, block=((bars + len(predicted)) % COVERAGE_BARS, n_open))
    if promise.least_coverage is None or promise.most_coverage is None:
        return state, np.zeros(len(predicted))
    before = np.array(state.coverage)
    bounds = (promise.least_coverage, promise.most_coverage)
    rows = np.concatenate([before[None], coverage_capital(counts / COVERAGE_BARS, bounds, before)])
    state = replace(state, coverage=_row(rows[-1]))
    whole = np.searchsorted(ends, np.arange(1, len(predicted) + 1), side="right")
    return state, _mixed_sides(rows)[whole]


def _test_drawdown(
    state: WatchState, promise: Promise, batch: Batch
) -> tuple[WatchState, np.ndarray]:
    direction = np.concatenate([[np.int8(state.side)], batch.direction])
    net = net_returns(direction, np.concatenate([[0.0], batch.returns]), promise.cost_bps)[1:]
    sums = np.cumsum(np.concatenate([[state.net], np.stack([net, net * net], axis=1)]), axis=0)
    whole, _ = _go_on(state.equity, net)
    state = replace(
        state, side=int(direction[-1]), net=(float(sums[-1, 0]), float(sums[-1, 1])), equity=whole
    )
    if promise.tail is None:
        return state, np.zeros(len(net))
    window, bars, ended = state.window, state.window_bars, state.windows
    log_e, first = np.empty(len(net)), 0
    while first < len(net):
        stop = min(len(net), first + promise.tail.n_bars - bars)
        window, fall = _go_on(window, net[first:stop])
        log_e[first:stop] = ended + _window_evidence(fall, promise.tail)
        bars += stop - first
        if bars == promise.tail.n_bars:
            window, bars, ended = Equity(), 0, float(log_e[stop - 1])
        first = stop
    return replace(state, window=window, window_bars=bars, windows=ended), log_e


def _go_on(equity: Equity, net: np.ndarray) -> tuple[Equity, np.ndarray]:
    """Return the equity after more returns, and the largest drawdown so far at each, (n,)."""
    value = np.cumprod(np.concatenate([[equity.value], np.maximum(1.0 + net, 0.0)]))[1:]
    peak = np.maximum(np.maximum.accumulate(value), equity.peak)
    fall = np.maximum(np.maximum.accumulate(1.0 - value / peak), equity.drawdown)
    return Equity(float(value[-1]), float(peak[-1]), float(fall[-1])), fall


def _window_evidence(drawdown: np.ndarray, tail: Tail) -> np.ndarray:
    levels = np.array([1.0, *tail.levels])
    return drawdown_evidence(drawdown, levels, np.array([-1.0, *tail.exceeded]))


def _mixed(capital: _Row) -> float:
    rows = np.array(capital)[None]
    mixed = mixed_capital(rows) if len(capital) == len(BETS) else _mixed_sides(rows)
    return float(mixed[0])


def _mixed_sides(rows: np.ndarray) -> np.ndarray:
    """Return log E of the mean of both sides' capital, (n,)."""
    below, above = mixed_capital(rows[:, : len(BETS)]), mixed_capital(rows[:, len(BETS) :])
    return np.asarray(np.logaddexp(below, above) - np.log(2))


def _row(values: np.ndarray) -> _Row:
    return tuple(map(float, values))


# --- as JSON -------------------------------------------------------------------------------------


def state_document(state: WatchState) -> dict[str, Any]:
    """Return the state as JSON data, from which ``state_of`` gives the same to the bit."""
    return asdict(state)


def state_of(content: Mapping[str, Any]) -> WatchState:
    """Return the state of its JSON data; ``ValueError`` for other data."""
    state, unread = read_plain(WatchState, content, "state"), WatchState()
    for field in fields(WatchState):
        if field.name not in content:
            raise ValueError(f"state must have {field.name}")
        before, value = getattr(unread, field.name), getattr(state, field.name)
        if isinstance(before, tuple) and before and len(value) != len(before):
            raise ValueError(f"state.{field.name} must have {len(before)} numbers")
    if any(alarm.test not in TESTS for alarm in state.alarms) or state.position.offset < 0:
        raise ValueError("state must have alarms of its tests, and an offset of at least 0")
    return state
