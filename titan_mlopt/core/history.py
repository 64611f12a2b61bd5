"""Events in the life of a registered config: plain records, in the order of their times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

#: Kinds of events, each with its details.
REGISTERED = "registered"  # study, study_uid, trial, by
JUDGED = "judged"  # verdict, sentence, rival, opening, fresh
PROMOTED, FORCED, ROLLED_BACK = "promoted", "forced", "rolled_back"  # was, by, reason
REPLACED = "replaced"  # replaced_by, how
# An alias that another program moved, at a time that is not known.
MOVED_ELSEWHERE = "moved_elsewhere"  # was, champion
APPLIED: Literal["applied"] = "applied"  # db, by, reason
UNDONE: Literal["undone"] = "undone"  # the same
WATCHED = "watched"  # run_id, predictions, n_records, n_predictions, accuracy, alarms
ALARM = "alarm"  # run_id, tests, text
REACTION = "reaction"  # run_id, kind, done, outcome


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """What happened to a version.

    Attributes:
        time: UTC, ISO 8601 with milliseconds; None where no one wrote it down.
        event: Its kind.
        version: Number of the version that it happened to.
        details: What else is known, by name; None for what is not.
    """

    time: str | None
    event: str
    version: str
    details: Mapping[str, object] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the event for scripts: time, event and version, and the details beside them."""
        return {"time": self.time, "event": self.event, "version": self.version, **self.details}


@dataclass(frozen=True, slots=True)
class History:
    """The life of a registered config.

    name: of the registered model. champion: its version, None without one. events: oldest first;
    one whose time is not known stands before the next that it must have come before.
    """

    name: str
    champion: str | None
    events: tuple[HistoryEvent, ...]

    def document(self) -> dict[str, object]:
        """Return the history for scripts."""
        events = [event.document() for event in self.events]
        return {"name": self.name, "champion": self.champion, "events": events}


def utc_moment(text: str) -> str | None:
    """Return an ISO 8601 time as UTC with milliseconds; None for a text that is none.

    A time without a zone is taken for UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return None
