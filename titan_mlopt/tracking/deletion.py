"""What a study left in MLflow, runs with their artifacts and versions, and away with it.

MLflow's client only marks a run as deleted; `mlflow gc` takes its rows out of the database.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Run, ViewType
from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.entities.paged_list import PagedList

from titan_mlopt.tracking.store import KIND, STUDY_UID, describe_error, without_secrets

_STUDY_KIND = "study"
_PAGE = 1000
# Experiments that one search looks in.
_EXPERIMENTS = 500
# The run in a version's source, `runs:/<run id>/<path>`.
_SOURCE_RUN = re.compile(r"runs:/([^/]+)")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TracedRun:
    """A run of a study. parent: of the whole study. gone: MLflow has it as deleted already.

    began: milliseconds since 1970, UTC.
    """

    run_id: str
    experiment_id: str
    name: str
    parent: bool
    gone: bool
    artifact_uri: str
    began: int


@dataclass(frozen=True, slots=True)
class TracedVersion:
    """A registered version that comes from a study, with the aliases that point at it."""

    name: str
    version: str
    run_id: str
    aliases: tuple[str, ...]

    def __str__(self) -> str:
        aliases = f" ({', '.join(self.aliases)})" if self.aliases else ""
        return f"{self.name} version {self.version}{aliases}"


@dataclass(frozen=True, slots=True)
class Traces:
    """All that MLflow has of a study, in every experiment; the parents are the last of the runs."""

    runs: tuple[TracedRun, ...]
    versions: tuple[TracedVersion, ...]

    def split(self, *, with_versions: bool) -> tuple[list[TracedRun], list[TracedRun]]:
        """Return the runs that go, and those that stay as a version that stays is made of them."""
        needed = set() if with_versions else {version.run_id for version in self.versions}
        going = [run for run in self.runs if run.run_id not in needed]
        return going, [run for run in self.runs if run.run_id in needed]


@dataclass(frozen=True, slots=True)
class Removed:
    """What was done. left: runs whose artifacts are still there. cause: why, of the first."""

    runs: int
    versions: int
    left: int
    cause: str


def find_traces(client: MlflowClient, study_uid: str) -> Traces:
    """Return every run and version of a study, deleted runs too, by the tag of its uid.

    Raises what MLflow raises.
    """
    found = map(_traced, _search_runs(client, study_uid))
    runs = sorted(found, key=lambda run: (run.parent, run.began, run.run_id))
    wanted = [f"tags.`{STUDY_UID}` = '{study_uid}'"]
    wanted += [f"run_id = '{run.run_id}'" for run in runs if run.parent]
    versions = {
        (version.name, str(version.version)): version
        for text in wanted
        for version in _all_pages(partial(client.search_model_versions, text, _PAGE))
    }
    aliases = {name: _aliases(client, name) for name in {name for name, _ in versions}}
    made = [
        TracedVersion(name, number, _run_of(client, version), aliases[name].get(number, ()))
        for (name, number), version in versions.items()
    ]
    made.sort(key=lambda version: (version.name, int(version.version)))
    return Traces(tuple(runs), tuple(made))


def _search_runs(client: MlflowClient, study_uid: str) -> Iterator[Run]:
    experiments = _all_pages(partial(client.search_experiments, ViewType.ALL, _PAGE))
    ids = [experiment.experiment_id for experiment in experiments]
    wanted = f"tags.`{STUDY_UID}` = '{study_uid}'"
    for start in range(0, len(ids), _EXPERIMENTS):
        some = ids[start : start + _EXPERIMENTS]
        yield from _all_pages(partial(client.search_runs, some, wanted, ViewType.ALL, _PAGE))


def _all_pages(search: Callable[..., PagedList[T]]) -> Iterator[T]:
    """Yield what a search finds, page by page; it takes a ``page_token``."""
    page = search()
    yield from page
    while page.token:
        page = search(page_token=page.token)
        yield from page


def _traced(run: Run) -> TracedRun:
    return TracedRun(
        run_id=run.info.run_id,
        experiment_id=run.info.experiment_id,
        name=run.info.run_name or run.info.run_id,
        parent=run.data.tags.get(KIND) == _STUDY_KIND,
        gone=run.info.lifecycle_stage == LifecycleStage.DELETED,
        artifact_uri=run.info.artifact_uri,
        began=run.info.start_time or 0,
    )


def _aliases(client: MlflowClient, name: str) -> dict[str, tuple[str, ...]]:
    """Return the aliases of each version; a search for versions leaves them out."""
    found: dict[str, tuple[str, ...]] = {}
    for alias, version in sorted(client.get_registered_model(name).aliases.items()):
        found[str(version)] = (*found.get(str(version), ()), alias)
    return found


def _run_of(client: MlflowClient, version: ModelVersion) -> str:
    """Return the run whose artifacts the version is made of, "" when it names none."""
    if version.run_id:
        return str(version.run_id)
    if found := _SOURCE_RUN.match(version.source or ""):
        return found[1]
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
    """Delete the runs that go, by ``traces.split``, with all their artifacts, the parents last.

    with_versions: the versions first. Doing it again does what is left to do. Artifacts that
    cannot be removed are counted, and their runs are deleted all the same. Raises what MLflow
    raises; what was deleted until then is gone.
    """
    versions = traces.versions if with_versions else ()
    for version in versions:
        client.delete_model_version(version.name, version.version)
    going, _ = traces.split(with_versions=with_versions)
    causes = []
    for run in going:
        causes += _remove_run(client, run)
        on_run(run)
    return Removed(len(going), len(versions), len(causes), next(iter(causes), ""))


def _remove_run(client: MlflowClient, run: TracedRun) -> list[str]:
    """Delete a run, what it logged as models, and the artifacts of both; return what went wrong."""
    causes = []
    if run.parent:
        wanted = f"source_run_id = '{run.run_id}'"
        search = partial(client.search_logged_models, [run.experiment_id], wanted)
        for model in list(_all_pages(search)):
            causes += _remove_artifacts(client, model.artifact_location)
            client.delete_logged_model(model.model_id)
    causes += _remove_artifacts(client, run.artifact_uri)
    if not run.gone:
        client.delete_run(run.run_id)
    return causes[:1]


def _remove_artifacts(client: MlflowClient, uri: str) -> list[str]:
    """Delete all under an artifact URI; return why it is still there, [] when it is gone."""
    try:
        place = get_artifact_repository(uri, tracking_uri=client.tracking_uri)
        place.delete_artifacts()  # type: ignore[no-untyped-call]  # it has no annotations
        return ["its store deletes nothing"] if place.list_artifacts() else []
    except Exception as error:  # noqa: BLE001 - each store's own client raises its own
        return [describe_error(error)]


def purge_command(uri: str) -> str:
    """Return the command that takes all deleted runs out of the store's database."""
    if uri.startswith("http"):
        return "mlflow gc --backend-store-uri <the server's database>, on the server"
    where = without_secrets(uri)
    return shlex.join(["mlflow", "gc", "--backend-store-uri", where, "--tracking-uri", where])
