"""The moves of aliases as a table in the description of the registered model, for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from titan_mlopt.core.errors import TrackingError
from titan_mlopt.report.markup import prose, table
from titan_mlopt.tracking.registry.alias_history import Move, read_moves

#: Heading of the table; what stands above and below it in the description is left as it is.
HEADING = "### Moves of aliases"
_TABLE = re.compile(rf"^{re.escape(HEADING)}\n\n(?:\|.*(?:\n|$))+", re.MULTILINE)
_HEADS = ("when (UTC)", "alias", "from", "to", "how", "by", "reason")
_MOST_MOVES, _REASON_CHARS = 10, 80
# MLflow's database takes so many characters.
_MOST_CHARS = 5000


def show_moves(client: MlflowClient, name: str) -> None:
    """Write the table of the newest moves into the description of a registered model.

    The tags are the record: where the registry does not take the table, the next move writes it.
    """
    with suppress(MlflowException, TrackingError):
        model = client.get_registered_model(name)
        text = describe_moves(model.description or "", read_moves(model.tags))
        client.update_registered_model(name, description=text)


def describe_moves(description: str, moves: Sequence[Move]) -> str:
    """Return the description with a table of the last moves, the newest first.

    It has at most ten, and fewer where the description has no room for them.
    """
    match = _TABLE.search(description)
    start, end = match.span() if match else (len(description), len(description))
    above, below = description[:start].strip(), description[end:].strip()
    rows = [_row(move) for move in reversed(moves[-_MOST_MOVES:])]
    for n_rows in range(len(rows), 0, -1):
        parts = (above, HEADING, table(_HEADS, rows[:n_rows]), below)
        text = "\n\n".join(part for part in parts if part)
        if len(text) <= _MOST_CHARS:
            return text
    return "\n\n".join(part for part in (above, below) if part)


def _row(move: Move) -> list[str]:
    when = move.at[:16].replace("T", " ")
    reason = move.reason
    if len(reason) > _REASON_CHARS:
        reason = f"{reason[: _REASON_CHARS - 1]}…"
    cells = (when, move.alias, move.before or "none", move.after, move.how, move.who, reason)
    return [prose(cell) for cell in cells]
