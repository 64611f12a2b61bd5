"""Configs from elsewhere, fitted into a space, and files of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_mlopt.core.config_lists import load_configs
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.space.details import Detail, Prior
from titan_mlopt.core.start_points import StartPoint, fit_params, merge_points

SPACE = Space(
    {"feature.fast_window": (4, 8, "int"), "online.learning_rate": (0.01, 0.05, "log")},
    {"ml.enabled": False},
)


def test_values_inside_the_space_are_taken_as_they_are() -> None:
    config = {"feature.fast_window": 5, "online.learning_rate": 0.02, "ml.enabled": False}
    assert fit_params(SPACE, config) == (
        {"feature.fast_window": 5, "online.learning_rate": 0.02},
        [],
    )


def test_values_outside_go_to_the_nearest_end_and_are_told() -> None:
    config = {"feature.fast_window": 10, "online.learning_rate": 0.001, "ml.enabled": True}
    assert fit_params(SPACE, config) == (
        {"feature.fast_window": 8, "online.learning_rate": 0.01},
        [
            "feature.fast_window 10 to 8",
            "online.learning_rate 0.001 to 0.01",
            "ml.enabled True to False",
        ],
    )


def test_a_number_between_two_whole_ones_is_rounded_for_an_int() -> None:
    params, changes = fit_params(SPACE, {"feature.fast_window": 5.6})
    assert params == {"feature.fast_window": 6}
    assert type(params["feature.fast_window"]) is int
    assert changes == ["feature.fast_window 5.6 to 6"]


def test_names_of_another_space_are_left_out_and_a_value_that_is_no_number_is_told() -> None:
    assert fit_params(SPACE, {"own.x": 3, "feature.fast_window": True}) == (
        {},
        ["feature.fast_window True left out, as the space has no such value"],
    )


def test_a_value_so_far_in_the_tail_of_a_prior_that_it_cannot_be_sampled_is_told() -> None:
    """.5 is 45 standard deviations from .05: its quantile is 1.0, which is the far end."""
    prior = Detail(prior=Prior("normal", 0.05, 0.01))
    space = Space({"a": (0.0, 0.6, "float")}, details={"a": prior})
    assert fit_params(space, {"a": 0.5}) == ({"a": 0.6}, ["a 0.5 to 0.6"])
    params, changes = fit_params(space, {"a": 0.055})
    assert (params, changes) == ({"a": pytest.approx(0.055, rel=1e-9)}, [])


def test_a_choice_that_is_never_sampled_or_that_the_space_lacks_is_told() -> None:
    choices = Detail(choices=(5, 7, 10), weights=(1, 0, 1))
    space = Space({}, details={"a": choices, "b": Detail(choices=("x", True))})
    assert fit_params(space, {"a": 7, "b": 1}) == (
        {"a": 10},
        ["b 1 left out, as the space has no such value", "a 7 to 10"],
    )


def test_a_value_that_breaks_a_constraint_is_told_with_what_became_of_it() -> None:
    space = Space({"a": (0, 10, "int"), "b": (0, 10, "int")}, constraints=("a + 2 <= b",))
    assert fit_params(space, {"a": 5, "b": 6}) == ({"a": 5, "b": 7}, ["b 6 to 7"])
    assert fit_params(space, {"b": 6}) == ({"b": 6}, [])


def test_the_same_params_from_two_sources_are_one_point_with_both_names() -> None:
    points = [StartPoint("a", {"x": 1}), StartPoint("b", {"x": 2}), StartPoint("c", {"x": 1})]
    assert merge_points(points) == (StartPoint("a; c", {"x": 1}), StartPoint("b", {"x": 2}))


def test_one_config_or_several_are_read_from_json(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"feature.fast_window": 5, "ml.enabled": true}')
    (tmp_path / "two.json").write_text('[{"a.x": 1}, {"a.x": 2.5}]')
    assert load_configs(tmp_path / "one.json") == [
        ("one.json", {"feature.fast_window": 5, "ml.enabled": True})
    ]
    assert load_configs(tmp_path / "two.json") == [
        ("two.json row 1", {"a.x": 1}),
        ("two.json row 2", {"a.x": 2.5}),
    ]


def test_a_csv_file_gives_a_config_a_row_and_cells_without_a_number_are_left_out(
    tmp_path: Path,
) -> None:
    text = "\ufeffrank,state,a.x,95 %,ml.enabled\n1,COMPLETE,7,.5,True\n2,FAIL,,,\n"
    (tmp_path / "board.csv").write_text(text)
    assert load_configs(tmp_path / "board.csv") == [
        ("board.csv row 1", {"rank": 1, "a.x": 7, "ml.enabled": True}),
        ("board.csv row 2", {"rank": 2}),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no.json", None, "must be a readable file"),
        ("bad.json", b"[{]", "must be JSON"),
        ("empty.json", b"[]", "must hold 1 to 1,000 configs, got 0"),
        ("many.json", b"[" + b'{"a": 1},' * 1000 + b'{"a": 1}]', "got 1001"),
        ("text.json", b'[{"a.x": null}]', r"text\.json row 1: a\.x must be a number, a bool or a"),
        ("name.json", b'{"a x": 1}', r"name\.json: space: a name must be"),
        ("list.json", b"[1]", r"list\.json row 1: must be \{name: number, bool or text"),
        ("empty.csv", b"", "must hold 1 to 1,000 configs, got 0"),
        (
            "words.csv",
            b"state\nCOMPLETE\n",
            r"words\.csv row 1: must be \{name: number, bool or text",
        ),
        ("bytes.csv", b"a\n\xff\n", "must be text in UTF-8"),
        ("cell.csv", b"a\n" + b"1" * 131_073, r"cell\.csv: must be CSV, got 'field larger than"),
        ("deep.csv", b"a\n" + b"[" * 5000, r"deep\.csv row 1: must be \{name: number, bool or"),
        ("large.csv", b"a\n" + b"1\n" * 500_000, "must be at most 1,000,000 bytes"),
    ],
)
def test_a_file_without_configs_is_refused_by_its_name(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=message) as refused:
        load_configs(tmp_path / name)
    assert str(refused.value).startswith(f"{tmp_path / name}")
