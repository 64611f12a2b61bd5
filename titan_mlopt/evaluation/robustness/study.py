"""A robustness study: the best configs and their neighbours, scored in processes, on segments."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

import numpy as np
import optuna

from titan_mlopt.analysis.ranking import best_feasible, is_multi, scale_of_study
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.splits import split_segments
from titan_mlopt.core.errors import CandleError, StudyError
from titan_mlopt.core.findings import RobustnessEntry, RobustnessResult, utc_text
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.scoring import Scale, enforce_min_predictions
from titan_mlopt.core.space.sampled import SampledSpace
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, Segment, TrialOutcome, TrialRecord
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.robustness.analysis import (
    WIDTH,
    find_flattest,
    parameter_sensitivities,
    perturb_params,
)
from titan_mlopt.executors.factory import open_jobs
from titan_mlopt.executors.run import run_jobs
from titan_mlopt.study.dataset import LEAST_SEGMENT, segment_warm_up
from titan_mlopt.study.storage import studies

#: Segments of a study that has none, where its candles allow as many.
SEGMENTS = 4


class RobustnessListener(Protocol):
    """Receives the progress of a robustness study."""

    def planned(self, runs: int) -> None:
        """Receive the number of runs, before the first one."""

    def ran(self, outcome: TrialOutcome) -> None:
        """Receive the outcome of a run."""


@dataclass(frozen=True)
class RobustnessStudy:
    """What is examined; ``run`` does the work.

    candles: those that the study was tuned on. config: its settings; jobs and scratch folder may be
    others. k: how many of the best configs; m: neighbours of each. stop: set it, and nothing is
    stored. clock: UTC seconds since 1970. sources: SHA-256 by module of what a backtest of others
    must load, as the study's trials did.
    """

    study: optuna.Study
    candles: Candles
    config: TunerConfig
    k: int
    m: int
    stop: threading.Event
    listener: RobustnessListener
    clock: Callable[[], float] = time.time
    sources: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> RobustnessResult | None:
        """Score the configs and their neighbours, store and return the result; None when stopped.

        Raises:
            StudyError: No COMPLETE trial keeps the ECE constraint, or one of the best fails now.
        """
        record = studies.read_study(self.study)
        chosen = best_feasible(record, self.k)
        if not chosen:
            raise StudyError(
                f"study {record.name}: must have a COMPLETE trial within its ECE constraint, got "
                "none; tune it first"
            )
        neighbours = [self._neighbours(trial) for trial in chosen]
        plan = [
            params
            for trial, (around, _) in zip(chosen, neighbours, strict=True)
            for params in (trial.params, *around)
        ]
        segments = self._segments()
        outcomes = self._run_all(plan, segments)
        if outcomes is None:
            return None
        self._check_best(chosen, outcomes)
        scores = self._scores(record, outcomes, max(1, len(segments)))
        offsets = np.concatenate([offsets for _, offsets in neighbours])
        result = self._result(record, chosen, scores, offsets)
        studies.save_finding(self.study, result)
        return result

    def _result(
        self,
        record: StudyRecord,
        chosen: Sequence[TrialRecord],
        scores: np.ndarray,
        offsets: np.ndarray,
    ) -> RobustnessResult:
        """Return what the scores say, (k, 1 + m, segments), each config before its neighbours."""
        means = scores.mean(axis=2)
        robustness = find_flattest(scores[:, 0], scores[:, 1:])
        above = (means[:, 1:] - means[:, :1]).ravel()
        names = tuple(self.config.space.ranges)
        return RobustnessResult(
            when=utc_text(self.clock()),
            n_trials=len(record.trials),
            metric="weighed" if is_multi(record) else record.objective,
            segments=scores.shape[2],
            width=WIDTH,
            seed=self.config.seed,
            best=chosen[robustness.best].number,
            flattest=chosen[robustness.flattest].number,
            entries=tuple(
                RobustnessEntry(
                    trial.number,
                    **asdict(score),
                    neighbours=tuple(round(float(value), 6) for value in trial_means[1:]),
                )
                for trial, score, trial_means in zip(chosen, robustness.scores, means, strict=True)
            ),
            parameters=parameter_sensitivities(names, offsets, 0.0, above),
        )

    def _neighbours(self, trial: TrialRecord) -> tuple[list[Params], np.ndarray]:
        """Return the trial's neighbours, and how far each parameter was perturbed, (m, p)."""
        rng = np.random.default_rng([self.config.seed, trial.number])
        space = self.config.space
        sampled = SampledSpace(space) if space.details or space.constraints else None
        rows = [perturb_params(trial.params, space.ranges, rng) for _ in range(self.m)]
        neighbours = [params if sampled is None else sampled.clip(params) for params, _ in rows]
        return neighbours, np.array([offsets for _, offsets in rows])

    def _segments(self) -> tuple[Segment, ...]:
        """Return the study's segments; of a study without any as many as fit, () for one run.

        Of another backtest nothing is known but what the study says.
        """
        warm_up = segment_warm_up(self.config.space)
        if self.config.segments > 1:
            return split_segments(self.candles, self.config.segments, warm_up)
        for k in range(SEGMENTS, 1, -1) if self.config.backtest is None else ():
            try:
                segments = split_segments(self.candles, k, warm_up)
            except CandleError:
                continue
            if min(segment.bars for segment in segments) >= LEAST_SEGMENT:
                return segments
        return ()

    def _run_all(
        self, plan: Sequence[Params], segments: tuple[Segment, ...]
    ) -> list[TrialOutcome] | None:
        """Return the outcome of each config, None when told to stop; no process is left."""
        self.listener.planned(len(plan))
        opened = open_jobs(self.config, self.candles, segments, sources=self.sources)
        with opened as (pool, maker):
            ends = run_jobs(
                pool,
                deque(maker.job(n, maker.config_of(params)) for n, params in enumerate(plan)),
                self.config.timeout_per_trial,
                is_stopped=self.stop.is_set,
                on_end=lambda end: self.listener.ran(end.outcome),
            )
        if self.stop.is_set():
            return None
        return [
            enforce_min_predictions(ends[number].outcome, self.config)
            for number in range(len(plan))
        ]

    def _scores(
        self, record: StudyRecord, outcomes: Sequence[TrialOutcome], n_segments: int
    ) -> np.ndarray:
        """Return each config's score on each segment, (k, 1 + m, segments).

        One that fails, or predicts too rarely, counts as a coin.
        """
        scale = scale_of_study(record)
        rows = [_scores_of(outcome, record, scale, n_segments) for outcome in outcomes]
        return np.array(rows).reshape(-1, self.m + 1, n_segments)

    def _check_best(self, chosen: Sequence[TrialRecord], outcomes: Sequence[TrialOutcome]) -> None:
        for i, trial in enumerate(chosen):
            outcome = outcomes[i * (self.m + 1)]
            if outcome.state != COMPLETE:
                raise StudyError(
                    f"trial {trial.number}: must run again to be compared with its neighbours, got "
                    f"{outcome.reason}: {outcome.message}"
                )


def _scores_of(
    outcome: TrialOutcome, record: StudyRecord, scale: Scale, n_segments: int
) -> list[float]:
    if outcome.state != COMPLETE:
        pairs = [(0.5, 0.0)] * n_segments
    elif outcome.segments:
        pairs = [
            (0.5 if segment.accuracy is None else segment.accuracy, segment.sharpe or 0.0)
            for segment in outcome.segments
        ]
    else:
        pairs = [(outcome.metrics.get("accuracy") or 0.0, outcome.metrics.get("sharpe") or 0.0)]
    if is_multi(record):
        return [scale.weigh(accuracy, sharpe) for accuracy, sharpe in pairs]
    return [sharpe if record.objective == "sharpe" else accuracy for accuracy, sharpe in pairs]
