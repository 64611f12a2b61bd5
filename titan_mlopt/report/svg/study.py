"""A study's plots as small SVG pictures, drawn without a browser and readable at a glance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from titan_mlopt.analysis import plot_data
from titan_mlopt.report import panels

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
_AGES = (panels.LIGHT, "#7aa7d6", panels.BLUE)
_TITLE_CHARS = 38

_Draw = Callable[[Figure, plot_data.PlotInfo, plot_data.Aim], None]


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


def read_svgs(folder: Path) -> list[str]:
    """Return the pictures that ``write_svgs`` wrote into a folder, by name."""
    names = (*_PICTURES, "pareto_front")
    paths = [path for path in sorted(folder.glob("*.svg")) if path.name.startswith(names)]
    return [path.read_text(encoding="utf-8") for path in paths]


def _draw_picture(
    key: str, info: plot_data.PlotInfo, aim: plot_data.Aim, height: float, draw: _Draw
) -> str:
    figure = panels.new_figure(_WIDTH, height)
    if problem := plot_data.problem_of(key, info, aim):
        title = key.replace("_", " ").capitalize()
        panels.say_empty(panels.add_panel(figure, _PANEL, title), panels.drawable(problem))
    else:
        draw(figure, info, aim)
    return panels.svg_text(figure)


def _draw_history(figure: Figure, info: plot_data.PlotInfo, aim: plot_data.Aim) -> None:
    """Draw each value, the best so far as steps, and what luck alone would show."""
    history = plot_data.history_info(info, aim)
    axes = panels.add_panel(figure, _PANEL, f"Optimization history: {panels.drawable(aim.name)}")
    low = _floor(history.values)
    hidden = sum(value < low for value in history.values)
    visible = [(n, v) for n, v in zip(history.numbers, history.values, strict=True) if v >= low]
    panels.draw_dots(axes, [n for n, _ in visible], [v for _, v in visible], panels.LIGHT, 4.5)
    best_trial = _draw_best(axes, history)
    luck = history.luck
    if luck is not None:
        axes.plot(luck.numbers, luck.expected, color=panels.RED, linewidth=1.2, dashes=(4, 3))
        axes.plot(luck.numbers, luck.most, color=panels.RED, linewidth=1.0, dashes=(1, 2))
    high = max([*history.best, *(luck.most if luck else ())])
    low = min([low, *(luck.expected if luck else ())])
    pad = 0.06 * (high - low) or 0.01 * abs(high) or 0.01
    axes.set_ylim(low - pad, high + pad)
    axes.set_xlim(history.numbers[0] - 0.5, max(history.numbers[-1], history.numbers[0] + 1) + 0.5)
    panels.draw_scales(axes, "trial", panels.drawable(aim.name), ",.0f")
    panels.put_note(axes, f"best: trial {best_trial}, {history.best[-1]:.4g}", panels.BLUE)
    if luck is not None:
        text = f"dashed: luck alone, {luck.expected[-1]:.4g}; dotted: 95 %, {luck.most[-1]:.4g}"
        panels.put_note(axes, text, panels.RED, 0.78)
    counts = ", ".join(f"{n} {state.lower()}" for state, n in sorted(history.states.items()))
    below = f" · {hidden} complete trials lie lower" if hidden else ""
    panels.put_text(figure, 0.975, 0.03, f"{counts}{below}", ha="right")


def _draw_best(axes: Axes, history: plot_data.History) -> int:
    """Draw the best value so far as steps; return the number of the trial that is best."""
    steps = [
        index for index, v in enumerate(history.best) if index == 0 or v > history.best[index - 1]
    ]
    xs = [*(history.numbers[index] for index in steps), history.numbers[-1]]
    ys = [*(history.best[index] for index in steps), history.best[-1]]
    axes.plot(xs, ys, color=panels.BLUE, linewidth=1.8, drawstyle="steps-post")
    panels.draw_dots(axes, xs[-2:-1], ys[-2:-1], panels.BLUE, 7)
    return xs[-2]


def _floor(values: Sequence[float]) -> float:
    """Return the lowest value that is drawn."""
    return float(np.quantile(values, _HIDDEN, method="lower"))


def _draw_importances(figure: Figure, info: plot_data.PlotInfo, aim: plot_data.Aim) -> None:
    """Draw the share of each parameter as a bar, the largest on top."""
    shares = list(aim.importances.items())
    title = f"Importance for {panels.drawable(aim.name)}"
    axes = panels.add_panel(figure, _BAR_PANEL, title)
    rows = shares[:_MOST_BARS]
    ys = [-float(y) for y in range(len(rows))]
    axes.barh(ys, [share for _, share in rows], height=0.68, color=panels.BLUE, linewidth=0)
    high = max(share for _, share in rows)
    axes.set_xlim(0, 1.12 * high)
    axes.set_ylim(-_MOST_BARS + 0.4, 0.6)
    for y, (name, share) in zip(ys, rows, strict=True):
        where: dict[str, Any] = {"va": "center", "transform": axes.transData}
        panels.put_text(axes, -0.012 * high, y, _short(name), ha="right", color=panels.INK, **where)
        panels.put_text(axes, share + 0.012 * high, y, f"{100 * share:.1f} %", **where)
    omitted = shares[_MOST_BARS:]
    note = "share of the variance between trials; no sign that more or less is better"
    if omitted:
        note = f"{len(omitted)} more: {100 * math.fsum(v for _, v in omitted):.1f} % · {note}"
    panels.put_text(figure, 0.975, 0.05, note, ha="right")


def _draw_slices(figure: Figure, info: plot_data.PlotInfo, aim: plot_data.Aim) -> None:
    """Draw the objective over each of the most important parameters."""
    slices = plot_data.slice_info(info, aim, _MOST_SLICES, _SLICE_LIMIT)
    title = f"{panels.drawable(aim.name)} over each parameter, the most important first"
    panels.put_text(figure, 0.02, 0.955, title, size=11, color=panels.INK)
    ys = [y for part in slices for y in part.ys]
    low, high = _floor(ys), max(ys)
    hidden = "the lowest are left out · " if min(ys) < low else ""
    panels.put_text(figure, 0.98, 0.955, f"{hidden}dark: later trials · red: the best", ha="right")
    pad = 0.06 * (high - low) or 0.01 * abs(high) or 0.01
    for index, part in enumerate(slices):
        row, column = divmod(index, _COLUMNS)
        box = (0.075 + 0.32 * column, 0.545 - 0.46 * row, 0.25, 0.32)
        axes = panels.add_panel(figure, box, _short(part.name), 8.5)
        axes.set_ylim(low - pad, high + pad)
        _draw_slice(axes, part, low)


def _draw_slice(axes: Axes, part: plot_data.Slice, low: float) -> None:
    xs = [math.log10(x) for x in part.xs] if part.log else part.xs
    for age, color in enumerate(_AGES):
        first, last = (len(xs) * end // len(_AGES) for end in (age, age + 1))
        visible = [index for index in range(first, last) if part.ys[index] >= low]
        panels.draw_dots(axes, [xs[n] for n in visible], [part.ys[n] for n in visible], color, 3.2)
    panels.draw_dots(axes, [xs[part.best]], [part.ys[part.best]], panels.RED, 7)
    low_x, high_x = min(xs), max(xs)
    pad = 0.04 * (high_x - low_x) or 0.5
    axes.set_xlim(low_x - pad, high_x + pad)
    panels.draw_scales(axes, "", "", x_ticks=_slice_ticks(part, low_x, high_x))


def _slice_ticks(part: plot_data.Slice, low: float, high: float) -> list[panels.Tick]:
    """Return the ticks of a parameter: of a choice its names, of whole numbers whole ones."""
    if part.choices:
        return [(float(n), panels.drawable(name)[:12]) for n, name in enumerate(part.choices)]
    if part.log:
        return panels.log_ticks(low, high)
    tick_list = panels.ticks(low, high) or [(low, f"{low:g}")]
    if all(x == round(x) for x in part.xs):
        tick_list = [(x, f"{x:,.0f}") for x, _ in tick_list if x == round(x)]
    return tick_list


def _draw_front(figure: Figure, info: plot_data.PlotInfo, _: plot_data.Aim) -> None:
    """Draw both objectives against each other, the trials that nothing dominates as a line."""
    front = plot_data.front_info(info)
    first, second = (panels.drawable(aim.name) for aim in info.aims[:2])
    axes = panels.add_panel(figure, (0.08, 0.1, 0.89, 0.8), f"{first} and {second}")
    panels.draw_dots(
        axes, [x for x, _, _ in front.behind], [y for _, y, _ in front.behind], panels.LIGHT, 4.5
    )
    xs, ys = [x for x, _, _ in front.front], [y for _, y, _ in front.front]
    axes.plot(xs, ys, color=panels.BLUE, linewidth=1.4, drawstyle="steps-post")
    panels.draw_dots(axes, xs, ys, panels.BLUE, 7)
    panels.draw_dots(axes, xs[:1], ys[:1], panels.RED, 8)
    rows = [*front.front, *front.behind]
    limits = [(min(column), max(column)) for column in list(zip(*rows, strict=True))[:2]]
    pads = [0.05 * (high - low) or 0.01 * abs(high) or 0.01 for low, high in limits]
    axes.set_xlim(limits[0][0] - pads[0], limits[0][1] + pads[0])
    axes.set_ylim(limits[1][0] - pads[1], limits[1][1] + pads[1])
    panels.draw_scales(axes, first, second)
    best = front.front[0]
    panels.put_note(axes, f"best: trial {best[2]}, {best[0]:.4g} and {best[1]:.4g}", panels.RED)
    panels.put_note(axes, f"line: the {len(xs)} that no other trial dominates", panels.BLUE, 0.66)


def _short(name: str) -> str:
    text = panels.drawable(name)
    return text if len(text) <= _TITLE_CHARS else f"{text[: _TITLE_CHARS - 1]}…"


_PICTURES: dict[str, tuple[float, _Draw]] = {
    "optimization_history": (_HEIGHT, _draw_history),
    "param_importances": (_HEIGHT, _draw_importances),
    "slice": (_TALL, _draw_slices),
}
