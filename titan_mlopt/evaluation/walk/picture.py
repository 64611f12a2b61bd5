"""The equity of each policy over the steps of a walk, before and after costs, as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from titan_mlopt.evaluation.walk.records import (
    ALWAYS,
    ALWAYS_UP,
    DEFAULT,
    GATED,
    NEVER,
    STRATEGIES,
    WalkResult,
)
from titan_mlopt.evaluation.walk.report import TITLES
from titan_mlopt.report.svg.chart import (
    BLUE,
    GREY,
    INK,
    RED,
    Panel,
    Piece,
    Point,
    clipped,
    document,
    padded,
    round_ticks,
    text,
    ticks_that_fit,
)

_WIDTH, _MARGIN, _GAP, _RIGHT, _ABOVE, _HEIGHT, _BELOW = 900, 66, 66, 22, 76, 260, 48
_PLOT_WIDTH = (_WIDTH - _MARGIN - _GAP - _RIGHT) / 2
_MOST_POINTS = 1000
_COLOURS = {GATED: BLUE, ALWAYS: RED, NEVER: INK, DEFAULT: "#a06a00", ALWAYS_UP: "#2f9461"}
# What is no policy is dashed.
_DASHED = {DEFAULT: "6 4", ALWAYS_UP: "2 4"}
_TITLE = "Equity over the steps, 1 at the start"


def draw_equity_svg(result: WalkResult) -> str:
    """Return the picture as SVG text: both panels have the same scale; at least one step."""
    curves = {
        "before costs": {name: result.strategies[name].equity_gross for name in STRATEGIES},
        "after costs": {name: result.strategies[name].equity for name in STRATEGIES},
    }
    values = [clipped(v) for panel in curves.values() for line in panel.values() for v in line]
    limits = padded([1.0, *values], 0.04)
    key: list[str | Piece] = []
    for name in STRATEGIES:
        mark = "- -" if name in _DASHED else "—"
        key += [Piece(mark, _COLOURS[name], 14 * bool(key)), f" {TITLES[name]}"]
    parts = [
        text(22, 28, _TITLE, font_size=14, font_weight=600, fill=INK),
        text(_WIDTH - _RIGHT, 28, *key, font_size=12, fill=GREY, text_anchor="end"),
    ]
    for column, (title, lines) in enumerate(curves.items()):
        x0 = _MARGIN + column * (_PLOT_WIDTH + _GAP)
        panel = Panel(x0, _ABOVE, _PLOT_WIDTH, _HEIGHT, (0, len(result.steps)), limits)
        parts += _panel(panel, title, lines)
    return document(_WIDTH, _ABOVE + _HEIGHT + _BELOW, _TITLE, parts)


def _panel(panel: Panel, title: str, lines: dict[str, tuple[float, ...]]) -> list[str]:
    steps = ticks_that_fit(*panel.x, panel.width, whole=True)
    return [
        text(panel.x0, _ABOVE - 14, title, font_size=13, font_weight=600, fill=INK),
        panel.grid(steps, round_ticks(*panel.y), "steps"),
        panel.line([(x, 1.0) for x in panel.x], stroke=GREY),
        *(
            panel.line(
                _thinned(equity),
                stroke=_COLOURS[name],
                stroke_width=1.6,
                stroke_dasharray=_DASHED.get(name, "none"),
            )
            for name, equity in lines.items()
        ),
    ]


def _thinned(equity: Sequence[float]) -> list[Point]:
    """Return (steps, equity) from (0, 1) on, about 1,000 of them and the last one."""
    points = [(0.0, 1.0), *((float(n), clipped(v)) for n, v in enumerate(equity, 1))]
    stride = -(-len(points) // _MOST_POINTS)
    return [*points[:-1:stride], points[-1]]
