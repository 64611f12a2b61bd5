"""One trial as one small SVG: reliability, equity and drawdown, rolling accuracy, confidence."""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Transform

from titan_mlopt.records import TrialOutcome, TrialRecord
from titan_mlopt.report.note import accuracy_text, ece_text, sharpe_text
from titan_mlopt.report.summary import trial_hits, trial_reason, wilson_interval

_INK, _GREY, _PALE, _BLUE, _LIGHT, _RED = (
    "#1f2933",
    "#6b7682",
    "#e4e8ec",
    "#2b6cb0",
    "#b9d1ea",
    "#c2553b",
)
# 900 by 600 CSS pixels.
_SIZE_INCHES = (9.375, 6.25)
_PANELS = {
    "reliability": (0.065, 0.515, 0.41, 0.31),
    "equity": (0.565, 0.515, 0.41, 0.31),
    "rolling": (0.065, 0.085, 0.41, 0.31),
    "confidence": (0.565, 0.085, 0.41, 0.31),
}
# Comes with matplotlib, so the layout is the same on every machine.
_FONT = "DejaVu Sans"
# Hundredths of a point are enough for path coordinates: a third of the size.
_PATH, _DIGITS = re.compile(r' d="[^"]*"'), re.compile(r"(\.\d\d)\d+")
# Height of a panel's title and note, in panel heights.
_HEAD = 1.06
_LOCATOR = MaxNLocator(5, steps=[1, 2, 5, 10])
#: Predictions in the rolling window of ``TrialOutcome.rolling``.
_WINDOW = 200
#: A bin with less than this share of the predictions does not stretch the reliability panel.
_SMALL_SHARE = 0.02
_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "titan_mlopt", "svg.id": None}
_LOCK = threading.Lock()

Bins = tuple[tuple[int, float, int], ...]


def draw_trial_svg(trial: TrialRecord) -> str:
    """Return the trial's picture as SVG text; the same trial gives the same text.

    Safe to call from any thread. What the outcome lacks becomes a panel that says so.
    """
    outcome = trial.outcome or TrialOutcome(trial.state)
    has_any = any(count for count, _, _ in outcome.bins)
    figure = Figure(figsize=_SIZE_INCHES, facecolor="white")
    FigureCanvasSVG(figure)
    _draw_title(figure, trial)
    _draw_reliability(_add_panel(figure, "reliability", "Reliability"), outcome.bins)
    _draw_equity(_add_panel(figure, "equity", "Equity and drawdown"), outcome.curve)
    panel = _add_panel(figure, "rolling", f"Accuracy, last {_WINDOW} predictions")
    _draw_rolling(panel, outcome.rolling, has_any)
    _draw_confidence(_add_panel(figure, "confidence", "Confidence"), outcome.bins)
    return _svg_text(figure)


def _svg_text(figure: Figure) -> str:
    buffer = io.StringIO()
    with _LOCK, _svg_settings():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue().replace(f"'{_FONT}'", f"'{_FONT}', Arial, sans-serif")
    return _PATH.sub(lambda path: _DIGITS.sub(r"\1", path[0]), svg)


@contextmanager
def _svg_settings() -> Iterator[None]:
    """Set the SVG settings alone: ``rc_context`` would undo what other threads set meanwhile."""
    params = cast(dict[str, Any], matplotlib.rcParams)
    before = {key: params[key] for key in _SETTINGS}
    params.update(_SETTINGS)
    try:
        yield
    finally:
        params.update(before)


def _draw_title(figure: Figure, trial: TrialRecord) -> None:
    reason = trial_reason(trial)
    state = f"{trial.state} ({reason})" if reason else trial.state
    title = f"Trial {trial.number} · {state}"
    if trial.violated:
        title += " · ECE above its limit"
    worth = f"accuracy {accuracy_text(trial)} · ECE {ece_text(trial)} · Sharpe {sharpe_text(trial)}"
    if trial_hits(trial) is None:
        worth = _drawable(trial.outcome.message if trial.outcome else "")[:120]
    # Behind the panels, and so first in the file, where a reader expects a title.
    _put_text(figure, 0.02, 0.945, _drawable(title), size=13, color=_INK, weight="bold", zorder=-1)
    _put_text(figure, 0.02, 0.905, worth, size=9, zorder=-1)


def _drawable(text: str) -> str:
    """Return the text on one line, with ``?`` for what XML or the font does not have."""
    known = (
        sign if sign.isprintable() and (sign < "\u0500" or "\u2010" <= sign < "\u2030") else "?"
        for sign in " ".join(text.split())
    )
    return "".join(known)


def _put_text(
    place: Figure | Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 8,
    weight: str = "normal",
    color: str = _GREY,
    transform: Transform | None = None,
    **style: Any,
) -> None:
    """Write small grey text, by default in coordinates of the figure or panel."""
    if transform is None:
        transform = place.transFigure if isinstance(place, Figure) else place.transAxes
    # No mathematics: a message may hold dollar signs.
    label = Text(
        x,
        y,
        text,
        color=color,
        fontproperties=_font(size, weight),
        transform=transform,
        parse_math=False,
        clip_on=False,
        **style,
    )
    place.add_artist(label)


@cache
def _font(size: float, weight: str) -> FontProperties:
    return FontProperties(family=_FONT, size=size, weight=weight)


def _add_panel(figure: Figure, place: str, title: str) -> Axes:
    """Add a bare panel: matplotlib's own axis costs 20 ms a panel, ``_draw_scales`` costs 3."""
    axes = figure.add_axes(_PANELS[place])
    axes.set_axis_off()
    _put_text(axes, 0, _HEAD, title, size=10, color=_INK)
    return axes


def _draw_scales(axes: Axes, x_label: str, y_label: str, x_format: str = "") -> None:
    """Draw grid lines, tick labels and axis labels for the limits that the panel has now."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    heights, height_format = _ticks(bottom, top)
    places, place_format = _ticks(left, right)
    across, up = axes.get_xaxis_transform(), axes.get_yaxis_transform()
    grid = [((0.0, height), (1.0, height)) for height in heights]
    axes.add_collection(LineCollection(grid, colors=_PALE, lw=0.8, transform=up, zorder=0))
    axes.plot([0, 1], [0, 0], color=_GREY, lw=0.8, transform=axes.transAxes, clip_on=False)
    for height in heights:
        label = format(height, height_format)
        _put_text(axes, -0.012, height, label, ha="right", va="center", transform=up)
    for place in places:
        label = format(place, x_format or place_format)
        _put_text(axes, place, -0.035, label, ha="center", va="top", transform=across)
    _put_text(axes, 0.5, -0.135, x_label, ha="center", va="top")
    _put_text(axes, -0.115, 0.5, y_label, ha="center", va="center", rotation=90)


def _ticks(low: float, high: float) -> tuple[list[float], str]:
    """Return about four round numbers within the limits, and a format that tells them apart."""
    found = _LOCATOR.tick_values(low, high)
    step = float(found[1] - found[0])
    margin = step / 1000
    decimals = 0 if step >= 1 else math.ceil(-math.log10(step) - 1e-9)
    inside = [value for value in found if low - margin <= value <= high + margin]
    # Plus zero: no label reads -0.
    return [round(float(value), decimals) + 0.0 for value in inside], f",.{decimals}f"


def _say_empty(axes: Axes, text: str) -> None:
    axes.axhspan(0, 1, color=_PALE, alpha=0.5, linewidth=0)
    _put_text(axes, 0.5, 0.5, text, size=9, ha="center")


def _draw_reliability(axes: Axes, bins: Bins) -> None:
    """Draw hit rate by mean confidence: area is the count, the bar its 95 % Wilson interval."""
    bins = tuple(row for row in bins if row[0])
    if not bins:
        return _say_empty(axes, "no predictions")
    counts = [count for count, _, _ in bins]
    means = [total / count for count, total, _ in bins]
    rates = [hits / count for count, _, hits in bins]
    low_x, high_x, low_y, high_y = _reliability_limits(counts, means, rates)
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=0.9, dashes=(4, 3))
    bounds = [wilson_interval(hits, count) for count, _, hits in bins]
    lows, highs = zip(*bounds, strict=True)
    axes.vlines(means, lows, highs, color=_LIGHT, linewidth=1.6)
    areas = [max(8.0, 170.0 * count / max(counts)) for count in counts]
    axes.scatter(means, rates, s=areas, color=_BLUE, alpha=0.85, linewidths=0, zorder=3)
    axes.set_xlim(low_x, high_x)
    axes.set_ylim(low_y, high_y)
    _draw_scales(axes, "mean confidence of the bin", "hit rate")
    hidden = sum(not low_y <= rate <= high_y for rate in rates)
    note = "area: predictions · bar: 95 % interval"
    note += f" · {hidden} small outside" if hidden else ""
    _put_note(axes, note)


def _reliability_limits(
    counts: list[int], means: list[float], rates: list[float]
) -> tuple[float, float, float, float]:
    """Return x and y limits that hold the diagonal and every bin that is not small."""
    enough = _SMALL_SHARE * sum(counts)
    telling = [rate for count, rate in zip(counts, rates, strict=True) if count >= enough]
    low_x, high_x = min(means), max(means)
    pad = max(0.01, 0.08 * (high_x - low_x))
    low_x, high_x = max(0.0, low_x - pad), min(1.0, high_x + pad)
    low_y, high_y = min([low_x, *telling]), max([high_x, *telling])
    pad = max(0.02, 0.15 * (high_y - low_y))
    return low_x, high_x, max(-0.03, low_y - pad), min(1.03, high_y + pad)


def _draw_equity(axes: Axes, curve: tuple[tuple[int, float, float], ...]) -> None:
    """Draw the equity as a line of gain since the start, the drawdown as an area below zero."""
    if not curve:
        return _say_empty(axes, "no equity curve")
    bars, equity, drawdown = zip(*curve, strict=True)
    gains = [100 * (value - 1) for value in equity]
    axes.fill_between(bars, [-100 * value for value in drawdown], 0, color=_RED, alpha=0.3, lw=0)
    axes.plot(bars, gains, color=_BLUE, linewidth=1.4)
    axes.axhline(0, color=_GREY, linewidth=0.8)
    axes.set_xlim(bars[0], max(bars[-1], bars[0] + 1))
    _draw_scales(axes, "bar", "%", ",.0f")
    _put_note(axes, f"gain {gains[-1]:+.2f} %", _BLUE, 0.68)
    _put_note(axes, f"drawdown {100 * max(drawdown):.2f} %", _RED)


def _draw_rolling(axes: Axes, rolling: tuple[tuple[int, float], ...], has_any: bool) -> None:
    """Draw the rolling accuracy over the band that holds 95 % of coin flips."""
    if not rolling:
        few = f"fewer than {_WINDOW} predictions" if has_any else "no predictions"
        return _say_empty(axes, few)
    at, rates = zip(*rolling, strict=True)
    luck = 1.96 * math.sqrt(0.25 / _WINDOW)
    axes.axhspan(0.5 - luck, 0.5 + luck, color=_PALE, alpha=0.6, linewidth=0)
    axes.axhline(0.5, color=_GREY, linewidth=0.9, dashes=(4, 3))
    axes.plot(at, rates, color=_BLUE, linewidth=1.4)
    axes.set_xlim(at[0], max(at[-1], at[0] + 1))
    axes.set_ylim(
        min(0.5 - 1.5 * luck, min(rates) - 0.02), max(0.5 + 1.5 * luck, max(rates) + 0.02)
    )
    _draw_scales(axes, "prediction", "", ",.0f")
    _put_note(axes, "band: 95 % of coin flips")


def _draw_confidence(axes: Axes, bins: Bins) -> None:
    """Draw the histogram of the confidences, hits dark and misses light."""
    if not any(count for count, _, _ in bins):
        return _say_empty(axes, "no predictions")
    edges = [0.5 + 0.5 * place / len(bins) for place in range(len(bins) + 1)]
    counts, _, hits = zip(*bins, strict=True)
    axes.stairs(counts, edges, fill=True, color=_LIGHT)
    axes.stairs(hits, edges, fill=True, color=_BLUE)
    used = [place for place, count in enumerate(counts) if count]
    axes.set_xlim(edges[max(0, used[0] - 1)], edges[min(len(bins), used[-1] + 2)])
    axes.set_ylim(0, 1.08 * max(counts))
    _draw_scales(axes, "confidence", "predictions")
    _put_note(axes, "dark: hits · light: misses")


def _put_note(axes: Axes, text: str, color: str = _GREY, right: float = 1.0) -> None:
    _put_text(axes, right, _HEAD, text, color=color, ha="right")
