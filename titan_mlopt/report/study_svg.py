"""A study's plots as small SVG pictures, drawn without a browser and readable at a glance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from titan_mlopt.report.panels import (
    BLUE,
    INK,
    LIGHT,
    RED,
    Tick,
    add_panel,
    draw_dots,
    draw_scales,
    drawable,
    log_ticks,
    new_figure,
    put_note,
    put_text,
    say_empty,
    svg_text,
    ticks,
)
from titan_mlopt.report.plot_info import (
    Aim,
    PlotInfo,
    Slice,
    front_info,
    history_info,
    problem_of,
    slice_info,
)

# Inches: 900 CSS pixels wide.
_WIDTH, _HEIGHT, _TALL = 9.375, 4.4, 6.25
_PANEL = (0.075, 0.14, 0.9, 0.68)
_BAR_PANEL = (0.34, 0.14, 0.6, 0.7)
# Parameters shown: as bars, and as slices, which stand in two rows of three.
_MOST_BARS, _MOST_SLICES, _COLUMNS = 12, 6, 3
# Trials in a slice: six of a thousand dots take 100 kB.
_SLICE_LIMIT = 1000
# Part of the values that may lie below what the history shows, so that a few do not flatten it.
_HIDDEN = 0.02
# Old trials pale, late ones dark.
_AGES = (LIGHT, "#7aa7d6", BLUE)
_TITLE_CHARS = 38

_Draw = Callable[[Figure, PlotInfo, Aim], None]


def draw_svgs(info: PlotInfo) -> Iterator[tuple[str, str]]:
    """Yield name and SVG text of each picture; the names are those of ``draw_figures``.

    Safe to call from any thread; the same study gives the same text. A picture that cannot be
    drawn yet says why.
    """
    for place, aim in enumerate(info.aims):
        for key, (height, draw) in _PICTURES.items():
            name = key if place == 0 else f"{key}_{aim.name}"
            yield name, _drawn(key, info, aim, height, draw)
    if len(info.aims) > 1:
        yield "pareto_front", _drawn("pareto_front", info, info.aims[0], _TALL, _draw_front)


def write_svgs(svgs: Mapping[str, str], folder: Path) -> list[Path]:
    """Write each picture as ``<name>.svg``; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.svg" for name in svgs]
    for path, svg in zip(paths, svgs.values(), strict=True):
        path.write_text(svg, encoding="utf-8")
    return paths


def _drawn(key: str, info: PlotInfo, aim: Aim, height: float, draw: _Draw) -> str:
    figure = new_figure(_WIDTH, height)
    if problem := problem_of(key, info, aim):
        title = key.replace("_", " ").capitalize()
        say_empty(add_panel(figure, _PANEL, title), drawable(problem))
    else:
        draw(figure, info, aim)
    return svg_text(figure)


def _draw_history(figure: Figure, info: PlotInfo, aim: Aim) -> None:
    """Draw each value, the best so far as steps, and what luck alone would show."""
    found = history_info(info, aim)
    axes = add_panel(figure, _PANEL, f"Optimization history: {drawable(aim.name)}")
    low = _floor(found.values)
    hidden = sum(value < low for value in found.values)
    shown = [(n, v) for n, v in zip(found.numbers, found.values, strict=True) if v >= low]
    draw_dots(axes, [n for n, _ in shown], [v for _, v in shown], LIGHT, 4.5)
    last = found.numbers[-1]
    steps = [place for place, v in enumerate(found.best) if place == 0 or v > found.best[place - 1]]
    xs = [*(found.numbers[place] for place in steps), last]
    ys = [*(found.best[place] for place in steps), found.best[-1]]
    axes.plot(xs, ys, color=BLUE, linewidth=1.8, drawstyle="steps-post")
    draw_dots(axes, xs[-2:-1], ys[-2:-1], BLUE, 7)
    luck = found.luck
    if luck is not None:
        axes.plot(luck.numbers, luck.expected, color=RED, linewidth=1.2, dashes=(4, 3))
        axes.plot(luck.numbers, luck.most, color=RED, linewidth=1.0, dashes=(1, 2))
    high = max([*found.best, *(luck.most if luck else ())])
    low = min([low, *(luck.expected if luck else ())])
    pad = 0.06 * (high - low) or 0.01 * abs(high) or 0.01
    axes.set_ylim(low - pad, high + pad)
    axes.set_xlim(found.numbers[0] - 0.5, max(last, found.numbers[0] + 1) + 0.5)
    draw_scales(axes, "trial", drawable(aim.name), ",.0f")
    put_note(axes, f"best: trial {xs[-2]}, {found.best[-1]:.4g}", BLUE)
    if luck is not None:
        text = f"dashed: luck alone, {luck.expected[-1]:.4g}; dotted: 95 %, {luck.most[-1]:.4g}"
        put_note(axes, text, RED, 0.78)
    counts = ", ".join(f"{n} {state.lower()}" for state, n in sorted(found.states.items()))
    below = f" · {hidden} complete trials lie lower" if hidden else ""
    put_text(figure, 0.975, 0.03, f"{counts}{below}", ha="right")


def _floor(values: Sequence[float]) -> float:
    """Return the lowest value that is drawn."""
    return float(np.quantile(values, _HIDDEN, method="lower"))


def _draw_importances(figure: Figure, info: PlotInfo, aim: Aim) -> None:
    """Draw the share of each parameter as a bar, the largest on top."""
    shares = list(aim.importances.items())
    title = f"Importance for {drawable(aim.name)}"
    axes = add_panel(figure, _BAR_PANEL, title)
    rows = shares[:_MOST_BARS]
    places = [-float(place) for place in range(len(rows))]
    axes.barh(places, [share for _, share in rows], height=0.68, color=BLUE, linewidth=0)
    high = max(share for _, share in rows)
    axes.set_xlim(0, 1.12 * high)
    axes.set_ylim(-_MOST_BARS + 0.4, 0.6)
    for place, (name, share) in zip(places, rows, strict=True):
        where: dict[str, Any] = {"va": "center", "transform": axes.transData}
        put_text(axes, -0.012 * high, place, _short(name), ha="right", color=INK, **where)
        put_text(axes, share + 0.012 * high, place, f"{100 * share:.1f} %", **where)
    rest = shares[_MOST_BARS:]
    note = "share of the variance between trials; no sign that more or less is better"
    if rest:
        note = f"{len(rest)} more: {100 * math.fsum(v for _, v in rest):.1f} % · {note}"
    put_text(figure, 0.975, 0.05, note, ha="right")


def _draw_slices(figure: Figure, info: PlotInfo, aim: Aim) -> None:
    """Draw the objective over each of the most important parameters."""
    found = slice_info(info, aim, _MOST_SLICES, _SLICE_LIMIT)
    title = f"{drawable(aim.name)} over each parameter, the most important first"
    put_text(figure, 0.02, 0.955, title, size=11, color=INK)
    ys = [y for part in found for y in part.ys]
    low, high = _floor(ys), max(ys)
    hidden = "the lowest are left out · " if min(ys) < low else ""
    put_text(figure, 0.98, 0.955, f"{hidden}dark: later trials · red: the best", ha="right")
    pad = 0.06 * (high - low) or 0.01 * abs(high) or 0.01
    for place, part in enumerate(found):
        row, column = divmod(place, _COLUMNS)
        box = (0.075 + 0.32 * column, 0.545 - 0.46 * row, 0.25, 0.32)
        axes = add_panel(figure, box, _short(part.name), 8.5)
        axes.set_ylim(low - pad, high + pad)
        _draw_slice(axes, part, low)


def _draw_slice(axes: Axes, part: Slice, low: float) -> None:
    xs = [math.log10(x) for x in part.xs] if part.log else part.xs
    for age, color in enumerate(_AGES):
        first, last = (len(xs) * end // len(_AGES) for end in (age, age + 1))
        shown = [place for place in range(first, last) if part.ys[place] >= low]
        draw_dots(axes, [xs[n] for n in shown], [part.ys[n] for n in shown], color, 3.2)
    draw_dots(axes, [xs[part.best]], [part.ys[part.best]], RED, 7)
    left, right = min(xs), max(xs)
    pad = 0.04 * (right - left) or 0.5
    axes.set_xlim(left - pad, right + pad)
    draw_scales(axes, "", "", x_ticks=_slice_ticks(part, left, right))


def _slice_ticks(part: Slice, left: float, right: float) -> list[Tick]:
    """Return the ticks of a parameter: of a choice its names, of whole numbers whole ones."""
    if part.choices:
        return [(float(n), drawable(name)[:12]) for n, name in enumerate(part.choices)]
    if part.log:
        return log_ticks(left, right)
    found = ticks(left, right) or [(left, f"{left:g}")]
    if all(x == round(x) for x in part.xs):
        found = [(x, f"{x:,.0f}") for x, _ in found if x == round(x)]
    return found


def _draw_front(figure: Figure, info: PlotInfo, _: Aim) -> None:
    """Draw both objectives against each other, the trials that nothing dominates as a line."""
    found = front_info(info)
    first, second = (drawable(aim.name) for aim in info.aims[:2])
    axes = add_panel(figure, (0.08, 0.1, 0.89, 0.8), f"{first} and {second}")
    draw_dots(axes, [x for x, _, _ in found.behind], [y for _, y, _ in found.behind], LIGHT, 4.5)
    xs, ys = [x for x, _, _ in found.front], [y for _, y, _ in found.front]
    axes.plot(xs, ys, color=BLUE, linewidth=1.4, drawstyle="steps-post")
    draw_dots(axes, xs, ys, BLUE, 7)
    draw_dots(axes, xs[:1], ys[:1], RED, 8)
    rows = [*found.front, *found.behind]
    limits = [(min(column), max(column)) for column in list(zip(*rows, strict=True))[:2]]
    pads = [0.05 * (high - low) or 0.01 * abs(high) or 0.01 for low, high in limits]
    axes.set_xlim(limits[0][0] - pads[0], limits[0][1] + pads[0])
    axes.set_ylim(limits[1][0] - pads[1], limits[1][1] + pads[1])
    draw_scales(axes, first, second)
    best = found.front[0]
    put_note(axes, f"best: trial {best[2]}, {best[0]:.4g} and {best[1]:.4g}", RED)
    put_note(axes, f"line: the {len(xs)} that no other trial dominates", BLUE, 0.66)


def _short(name: str) -> str:
    text = drawable(name)
    return text if len(text) <= _TITLE_CHARS else f"{text[: _TITLE_CHARS - 1]}…"


_PICTURES: dict[str, tuple[float, _Draw]] = {
    "optimization_history": (_HEIGHT, _draw_history),
    "param_importances": (_HEIGHT, _draw_importances),
    "slice": (_TALL, _draw_slices),
}
