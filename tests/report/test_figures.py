"""What the plots promise: right, small, offline, and a reason where there is nothing to draw."""

from __future__ import annotations

import importlib.util
import logging
import math
import random
import re
import warnings
from pathlib import Path

import optuna
import plotly.graph_objects as go
import pytest
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from support.figure_cases import LUCK, study, study_figures
from titan_mlopt.analysis import plot_data
from titan_mlopt.analysis.importances import param_importances
from titan_mlopt.analysis.luck import LuckLine
from titan_mlopt.core.errors import ConfigError, StudyError, TitanMloptError
from titan_mlopt.report import figures

SINGLE = {
    "optimization_history",
    "param_importances",
    "parallel_coordinate",
    "contour",
    "slice",
}


@pytest.mark.parametrize("evaluator", ["fanova", "ped_anova"])
def test_importances_sum_to_one_and_find_the_parameter_that_matters(evaluator: str) -> None:
    found = param_importances(study(60, names=5), evaluator=evaluator)  # type: ignore[arg-type]  # parametrised
    assert math.fsum(found.values()) == pytest.approx(1.0)
    assert next(iter(found)) == "online.max_weight"
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert {type(value) for value in found.values()} == {float}


@pytest.mark.parametrize("evaluator", ["fanova", "ped_anova"])
def test_importances_of_the_second_objective_are_its_own(evaluator: str) -> None:
    second = param_importances(study(60, 2, names=5), 1, evaluator=evaluator)  # type: ignore[arg-type]  # parametrised
    assert next(iter(second)) == "ensemble.min_margin"
    assert math.fsum(second.values()) == pytest.approx(1.0)


def test_ped_anova_asks_what_makes_trials_good_not_bad() -> None:
    rng = random.Random(0)
    lopsided = optuna.create_study(direction="maximize")
    space: dict[str, BaseDistribution] = {
        name: FloatDistribution(0, 1) for name in ("lifts", "sinks")
    }
    for _ in range(100):
        params = {name: rng.random() for name in space}
        value = 10.0 * (params["lifts"] > 0.9) - 10.0 * (params["sinks"] > 0.9) + rng.random()
        lopsided.add_trial(create_trial(params=params, distributions=space, value=value))
    found = param_importances(lopsided, evaluator="ped_anova")
    assert found["lifts"] > 2 * found["sinks"]


def test_the_same_seed_gives_the_same_importances() -> None:
    tuned = study(30, names=5)
    first = param_importances(tuned, seed=3)
    assert first == param_importances(tuned, seed=3)
    assert first != param_importances(tuned, seed=4)


def test_importances_say_what_they_need() -> None:
    with pytest.raises(StudyError, match=r"study tuned: .*needs 4 complete trials, has 3"):
        param_importances(study(3))
    equal = optuna.create_study(direction="maximize")
    for place in range(5):
        equal.add_trial(
            create_trial(params={"a": place}, distributions={"a": IntDistribution(0, 9)}, value=0.5)
        )
    with pytest.raises(StudyError, match=r"values must differ, got 0\.5 in all 5 complete trials"):
        param_importances(equal)
    with pytest.raises(ConfigError, match="fanova or ped_anova or shapley, got 'shap'"):
        param_importances(equal, evaluator="shap")  # type: ignore[arg-type]  # on purpose


def test_trials_without_a_parameter_in_common_have_no_importances() -> None:
    mixed = optuna.create_study(direction="maximize")
    for place in range(6):
        name = f"only{place}"
        mixed.add_trial(
            create_trial(params={name: 1}, distributions={name: IntDistribution(0, 9)}, value=place)
        )
    with pytest.raises(StudyError, match="a parameter must vary in all trials, got none"):
        param_importances(mixed)
    assert set(study_figures(mixed)) == SINGLE


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_plot_that_cannot_be_drawn_yet_says_what_it_needs(n: int) -> None:
    found = study_figures(study(n))
    notes = {
        name: figure.layout.annotations[0].text for name, figure in found.items() if not figure.data
    }
    expected = {"param_importances": f"needs 4 complete trials, has {n}; run more trials"}
    if n < 2:
        few = dict.fromkeys(SINGLE, f"needs 2 complete trials, has {n}")
        expected = few | expected
        expected["optimization_history"] = "needs 1 complete trial, has 0"
    if n == 1:
        del expected["optimization_history"]
    assert set(found) == SINGLE
    assert notes == expected


def test_unfinished_trials_do_not_count_as_complete() -> None:
    pruned = study(1)
    for state in (TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING):
        pruned.add_trial(create_trial(state=state))
    figure = study_figures(pruned)["slice"]
    assert figure.layout.annotations[0].text == "needs 2 complete trials, has 1"


def test_given_importances_are_drawn_and_choose_the_parameters_shown() -> None:
    given = {"ml.max_depth": 0.7, "ml.num_leaves": 0.2, "model.rsi_oversold": 0.1, "gone": 0.0}
    found = study_figures(study(12), given)
    bars = found["param_importances"].data[0]
    assert dict(zip(bars.y, bars.x, strict=True)) == pytest.approx(
        {name: share for name, share in given.items() if name != "gone"}
    )
    titles = {found["contour"].layout.xaxis.title.text, found["contour"].layout.yaxis.title.text}
    assert titles == {"ml.max_depth", "ml.num_leaves"}
    assert len(found["slice"].data) == 8
    parallel = found["parallel_coordinate"]
    # Optuna 4 draws parcoords, Optuna 5 lines over an axis of names.
    old = parallel.data[0].type == "parcoords"
    axes = parallel.data[0].dimensions if old else parallel.layout.xaxis.ticktext
    assert len(axes) == 9


def test_the_history_shows_every_trial_and_the_best_so_far() -> None:
    history = study_figures(study(12), {"ml.max_depth": 1.0})["optimization_history"]
    points, best = history.data[:2]
    assert len(points.y) == 12
    assert list(best.y) == [max(points.y[: place + 1]) for place in range(12)]


def luck_of(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if "luck alone" in (trace.name or "")]


def test_the_history_shows_what_luck_alone_reaches_by_each_complete_trial() -> None:
    tuned = study(2, names=3)
    tuned.add_trial(create_trial(state=TrialState.PRUNED))
    tuned.add_trial(study(1, names=3).trials[0])
    found = study_figures(tuned, objective_names=("accuracy",), luck=LUCK)
    mean, most = luck_of(found["optimization_history"])
    assert (mean.line.dash, most.line.dash) == ("dash", "dot")
    assert list(mean.x) == list(most.x) == [0, 1, 3]
    assert list(mean.y) == [0.5, 0.506, 0.508]
    assert list(most.y) == [0.516, 0.52, 0.521]
    assert list(mean.customdata) == [1, 2, 3]
    assert "each with its own number of predictions" in mean.hovertemplate
    assert "exceeded in 1 of 20 studies" in most.hovertemplate


@pytest.mark.parametrize(
    ("objectives", "names", "lines", "expected"),
    [
        (1, ("accuracy",), (), (0, 0)),
        (1, ("sharpe",), ("accuracy",), (0, 0)),
        (2, ("accuracy", "sharpe"), ("accuracy",), (2, 0)),
        (2, ("accuracy", "sharpe"), ("accuracy", "sharpe"), (2, 2)),
    ],
    ids=["unknown", "of another objective", "of one of two", "of both"],
)
def test_luck_is_shown_of_the_objectives_that_it_is_known_of(
    objectives: int, names: tuple[str, ...], lines: tuple[str, ...], expected: tuple[int, int]
) -> None:
    luck = dict.fromkeys(lines, LUCK["accuracy"])
    found = study_figures(study(4, objectives, names=3), objective_names=names, luck=luck)
    second = found.get("optimization_history_sharpe", go.Figure())
    assert (len(luck_of(found["optimization_history"])), len(luck_of(second))) == expected


def test_luck_needs_a_complete_trial() -> None:
    found = study_figures(study(0), objective_names=("accuracy",))
    assert not found["optimization_history"].data


def test_hover_texts_have_the_parameters_and_leave_the_outcome_out() -> None:
    tuned = study(5, 2, names=3)
    (worse, best) = study_figures(tuned)["pareto_front"].data
    shown = [*worse.text, *best.text]
    assert len(shown) == 5
    assert all("online.max_weight" in text and "xxx" not in text for text in shown)
    assert all("outcome" in trial.user_attrs for trial in tuned.trials)


def test_plots_are_drawn_one_by_one_in_a_fixed_order() -> None:
    drawn = figures.draw_figures(plot_data.plot_info(study(0, 2)))
    first = ["optimization_history", "param_importances", "parallel_coordinate", "contour", "slice"]
    second = ["optimization_history_sharpe", "param_importances_sharpe", "slice_sharpe"]
    assert [name for name, _ in drawn] == [*first, *second, "pareto_front"]


def test_two_objectives_have_a_front_and_plots_of_the_second() -> None:
    found = study_figures(study(12, 2))
    second = {"optimization_history_sharpe", "param_importances_sharpe", "slice_sharpe"}
    assert set(found) == SINGLE | second | {"pareto_front"}
    assert found["optimization_history"].layout.yaxis.title.text == "accuracy"
    assert found["optimization_history_sharpe"].layout.yaxis.title.text == "sharpe"
    assert found["pareto_front"].layout.xaxis.title.text == "accuracy"
    assert set(found["slice"].data[0].y) != set(found["slice_sharpe"].data[0].y)


def test_the_plots_are_silent_and_leave_the_study_as_it_was(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    tuned = study(6, 2)
    fixed = optuna.create_study(direction="maximize")
    space: dict[str, BaseDistribution] = dict.fromkeys("ab", IntDistribution(0, 9))
    for place, value in enumerate((0.0, 1.0, 2.0, 3.0, math.inf)):
        params = {"a": place, "b": 2}
        fixed.add_trial(create_trial(params=params, distributions=space, value=value))
    optuna.logging.enable_propagation()
    verbosity = optuna.logging.get_verbosity()
    capsys.readouterr()
    caplog.clear()
    with warnings.catch_warnings(), caplog.at_level(logging.DEBUG):
        warnings.simplefilter("error")
        study_figures(tuned)
        param_importances(tuned, evaluator="ped_anova")
        study_figures(study(0))
        contour = study_figures(fixed)["contour"]
    optuna.logging.disable_propagation()
    noise = [row for row in caplog.records if row.name.startswith("optuna.vis")]
    assert noise == []
    assert contour.layout.annotations[0].text == "needs 2 parameters that vary, has 1"
    assert optuna.logging.get_verbosity() == verbosity
    assert len(tuned.trials) == 6


@pytest.mark.matrix
def test_large_studies_are_thinned_but_keep_the_best_and_the_numbers() -> None:
    tuned = study(300, names=3)
    contour = study_figures(tuned, {"online.max_weight": 1.0})["contour"]
    drawn = sum(len(trace.x) for trace in contour.data if trace.type == "scatter")
    assert drawn == 250
    kept = plot_data.sampled(tuned.trials, 40)
    assert len(kept) == 40
    assert tuned.best_trial.number in {trial.number for trial in kept}
    assert all(tuned.trials[trial.number] == trial for trial in kept)


def test_the_pages_need_no_network_and_come_out_the_same(tmp_path: Path) -> None:
    found = study_figures(study(5, names=3), {"online.max_weight": 1.0})
    pages = figures.write_html({"slice": found["slice"]}, tmp_path / "plots")
    again = figures.write_html({"slice": found["slice"]}, tmp_path / "again")
    assert pages == [tmp_path / "plots" / "slice.html"]
    assert pages[0].read_bytes() == again[0].read_bytes()
    text = pages[0].read_text()
    assert 1_500_000 < len(text) < 2_300_000
    assert not re.findall(r"<script[^>]*\ssrc=|<link[^>]*\shref=|<img[^>]*\ssrc=\"http", text)


def test_without_a_browser_static_pictures_name_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = study_figures(study(0))
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    with pytest.raises(TitanMloptError, match=r"static png plots: .*BROWSER_PATH"):
        figures.write_static(empty, tmp_path / "plots")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(broken))
    with pytest.raises(TitanMloptError, match="static svg plots: Chrome must draw them, got"):
        figures.write_static(empty, tmp_path / "plots", "svg")


@pytest.mark.slow
@pytest.mark.skipif(figures.find_chrome() is None, reason="no Chrome or Chromium on this machine")
def test_static_pictures_are_written_by_one_browser(tmp_path: Path) -> None:
    found = study_figures(study(5, names=3), {"online.max_weight": 1.0})
    chosen = {name: found[name] for name in ("slice", "optimization_history")}
    paths = figures.write_static(chosen, tmp_path, "png")
    assert [path.name for path in paths] == ["slice.png", "optimization_history.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


@pytest.mark.slow
@pytest.mark.skipif(figures.find_chrome() is None, reason="no Chrome or Chromium on this machine")
def test_a_picture_that_takes_too_long_is_an_error_not_a_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_PICTURE_TIMEOUT_S", 0.0001)
    with pytest.raises(TitanMloptError, match="static png plots: Chrome must draw them, got"):
        figures.write_static({"slice": study_figures(study(0))["slice"]}, tmp_path)


@pytest.mark.slow
@pytest.mark.matrix
def test_over_a_thousand_trials_take_less_than_2_3_mb_a_page(tmp_path: Path) -> None:
    flat = (0.5,) * 1001
    luck = {"accuracy": LuckLine(tuple(range(1001)), flat, flat)}
    names = ("accuracy", "sharpe")
    found = study_figures(study(1001, 2), objective_names=names, luck=luck)
    pages = figures.write_html(found, tmp_path)
    assert max(page.stat().st_size for page in pages) < 2_300_000
    assert len(luck_of(found["optimization_history"])) == 2


def test_shapley_importances_come_from_optunas_integration_or_say_what_to_install() -> None:
    tuned = study(20, names=3)
    if importlib.util.find_spec("shap") is None:
        with pytest.raises(ConfigError, match=r"pip install 'titan-mlopt\[shap\]'"):
            param_importances(tuned, evaluator="shapley")
        return
    found = param_importances(tuned, evaluator="shapley")
    assert math.fsum(found.values()) == pytest.approx(1.0)
    assert next(iter(found)) == "online.max_weight"
