"""The accuracy of the best trial beside what had to be beaten on the same bars, as a picture."""

from __future__ import annotations

from typing import NamedTuple

from titan_mlopt.analysis.luck import chance_level
from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.analysis.summary import Measured, trial_hits
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.format import baseline_text
from titan_mlopt.report.markup import flat
from titan_mlopt.report.svg.chart import (
    BLUE,
    GREY,
    INK,
    RED,
    Panel,
    document,
    padded,
    text,
    ticks_that_fit,
)

# The bars' left end leaves room for names, the right one for numbers.
_WIDTH, _LEFT, _RIGHT, _ABOVE, _BELOW, _ROW = 900, 250, 190, 44, 46, 26
_NAME_CHARS = 36
_TITLE = "Accuracy on the same bars, with its 95 % interval"


class _Row(NamedTuple):
    name: str
    rate: float
    low: float
    high: float
    n: int
    color: str


def draw_baselines_svg(study: StudyRecord) -> str:
    """Return the picture as SVG text, "" for a study without a best trial or a baseline."""
    best = best_trial(study)
    rows = [
        row
        for baseline in study.baselines
        if (row := _row(flat(baseline_text(baseline)), baseline, GREY)) is not None
    ]
    first = None if best is None else _row(f"trial {best.number}, the best", best, BLUE)
    if first is None or not rows:
        return ""
    rows, coin = [first, *rows], chance_level(study)
    height = _ROW * len(rows)
    limits = padded([coin, *(row.low for row in rows), *(row.high for row in rows)], 0.04)
    panel = Panel(*(_LEFT, _ABOVE, _WIDTH - _LEFT - _RIGHT, height), limits, (0.5 - len(rows), 0.5))
    parts = [
        text(22, 28, _TITLE, font_size=14, font_weight=600, fill=INK),
        text(_WIDTH - 22, 28, f"dashed: a coin, {coin:.3f}", **_small("end", RED)),
        panel.grid(ticks_that_fit(*limits, panel.width), ()),
        panel.line([(coin, y) for y in panel.y], stroke=RED, stroke_dasharray="5 4"),
    ]
    for y, row in enumerate(rows):
        parts += _draw_row(panel, -float(y), row)
    return document(_WIDTH, _ABOVE + height + _BELOW, _TITLE, parts)


def _row(name: str, measured: Measured, color: str) -> _Row | None:
    """Return the row of what was measured, None without a prediction."""
    counts = trial_hits(measured)
    if counts is None:
        return None
    hits, n = counts
    return _Row(name[:_NAME_CHARS], hits / n, *wilson_interval(hits, n), n, color)


def _draw_row(panel: Panel, y: float, row: _Row) -> list[str]:
    base = panel.at_y(y) + 4
    return [
        text(panel.x0 - 12, base, row.name, **_small("end", INK)),
        panel.line([(row.low, y), (row.high, y)], stroke=row.color, stroke_width=2),
        panel.dots([(row.rate, y, 5)], fill=row.color),
        text(panel.x0 + panel.width + 14, base, f"{row.rate:.4f}, n={row.n:,}", **_small("start")),
    ]


def _small(anchor: str, color: str = GREY) -> dict[str, object]:
    return {"font_size": 12, "fill": color, "text_anchor": anchor}
