"""Two studies in one database and what they have in MLflow, for the tests of their deletion."""

from __future__ import annotations

from pathlib import Path

import optuna
from click.testing import CliRunner, Result
from mlflow import MlflowClient
from mlflow.entities import ViewType
from optuna.distributions import FloatDistribution
from optuna.trial import create_trial

from support.apply_cases import bundle_of, make_titan_db
from titan_mlopt.cli import main
from titan_mlopt.core.bundle import save_bundle
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import OUTCOME, UID
from titan_mlopt.tracking.registry.aliases import register_config
from titan_mlopt.tracking.store import KIND, STUDY_UID

MINE, OTHER = "a" * 32, "b" * 32


def delete(db: Path, *words: str, name: str = "mine") -> Result:
    return CliRunner().invoke(main, ["delete-study", "--db", str(db), "--study-name", name, *words])


def make_studies(db: Path) -> None:
    """Make a database of Titan's with the studies ``mine``, of 3 trials, and ``other``, of 2."""
    make_titan_db(db)
    for name, uid, n_trials in (("mine", MINE, 3), ("other", OTHER, 2)):
        study = optuna.create_study(study_name=name, storage=open_storage(db), direction="maximize")
        study.set_user_attr(UID, uid)
        for n in range(n_trials):
            trial = create_trial(
                params={"online.max_weight": n / 10},
                distributions={"online.max_weight": FloatDistribution(0.0, 1.0)},
                value=0.5 + n / 100,
                intermediate_values={100: 0.5, 200: 0.51},
                user_attrs={OUTCOME: {"state": "COMPLETE", "violated": False}, "point": n},
                system_attrs={"note": "x"},
            )
            study.add_trial(trial)


def make_run(
    client: MlflowClient, experiment: str, uid: str, name: str, parent: str | None = None
) -> str:
    """Make a run of a study with two artifacts, a parent or one of its trials; return its id."""
    tags = {STUDY_UID: uid, KIND: "study" if parent is None else "trial"}
    tags |= {} if parent is None else {"mlflow.parentRunId": parent}
    run_id = str(client.create_run(experiment, tags=tags, run_name=name).info.run_id)
    client.log_text(run_id, "<svg/>", "trial.svg")
    client.log_text(run_id, "<html/>", "plots/slice.html")
    client.set_terminated(run_id)
    return run_id


def make_runs(uri: str, uid: str = MINE) -> list[str]:
    """Make two parents in two experiments with three trials between them; return the ids."""
    client, made = MlflowClient(uri), []
    for name, n_trials in (("first", 2), ("second", 1)):
        found = client.get_experiment_by_name(name)
        experiment = client.create_experiment(name) if found is None else found.experiment_id
        parent = make_run(client, experiment, uid, f"{name} call")
        made += [parent, *(make_run(client, experiment, uid, "t", parent) for _ in range(n_trials))]
    return made


def make_version(uri: str, run_id: str, folder: Path, uid: str = MINE) -> None:
    """Register the run's config as a version of ``titan-config``."""
    bundle = bundle_of({"feature.fast_window": 7}, uid=uid)
    save_bundle(bundle, folder / "bundle")
    client = MlflowClient(uri, registry_uri=uri)
    client.log_artifacts(run_id, str(folder / "bundle"), "best_config")
    register_config(client, "titan-config", run_id, bundle)


def stages(uri: str, uid: str = MINE) -> dict[str, str]:
    """Return the lifecycle stage of every run of a study."""
    client = MlflowClient(uri)
    experiments = client.search_experiments(view_type=ViewType.ALL)
    ids = [experiment.experiment_id for experiment in experiments]
    wanted = f"tags.`{STUDY_UID}` = '{uid}'"
    runs = client.search_runs(ids, wanted, ViewType.ALL, max_results=1000)
    return {run.info.run_id: run.info.lifecycle_stage for run in runs}


def files(uri: str, run_ids: list[str]) -> list[str]:
    """Return the paths of all artifacts of these runs."""
    client, found, left = MlflowClient(uri), list[str](), [(run_id, "") for run_id in run_ids]
    while left:
        run_id, path = left.pop()
        for item in client.list_artifacts(run_id, path or None):
            if item.is_dir:
                left.append((run_id, item.path))
            else:
                found.append(item.path)
    return found
