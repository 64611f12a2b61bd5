"""What is read of a study's attributes, so that a damaged or crafted one is refused at once.

An empty object stands for what is unknown. Keys that are not listed are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict


class Identity(TypedDict, total=False):
    """The backtest, see ``core.backtest_id``."""

    path: str
    version: str
    sha256: str


class CandlesPart(TypedDict, total=False):
    """``Candles.describe``."""

    name: str
    sha256: str
    count: Annotated[int, 0]
    first: str
    last: str
    interval_s: Annotated[float, 0]
    gaps: int


class CountedPart(TypedDict):
    """What must be known of the candles before a hold-out."""

    sha256: str
    count: Annotated[int, 0]


class HoldoutPart(CountedPart):
    """The sealed candles."""

    purged: Annotated[int, 0]
    first: NotRequired[str]
    last: NotRequired[str]


class SpacePart(TypedDict, total=False):
    """What is read of a search space; ``core.space`` reads the rest."""

    ranges: Mapping[str, Any]
    fixed: Mapping[str, float | bool | str]


class ClosesPart(TypedDict, total=False):
    """``SampledCloses``."""

    start: int
    step: int
    closes: Sequence[float | None]


class SettingsPart(TypedDict, total=False):
    """What is read of ``TunerConfig.as_dict``."""

    n_trials: int
    seed: int
    limit: int | None
    symbol: str | None
    cost_bps: float | None
    ece_constraint: float | None
    accuracy_weight: float
    sharpe_weight: float
    space: SpacePart | None
    space_path: str | None
    candles_path: str | None
    backtest_path: str | None
    experiment: str | None
    register_as: str | None


class ScoringPart(TypedDict, total=False):
    """What is read of ``TunerConfig.scoring``."""

    unchanged: str
    segments: int
    warm_up: int
    min_predictions: int
    ece_constraint: float | None


class SamplerPart(TypedDict):
    """Which sampler chooses which point: ``study.samplers.schedule.Schedule``."""

    sampler: str
    gp_points: NotRequired[int]


class _Point(TypedDict):
    source: str
    params: Mapping[str, float | bool | str]


class WarmStartPart(TypedDict):
    """The sources that were asked for, and the start points that came of them."""

    asked: Sequence[str]
    points: Sequence[_Point]


class _Source(TypedDict):
    study: str
    points: Sequence[Sequence[float]]
    values: Sequence[float]


class TransferPart(TypedDict):
    """The sources that were asked for, and what is read of ``study.transfer.StoredSource``."""

    asked: Sequence[str]
    sources: Sequence[_Source]


class _Check(TypedDict):
    test: str
    role: str
    status: str
    value: float | None
    threshold: float | None
    sentence: str


class _Thresholds(TypedDict):
    alpha: float
    min_improvement: float


class _Bootstrap(TypedDict):
    difference: float
    low: float
    high: float


class _Comparison(TypedDict):
    rival: str
    n_candidate: int
    accuracy_candidate: float
    accuracy_rival: float
    bootstrap: _Bootstrap


class _Evidence(TypedDict):
    candidates: int
    has_champion: bool
    accuracy: Sequence[_Comparison]


class _Tuned(TypedDict):
    name: str
    share: float


class _FreshBars(TypedDict):
    first: int
    last: int
    candles: int
    n_bars: int


class _Fresh(TypedDict):
    look: int
    looks: int
    level: float
    needed: float
    e_value: float
    rival: str
    bars_to_go: float | None
    bars: _FreshBars
    curve: Sequence[tuple[int, float]]


class DecisionNumbers(TypedDict):
    """What is read of ``gate.decision.Decision.to_dict``."""

    alpha: float
    thresholds: _Thresholds
    evidence: _Evidence
    findings: NotRequired[Sequence[_Check]]
    tuned: NotRequired[Sequence[_Tuned]]
    look: NotRequired[int]
    rivals: NotRequired[Sequence[str]]
    fresh: NotRequired[_Fresh]


class DecisionPart(TypedDict):
    """What a decision of the gate must be beside its fields' types."""

    verdict: Literal["PROMOTE", "KEEP_CHAMPION", "CANNOT_TELL"]
    decision: NotRequired[Mapping[str, Any]]
