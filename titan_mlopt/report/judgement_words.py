"""A decision of the gate in words, numbers and one picture: for the terminal, Markdown and HTML."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from titan_mlopt.judgements import Judgement
from titan_mlopt.records import StudyRecord
from titan_mlopt.report.interval_svg import Interval, interval_svg
from titan_mlopt.report.markdown import code, flat, prose, table
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
    colour = _COLOURS[judgement.verdict]
    intervals = intervals_of(judgement)
    picture = ""
    if intervals:
        picture = interval_svg(intervals, judgement.decision["thresholds"]["min_improvement"])
    rows = finding_rows(judgement)
    tests = f"<h2>Tests</h2><p>{_escaped(_LEGEND)}</p>{_table(rows, HEADS)}" if rows else ""
    title = f"{WORDS[judgement.verdict]}: trial {judgement.trial} of {study.name}"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{_escaped(title)}</title>
<style>{_STYLE}</style></head><body>
<h1 style="color:{colour}">{_escaped(WORDS[judgement.verdict])}</h1>
<p class="why">{_escaped(judgement.sentence)}</p>
{picture}
{_table(fact_rows(study, judgement))}
{tests}
<p class="small">{_escaped(candles_text(study.candles))}. SHA-256 of the config
{_escaped(judgement.config_sha256)}.</p>
</body></html>
"""


_STYLE = (
    "body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1f2933;line-height:1.45}h1{margin-bottom:.2rem}.why{font-size:1.15rem}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}"
    "td,th{border-bottom:1px solid #e3e8ed;padding:.3rem .7rem .3rem 0;text-align:left;"
    "vertical-align:top}.passed{color:#2f855a}.failed{color:#b83a3a;font-weight:600}"
    ".small{color:#5b6670;font-size:.8rem;overflow-wrap:anywhere}svg{max-width:100%;height:auto}"
)


def _table(rows: Sequence[tuple[str, ...]], heads: Sequence[str] = ()) -> str:
    head = "".join(f"<th>{_escaped(cell)}</th>" for cell in heads)
    lines = [f"<tr>{head}</tr>"] if heads else []
    for row in rows:
        cells = "".join(f"<td{_class(cell)}>{_escaped(cell)}</td>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _class(cell: str) -> str:
    return f' class="{cell}"' if cell in ("passed", "failed") else ""


def _escaped(words: str) -> str:
    return html.escape(flat(words))


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
