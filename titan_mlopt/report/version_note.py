"""A registered version in words: what it is, on which data, and what its numbers are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from titan_mlopt.bundle import Bundle
from titan_mlopt.records import COMPLETE, TrialOutcome, TrialRecord
from titan_mlopt.report.phrases import accuracy_text, ece_text, sharpe_text
from titan_mlopt.report.summary import metric_of

#: Metrics that stand in no sentence of their own.
_OTHERS = ("coverage", "brier", "log_loss", "max_drawdown", "total_return", "turnover", "n_traded")


def describe_version(bundle: Bundle) -> str:
    """Return the version's description in Markdown, well below the 5,000 letters of MLflow's."""
    manifest = bundle.manifest
    study, candles, backtest = (manifest[key] for key in ("study", "candles", "backtest"))
    trial = trial_of(manifest["metrics"], manifest["trial"])
    verdict = verdict_of(manifest)
    rows = [("accuracy", accuracy_text(trial)), ("ECE", ece_text(trial))]
    rows += [("Sharpe, annualised", sharpe_text(trial))]
    others = [(name, metric_of(trial, name)) for name in _OTHERS]
    rows += [(name, "-" if value is None else f"{value:.4g}") for name, value in others]
    span = " to ".join(_code(candles[key]) for key in ("first", "last") if key in candles)
    lines = [
        f"Best config of study {_code(study['name'])}, trial {manifest['trial']}, tuned with "
        f"{_code(backtest.get('path'))}.",
        f"Verdict: {_code(verdict)}." if verdict else "Verdict: none yet.",
        "\n".join(["| metric | value |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)]),
        "Its metrics are in-sample: the best of many trials looks better than it is.",
        f"Candles: {_code(candles.get('name'))}, {candles.get('count')} of them"
        f"{', ' if span else ''}{span}.",
        f"SHA-256 of the candles {_code(candles.get('sha256'))}, of the config "
        f"{_code(bundle.config_sha256)}.",
    ]
    return "\n\n".join(lines) + "\n"


def trial_of(metrics: Mapping[str, float | None], number: int) -> TrialRecord:
    """Return metrics as the trial that they are of, for the texts that tell a trial's worth."""
    outcome = TrialOutcome(COMPLETE, metrics=dict(metrics))
    return TrialRecord(number, COMPLETE, {}, None, None, None, outcome)


def verdict_of(manifest: Mapping[str, Any]) -> str | None:
    """Return the verdict's word; None when there is none. It may stand alone or as "decision"."""
    verdict = manifest.get("verdict")
    word = verdict.get("decision") if isinstance(verdict, Mapping) else verdict
    return str(word) if word else None


def _code(text: object) -> str:
    """Return the text in one line, with nothing in it that Markdown would take for its own."""
    return f"`{' '.join(str(text).replace('`', ' ').split())[:300]}`"
