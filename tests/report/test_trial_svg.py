"""What a trial's picture promises: small, well formed, honest about its numbers, never broken."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import threading
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.paths import ROOT
from support.picture_cases import full_outcome, full_trial, trial_of
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    PRUNED,
    PRUNER,
    TIMEOUT,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.report.svg.trial import draw_trial_svg

SVG = "{http://www.w3.org/2000/svg}"
#: The left upper panel: 388 pixels from 68, 186 from 138.
LEFT, TOP, WIDTH, HEIGHT = 68, 138, 388, 186
NUMBERS = st.none() | st.floats(0, 1) | st.sampled_from([math.nan, math.inf, 1.7e308, 1e-9])


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_picture_of_a_trial_is_small_well_formed_and_needs_nothing_else() -> None:
    svg = draw_trial_svg(full_trial())
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert len(svg.encode()) <= 20_000
    found = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert found == {"svg", "title", "rect", "g", "path", "circle", "text", "tspan"}
    names = {name for element in root.iter() for name, _ in element.items()}
    assert not [name for name in names if "href" in name or name in {"id", "style", "class"}]
    assert "url(" not in svg
    assert svg.count("://") == 1  # that of the namespace


def test_the_picture_says_how_sure_its_numbers_are() -> None:
    found = texts(draw_trial_svg(full_trial()))
    assert found[:2] == [
        "Trial 17 · COMPLETE · objective 0.55",
        "predictions on 200 of 500 bars · 120 traded · 0.6 s",
    ]
    assert {
        "ECE 0.0200 (noise floor 0.0340)",
        "accuracy 0.5500 (n=200, 95 % 0.481 to 0.617)",
        "coverage 0.40 (200 of 500 bars)",
    } < set(found)
    assert any(line.startswith("Sharpe 3.00 (± 19.10) · gain ") for line in found)


def test_the_same_trial_gives_the_same_bytes_in_any_thread() -> None:
    trial, found = full_trial(), []
    threads = [
        threading.Thread(target=lambda: found.append(draw_trial_svg(trial))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {draw_trial_svg(trial)}


def test_drawing_loads_no_library_that_plots() -> None:
    code = "import sys, titan_mlopt.report.svg.trial; print(sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in ("matplotlib", "plotly", "optuna", "mlflow", "pandas"):
        assert f"'{name}'" not in run.stdout


def test_the_reliability_panel_draws_hit_rate_at_mean_confidence() -> None:
    outcome = TrialOutcome(COMPLETE, bins=((100, 52.0, 40), (25, 15.0, 17)))
    root = ET.fromstring(draw_trial_svg(trial_of(outcome)))
    low, high = (
        {key: float(value) for key, value in circle.items()} for circle in root.iter(f"{SVG}circle")
    )
    # By hand: x from .52 to .60 padded by .01; y from .4 to .68 padded by .15 of .28.
    across, up = WIDTH / 0.10, HEIGHT / (0.28 * 1.3)
    assert low["cx"] == pytest.approx(LEFT + 0.01 * across, abs=0.06)
    assert high["cx"] == pytest.approx(LEFT + 0.09 * across, abs=0.06)
    assert low["cy"] == pytest.approx(TOP + HEIGHT - 0.15 * 0.28 * up, abs=0.06)
    assert high["cy"] == pytest.approx(TOP + 0.15 * 0.28 * up, abs=0.06)
    # Four times the predictions: four times the area.
    assert low["r"] == pytest.approx(2 * high["r"], abs=0.11)


def test_the_histogram_stacks_misses_on_hits() -> None:
    outcome = TrialOutcome(COMPLETE, bins=((100, 75.0, 40),))
    svg = draw_trial_svg(trial_of(outcome))
    # By hand: one bin over 388 pixels from 544 to 932; 108 high over 186 pixels that end at 616.
    zero, hits, count = (616 - 186 * n / 108 for n in (0, 40, 100))
    assert f'd="M544.5 {zero:.0f}V{hits:.1f}H931.5V{zero:.0f}Z"' in svg
    assert f'd="M544.5 {hits:.1f}V{count:.1f}H931.5V{hits:.1f}Z"' in svg


def test_a_small_bin_out_of_sight_is_counted() -> None:
    bins = ((500, 260.0, 260), (500, 280.0, 280), (1, 0.9, 0))
    svg = draw_trial_svg(trial_of(TrialOutcome(COMPLETE, bins=bins)))
    assert "● hit rate, area: n| 95 % interval1 small outside" in texts(svg)
    assert svg.count("<circle") == 2


def test_a_pruned_trial_shows_what_it_has_and_names_what_it_lacks() -> None:
    outcome = TrialOutcome(PRUNED, PRUNER, metrics={}, bins=((30, 16.0, 14),))
    found = texts(draw_trial_svg(trial_of(outcome, 4, violated=True)))
    assert found[0] == "Trial 4 · PRUNED (pruner) · ECE above its limit"
    assert "fewer than 200 predictions" in found
    assert "no equity curve" in found
    assert "no predictions" not in found
    assert "mean confidence of the bin" in found


@pytest.mark.parametrize("bins", [(), ((0, 0.0, 0),) * 25], ids=["absent", "zero"])
def test_a_trial_without_predictions_says_so_in_its_panels(
    bins: tuple[tuple[int, float, int], ...],
) -> None:
    outcome = TrialOutcome(FAIL, TIMEOUT, message="must finish within 600 s", bins=bins)
    found = texts(draw_trial_svg(trial_of(outcome)))
    assert found[:2] == ["Trial 3 · FAIL (timeout)", "must finish within 600 s"]
    assert found.count("no predictions") == 3
    ET.fromstring(draw_trial_svg(TrialRecord(3, FAIL, {}, None, 0.0, None, None)))


def test_odd_messages_cannot_break_the_picture() -> None:
    message = "cost $5_^{ <&> \x1b[31m\x00 \ud800 漢 \n end…"
    outcome = TrialOutcome(FAIL, TIMEOUT, message=message)
    svg = draw_trial_svg(trial_of(outcome))
    assert texts(svg)[1] == "cost $5_^{ <&> ?[31m? ? 漢 end…"


@given(
    st.lists(
        st.integers(0, 3).flatmap(
            lambda n: st.tuples(
                st.just(n),
                st.floats(0.5 * n, n) | st.sampled_from([None, math.nan]),
                st.integers(0, n),
            )
        ),
        max_size=3,
    ),
    st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3),
    st.lists(NUMBERS, max_size=3),
    st.dictionaries(
        st.sampled_from(["ece", "sharpe", "max_drawdown", "coverage", "n_bars", "n_traded"]),
        NUMBERS,
    ),
    st.text(),
)
def test_whatever_a_trial_stored_has_a_picture(
    bins: list[tuple[int, float, int]],
    curve: list[tuple[float, float]],
    rates: list[float],
    metrics: dict[str, float | None],
    message: str,
) -> None:
    outcome = TrialOutcome(
        COMPLETE,
        message=message,
        metrics=metrics,
        bins=tuple(bins),
        curve=tuple((9 * bar, *point) for bar, point in enumerate(curve)),
        rolling=tuple((200 + at, rate) for at, rate in enumerate(rates)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        root = ET.fromstring(draw_trial_svg(trial_of(outcome)))
    places = " ".join(
        value for element in root.iter() for key, value in element.items() if key in PLACES
    )
    assert not re.search(r"nan|inf|e\+", places)
    # A step of a path may lead back.
    assert all(-2 <= float(number) <= 960 for number in re.findall(r"-?[\d.]+", places))


PLACES = {"d", "x", "y", "cx", "cy"}


def test_the_picture_of_the_readme_is_one_that_is_drawn_today() -> None:
    """How it is made stands beside it, in docs/images/README.md."""
    picture = (ROOT / "docs" / "images" / "trial.svg").read_text(encoding="utf-8")
    small = ((500, 260.0, 260), (500, 280.0, 280), (1, 0.9, 0))
    drawn = draw_trial_svg(trial_of(replace(full_outcome(), bins=small)))
    assert "docs/images/trial.svg" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert frame_of(picture) == frame_of(drawn)


def frame_of(svg: str) -> list[str]:
    """Return the words of a picture with its numbers blanked, without the ticks."""
    blanked = [re.sub(r"[-+−]?\d[\d.,]*", "#", line) for line in texts(svg)]
    return [line for line in blanked if line != "#"]
