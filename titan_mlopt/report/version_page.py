"""The page of a registered version: its origin, data, metrics and the gate's decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from titan_mlopt.analysis.summary import metric_of
from titan_mlopt.core.backtest_id import is_embedded
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.findings import GateDecision
from titan_mlopt.core.scoring import sharpe_costs
from titan_mlopt.core.trial import COMPLETE, TrialOutcome, TrialRecord
from titan_mlopt.report.findings.gate import check_rows, headline, opened_text
from titan_mlopt.report.format import accuracy_text, ece_text, sharpe_text
from titan_mlopt.report.markup import prose

#: Metrics that stand in no sentence of their own.
_FURTHER_METRICS = (
    "coverage",
    "brier",
    "log_loss",
    "max_drawdown",
    "total_return",
    "turnover",
    "break_even_bps",
    "n_traded",
)
# What MLflow's store keeps of a description, and of what people write the most that is shown.
_MOST_LETTERS, _MOST_OF_TEXT, _MOST_FORCED, _MOST_MEMBERS = 4900, 300, 3, 20


@dataclass(frozen=True, slots=True)
class Forced:
    """A promotion without the gate's word: when (ISO, UTC), by whom (user@host) and why.

    verdict: the gate's last word on the version then, or "not asked".
    """

    at: str
    who: str
    reason: str
    verdict: str


def describe_version(
    bundle: Bundle,
    judgement: GateDecision | None = None,
    openings: int = 0,
    forced: Sequence[Forced] = (),
) -> str:
    """Return the version's description in Markdown, below the 5,000 letters of MLflow's.

    judgement: the gate's last decision. openings: of the study's hold-out so far. forced: oldest
    first; the last three are shown.
    """
    manifest = bundle.manifest
    candles, backtest = manifest["candles"], manifest["backtest"]
    trial = trial_of(manifest["metrics"], manifest["trial"])
    verdict = verdict_of(manifest)
    rows = [("accuracy", accuracy_text(trial)), ("ECE", ece_text(trial))]
    rows += [(f"Sharpe, annualised, {costs_of(manifest)}", sharpe_text(trial))]
    further = [(name, metric_of(trial, name)) for name in _FURTHER_METRICS]
    rows += [(name, "-" if value is None else f"{value:.4g}") for name, value in further]
    span = " to ".join(_code(candles[key]) for key in ("first", "last") if key in candles)
    verdict_line = f"Verdict: {_code(verdict)}." if verdict else "Verdict: none yet."
    lines = [
        f"{_origin(bundle)}, tuned with {_code(backtest.get('path'))}.",
        *(_forced_line(promotion) for promotion in forced[-_MOST_FORCED:]),
        verdict_line if judgement is None else _judged(judgement, openings),
        "\n".join(["| metric | value |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)]),
        "Its metrics are in-sample: the best of many trials looks better than it is.",
        f"Candles: {_code(candles.get('name'))}, {candles.get('count')} of them"
        f"{', ' if span else ''}{span}.",
        f"SHA-256 of the candles {_code(candles.get('sha256'))}, of the "
        f"{'config' if bundle.ensemble is None else 'ensemble'} {_code(bundle.decider_sha256)}.",
    ]
    text = "\n\n".join(lines) + "\n"
    tests = _tests(judgement) if judgement else ""
    return text + tests if len(text) + len(tests) <= _MOST_LETTERS else text[:_MOST_LETTERS]


def _origin(bundle: Bundle) -> str:
    """Return what it is and where it is from; readers of an ensemble's config learn whose it is."""
    study, ensemble = _code(bundle.manifest["study"]["name"]), bundle.ensemble
    if ensemble is None:
        return f"Best config of study {study}, trial {bundle.manifest['trial']}"
    trials = ", ".join(map(str, ensemble.trials[:_MOST_MEMBERS]))
    more = " …" if len(ensemble.trials) > _MOST_MEMBERS else ""
    return (
        f"Ensemble of {len(ensemble.trials)} configs of study {study} that vote, trials "
        f"{trials}{more}; `config.json` is that of trial {ensemble.trials[0]}, for readers that "
        "cannot vote"
    )


def _forced_line(promotion: Forced) -> str:
    reason = " ".join(promotion.reason.split())
    return (
        f"**Promoted without the gate's word** (its last: {_code(promotion.verdict)}) on "
        f"{_code(promotion.at)} by {_code(promotion.who)}: {prose(reason[:_MOST_OF_TEXT])}"
    )


def _judged(judgement: GateDecision, openings: int) -> str:
    against = _code(judgement.rival) if judgement.rival else "the coin and every simple rule"
    return (
        f"**{prose(headline(judgement))}** Judged on {_code(judgement.when)} against {against}; "
        f"{opened_text(max(openings, judgement.opening))}."
    )


def _tests(judgement: GateDecision) -> str:
    """Return every test of the gate as a table, "" when nothing was scored."""
    rows = [row[:5] for row in check_rows(judgement)]
    if not rows:
        return ""
    heads = ["| test | role | value | threshold | status |", "|---|---|---|---|---|"]
    return "\n".join(["", *heads, *(f"| {' | '.join(map(prose, row))} |" for row in rows)]) + "\n"


def trial_of(metrics: Mapping[str, float | None], number: int) -> TrialRecord:
    """Return metrics as the trial that they are of, for the texts that tell a trial's worth."""
    outcome = TrialOutcome(COMPLETE, metrics=dict(metrics))
    return TrialRecord(number, COMPLETE, {}, None, None, None, outcome)


def costs_of(manifest: Mapping[str, Any]) -> str:
    """Return whether a version's Sharpe ratio is before or after costs; "unknown costs" if unsaid.

    Older versions do not say how they were scored: the embedded backtest's are before costs.
    """
    embedded = is_embedded(manifest["backtest"])
    scoring = manifest.get("scoring", {} if embedded else None)
    return "unknown costs" if scoring is None else sharpe_costs(scoring, embedded=embedded)


def verdict_of(manifest: Mapping[str, Any]) -> str | None:
    """Return the verdict's word; None when there is none. It may stand alone or as "decision"."""
    verdict = manifest.get("verdict")
    name = verdict.get("decision") if isinstance(verdict, Mapping) else verdict
    return str(name) if name else None


def _code(text: object) -> str:
    """Return the text in one line, with nothing in it that Markdown would take for its own."""
    return f"`{' '.join(str(text).replace('`', ' ').split())[:300]}`"
