"""The run that `mlflow run` created: adopted as a study's parent if it is free, else linked."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping

from mlflow import MlflowClient
from mlflow.entities import Experiment, Run
from mlflow.exceptions import MlflowException

from titan_mlopt.core.errors import TrackingError, short_repr
from titan_mlopt.tracking.parent_run import EARLIER
from titan_mlopt.tracking.run_content import NOTE, RUN_NAME, STUDY
from titan_mlopt.tracking.shared_view import set_experiment_tags
from titan_mlopt.tracking.store import (
    DEFAULT_ID,
    KIND,
    STUDY_UID,
    Parent,
    experiment_name,
    is_refusal,
    restore_experiment_command,
)

#: Tag of the run of `mlflow run`: parents of studies that did not adopt it, newest first.
STUDY_RUNS = "titan_mlopt.study_run"
#: Tag of such a parent: id of the run of `mlflow run`.
PROJECT_RUN = "titan_mlopt.project_run"
#: Environment variable with the id of the run that `mlflow run` created.
RUN_ID = "MLFLOW_RUN_ID"
_FREE_RUN = "that is RUNNING and no other study's"
# Without its kind MLflow's page guesses one, asks whether the guess is right, and may drop the
# filter of the link that led there.
_EXPERIMENT_TAGS = {
    "mlflow.experimentKind": "custom_model_development",
    NOTE: (
        "Studies tuned by titan_mlopt: a run for each call of a study, with its trials nested "
        "under it. The study's run says what was tuned on what, and what it is worth."
    ),
}
_MOST_LINKS = 50


def open_parent(
    client: MlflowClient,
    name: str,
    experiment: str | None,
    tags: Mapping[str, str],
    on_notice: Callable[[str], None],
) -> Parent:
    """Adopt the run that `mlflow run` created (MLFLOW_RUN_ID), or start a new one.

    A run is adopted if it is RUNNING and belongs to no other study. Otherwise the study gets a run
    of its own, and each of the two a tag with the id of the other. A run that has ended and never
    belonged to a study is not changed.

    Args:
        client: Of the store.
        name: Of the parent run.
        experiment: Its name; None for that of `mlflow run`, else as in ``experiment_name``.
        tags: Of the parent run.
        on_notice: Receives a line that says why MLFLOW_RUN_ID is ignored.

    Raises:
        TrackingError: The experiment is deleted, or MLFLOW_EXPERIMENT_ID is no id of one.
    """
    run_id = os.environ.get(RUN_ID)
    if not run_id:
        return _start(client, name, experiment, tags)
    run = _find_run(client, run_id)
    home = client.get_experiment(run.info.experiment_id) if run is not None else None
    obstacle = _obstacle(run, home, experiment, tags)
    if not obstacle and not _claim(client, run_id, tags):
        obstacle = f"{_FREE_RUN}, got {run_id!r}, the run of another study"
    if run is not None and home is not None and not obstacle:
        _describe_experiment(client, home)
        return _adopt(client, run, name, tags)
    on_notice(f"{RUN_ID}: must name a run {obstacle}; this study gets a run of its own")
    if run is None or home is None:
        return _start(client, name, experiment, tags)
    return _start_beside(client, run, home, name, experiment, tags)


def _start_beside(
    client: MlflowClient,
    run: Run,
    home: Experiment,
    name: str,
    experiment: str | None,
    tags: Mapping[str, str],
) -> Parent:
    """Start a run of its own for a study, linked with the run of `mlflow run`."""
    alive = run.info.lifecycle_stage == home.lifecycle_stage == "active"
    related = alive and (run.info.status == "RUNNING" or KIND in run.data.tags)
    default = home.name if related else None
    tags = {**tags, PROJECT_RUN: run.info.run_id}
    parent = _start(client, name, experiment or default, tags)
    if related:
        linked = filter(None, run.data.tags.get(STUDY_RUNS, "").split(","))
        ids = [parent.run_id, *linked][:_MOST_LINKS]
        client.set_tag(run.info.run_id, STUDY_RUNS, ",".join(ids))
    return parent


def _start(
    client: MlflowClient, name: str, experiment: str | None, tags: Mapping[str, str]
) -> Parent:
    experiment_id = _experiment_id(client, experiment_name(client, experiment))
    run = client.create_run(experiment_id, run_name=name, tags=dict(tags))
    return Parent(run.info.run_id, experiment_id, adopted=False)


def _find_run(client: MlflowClient, run_id: str) -> Run | None:
    try:
        return client.get_run(run_id)
    except MlflowException as error:
        if not is_refusal(error):
            raise
        return None


def _obstacle(
    run: Run | None, home: Experiment | None, experiment: str | None, tags: Mapping[str, str]
) -> str:
    """Return why a run cannot be adopted, as a part of a sentence; "" when it can."""
    if run is None or home is None:
        got = short_repr(os.environ[RUN_ID])
        return f"{_FREE_RUN}, got {got}, which this store does not have"
    got = short_repr(run.info.run_id)
    if experiment is not None and experiment != home.name:
        return f"of the experiment {short_repr(experiment)}, got {got} of {short_repr(home.name)}"
    uid, study = run.data.tags.get(STUDY_UID), run.data.tags.get(STUDY, "another study")
    if KIND in run.data.tags and (not tags.get(STUDY_UID) or uid != tags[STUDY_UID]):
        return f"{_FREE_RUN}, got {got}, the run of {short_repr(study)}"
    if run.info.lifecycle_stage != "active":
        return f"{_FREE_RUN}, got {got}, which is deleted"
    if run.info.status != "RUNNING":
        return f"{_FREE_RUN}, got {got}, which is {run.info.status}"
    return ""


def _claim(client: MlflowClient, run_id: str, tags: Mapping[str, str]) -> bool:
    """Return whether the run is this study's; MLflow lets only one of two studies claim it."""
    try:
        client.log_param(run_id, STUDY_UID, tags.get(STUDY_UID) or uuid.uuid4().hex)
    except MlflowException as error:
        if not is_refusal(error):
            raise
        return False
    return True


def _adopt(client: MlflowClient, run: Run, name: str, tags: Mapping[str, str]) -> Parent:
    run_id = run.info.run_id
    earlier = [id_ for id_ in tags.get(EARLIER, "").split(",") if id_ not in ("", run_id)]
    new_tags = {key: value for key, value in tags.items() if key != EARLIER} | {RUN_NAME: name}
    for key, value in (new_tags | ({EARLIER: ",".join(earlier)} if earlier else {})).items():
        client.set_tag(run_id, key, value)
    return Parent(run_id, run.info.experiment_id, adopted=True)


def _experiment_id(client: MlflowClient, name: str) -> str:
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return str(client.create_experiment(name, tags=_EXPERIMENT_TAGS))
    if (remedy := restore_experiment_command(client, name)) is not None:
        raise TrackingError(
            f"experiment: must not be deleted, got {short_repr(name)}; restore it with `{remedy}` "
            "or name another"
        )
    _describe_experiment(client, experiment)
    return str(experiment.experiment_id)


def _describe_experiment(client: MlflowClient, experiment: Experiment) -> None:
    """Give an experiment its kind and description where it has none; not MLflow's own one."""
    missing = {k: v for k, v in _EXPERIMENT_TAGS.items() if k not in experiment.tags}
    if missing and str(experiment.experiment_id) != DEFAULT_ID:
        set_experiment_tags(client, experiment.experiment_id, missing)
