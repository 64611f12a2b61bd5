"""Panels of an SVG picture, drawn by matplotlib without pyplot: text, scales, notes, dots.

matplotlib's own axis costs 20 ms a panel, ``draw_scales`` costs 3.
"""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Transform

INK, GREY, PALE, BLUE, LIGHT, RED = (
    "#1f2933",
    "#6b7682",
    "#e4e8ec",
    "#2b6cb0",
    "#b9d1ea",
    "#c2553b",
)
#: Left, bottom, width and height of a panel, in parts of the figure.
Box = tuple[float, float, float, float]
#: A place on an axis and what stands there.
Tick = tuple[float, str]

# Comes with matplotlib, so the layout is the same on every machine.
_FONT = "DejaVu Sans"
# Hundredths of a point are enough for path coordinates: a third of the size.
_PATH, _DIGITS = re.compile(r' d="[^"]*"'), re.compile(r"(\.\d\d)\d+")
# A line that goes nowhere, as `draw_dots` makes it: a dot where its ends are round.
_DOT = re.compile(r"M (\S+) (\S+) ?\nL \1 \2 ?\n")
# Distances from a panel, in inches.
_HEAD_IN, _TICK_X_IN, _TICK_Y_IN, _LABEL_X_IN, _LABEL_Y_IN = 0.116, 0.068, 0.046, 0.262, 0.442
_LOCATOR = MaxNLocator(5, steps=[1, 2, 5, 10])
_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "titan_mlopt", "svg.id": None}
_LOCK = threading.Lock()


def new_figure(width: float, height: float) -> Figure:
    """Return an empty white figure of so many inches, 96 CSS pixels each."""
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasSVG(figure)
    return figure


def svg_text(figure: Figure) -> str:
    """Return the figure as SVG text; the same figure gives the same text, in any thread."""
    buffer = io.StringIO()
    with _LOCK, _svg_settings():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue().replace(f"'{_FONT}'", f"'{_FONT}', Arial, sans-serif")
    return _PATH.sub(lambda path: _DOT.sub(r"M\1 \2h0", _DIGITS.sub(r"\1", path[0])), svg)


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


def drawable(text: str) -> str:
    """Return the text on one line, with ``?`` for what XML or the font does not have."""
    printable = (
        sign if sign.isprintable() and (sign < "\u0500" or "\u2010" <= sign < "\u2030") else "?"
        for sign in " ".join(text.split())
    )
    return "".join(printable)


def put_text(
    parent: Figure | Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 8,
    weight: str = "normal",
    color: str = GREY,
    transform: Transform | None = None,
    **style: Any,
) -> None:
    """Write small grey text, by default in coordinates of the figure or panel."""
    if transform is None:
        transform = parent.transFigure if isinstance(parent, Figure) else parent.transAxes
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
    parent.add_artist(label)


@cache
def _font(size: float, weight: str) -> FontProperties:
    return FontProperties(family=_FONT, size=size, weight=weight)


def add_panel(figure: Figure, box: Box, title: str, size: float = 10) -> Axes:
    """Add a bare panel with its title above it."""
    axes = figure.add_axes(box)
    axes.set_axis_off()
    put_text(axes, 0, 1 + _HEAD_IN / _size_of(axes)[1], title, size=size, color=INK)
    return axes


def _size_of(axes: Axes) -> tuple[float, float]:
    """Return width and height of a panel in inches."""
    figure = axes.figure
    assert isinstance(figure, Figure)
    box, (width, height) = axes.get_position(), figure.get_size_inches()
    return float(box.width * width), float(box.height * height)


def draw_scales(
    axes: Axes,
    x_label: str,
    y_label: str,
    x_format: str = "",
    x_ticks: Sequence[Tick] | None = None,
) -> None:
    """Draw grid lines, tick labels and axis labels for the limits that the panel has now."""
    (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    places = ticks(low, high, x_format) if x_ticks is None else x_ticks
    heights = ticks(bottom, top)
    across, up = axes.get_xaxis_transform(), axes.get_yaxis_transform()
    width, height = _size_of(axes)
    grid = [((0.0, position), (1.0, position)) for position, _ in heights]
    axes.add_collection(LineCollection(grid, colors=PALE, lw=0.8, transform=up, zorder=0))
    axes.plot([0, 1], [0, 0], color=GREY, lw=0.8, transform=axes.transAxes, clip_on=False)
    for position, label in heights:
        put_text(axes, -_TICK_Y_IN / width, position, label, ha="right", va="center", transform=up)
    for position, label in places:
        put_text(
            axes, position, -_TICK_X_IN / height, label, ha="center", va="top", transform=across
        )
    put_text(axes, 0.5, -_LABEL_X_IN / height, x_label, ha="center", va="top")
    put_text(axes, -_LABEL_Y_IN / width, 0.5, y_label, ha="center", va="center", rotation=90)


def ticks(low: float, high: float, number_format: str = "") -> list[Tick]:
    """Return about four round numbers within the limits, in a format that tells them apart."""
    candidates = _LOCATOR.tick_values(low, high)
    step = float(candidates[1] - candidates[0])
    margin = step / 1000
    decimals = 0 if step >= 1 else math.ceil(-math.log10(step) - 1e-9)
    inside = [value for value in candidates if low - margin <= value <= high + margin]
    # Plus zero: no label reads -0.
    round_ones = [round(float(value), decimals) + 0.0 for value in inside]
    return [(value, format(value, number_format or f",.{decimals}f")) for value in round_ones]


def log_ticks(low: float, high: float) -> list[Tick]:
    """Return round numbers within the limits, which are exponents of 10, at their exponents."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    for steps in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)):
        values = [step * 10.0**decade for decade in decades for step in steps]
        inside = [value for value in values if low - 1e-9 <= math.log10(value) <= high + 1e-9]
        if len(inside) > 2:
            break
    return [(math.log10(value), f"{value:g}") for value in inside]


def draw_dots(
    axes: Axes, xs: Sequence[float], ys: Sequence[float], color: str, size: float = 4.0
) -> None:
    """Draw round dots of ``size`` points, all in one path: a sixth of what markers take."""
    if not xs:
        return
    places = np.repeat(np.column_stack([xs, ys]).astype(float), 2, axis=0)
    outline = Outline(places, np.tile([Outline.MOVETO, Outline.LINETO], len(xs)))
    outline.should_simplify = False  # it would take the dots away
    axes.add_patch(
        PathPatch(outline, fill=False, edgecolor=color, lw=size, capstyle="round", zorder=2)
    )


def say_empty(axes: Axes, text: str) -> None:
    """Fill a panel with the reason why nothing is drawn in it."""
    axes.axhspan(0, 1, color=PALE, alpha=0.5, linewidth=0)
    put_text(axes, 0.5, 0.5, text, size=9, ha="center")


def put_note(axes: Axes, text: str, color: str = GREY, right: float = 1.0) -> None:
    """Write a note at the right above a panel."""
    put_text(axes, right, 1 + _HEAD_IN / _size_of(axes)[1], text, color=color, ha="right")
