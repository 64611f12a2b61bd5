"""How far importances depend on the trials: their range over resamples, and when ranks move."""

from __future__ import annotations

import random

import optuna
import pytest

from support.figure_cases import study, study_figures
from titan_mlopt.analysis.importances import ImportanceSpread, importance_spread, param_importances
from titan_mlopt.analysis.optuna_view import Snapshot
from titan_mlopt.analysis.plot_data import PlotInfo, plot_info
from titan_mlopt.report.folder import importances_document
from titan_mlopt.report.svg.study import draw_svgs

UNSTABLE = "Ranks are not stable: over 10 resamples of the trials "


def noise(n: int) -> optuna.Study:
    """Return a study of three parameters that have nothing to do with its values."""
    rng, found = random.Random(1), study(n, names=3)
    return Snapshot(found, [_valued(trial, rng.gauss(0, 1)) for trial in found.get_trials()])


def _valued(trial: optuna.trial.FrozenTrial, value: float) -> optuna.trial.FrozenTrial:
    trial.values = [value]
    return trial


@pytest.fixture(scope="module")
def moving() -> PlotInfo:
    return plot_info(noise(24), objective_names=("accuracy",))


def test_a_parameter_that_decides_comes_first_in_every_resample() -> None:
    tuned = study(24, names=3)
    spread, shares = importance_spread(tuned, seed=3), param_importances(tuned, seed=3)
    leader = next(iter(shares))
    assert spread.resamples == 10
    assert spread.remark == ""
    assert set(spread.low) == set(spread.high) == set(shares)
    assert all(0 <= spread.low[name] <= spread.high[name] <= 1 for name in shares)
    assert all(spread.low[leader] > spread.high[name] for name in shares if name != leader)
    assert importance_spread(tuned, seed=3) == spread
    assert importance_spread(tuned, seed=4) != spread


def test_ranks_that_change_with_the_trials_are_told(moving: PlotInfo) -> None:
    (aim,) = moving.aims
    spread = aim.spread()
    assert spread.remark.startswith(UNSTABLE)
    assert spread.remark.endswith(" More trials would tell.")
    assert aim.spread() is spread  # computed once


def test_of_few_trials_and_of_very_many_nothing_is_told_but_why() -> None:
    tuned = study(19, names=3)
    sentence = "How stable the ranks are is told for 20 to 1,000 complete trials; there are "
    assert importance_spread(tuned) == ImportanceSpread(remark=f"{sentence}19.")
    many = Snapshot(tuned, tuned.get_trials() * 53)
    assert importance_spread(many) == ImportanceSpread(remark=f"{sentence}1,007.")


def test_pictures_name_the_evaluator_and_show_the_range(moving: PlotInfo) -> None:
    (aim,) = moving.aims
    spread, leader = aim.spread(), next(iter(aim.importances))
    picture = dict(draw_svgs(moving))["param_importances"]
    assert "Importance for accuracy by fANOVA" in picture
    assert f"({100 * spread.low[leader]:.0f} to {100 * spread.high[leader]:.0f})" in picture
    assert spread.remark in picture
    figure = study_figures(noise(24), objective_names=("accuracy",))["param_importances"]
    assert figure.layout.title.text.startswith("Importance for accuracy by fANOVA")
    assert figure.layout.title.subtitle.text == spread.remark
    (bars,) = figure.data
    reached = dict(zip(bars.y, (x + up for x, up in zip(bars.x, bars.error_x.array, strict=True)),
                       strict=True))  # fmt: skip
    assert reached[leader] == pytest.approx(max(spread.high[leader], aim.importances[leader]))


def test_the_report_has_them_as_json(moving: PlotInfo) -> None:
    (aim,) = moving.aims
    assert importances_document(moving) == {
        "accuracy": {
            "evaluator": "fANOVA",
            "shares": dict(aim.importances),
            "resamples": 10,
            "low": dict(aim.spread().low),
            "high": dict(aim.spread().high),
            "remark": aim.spread().remark,
            "problem": "",
        }
    }
