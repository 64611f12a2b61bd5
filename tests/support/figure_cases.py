"""Optuna studies whose figures tests look at."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import optuna
import plotly.graph_objects as go
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import create_trial

from titan_mlopt.analysis.luck import LuckLine
from titan_mlopt.analysis.plot_data import plot_info
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.report.figures import draw_figures


def distribution(low: float, high: float, kind: str) -> BaseDistribution:
    if kind == "int":
        return IntDistribution(int(low), int(high))
    return FloatDistribution(low, high, log=kind == "log")


SPACE = {name: distribution(*spec) for name, spec in TUNABLE_PARAMS.items()}


def study(n: int, objectives: int = 1, names: int = 21) -> optuna.Study:
    """A study whose values come from two parameters: 0.1 flat_threshold and 0.5 max_weight."""
    rng = random.Random(0)
    found = optuna.create_study(directions=["maximize"] * objectives, study_name="tuned")
    space = dict(list(SPACE.items())[-names:])
    for _ in range(n):
        params = {name: rng.uniform(*TUNABLE_PARAMS[name][:2]) for name in space}
        params = {
            name: round(value) if TUNABLE_PARAMS[name][2] == "int" else value
            for name, value in params.items()
        }
        score = 0.1 * params["ensemble.flat_threshold"] + 0.5 * params["online.max_weight"]
        values = [score, 3 * params["ensemble.min_margin"] - score][:objectives]
        attrs = {"outcome": {"log": "x" * 20_000}}  # what a real outcome weighs
        found.add_trial(
            create_trial(params=params, distributions=space, values=values, user_attrs=attrs)
        )
    return found


def study_figures(
    tuned: optuna.Study, importances: Mapping[str, float] | None = None, **options: Any
) -> dict[str, go.Figure]:
    """Return all plots of a study by name; options: as ``plot_info`` takes them."""
    return dict(draw_figures(plot_info(tuned, importances, **options)))


LUCK = {"accuracy": LuckLine((0, 1, 3), (0.5, 0.506, 0.508), (0.516, 0.52, 0.521))}
