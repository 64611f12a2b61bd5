"""The study's page and a plot as a browser shows them from a file, without any network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="the browser tests need selenium")

from selenium.webdriver.common.by import By

from support.browser_cases import CHROMIUM, DRIVER, Page, open_page, requests_of
from support.figure_cases import study, study_figures
from support.report_cases import STATISTICS, whole_study
from titan_mlopt.analysis.plot_data import plot_info
from titan_mlopt.report.figures import write_html
from titan_mlopt.report.html import render_study_html
from titan_mlopt.report.svg.study import draw_svgs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or DRIVER is None, reason="no Chromium with its driver on this machine"
    ),
]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with open_page() as page:
        yield page


def test_the_page_shows_words_pictures_and_trials_that_sort(page: Page, tmp_path: Path) -> None:
    svgs = dict(draw_svgs(plot_info(study(12))))
    path = tmp_path / "report.html"
    commands = {"again": "titan-mlopt tune"}
    path.write_text(
        render_study_html(whole_study(), commands, list(svgs.values()), statistics=STATISTICS)
    )
    page.go(path.as_uri())
    page.wait_for("Verdict:", "Baselines", "Trials", "titan-mlopt tune")
    pictures = page.driver.find_elements(By.TAG_NAME, "svg")
    assert [picture.size["width"] > 500 for picture in pictures] == [True] * 5
    numbers = ".wide tr td:nth-child(2)"
    rows = page.driver.find_elements(By.CSS_SELECTOR, numbers)
    assert [row.text for row in rows] == ["1", "0", "4", "2", "3", "5", "6"]
    page.driver.find_elements(By.CSS_SELECTOR, ".wide th")[6].click()  # n
    rows = page.driver.find_elements(By.CSS_SELECTOR, numbers)
    # By hand: 50, 200, 400 and 1,000 predictions; the others have none and keep their order.
    assert [row.text for row in rows] == ["2", "1", "4", "0", "3", "5", "6"]
    assert requests_of(page) == []
    page.keep("report.png")


def test_a_plot_unpacks_its_library_and_draws(page: Page, tmp_path: Path) -> None:
    (path,) = write_html({"slice": study_figures(study(5, names=3))["slice"]}, tmp_path)
    page.go(path.as_uri())
    # Three parameters of five trials.
    page.wait(lambda: len(page.driver.find_elements(By.CSS_SELECTOR, ".main-svg .point")) == 15)
    assert requests_of(page) == []
