"""The figures of a live run so far, each with its uncertainty, and beside what was promised."""

from __future__ import annotations

import math
from dataclasses import dataclass

from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.backtest.calibration import Bins
from titan_mlopt.backtest.returns import sharpe_standard_error
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.trial import SECONDS_PER_YEAR
from titan_mlopt.production.watch.promise import Promise
from titan_mlopt.production.watch.state import WatchState

_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a live run.

    low, high: 95 % interval at this look; of the ECE what perfect calibration would show, mean and
    95 % quantile. promised: by the gate's figures. All None where unknown.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    promised: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a live run.

    always_up: accuracy of always-UP on the bars that were predicted; None without any.
    """

    accuracy: Figure
    always_up: float | None
    ece: Figure
    sharpe: Figure
    coverage: Figure
    drawdown: Figure


def figures_of(state: WatchState, promise: Promise) -> Figures:
    """Return the figures after the records so far; the seed of the ECE's noise floor is 0."""
    accuracy, up = Figure(None, promised=promise.accuracy), None
    if state.n_moved:
        low, high = wilson_interval(state.hits, state.n_moved)
        accuracy = Figure(state.hits / state.n_moved, low, high, promise.accuracy)
        up = state.ups / state.n_moved
    ece = Figure(None, promised=promise.ece)
    if state.n_predictions:
        ece = Figure(state.bins.ece(), *state.bins.noise(), promise.ece)
    coverage = Figure(None, promised=promise.coverage)
    if state.n_records:
        share = state.n_predictions / state.n_records
        low, high = wilson_interval(state.n_predictions, state.n_records)
        coverage = Figure(share, low, high, promise.coverage)
    drawdown = Figure(state.equity.drawdown, promised=promise.drawdown)
    return Figures(accuracy, up, ece, _sharpe(state, promise), coverage, drawdown)


def _sharpe(state: WatchState, promise: Promise) -> Figure:
    n, (total, squares) = state.n_records, state.net
    variance = (squares - total * total / n) / (n - 1) if n > 1 else 0.0
    if variance <= 1e-14 * squares or not squares:  # no spread but for rounding
        return Figure(None, promised=promise.sharpe)
    a_year = SECONDS_PER_YEAR / promise.interval_s
    value = total / n / math.sqrt(variance) * math.sqrt(a_year)
    error = _Z * sharpe_standard_error(value, n, a_year)
    return Figure(value, value - error, value + error, promise.sharpe)


def figures_of_stats(stats: BacktestStats) -> Figures:
    """Return the same figures of a backtest, without what was promised.

    The accuracy is of the bars whose close moved, as that of a live run.
    """
    on_moves = stats.predicted & (stats.actual != 0)
    n, hits = int(on_moves.sum()), int((stats.hit & on_moves).sum())
    metrics, bins = stats.metrics(), Bins()
    for confidence, hit in stats.predictions():
        bins.add(confidence, hit)
    error = _Z * (metrics["sharpe_se"] or 0.0)
    sharpe = metrics["sharpe"]
    return Figures(
        Figure(hits / n, *wilson_interval(hits, n)) if n else Figure(None),
        float((stats.actual[on_moves] > 0).mean()) if n else None,
        Figure(bins.ece(), *bins.noise()) if bins.total else Figure(None),
        Figure(None) if sharpe is None else Figure(sharpe, sharpe - error, sharpe + error),
        Figure(metrics["coverage"]),
        Figure(metrics["max_drawdown"]),
    )


def live_metrics(state: WatchState, promise: Promise) -> dict[str, float]:
    """Return what a watch logs as curves, by the names of the metrics; without what is unknown."""
    n, n_moved = state.n_records, state.n_moved
    values = {
        "live_n_predictions": float(state.n_predictions),
        "live_accuracy": state.hits / n_moved if n_moved else None,
        "live_ece": state.bins.ece() if state.n_predictions else None,
        "live_sharpe": _sharpe(state, promise).value,
        "live_coverage": state.n_predictions / n if n else None,
        "live_drawdown": state.equity.drawdown,
        "live_equity": state.equity.value,
    }
    for test, log_e in state.log_e(promise).items():
        values[f"live_log10_e_{test}"] = log_e / math.log(10)
    return {name: value for name, value in values.items() if value is not None}
