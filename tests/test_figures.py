"""What the plots promise: right, small, offline, and a reason where there is nothing to draw."""

from __future__ import annotations

import importlib.util
import logging
import math
import random
import re
import threading
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import matplotlib
import optuna
import pytest
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from titan_mlopt.errors import ConfigError, StudyError, TitanMloptError
from titan_mlopt.params import TUNABLE_PARAMS
from titan_mlopt.records import COMPLETE, FAIL, PRUNED, PRUNER, TIMEOUT, TrialOutcome, TrialRecord
from titan_mlopt.report import figures
from titan_mlopt.report.importances import param_importances

SINGLE = {
    "optimization_history",
    "param_importances",
    "parallel_coordinate",
    "contour",
    "slice",
}
TEXT = "{http://www.w3.org/2000/svg}text"


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
        found.add_trial(create_trial(params=params, distributions=space, values=values))
    return found


def full_trial() -> TrialRecord:
    """A trial with inputs of the largest size: 25 used bins, 200 curve and rolling points."""
    rng = random.Random(1)
    bins = tuple((60, 60 * (0.51 + 0.02 * place), rng.randint(20, 50)) for place in range(25))
    curve = tuple((100 * at, 1 + rng.gauss(0, 0.05), abs(rng.gauss(0, 0.1))) for at in range(200))
    rolling = tuple((200 + 97 * at, rng.uniform(0.4, 0.6)) for at in range(200))
    metrics: dict[str, float | None] = {
        "accuracy": 0.55,
        "n_predictions": 200.0,
        "hits": 110.0,
        "ece": 0.02,
        "ece_noise": 0.034,
        "sharpe": 3.0,
        "sharpe_se": 19.1,
    }
    outcome = TrialOutcome(COMPLETE, metrics=metrics, bins=bins, curve=curve, rolling=rolling)
    return TrialRecord(17, COMPLETE, {}, (0.55,), 0.0, 2.0, outcome)


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(TEXT)]


def test_the_picture_of_a_trial_is_small_well_formed_and_needs_nothing_else() -> None:
    svg = figures.draw_trial_svg(full_trial())
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(svg.encode()) <= 60_000
    links = [value for element in root.iter() for name, value in element.items() if "href" in name]
    assert all(link.startswith("#") for link in links)
    assert "url(http" not in svg
    assert "<script" not in svg


def test_the_picture_says_how_sure_its_numbers_are() -> None:
    title, worth = texts(figures.draw_trial_svg(full_trial()))[:2]
    assert title == "Trial 17 · COMPLETE"
    assert worth == (
        "accuracy 0.5500 (n=200, 95 % 0.481 to 0.617) · ECE 0.0200 (noise floor 0.0340) · "
        "Sharpe 3.00 (± 19.10)"
    )


def test_the_same_trial_gives_the_same_bytes_in_any_thread() -> None:
    trial, found = full_trial(), []
    threads = [
        threading.Thread(target=lambda: found.append(figures.draw_trial_svg(trial)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {figures.draw_trial_svg(trial)}


def test_drawing_leaves_the_settings_of_matplotlib_alone() -> None:
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "the user's"}):
        before = dict(matplotlib.rcParams)
        figures.draw_trial_svg(full_trial())
        assert dict(matplotlib.rcParams) == before


def test_the_reliability_panel_draws_hit_rate_at_mean_confidence() -> None:
    outcome = TrialOutcome(COMPLETE, bins=((100, 52.0, 40), (100, 60.0, 70)))
    svg = figures.draw_trial_svg(TrialRecord(0, COMPLETE, {}, None, 0.0, 1.0, outcome))
    panel = svg[svg.index("PathCollection") :]
    # Each circle starts at its lowest point, straight below its centre.
    circles = [
        [float(number) for number in re.findall(r"[\d.]+", path)]
        for path in re.findall(r'<path d="([^"]+)"', panel)[:2]
    ]
    (low_x, low_y), (high_x, high_y) = [
        (numbers[0], (max(numbers[1::2]) + min(numbers[1::2])) / 2) for numbers in circles
    ]
    # By hand: x from .52 to .60 padded by .01, over .41 of 675 points from .065 of them; y from
    # .4 to .7 padded by .045, over .31 of 450 points that end at .485 of them.
    scale_x, scale_y = 0.41 * 675 / 0.10, 0.31 * 450 / 0.39
    assert low_x == pytest.approx(0.065 * 675 + 0.01 * scale_x, abs=0.01)
    assert high_x - low_x == pytest.approx(0.08 * scale_x, abs=0.01)
    assert low_y == pytest.approx(0.485 * 450 - 0.045 * scale_y, abs=0.01)
    assert low_y - high_y == pytest.approx(0.30 * scale_y, abs=0.01)


def test_a_small_bin_does_not_flatten_the_reliability_panel_but_is_counted() -> None:
    bins = ((500, 260.0, 260), (500, 280.0, 280), (1, 0.9, 0))
    svg = figures.draw_trial_svg(
        TrialRecord(0, COMPLETE, {}, None, 0.0, 1.0, TrialOutcome(COMPLETE, bins=bins))
    )
    assert "area: predictions · bar: 95 % interval · 1 small outside" in texts(svg)


def test_a_pruned_trial_shows_what_it_has_and_names_what_it_lacks() -> None:
    outcome = TrialOutcome(PRUNED, PRUNER, metrics={}, bins=((30, 16.0, 14),))
    found = texts(
        figures.draw_trial_svg(TrialRecord(4, PRUNED, {}, None, 0.0, 1.0, outcome, violated=True))
    )
    assert found[0] == "Trial 4 · PRUNED (pruner) · ECE above its limit"
    assert "fewer than 200 predictions" in found
    assert "no equity curve" in found
    assert "no predictions" not in found
    assert "hit rate" in found


@pytest.mark.parametrize("bins", [(), ((0, 0.0, 0),) * 25], ids=["absent", "zero"])
def test_a_trial_without_predictions_says_so_in_its_panels(
    bins: tuple[tuple[int, float, int], ...],
) -> None:
    outcome = TrialOutcome(FAIL, TIMEOUT, message="must finish within 600 s", bins=bins)
    found = texts(figures.draw_trial_svg(TrialRecord(3, FAIL, {}, None, 0.0, 1.0, outcome)))
    assert found[:2] == ["Trial 3 · FAIL (timeout)", "must finish within 600 s"]
    assert found.count("no predictions") == 3
    ET.fromstring(figures.draw_trial_svg(TrialRecord(3, FAIL, {}, None, 0.0, None, None)))


def test_odd_messages_cannot_break_the_picture() -> None:
    message = "cost $5_^{ <&> \x1b[31m\x00 \ud800 漢 \n end…"
    outcome = TrialOutcome(FAIL, TIMEOUT, message=message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = figures.draw_trial_svg(TrialRecord(3, FAIL, {}, None, 0.0, 1.0, outcome))
    assert texts(svg)[1] == "cost $5_^{ <&> ?[31m? ? ? end…"


def test_single_points_can_be_drawn() -> None:
    outcome = replace(
        full_trial().outcome or TrialOutcome(COMPLETE),
        bins=((1, 0.5, 1),),
        curve=((0, 1.0, 0.0),),
        rolling=((200, 0.5),),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ET.fromstring(figures.draw_trial_svg(replace(full_trial(), outcome=outcome)))


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
    assert set(figures.study_figures(mixed)) == SINGLE


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_plot_that_cannot_be_drawn_yet_says_what_it_needs(n: int) -> None:
    found = figures.study_figures(study(n))
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
    figure = figures.study_figures(pruned)["slice"]
    assert figure.layout.annotations[0].text == "needs 2 complete trials, has 1"


def test_given_importances_are_drawn_and_choose_the_parameters_shown() -> None:
    given = {"ml.max_depth": 0.7, "ml.num_leaves": 0.2, "model.rsi_oversold": 0.1, "gone": 0.0}
    found = figures.study_figures(study(12), given)
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
    history = figures.study_figures(study(12), {"ml.max_depth": 1.0})["optimization_history"]
    points, best = history.data[:2]
    assert len(points.y) == 12
    assert list(best.y) == [max(points.y[: place + 1]) for place in range(12)]


def test_two_objectives_have_a_front_and_plots_of_the_second() -> None:
    found = figures.study_figures(study(12, 2))
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
        figures.study_figures(tuned)
        param_importances(tuned, evaluator="ped_anova")
        figures.study_figures(study(0))
        contour = figures.study_figures(fixed)["contour"]
    optuna.logging.disable_propagation()
    noise = [row for row in caplog.records if row.name.startswith("optuna.vis")]
    assert noise == []
    assert contour.layout.annotations[0].text == "needs 2 parameters that vary, has 1"
    assert optuna.logging.get_verbosity() == verbosity
    assert len(tuned.trials) == 6


def test_large_studies_are_thinned_but_keep_the_best_and_the_numbers() -> None:
    tuned = study(300, names=3)
    contour = figures.study_figures(tuned, {"online.max_weight": 1.0})["contour"]
    drawn = sum(len(trace.x) for trace in contour.data if trace.type == "scatter")
    assert drawn == 250
    kept = figures._sampled(tuned.trials, 40)
    assert len(kept) == 40
    assert tuned.best_trial.number in {trial.number for trial in kept}
    assert all(tuned.trials[trial.number] == trial for trial in kept)


def test_the_pages_need_no_network_and_come_out_the_same(tmp_path: Path) -> None:
    found = figures.study_figures(study(5, names=3), {"online.max_weight": 1.0})
    pages = figures.write_html({"slice": found["slice"]}, tmp_path / "plots")
    again = figures.write_html({"slice": found["slice"]}, tmp_path / "again")
    assert pages == [tmp_path / "plots" / "slice.html"]
    assert pages[0].read_bytes() == again[0].read_bytes()
    text = pages[0].read_text()
    assert len(text) > 4_000_000
    assert not re.findall(r"<script[^>]*\ssrc=|<link[^>]*\shref=|<img[^>]*\ssrc=\"http", text)


def test_without_a_browser_static_pictures_name_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = figures.study_figures(study(0))
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    with pytest.raises(TitanMloptError, match=r"static png plots: .*BROWSER_PATH"):
        figures.write_static(empty, tmp_path / "plots")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(broken))
    with pytest.raises(TitanMloptError, match="static svg plots: Chrome must draw them, got"):
        figures.write_static(empty, tmp_path / "plots", "svg")


@pytest.mark.skipif(figures.find_chrome() is None, reason="no Chrome or Chromium on this machine")
def test_static_pictures_are_written_by_one_browser(tmp_path: Path) -> None:
    found = figures.study_figures(study(5, names=3), {"online.max_weight": 1.0})
    chosen = {name: found[name] for name in ("slice", "optimization_history")}
    paths = figures.write_static(chosen, tmp_path, "png")
    assert [path.name for path in paths] == ["slice.png", "optimization_history.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


@pytest.mark.skipif(figures.find_chrome() is None, reason="no Chrome or Chromium on this machine")
def test_a_picture_that_takes_too_long_is_an_error_not_a_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_PICTURE_TIMEOUT_S", 0.0001)
    with pytest.raises(TitanMloptError, match="static png plots: Chrome must draw them, got"):
        figures.write_static({"slice": figures.study_figures(study(0))["slice"]}, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("objectives", [1, 2])
def test_a_thousand_trials_stay_below_6_mb_a_page(objectives: int, tmp_path: Path) -> None:
    pages = figures.write_html(figures.study_figures(study(1000, objectives)), tmp_path)
    assert max(page.stat().st_size for page in pages) < 6_000_000


def test_shapley_importances_come_from_optunas_integration_or_say_what_to_install() -> None:
    tuned = study(20, names=3)
    if importlib.util.find_spec("shap") is None:
        with pytest.raises(ConfigError, match=r"pip install 'titan-mlopt\[shap\]'"):
            param_importances(tuned, evaluator="shapley")
        return
    found = param_importances(tuned, evaluator="shapley")
    assert math.fsum(found.values()) == pytest.approx(1.0)
    assert next(iter(found)) == "online.max_weight"
