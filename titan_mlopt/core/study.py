"""A study as it is stored, its baselines, its listeners, and the request to stop it early."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from titan_mlopt.core.findings import FreshDecision, GateDecision, PlaceboRun, RobustnessResult
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.trial import Checkpoint, Metrics, TrialRecord


@dataclass(frozen=True, slots=True)
class Baseline:
    """A score that trials have to beat, on the bars that trials are scored on.

    Attributes:
        name: Unique within a study.
        kind: "rule" for a naive rule; "default" or "champion" for a config that ran like a trial.
        state: COMPLETE or FAIL.
        metrics: As of a trial; a rule has fewer.
        values: Objective values as of a trial; () unless COMPLETE.
        detail: Version of a champion, or why the baseline failed; else "".
        config_sha256: SHA-256 of the config's JSON, "" for a rule.
    """

    name: str
    kind: str
    state: str
    metrics: Metrics = field(default_factory=dict)
    values: tuple[float, ...] = ()
    detail: str = ""
    config_sha256: str = ""

    def metric(self, name: str) -> float | None:
        """Return the metric of that name, None where the baseline has none."""
        return self.metrics.get(name)


@dataclass(frozen=True, slots=True)
class Champion:
    """The registered config that has the alias champion.

    Attributes:
        version: Its version in the registry.
        config: The config, {} when it cannot be used.
        fault: Why it cannot be used, "" when it can.
        seed: Seed of the study that found it.
        manifest: Of its version: where the config comes from, and what it was tuned on.
    """

    version: str
    config: Params
    fault: str = ""
    seed: int = 0
    manifest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of the sealed hold-out.

    Attributes:
        when: ISO 8601, UTC.
        why: What it was opened for.
        config_sha256: SHA-256 of the config that was scored on it.
    """

    when: str
    why: str
    config_sha256: str


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study as it is stored.

    Attributes:
        uid: Unique id, "" for a study of another program.
        name: Name in its storage.
        objective: "accuracy", "sharpe" or "multi".
        directions: Optuna's direction of each objective.
        candles: ``Candles.describe`` of the candles that the trials see.
        backtest: Identity of the backtest: path, version, sha256.
        space_sha256: Digest of the search space.
        settings: ``TunerConfig.as_dict``, and the path of the candles.
        trials: Every trial, oldest first.
        scoring: The settings that values must share to be comparable.
        holdout: Description of the sealed candles, {} without a hold-out.
        openings: Openings of the hold-out so far.
        baselines: Scores that the trials have to beat.
        findings: Findings of evaluations by the name of their kind (report/findings/kinds.py).
        sources: SHA-256 by module of an external backtest's sources; {} where unknown.
        closes: ``SampledCloses`` of the candles that the trials see; {} where unknown.
    """

    uid: str
    name: str
    objective: str
    directions: tuple[str, ...]
    candles: Mapping[str, Any]
    backtest: Mapping[str, Any]
    space_sha256: str
    settings: Mapping[str, Any]
    trials: tuple[TrialRecord, ...]
    scoring: Mapping[str, Any] = field(default_factory=dict)
    holdout: Mapping[str, Any] = field(default_factory=dict)
    openings: tuple[Opening, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    findings: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    closes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def placebos(self) -> tuple[PlaceboRun, ...]:
        """The placebo runs, ordered by their number of trials, then by number."""
        runs: tuple[PlaceboRun, ...] = self.findings.get("placebo", ())
        return runs

    @property
    def gate_decisions(self) -> tuple[GateDecision, ...]:
        """The decisions of the gate, oldest first."""
        decisions: tuple[GateDecision, ...] = self.findings.get("gate", ())
        return decisions

    @property
    def fresh_decisions(self) -> tuple[FreshDecision, ...]:
        """The last look at fresh candles of each config that had one, oldest first."""
        decisions: tuple[FreshDecision, ...] = self.findings.get("fresh", ())
        return decisions

    @property
    def robustness(self) -> RobustnessResult | None:
        """The robustness of the best configs; None when it was not evaluated."""
        result: RobustnessResult | None = self.findings.get("robustness")
        return result


class StudyListener(Protocol):
    """Callbacks of the coordinator, called in the order of events; they must not block."""

    def trial_started(self, trial: TrialRecord) -> None:
        """Handle a trial that was handed to a worker."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Handle a checkpoint of a running trial."""

    def trial_finished(self, trial: TrialRecord) -> None:
        """Handle a trial that has ended and is stored."""


@dataclass
class StopRequest:
    """A request to end a study early, from another thread or a signal handler.

    Attributes:
        event: Set once the study is to stop.
        by: Who asked first, "" when nobody is named.
    """

    event: threading.Event = field(default_factory=threading.Event)
    by: str = ""

    def ask(self, by: str) -> None:
        """Ask for a stop, from any thread or signal handler; only the first author is kept."""
        self.by = self.by or by
        self.event.set()

    def sentence(self, n_done: int, total: int) -> str:
        """Return the sentence for the user: who stopped the study after how many trials."""
        by = f" by {self.by}" if self.by else ""
        return f"Stopped{by} after {n_done} of {total} trials; the same command goes on from here."
