"""The gate's decisions and forced promotions, read from a version's tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from titan_mlopt.core.findings import FreshDecision, GateDecision, read_finding
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.plain import read_plain
from titan_mlopt.report.version_page import Forced
from titan_mlopt.tracking.registry.versions import FORCED, OPENINGS

#: Tags of a version: its last decision on the hold-out, and on fresh candles, as JSON with every
#: number.
DECISION, FRESH = "titan_mlopt.decision", "titan_mlopt.fresh"


@dataclass(frozen=True, slots=True)
class GateHistory:
    """The last decision on a version, the openings of its hold-out, and forced promotions.

    decision: the later one of those on the hold-out and on fresh candles.
    """

    decision: GateDecision | None
    openings: int
    forced: tuple[Forced, ...]


def read_gate_history(tags: Mapping[str, str]) -> GateHistory:
    """Return the gate's history from a version's tags; tags of other programs are ignored."""
    forced = list[Forced]()
    for key, text in sorted(tags.items()):
        if key.startswith(f"{FORCED}."):
            try:
                forced.append(read_plain(Forced, parse_json(text)))
            except ValueError:
                continue
    times = tags.get(OPENINGS, "")
    openings = int(times) if times.isascii() and times.isdigit() and len(times) < 10 else 0
    decision = max(read_decisions(tags), key=lambda decision: str(decision.when), default=None)
    return GateHistory(decision, openings, tuple(forced))


def read_decisions(tags: Mapping[str, str]) -> list[GateDecision]:
    """Return the last decisions on a version, one a kind; tags of other programs are ignored."""
    decisions = list[GateDecision]()
    for key, kind in ((DECISION, GateDecision), (FRESH, FreshDecision)):
        try:
            if (text := tags.get(key)) is not None:
                decisions.append(read_finding(kind, parse_json(text), key))
        except ValueError:
            continue
    return decisions
