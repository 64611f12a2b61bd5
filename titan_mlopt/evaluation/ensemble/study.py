"""Makes an ensemble of a study: its members run again, vote, and get the best one's coverage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from titan_mlopt.analysis.ranking import best_configs
from titan_mlopt.analysis.statistics.bootstrap import Difference, ratio_difference
from titan_mlopt.backtest.engine.windows import warm_up_bars
from titan_mlopt.backtest.segments import pool_stats, score_segment, walk_metrics
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.backtest.voting import ballot_of, equal_coverage, mean_votes, voted_stats
from titan_mlopt.candles.splits import split_segments
from titan_mlopt.core.bundle import Bundle, build_bundle, with_ensemble
from titan_mlopt.core.ensemble import Ensemble
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.provenance import git_commit
from titan_mlopt.core.setting import check_whole
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import Metrics, Segment, TrialRecord
from titan_mlopt.core.unchanged import SKIP
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest, HoldoutScore, score_members
from titan_mlopt.evaluation.rerun import Rerun
from titan_mlopt.study.dataset import segment_warm_up, study_segments
from titan_mlopt.tracking.mirror.messages import Registered

#: Members of an ensemble unless told otherwise.
TOP = 5


@dataclass(frozen=True, slots=True, repr=False)
class EnsembleResult:
    """An ensemble with its metrics on the candles that its study was tuned on.

    These are in-sample: the members were chosen on the same candles, and the threshold too.

    Attributes:
        study: Name of the study.
        ensemble: The ensemble.
        metrics: Of its votes, by logged name.
        members: Of each member on the same bars, the best one first.
        difference: Of the accuracies, ensemble less best member, from -1 to 1, with a bootstrap of
            the bars; None where neither predicts a bar that moved.
        version: Of the registered model; None where it was not registered.
    """

    study: str
    ensemble: Ensemble
    metrics: Metrics
    members: tuple[Metrics, ...]
    difference: Difference | None
    version: str | None = None

    def __repr__(self) -> str:
        numbers, best = ", ".join(map(str, self.trials)), self.members[0]
        return (
            f"<ensemble of trials {numbers} of study {self.study}: accuracy "
            f"{self.metrics['accuracy']:.4f}, of trial {self.trials[0]} {best['accuracy']:.4f}>"
        )

    @property
    def trials(self) -> tuple[int, ...]:
        """Numbers of the members' trials, the best one first."""
        return self.ensemble.trials


def choose_members(record: StudyRecord, top: int) -> list[TrialRecord]:
    """Return the best COMPLETE trials by the study's objective, each config once.

    Of two objectives the weighted one counts. A trial that violates the ECE constraint is
    penalised, as in the study.

    Args:
        record: The study.
        top: How many, >= 2.

    Raises:
        ConfigError: ``top`` is below 2, or more than there are.
        StudyError: There are fewer than 2.
    """
    check_whole("top", top, 2)
    members = best_configs(record, top)
    if len(members) < 2:
        raise StudyError(
            f"study {record.name}: must have 2 COMPLETE trials with different configs to make an "
            f"ensemble, got {len(members)}; tune it further"
        )
    if len(members) < top:
        raise ConfigError(
            f"top: must be at most {len(members)}, the different configs of COMPLETE trials of the "
            f"study {record.name}, got {top}; tune it further, or take fewer"
        )
    return members


def make_ensemble(record: StudyRecord, rerun: Rerun, top: int = TOP) -> EnsembleResult:
    """Run the members on the candles that the study was tuned on, and let them vote.

    The threshold of the vote is the one at which the ensemble predicts as many of these bars as its
    best member does. The hold-out stays sealed, and nothing is stored.

    Args:
        record: The study.
        rerun: Its candles, backtest and settings; of an external backtest each bar must have a
            record, by which the votes on the same bar are found.
        top: Number of members, >= 2.

    Raises:
        ConfigError: As of ``choose_members``.
        StudyError: As of ``choose_members``, or a member does not run again.
    """
    trials = choose_members(record, top)
    configs = tuple(build_bundle(record, trial, None).config for trial in trials)
    seed = int(record.settings.get("seed", 0))
    segments = _segments(rerun, configs)
    scores = score_members(
        *(rerun.candles, segments),
        [
            ConfigUnderTest(f"trial {trial.number}", config, seed)
            for trial, config in zip(trials, configs, strict=True)
        ],
        *(rerun.config, rerun.sources),
    )
    stats = [_stats_of(record, member) for (member,) in scores]
    threshold = _threshold(record, [pool_stats(parts) for parts in stats])
    votes = [voted_stats(members, threshold) for members in zip(*stats, strict=True)]
    return EnsembleResult(
        record.name,
        Ensemble(tuple(trial.number for trial in trials), configs, threshold),
        _metrics(votes, segments),
        tuple(_metrics(parts, segments) for parts in stats),
        _difference(pool_stats(votes), pool_stats(stats[0]), seed),
    )


def ensemble_bundle(record: StudyRecord, result: EnsembleResult, commit: str | None) -> Bundle:
    """Return the bundle of an ensemble; arguments as of ``build_bundle``."""
    best = next(trial for trial in record.trials if trial.number == result.trials[0])
    return with_ensemble(build_bundle(record, best, commit), result.ensemble, result.metrics)


def register_ensemble(
    record: StudyRecord,
    result: EnsembleResult,
    name: str,
    db: str,
    notice: Callable[[str], None],
) -> Registered:
    """Register an ensemble as a version; arguments as of ``register_bundle``."""
    from titan_mlopt.tracking.registry.registration import register_bundle  # MLflow: seconds

    return register_bundle(record, ensemble_bundle(record, result, git_commit()), name, db, notice)


def _segments(rerun: Rerun, configs: Sequence[Params]) -> tuple[Segment, ...]:
    """Return the study's segments; of a study without any all bars that each member can predict.

    Of another backtest the warm-up is not known: it gets that of a segment.
    """
    if segments := study_segments(rerun.candles, rerun.config):
        return segments
    if rerun.config.backtest is None:
        warm_up = max(map(warm_up_bars, configs))
    else:
        warm_up = segment_warm_up(rerun.config.space)
    return split_segments(rerun.candles, 1, warm_up)


def _stats_of(record: StudyRecord, scores: Sequence[HoldoutScore]) -> list[BacktestStats]:
    fault = next((score.fault for score in scores if score.stats is None), None)
    if fault is not None:
        raise StudyError(
            f"study {record.name}: its members must run again and be matched bar by bar to vote, "
            f"got: {fault}"
        )
    return [score.stats for score in scores if score.stats is not None]


def _threshold(record: StudyRecord, members: Sequence[BacktestStats]) -> float:
    best, votes = members[0], mean_votes([ballot_of(stats) for stats in members])
    counted = (best.actual != 0) | (best.unchanged != SKIP)
    try:
        return equal_coverage(votes, counted, best.total)
    except ValueError as error:
        raise StudyError(
            f"study {record.name}: its members must have votes with a confidence above .5 to make "
            f"an ensemble, got none where {best.total} predictions of the best one are to be "
            "equalled; tune it further"
        ) from error


def _metrics(parts: Sequence[BacktestStats], segments: Sequence[Segment]) -> Metrics:
    metrics = pool_stats(parts).metrics()
    if len(segments) == 1:
        return metrics
    scores = [score_segment(*pair) for pair in zip(parts, segments, strict=True)]
    return {**metrics, **walk_metrics(scores)}


def _difference(ours: BacktestStats, best: BacktestStats, seed: int) -> Difference | None:
    columns = [(stats.hit & stats.predicted, stats.predicted) for stats in (ours, best)]
    return ratio_difference(*columns[0], *columns[1], np.random.default_rng(seed))
