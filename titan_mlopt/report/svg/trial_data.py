"""Data of a trial's picture: numbers and texts, independent of how they are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.analysis.summary import metric_of, trial_reason
from titan_mlopt.backtest.stats import ROLLING_PREDICTIONS
from titan_mlopt.core.trial import COMPLETE, TrialOutcome, TrialRecord
from titan_mlopt.report.format import accuracy_text, ece_text, sharpe_text
from titan_mlopt.report.svg.chart import Limits, Point, is_drawable

#: A bin with less than this share of the predictions does not stretch the reliability panel.
_SMALL_SHARE = 0.02
#: Percent; less than that is rounding, which no axis shows.
_LEAST_PERCENT = 1e-6
_MESSAGE_SIGNS = 120
#: Half the width of the band that holds 95 % of the rates of a coin flipped as often as the window.
LUCK = 1.96 * math.sqrt(0.25 / ROLLING_PREDICTIONS)

Bins = tuple[tuple[int, float, int], ...]


@dataclass(frozen=True, slots=True)
class Head:
    """Words of a panel: its name, its numbers, and why it is empty ("" when it is not)."""

    name: str
    numbers: str
    empty: str = ""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """A confidence bin that is not empty: hit rate with its 95 % Wilson interval, all in [0, 1].

    share: its predictions as a share of those of the largest bin, in (0, 1].
    """

    confidence: float
    rate: float
    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Hit rate by mean confidence. bins: those within the limits; hidden: how many are not."""

    head: Head
    bins: tuple[ReliabilityBin, ...] = ()
    hidden: int = 0
    x: Limits = (0.5, 1.0)
    y: Limits = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Equity:
    """Gain since the start and drawdown by bar, in percent; drawdown is 0 or below."""

    head: Head
    gains: tuple[Point, ...] = ()
    drawdowns: tuple[Point, ...] = ()
    x: Limits = (0.0, 1.0)
    y: Limits = (-1.0, 1.0)
    y_drawdown: Limits = (-1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Rolling:
    """Accuracy of the last predictions, by prediction; overall: that of all, None while unknown."""

    head: Head
    rates: tuple[Point, ...] = ()
    overall: float | None = None
    x: Limits = (0.0, 1.0)
    y: Limits = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Confidence:
    """Histogram of the confidence; bars: (from, to, hits, predictions) of each bin."""

    head: Head
    bars: tuple[tuple[float, float, int, int], ...] = ()
    x: Limits = (0.5, 1.0)
    y: Limits = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class TrialPicture:
    """All that the picture shows. title: trial, state and what follows, to be set apart."""

    title: tuple[str, str, str]
    facts: str
    reliability: Reliability
    equity: Equity
    rolling: Rolling
    confidence: Confidence


def trial_picture(trial: TrialRecord) -> TrialPicture:
    """Return what the picture of a trial shows; what the outcome lacks becomes an empty panel."""
    outcome = trial.outcome or TrialOutcome(trial.state)
    # A sum that no axis holds has no mean to show.
    bins = tuple(row if is_drawable(row[1]) else (0, 0.0, 0) for row in outcome.bins)
    return TrialPicture(
        _title(trial),
        _facts(trial),
        _reliability(trial, bins),
        _equity(trial, tuple(outcome.curve)),
        _rolling(trial, tuple(outcome.rolling), any(count for count, _, _ in bins)),
        _confidence(trial, bins),
    )


def _title(trial: TrialRecord) -> tuple[str, str, str]:
    reason = trial_reason(trial)
    state = f"{trial.state} ({reason})" if reason else trial.state
    details = []
    if trial.values and trial.state == COMPLETE:
        noun = "objective" if len(trial.values) == 1 else "objectives"
        details.append(f"{noun} {' / '.join(f'{value:.4g}' for value in trial.values)}")
    details += ["ECE above its limit"] if trial.violated else []
    return f"Trial {trial.number}", state, " · ".join(details)


def _facts(trial: TrialRecord) -> str:
    """Return the message of a trial that has one, else what was run."""
    outcome = trial.outcome
    if outcome is None:
        return ""
    if outcome.message:
        line = " ".join(outcome.message.split())
        return line if len(line) <= _MESSAGE_SIGNS else f"{line[: _MESSAGE_SIGNS - 1]}…"
    traded, repeats = metric_of(trial, "n_traded"), metric_of(trial, "repeats")
    of = _bars_text(trial)
    facts = [f"predictions on {of}"] if of else []
    facts += [f"{traded:,.0f} traded"] if traded is not None else []
    facts += [f"mean of {repeats:.0f} runs, the first is drawn"] if repeats is not None else []
    facts += [f"{outcome.duration_seconds:.1f} s"] if outcome.duration_seconds else []
    path = outcome.backtest.get("path")
    facts += [f"backtest {path}"[:_MESSAGE_SIGNS]] if path else []
    return " · ".join(facts)


def _bars_text(trial: TrialRecord) -> str:
    """Return how many of the bars have a prediction, "" while unknown."""
    n, n_bars = metric_of(trial, "n_predictions"), metric_of(trial, "n_bars")
    return "" if n is None or n_bars is None else f"{n:,.0f} of {n_bars:,.0f} bars"


def _named(name: str, text: str) -> str:
    """Return a number with its name, "" where there is none."""
    return "" if text == "-" else f"{name} {text}"


def _nothing(trial: TrialRecord) -> str:
    """Return why there is no prediction to show."""
    return "predictions not recorded" if metric_of(trial, "n_predictions") else "no predictions"


def _reliability(trial: TrialRecord, bins: Bins) -> Reliability:
    numbers = _named("ECE", ece_text(trial))
    bins = tuple(row for row in bins if row[0])
    if not bins:
        return Reliability(Head("Reliability", numbers, _nothing(trial)))
    largest = max(count for count, _, _ in bins)
    rows = tuple(
        ReliabilityBin(
            total / count, hits / count, *wilson_interval(hits, count), share=count / largest
        )
        for count, total, hits in bins
    )
    x, y = _reliability_limits(rows, _SMALL_SHARE * math.fsum(row.share for row in rows))
    visible = tuple(row for row in rows if y[0] <= row.rate <= y[1])
    return Reliability(Head("Reliability", numbers), visible, len(rows) - len(visible), x, y)


def _reliability_limits(rows: tuple[ReliabilityBin, ...], enough: float) -> tuple[Limits, Limits]:
    """Return x and y limits that hold the diagonal and every bin whose share is enough."""
    telling = [row.rate for row in rows if row.share >= enough]
    low_x, high_x = min(row.confidence for row in rows), max(row.confidence for row in rows)
    pad = max(0.01, 0.08 * (high_x - low_x))
    low_x, high_x = max(0.0, low_x - pad), min(1.0, high_x + pad)
    low_y, high_y = min([low_x, *telling]), max([high_x, *telling])
    pad = max(0.02, 0.15 * (high_y - low_y))
    return (low_x, high_x), (max(-0.03, low_y - pad), min(1.03, high_y + pad))


def _equity(trial: TrialRecord, curve: tuple[tuple[int, float, float], ...]) -> Equity:
    name, sharpe = "Equity and drawdown, %", _named("Sharpe", sharpe_text(trial))
    gains = tuple((bar, 100 * (_drawable_or_nan(equity) - 1)) for bar, equity, _ in curve)
    falls = tuple((bar, -100 * _drawable_or_nan(fall)) for bar, _, fall in curve)
    finite = [gain for _, gain in gains if is_drawable(gain)]
    deepest = -min((fall for _, fall in falls if is_drawable(fall)), default=0.0)
    if not finite:
        return Equity(Head(name, sharpe, "no equity curve"))
    reported = metric_of(trial, "max_drawdown")
    # The curve may miss the lowest bar; what another backtest calls by the name may be no share.
    most = 100 * reported if reported is not None and 0 <= reported <= 1 else deepest
    numbers = [f"gain {_percent_text(finite[-1], '+')}", f"max drawdown {_percent_text(most)}"]
    low, high = min(0.0, *finite), max(0.0, *finite)
    pad = 0.06 * (high - low) if high - low > _LEAST_PERCENT else 1.0
    return Equity(
        Head(name, " · ".join([*filter(None, [sharpe]), *numbers])),
        gains,
        falls,
        _from_first_to_last(gains),
        (low - pad, high + pad),
        (-1.1 * deepest if deepest > _LEAST_PERCENT else -1.0, 0.0),
    )


def _rolling(trial: TrialRecord, rolling: tuple[tuple[int, float], ...], has_any: bool) -> Rolling:
    name = f"Rolling accuracy, last {ROLLING_PREDICTIONS}"
    head = Head(name, _named("accuracy", accuracy_text(trial)))
    rates = tuple((at, _drawable_or_nan(rate)) for at, rate in rolling)
    finite = [rate for _, rate in rates if is_drawable(rate)]
    if not finite:
        few = f"fewer than {ROLLING_PREDICTIONS} predictions"
        return Rolling(replace(head, empty=few if has_any else _nothing(trial)))
    overall = metric_of(trial, "accuracy")
    finite += [overall] if overall is not None else []
    y = min(0.5 - 1.5 * LUCK, min(finite) - 0.02), max(0.5 + 1.5 * LUCK, max(finite) + 0.02)
    return Rolling(head, rates, overall, _from_first_to_last(rates), y)


def _confidence(trial: TrialRecord, bins: Bins) -> Confidence:
    coverage, of = metric_of(trial, "coverage"), _bars_text(trial)
    numbers = "" if coverage is None else f"coverage {coverage:.2f}" + (f" ({of})" if of else "")
    if not any(count for count, _, _ in bins):
        return Confidence(Head("Confidence", numbers, _nothing(trial)))
    edges = [0.5 + 0.5 * index / len(bins) for index in range(len(bins) + 1)]
    bars = tuple(
        (low, high, hits, count)
        for low, high, (count, _, hits) in zip(edges, edges[1:], bins, strict=False)
        if count
    )
    width = 0.5 / len(bins)
    x = max(0.5, bars[0][0] - width), min(1.0, bars[-1][1] + width)
    return Confidence(
        Head("Confidence", numbers), bars, x, (0.0, 1.08 * max(count for *_, count in bars))
    )


def _drawable_or_nan(value: float) -> float:
    """Return the value, NaN for one that no axis holds (None included, as JSON may have it)."""
    return value if is_drawable(value) else math.nan


def _percent_text(percent: float, sign: str = "") -> str:
    return f"{format(percent, f'{sign},.2f' if abs(percent) < 1e6 else f'{sign}.3g')} %"


def _from_first_to_last(points: tuple[Point, ...]) -> Limits:
    """Return the limits of an axis that holds all points, also of one point alone."""
    return points[0][0], max(points[-1][0], points[0][0] + 1)
