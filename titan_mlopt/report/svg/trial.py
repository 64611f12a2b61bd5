"""One trial as one small SVG: reliability, equity and drawdown, rolling accuracy, confidence."""

from __future__ import annotations

from collections.abc import Callable

from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, TrialRecord
from titan_mlopt.report.svg import trial_data
from titan_mlopt.report.svg.chart import (
    BAND,
    BLUE,
    GREY,
    INK,
    LIGHT,
    RED,
    Limits,
    Panel,
    Piece,
    document,
    round_ticks,
    text,
)

_STATES = {COMPLETE: "#23744a", PRUNED: "#8a5d00", FAIL: RED}
_WIDTH, _HEIGHT = 960, 664
# Left and top of each panel's place, in pixels; all are equally large.
_COLUMNS, _ROWS = (28, 504), (92, 384)
_PLACE_WIDTH, _LABELS, _HEAD, _PLOT_HEIGHT = 428, 40, 46, 186
_DRAWDOWN_HEIGHT, _BETWEEN = 46, 12
# Area of the largest bin's dot, in square pixels over pi, and the smallest radius.
_DOT_AREA, _DOT = 70.0, 2.0
_KEY_GAP = 10

# Most ticks of an axis.
_ACROSS, _UP = 8, 7

# Mark, its colour, what it stands for.
Key = tuple[str, str, str]
_PanelData = trial_data.Reliability | trial_data.Equity | trial_data.Rolling | trial_data.Confidence


def draw_trial_svg(trial: TrialRecord) -> str:
    """Return the trial's picture as SVG text; the same trial gives the same text.

    What the outcome lacks becomes a panel that says so.
    """
    picture = trial_data.trial_picture(trial)
    parts = _title(trial, picture)
    panels: tuple[tuple[Callable[..., list[str]], _PanelData], ...] = (
        (_reliability, picture.reliability),
        (_equity, picture.equity),
        (_rolling, picture.rolling),
        (_confidence, picture.confidence),
    )
    for index, (draw, data) in enumerate(panels):
        x0, y0 = _COLUMNS[index % 2], _ROWS[index // 2]
        parts += draw(x0, y0, data) if not data.head.empty else _empty(x0, y0, data.head)
    return document(_WIDTH, _HEIGHT, " · ".join(filter(None, picture.title)), parts)


def _title(trial: TrialRecord, picture: trial_data.TrialPicture) -> list[str]:
    name, state, details = picture.title
    pieces: list[str | Piece] = [name, " · ", Piece(state, _STATES.get(trial.state, GREY))]
    pieces += [" · ", details] if details else []
    return [
        text(_COLUMNS[0], 42, *pieces, font_size=20, font_weight=600, fill=INK),
        text(_COLUMNS[0], 64, picture.facts, font_size=12.5, fill=GREY),
    ]


def _head(x0: float, y0: float, head: trial_data.Head, *key: Key) -> list[str]:
    """Return a panel's name and numbers, and on the right what its marks stand for."""
    pieces: list[str | Piece] = []
    for mark, colour, meaning in key:
        pieces += [Piece(mark, colour, _KEY_GAP * bool(pieces)), meaning and f" {meaning}"]
    end = x0 + _PLACE_WIDTH
    return [
        text(x0, y0 + 14, head.name, font_size=14, font_weight=600, fill=INK),
        text(x0, y0 + 32, head.numbers, font_size=12, fill=INK),
        text(end, y0 + 14, *pieces, font_size=11, fill=GREY, text_anchor="end"),
    ]


def _panel(x0: float, y0: float, x: Limits, y: Limits, height: float = _PLOT_HEIGHT) -> Panel:
    return Panel(x0 + _LABELS, y0 + _HEAD, _PLACE_WIDTH - _LABELS, height, x, y)


def _empty(x0: float, y0: float, head: trial_data.Head) -> list[str]:
    panel = _panel(x0, y0, (0, 1), (0, 1))
    return [*_head(x0, y0, head), panel.message(head.empty, font_size=12, fill=GREY)]


def _reliability(x0: float, y0: float, data: trial_data.Reliability) -> list[str]:
    """Draw hit rate by mean confidence: area is the count, the bar its 95 % Wilson interval."""
    panel = _panel(x0, y0, data.x, data.y)
    key = [("●", BLUE, "hit rate, area: n"), ("|", LIGHT, "95 % interval")]
    key += [(f"{data.hidden} small outside", GREY, "")] if data.hidden else []
    low, high = max(data.x[0], data.y[0]), min(data.x[1], data.y[1])
    dots = [(b.confidence, b.rate, max(_DOT, (_DOT_AREA * b.share) ** 0.5)) for b in data.bins]
    return [
        *_head(x0, y0, data.head, *key),
        panel.grid(
            round_ticks(*data.x, _ACROSS), round_ticks(*data.y, _UP), "mean confidence of the bin"
        ),
        panel.line([(low, low), (high, high)], stroke=GREY, stroke_dasharray="5 4"),
        panel.uprights(
            [(b.confidence, b.low, b.high) for b in data.bins], stroke=LIGHT, stroke_width=2
        ),
        panel.dots(dots, fill=BLUE, fill_opacity=0.9),
    ]


def _equity(x0: float, y0: float, data: trial_data.Equity) -> list[str]:
    """Draw the gain since the start, and below it how far it is under its peak."""
    height = _PLOT_HEIGHT - _DRAWDOWN_HEIGHT - _BETWEEN
    above = _panel(x0, y0, data.x, data.y, height)
    below = _panel(x0, y0 + height + _BETWEEN, data.x, data.y_drawdown, _DRAWDOWN_HEIGHT)
    bars = round_ticks(*data.x, _ACROSS, whole=True)
    return [
        *_head(x0, y0, data.head, ("—", BLUE, "gain"), ("■", RED, "under the peak")),
        above.grid((), round_ticks(*data.y, 6)),
        above.line([(x, 0.0) for x in data.x], stroke=GREY),
        above.line(data.gains, stroke=BLUE, stroke_width=1.6),
        below.grid(bars, round_ticks(*data.y_drawdown, 3), "bar"),
        below.area(data.drawdowns, 0.0, fill=RED, fill_opacity=0.55),
    ]


def _rolling(x0: float, y0: float, data: trial_data.Rolling) -> list[str]:
    """Draw the rolling accuracy over the band that holds 95 % of coin flips."""
    panel = _panel(x0, y0, data.x, data.y)
    key = [("- -", BLUE, "all"), ("■", BAND, "95 % of coin flips")]
    overall = [] if data.overall is None else [(x, data.overall) for x in data.x]
    return [
        *_head(x0, y0, data.head, *key),
        panel.bars([(*data.x, 0.5 - trial_data.LUCK, 0.5 + trial_data.LUCK)], fill=BAND),
        panel.grid(
            round_ticks(*data.x, _ACROSS, whole=True), round_ticks(*data.y, _UP), "prediction"
        ),
        panel.line([(x, 0.5) for x in data.x], stroke=GREY),
        panel.line(overall, stroke=BLUE, stroke_dasharray="5 4"),
        panel.line(data.rates, stroke=BLUE, stroke_width=1.6),
    ]


def _confidence(x0: float, y0: float, data: trial_data.Confidence) -> list[str]:
    """Draw the histogram of the confidences, misses on top of hits."""
    panel = _panel(x0, y0, data.x, data.y)
    hits = [(from_, to, 0, hits) for from_, to, hits, _ in data.bars]
    misses = [(from_, to, hits, count) for from_, to, hits, count in data.bars]
    return [
        *_head(x0, y0, data.head, ("■", BLUE, "hits"), ("■", LIGHT, "misses")),
        panel.grid(
            round_ticks(*data.x, _ACROSS), round_ticks(*data.y, _UP, whole=True), "confidence"
        ),
        panel.bars(misses, gap=1, fill=LIGHT),
        panel.bars(hits, gap=1, fill=BLUE),
    ]
