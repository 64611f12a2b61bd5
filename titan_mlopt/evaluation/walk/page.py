"""The walk on one HTML page that needs no other file: each policy, its equity, the steps."""

from __future__ import annotations

from collections.abc import Sequence

from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.evaluation.walk.picture import draw_equity_svg
from titan_mlopt.evaluation.walk.policies import ACCURACY
from titan_mlopt.evaluation.walk.records import (
    GATED,
    NEVER,
    POLICIES,
    STRATEGIES,
    CandleRange,
    PairedLead,
    StepOutcome,
    StrategyScore,
    StrategySummary,
    WalkResult,
)
from titan_mlopt.evaluation.walk.report import NOT_THE_GATE, TITLES, span_text
from titan_mlopt.report.format import NONE, candles_text, format_value
from titan_mlopt.report.markup import block, html_page, html_table, html_text, markdown_html

# Most steps in the table, so that the page of any walk stays below 2 MB.
_MOST_STEPS = 1000
_POLICY_HEADS = (
    *("policy", "accuracy later", "in-sample", "efficiency", "return", "after costs"),
    *("configs changed", "per step"),
)
_STEP_HEADS = (
    *("step", "tuned on, UTC", "traded, UTC", "candidate in-sample", "ahead on the sealed part"),
    *(f"{name}: {column}" for name in POLICIES for column in ("config", "accuracy", "after costs")),
)
_POLICY_TEXT = (
    "never keeps the first tuned config, always takes each new one, gated one that is ahead of the "
    f"config in force. {NOT_THE_GATE} It asks again at each step, and nothing is corrected for it; "
    "titan-mlopt promote asks the gate."
)
_EFFICIENCY_TEXT = (
    "In-sample is the mean accuracy of the configs in force where they were tuned. Efficiency is "
    "what of its lead over a coin was left later: 1 where nothing was lost, 0 for a coin."
)


def walk_page(result: WalkResult, command: str) -> str:
    """Return the page of a walk: self-contained, below 2 MB for any number of steps.

    Args:
        result: The walk, perhaps without a step yet.
        command: Shell command that walks it again.
    """
    parts = [html_table(_fact_rows(result))]
    if result.steps:
        parts += [
            f"<h2>Policies</h2><p>{html_text(_POLICY_TEXT)}</p>",
            html_table([_policy_row(result, name) for name in STRATEGIES], _POLICY_HEADS),
            f"<p>{html_text(_EFFICIENCY_TEXT)}</p>",
            f"<h2>Equity</h2>{draw_equity_svg(result)}",
            _steps_html(result.steps),
        ]
    parts.append(f"<h2>How to reproduce it</h2>{markdown_html(block(command, 'sh'))}")
    small = (
        f"SHA-256 of the candles {result.candles.get('sha256', NONE)}. "
        f"Backtest {result.backtest.get('path', NONE)}."
    )
    name = result.candles.get("name", NONE)
    return html_page(f"Walk through {name}", _sentence(result), parts, small)


def _sentence(result: WalkResult) -> str:
    """Return how the policy gated did beside the policy never."""
    if not result.steps:
        return "No step has been walked yet."
    gated, never = (result.strategies[name] for name in (GATED, NEVER))
    if gated.accuracy is None or never.accuracy is None:
        hits = "without a prediction there is no accuracy to compare"
    else:
        points = 100 * (gated.accuracy - never.accuracy)
        hits = (
            f"gated was right on {gated.accuracy:.2%} of its predictions, never on "
            f"{never.accuracy:.2%}: {points:+.2f} points"
        )
    returns = " and ".join(f"{_return(strategy.equity[-1])}" for strategy in (gated, never))
    return f"On the bars traded later {hits}; after costs they returned {returns}."


def _fact_rows(result: WalkResult) -> list[tuple[str, str]]:
    """Return what was walked, with every setting that is one word or number."""
    settings = dict(result.settings)
    train, step, anchored = (settings.pop(key, None) for key in ("train", "step", "anchored"))
    rows = [
        ("candles", candles_text(result.candles)),
        ("re-tuned from", f"the config in force of {result.policy}"),
    ]
    if train is not None and step is not None:
        begin = "from the first candle on" if anchored else "moving"
        rows.append(("windows", f"{train}, {begin}; steps of {step}"))
    if result.steps:
        rows.append(("walked", span_text(result)))
    simple = [
        f"{name} {format_value(value)}"
        for name, value in settings.items()
        if isinstance(value, str | int | float) and name != "policy"
    ]
    return [*rows, ("settings", ", ".join(simple) or NONE)]


def _policy_row(result: WalkResult, name: str) -> tuple[str, ...]:
    summary, tuned = result.strategies[name], name in POLICIES
    return (
        TITLES[name],
        _accuracy_text(summary),
        _share(summary.in_sample),
        format_value(summary.efficiency, "+.2f"),
        _return(summary.equity_gross[-1]),
        _return(summary.equity[-1]),
        str(summary.changes) if tuned else NONE,
        f"{summary.turnover:.2f}" if tuned else NONE,
    )


def _accuracy_text(summary: StrategySummary) -> str:
    """Return the accuracy with n and its 95 % Wilson interval, or ``-``."""
    n = summary.n_predictions
    if summary.accuracy is None:
        return NONE
    low, high = wilson_interval(summary.accuracy * n, n)
    return f"{summary.accuracy:.4f} (n={n:,}, 95 % {low:.3f} to {high:.3f})"


def _steps_html(steps: Sequence[StepOutcome]) -> str:
    """Return the table of the last steps; ``new`` marks a config that came into force."""
    last_steps = steps[-_MOST_STEPS:]
    text = "A config that came into force at a step is marked new."
    if omitted := len(steps) - len(last_steps):
        text += f" These are the last {len(last_steps):,} steps; {omitted:,} went before."
    rows = html_table([_step_row(outcome) for outcome in last_steps], _STEP_HEADS)
    return f'<h2>Steps</h2><p>{html_text(text)}</p>\n<div class="wide">{rows}</div>'


def _step_row(outcome: StepOutcome) -> tuple[str, ...]:
    step = outcome.step
    cells = [cell for name in POLICIES for cell in _score_cells(outcome.scores[name])]
    return (
        *(str(step.number), _span(step.train), _span(step.trade)),
        *(_share(outcome.in_sample), _lead_text(outcome.lead), *cells),
    )


def _score_cells(score: StrategyScore) -> tuple[str, str, str]:
    config = score.config_sha256[:6] or NONE
    return f"{config}{', new' * score.changed}", _share(score.accuracy), _return(score.net)


def _lead_text(lead: PairedLead | None) -> str:
    """Return a lead with its standard error: points of accuracy, or basis points of a return."""
    if lead is None:
        return NONE
    scale, unit = (100, "points") if lead.unit == ACCURACY else (10_000, "bp a bar")
    return f"{scale * lead.difference:+.3f} ± {scale * lead.standard_error:.3f} {unit}"


def _span(candles: CandleRange) -> str:
    return f"{_time(candles.first_time)} to {_time(candles.last_time)}"


def _time(moment: str) -> str:
    """Return an ISO time without its seconds."""
    return moment[:16].replace("T", " ")


def _share(value: float | None) -> str:
    return format_value(value, ".4f")


def _return(equity: float) -> str:
    return f"{equity - 1:+.2%}"
