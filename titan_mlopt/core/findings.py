"""Findings about a finished study: gate decisions, placebo runs, robustness.

Plain records. Each is stored in a study attribute of its own (``key``), so that two processes may
write findings at the same time without losing one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from titan_mlopt.core.parameters import digest
from titan_mlopt.core.plain import read_plain
from titan_mlopt.core.study_attributes import DecisionNumbers, DecisionPart

T = TypeVar("T")

#: Study attributes; all but the third are prefixes, followed by a dot and a suffix.
PLACEBO, DECISION, PLATEAU, FRESH = (
    f"titan_mlopt.{key}" for key in ("placebo", "decision", "plateau", "fresh")
)
#: Verdicts of the gate.
PROMOTE, KEEP_CHAMPION, CANNOT_TELL = "PROMOTE", "KEEP_CHAMPION", "CANNOT_TELL"
#: Key in ``GateDecision.decision`` of an ensemble: numbers of its trials, the best one first.
MEMBERS = "members"
#: Status of one check of the gate.
PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"


@dataclass(frozen=True, slots=True)
class PlaceboRun:
    """One repetition of a study on placebo candles.

    Attributes:
        number: Counted from 0.
        seed: Seed of the placebo candles and of the sampler.
        n_trials: Trials of the run; it is compared with as many first trials of the study.
        best: Highest objective value, None when no trial completed.
    """

    number: int
    seed: int
    n_trials: int
    best: float | None

    @property
    def key(self) -> str:
        """The study attribute: a run replaces one with the same number and ``n_trials``."""
        return f"{PLACEBO}.{self.n_trials}.{self.number}"


@dataclass(frozen=True, slots=True)
class GateDecision:
    """One decision of the gate, with the evidence for it.

    Attributes:
        when: ISO 8601, UTC.
        trial: Number of the trial under test.
        config_sha256: SHA-256 of the config under test.
        verdict: PROMOTE, KEEP_CHAMPION or CANNOT_TELL.
        sentence: Why, for the user.
        rival: The champion, as "titan-config version 3"; "" without one.
        rival_sha256: SHA-256 of the champion's config.
        opening: How often the hold-out had been opened, this time included.
        decision: ``gate.decision.Decision.to_dict``, {} when nothing was scored.
    """

    when: str
    trial: int
    config_sha256: str
    verdict: str
    sentence: str
    rival: str
    rival_sha256: str
    opening: int
    decision: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What was judged: ``config`` or ``ensemble``."""
        return "ensemble" if self.decision.get(MEMBERS) else "config"

    @property
    def judged(self) -> str:
        """What was judged, in words: ``trial 3``, or ``ensemble of trials 3, 8``."""
        members = self.decision.get(MEMBERS)
        if not members:
            return f"trial {self.trial}"
        return f"ensemble of trials {', '.join(map(str, members))}"

    @property
    def key(self) -> str:
        """The study attribute: two decisions of the same opening get different ones."""
        return f"{DECISION}.{self.opening}.{digest(asdict(self))[:8]}"


@dataclass(frozen=True, slots=True)
class FreshDecision(GateDecision):
    """The decision of the last look at candles after the study's, with the evidence so far.

    Fields as of ``GateDecision``; the hold-out is not opened for it. In ``decision`` there is
    ``fresh`` too, a ``gate.fresh.FreshEvidence``.
    """

    @property
    def key(self) -> str:
        """The study attribute: a later look at the same config replaces this one."""
        return f"{FRESH}.{self.config_sha256[:16]}"


@dataclass(frozen=True, slots=True)
class RobustnessEntry:
    """The robustness of one of the best configs.

    Attributes:
        trial: Number of its trial.
        score: Its own mean score over the segments.
        floor: Lower quartile of its neighbours' mean scores.
        drop: Score − the median of its neighbours' mean scores.
        standard_error: Of its score, from the segments; None for one segment.
        eligible: Whether its score is within one standard error of the best one's.
        neighbours: Mean score of each neighbour that could be scored.
    """

    trial: int
    score: float
    floor: float
    drop: float
    standard_error: float | None
    eligible: bool
    neighbours: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ParameterSensitivity:
    """How much score the perturbation of one parameter costs, the others held fixed.

    Attributes:
        parameter: Its name.
        loss: Score lost at the full width of the perturbation, by least squares; negative for a
            gain.
        standard_error: Of the loss; None with too few neighbours.
    """

    parameter: str
    loss: float
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class RobustnessResult:
    """Whether the best config lies on a plateau of the objective.

    Attributes:
        when: ISO 8601, UTC.
        n_trials: Trials of the study at that time.
        metric: Unit of the scores: "accuracy", "sharpe", or "weighed" for both.
        segments: Number of segments that each config was scored on.
        width: Width of the perturbation, as a share of each range.
        seed: Seed of the perturbations.
        best: Number of the best trial.
        flattest: Number of the trial whose neighbours do best.
        entries: The best configs, best first.
        parameters: The largest loss first.
    """

    when: str
    n_trials: int
    metric: str
    segments: int
    width: float
    seed: int
    best: int
    flattest: int
    entries: tuple[RobustnessEntry, ...]
    parameters: tuple[ParameterSensitivity, ...]

    @property
    def key(self) -> str:
        """The study attribute: a newer result replaces the older one."""
        return PLATEAU


Finding = PlaceboRun | GateDecision | RobustnessResult


def utc_text(seconds: float) -> str:
    """Return UTC seconds since 1970 as ISO 8601 text, such as 2024-01-01T00:00:00Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def findings_below(attrs: Mapping[str, Any], key: str, kind: type[T]) -> list[T]:
    """Return the findings in all attributes whose name begins with ``key`` and a dot.

    Raises:
        PlainError: One is no finding of this kind.
    """
    return [
        read_finding(kind, value, name)
        for name, value in attrs.items()
        if name.startswith(f"{key}.")
    ]


def read_finding(kind: type[T], value: Any, name: str) -> T:
    """Return a finding of its plain value; ``name`` is that of its attribute or tag.

    Raises:
        PlainError: It is no finding of this kind.
    """
    finding = read_plain(kind, value, name)
    if isinstance(finding, GateDecision):
        read_plain(DecisionPart, value, name)
        if finding.decision:
            read_plain(DecisionNumbers, finding.decision, name, "decision")
    return finding
