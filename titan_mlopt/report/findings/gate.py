"""Decisions of the gate, presented: for the terminal, Markdown, HTML and the run's metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from titan_mlopt.core.findings import (
    CANNOT_TELL,
    DECISION,
    KEEP_CHAMPION,
    PROMOTE,
    UNKNOWN,
    GateDecision,
    findings_below,
)
from titan_mlopt.core.scoring import costs_text
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.format import accuracy_text, candles_text, holdout_text, moment_text
from titan_mlopt.report.markup import code, flat, html_page, html_table, html_text, prose, table
from titan_mlopt.report.svg import chart
from titan_mlopt.report.terminal import aligned

NAME = "gate"
#: How verdicts are printed.
VERDICT_TEXTS = {PROMOTE: "PROMOTE", KEEP_CHAMPION: "KEEP CHAMPION", CANNOT_TELL: "CANNOT TELL"}
_COLOURS = {PROMOTE: "#2f855a", KEEP_CHAMPION: "#5b6670", CANNOT_TELL: "#c98a1b"}
_HEADS = ("test", "role", "value", "threshold", "status", "what it says")
_LEGEND = (
    "A test that decides must pass for PROMOTE; a guard that fails keeps the champion; a warning "
    "is only told. Shares are in [0, 1]."
)
# The picture of the differences: pixels and colours.
_WIDTH, _LABELS, _MARGIN = 680, 150, 24
_TOP, _ROW, _BOTTOM = 34, 34, 46
_ZERO, _LEAST = "#5b6670", "#c98a1b"
_ABOVE, _BELOW, _OPEN = "#2f855a", "#b83a3a", "#3b6ea5"

Rows = list[tuple[str, ...]]


def load(attrs: Mapping[str, Any]) -> tuple[GateDecision, ...]:
    """Return the decisions, oldest first."""
    decisions = findings_below(attrs, DECISION, GateDecision)
    return tuple(sorted(decisions, key=lambda decision: (decision.when, decision.opening)))


def rows(study: StudyRecord) -> list[tuple[str, str]]:
    """Return what is sealed, how often it was opened, and the latest decision."""
    sealed, last = holdout_text(study), _last_decision(study)
    if sealed is None:
        text = "none: all candles were tuned on, so no verdict is possible"
    else:
        text = f"{sealed}; {headline(last)}" if last else sealed
    return [("hold-out", text)]


def metrics(study: StudyRecord) -> dict[str, float]:
    """Return the openings, the accuracy on the hold-out, and the difference to the rivals."""
    values, last = dict[str, float](), _last_decision(study)
    if study.openings:
        values["holdout_openings"] = float(len(study.openings))
    numbers: Mapping[str, Any] = last.decision if last else {}
    evidence = numbers.get("evidence", {})
    accuracy = evidence.get("accuracy") or ()
    if accuracy:
        # In decisions of earlier versions the champion, which comes first, had to be beaten alone.
        only_champion = evidence["has_champion"] and "rivals" not in numbers
        rivals = accuracy[:1] if only_champion else accuracy
        values["holdout_accuracy"] = float(accuracy[0]["accuracy_candidate"])
        values["holdout_difference"] = min(float(r["bootstrap"]["difference"]) for r in rivals)
    return values


def files(study: StudyRecord) -> dict[str, str]:
    """Return three files for each opening of the hold-out."""
    return {
        f"verdict/opening-{decision.opening}.{ending}": text
        for decision in study.gate_decisions
        for ending, text in decision_files(study, decision).items()
    }


def document(study: StudyRecord) -> dict[str, Any]:
    """Return every decision with all of its numbers."""
    return {"judgements": [asdict(decision) for decision in study.gate_decisions]}


def _last_decision(study: StudyRecord) -> GateDecision | None:
    return study.gate_decisions[-1] if study.gate_decisions else None


def latest_decision(study: StudyRecord) -> GateDecision | None:
    """Return the latest decision, on hold-out or fresh candles; None without one."""
    decisions = (*study.gate_decisions, *study.fresh_decisions)
    return max(decisions, key=lambda decision: decision.when, default=None)


def verdict_text(study: StudyRecord) -> str | None:
    """Return the latest decision in one line; None without one."""
    last = latest_decision(study)
    if last is None:
        return None
    against = f" against {last.rival}" if last.rival else ""
    opened = opened_text(len(study.openings))
    judged = last.judged[:1].upper() + last.judged[1:]
    return f"{headline(last)} ({judged}{against}; {opened}.)"


def headline(decision: GateDecision) -> str:
    """Return the decision in one sentence, the verdict first."""
    return f"{VERDICT_TEXTS[decision.verdict]}: {decision.sentence}"


def opened_text(times: int) -> str:
    """Return how often a hold-out was opened."""
    return f"hold-out opened {times} time{'' if times == 1 else 's'}"


def check_rows(decision: GateDecision) -> Rows:
    """Return a row for each check of the gate, [] when nothing was scored."""
    return [
        (
            str(check["test"]),
            str(check["role"]),
            _number(check["value"]),
            _number(check["threshold"]),
            "" if check["status"] == UNKNOWN else str(check["status"]),
            str(check["sentence"]),
        )
        for check in decision.decision.get("findings", ())
    ]


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def tuned_row(study: StudyRecord, decision: GateDecision) -> tuple[str, str]:
    """Return label and accuracy of the judged trial as it was tuned; of an ensemble the best."""
    trial = next((trial for trial in study.trials if trial.number == decision.trial), None)
    of_whom = " (best member)" if decision.kind == "ensemble" else ""
    return f"accuracy when it was tuned{of_whom}", accuracy_text(trial) if trial else "-"


def _fact_rows(study: StudyRecord, decision: GateDecision) -> Rows:
    """Return what was compared with what, where and when."""
    numbers: Mapping[str, Any] = decision.decision
    facts: Rows = [
        ("candidate", f"{decision.judged} of study {flat(study.name)}"),
        ("against", compared_with(decision)),
        tuned_row(study, decision),
        ("accuracy on the hold-out", _holdout_accuracy(numbers)),
        ("hold-out", _opening_text(study, decision)),
        ("judged", decision.when),
    ]
    if numbers:
        level = f"{numbers['alpha']:.2g} ({_level_text(numbers)})"
        facts.append(("level of the accuracy tests", level))
        facts += [
            ("tuned on sealed bars", f"{flat(one['name'])}: {one['share']:.0%} of them")
            for one in numbers.get("tuned", ())
        ]
    return facts


def _level_text(numbers: Mapping[str, Any]) -> str:
    m, alpha = numbers["evidence"]["candidates"], f"{numbers['thresholds']['alpha']:g}"
    if "look" in numbers:
        return f"config {m} judged on these bars; all together have {alpha}"
    # Of an earlier version, which divided the level.
    return f"{alpha} / {m} configs judged on these candles" if m > 1 else "one try"


def looks_text(number: int) -> str:
    """Return which config it is that is judged on its bars."""
    ends = {1: "st", 2: "nd", 3: "rd"} if number % 100 not in (11, 12, 13) else {}
    return f"the {number:,}{ends.get(number % 10, 'th')} config judged on these bars"


def setting_text(study: StudyRecord, decision: GateDecision) -> str:
    """Return rival, costs, chance level and looks in one line; "" when nothing was scored."""
    numbers = decision.decision
    look = numbers.get("fresh", numbers).get("look")
    if look is None:
        return ""
    costs = costs_text(float(study.settings.get("cost_bps") or 0.0))
    coin = [one for one in numbers["evidence"]["accuracy"] if one["rival"] == "coin"]
    chance = f"chance level {coin[0]['accuracy_rival']:.1%}; " if coin else ""
    against = f"Against {compared_with(decision)}. {costs.capitalize()}"
    return f"{against}; {chance}{looks_text(look)}."


def compared_with(decision: GateDecision) -> str:
    """Return whom the candidate was compared with, in words."""
    if not decision.rival:
        return "the coin and every simple rule: there is no champion"
    alone = "rivals" not in decision.decision  # of an earlier version, or nothing was scored
    return decision.rival if alone else f"{decision.rival}, the coin and every simple rule"


def _holdout_accuracy(numbers: Mapping[str, Any]) -> str:
    comparisons = numbers.get("evidence", {}).get("accuracy")
    if not comparisons:
        return "-"
    first = comparisons[0]
    return f"{first['accuracy_candidate']:.4f} (n={first['n_candidate']:,}, bars that moved)"


def _opening_text(study: StudyRecord, decision: GateDecision) -> str:
    if not study.holdout:
        return "none"
    first, last = (moment_text(study.holdout.get(key)) for key in ("first", "last"))
    count = study.holdout.get("count", 0)
    return f"{count:,} candles, {first} to {last}; {opened_text(decision.opening)}"


def decision_lines(
    study: StudyRecord, decision: GateDecision, facts: Rows | None = None
) -> list[str]:
    """Return the decision for the terminal: the verdict, the facts, one line per check.

    facts: what was compared where; None for those of a hold-out.
    """
    facts, setting = facts or _fact_rows(study, decision), setting_text(study, decision)
    lines = [headline(decision), *([flat(setting)] if setting else ()), "", *aligned(facts)]
    checks = [tuple(map(flat, row)) for row in check_rows(decision)]
    return [*lines, "", *aligned([_HEADS, *checks])] if checks else lines


def decision_markdown(study: StudyRecord, decision: GateDecision, facts: Rows | None = None) -> str:
    """Return the decision as Markdown; facts as in ``decision_lines``."""
    facts = _fact_rows(study, decision) if facts is None else facts
    parts = [
        f"# {VERDICT_TEXTS[decision.verdict]}",
        f"**{prose(decision.sentence)}**",
        *([prose(setting)] if (setting := setting_text(study, decision)) else ()),
        table(("", ""), [(name, prose(value)) for name, value in facts]),
    ]
    checks = [tuple(prose(cell) for cell in row) for row in check_rows(decision)]
    if checks:
        parts += ["## Tests", _LEGEND, table(_HEADS, checks)]
    parts.append(f"SHA-256 of the {decision.kind} {code(decision.config_sha256)}.")
    return "\n\n".join(parts) + "\n"


def decision_html(
    study: StudyRecord, decision: GateDecision, facts: Rows | None = None, picture: str = ""
) -> str:
    """Return the decision as one HTML page that loads nothing from elsewhere.

    facts: as in ``decision_lines``. picture: SVG before that of the accuracies.
    """
    parts, checks = [picture] if picture else [], check_rows(decision)
    if setting := setting_text(study, decision):
        parts.insert(0, f"<p>{html_text(setting)}</p>")
    # The differences to all that it was compared with, the coin included.
    intervals = [
        Interval(
            str(comparison["rival"]),
            *(float(comparison["bootstrap"][key]) for key in ("difference", "low", "high")),
        )
        for comparison in decision.decision.get("evidence", {}).get("accuracy") or ()
    ]
    if intervals:
        parts.append(interval_svg(intervals, decision.decision["thresholds"]["min_improvement"]))
    parts.append(html_table(_fact_rows(study, decision) if facts is None else facts))
    if checks:
        parts += [f"<h2>Tests</h2><p>{html_text(_LEGEND)}</p>", html_table(checks, _HEADS)]
    return html_page(
        VERDICT_TEXTS[decision.verdict],
        decision.sentence,
        parts,
        f"{candles_text(study.candles)}. SHA-256 of the {decision.kind} {decision.config_sha256}.",
        colour=_COLOURS[decision.verdict],
    )


def decision_files(
    study: StudyRecord, decision: GateDecision, facts: Rows | None = None, picture: str = ""
) -> dict[str, str]:
    """Return the files of a decision by their endings: HTML, Markdown, and every number.

    facts, picture: as in ``decision_html``.
    """
    content = {"study": study.name, "study_uid": study.uid, **asdict(decision)}
    return {
        "html": decision_html(study, decision, facts, picture),
        "md": decision_markdown(study, decision, facts),
        "json": json.dumps(content, indent=2, allow_nan=False) + "\n",
    }


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference of accuracies and its 95 % interval; shares."""

    name: str
    difference: float
    low: float
    high: float


def interval_svg(rows: Sequence[Interval], least: float) -> str:
    """Return the picture of at least one difference, in percentage points.

    least: the smallest difference that is worth a change, drawn as a line beside that at 0. An
    interval that excludes 0 is green or red, one that does not is blue.
    """
    height = _TOP + _ROW * len(rows) + _BOTTOM
    ends = [100 * value for row in rows for value in (row.low, row.high, row.difference)]
    low, high = min(0.0, *ends), max(100 * least, *ends)
    room = 0.06 * (high - low) or 1.0
    panel = chart.Panel(
        *(_LABELS, _TOP, _WIDTH - _LABELS - _MARGIN, _ROW * len(rows)),
        x=(low - room, high + room),
        y=(-0.5, len(rows) - 0.5),
    )
    labels = [(float(len(rows) - 1 - i), row.name) for i, row in enumerate(rows)]
    marks = [(0.0, *panel.y), (100 * least, *panel.y)]
    parts = [
        panel.grid(
            chart.round_ticks(*panel.x),
            labels,
            "accuracy above the rival's, percentage points (95 %)",
        ),
        panel.uprights(marks[:1], stroke=_ZERO, stroke_width=1.2),
        panel.uprights(marks[1:], stroke=_LEAST, stroke_width=1.2, stroke_dasharray="4 3"),
        chart.text(
            panel.at_x(100 * least) + 4,
            _TOP - 8,
            f"worth a change: {100 * least:+.1f}",
            font_size=11,
            fill=_LEAST,
        ),
        *(part for i, row in enumerate(rows) for part in _interval_marks(panel, labels[i][0], row)),
    ]
    return chart.document(_WIDTH, height, "Differences of accuracy with 95 % intervals", parts)


def _interval_marks(panel: chart.Panel, y: float, row: Interval) -> list[str]:
    colour = _ABOVE if row.low > 0 else _BELOW if row.high < 0 else _OPEN
    ends = [(100 * row.low, y), (100 * row.high, y)]
    return [
        panel.line(ends, stroke=colour, stroke_width=3),
        panel.dots([(100 * row.difference, y, 5)], fill=colour),
    ]
