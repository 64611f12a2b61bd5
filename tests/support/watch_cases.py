"""A stand-in for production that writes predictions, and decisions of the gate with figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from support.apply_cases import NAME, bundle_of, register
from support.gate_cases import market, predictor
from titan_mlopt.analysis.summary import plain_json
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.findings import GateDecision
from titan_mlopt.evaluation.gate.decision import decide
from titan_mlopt.evaluation.gate.evidence import build_evidence
from titan_mlopt.tracking.registry.verdict_tags import write_decision
from titan_mlopt.tracking.store import open_client

MANIFEST: Mapping[str, Any] = {
    "scoring": {"unchanged": "skip", "cost_bps": 0.0},
    "candles": {"interval_s": 60},
}


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def live(n: int, *, accuracy: float = 0.55, seed: int = 0, coverage: float = 0.8) -> BacktestStats:
    """Bars of a live run that is right on this share of the bars that move."""
    returns, _ = market(n, rng(seed, 1))
    return predictor(
        returns, rng(seed, 2), accuracy=accuracy, coverage=coverage, confidence=0.55, traded=1.0
    )


def lines_of(stats: BacktestStats) -> list[str]:
    """Return each bar as the line that production writes for it."""
    names = {1: "UP", -1: "DOWN", 0: "FLAT"}
    rows = zip(stats.direction, stats.confidence, stats.returns, strict=True)
    return [
        json.dumps(
            {
                "decision": {"direction": names[int(side)], "confidence": float(sure)},
                "outcome": {"direction": names[int(np.sign(move))], "return": float(move)},
            }
        )
        for side, sure, move in rows
    ]


def write(path: Path, stats: BacktestStats) -> None:
    """Append the bars, as a live run does."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines_of(stats))


@cache
def _content(n: int, resamples: int) -> str:
    evidence = build_evidence(live(n, seed=7), resamples=resamples)
    return json.dumps(plain_json(asdict(decide(evidence))))


def decision(n: int = 4000, *, resamples: int = 4999, **content: Any) -> GateDecision:
    """Return a decision on a hold-out of ``n`` bars of the same law as ``live``."""
    numbers = {**json.loads(_content(n, resamples)), **content}
    when = "2026-01-01T00:00:00Z"
    return GateDecision(when, 3, "c" * 64, "PROMOTE", "Better.", "", "", 1, numbers)


def judged(uri: str, folder: Path, config: Mapping[str, Any], **content: Any) -> str:
    """Register a config, judged on a hold-out, as the champion; return its version."""
    bundle = bundle_of(config)
    bundle = replace(bundle, manifest={**bundle.manifest, **MANIFEST})
    register(uri, folder, bundle)
    client = open_client(uri)
    number = str(client.get_model_version_by_alias(NAME, "champion").version)
    write_decision(client, NAME, number, bundle, decision(**content))
    return number
