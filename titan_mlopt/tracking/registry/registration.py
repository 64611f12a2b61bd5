"""Registers a config of a finished study, or an ensemble of its configs, beside its newest run."""

from __future__ import annotations

from collections.abc import Callable

from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.commands import repair_command, this_shell
from titan_mlopt.tracking.mirror.messages import Registered
from titan_mlopt.tracking.reconcile import find_runs
from titan_mlopt.tracking.registry.aliases import register_config
from titan_mlopt.tracking.registry.verdict_tags import finish_versions
from titan_mlopt.tracking.store import mlflow_errors, open_client
from titan_mlopt.tracking.uri import tracking_uri


def register_bundle(
    record: StudyRecord, bundle: Bundle, name: str, db: str, notice: Callable[[str], None]
) -> Registered:
    """Register a bundle as a version of ``name``, in the store in force.

    Args:
        record: The study that it is of.
        bundle: A config of the study, or an ensemble.
        name: Of the registered model.
        db: The study's database, for the message.
        notice: Receives a line about what was left unfinished in the registry.

    Raises:
        TrackingError: The study has no run in the store, or the store does not answer.
    """
    uri = tracking_uri()
    with mlflow_errors(uri):
        client = open_client(uri, "write")
        parents = list(find_runs(client, record.uid).living_parents)
        if parents:
            registered = register_config(client, name, parents[-1], bundle, notice=notice)
            finish_versions(client, name, notice)
            return registered
    raise TrackingError(
        f"study {record.name}: must have a run in this MLflow store to register a config of it, "
        f"got none; this makes one: {repair_command(this_shell(), db, record.name)}"
    )
