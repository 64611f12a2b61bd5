"""Differences with their intervals, one line each, as a small SVG picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from titan_mlopt.report.svg import Panel, document, round_ticks, text

_WIDTH, _LEFT, _RIGHT = 680, 150, 24
_TOP, _ROW, _BOTTOM = 34, 34, 46
_ZERO, _LEAST = "#5b6670", "#c98a1b"
_ABOVE, _BELOW, _OPEN = "#2f855a", "#b83a3a", "#3b6ea5"


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference of accuracies and its 95 % interval; shares."""

    name: str
    difference: float
    low: float
    high: float


def interval_svg(rows: Sequence[Interval], least: float) -> str:
    """Return the picture of at least one difference, in percentage points.

    least: the smallest difference that is worth a change, drawn as a line beside that at 0. An
    interval that excludes 0 is green or red, one that does not is blue.
    """
    height = _TOP + _ROW * len(rows) + _BOTTOM
    ends = [100 * value for row in rows for value in (row.low, row.high, row.difference)]
    low, high = min(0.0, *ends), max(100 * least, *ends)
    room = 0.06 * (high - low) or 1.0
    panel = Panel(
        *(_LEFT, _TOP, _WIDTH - _LEFT - _RIGHT, _ROW * len(rows)),
        x=(low - room, high + room),
        y=(-0.5, len(rows) - 0.5),
    )
    places = [(float(len(rows) - 1 - i), row.name) for i, row in enumerate(rows)]
    marks = [(0.0, *panel.y), (100 * least, *panel.y)]
    parts = [
        panel.grid(
            round_ticks(*panel.x), places, "accuracy above the rival's, percentage points (95 %)"
        ),
        panel.uprights(marks[:1], stroke=_ZERO, stroke_width=1.2),
        panel.uprights(marks[1:], stroke=_LEAST, stroke_width=1.2, stroke_dasharray="4 3"),
        text(
            panel.at_x(100 * least) + 4,
            _TOP - 8,
            f"worth a change: {100 * least:+.1f}",
            font_size=11,
            fill=_LEAST,
        ),
        *(part for i, row in enumerate(rows) for part in _drawn(panel, places[i][0], row)),
    ]
    return document(_WIDTH, height, "Differences of accuracy with 95 % intervals", parts)


def _drawn(panel: Panel, y: float, row: Interval) -> list[str]:
    colour = _ABOVE if row.low > 0 else _BELOW if row.high < 0 else _OPEN
    ends = [(100 * row.low, y), (100 * row.high, y)]
    return [
        panel.line(ends, stroke=colour, stroke_width=3),
        panel.dots([(100 * row.difference, y, 5)], fill=colour),
    ]
