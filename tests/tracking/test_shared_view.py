"""The view of a study's trials that MLflow's page reads from a tag, and the links to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient

from support.studies import Tuned
from support.tracking_cases import nested_of, parent_of
from titan_mlopt.analysis.importances import param_importances
from titan_mlopt.cli import main
from titan_mlopt.study.storage.studies import load_study
from titan_mlopt.tracking.reconcile import compare, find_runs
from titan_mlopt.tracking.run_content import former_content
from titan_mlopt.tracking.shared_view import shared_view, view_links, view_tag, write_view
from titan_mlopt.tracking.store import Parent

UID = "0123456789abcdef0123456789abcdef"
SERVER, PARENT = "http://host:5000", Parent("r" * 32, "7", adopted=False)


def test_a_view_has_filter_order_columns_and_a_chart_for_each_question() -> None:
    view = json.loads(shared_view(UID, ("a.b", "c")))
    assert view["searchFilter"] == (
        f"tags.`titan_mlopt.study_uid` = '{UID}' and tags.`titan_mlopt.kind` = 'trial'"
    )
    assert (view["orderByKey"], view["orderByAsc"]) == ("metrics.`objective_value`", False)
    assert view["selectedColumns"] == [
        "metrics.`accuracy`", "metrics.`ece`", "metrics.`sharpe`", "metrics.`n_predictions`",
        "params.`a.b`", "params.`c`",
    ]  # fmt: skip
    convergence, parallel, skill, first, second = view["compareRunCharts"]
    axes = [(c["xaxis"]["key"], c["yaxis"]["key"]) for c in (convergence, skill, first, second)]
    assert axes == [
        ("trial_number", "objective_value"),
        ("accuracy", "sharpe"),
        ("a.b", "objective_value"),
        ("c", "objective_value"),
    ]
    assert parallel["selectedParams"] == ["a.b", "c"]
    assert parallel["selectedMetrics"] == ["objective_value"]
    ours = view["compareRunSections"][0]["uuid"]
    assert {chart["metricSectionId"] for chart in view["compareRunCharts"]} == {ours}


def test_without_known_parameters_there_are_columns_and_charts_of_metrics() -> None:
    view = json.loads(shared_view(UID, ()))
    assert len(view["selectedColumns"]) == 4
    assert [chart["type"] for chart in view["compareRunCharts"]] == ["SCATTER", "SCATTER"]


@pytest.mark.parametrize(("length", "shown"), [(20, 4), (200, 4), (300, 3), (900, 1), (5000, 0)])
def test_long_names_take_parameters_away_until_the_tag_has_room_for_the_view(
    length: int, shown: int
) -> None:
    text = shared_view(UID, [f"{n}" + "x" * (length - 1) for n in range(9)])
    assert len(text) <= 5000
    assert len(json.loads(text)["selectedColumns"]) == 4 + shown


def test_the_links_are_short_and_default_opens_as_an_experiment_of_model_training() -> None:
    table = f"{SERVER}/#/experiments/7/runs?viewStateShareKey=0123456789ab"
    assert view_links(SERVER, PARENT, UID, shared=True) == {
        "trials": table,
        "charts": f"{table}&compareRunsMode=CHART",
    }
    default = view_links(SERVER, Parent("r", "0", adopted=True), UID, shared=True)["trials"]
    assert default.endswith("viewStateShareKey=0123456789ab&workflowType=machine_learning")


def test_where_the_server_refuses_the_tag_the_long_link_is_left(store: str) -> None:
    client = MlflowClient(store)
    gone = client.create_experiment("gone")
    client.delete_experiment(gone)
    assert not write_view(client, gone, UID, ())
    (link,) = view_links(SERVER, PARENT, UID, shared=False).values()
    assert "?searchFilter=tags.%60titan_mlopt.study_uid%60" in link
    assert "orderByKey=metrics.%60objective_value%60&orderByAsc=false" in link


def test_a_tuned_study_has_its_view_with_the_most_important_parameters(tuned: Tuned) -> None:
    client, study = MlflowClient(tuned.uri), load_study(tuned.db, "titan_optimization")
    home = client.get_experiment(parent_of(client).info.experiment_id)
    leading = list(param_importances(study, seed=tuned.config.seed))[:4]
    assert home.tags[view_tag(tuned.report.study.uid)] == shared_view(
        tuned.report.study.uid, leading
    )
    key = f"viewStateShareKey={tuned.report.study.uid[:12]}"
    assert tuned.report.links["trials"].endswith(f"runs?{key}")
    assert tuned.report.links["charts"].endswith(f"runs?{key}&compareRunsMode=CHART")


def test_a_store_of_an_earlier_version_is_right_and_gets_view_and_numbers_when_mirrored(
    store: str, tuned: Tuned, tmp_path: Path
) -> None:
    client, study = MlflowClient(store), tuned.report.study
    command = ["mirror", "--db", str(tuned.db), "--to", store]
    assert CliRunner().invoke(main, command).exit_code == 0
    parent = parent_of(client)
    home = parent.info.experiment_id
    client.delete_experiment_tag(home, view_tag(study.uid))
    for run, trial in zip(nested_of(client, parent), study.trials, strict=True):
        client.delete_run(run.info.run_id)
        former = former_content(trial, study)
        tags = {**former.tags, "mlflow.parentRunId": parent.info.run_id}
        tags["titan_mlopt.mirrored"] = former.digest
        made = client.create_run(home, tags=tags, run_name=former.name).info.run_id
        for name, value in former.params.items():
            client.log_param(made, name, value)
        client.log_batch(made, metrics=former.metrics)
        client.set_terminated(made, former.status, former.ended_ms)
    assert compare(study, find_runs(client, study.uid), tuned_now=False) == []
    done = CliRunner().invoke(main, command)
    assert "runs are there already" in done.output
    runs = find_runs(client, study.uid)
    assert compare(study, runs, tuned_now=False) == []
    numbers = [run.data.metrics["trial_number"] for run in nested_of(client, parent)]
    assert numbers == list(range(8))
    assert view_tag(study.uid) in client.get_experiment(home).tags
