"""What the SVG writer promises: round ticks, marks at the right pixel, gaps, escaped text."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_mlopt.report.svg.chart import (
    Panel,
    Piece,
    clipped,
    document,
    is_drawable,
    log_ticks,
    padded,
    round_ticks,
    text,
    ticks_that_fit,
)

#: 1 on the x axis is 10 pixels, 1 on the y axis 5.
PANEL = Panel(x0=100, y0=20, width=100, height=50, x=(0, 10), y=(-5, 5))
VALUES = st.floats(-1e100, 1e100)


def labels(low: float, high: float, most: int = 6, *, whole: bool = False) -> list[str]:
    return [label for _, label in round_ticks(low, high, most, whole=whole)]


def path_of(element: str) -> str:
    return ET.fromstring(element).attrib["d"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, ["0", "2", "4", "6", "8", "10"]),
        (0.47, 0.72, ["0.50", "0.55", "0.60", "0.65", "0.70"]),
        (-1.25, 0.6, ["−1.0", "−0.5", "0.0", "0.5"]),
        (0, 5639, ["0", "2,000", "4,000"]),
        (2e9, 6e9, ["2e+09", "3e+09", "4e+09", "5e+09", "6e+09"]),
        (0, 4e-7, ["0e+00", "1e-07", "2e-07", "3e-07", "4e-07"]),
    ],
)
def test_ticks_are_round_numbers_with_just_the_digits_they_need(
    low: float, high: float, expected: list[str]
) -> None:
    # A minus is the sign, not the hyphen.
    assert labels(low, high) == [label.replace("e-", "e−") for label in expected]


def test_a_tick_is_the_number_that_its_label_says() -> None:
    assert [value for value, _ in round_ticks(0.0, 0.5)] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_whole_ticks_are_at_least_1_apart() -> None:
    assert labels(0, 2, whole=True) == ["0", "1", "2"]
    assert labels(7, 7.5, whole=True) == ["7"]


@pytest.mark.parametrize("value", [0.0, 0.5123, -3.0, 1e100])
def test_limits_that_are_equal_have_one_tick(value: float) -> None:
    assert [tick for tick, _ in round_ticks(value, value)] == [value]


@given(VALUES, VALUES, st.integers(6, 10))
def test_any_limits_have_at_least_two_ticks_within_them_told_apart(
    one: float, other: float, most: int
) -> None:
    low, high = sorted((one, other))
    ticks = round_ticks(low, high, most)
    slack = 1e-6 * (high - low)
    assert all(low - slack <= value <= high + slack for value, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks) <= most
    assert sorted(ticks) == list(ticks)
    if high - low > 1e-8 * max(abs(low), abs(high), 1e-80):
        assert len(ticks) >= 2


def test_marks_are_at_the_pixels_of_their_values() -> None:
    # By hand: x 2 is 100 + 2 · 10, y 1 is 20 + (5 - 1) · 5 from the top.
    assert (PANEL.at_x(2), PANEL.at_y(1)) == (120, 40)
    assert path_of(PANEL.line([(2, 1), (3, -1)])) == "M120.0 40.0 130.0 50.0"
    assert path_of(PANEL.area([(2, 1), (3, -1)], 0)) == (
        "M120.0 45.0 120.0 40.0 130.0 50.0 130.0 45.0Z"
    )
    assert path_of(PANEL.bars([(2, 4, 0, 3)], gap=1)) == "M120.5 45V30H139.5V45Z"
    (dot,) = ET.fromstring(PANEL.dots([(2, 1, 3)], fill="red"))
    assert dot.attrib == {"cx": "120", "cy": "40", "r": "3"}


def test_points_are_round_ends_of_lines_that_go_nowhere() -> None:
    points = ET.fromstring(PANEL.points([(2, 1), (3, -1)], 5, "red"))
    assert points.attrib == {
        "d": "M120 40h0M130 50h0",
        "fill": "none",
        "stroke": "red",
        "stroke-width": "5",
        "stroke-linecap": "round",
    }
    assert PANEL.points([], 5, "red") == ""


def test_steps_keep_a_height_up_to_the_next_point() -> None:
    assert path_of(PANEL.steps([(2, 1), (3, -1)])) == "M120.0 40.0 130.0 40.0 130.0 50.0 130.0 50.0"


def test_limits_have_room_around_the_values_and_are_never_equal() -> None:
    assert padded([3, 1, 2], 0.25) == (0.5, 3.5)
    assert padded([50.0], 0.25) == (49.5, 50.5)
    assert padded([0.0, 0.0], 0.25) == (-0.01, 0.01)
    assert [clipped(value) for value in (1e300, -math.inf, 5.0)] == [1e100, -1e100, 5.0]


def test_a_logarithmic_axis_has_round_numbers_at_their_exponents() -> None:
    assert log_ticks(-3, -1) == ((-3, "0.001"), (-2, "0.01"), (-1, "0.1"))
    assert [label for _, label in log_ticks(0, 1)] == ["1", "2", "5", "10"]
    assert [label for _, label in log_ticks(-0.98, -0.96)] == ["0.105", "0.11"]


def test_a_narrow_axis_has_fewer_ticks_so_that_labels_stand_apart() -> None:
    # A sign takes 6.2 pixels and a gap 8: five labels of four signs take 164, two of them 66.
    wide, narrow = ticks_that_fit(0.01, 0.05, 170), ticks_that_fit(0.01, 0.05, 160)
    assert [label for _, label in wide] == ["0.01", "0.02", "0.03", "0.04", "0.05"]
    assert [label for _, label in narrow] == ["0.02", "0.04"]


def test_uprights_are_cut_at_the_border() -> None:
    assert path_of(PANEL.uprights([(2, -1, 1), (3, -9, 9)])) == "M120 50V40M130 70V20"


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, 1.1e100])
def test_what_cannot_be_drawn_leaves_a_gap(missing: float) -> None:
    assert not is_drawable(missing)
    points = [(0, 0.0), (1, 0.0), (2, missing), (3, 0.0), (4, missing)]
    # A point alone is four pixels wide.
    assert path_of(PANEL.line(points)) == "M100.0 45.0 110.0 45.0M130.0 45.0m-2 0h4"
    assert path_of(PANEL.area(points, 5)) == (
        "M100.0 20.0 100.0 45.0 110.0 45.0 110.0 20.0ZM130.0 20.0 130.0 45.0 130.0 20.0Z"
    )
    assert PANEL.line([(2, missing)]) == ""


def test_the_grid_has_a_line_and_a_label_a_tick_and_names_the_axis() -> None:
    grid = ET.fromstring(PANEL.grid([(2, "two")], [(1, "one")], "bar"))
    paths = [path.attrib["d"] for path in grid.iter("path")]
    assert paths == ["M100 40H200", "M100 70H200M120 70v4"]
    places = {str(item.text): (item.get("x"), item.get("y")) for item in grid.iter("text")}
    assert places == {"two": ("120", "86"), "bar": ("150", "102"), "one": ("93", "44")}


def test_the_name_of_the_upright_axis_stands_upright() -> None:
    (label,) = ET.fromstring(PANEL.grid([], [], y_label="gain")).iter("text")
    # By hand: 52 pixels left of the panel, in the middle of its height.
    assert (label.text, label.get("transform")) == ("gain", "rotate(-90 48 45)")


def test_every_text_is_escaped_and_what_cannot_be_printed_is_a_question_mark() -> None:
    words = "a<b> & \"c\" 'd' \x00\n\x1b\ud800\ufffe 漢"
    picture = document(
        10, 10, words, [text(1, 2, words, Piece(words, "red", 3), font_family=words)]
    )
    root = ET.fromstring(picture)
    said = "a<b> & \"c\" 'd' ????? 漢"
    _, _, line = root
    assert [root[0].text, line.text, line[0].text] == [said] * 3
    assert line[0].attrib == {"fill": "red", "dx": "3"}


def test_a_text_without_words_is_not_there() -> None:
    assert text(1, 2, "", font_size=12) == ""
    assert "\n\n" not in document(10, 10, "title", ["", PANEL.grid([], [])])


def test_a_picture_scales_with_the_page_and_stands_on_white() -> None:
    root = ET.fromstring(document(960, 640, "title", []))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("viewBox"), root.get("width"), root.get("height")) == (
        "0 0 960 640",
        "960",
        "640",
    )
    assert root[1].attrib == {"width": "960", "height": "640", "fill": "#ffffff"}
