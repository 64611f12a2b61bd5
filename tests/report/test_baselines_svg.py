"""What the picture of best trial and baselines promises: every rate with its interval."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from support.report_cases import whole_study
from support.summary_cases import study, trial
from titan_mlopt.report.svg.baselines import draw_baselines_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_every_rate_that_was_measured_has_a_row_the_best_trial_first() -> None:
    root = ET.fromstring(draw_baselines_svg(whole_study()))
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    rows = [text for text in texts if ", n=" in text]
    # By hand: 110 of 200, and 500, 490 and 520 of 1,000; two baselines have no prediction.
    assert rows == ["0.5500, n=200", "0.5000, n=1,000", "0.4900, n=1,000", "0.5200, n=1,000"]
    assert {"trial 1, the best", "majority class so far", "default config"} <= set(texts)
    assert "dashed: a coin, 0.500" in texts
    dots = [float(dot.attrib["cx"]) for dot in root.iter(f"{SVG}circle")]
    assert sorted(dots) == [dots[2], dots[1], dots[3], dots[0]]


def test_without_a_best_trial_or_a_baseline_there_is_no_picture() -> None:
    assert draw_baselines_svg(study(trial(0, 0.5, accuracy=0.5, n_predictions=10.0))) == ""
    assert draw_baselines_svg(study(trial(0, state="FAIL"))) == ""
