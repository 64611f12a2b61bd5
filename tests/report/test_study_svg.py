"""What a study's pictures promise: small, offline, right, and a reason where nothing is drawn."""

from __future__ import annotations

import re
import threading
import xml.etree.ElementTree as ET
from pathlib import Path

import optuna
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState, create_trial

from support.figure_cases import LUCK, study
from titan_mlopt.analysis.luck import LuckLine
from titan_mlopt.analysis.plot_data import (
    front_info,
    history_info,
    plot_info,
    slice_info,
)
from titan_mlopt.report.svg.study import draw_svgs, write_svgs

TEXT = "{http://www.w3.org/2000/svg}text"
SINGLE = ["optimization_history", "param_importances", "slice"]
SPACE: dict[str, BaseDistribution] = {
    "rate": FloatDistribution(1e-3, 1e-1, log=True),
    "depth": IntDistribution(2, 9),
    "kind": CategoricalDistribution(["a<b", "c"]),
}


def of(*values: tuple[float, ...], params: dict[str, list[object]] | None = None) -> optuna.Study:
    """Return a study of COMPLETE trials with these values, and with params if they are given."""
    found = optuna.create_study(directions=["maximize"] * len(values[0]), study_name="s")
    for place, pair in enumerate(values):
        chosen = {name: column[place] for name, column in (params or {}).items()}
        space = {name: SPACE[name] for name in chosen}
        found.add_trial(create_trial(params=chosen, distributions=space, values=list(pair)))
    return found


def drawn(tuned: optuna.Study, **options: object) -> dict[str, str]:
    return dict(draw_svgs(plot_info(tuned, **options)))  # type: ignore[arg-type]  # passed on


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(TEXT)]


def dots(svg: str) -> int:
    return len(re.findall(r"M\S+ \S+h0", svg))


# --- what is looked at ----------------------------------------------------------------------------


def test_the_history_has_the_best_so_far_and_the_luck_of_each_complete_trial() -> None:
    tuned = of((0.50,), (0.52,), (0.51,))
    tuned.add_trial(create_trial(state=TrialState.PRUNED))
    tuned.add_trial(create_trial(value=0.53))
    info = plot_info(tuned, objective_names=("accuracy",), luck=LUCK)
    found = history_info(info, info.aims[0])
    assert found.numbers == [0, 1, 2, 4]
    assert found.values == [0.50, 0.52, 0.51, 0.53]
    assert found.best == [0.50, 0.52, 0.52, 0.53]
    assert found.states == {"COMPLETE": 4, "PRUNED": 1}
    assert found.luck is LUCK["accuracy"]
    assert history_info(plot_info(tuned), info.aims[0]).luck is None


def test_slices_are_of_the_most_important_parameters_by_their_own_scales() -> None:
    params: dict[str, list[object]] = {
        "rate": [0.001, 0.01, 0.1, 0.05],
        "depth": [2, 3, 4, 5],
        "kind": ["c", "a<b", "c", "c"],
    }
    tuned = of((0.5,), (0.7,), (0.6,), (0.4,), params=params)
    info = plot_info(tuned, {"depth": 0.6, "kind": 0.3, "rate": 0.1})
    depth, kind, rate = slice_info(info, info.aims[0], most=3, limit=9)
    assert (depth.name, depth.xs, depth.log, depth.choices) == ("depth", [2, 3, 4, 5], False, ())
    assert (kind.xs, kind.choices) == ([1, 0, 1, 1], ("a<b", "c"))
    assert (rate.log, rate.ys, rate.best) == (True, [0.5, 0.7, 0.6, 0.4], 1)
    assert [part.name for part in slice_info(info, info.aims[0], most=1, limit=9)] == ["depth"]


def test_the_front_is_what_no_other_trial_dominates() -> None:
    tuned = of((0.5, 3.0), (0.6, 1.0), (0.55, 0.5), (0.6, 0.9), (0.4, 4.0), (0.5, 2.0))
    found = front_info(plot_info(tuned))
    assert found.front == [(0.6, 1.0, 1), (0.5, 3.0, 0), (0.4, 4.0, 4)]
    assert sorted(row[2] for row in found.behind) == [2, 3, 5]


# --- what is drawn --------------------------------------------------------------------------------


def test_one_objective_has_three_pictures_and_two_have_the_front_as_well() -> None:
    assert list(drawn(study(5))) == SINGLE
    second = [f"{name}_sharpe" for name in SINGLE]
    assert list(drawn(study(5, 2))) == [*SINGLE, *second, "pareto_front"]


def test_the_history_says_what_is_best_and_what_luck_gives() -> None:
    tuned = of((0.50,), (0.52,), (0.51,))
    tuned.add_trial(create_trial(state=TrialState.PRUNED))
    svg = drawn(tuned, objective_names=("accuracy",), luck=LUCK)["optimization_history"]
    found = texts(svg)
    assert "best: trial 1, 0.52" in found
    assert "dashed: luck alone, 0.508; dotted: 95 %, 0.521" in found
    assert "3 complete, 1 pruned" in found
    assert dots(svg) == 3 + 1  # the best stands out
    assert svg.count("stroke-dasharray") == 2
    without = drawn(tuned, objective_names=("accuracy",))["optimization_history"]
    assert "luck" not in without
    assert "stroke-dasharray" not in without


def test_values_far_below_the_others_do_not_flatten_the_history() -> None:
    tuned = of(*((0.5 + n / 1000,) for n in range(100)), (-9.0,), (-8.0,))
    svg = drawn(tuned)["optimization_history"]
    assert "102 complete · 2 complete trials lie lower" in texts(svg)
    assert dots(svg) == 100 + 1
    assert "-8" not in texts(svg)


def test_the_slices_mark_the_best_and_show_every_trial() -> None:
    params: dict[str, list[object]] = {
        "rate": [0.001, 0.01, 0.1, 0.05],
        "depth": [2, 3, 4, 5],
        "kind": ["c", "a<b", "c", "c"],
    }
    svg = drawn(of((0.5,), (0.7,), (0.6,), (0.4,), params=params), seed=1)["slice"]
    assert dots(svg) == 3 * (4 + 1)
    assert {"0.001", "0.01", "0.1", "2", "5", "a<b", "c", "rate", "depth", "kind"} <= set(
        texts(svg)
    )
    assert "2.5" not in texts(svg)


def test_importances_are_bars_with_their_shares_and_the_rest_is_summed() -> None:
    shares = {f"ml.p{n}": share for n, share in enumerate([0.5, 0.2] + [0.025] * 12)}
    names = list(shares)
    tuned = optuna.create_study(direction="maximize")
    space: dict[str, BaseDistribution] = dict.fromkeys(names, FloatDistribution(0, 1))
    for place in range(4):
        params = dict.fromkeys(names, place / 4)
        tuned.add_trial(create_trial(params=params, distributions=space, value=place))
    found = texts(drawn(tuned, importances=shares)["param_importances"])
    assert found.count("2.5 %") == 10
    assert {"ml.p0", "50.0 %", "20.0 %", "ml.p11"} <= set(found)
    assert "ml.p12" not in found
    assert any(text.startswith("2 more: 5.0 % · ") for text in found)


def test_the_front_names_the_best_and_counts_what_nothing_dominates() -> None:
    svg = drawn(of((0.5, 3.0), (0.6, 1.0), (0.55, 0.5), (0.6, 0.9)))["pareto_front"]
    assert "best: trial 1, 0.6 and 1" in texts(svg)
    assert "line: the 2 that no other trial dominates" in texts(svg)
    assert dots(svg) == 2 + 2 + 1


@pytest.mark.parametrize("n", [0, 1, 3])
def test_what_cannot_be_drawn_yet_says_what_it_needs(n: int) -> None:
    found = {name: "\n".join(texts(svg)) for name, svg in drawn(study(n, 2)).items()}
    assert f"needs 4 complete trials, has {n}; run more trials" in found["param_importances"]
    assert ("needs 1 complete trial, has 0" in found["optimization_history"]) == (n == 0)
    assert (f"needs 2 complete trials, has {n}" in found["slice"]) == (n < 2)
    assert ("needs 1 complete trial, has 0" in found["pareto_front"]) == (n == 0)


def test_trials_without_parameters_have_no_slices() -> None:
    found = drawn(of((0.5,), (0.6,)))
    assert "needs a parameter, has none" in texts(found["slice"])


@pytest.mark.parametrize("value", [0.5, 0.0, -3.0, 1e300, 5e-324])
def test_equal_values_are_drawn_too(value: float) -> None:
    params: dict[str, list[object]] = {"depth": [3, 3, 3], "rate": [0.01] * 3}
    for svg in drawn(of(*((value, value),) * 3, params=params)).values():
        assert ET.fromstring(svg).tag.endswith("svg")
        assert "nan" not in svg
        assert "inf" not in svg


def test_names_that_are_markup_are_drawn_as_they_are() -> None:
    tuned = optuna.create_study(direction="maximize")
    name = "$x_1$ <b>&amp; " + "long " * 20
    space: dict[str, BaseDistribution] = {name: FloatDistribution(0, 1)}
    for place in range(5):
        tuned.add_trial(
            create_trial(params={name: place / 5}, distributions=space, value=place % 3)
        )
    svg = drawn(tuned, objective_names=("a<b>\x00\ud800",))
    shown = "$x_1$ <b>&amp; long long long long lo…"
    assert shown in texts(svg["slice"])
    assert shown in texts(svg["param_importances"])
    assert "Optimization history: a<b>??" in texts(svg["optimization_history"])


# --- how it is drawn ------------------------------------------------------------------------------


def test_the_pictures_need_nothing_else_and_come_out_the_same_in_any_thread() -> None:
    info, found = plot_info(study(12, 2, names=4), luck=LUCK), list[dict[str, str]]()
    threads = [
        threading.Thread(target=lambda: found.append(dict(draw_svgs(info)))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, *others = found
    assert all(other == first for other in others)
    for svg in first.values():
        root = ET.fromstring(svg)
        links = [v for element in root.iter() for name, v in element.items() if "href" in name]
        assert all(link.startswith("#") for link in links)
        assert "url(http" not in svg
        assert "<script" not in svg


def test_the_pictures_are_files_by_their_names(tmp_path: Path) -> None:
    paths = write_svgs({"slice": "<svg/>", "pareto_front": "é"}, tmp_path / "plots")
    assert paths == [tmp_path / "plots" / "slice.svg", tmp_path / "plots" / "pareto_front.svg"]
    assert paths[1].read_text(encoding="utf-8") == "é"


def test_the_history_of_a_very_large_study_is_thinned() -> None:
    tuned = of(*((0.5 + n / 1e5,) for n in range(9000)))
    line = tuple(0.4 + n / 1e5 for n in range(9000))
    luck = {"accuracy": LuckLine(tuple(range(9000)), line, line)}
    svg = drawn(tuned, objective_names=("accuracy",), luck=luck)["optimization_history"]
    assert "9000 complete" in "".join(texts(svg))
    # By hand: 179 lie lower; of the other 8,821 every third and the last one, and the best again.
    assert dots(svg) == 2940 + 1 + 1
    assert len(svg) < 90_000


@pytest.mark.slow
def test_over_a_thousand_trials_take_less_than_150_kb_a_picture() -> None:
    flat = (0.5,) * 1001
    luck = {"accuracy": LuckLine(tuple(range(1001)), flat, flat)}
    found = drawn(study(1001, 2), objective_names=("accuracy", "sharpe"), luck=luck)
    assert max(len(svg.encode()) for svg in found.values()) < 150_000
