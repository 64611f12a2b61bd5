"""A study's plots as small SVG pictures, drawn without a browser and readable at a glance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from titan_mlopt.analysis import plot_data
from titan_mlopt.report.markup import flat
from titan_mlopt.report.svg.chart import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    RED,
    Panel,
    Point,
    Tick,
    clipped,
    document,
    log_ticks,
    padded,
    round_ticks,
    text,
    ticks_that_fit,
)

_WIDTH, _HEIGHT, _TALL = 900, 422, 600
# Pixels at the sides of a panel, above and below it; lines of words above it.
_LEFT, _RIGHT, _ABOVE, _BELOW = 76, 22, 66, 62
_HEAD, _SECOND, _FOOT, _NEXT_LINE = 28, 48, 12, 14
# Slices stand in rows of three: width and height of a panel, distance to the next.
_COLUMNS, _SLICE = 3, (225, 192)
_NEXT = (288, 268)
# Left end of the bars of importances, and room for the numbers behind the longest.
_BARS_LEFT, _RANGE = 306, 130
# Parameters shown: as bars, and as slices.
_MOST_BARS, _MOST_SLICES = 12, 6
# Trials in a slice: six of a thousand dots take 100 kB. Most dots and corners of the history.
_SLICE_LIMIT, _MOST_DOTS, _MOST_CORNERS = 1000, 4000, 800
# Part of the values that may lie below what the history shows, so that a few do not flatten it.
_HIDDEN = 0.02
# Old trials pale, late ones dark.
_AGES = (LIGHT, "#5f93cb", BLUE)
_TITLE_CHARS, _CHOICE_CHARS = 38, 12

_Draw = Callable[[plot_data.PlotInfo, plot_data.Aim], list[str]]


def draw_svgs(info: plot_data.PlotInfo) -> Iterator[tuple[str, str]]:
    """Yield name and SVG text of each picture; the names are those of ``draw_figures``.

    Safe to call from any thread; the same study gives the same text. A picture that cannot be
    drawn yet says why.
    """
    for index, aim in enumerate(info.aims):
        for key, (height, draw) in _PICTURES.items():
            name = key if index == 0 else f"{key}_{aim.name}"
            yield name, _draw_picture(key, info, aim, height, draw)
    if len(info.aims) > 1:
        yield "pareto_front", _draw_picture("pareto_front", info, info.aims[0], _TALL, _draw_front)


def write_svgs(svgs: Mapping[str, str], folder: Path) -> list[Path]:
    """Write each picture as ``<name>.svg``; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.svg" for name in svgs]
    for path, svg in zip(paths, svgs.values(), strict=True):
        path.write_text(svg, encoding="utf-8")
    return paths


def is_picture(name: str) -> bool:
    """Return whether a file of this name is one that ``write_svgs`` wrote."""
    return name.endswith(".svg") and name.startswith((*_PICTURES, "pareto_front"))


def _draw_picture(
    key: str, info: plot_data.PlotInfo, aim: plot_data.Aim, height: int, draw: _Draw
) -> str:
    title = key.replace("_", " ").capitalize()
    if problem := plot_data.problem_of(key, info, aim):
        message = _panel(height, (0, 1), (0, 1)).message(flat(problem), font_size=12, fill=GREY)
        return document(_WIDTH, height, title, [_title(title), message])
    return document(_WIDTH, height, title, draw(info, aim))


def _panel(height: int, x: Point, y: Point) -> Panel:
    """Return the panel that fills a picture but for its words."""
    return Panel(_LEFT, _ABOVE, _WIDTH - _LEFT - _RIGHT, height - _ABOVE - _BELOW, x, y)


def _title(title: str) -> str:
    return text(_RIGHT, _HEAD, title, font_size=14, font_weight=600, fill=INK)


def _note(note: str, color: str = GREY, y: float = _HEAD) -> str:
    """Return a line at the right, by default on the height of the title."""
    return text(_WIDTH - _RIGHT, y, note, font_size=11.5, fill=color, text_anchor="end")


def _draw_history(info: plot_data.PlotInfo, aim: plot_data.Aim) -> list[str]:
    """Draw each value, the best so far as steps, and what luck alone would show."""
    history, name = plot_data.history_info(info, aim), flat(aim.name)
    values = list(map(clipped, history.values))
    low = _floor(values)
    visible = [(n, v) for n, v in zip(history.numbers, values, strict=True) if v >= low]
    best, luck = _best_steps(history), history.luck
    last = max(history.numbers[-1], history.numbers[0] + 1)
    heights = [low, *(y for _, y in best), *((*luck.most, *luck.expected) if luck else ())]
    panel = _panel(_HEIGHT, (history.numbers[0] - 0.5, last + 0.5), padded(heights, 0.06))
    parts = [
        _title(f"Optimization history: {name}"),
        _note(f"best: trial {best[-2][0]}, {history.best[-1]:.4g}", BLUE),
        panel.grid(
            ticks_that_fit(history.numbers[0], last, panel.width, whole=True),
            round_ticks(*panel.y),
            "trial",
            name,
        ),
        panel.points(_thinned(visible, _MOST_DOTS), 5, LIGHT),
        panel.steps(_thinned(best, _MOST_CORNERS), stroke=BLUE, stroke_width=2),
        panel.points(best[-2:-1], 9, BLUE),
    ]
    if luck is not None:
        for line, dashes in ((luck.expected, "6 4"), (luck.most, "2 3")):
            points = _thinned(list(zip(luck.numbers, line, strict=True)), _MOST_CORNERS)
            parts.append(panel.line(points, stroke=RED, stroke_width=1.4, stroke_dasharray=dashes))
        said = f"dashed: luck alone, {luck.expected[-1]:.4g}; dotted: 95 %, {luck.most[-1]:.4g}"
        parts.append(_note(said, RED, _SECOND))
    counts = ", ".join(f"{n} {state.lower()}" for state, n in sorted(history.states.items()))
    hidden = len(values) - len(visible)
    lower = "complete trial lies" if hidden == 1 else "complete trials lie"
    below = f" · {hidden} {lower} lower" if hidden else ""
    return [*parts, _note(f"{counts}{below}", y=_HEIGHT - _FOOT)]


def _best_steps(history: plot_data.History) -> list[tuple[int, float]]:
    """Return each trial that was the best at its end with its value; at last the last trial."""
    rows, heights = (
        list(zip(history.numbers, history.best, strict=True)),
        [-math.inf, *history.best],
    )
    steps = [(n, clipped(v)) for (n, v), before in zip(rows, heights, strict=False) if v > before]
    return [*steps, (history.numbers[-1], steps[-1][1])]


def _thinned(points: Sequence[Point], most: int) -> list[Point]:
    """Return about ``most`` of the points at even distances, and the last one."""
    return [*points[: -1 : -(-len(points) // most)], *points[-1:]]


def _floor(values: Sequence[float]) -> float:
    """Return the lowest value that is drawn."""
    return float(np.quantile(values, _HIDDEN, method="lower"))


def _draw_importances(_: plot_data.PlotInfo, aim: plot_data.Aim) -> list[str]:
    """Draw the share of each parameter as a bar, the largest on top, with its range."""
    shares, spread = list(aim.importances.items()), aim.spread()
    rows = [(-float(y), name, share) for y, (name, share) in enumerate(shares[:_MOST_BARS])]
    high = max(share for _, _, share in rows)
    top = _SECOND + (_NEXT_LINE if spread.remark else 0)
    size = (_WIDTH - _BARS_LEFT - _RANGE, _HEIGHT - _ABOVE - _FOOT - top + _SECOND)
    panel = Panel(_BARS_LEFT, top, *size, (0, high), (0.4 - _MOST_BARS, 0.6))
    parts = [
        _title(f"Importance for {flat(aim.name)} by {aim.evaluator}"),
        panel.bars([(0, share, y - 0.34, y + 0.34) for y, _, share in rows], fill=BLUE),
    ]
    for y, name, share in rows:
        base, value = panel.at_y(y) + 4, f"{100 * share:.1f} %"
        if spread.resamples:
            value += f" ({100 * spread.low[name]:.0f} to {100 * spread.high[name]:.0f})"
        parts += [
            text(panel.x0 - 8, base, _short(name), font_size=12, fill=INK, text_anchor="end"),
            text(panel.at_x(share) + 8, base, value, font_size=12, fill=GREY),
        ]
    note = "share of the variance between trials; no sign that more or less is better"
    if spread.resamples:
        note = f"in brackets: range over {spread.resamples} resamples of the trials · {note}"
    if omitted := [share for _, share in shares[_MOST_BARS:]]:
        note = f"{len(omitted)} more: {100 * math.fsum(omitted):.1f} % · {note}"
    parts += [_note(spread.remark, y=_SECOND)] if spread.remark else []
    return [*parts, _note(note, y=_HEIGHT - _FOOT)]


def _draw_slices(info: plot_data.PlotInfo, aim: plot_data.Aim) -> list[str]:
    """Draw the objective over each of the most important parameters."""
    slices = plot_data.slice_info(info, aim, _MOST_SLICES, _SLICE_LIMIT)
    ys = [clipped(y) for part in slices for y in part.ys]
    low = _floor(ys)
    hidden = "the lowest are left out · " if min(ys) < low else ""
    parts = [
        _title(f"{flat(aim.name)} over each parameter, the most important first"),
        _note(f"{hidden}dark: later trials · red: the best"),
    ]
    limits = padded([low, max(ys)], 0.06)
    for index, part in enumerate(slices):
        row, column = divmod(index, _COLUMNS)
        corner = (_LEFT - 10 + column * _NEXT[0], _ABOVE + 12 + row * _NEXT[1])
        parts += _draw_slice(corner, part, limits, low)
    return parts


def _draw_slice(corner: Point, part: plot_data.Slice, y: Point, low: float) -> list[str]:
    xs = [math.log10(x) if part.log else clipped(x) for x in part.xs]
    low_x, high_x = min(xs), max(xs)
    pad = 0.04 * (high_x - low_x) or 0.5
    panel = Panel(*corner, *_SLICE, (low_x - pad, high_x + pad), y)
    points = [(x, clipped(value)) for x, value in zip(xs, part.ys, strict=True)]
    x0, y0 = corner
    parts = [
        text(x0, y0 - 12, _short(part.name), font_size=11.5, fill=INK),
        panel.grid(_slice_ticks(part, low_x, high_x), round_ticks(*y)),
    ]
    for age, color in enumerate(_AGES):
        first, last = (len(points) * end // len(_AGES) for end in (age, age + 1))
        parts.append(panel.points([p for p in points[first:last] if p[1] >= low], 4, color))
    return [*parts, panel.points([points[part.best]], 9, RED)]


def _slice_ticks(part: plot_data.Slice, low: float, high: float) -> Sequence[Tick]:
    """Return the ticks of a parameter: of a choice its names, of whole numbers whole ones."""
    if part.choices:
        return [(float(n), flat(name)[:_CHOICE_CHARS]) for n, name in enumerate(part.choices)]
    if part.log:
        return log_ticks(low, high)
    whole = all(x == round(x) for x in part.xs)
    return ticks_that_fit(low, high, _SLICE[0], whole=whole)


def _draw_front(info: plot_data.PlotInfo, _: plot_data.Aim) -> list[str]:
    """Draw both objectives against each other, the trials that nothing dominates as a line."""
    data = plot_data.front_info(info)
    front, behind = (
        [(clipped(x), clipped(y)) for x, y, _ in rows] for rows in (data.front, data.behind)
    )
    first, second = (flat(aim.name) for aim in info.aims[:2])
    x, y = (padded(column, 0.05) for column in zip(*front, *behind, strict=True))
    panel, best = _panel(_TALL, x, y), data.front[0]
    return [
        _title(f"{first} and {second}"),
        _note(f"best: trial {best[2]}, {best[0]:.4g} and {best[1]:.4g}", RED),
        _note(f"line: the {len(front)} that no other trial dominates", BLUE, _SECOND),
        panel.grid(ticks_that_fit(*x, panel.width), round_ticks(*y, 8), first, second),
        panel.points(behind, 5, LIGHT),
        panel.steps(front, stroke=BLUE, stroke_width=1.6),
        panel.points(front, 8, BLUE),
        panel.points(front[:1], 10, RED),
    ]


def _short(name: str) -> str:
    line = flat(name)
    return line if len(line) <= _TITLE_CHARS else f"{line[: _TITLE_CHARS - 1]}…"


_PICTURES: dict[str, tuple[int, _Draw]] = {
    "optimization_history": (_HEIGHT, _draw_history),
    "param_importances": (_HEIGHT, _draw_importances),
    "slice": (_TALL, _draw_slices),
}
