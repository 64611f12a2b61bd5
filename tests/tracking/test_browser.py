"""MLflow's pages of a study as a browser shows them, with no network but this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="the browser tests need selenium")

from mlflow import MlflowClient
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

from support.browser_cases import CHROMIUM, DRIVER, PICTURES, Page, open_page, requests_of
from support.proxy_cases import mlflow_server
from support.server_cases import free_port
from support.studies import quick
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.tracking.reconcile import find_runs
from titan_mlopt.tracking.store import Parent, report_link, run_link, trials_link

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or DRIVER is None, reason="no Chromium with its driver on this machine"
    ),
]


#: The README's pictures show so many trials as a first night has.
N_TRIALS = 30 if PICTURES else 10


@dataclass(frozen=True)
class Shown:
    """A study of ``N_TRIALS``, one of them failed, and the server that shows it."""

    uri: str
    study: StudyRecord
    parent: Parent
    runs: dict[int, str]

    def address(self, number: int) -> str:
        return run_link(self.uri, Parent(self.runs[number], self.parent.experiment_id, False))


@pytest.fixture(scope="module")
def shown(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder, port = tmp_path_factory.mktemp("shown"), free_port()
    shutil.copy(empty_store, folder / "mlflow.db")
    with mlflow_server(folder, port) as uri:
        settings = {"tracking_uri": uri, "n_jobs": 2, "limit": 1500}
        with quick(folder, n_trials=1, timeout_per_trial=0.001, **settings) as tuner:
            tuner.optimize("sample")
        with quick(folder, n_trials=N_TRIALS, tracking=True, **settings) as tuner:
            tuner._notice = print  # the failed trial's run is made up for
            tuner.optimize("sample")
            assert tuner.report is not None
            assert tuner.report.mirror_failure is None
            study = tuner.report.study
        runs = find_runs(MlflowClient(uri), study.uid)
        newest = runs.parents[-1].info
        ids = {n: own[0].info.run_id for n, own in runs.by_trial.items() if n is not None}
        yield Shown(uri, study, Parent(newest.run_id, newest.experiment_id, False), ids)


@pytest.fixture(scope="module")
def _page() -> Iterator[Page]:
    with open_page() as page:
        yield page


@pytest.fixture
def page(_page: Page) -> Page:
    _page.driver.switch_to.default_content()
    return _page


def test_the_parents_page_answers_the_first_questions_without_a_click(
    page: Page, shown: Shown
) -> None:
    page.go(run_link(shown.uri, shown.parent))
    page.wait_for(
        *("titan_optimization", "Description", f"{N_TRIALS} trials for accuracy on"),
        *("sample: 1,500 candles", "No verdict", "Best: trial"),
        *("best_accuracy", "best_ece", "total_trials", "failed_trials"),
    )
    page.click("Show more")
    text = page.wait_for("Best config", "default", "Top ", "States", "Commands")
    assert str(shown.study.candles["sha256"]) in text
    assert "feature.fast_window" in text
    assert "titan-mlopt tune" in text
    assert "titan-mlopt export" in text
    page.keep("mlflow-study.png")


@pytest.mark.matrix
def test_a_link_in_the_description_leads_to_the_trial(page: Page, shown: Shown) -> None:
    page.go(run_link(shown.uri, shown.parent))
    page.wait_for("Description", f"{N_TRIALS} trials for accuracy on")
    page.click("Show more")
    page.wait_for("Top ", "Commands")
    page.wait(lambda: follow_a_link(page, set(shown.runs.values())))
    page.wait_for("trial 0", "Model metrics", "objective_value")


def follow_a_link(page: Page, run_ids: set[str]) -> bool:
    """Go to the first of these runs that the page has a link to, once it has one."""
    for link in page.driver.find_elements(By.CSS_SELECTOR, "a[href*='/runs/']"):
        if str(link.get_attribute("href")).rpartition("/")[2] in run_ids:
            page.driver.execute_script("arguments[0].target = '_self'; arguments[0].click()", link)
            return True
    return False


def test_the_trials_are_one_table_with_their_metrics_in_columns(page: Page, shown: Shown) -> None:
    page.go(trials_link(shown.uri, shown.parent, shown.study.uid))
    page.wait_for(f"{N_TRIALS} matching runs", "Run Name")
    best = page.wait(lambda: next((x for x in page.text.splitlines() if x[:6] == "trial "), None))
    assert "automatically detected the experiment type" not in page.text
    assert "pruned" not in best
    assert "fail" not in best
    page.click("Columns")
    for name in ("accuracy", "ece", "sharpe"):
        page.find(name)
        page.wait(lambda name=name: tick(page, name))
    page.driver.find_element(By.TAG_NAME, "body").send_keys("\ue00c")
    for name in ("accuracy", "ece", "sharpe"):
        head = f"[data-testid='sort-header-{name}']"
        page.wait(lambda head=head: page.driver.find_elements(By.CSS_SELECTOR, head))
    accuracy = max(t.values[0] for t in shown.study.trials if t.state == "COMPLETE" and t.values)
    page.wait_for(repr(accuracy)[:8])
    page.keep("mlflow-trials.png")


def tick(page: Page, name: str) -> bool:
    """Tick a column in the list of columns."""
    path = f"//span[contains(@class, 'tree-title') and normalize-space(text())={name!r}]"
    page.driver.find_element(By.XPATH, path).click()
    return True


@pytest.mark.matrix
def test_nested_runs_stand_under_their_parent(page: Page, shown: Shown) -> None:
    page.go(f"{shown.uri}/#/experiments/{shown.parent.experiment_id}/runs?searchFilter=")
    page.wait_for("matching runs", "titan_optimization")
    assert f"trial {N_TRIALS - 1:03d}" not in page.text
    row = "//*[normalize-space(text())='titan_optimization']/ancestor::*[contains(@class,'ag-row')]"
    page.wait(lambda: open_row(page, f"({row})[1]"))
    page.wait(lambda: any(f"trial {N_TRIALS - n:03d}" in page.text for n in (1, 2)))


def open_row(page: Page, path: str) -> bool:
    """Show the runs under that of a row."""
    page.driver.find_element(By.XPATH, f"{path}//button").click()
    return True


def test_a_trials_picture_is_drawn(page: Page, shown: Shown) -> None:
    number = next(t.number for t in shown.study.trials if t.state == "COMPLETE")
    page.go(f"{shown.address(number)}/artifacts/trial.svg")
    page.wait_for("trial.svg", "Path:")
    width = page.wait(lambda: drawn_width(page))
    assert width > 300
    page.keep("mlflow-trial.png")


def drawn_width(page: Page) -> int:
    script = "return Math.max(0, ...Array.from(document.images, i => i.naturalWidth))"
    return int(page.driver.execute_script(script))


def test_the_report_is_drawn_in_the_artifact_view(page: Page, shown: Shown) -> None:
    page.go(report_link(shown.uri, shown.parent))
    page.wait(lambda: enter_frame(page))
    page.wait_for("No verdict.", "Baselines", "Pictures", "Trials", "titan-mlopt tune")
    # Baselines, history, importances, slices, and the best trial.
    pictures = page.driver.find_elements(By.TAG_NAME, "svg")
    assert [picture.size["width"] > 500 for picture in pictures] == [True] * 5
    assert requests_of(page) == []
    page.driver.switch_to.default_content()
    page.keep("mlflow-report.png")


@pytest.mark.matrix
def test_a_plot_works_without_the_network(page: Page, shown: Shown) -> None:
    page.go(f"{run_link(shown.uri, shown.parent)}/artifacts")
    page.wait_for("plots", "leaderboard.csv")
    page.click("plots")
    page.click("optimization_history.html")
    page.wait(lambda: enter_frame(page))
    page.wait(lambda: page.driver.find_elements(By.CSS_SELECTOR, "svg.main-svg .point"))
    page.wait_for("luck alone")
    assert requests_of(page) == []


def enter_frame(page: Page) -> bool:
    """Look at the page in the page, once there is one."""
    frames = page.driver.find_elements(By.TAG_NAME, "iframe")
    for frame in frames[:1]:
        page.driver.switch_to.frame(frame)
    return bool(frames)


@pytest.mark.matrix
def test_a_failed_trials_page_says_why(page: Page, shown: Shown) -> None:
    (failed,) = [t.number for t in shown.study.trials if t.state == "FAIL"]
    page.go(shown.address(failed))
    page.wait_for(f"trial {failed:03d}", "must finish within 0.001 s")
    page.go(f"{shown.address(failed)}/artifacts/error.txt")
    page.wait_for("timeout: trial", "raise timeout_per_trial")


def test_the_browser_reaches_nothing_but_this_machine(page: Page, shown: Shown) -> None:
    with pytest.raises(WebDriverException, match="ERR_NAME_NOT_RESOLVED"):
        page.go("http://example.org/")
