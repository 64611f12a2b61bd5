"""The life of a registered config as a table in the description of its model, for people."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.history import HistoryEvent
from titan_mlopt.report.history import HEADS, event_cells
from titan_mlopt.report.markup import prose, table
from titan_mlopt.tracking.registry.history import read_history
from titan_mlopt.tracking.store import describe_error

#: Heading of the table; what stands above and below it in the description is left as it is.
HEADING = "### History"
# Also the table of earlier versions, which this one replaces.
_TABLE = re.compile(
    rf"^(?:{HEADING}|### Moves of aliases)\n\n\| {re.escape(HEADS[0])} \|(?:.*(?:\n|$))"
    r"(?:\|.*(?:\n|$))+",
    re.MULTILINE,
)
_MOST_EVENTS, _TEXT_CHARS = 20, 120
# MLflow's database takes so many characters.
_MOST_CHARS = 5000

_log = logging.getLogger(__name__)


def show_history(
    client: MlflowClient, name: str, notice: Callable[[str], None] = _log.warning
) -> None:
    """Write the newest events into the description of a registered model.

    The tags and the runs are the record: where the registry does not take the table, a notice says
    so, and the next command that adds an event writes it.
    """
    try:
        events = read_history(client, name).events
        before = client.get_registered_model(name).description or ""
        text = describe_history(before, events)
        if text != before:
            client.update_registered_model(name, description=text)
    except (MlflowException, TrackingError) as error:
        got = error if isinstance(error, TrackingError) else describe_error(error)
        notice(
            f"{name}: its description must tell its history, got {got}; the next command that adds "
            "an event writes it"
        )


def describe_history(description: str, events: Sequence[HistoryEvent]) -> str:
    """Return the description with a table of the last events, the newest first.

    It has at most twenty, and fewer where the description has no room for them.
    """
    match = _TABLE.search(description)
    start, end = match.span() if match else (len(description), len(description))
    above, below = (
        _TABLE.sub("", part).strip() for part in (description[:start], description[end:])
    )
    rows = [
        [prose(_cut(cell)) for cell in event_cells(event)]
        for event in reversed(events[-_MOST_EVENTS:])
    ]
    for n_rows in range(len(rows), 0, -1):
        parts = (above, HEADING, table(HEADS, rows[:n_rows]), below)
        text = "\n\n".join(part for part in parts if part)
        if len(text) <= _MOST_CHARS:
            return text
    return "\n\n".join(part for part in (above, below) if part)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_CHARS else f"{text[: _TEXT_CHARS - 1]}…"
