"""A decision of the gate in words, numbers and one picture: for the terminal, Markdown and HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from titan_mlopt.judgements import Judgement
from titan_mlopt.records import StudyRecord
from titan_mlopt.report.interval_svg import Interval, interval_svg
from titan_mlopt.report.markdown import code, flat, prose, table
from titan_mlopt.report.page import html_page, html_table, html_text
from titan_mlopt.report.phrases import accuracy_text, candles_text, moment_text
from titan_mlopt.report.terminal import aligned
from titan_mlopt.validation.findings import UNKNOWN
from titan_mlopt.validation.gate import CANNOT_TELL, KEEP_CHAMPION, PROMOTE

#: How verdicts are called in texts.
WORDS = {PROMOTE: "PROMOTE", KEEP_CHAMPION: "KEEP CHAMPION", CANNOT_TELL: "CANNOT TELL"}
HEADS = ("test", "role", "value", "threshold", "status", "what it says")
_COLOURS = {PROMOTE: "#2f855a", KEEP_CHAMPION: "#5b6670", CANNOT_TELL: "#c98a1b"}

Rows = list[tuple[str, ...]]


def headline(judgement: Judgement) -> str:
    """Return the verdict in one sentence, its word first."""
    return f"{WORDS[judgement.verdict]}: {judgement.sentence}"


def opened_text(times: int) -> str:
    """Return how often a hold-out was opened."""
    return f"hold-out opened {times} time{'' if times == 1 else 's'}"


def finding_rows(judgement: Judgement) -> Rows:
    """Return a row for each test of the gate, [] when nothing was scored."""
    return [
        (
            str(row["test"]),
            str(row["role"]),
            _number(row["value"]),
            _number(row["threshold"]),
            "" if row["status"] == UNKNOWN else str(row["status"]),
            str(row["sentence"]),
        )
        for row in judgement.decision.get("findings", ())
    ]


def fact_rows(study: StudyRecord, judgement: Judgement) -> Rows:
    """Return what was judged against what, where and when."""
    trial = next((one for one in study.trials if one.number == judgement.trial), None)
    decision: Mapping[str, Any] = judgement.decision
    rows: Rows = [
        ("candidate", f"trial {judgement.trial} of study {flat(study.name)}"),
        ("against", judgement.rival or "the coin and every simple rule: there is no champion"),
        ("accuracy when it was tuned", accuracy_text(trial) if trial else "-"),
        ("accuracy on the hold-out", _holdout_accuracy(decision)),
        ("hold-out", _holdout_text(study, judgement)),
        ("judged", judgement.when),
    ]
    if decision:
        m, limits = decision["evidence"]["candidates"], decision["thresholds"]
        level = f"{limits['alpha']:g} / {m} configs judged on these candles" if m > 1 else "one try"
        rows.append(("level of the accuracy tests", f"{decision['alpha']:.2g} ({level})"))
    return rows


def _holdout_accuracy(decision: Mapping[str, Any]) -> str:
    found = decision.get("evidence", {}).get("accuracy") or ()
    if not found:
        return "-"
    one = found[0]
    return f"{one['accuracy_candidate']:.4f} (n={one['n_candidate']:,}, bars that moved)"


def _holdout_text(study: StudyRecord, judgement: Judgement) -> str:
    if not study.holdout:
        return "none"
    first, last = (moment_text(study.holdout.get(key)) for key in ("first", "last"))
    count = study.holdout.get("count", 0)
    return f"{count:,} candles, {first} to {last}; {opened_text(judgement.opening)}"


def judgement_lines(study: StudyRecord, judgement: Judgement) -> list[str]:
    """Return the decision for the terminal: the verdict, the facts, one line a test."""
    lines = [headline(judgement), "", *aligned(fact_rows(study, judgement))]
    rows = [tuple(map(flat, row)) for row in finding_rows(judgement)]
    return [*lines, "", *aligned([HEADS, *rows])] if rows else lines


def judgement_markdown(study: StudyRecord, judgement: Judgement) -> str:
    """Return the decision as Markdown."""
    facts = [(name, prose(value)) for name, value in fact_rows(study, judgement)]
    parts = [
        f"# {WORDS[judgement.verdict]}",
        f"**{prose(judgement.sentence)}**",
        table(("", ""), facts),
    ]
    rows = [tuple(prose(cell) for cell in row) for row in finding_rows(judgement)]
    if rows:
        parts += ["## Tests", _LEGEND, table(HEADS, rows)]
    parts.append(f"SHA-256 of the config {code(judgement.config_sha256)}.")
    return "\n\n".join(parts) + "\n"


_LEGEND = (
    "A test that decides must pass for PROMOTE; a guard that fails keeps the champion; a warning "
    "is only told. Shares are in [0, 1]."
)


def judgement_html(study: StudyRecord, judgement: Judgement) -> str:
    """Return the decision as one HTML page that needs nothing else, no network either."""
    parts, intervals, rows = list[str](), intervals_of(judgement), finding_rows(judgement)
    if intervals:
        least = judgement.decision["thresholds"]["min_improvement"]
        parts.append(interval_svg(intervals, least))
    parts.append(html_table(fact_rows(study, judgement)))
    if rows:
        parts += [f"<h2>Tests</h2><p>{html_text(_LEGEND)}</p>", html_table(rows, HEADS)]
    return html_page(
        WORDS[judgement.verdict],
        judgement.sentence,
        parts,
        f"{candles_text(study.candles)}. SHA-256 of the config {judgement.config_sha256}.",
        colour=_COLOURS[judgement.verdict],
    )


def intervals_of(judgement: Judgement) -> list[Interval]:
    """Return the candidate's differences to all that it was compared with, the coin included."""
    found = judgement.decision.get("evidence", {}).get("accuracy") or ()
    return [
        Interval(
            str(one["rival"]),
            *(float(one["bootstrap"][key]) for key in ("difference", "low", "high")),
        )
        for one in found
    ]


def judgement_files(study: StudyRecord, judgement: Judgement) -> dict[str, str]:
    """Return the files of a decision by their endings: HTML, Markdown, and every number."""
    content = {"study": study.name, "study_uid": study.uid, **asdict(judgement)}
    return {
        "html": judgement_html(study, judgement),
        "md": judgement_markdown(study, judgement),
        "json": json.dumps(content, indent=2, allow_nan=False) + "\n",
    }


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
