"""Deletion of what a study left in MLflow: runs with their artifacts, and versions.

MLflow's client only marks a run as deleted; `mlflow gc` removes its rows from the database.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage, Run, ViewType
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from titan_mlopt.tracking.run_content import STUDY_KIND
from titan_mlopt.tracking.shared_view import view_tag
from titan_mlopt.tracking.store import KIND, PAGE, STUDY_UID, all_pages, describe_error
from titan_mlopt.tracking.uri import without_secrets

# Experiments in one search.
_EXPERIMENTS = 500
# The run in a version's source, `runs:/<run id>/<path>`.
_SOURCE_RUN = re.compile(r"runs:/([^/]+)")


@dataclass(frozen=True, slots=True)
class TracedRun:
    """A run of a study. parent: it is a parent run. deleted: MLflow has it marked as deleted.

    began: milliseconds since 1970, UTC.
    """

    run_id: str
    experiment_id: str
    name: str
    parent: bool
    deleted: bool
    artifact_uri: str
    began: int


@dataclass(frozen=True, slots=True)
class TracedVersion:
    """A registered version made from a study, with the aliases that point at it."""

    name: str
    version: str
    run_id: str
    aliases: tuple[str, ...]

    def __str__(self) -> str:
        aliases = f" ({', '.join(self.aliases)})" if self.aliases else ""
        return f"{self.name} version {self.version}{aliases}"


@dataclass(frozen=True, slots=True)
class Traces:
    """All that MLflow has of a study, in every experiment; parent runs come last.

    views: id of each experiment with the study's view, and the name of its tag.
    """

    runs: tuple[TracedRun, ...]
    versions: tuple[TracedVersion, ...]
    views: tuple[tuple[str, str], ...] = ()

    def split(self, *, with_versions: bool) -> tuple[list[TracedRun], list[TracedRun]]:
        """Return the runs to delete, and those to keep because a kept version is made of them."""
        needed = set() if with_versions else {version.run_id for version in self.versions}
        going = [run for run in self.runs if run.run_id not in needed]
        return going, [run for run in self.runs if run.run_id in needed]


@dataclass(frozen=True, slots=True)
class Removed:
    """The result. n_undeleted: runs whose artifacts are still there. cause: why, of the first."""

    runs: int
    versions: int
    n_undeleted: int
    cause: str


def find_traces(client: MlflowClient, study_uid: str) -> Traces:
    """Return every run and version of a study, deleted runs too, found by the tag with its uid.

    Raises what MLflow raises.
    """
    experiments = list(all_pages(partial(client.search_experiments, ViewType.ALL, PAGE)))
    traced = map(_traced, _search_runs(client, experiments, study_uid))
    runs = sorted(traced, key=lambda run: (run.parent, run.began, run.run_id))
    filters = [f"tags.`{STUDY_UID}` = '{study_uid}'"]
    filters += [f"run_id = '{run.run_id}'" for run in runs if run.parent]
    versions = {
        (version.name, str(version.version)): version
        for text in filters
        for version in all_pages(partial(client.search_model_versions, text, PAGE))
    }
    aliases = {name: _aliases(client, name) for name in {name for name, _ in versions}}
    registered = [
        TracedVersion(name, number, _run_of(client, version), aliases[name].get(number, ()))
        for (name, number), version in versions.items()
    ]
    registered.sort(key=lambda version: (version.name, int(version.version)))
    tag = view_tag(study_uid)
    views = [
        (str(experiment.experiment_id), tag)
        for experiment in experiments
        if tag in experiment.tags and experiment.lifecycle_stage == LifecycleStage.ACTIVE
    ]
    return Traces(tuple(runs), tuple(registered), tuple(views))


def _search_runs(
    client: MlflowClient, experiments: list[Experiment], study_uid: str
) -> Iterator[Run]:
    ids = [experiment.experiment_id for experiment in experiments]
    filter_text = f"tags.`{STUDY_UID}` = '{study_uid}'"
    for start in range(0, len(ids), _EXPERIMENTS):
        chunk = ids[start : start + _EXPERIMENTS]
        yield from all_pages(partial(client.search_runs, chunk, filter_text, ViewType.ALL, PAGE))


def _traced(run: Run) -> TracedRun:
    return TracedRun(
        run_id=run.info.run_id,
        experiment_id=run.info.experiment_id,
        name=run.info.run_name or run.info.run_id,
        parent=run.data.tags.get(KIND) == STUDY_KIND,
        deleted=run.info.lifecycle_stage == LifecycleStage.DELETED,
        artifact_uri=run.info.artifact_uri,
        began=run.info.start_time or 0,
    )


def _aliases(client: MlflowClient, name: str) -> dict[str, tuple[str, ...]]:
    """Return the aliases of each version; a search for versions does not return them."""
    aliases: dict[str, tuple[str, ...]] = {}
    for alias, version in sorted(client.get_registered_model(name).aliases.items()):
        aliases[str(version)] = (*aliases.get(str(version), ()), alias)
    return aliases


def _run_of(client: MlflowClient, version: ModelVersion) -> str:
    """Return the run whose artifacts the version is made of, "" if it names none."""
    if version.run_id:
        return str(version.run_id)
    if source := _SOURCE_RUN.match(version.source or ""):
        return source[1]
    if model_id := getattr(version, "model_id", None):
        return str(client.get_logged_model(model_id).source_run_id or "")
    return ""


def remove_traces(
    client: MlflowClient,
    traces: Traces,
    *,
    with_versions: bool = False,
    on_run: Callable[[TracedRun], None] = lambda _: None,
) -> Removed:
    """Delete runs with all their artifacts, parent runs last, and the view of them; idempotent.

    Artifacts that cannot be deleted are counted, and their runs are deleted all the same. Errors
    of MLflow are not caught; what was deleted until then stays deleted.

    Args:
        client: Of the store.
        traces: As ``find_traces`` returns them; ``traces.split`` selects the runs.
        with_versions: Delete the registered versions first.
        on_run: Called after each run.
    """
    versions = traces.versions if with_versions else ()
    for version in versions:
        client.delete_model_version(version.name, version.version)
    going, _ = traces.split(with_versions=with_versions)
    causes = []
    for run in going:
        causes += _remove_run(client, run)
        on_run(run)
    for experiment_id, tag in traces.views:
        with contextlib.suppress(MlflowException):  # a view of no runs does no harm
            client.delete_experiment_tag(experiment_id, tag)
    return Removed(len(going), len(versions), len(causes), next(iter(causes), ""))


def _remove_run(client: MlflowClient, run: TracedRun) -> list[str]:
    """Delete a run, its logged models, and the artifacts of both; return at most one error."""
    causes = []
    if run.parent:
        filter_text = f"source_run_id = '{run.run_id}'"
        search = partial(client.search_logged_models, [run.experiment_id], filter_text)
        for model in list(all_pages(search)):
            causes += _remove_artifacts(client, model.artifact_location)
            client.delete_logged_model(model.model_id)
    causes += _remove_artifacts(client, run.artifact_uri)
    if not run.deleted:
        client.delete_run(run.run_id)
    return causes[:1]


def _remove_artifacts(client: MlflowClient, uri: str) -> list[str]:
    """Delete all artifacts under a URI; return why some remain, [] if none do."""
    try:
        repository = get_artifact_repository(uri, tracking_uri=client.tracking_uri)
        repository.delete_artifacts()  # type: ignore[no-untyped-call]  # no annotations
        return ["its store deletes nothing"] if repository.list_artifacts() else []
    except Exception as error:  # noqa: BLE001 - each store's own client raises its own
        return [describe_error(error)]


def purge_command(uri: str) -> str:
    """Return the command that removes all deleted runs from the store's database."""
    if uri.startswith("http"):
        return "mlflow gc --backend-store-uri <the server's database>, on the server"
    where = without_secrets(uri)
    return shlex.join(["mlflow", "gc", "--backend-store-uri", where, "--tracking-uri", where])
