"""Watches in MLflow: a run for each, with live curves, and its state from one look to the next.

The run is a child of the version's run and takes the version's model as its input. The version has
the id of its watch as a tag, so that the registry alone tells who was watched, and how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import LoggedModelInput, Metric, Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from titan_mlopt.core.errors import TrackingError, short_repr
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.parameters import canonical_json, digest
from titan_mlopt.core.provenance import code_version
from titan_mlopt.tracking.reconcile import is_active
from titan_mlopt.tracking.registry.versions import MODEL_ID, find_versions
from titan_mlopt.tracking.run_content import PARENT_RUN, VERSION
from titan_mlopt.tracking.store import DEFAULT_ID, KIND, all_pages

#: Value of the tag ``titan_mlopt.kind``.
WATCH_KIND = "watch"
#: Tags of a version: the run that watches it; and the alarm that it raised, as JSON.
WATCH, WATCH_ALARM = "titan_mlopt.watch", "titan_mlopt.watch_alarm"
#: Tags of a watch's run: what it watches, a digest until the version has the run's id; what that
#: promised; how far it has got; and what an alarm set going. All but the first are JSON.
WATCHED, PROMISE, STATE, ACTION = (
    f"titan_mlopt.watch_{key}" for key in ("of", "promise", "state", "action")
)
#: Statuses of a watch that goes on, that ended with its version's time, and that raised an alarm.
RUNNING, FINISHED, ALARMED = "RUNNING", "FINISHED", "FAILED"
# Most metrics of one request.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class WatchRun:
    """The run of a watch.

    version: number of the version that it watches. started_ms, ended_ms: UTC, milliseconds since
    1970, the latter None while it goes on; of a watch with an alarm when that was told.
    model_id: of the version's model, None when it has none. content: JSON by tag, of ``PROMISE``,
    ``STATE`` and ``ACTION``, as far as they are written.
    """

    run_id: str
    version: str
    status: str
    started_ms: int
    model_id: str | None
    content: Mapping[str, Any]
    ended_ms: int | None = None


def find_watches(client: MlflowClient, name: str) -> list[WatchRun]:
    """Return the newest watch of each version of ``name`` that has one, newest version first.

    Raises ``TrackingError`` for one whose tags are damaged.
    """
    watches = (_find_watch(client, name, version) for version in find_versions(client, name))
    return [watch for watch in watches if watch is not None]


def _find_watch(client: MlflowClient, name: str, version: ModelVersion) -> WatchRun | None:
    if (run_id := version.tags.get(WATCH)) is None:
        return None
    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
    return _watch_of(run, version) if is_active(run) else None


def _watch_of(run: Run, version: ModelVersion) -> WatchRun:
    content = dict[str, Any]()
    for key in (PROMISE, STATE, ACTION):
        if (text := run.data.tags.get(key)) is not None:
            try:
                content[key] = parse_json(text)
            except ValueError as error:
                raise damaged_watch(
                    run.info.run_id, str(version.version), f"{key} {short_repr(text)}"
                ) from error
    return WatchRun(
        run.info.run_id,
        str(version.version),
        run.info.status,
        run.info.start_time,
        version.tags.get(MODEL_ID),
        content,
        run.info.end_time,
    )


def runs_of_watches(
    client: MlflowClient, name: str, versions: Sequence[ModelVersion]
) -> list[tuple[Run, str]]:
    """Return the runs of all watches of these versions, oldest first, each with its version."""
    homes = sorted({_home(client, version) for version in versions if WATCH in version.tags})
    if not homes:
        return []
    numbers = {_watched_text(name, str(v.version)): str(v.version) for v in versions}
    kind = f"tags.`{KIND}` = '{WATCH_KIND}'"
    runs = [
        (run, numbers[watched])
        for run in all_pages(partial(client.search_runs, homes, kind))
        if (watched := run.data.tags.get(WATCHED, "")) in numbers
    ]
    return sorted(runs, key=lambda pair: pair[0].info.start_time)


def _watched_text(name: str, number: str) -> str:
    return f"{name} version {number}"


def damaged_watch(run_id: str, version: str, got: str) -> TrackingError:
    """Return the error about a run whose tags somebody changed."""
    return TrackingError(
        f"run {run_id}: its tags titan_mlopt.watch_… must be as the watch wrote them, got {got}; "
        f"delete the tag {WATCH} of version {version}, and the next look begins a new watch"
    )


def begin_watch(
    client: MlflowClient,
    name: str,
    number: str,
    content: Mapping[str, Any],
    *,
    params: Mapping[str, str],
    now_s: float,
) -> WatchRun:
    """Create the run of a watch, or take up one whose process was killed before it was tagged.

    A version that has been watched gets another run.

    Args:
        client: Of the store.
        name: Of the registered model.
        number: Of the version.
        content: JSON of ``PROMISE`` and ``STATE``.
        params: What the run says of itself.
        now_s: Start of the run, UTC seconds since 1970.
    """
    version = client.get_model_version(name, number)
    home = _home(client, version)
    of = digest({"name": name, "version": number, "before": version.tags.get(WATCH, "")})[:16]
    watched = f"tags.`{WATCHED}` = '{of}'"
    runs = [run for run in client.search_runs([home], watched) if is_active(run)]
    if not runs:
        tags = {
            KIND: WATCH_KIND,
            WATCHED: of,
            VERSION: code_version(),
            **{key: canonical_json(value) for key, value in content.items()},
            **({PARENT_RUN: version.run_id} if version.run_id else {}),
        }
        title = f"watch {name} version {number}"
        runs = [client.create_run(home, int(now_s * 1000), tags, title)]
        for key, value in params.items():
            client.log_param(runs[0].info.run_id, key, value)
    watch = _watch_of(client.get_run(runs[0].info.run_id), version)
    if watch.model_id is not None and not _has_model(client, watch.model_id):
        watch = replace(watch, model_id=None)
    if watch.model_id is not None:
        client.log_inputs(watch.run_id, models=[LoggedModelInput(watch.model_id)])
    client.set_model_version_tag(name, number, WATCH, watch.run_id)
    client.set_tag(watch.run_id, WATCHED, _watched_text(name, number))  # it is begun no more
    return watch


def _home(client: MlflowClient, version: ModelVersion) -> str:
    """Return the experiment of the version's run; MLflow's own where that run is gone."""
    if not version.run_id:
        return DEFAULT_ID
    try:
        return str(client.get_run(version.run_id).info.experiment_id)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return DEFAULT_ID
        raise


def _has_model(client: MlflowClient, model_id: str) -> bool:
    try:
        return client.get_logged_model(model_id) is not None
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise


def write_look(
    client: MlflowClient,
    watch: WatchRun,
    points: Sequence[tuple[int, Mapping[str, float]]],
    state: Mapping[str, Any],
    interval_s: float,
) -> None:
    """Write the curves of a look, and then the state, which says that they are written.

    A process that is killed in between has read nothing: the next look writes the same points at
    the same steps and times, of which MLflow keeps one.

    Args:
        client: Of the store.
        watch: The run.
        points: Number of records, and metrics by name after them.
        state: JSON of the state after all of them.
        interval_s: Seconds per record, for the times of the points.
    """
    metrics = [
        Metric(
            *(key, value, watch.started_ms + int(step * interval_s * 1000), step),
            model_id=watch.model_id,
        )
        for step, values in points
        for key, value in values.items()
    ]
    for first in range(0, len(metrics), _BATCH):
        client.log_batch(watch.run_id, metrics=metrics[first : first + _BATCH])
    client.set_tag(watch.run_id, STATE, canonical_json(state))


def write_action(client: MlflowClient, watch: WatchRun, actions: Mapping[str, Any]) -> None:
    """Write what an alarm set going, by kind, and how far it has got."""
    client.set_tag(watch.run_id, ACTION, canonical_json(actions))


def mark_alarm(
    client: MlflowClient,
    name: str,
    watch: WatchRun,
    alarm: Mapping[str, Any],
    *,
    text: str,
    now_s: float,
) -> None:
    """Tell an alarm by the run's status, end and note, and by a tag of the version; idempotent.

    now_s: UTC seconds since 1970, at which the run ends.
    """
    client.set_tag(watch.run_id, "mlflow.note.content", text)
    client.set_model_version_tag(name, watch.version, WATCH_ALARM, json.dumps(alarm))
    set_status(client, watch, ALARMED, now_s)  # last: a run that has it is not told again


def set_status(client: MlflowClient, watch: WatchRun, status: str, now_s: float) -> None:
    """Set the status of a watch's run, unless it has it; one that does not go on ends now."""
    if watch.status != status:
        if status == RUNNING:
            client.update_run(watch.run_id, status)
        else:
            client.set_terminated(watch.run_id, status, int(now_s * 1000))
