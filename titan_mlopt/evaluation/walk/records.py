"""The plain records of a walk: its steps, what each policy did on them, and the whole of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from titan_mlopt.core.findings import utc_text
from titan_mlopt.core.parameters import Params

#: Policies: the first tuned config for ever; each new one; one that is ahead on the sealed part.
NEVER, ALWAYS, GATED = "never", "always", "gated"
POLICIES = (NEVER, ALWAYS, GATED)
#: What the policies are compared with: the untuned config, and UP on every bar.
DEFAULT, ALWAYS_UP = "default", "always_up"
#: Everything that stands side by side, in the order of tables.
STRATEGIES = (*POLICIES, DEFAULT, ALWAYS_UP)


@dataclass(frozen=True, slots=True)
class CandleRange:
    """Candles that follow each other.

    Attributes:
        start: Index of the first, counted from 0 in the whole file.
        stop: One past the index of the last.
        first_time: Opening time of the first, ISO 8601, UTC.
        last_time: Opening time of the last.
    """

    start: int
    stop: int
    first_time: str
    last_time: str

    def __len__(self) -> int:
        """Return the number of candles."""
        return self.stop - self.start

    @classmethod
    def of(cls, ts: np.ndarray, start: int, stop: int) -> Self:
        """Return the range of these candles.

        Args:
            ts: Opening times of all candles, UTC seconds since 1970, (n,).
            start: Index of the first.
            stop: One past the index of the last, > start.
        """
        return cls(start, stop, utc_text(int(ts[start])), utc_text(int(ts[stop - 1])))


@dataclass(frozen=True, slots=True)
class WalkStep:
    """One step: a window to tune on, and the bars that are traded next.

    Attributes:
        number: Counted from 0.
        train: The candles that trials see.
        sealed: The end of the window, which no trial of the step sees; ``gated`` decides on it.
            Between the two lie the purged candles. None for a walk without a sealed part.
        trade: The bars that are traded: a decision at each of these candles, whose outcome is the
            next candle's close. Those of the next step adjoin.
    """

    number: int
    train: CandleRange
    sealed: CandleRange | None
    trade: CandleRange


@dataclass(frozen=True, slots=True)
class StrategyScore:
    """One policy, or what it is compared with, on the bars of one step.

    Attributes:
        config_sha256: Of the config in force; "" for UP on every bar.
        changed: Whether another config was in force on the step before; False on the first one.
        in_sample: Accuracy of the config on the window that it was tuned on, where it was chosen
            for it; None for what was not tuned.
        n_predictions: Predictions that count.
        hits: Those that came true.
        ece: Expected calibration error, in [0, 1]; None without predictions, and for UP.
        gross: Product of 1 + return of the bars before costs, > 0; 1 without a position.
        net: The same after costs; a position is kept from one step to the next.
        position: At the last bar: 1, -1 or 0.
    """

    config_sha256: str
    changed: bool
    in_sample: float | None
    n_predictions: int
    hits: int
    ece: float | None
    gross: float
    net: float
    position: int

    @property
    def accuracy(self) -> float | None:
        """Hits / predictions, None without predictions."""
        return self.hits / self.n_predictions if self.n_predictions else None


@dataclass(frozen=True, slots=True)
class PairedLead:
    """By how much the candidate is ahead of the config in force on the sealed part.

    Attributes:
        unit: "accuracy" over the decided bars, or "return" per bar after costs.
        difference: Candidate less config in force, in that unit.
        standard_error: Of the difference, >= 0.
    """

    unit: str
    difference: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """A step that has been walked.

    Attributes:
        step: Its ranges.
        study: Name of the child study, in the walk's database.
        candidate: The best config of the child study; None when no trial completed.
        candidate_sha256: Its digest, "" without one.
        in_sample: Its accuracy in the child study; None without one.
        lead: What ``gated`` went by; None on the first step, without a candidate, and where one of
            the two cannot be compared on the sealed part.
        scores: By name, each of ``STRATEGIES``.
        candles_sha256: Digest of all candles up to the outcome of the last traded bar.
    """

    step: WalkStep
    study: str
    candidate: Params | None
    candidate_sha256: str
    in_sample: float | None
    lead: PairedLead | None
    scores: Mapping[str, StrategyScore]
    candles_sha256: str


@dataclass(frozen=True, slots=True)
class StrategySummary:
    """One policy, or what it is compared with, over all steps.

    Attributes:
        n_predictions: Predictions that count.
        accuracy: Over all of them; None without any.
        changes: How often another config came into force after the first step.
        turnover: Changes per step after the first, in [0, 1]; 0 for fewer than 2 steps.
        in_sample: Mean over the steps of the accuracy that the config in force had where it was
            tuned; None for what was not tuned.
        efficiency: Walk-forward efficiency: (accuracy later − 1/2) / (accuracy in-sample − 1/2),
            1 where nothing was lost; None where the in-sample accuracy is not above 1/2.
        equity_gross: Equity after each step before costs, from 1 on.
        equity: The same after costs.
    """

    n_predictions: int
    accuracy: float | None
    changes: int
    turnover: float
    in_sample: float | None
    efficiency: float | None
    equity_gross: tuple[float, ...]
    equity: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class WalkResult:
    """A walk as far as it has come.

    Attributes:
        policy: Whose config in force the child studies start from.
        settings: What the walk was asked for, by setting.
        candles: ``Candles.describe`` of the file as it was last read.
        backtest: Identity of the backtest.
        steps: Those that have been walked, in order.
        strategies: Each of ``STRATEGIES`` over them, by name.
    """

    policy: str
    settings: Mapping[str, Any]
    candles: Mapping[str, Any]
    backtest: Mapping[str, Any]
    steps: tuple[StepOutcome, ...]
    strategies: Mapping[str, StrategySummary]
