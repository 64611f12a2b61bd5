"""One trial as one small SVG: reliability, equity and drawdown, rolling accuracy, confidence."""

from __future__ import annotations

from titan_mlopt.records import COMPLETE, FAIL, PRUNED, TrialRecord
from titan_mlopt.report.svg import Limits, Panel, Piece, document, round_ticks, text
from titan_mlopt.report.trial_picture import (
    LUCK,
    Confidence,
    Equity,
    Head,
    Reliability,
    Rolling,
    TrialPicture,
    trial_picture,
)

_INK, _GREY, _BAND, _BLUE, _LIGHT, _RED = (
    "#1f2933",
    "#5b6670",
    "#e3e9f0",
    "#2363a5",
    "#9cc0e7",
    "#bf4f35",
)
_STATES = {COMPLETE: "#23744a", PRUNED: "#8a5d00", FAIL: _RED}
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


def draw_trial_svg(trial: TrialRecord) -> str:
    """Return the trial's picture as SVG text; the same trial gives the same text.

    What the outcome lacks becomes a panel that says so.
    """
    picture = trial_picture(trial)
    parts = [
        *_title(trial, picture),
        *_reliability(_COLUMNS[0], _ROWS[0], picture.reliability),
        *_equity(_COLUMNS[1], _ROWS[0], picture.equity),
        *_rolling(_COLUMNS[0], _ROWS[1], picture.rolling),
        *_confidence(_COLUMNS[1], _ROWS[1], picture.confidence),
    ]
    return document(_WIDTH, _HEIGHT, " · ".join(filter(None, picture.title)), parts)


def _title(trial: TrialRecord, picture: TrialPicture) -> list[str]:
    name, state, rest = picture.title
    pieces: list[str | Piece] = [name, " · ", Piece(state, _STATES.get(trial.state, _GREY))]
    pieces += [" · ", rest] if rest else []
    return [
        text(_COLUMNS[0], 42, *pieces, font_size=20, font_weight=600, fill=_INK),
        text(_COLUMNS[0], 64, picture.facts, font_size=12.5, fill=_GREY),
    ]


def _head(left: float, top: float, head: Head, *key: Key) -> list[str]:
    """Return a panel's name and numbers, and on the right what its marks stand for."""
    pieces: list[str | Piece] = []
    for mark, colour, meaning in key:
        pieces += [Piece(mark, colour, _KEY_GAP * bool(pieces)), meaning and f" {meaning}"]
    end = left + _PLACE_WIDTH
    return [
        text(left, top + 14, head.name, font_size=14, font_weight=600, fill=_INK),
        text(left, top + 32, head.numbers, font_size=12, fill=_INK),
        text(end, top + 14, *pieces, font_size=11, fill=_GREY, text_anchor="end"),
    ]


def _panel(left: float, top: float, x: Limits, y: Limits, height: float = _PLOT_HEIGHT) -> Panel:
    return Panel(left + _LABELS, top + _HEAD, _PLACE_WIDTH - _LABELS, height, x, y)


def _empty(left: float, top: float, head: Head) -> list[str]:
    panel = _panel(left, top, (0, 1), (0, 1))
    return [*_head(left, top, head), panel.words(head.empty, font_size=12, fill=_GREY)]


def _reliability(left: float, top: float, shown: Reliability) -> list[str]:
    """Draw hit rate by mean confidence: area is the count, the bar its 95 % Wilson interval."""
    if shown.head.empty:
        return _empty(left, top, shown.head)
    panel = _panel(left, top, shown.x, shown.y)
    key = [("●", _BLUE, "hit rate, area: n"), ("|", _LIGHT, "95 % interval")]
    key += [(f"{shown.hidden} small outside", _GREY, "")] if shown.hidden else []
    low, high = max(shown.x[0], shown.y[0]), min(shown.x[1], shown.y[1])
    dots = [(b.confidence, b.rate, max(_DOT, (_DOT_AREA * b.share) ** 0.5)) for b in shown.bins]
    return [
        *_head(left, top, shown.head, *key),
        panel.grid(
            round_ticks(*shown.x, _ACROSS), round_ticks(*shown.y, _UP), "mean confidence of the bin"
        ),
        panel.line([(low, low), (high, high)], stroke=_GREY, stroke_dasharray="5 4"),
        panel.uprights(
            [(b.confidence, b.low, b.high) for b in shown.bins], stroke=_LIGHT, stroke_width=2
        ),
        panel.dots(dots, fill=_BLUE, fill_opacity=0.9),
    ]


def _equity(left: float, top: float, shown: Equity) -> list[str]:
    """Draw the gain since the start, and below it how far it is under its peak."""
    if shown.head.empty:
        return _empty(left, top, shown.head)
    height = _PLOT_HEIGHT - _DRAWDOWN_HEIGHT - _BETWEEN
    above = _panel(left, top, shown.x, shown.y, height)
    below = _panel(left, top + height + _BETWEEN, shown.x, shown.y_drawdown, _DRAWDOWN_HEIGHT)
    bars = round_ticks(*shown.x, _ACROSS, whole=True)
    return [
        *_head(left, top, shown.head, ("—", _BLUE, "gain"), ("■", _RED, "under the peak")),
        above.grid((), round_ticks(*shown.y, 6)),
        above.line([(x, 0.0) for x in shown.x], stroke=_GREY),
        above.line(shown.gains, stroke=_BLUE, stroke_width=1.6),
        below.grid(bars, round_ticks(*shown.y_drawdown, 3), "bar"),
        below.area(shown.drawdowns, 0.0, fill=_RED, fill_opacity=0.55),
    ]


def _rolling(left: float, top: float, shown: Rolling) -> list[str]:
    """Draw the rolling accuracy over the band that holds 95 % of coin flips."""
    if shown.head.empty:
        return _empty(left, top, shown.head)
    panel = _panel(left, top, shown.x, shown.y)
    key = [("- -", _BLUE, "all"), ("■", _BAND, "95 % of coin flips")]
    overall = [] if shown.overall is None else [(x, shown.overall) for x in shown.x]
    return [
        *_head(left, top, shown.head, *key),
        panel.bars([(*shown.x, 0.5 - LUCK, 0.5 + LUCK)], fill=_BAND),
        panel.grid(
            round_ticks(*shown.x, _ACROSS, whole=True), round_ticks(*shown.y, _UP), "prediction"
        ),
        panel.line([(x, 0.5) for x in shown.x], stroke=_GREY),
        panel.line(overall, stroke=_BLUE, stroke_dasharray="5 4"),
        panel.line(shown.rates, stroke=_BLUE, stroke_width=1.6),
    ]


def _confidence(left: float, top: float, shown: Confidence) -> list[str]:
    """Draw the histogram of the confidences, misses on top of hits."""
    if shown.head.empty:
        return _empty(left, top, shown.head)
    panel = _panel(left, top, shown.x, shown.y)
    hits = [(from_, to, 0, hits) for from_, to, hits, _ in shown.bars]
    misses = [(from_, to, hits, count) for from_, to, hits, count in shown.bars]
    return [
        *_head(left, top, shown.head, ("■", _BLUE, "hits"), ("■", _LIGHT, "misses")),
        panel.grid(
            round_ticks(*shown.x, _ACROSS), round_ticks(*shown.y, _UP, whole=True), "confidence"
        ),
        panel.bars(misses, gap=1, fill=_LIGHT),
        panel.bars(hits, gap=1, fill=_BLUE),
    ]
