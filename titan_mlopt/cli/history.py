"""``titan-mlopt history``: the life of a registered config."""

from __future__ import annotations

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import notice, print_result
from titan_mlopt.core.tuner_config import REGISTER_AS
from titan_mlopt.report.history import HEADS, event_cells
from titan_mlopt.report.markup import flat
from titan_mlopt.report.terminal import aligned
from titan_mlopt.tracking.registry.history import read_history
from titan_mlopt.tracking.registry.verdict_tags import complete_registry
from titan_mlopt.tracking.store import mlflow_errors, open_client
from titan_mlopt.tracking.uri import tracking_uri


@command()
@click.argument("name", default=REGISTER_AS)
@options.as_json
def history(name: str, as_json: bool) -> None:
    """Tell the life of a registered config: each champion and why.

    NAME is that of the registered model, titan-config unless another is given. Oldest first: which
    study each version is from, what the gate said, when it became the champion and why, to which
    database it was applied, how it was watched, its alarms, and what replaced it. Times are UTC.
    MLflow is found through MLFLOW_TRACKING_URI, else as mlflow.db in this folder.
    """
    uri = tracking_uri()
    with mlflow_errors(uri):
        client = open_client(uri, "read")
        complete_registry(client, [name], notice)
        story = read_history(client, name)
    rows = [tuple(map(flat, event_cells(event))) for event in story.events]
    champion = f"champion of {flat(name)} is version {story.champion}"
    last = champion if story.champion else f"{flat(name)} has no champion"
    lines = [*aligned([HEADS, *rows]), last]
    print_result(story.document(), lines, as_json=as_json)
