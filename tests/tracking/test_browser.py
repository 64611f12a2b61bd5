"""MLflow's pages of a study as a browser shows them, with no network but this machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="the browser tests need selenium")

from mlflow import MlflowClient
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

from support.browser_cases import CHROMIUM, DRIVER, PICTURES, Page, open_page, requests_of
from support.proxy_cases import mlflow_server
from support.server_cases import free_port
from support.studies import Tuned, quick
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.tracking.mirror.loop import StudyMirror
from titan_mlopt.tracking.reconcile import find_runs
from titan_mlopt.tracking.run_content import trial_name
from titan_mlopt.tracking.shared_view import view_links, view_tag
from titan_mlopt.tracking.store import Parent, report_link, run_link

pytestmark = [
    pytest.mark.matrix,
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


@dataclass(frozen=True)
class Served:
    """The study of 8 trials: its links and view, and a link to a copy in experiment Default."""

    links: dict[str, str]
    view: str
    default_link: str


@pytest.fixture(scope="module")
def served(tuned: Tuned, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    shutil.copy(tuned.folder / "mlflow.db", folder / "mlflow.db")
    uri, study = f"sqlite:///{folder / 'mlflow.db'}", tuned.report.study
    client, copied = MlflowClient(uri), replace(study, uid="f" * 32, trials=())
    with pytest.MonkeyPatch.context() as patch:  # as under a bare `mlflow run .`
        patch.setenv("MLFLOW_RUN_ID", client.create_run("0").info.run_id)
        mirror = StudyMirror(uri, copied, None, folder, print)
        for trial in study.trials:
            mirror.trial_finished(trial)
        mirror.close("FINISHED")
    default = mirror.runs.links()["trials"]
    home = client.get_experiment_by_name("titan_mlopt")
    view = home.tags[view_tag(study.uid)]
    with mlflow_server(folder, port) as address:
        parent = Parent("", home.experiment_id, adopted=False)
        links = view_links(address, parent, study.uid, shared=True)
        yield Served(links, view, address + default[default.index("/#/") :])


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


def test_the_printed_links_open_the_trials_sorted_with_our_columns_and_our_charts(
    page: Page, tuned: Tuned, served: Served
) -> None:
    trials = tuned.report.study.trials
    leading = json.loads(served.view)["compareRunCharts"][1]["selectedParams"]
    page.go(served.links["trials"])
    page.wait_for("8 matching runs", "Run Name")
    assert "automatically detected the experiment type" not in page.text
    best = min((t for t in trials if t.values), key=lambda t: (-t.values[0], t.number))
    assert next(line for line in page.text.splitlines() if line[:6] == "trial ") == trial_name(best)
    for name in ("accuracy", "ece", "sharpe", "n_predictions", *leading):
        page.wait(lambda name=name: column(page, name))
    page.wait_for(repr(best.metric("accuracy"))[:8], str(best.params[leading[0]])[:8])
    page.go(served.links["charts"])
    axes = ["trial_number", *leading[:3]]  # a chart below the window is drawn when scrolled to
    titles = [f"{name} vs. objective_value" for name in axes] + ["accuracy vs. sharpe"]
    page.wait_for("Parallel Coordinates", *titles)
    complete = [t for t in trials if t.state == "COMPLETE"]
    page.wait(lambda: drawn_points(page)[0] == len(complete))
    page.wait(lambda: page.driver.find_elements(By.CSS_SELECTOR, ".parcoords canvas.foreground"))
    assert len(drawn_points(page)) >= 4


def column(page: Page, name: str) -> bool:
    """Return whether the table has a column of this metric or parameter."""
    head = f"[data-testid='sort-header-{name}']"
    return bool(page.driver.find_elements(By.CSS_SELECTOR, head))


def drawn_points(page: Page) -> list[int]:
    """Return the number of points in each scatter chart that is drawn."""
    plots = page.driver.find_elements(By.CSS_SELECTOR, ".js-plotly-plot")
    return [len(plot.find_elements(By.CSS_SELECTOR, ".point")) for plot in plots]


def test_in_experiment_default_the_link_opens_the_runs_of_model_training_with_our_columns(
    page: Page, served: Served
) -> None:
    page.go(served.default_link)
    page.wait_for("8 matching runs", "Run Name", "Model registry")
    for name in ("accuracy", "ece", "sharpe", "n_predictions"):
        page.wait(lambda name=name: column(page, name))
    assert "Judges" not in page.text  # which the page of generative AI has


def test_the_view_of_a_whole_study_is_the_picture_of_the_page(page: Page, shown: Shown) -> None:
    links = view_links(shown.uri, shown.parent, shown.study.uid, shared=True)
    page.go(links["trials"])
    page.wait_for(f"{N_TRIALS} matching runs", "Run Name")
    page.wait(lambda: column(page, "sharpe"))
    page.keep("mlflow-trials.png")
    page.go(links["charts"])
    page.wait_for("Parallel Coordinates", "accuracy vs. sharpe")
    page.wait(lambda: len(drawn_points(page)) >= 4)
    page.keep("mlflow-charts.png")


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


def test_a_failed_trials_page_says_why(page: Page, shown: Shown) -> None:
    (failed,) = [t.number for t in shown.study.trials if t.state == "FAIL"]
    page.go(shown.address(failed))
    page.wait_for(f"trial {failed:03d}", "must finish within 0.001 s")
    page.go(f"{shown.address(failed)}/artifacts/error.txt")
    page.wait_for("timeout: trial", "raise timeout_per_trial")


def test_the_browser_reaches_nothing_but_this_machine(page: Page) -> None:
    with pytest.raises(WebDriverException, match="ERR_NAME_NOT_RESOLVED"):
        page.go("http://example.org/")
