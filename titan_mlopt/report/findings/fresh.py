"""Decisions on fresh candles, presented: the evidence so far, what is needed, and its curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from titan_mlopt.core.findings import FRESH, FreshDecision, findings_below
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.findings.gate import (
    Rows,
    compared_with,
    decision_files,
    decision_lines,
    headline,
    tuned_row,
)
from titan_mlopt.report.format import moment_text
from titan_mlopt.report.markup import flat
from titan_mlopt.report.svg import chart

NAME = "fresh"
# The picture of the curve: pixels and colours.
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 680, 260, 60, 34, 24, 50
_CURVE, _NEEDED, _START = "#3b6ea5", "#c98a1b", "#5b6670"
# Of a curve in days or hours, up to how many hours it is in the latter.
_MOST_HOURS = 48


def load(attrs: Mapping[str, Any]) -> tuple[FreshDecision, ...]:
    """Return the last decision on each config, oldest first."""
    decisions = findings_below(attrs, FRESH, FreshDecision)
    return tuple(sorted(decisions, key=lambda decision: (decision.when, decision.config_sha256)))


def rows(study: StudyRecord) -> list[tuple[str, str]]:
    """Return the latest decision on fresh candles, nothing without one."""
    decisions = study.fresh_decisions
    return [("fresh candles", headline(decisions[-1]))] if decisions else []


def metrics(study: StudyRecord) -> dict[str, float]:
    """Return e-value and bars of the latest decision."""
    if not study.fresh_decisions:
        return {}
    fresh = study.fresh_decisions[-1].decision.get("fresh")
    if not fresh:
        return {}
    return {
        "fresh_e_value": float(fresh["e_value"]),
        "fresh_e_value_needed": float(fresh["needed"]),
        "fresh_bars": float(fresh["bars"]["n_bars"]),
    }


def files(study: StudyRecord) -> dict[str, str]:
    """Return three files for each config that was looked at."""
    return {
        f"verdict/fresh-{decision.config_sha256[:8]}.{ending}": text
        for decision in study.fresh_decisions
        for ending, text in fresh_files(study, decision).items()
    }


def document(study: StudyRecord) -> dict[str, Any]:
    """Return every decision with all of its numbers; no key for a study without one."""
    decisions = [asdict(decision) for decision in study.fresh_decisions]
    return {"fresh_judgements": decisions} if decisions else {}


def fresh_lines(study: StudyRecord, decision: FreshDecision) -> list[str]:
    """Return the decision for the terminal: the verdict, the facts, one line per check."""
    return decision_lines(study, decision, _fact_rows(study, decision))


def fresh_files(study: StudyRecord, decision: FreshDecision) -> dict[str, str]:
    """Return the files of a decision by their endings: HTML, Markdown, and every number."""
    fresh = decision.decision.get("fresh")
    picture = evidence_svg(fresh) if fresh else ""
    return decision_files(study, decision, _fact_rows(study, decision), picture)


def _fact_rows(study: StudyRecord, decision: FreshDecision) -> Rows:
    """Return what was compared with what, on which candles, and how much evidence is needed."""
    facts: Rows = [
        ("candidate", f"{decision.judged} of study {flat(study.name)}"),
        ("against", compared_with(decision)),
        tuned_row(study, decision),
    ]
    if fresh := decision.decision.get("fresh"):
        facts += _evidence_rows(fresh, decision.decision["thresholds"]["alpha"])
    return [*facts, ("judged", decision.when)]


def _evidence_rows(fresh: Mapping[str, Any], alpha: float) -> Rows:
    bars, times = fresh["bars"], int(fresh["looks"])
    first, last = (moment_text(bars[key]) for key in ("first", "last"))
    if fresh["bars_to_go"] is None:
        pace = "never: it does not grow"
    else:
        pace = f"{math.ceil(fresh['bars_to_go']):,} bars"
    look = fresh["look"]
    judged = "the first config" if look == 1 else f"config {look}"
    return [
        ("fresh candles", f"{bars['candles']:,}, {first} to {last}"),
        ("looks at them", str(times)),
        ("e-value", f"{fresh['e_value']:.3g}, the least of all rivals: {fresh['rival']}"),
        ("needed", f"{fresh['needed']:.4g} = 1 / {fresh['level']:.2g}"),
        ("level", f"{fresh['level']:.2g} of {alpha:g}, as it is {judged} judged on such candles"),
        ("to go at this pace", pace),
        (
            "null hypothesis",
            "at every bar, given all before it, the expected score is no higher than the rival's",
        ),
    ]


def evidence_svg(fresh: Mapping[str, Any]) -> str:
    """Return the picture of the evidence: log10 of the least e-value over time, and what is needed.

    fresh: a ``FreshEvidence`` as plain JSON.
    """
    begin, needed = int(fresh["bars"]["first"]), math.log10(max(1.0, fresh["needed"]))
    hours = (int(fresh["bars"]["last"]) - begin) / 3600
    unit, seconds = ("hours", 3600) if hours <= _MOST_HOURS else ("days", 86_400)
    points = [(0.0, 0.0)]
    points += [((time - begin) / seconds, float(value)) for time, value in fresh["curve"]]
    heights = [0.0, needed, *(height for _, height in points)]
    low, high = min(heights), max(heights)
    room = 0.06 * (high - low) or 1.0  # a curve that another program wrote may be a point
    panel = chart.Panel(
        *(_LEFT, _TOP, _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM),
        x=(0.0, points[-1][0] or 1.0),
        y=(low - room, high + room),
    )
    label = f"{unit} since {moment_text(begin)}; the e-value is 10 to this power"
    return chart.document(
        *(_WIDTH, _HEIGHT, "The least e-value over the fresh candles, and what is needed"),
        [
            panel.grid(chart.round_ticks(*panel.x), chart.round_ticks(*panel.y), label),
            panel.line([(0.0, 0.0), (panel.x[1], 0.0)], stroke=_START, stroke_width=1.2),
            panel.line(
                [(0.0, needed), (panel.x[1], needed)],
                **{"stroke": _NEEDED, "stroke_width": 1.2, "stroke_dasharray": "4 3"},
            ),
            panel.line(points, stroke=_CURVE, stroke_width=2),
            chart.text(
                panel.at_x(0.0) + 4,
                panel.at_y(needed) - 6,
                f"needed: {math.ceil(fresh['needed'] - 1e-9):,}",
                font_size=11,
                fill=_NEEDED,
            ),
        ],
    )
