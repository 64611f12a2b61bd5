"""A small writer of SVG charts: panels with scales, round ticks, lines, areas, bars, points, text.

Plain functions that return SVG text. The same input gives the same bytes; every text is escaped;
there is no style sheet, script, id or reference, so that pictures can stand in one page.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Point = tuple[float, float]
Limits = tuple[float, float]
Tick = tuple[float, str]

#: The reader's own interface font; the last names are on every machine.
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
#: Colours of words, of what is small print, and of marks: first, its paler kin, second, a band.
INK, GREY = "#1f2933", "#5b6670"
BLUE, LIGHT, RED, BAND = "#2363a5", "#9cc0e7", "#bf4f35", "#e3e9f0"
_GRID, _AXIS, _LABEL = "#e3e8ed", "#8a949e", GREY
_LABEL_SIZE = 11
#: Pixels between a panel and its labels, and from a label's middle down to its base line.
_GAP, _HALF_LABEL = 7, 4
# About the width of a label's sign, and the least space between two labels.
_SIGN_WIDTH, _SPACE = 6.2, 8
#: From a panel to the base line of the label of its y axis.
_Y_LABEL = 52
# No axis holds more, and sums of a few such numbers are still finite.
_LARGEST = 1e100
# From here on a label is written with an exponent, else it grows out of its place.
_LONG, _SHORT = 1e7, 1e-5


def is_drawable(value: float | None) -> bool:
    """Whether an axis can hold the value: not None, not NaN, and at most 1e100 either way."""
    return value is not None and abs(value) <= _LARGEST


def clipped(value: float) -> float:
    """Return the value, or the largest that an axis can hold."""
    return min(max(value, -_LARGEST), _LARGEST)


def padded(values: Iterable[float], share: float) -> Limits:
    """Return limits around the values with a share of their span to spare; never equal ones."""
    numbers = list(values)
    low, high = min(numbers), max(numbers)
    pad = share * (high - low) or 0.01 * abs(high) or 0.01
    return low - pad, high + pad


def document(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """Return a whole SVG file on white; width and height are CSS pixels, and scale freely."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="{FONT}" role="img">'
    )
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    lines = [head, f"<title>{escaped(title)}</title>", ground, *parts, "</svg>\n"]
    return "\n".join(filter(None, lines))


class Piece(NamedTuple):
    """Part of a line of text; fill: its colour, gap: pixels before it."""

    text: str
    fill: str = ""
    gap: float = 0


def text(x: float, y: float, *pieces: str | Piece, **style: object) -> str:
    """Return one line of text from the base line (x, y) on, "" without a word.

    style: attributes of the element, ``font_size=12`` say.
    """
    inner = "".join(map(_piece, pieces))
    if not inner:
        return ""
    return f'<text x="{_number(x)}" y="{_number(y)}"{_attributes(style)}>{inner}</text>'


def _piece(piece: str | Piece) -> str:
    if isinstance(piece, str):
        return escaped(piece)
    style = {"fill": piece.fill} if piece.fill else {}
    style |= {"dx": _number(piece.gap)} if piece.gap else {}
    return f"<tspan{_attributes(style)}>{escaped(piece.text)}</tspan>"


def escaped(text: str) -> str:
    """Return the text fit for XML, with ``?`` for what cannot be printed, line ends included."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return html.escape(text)


def group(parts: Iterable[str], **style: object) -> str:
    """Return the parts with attributes that they share, "" without a part."""
    inner = "\n".join(filter(None, parts))
    return f"<g{_attributes(style)}>\n{inner}\n</g>" if inner else ""


def round_ticks(low: float, high: float, most: int = 6, *, whole: bool = False) -> tuple[Tick, ...]:
    """Return at most ``most`` round values from low to high, in order, each with its label.

    Neighbours are 1, 2 or 5 times a power of ten apart (P. Heckbert, Nice numbers for graph labels,
    Graphics Gems, 1990, 61-63), with ``whole`` at least 1; without it there are at least two from
    ``most`` 6 on. Where the limits are as good as equal: one value, the lower limit.
    """
    span = high - low
    if not span > 1e-9 * max(abs(low), abs(high), 1e-90):
        return ((low, f"{low:.6g}".replace("-", "−")),)
    step = _round_step(span / (most - 1))
    step = max(step, 1.0) if whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # Not place · step, which is .30000000000000004 for 3 steps of .1.
    inverse = round(1 / step) if step < 1 and step >= _SHORT else 0
    values = [index / inverse if inverse else index * step for index in range(first, last + 1)]
    return tuple(zip(values, _labels(values, step), strict=True))


def ticks_that_fit(
    low: float, high: float, pixels: float, *, whole: bool = False
) -> tuple[Tick, ...]:
    """Return round ticks whose labels have room side by side in so many pixels."""
    for most in (8, 6, 5, 4, 3):
        ticks = round_ticks(low, high, most, whole=whole)
        if sum(_SIGN_WIDTH * len(label) + _SPACE for _, label in ticks) <= pixels:
            break
    return ticks


def log_ticks(low: float, high: float) -> tuple[Tick, ...]:
    """Return round numbers within the limits, which are exponents of 10, at their exponents."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    for steps in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)):
        values = [step * 10.0**decade for decade in decades for step in steps]
        inside = [value for value in values if low - 1e-9 <= math.log10(value) <= high + 1e-9]
        if len(inside) > 2:
            break
    if not inside:  # within less than a step
        return tuple((end, f"{10**end:.3g}") for end in (low, high))
    return tuple((math.log10(value), f"{value:g}") for value in inside)


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


def _labels(values: Sequence[float], step: float) -> Iterator[str]:
    """Yield the values with just the digits that tell neighbours apart."""
    largest = max(map(abs, values), default=0.0)
    digits = math.floor(math.log10(step) + 1e-9)
    written = f",.{max(0, -digits)}f"
    if largest >= _LONG or step < _SHORT:
        written = f".{max(0, math.floor(math.log10(largest or step)) - digits)}e"
    for value in values:
        # Plus zero: no label reads -0.
        yield format(value + 0.0, written).replace("-", "−")


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle in pixels, with the limits of the values that its sides stand for.

    x, y: (low, high) with low < high; marks are within, only uprights are cut at the border. Of
    points (x, y) those whose y is not drawable leave a gap.
    """

    x0: float
    y0: float
    width: float
    height: float
    x: Limits
    y: Limits

    def at_x(self, value: float) -> float:
        """Return the pixel of a value on the x axis."""
        low, high = self.x
        return self.x0 + self.width * ((value - low) / (high - low))

    def at_y(self, value: float) -> float:
        """Return the pixel of a value on the y axis; pixels grow downwards."""
        low, high = self.y
        return self.y0 + self.height * ((high - value) / (high - low))

    def grid(
        self,
        x_ticks: Sequence[Tick],
        y_ticks: Sequence[Tick],
        x_label: str = "",
        y_label: str = "",
    ) -> str:
        """Return a light line and a label a y tick, a mark and a label an x tick.

        y_label: stands upright at the left of the labels.
        """
        right, bottom = self.x0 + self.width, self.y0 + self.height
        heights = [_number(self.at_y(value)) for value, _ in y_ticks]
        positions = [_number(self.at_x(value)) for value, _ in x_ticks]
        x0, base = _number(self.x0), _number(bottom)
        lines = "".join(f"M{x0} {height}H{_number(right)}" for height in heights)
        marks = "".join(f"M{position} {base}v4" for position in positions)
        below = bottom + _GAP + 2 * _HALF_LABEL + 1
        across = [
            text(self.at_x(value), below, label, text_anchor="middle") for value, label in x_ticks
        ]
        up = [text(self.x0 - _GAP, self.at_y(v) + _HALF_LABEL, label) for v, label in y_ticks]
        if x_label:
            middle = self.x0 + self.width / 2
            across.append(text(middle, below + 16, x_label, text_anchor="middle"))
        if y_label:
            x, y = self.x0 - _Y_LABEL, self.y0 + self.height / 2
            turned = f"rotate(-90 {_number(x)} {_number(y)})"
            across.append(text(x, y, y_label, text_anchor="middle", transform=turned))
        labels = group(up, text_anchor="end")
        return group(
            [
                _path(lines, stroke=_GRID),
                _path(f"M{x0} {base}H{_number(right)}{marks}", stroke=_AXIS),
                group([*across, labels], font_size=_LABEL_SIZE, fill=_LABEL),
            ]
        )

    def line(self, points: Iterable[Point], **style: object) -> str:
        """Return a line through the points; a point alone between gaps is a short level line."""
        path = "".join(
            f"M{self._trail(run)}" + ("m-2 0h4" if len(run) == 1 else "") for run in _runs(points)
        )
        return _path(path, stroke_linecap="round", stroke_linejoin="round", **style)

    def steps(self, points: Sequence[Point], **style: object) -> str:
        """Return a line that keeps the height of each point up to the next one."""
        corners = [
            corner
            for (x, y), (next_x, _) in zip(points, [*points[1:], points[-1]], strict=True)
            for corner in ((x, y), (next_x, y))
        ]
        return self.line(corners, **style)

    def points(self, points: Iterable[Point], size: float, color: str) -> str:
        """Return round points of ``size`` pixels in one path, a third of the text of circles."""
        path = "".join(f"M{_number(self.at_x(x))} {_number(self.at_y(y))}h0" for x, y in points)
        return _path(path, stroke=color, stroke_width=size, stroke_linecap="round")

    def area(self, points: Iterable[Point], base: float, **style: object) -> str:
        """Return the area between the points and the height ``base``."""
        path = "".join(
            f"M{self._trail([(run[0][0], base), *run, (run[-1][0], base)])}Z"
            for run in _runs(points)
        )
        return _path(path, **style)

    def _trail(self, run: Sequence[Point]) -> str:
        """Return the points in pixels; ``at_x`` and ``at_y`` in a loop take twice as long."""
        (low_x, high_x), (low_y, high_y) = self.x, self.y
        x0, wide = self.x0, self.width / (high_x - low_x)
        top, tall = self.y0, self.height / (high_y - low_y)
        return " ".join(
            f"{x0 + wide * (x - low_x):.1f} {top + tall * (high_y - y):.1f}" for x, y in run
        )

    def bars(
        self, bars: Iterable[tuple[float, float, float, float]], gap: float = 0, **style: object
    ) -> str:
        """Return rectangles, each (left, right, low, high) in values, ``gap`` pixels narrower."""
        paths = [
            f"M{_number(self.at_x(low_x) + gap / 2)} {_number(self.at_y(low))}"
            f"V{_number(self.at_y(high))}H{_number(self.at_x(high_x) - gap / 2)}"
            f"V{_number(self.at_y(low))}Z"
            for low_x, high_x, low, high in bars
        ]
        return _path("".join(paths), **style)

    def uprights(self, bars: Iterable[tuple[float, float, float]], **style: object) -> str:
        """Return upright lines, each (x, low, high) in values, cut at the panel's border."""
        bottom, top = self.y
        paths = [
            f"M{_number(self.at_x(x))} {_number(self.at_y(max(low, bottom)))}"
            f"V{_number(self.at_y(min(high, top)))}"
            for x, low, high in bars
        ]
        return _path("".join(paths), **style)

    def dots(self, dots: Iterable[tuple[float, float, float]], **style: object) -> str:
        """Return circles, each (x, y, radius): the place in values, the radius in pixels."""
        circles = (
            f'<circle cx="{_number(self.at_x(x))}" cy="{_number(self.at_y(y))}" '
            f'r="{_number(radius)}"/>'
            for x, y, radius in dots
        )
        return group(circles, **style)

    def message(self, message: str, **style: object) -> str:
        """Return a message in the middle of the panel, which is greyed."""
        box = (
            f'<rect x="{_number(self.x0)}" y="{_number(self.y0)}" '
            f'width="{_number(self.width)}" height="{_number(self.height)}" fill="#f4f6f8"/>'
        )
        x, y = self.x0 + self.width / 2, self.y0 + self.height / 2 + _HALF_LABEL
        return f"{box}\n{text(x, y, message, text_anchor='middle', **style)}"


def _runs(points: Iterable[Point]) -> Iterator[list[Point]]:
    """Yield the points between gaps."""
    run: list[Point] = []
    for point in points:
        if is_drawable(point[1]):
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _path(commands: str, **style: object) -> str:
    """Return the path, "" for one without a point."""
    if not commands:
        return ""
    # An area has no outline, a line no inside.
    fill = {} if "fill" in style else {"fill": "none"}
    return f'<path d="{commands}"{_attributes({**fill, **style})}/>'


def _number(pixels: float) -> str:
    """Return pixels to a tenth, which is enough for three times the size."""
    return f"{pixels:.1f}".removesuffix(".0")


def _attributes(style: Mapping[str, object]) -> str:
    pairs = ((name.replace("_", "-"), value) for name, value in style.items())
    return "".join(f' {name}="{escaped(str(value))}"' for name, value in pairs)
