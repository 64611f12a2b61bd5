"""Walks as plain records, whose numbers are chosen and not measured."""

from __future__ import annotations

from collections.abc import Sequence

from titan_mlopt.evaluation.walk.policies import ACCURACY
from titan_mlopt.evaluation.walk.records import (
    ALWAYS,
    ALWAYS_UP,
    DEFAULT,
    GATED,
    NEVER,
    CandleRange,
    PairedLead,
    StepOutcome,
    StrategyScore,
    WalkResult,
    WalkStep,
)
from titan_mlopt.evaluation.walk.summary import summarise_steps

#: 2025-01-01T00:00:00Z.
_START, _DAY = 1_735_689_600, 1440
SETTINGS = {
    **{"policy": "gated", "train": "3d", "step": "1d", "anchored": False},
    **{"trials": 50, "holdout": 0.2, "cost_bps": 1.0, "space": {"ranges": {}}},
}


def score(sha256: str, hits: int, net: float, **changes: object) -> StrategyScore:
    """Return the score of 1,000 predictions; before costs 2 % more than after them."""
    fields = {
        **{"config_sha256": sha256, "changed": False, "in_sample": 0.55},
        **{"n_predictions": 1000, "hits": hits, "ece": 0.03},
        **{"gross": 1.02 * net, "net": net, "position": 1},
    }
    return StrategyScore(**{**fields, **changes})  # type: ignore[arg-type]  # chosen by name


def outcome(number: int, lead: PairedLead | None = None, gated: int = 0) -> StepOutcome:
    """Return a step of one day after a window of three.

    The candidates' digests are a0…, a1… and so on; gated: number of the one in force there.
    """
    ts = range(_START, _START + (4 + number) * 86_400, 60)
    sealed, trade = (number * _DAY + bar for bar in (3456, 3 * _DAY))
    step = WalkStep(
        number,
        CandleRange.of(ts, number * _DAY, sealed - 2),
        CandleRange.of(ts, sealed, trade),
        CandleRange.of(ts, trade, trade + _DAY),
    )
    candidate = f"a{number}" * 32
    scores = {
        NEVER: score("a0" * 32, 510, 0.99),
        ALWAYS: score(candidate, 500, 0.98, changed=number > 0),
        GATED: score(f"a{gated}" * 32, 520, 1.01, changed=0 < gated == number),
        DEFAULT: score("d0" * 32, 490, 0.97, in_sample=None),
        ALWAYS_UP: score("", 501, 1.0, in_sample=None, ece=None, gross=1.0),
    }
    return StepOutcome(step, f"step-{number:04d}", {}, candidate, 0.56, lead, scores, "c0")


def walk_result(*steps: StepOutcome, settings: dict[str, object] | None = None) -> WalkResult:
    """Return the walk of these steps."""
    return WalkResult(
        policy=GATED,
        settings=SETTINGS if settings is None else settings,
        candles={
            **{"name": "btc.csv", "sha256": "ab12", "count": 40_320, "interval_s": 60, "gaps": 0},
            **{"first": "2025-01-01T00:00:00Z", "last": "2025-01-28T23:59:00Z"},
        },
        backtest={"path": "titan_mlopt.backtest.runner:run_backtest"},
        steps=steps,
        strategies=summarise_steps(steps),
    )


def walked_steps() -> Sequence[StepOutcome]:
    """Return three steps: the first one, one that ``gated`` takes, one that cannot be compared."""
    lead = PairedLead(ACCURACY, 0.0123, 0.0056)
    return outcome(0), outcome(1, lead, gated=1), outcome(2, gated=1)
