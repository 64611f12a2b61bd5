"""What a trial's picture promises: small, well formed, honest about its numbers, never broken."""

from __future__ import annotations

import random
import re
import threading
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace

import matplotlib
import pytest

from titan_mlopt.records import COMPLETE, FAIL, PRUNED, PRUNER, TIMEOUT, TrialOutcome, TrialRecord
from titan_mlopt.report import figures

TEXT = "{http://www.w3.org/2000/svg}text"


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
