"""A walk in words: a table of its strategies, a table of its steps, a note."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from titan_mlopt.core.scoring import costs_text
from titan_mlopt.evaluation.walk.records import (
    ALWAYS_UP,
    DEFAULT,
    POLICIES,
    STRATEGIES,
    StepOutcome,
    StrategySummary,
    WalkResult,
)
from titan_mlopt.report.markup import table
from titan_mlopt.report.terminal import aligned

#: How tables call the strategies.
TITLES = {
    **{policy: policy for policy in POLICIES},
    **{DEFAULT: "default config", ALWAYS_UP: "always UP"},
}
#: What must be said beside figures of ``gated``.
NOT_THE_GATE = (
    "gated is a policy of the walk, one standard error on the sealed part of each window, and not "
    "the promotion gate."
)
_HEADS = (
    *("policy", "predictions", "accuracy", "in-sample", "efficiency", "changes"),
    *("return before costs", "return"),
)
_NONE = "-"


def strategy_rows(result: WalkResult) -> list[tuple[str, ...]]:
    """Return a row of texts for each strategy, below their heads."""
    return [_HEADS, *(_cells(TITLES[name], result.strategies[name]) for name in STRATEGIES)]


def _cells(title: str, summary: StrategySummary) -> tuple[str, ...]:
    return (
        title,
        f"{summary.n_predictions:,}",
        _number(summary.accuracy, ".4f"),
        _number(summary.in_sample, ".4f"),
        _number(summary.efficiency, ".2f"),
        str(summary.changes),
        *(
            _number(equity[-1] - 1 if equity else None, "+.2%")
            for equity in (summary.equity_gross, summary.equity)
        ),
    )


def _number(value: float | None, form: str) -> str:
    return _NONE if value is None else format(value, form)


def text_lines(result: WalkResult) -> list[str]:
    """Return the walk for a terminal: what was walked, its strategies, and what gated is not."""
    if not result.steps:
        return ["no step has been walked"]
    return [span_text(result), "", *aligned(strategy_rows(result)), "", NOT_THE_GATE]


def span_text(result: WalkResult) -> str:
    """Return in a sentence what was walked; there must be a step."""
    first, last = result.steps[0].step.trade, result.steps[-1].step.trade
    costs = costs_text(float(result.settings.get("cost_bps") or 0.0))
    n = len(result.steps)
    return (
        f"{n} step{'s' if n > 1 else ''} traded from {first.first_time} to {last.last_time}; "
        f"returns {costs}"
    )


def markdown(result: WalkResult) -> str:
    """Return the note of the walk's run."""
    if not result.steps:
        return "No step has been walked."
    heads, *rows = strategy_rows(result)
    return "\n\n".join([span_text(result), table(heads, rows), NOT_THE_GATE])


def steps_csv(steps: Iterable[StepOutcome]) -> str:
    """Return a line for each step and strategy as CSV, with the window, the lead and the score."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        (
            *("step", "train_first", "train_last", "trade_first", "trade_last", "study", "policy"),
            *("config", "changed", "in_sample", "predictions", "hits", "accuracy", "ece"),
            *("return_gross", "return", "lead", "lead_se"),
        )
    )
    for outcome in steps:
        writer.writerows(_step_rows(outcome))
    return text.getvalue()


def _step_rows(outcome: StepOutcome) -> Sequence[tuple[object, ...]]:
    step, lead = outcome.step, outcome.lead
    ranges = step.train, step.trade
    window = (time for part in ranges for time in (part.first_time, part.last_time))
    where = (step.number, *window, outcome.study)
    leads = ("", "") if lead is None else (lead.difference, lead.standard_error)
    return [
        (
            *(*where, name),
            *(score.config_sha256[:12], score.changed, _blank(score.in_sample)),
            *(score.n_predictions, score.hits, _blank(score.accuracy), _blank(score.ece)),
            *(score.gross - 1, score.net - 1, *leads),
        )
        for name, score in outcome.scores.items()
    ]


def _blank(value: float | None) -> float | str:
    return "" if value is None else value
