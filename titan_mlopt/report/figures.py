"""The study's plots, by Optuna's own drawers: figures, offline HTML files, static pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import optuna
import plotly.graph_objects as go
from optuna.importance import BaseImportanceEvaluator
from optuna.trial import FrozenTrial

from titan_mlopt.errors import StudyError, TitanMloptError
from titan_mlopt.report.importances import WHERE, param_importances
from titan_mlopt.report.snapshot import Snapshot, bare_trial, complete_trials, quiet_optuna
from titan_mlopt.report.trial_svg import draw_trial_svg as draw_trial_svg
from titan_mlopt.validation.significance import expected_best_accuracies

# Most parameters that parallel_coordinate and slice show: the most important ones.
_TOP_PARAMS = 8
# COMPLETE trials that a figure needs to say anything, where not 2.
_NEEDS = {"optimization_history": 1, "pareto_front": 1}
# Most COMPLETE trials drawn: the best, and the others evenly spaced. Keeps each file under 6 MB, of
# which plotly.js is 4.8; a contour is a grid of trials by trials.
_LIMITS = {"parallel_coordinate": 1000, "contour": 250, "slice": 2000, "pareto_front": 500}
# Figures of the first objective, and those that a second one gets too, beside its history.
_FIRST = ("param_importances", "parallel_coordinate", "contour", "slice")
_OF_SECOND = ("param_importances", "slice")

_PICTURE_TIMEOUT_S = 60

Figures = dict[str, go.Figure]


class _Given(BaseImportanceEvaluator):
    """Importances that are known already, for Optuna's drawer."""

    def __init__(self, importances: Mapping[str, float]) -> None:
        self._importances = dict(importances)

    def evaluate(
        self, study: optuna.Study, params: list[str] | None = None, **_: Any
    ) -> dict[str, float]:
        return self._importances


class PictureError(TitanMloptError):
    """Static pictures cannot be drawn here: no kaleido, no Chrome, or one that fails."""


def study_figures(
    study: optuna.Study,
    importances: Mapping[str, float] | None = None,
    *,
    objective_names: Sequence[str] | None = None,
    seed: int = 0,
    n_predictions: float | None = None,
) -> Figures:
    """Return the study's plots by name; what cannot be drawn yet says so in an empty figure.

    ``importances`` are those of the first objective when they are known already. With two
    objectives every plot shows the first; history, importances and slice come for the second too,
    as ``<plot>_<objective>``, and ``pareto_front`` shows both. ``n_predictions`` is what a COMPLETE
    trial has, as the median; with it the history of "accuracy" shows what luck alone reaches.
    """
    return dict(
        draw_figures(
            study,
            importances,
            objective_names=objective_names,
            seed=seed,
            n_predictions=n_predictions,
        )
    )


def draw_figures(
    study: optuna.Study,
    importances: Mapping[str, float] | None = None,
    *,
    objective_names: Sequence[str] | None = None,
    seed: int = 0,
    n_predictions: float | None = None,
) -> Iterator[tuple[str, go.Figure]]:
    """Yield name and figure of each plot of ``study_figures``, each drawn when it is asked for."""
    multi = len(study.directions) > 1
    names = objective_names or (("accuracy", "sharpe") if multi else ("objective value",))
    snapshot = Snapshot(study, [bare_trial(trial) for trial in study.get_trials(deepcopy=False)])
    for key, figure in _figures_of(snapshot, 0, names[0], _FIRST, seed, importances):
        if key == "optimization_history" and names[0] == "accuracy" and n_predictions:
            _add_luck(figure, complete_trials(snapshot), n_predictions)
        yield key, figure
    if multi:
        for key, figure in _figures_of(snapshot, 1, names[1], _OF_SECOND, seed):
            yield f"{key}_{names[1]}", figure
        yield (
            "pareto_front",
            _drawn(
                "pareto_front",
                snapshot,
                lambda view: optuna.visualization.plot_pareto_front(view, target_names=list(names)),
            ),
        )


def _figures_of(
    study: optuna.Study,
    index: int,
    name: str,
    wanted: Sequence[str],
    seed: int,
    importances: Mapping[str, float] | None = None,
) -> Iterator[tuple[str, go.Figure]]:
    """Yield the plots of one objective, the history first: it needs no importances."""
    aim: dict[str, Any] = {"target_name": name}
    if len(study.directions) > 1:
        # Left out with one objective: Optuna draws the best-so-far line only without a target.
        aim["target"] = lambda trial: trial.values[index]
    plots, history = optuna.visualization, "optimization_history"
    yield history, _drawn(history, study, lambda v: plots.plot_optimization_history(v, **aim))

    problem = ""
    if not importances:
        try:
            importances = param_importances(study, index, seed=seed)
        except StudyError as error:
            problem = str(error).partition(WHERE)[2]
    trials = complete_trials(study)
    used = dict.fromkeys(name for trial in trials for name in trial.params)
    known = {name: share for name, share in (importances or {}).items() if name in used}
    top = sorted(used, key=lambda name: -known.get(name, 0.0))[:_TOP_PARAMS]
    varied = [name for name in top if len({trial.params.get(name) for trial in trials}) > 1]
    draw: dict[str, Callable[[optuna.Study], go.Figure]] = {
        "param_importances": lambda view: plots.plot_param_importances(
            view, evaluator=_Given(known), **aim
        ),
        "parallel_coordinate": lambda view: plots.plot_parallel_coordinate(view, top, **aim),
        "contour": lambda view: plots.plot_contour(view, varied[:2], **aim),
        "slice": lambda view: plots.plot_slice(view, top, **aim),
    }
    problems = {"param_importances": problem}
    if len(trials) > 1 and len(varied) < 2:
        problems["contour"] = f"needs 2 parameters that vary, has {len(varied)}"
    for key in wanted:
        yield key, _drawn(key, study, draw[key], problems.get(key, ""))


def _add_luck(figure: go.Figure, trials: Sequence[FrozenTrial], n_predictions: float) -> None:
    """Add the line of what the best of the first k COMPLETE trials shows by luck alone.

    It assumes independent trials without skill that hit with chance 1/2. Those of one study are
    correlated, which leaves less to luck; TPE, which learns from its trials, can beat it on noise.
    """
    if not trials:
        return
    figure.add_scatter(
        x=[trial.number for trial in trials],
        y=expected_best_accuracies(n_predictions, len(trials)),
        customdata=list(range(1, len(trials) + 1)),
        mode="lines",
        line={"dash": "dash", "color": "gray"},
        name="luck alone (expected best of k)",
        hovertemplate=(
            "%{y:.4f} expected of the best of k = %{customdata} independent trials<br>"
            f"that hit by chance, 1/2, with {n_predictions:,.0f} predictions each"
            "<extra>luck alone</extra>"
        ),
    )


def _drawn(
    key: str,
    study: optuna.Study,
    draw: Callable[[optuna.Study], go.Figure],
    problem: str = "",
) -> go.Figure:
    """Return the figure over at most ``_LIMITS[key]`` trials, or an empty one with the reason."""
    trials = complete_trials(study)
    need = _NEEDS.get(key, 2)
    if not problem and len(trials) < need:
        noun = "trial" if need == 1 else "trials"
        problem = f"needs {need} complete {noun}, has {len(trials)}"
    if problem:
        return _empty_figure(key, problem)
    if key in _LIMITS:
        study = Snapshot(study, _sampled(trials, _LIMITS[key]))
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


def _sampled(trials: list[FrozenTrial], limit: int) -> list[FrozenTrial]:
    """Return at most ``limit`` trials by number: the Pareto front, the others evenly spaced."""
    if len(trials) <= limit:
        return trials
    front = _front(trials)[:limit]
    rest = [trial for trial in trials if trial.number not in {kept.number for kept in front}]
    room = limit - len(front)
    spaced = [rest[place * len(rest) // room] for place in range(room)]
    return sorted([*front, *spaced], key=lambda trial: trial.number)


def _front(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    """Return the trials that are best in the first value, or better than those in the last one."""
    front: list[FrozenTrial] = []
    for trial in sorted(trials, key=lambda trial: [-value for value in trial.values]):
        if not front or trial.values[-1] > front[-1].values[-1]:
            front.append(trial)
    return front


def write_html(figures: Mapping[str, go.Figure], folder: str | Path) -> list[Path]:
    """Write each figure as ``<name>.html`` that needs no network; return the paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        path = folder / f"{name}.html"
        # A given div id: the same figure gives the same bytes.
        figure.write_html(path, include_plotlyjs=True, include_mathjax=False, div_id=name)
        paths.append(path)
    return paths


def write_static(
    figures: Mapping[str, go.Figure], folder: str | Path, format: Literal["png", "svg"] = "png"
) -> list[Path]:
    """Write each figure as a picture through one Chrome for all; return the paths.

    Raises ``PictureError`` with the remedy where kaleido or a Chrome is missing or fails.
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

    # What BROWSER_PATH names is found by it whether or not it is there.
    found = Chromium.find_browser(skip_local=False)
    return shutil.which(found) if found else None
