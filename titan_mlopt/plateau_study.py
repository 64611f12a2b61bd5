"""The best configs of a study among their neighbours: scored in processes, on segments."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
import optuna

from titan_mlopt.candles import Candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import CandleError, StudyError
from titan_mlopt.judgements import ParameterLoss, PlateauEntry, PlateauResult
from titan_mlopt.params import Params
from titan_mlopt.records import COMPLETE, Segment, StudyRecord, TrialOutcome, TrialRecord
from titan_mlopt.report.ranking import is_multi, ranked_trials, scale_of_study
from titan_mlopt.scoring import Scale, judged, objective_value, scale_of
from titan_mlopt.study import storage
from titan_mlopt.study.coordinator import Plan
from titan_mlopt.study.findings import save_plateau
from titan_mlopt.subject import (
    LEAST_SEGMENT,
    open_scratch,
    put_candles,
    put_segments,
    segment_warm_up,
)
from titan_mlopt.trial.batch import run_jobs
from titan_mlopt.trial.pool import WorkerPool
from titan_mlopt.validation.jitter import WIDTH, jitter_params
from titan_mlopt.validation.plateau import find_plateau, parameter_stability
from titan_mlopt.validation.splits import split_segments

#: Segments of a study that has none, where its candles allow as many.
SEGMENTS = 4


class PlateauListener(Protocol):
    """Told how many runs there are to be, and of each when it is done."""

    def planned(self, runs: int) -> None:
        """Hear how many runs there are to be."""

    def ran(self, outcome: TrialOutcome) -> None:
        """Hear that a run is done."""


@dataclass(frozen=True)
class PlateauStudy:
    """What is looked at; ``run`` does the work.

    candles: those that the study was tuned on. config: its settings; jobs and scratch folder may be
    others. k: how many of the best configs; m: neighbours of each. stop: set it, and nothing is
    stored. clock: UTC seconds since 1970.
    """

    study: optuna.Study
    candles: Candles
    config: TunerConfig
    k: int
    m: int
    stop: threading.Event
    listener: PlateauListener
    clock: Callable[[], float] = time.time

    def run(self) -> PlateauResult | None:
        """Score the configs and their neighbours, store and return the result; None when stopped.

        Raises ``StudyError`` when no COMPLETE trial keeps the ECE constraint, or one of the best
        does not run any more.
        """
        record = storage.read_study(self.study)
        chosen = best_feasible(record, self.k)
        if not chosen:
            raise StudyError(
                f"study {record.name}: must have a COMPLETE trial within its ECE constraint, got "
                "none; tune it first"
            )
        moved = [self._neighbours(trial) for trial in chosen]
        plan = [params for i, one in enumerate(chosen) for params in (one.params, *moved[i][0])]
        segments = self._segments()
        outcomes = self._run_all(plan, segments)
        if outcomes is None:
            return None
        self._check_best(chosen, outcomes)
        scores = self._scores(record, outcomes, max(1, len(segments)))
        offsets = np.concatenate([offsets for _, offsets in moved])
        result = self._result(record, chosen, scores, offsets)
        save_plateau(self.study, result)
        return result

    def _result(
        self,
        record: StudyRecord,
        chosen: Sequence[TrialRecord],
        scores: np.ndarray,
        offsets: np.ndarray,
    ) -> PlateauResult:
        """Return what the scores say, (k, 1 + m, segments), each config before its neighbours."""
        means = scores.mean(axis=2)
        found = find_plateau(scores[:, 0], scores[:, 1:])
        above = (means[:, 1:] - means[:, :1]).ravel()
        stability = parameter_stability(tuple(self.config.space.ranges), offsets, 0.0, above)
        return PlateauResult(
            when=datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            n_trials=len(record.trials),
            metric="weighed" if is_multi(record) else record.objective,
            segments=scores.shape[2],
            width=WIDTH,
            seed=self.config.seed,
            best=chosen[found.best].number,
            flattest=chosen[found.flattest].number,
            entries=tuple(
                PlateauEntry(
                    trial.number,
                    **asdict(terrain),
                    neighbours=tuple(round(float(value), 6) for value in own[1:]),
                )
                for trial, terrain, own in zip(chosen, found.terrains, means, strict=True)
            ),
            parameters=tuple(ParameterLoss(**asdict(one)) for one in stability),
        )

    def _neighbours(self, trial: TrialRecord) -> tuple[list[Params], np.ndarray]:
        """Return the trial's neighbours, and how far each was moved, (m, p)."""
        rng = np.random.default_rng([self.config.seed, trial.number])
        ranges = self.config.space.ranges
        rows = [jitter_params(trial.params, ranges, rng) for _ in range(self.m)]
        return [params for params, _ in rows], np.array([offsets for _, offsets in rows])

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
        scratch = open_scratch(self.config)
        self.listener.planned(len(plan))
        with WorkerPool(self.config.n_jobs, scratch) as pool:
            how = Plan(
                config=self.config,
                n_trials=len(plan),
                candles_path=str(put_candles(self.candles, self.config, scratch)),
                grid=(),
                scale=scale_of(self.candles.describe(), self.config),
                deadline_s=None,
                stop=self.stop,
                interval_s=self.candles.interval_s,
                segments=put_segments(self.candles, segments, self.config, scratch),
            )
            outcomes = run_jobs(
                pool,
                [how.job(number, how.config_of(params)) for number, params in enumerate(plan)],
                self.config.timeout_per_trial,
                stopped=self.stop.is_set,
                on_end=lambda _, outcome: self.listener.ran(outcome),
            )
        if outcomes is None:
            return None
        return [judged(outcomes[number], self.config) for number in range(len(plan))]

    def _scores(
        self, record: StudyRecord, outcomes: Sequence[TrialOutcome], n_segments: int
    ) -> np.ndarray:
        """Return each config's score on each segment, (k, 1 + m, segments).

        One that fails, or predicts too rarely, counts as a coin.
        """
        scale = scale_of_study(record)
        rows = [_scores_of(one, record, scale, n_segments) for one in outcomes]
        return np.array(rows).reshape(-1, self.m + 1, n_segments)

    def _check_best(self, chosen: Sequence[TrialRecord], outcomes: Sequence[TrialOutcome]) -> None:
        for i, trial in enumerate(chosen):
            own = outcomes[i * (self.m + 1)]
            if own.state != COMPLETE:
                raise StudyError(
                    f"trial {trial.number}: must run again to be compared with its neighbours, got "
                    f"{own.reason}: {own.message}"
                )


def best_feasible(record: StudyRecord, k: int) -> list[TrialRecord]:
    """Return the k best COMPLETE trials that keep the ECE constraint, each config once."""
    scale, seen = scale_of_study(record), list[Params]()
    ranked = sorted(
        (one for one in ranked_trials(record) if one.values and not one.violated),
        key=lambda one: (-objective_value(one.values or (), scale), one.number),
    )
    found = []
    for trial in ranked:
        if trial.params not in seen:
            seen.append(trial.params)
            found.append(trial)
    return found[:k]


def _scores_of(
    outcome: TrialOutcome, record: StudyRecord, scale: Scale, n_segments: int
) -> list[float]:
    if outcome.state != COMPLETE:
        pairs = [(0.5, 0.0)] * n_segments
    elif outcome.segments:
        pairs = [
            (0.5 if one.accuracy is None else one.accuracy, one.sharpe or 0.0)
            for one in outcome.segments
        ]
    else:
        pairs = [(outcome.metrics.get("accuracy") or 0.0, outcome.metrics.get("sharpe") or 0.0)]
    if is_multi(record):
        return [scale.weigh(accuracy, sharpe) for accuracy, sharpe in pairs]
    return [sharpe if record.objective == "sharpe" else accuracy for accuracy, sharpe in pairs]
