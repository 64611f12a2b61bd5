"""Plotly figures of a study by Optuna's visualization, as offline HTML and static pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import optuna
import plotly.graph_objects as go
from optuna.importance import BaseImportanceEvaluator

from titan_mlopt.analysis.luck import luck_lines
from titan_mlopt.analysis.optuna_view import Snapshot, complete_trials, optuna_plots, quiet_optuna
from titan_mlopt.analysis.plot_data import Aim, PlotInfo, plot_info, problem_of, sampled
from titan_mlopt.core.errors import TitanMloptError
from titan_mlopt.core.scoring import MULTI
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.plotly_page import plotly_page

# Most parameters that parallel_coordinate and slice show: the most important ones.
_TOP_PARAMS = 8
# Most COMPLETE trials drawn: the best, and the others evenly spaced. Keeps each page below 2.3 MB,
# of which plotly.js is 2.0; a contour is a grid of trials by trials.
_LIMITS = {"parallel_coordinate": 1000, "contour": 250, "slice": 2000, "pareto_front": 500}
# Figures of the first objective, and those that a second one gets too.
_FIRST = ("optimization_history", "param_importances", "parallel_coordinate", "contour", "slice")
_OF_SECOND = ("optimization_history", "param_importances", "slice")

_PICTURE_TIMEOUT_S = 60

Figures = dict[str, go.Figure]


class _KnownImportances(BaseImportanceEvaluator):
    """Importances that are computed already, for Optuna's plot."""

    def __init__(self, importances: Mapping[str, float]) -> None:
        self._importances = dict(importances)

    def evaluate(
        self, study: optuna.Study, params: list[str] | None = None, **_: Any
    ) -> dict[str, float]:
        return self._importances


class PictureError(TitanMloptError):
    """Static pictures cannot be drawn here: no kaleido, no Chrome, or one that fails."""


def study_plots(
    study: optuna.Study, record: StudyRecord, importances: Mapping[str, float] | None = None
) -> PlotInfo:
    """Return the data of all plots of a study.

    Args:
        study: The study.
        record: The same study as plain data.
        importances: Those for the first objective, where they are known already.
    """
    return plot_info(
        *(study, importances),
        objective_names=MULTI if record.objective == "multi" else (record.objective,),
        seed=int(record.settings.get("seed", 0)),
        luck=luck_lines(record),
    )


def draw_figures(info: PlotInfo) -> Iterator[tuple[str, go.Figure]]:
    """Yield name and figure of each plot, drawn one at a time; they are large.

    A plot that cannot be drawn yet is an empty figure with the reason. With two objectives every
    plot shows the first; history, importances and slice follow for the second, named
    ``<plot>_<objective>``, and ``pareto_front`` shows both.
    """
    for name in figure_names(info):
        yield name, draw_figure(name, info)


def figure_names(info: PlotInfo) -> list[str]:
    """Return the names of all plots, in the order of ``draw_figures``."""
    further = [f"{key}_{aim.name}" for aim in info.aims[1:] for key in _OF_SECOND]
    return [*_FIRST, *further, *(["pareto_front"] if further else [])]


def draw_figure(name: str, info: PlotInfo) -> go.Figure:
    """Return one plot; name: one of ``figure_names``."""
    if name == "pareto_front":
        plot, names = optuna_plots().plot_pareto_front, [aim.name for aim in info.aims]
        return _draw_figure(name, info, None, lambda view: plot(view, target_names=names))
    for aim in info.aims[1:]:
        if (key := name.removesuffix(f"_{aim.name}")) in _OF_SECOND and key != name:
            return _figure_of(key, info, aim)
    return _figure_of(name, info, info.aims[0])


def _figure_of(key: str, info: PlotInfo, aim: Aim) -> go.Figure:
    """Return one plot of one objective."""
    how: dict[str, Any] = {"target_name": aim.name}
    if len(info.aims) > 1:
        # Left out with one objective: Optuna draws the best-so-far line only without a target.
        how["target"] = lambda trial: trial.values[aim.index]
    plots, top = optuna_plots(), list(aim.ranked[:_TOP_PARAMS])
    draw: dict[str, Callable[[optuna.Study], go.Figure]] = {
        "optimization_history": lambda view: plots.plot_optimization_history(view, **how),
        "param_importances": lambda view: plots.plot_param_importances(
            view, evaluator=_KnownImportances(aim.importances), **how
        ),
        "parallel_coordinate": lambda view: plots.plot_parallel_coordinate(view, top, **how),
        "contour": lambda view: plots.plot_contour(view, list(aim.varied[:2]), **how),
        "slice": lambda view: plots.plot_slice(view, top, **how),
    }
    figure = _draw_figure(key, info, aim, draw[key])
    if key == "optimization_history":
        _add_luck(figure, info, aim)
    if key == "param_importances" and figure.data:
        _add_spread(figure, aim)
    return figure


def _add_spread(figure: go.Figure, aim: Aim) -> None:
    """Name the evaluator, and add how far each share depends on the trials."""
    spread = aim.spread()
    title = f"Importance for {aim.name} by {aim.evaluator}"
    if spread.resamples:
        (bars,) = figure.data  # one bar a parameter, whose name is its y
        pairs = list(zip(bars.y, bars.x, strict=True))
        bars.error_x = {
            "thickness": 1,
            "color": "gray",
            "array": [max(0.0, spread.high[name] - share) for name, share in pairs],
            "arrayminus": [max(0.0, share - spread.low[name]) for name, share in pairs],
        }
        title += f"; lines: range over {spread.resamples} resamples of the trials"
    figure.update_layout(title={"text": title, "subtitle": {"text": spread.remark}})


def _add_luck(figure: go.Figure, info: PlotInfo, aim: Aim) -> None:
    """Add what the best of the first k COMPLETE trials shows by luck alone: mean, and 95 %."""
    line = info.luck.get(aim.name)
    if line is None:
        return
    for heights, dash, name, phrase in (
        (line.expected, "dash", "expected best of k", "expected of"),
        (line.most, "dot", "95 % best of k", "exceeded in 1 of 20 studies by"),
    ):
        figure.add_scatter(
            x=line.numbers,
            y=heights,
            customdata=list(range(1, len(heights) + 1)),
            mode="lines",
            line={"dash": dash, "color": "gray"},
            name=f"luck alone ({name})",
            hovertemplate=(
                f"%{{y:.4f}} {phrase} the best of k = %{{customdata}} independent trials<br>"
                "without skill, each with its own number of predictions"
                "<extra>luck alone</extra>"
            ),
        )


def _draw_figure(
    key: str, info: PlotInfo, aim: Aim | None, draw: Callable[[optuna.Study], go.Figure]
) -> go.Figure:
    """Return the figure over at most ``_LIMITS[key]`` trials, or an empty one with the reason."""
    if problem := problem_of(key, info, aim):
        return _empty_figure(key, problem)
    study: optuna.Study = info.study
    if key in _LIMITS:
        study = Snapshot(study, sampled(complete_trials(study), _LIMITS[key]))
    with quiet_optuna():
        figure = draw(study)
    if not figure.data:
        return _empty_figure(key, "nothing to draw: the parameters shown do not vary")
    return figure


def _empty_figure(key: str, reason: str) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(title=key.replace("_", " ").capitalize(), template="plotly_white")
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(text=reason, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
    return figure


def write_html(figures: Mapping[str, go.Figure], folder: str | Path) -> list[Path]:
    """Write each figure as ``<name>.html`` that needs no network; return the paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        path = folder / f"{name}.html"
        path.write_text(plotly_page(figure, name), encoding="utf-8")
        paths.append(path)
    return paths


def write_static(
    figures: Mapping[str, go.Figure], folder: str | Path, format: Literal["png", "svg"] = "png"
) -> list[Path]:
    """Write each figure as a picture through one Chrome for all; return the paths.

    Args:
        figures: By name, as from ``draw_figures``.
        folder: Created where it is missing.
        format: Ending of the files.

    Raises:
        PictureError: kaleido or a Chrome is missing or fails; the text has the remedy.
    """
    where = f"static {format} plots"
    try:
        import kaleido
    except ImportError as error:
        raise PictureError(
            f"{where}: kaleido must be installed, got none; pip install "
            "'titan-mlopt[static]', or use the HTML"
        ) from error
    if find_chrome() is None:
        raise PictureError(
            f"{where}: a Chrome or Chromium must be installed, got "
            f"{os.environ.get('BROWSER_PATH', 'none')}; install one (apt install chromium, or "
            "kaleido_get_chrome), or set BROWSER_PATH to one, or use the HTML"
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{format}" for name in figures]
    pictures = [
        {"fig": figure, "path": path, "opts": {"format": format}}
        for path, figure in zip(paths, figures.values(), strict=True)
    ]
    options = {"mathjax": False, "timeout": _PICTURE_TIMEOUT_S}
    try:
        # One browser for all; without MathJax, which would come from a CDN.
        kaleido.write_fig_from_object_sync(pictures, kopts=options, cancel_on_error=True)
    except Exception as error:
        raise PictureError(
            f"{where}: Chrome must draw them, got {error!r}; use the HTML"
        ) from error
    return paths


def find_chrome() -> str | None:
    """Return the browser that kaleido would start, or None."""
    from choreographer.browsers.chromium import Chromium

    # choreographer returns what BROWSER_PATH names, even if it does not exist.
    browser = Chromium.find_browser(skip_local=False)
    return shutil.which(browser) if browser else None
