"""A walk in MLflow: one parent with equities as histories, a nested run a step, no doubles."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.entities import Run

from support.walk_study_cases import CONFIG, Heard, candles_of, walk_of
from titan_mlopt.cli.main import main
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.walk.records import STRATEGIES
from titan_mlopt.evaluation.walk.runs import PAGE_FILE, RESULT_FILE, STEPS_FILE, WalkRuns
from titan_mlopt.evaluation.walk.study import WalkReport
from titan_mlopt.tracking.run_content import PARENT_RUN
from titan_mlopt.tracking.store import KIND

COMMAND = "titan-mlopt walk --train 20h --step 3h"
pytestmark = pytest.mark.matrix


def runs_of(client: MlflowClient) -> dict[str, list[Run]]:
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    by_kind: dict[str, list[Run]] = {}
    for run in client.search_runs(ids):
        by_kind.setdefault(run.data.tags.get(KIND, ""), []).append(run)
    return by_kind


@pytest.fixture
def config(tmp_path: Path) -> TunerConfig:
    return replace(CONFIG, tracking=True, tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")


def test_one_parent_has_the_curves_and_each_step_a_run_below_it(
    tmp_path: Path, config: TunerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where MLflow puts the artifacts
    assert config.tracking_uri is not None
    uri, db, notices = config.tracking_uri, tmp_path / "walk.db", list[str]()
    tracked = {"tracking": True, "tracking_uri": uri}

    def walk(steps: int) -> dict[str, list[Run]]:
        runs = WalkRuns(uri, config, db, COMMAND, notices.append)
        report = walk_of(db, candles_of(steps), runs=runs, **tracked)
        assert report.mirror_failure is None
        assert report.links["walk"]
        return runs_of(MlflowClient(uri))

    first = walk(1)
    assert {kind: len(runs) for kind, runs in first.items()} == {"walk": 1, "study": 1, "trial": 3}
    walk(2)
    again = walk(2)  # nothing is left to do
    assert {kind: len(runs) for kind, runs in again.items()} == {"walk": 1, "study": 2, "trial": 6}
    (parent,) = again["walk"]
    assert parent.info.status == "FINISHED"
    assert parent.data.params["policy"] == "gated"
    assert parent.data.tags["mlflow.note.content"].startswith("2 steps traded from 2024-01-01")
    assert {run.data.tags[PARENT_RUN] for run in again["study"]} == {parent.info.run_id}
    assert {run.data.tags["titan_mlopt.walk_step"] for run in again["study"]} == {"0", "1"}
    client = MlflowClient(uri)
    for name in STRATEGIES:
        for figure in ("equity", "equity_gross"):
            history = client.get_metric_history(parent.info.run_id, f"{figure}_{name}")
            assert [point.step for point in sorted(history, key=lambda p: p.step)] == [0, 1]
    folder = Path(client.download_artifacts(parent.info.run_id, "", str(tmp_path)))
    result = json.loads((folder / RESULT_FILE).read_text("utf-8"))
    assert [step["study"] for step in result["steps"]] == ["step-0000", "step-0001"]
    assert len((folder / STEPS_FILE).read_text("utf-8").splitlines()) == 1 + 2 * len(STRATEGIES)
    assert COMMAND in (folder / PAGE_FILE).read_text("utf-8")
    assert notices == []


def test_a_store_that_does_not_answer_stops_no_walk(tmp_path: Path, config: TunerConfig) -> None:
    notices = list[str]()
    runs = WalkRuns(
        f"sqlite:///{tmp_path}/none/mlflow.db",
        config,
        tmp_path / "walk.db",
        COMMAND,
        notices.append,
    )
    report = walk_of(tmp_path / "walk.db", candles_of(1), runs=runs)
    assert report.n_new == 1
    assert report.mirror_failure
    assert "the walk goes on without it" in notices[0]


def test_a_search_that_mlflow_did_not_take_is_reported_until_it_is_repaired(
    tmp_path: Path, config: TunerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store takes the walk's own run, but not the runs of its search."""
    monkeypatch.chdir(tmp_path)
    uri = str(config.tracking_uri)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)

    def walk(search_uri: str) -> tuple[WalkReport, list[str]]:
        heard, tracked = Heard(), {"tracking": True, "tracking_uri": search_uri}
        runs = WalkRuns(uri, config, Path("walk.db"), COMMAND, heard.notices.append)
        return walk_of(Path("walk.db"), candles_of(1), heard, runs=runs, **tracked), heard.notices

    first, _ = walk(f"sqlite:///{tmp_path}/none/mlflow.db")
    assert (first.n_new, first.stopped) == (1, False)
    assert str(first.mirror_failure).startswith("study step-0000: ")
    again, notices = walk(uri)
    assert str(again.mirror_failure).startswith("study step-0000: ")
    remedy = notices[-1].partition("this makes one: ")[2]
    *_, program, command = remedy.partition("titan-mlopt ")
    assert program
    assert command == "doctor --db walk.db --study-name step-0000 --repair"
    assert CliRunner().invoke(main, command.split()).exit_code == 0
    assert walk(uri)[0].mirror_failure is None
    assert [run.data.tags["titan_mlopt.walk_step"] for run in runs_of(MlflowClient(uri))["study"]]
