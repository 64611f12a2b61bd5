"""What had to be beaten, on the very bars that the trials are scored on; measured once a study."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace

import numpy as np

from titan_mlopt.backtest.segments import walk_metrics, walk_segments
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.bundle import Bundle
from titan_mlopt.config import TunerConfig
from titan_mlopt.params import Params, merge_config
from titan_mlopt.records import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    Baseline,
    Champion,
    Metrics,
    Segment,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.scoring import judged, score
from titan_mlopt.subject import Subject, most_predictions
from titan_mlopt.trial.executor import Ended, Executor
from titan_mlopt.validation import baselines as rules

#: Kinds, and names of those that there is one of.
RULE, DEFAULT, CHAMPION = "rule", "default", "champion"
#: Names of the rules, as metrics have them.
RULES = {
    "majority": rules.MAJORITY,
    "persistence": rules.PERSISTENCE,
    "anti_persistence": rules.ANTI_PERSISTENCE,
}
# What is kept of a rule, which has no confidence.
_RULE_METRICS = (
    *("accuracy", "hits", "n_predictions", "n_bars", "coverage", "sharpe", "sharpe_se"),
    *("total_return", "max_drawdown", "walk_accuracy", "walk_sharpe"),
)
# How long a wait lasts at most, so that a stop is noticed.
_TICK_S = 0.2
# No trial has this number.
_NUMBER = -2
_STOPPED = TrialOutcome(FAIL, INTERRUPTED, "stopped before it was done")


@dataclass(frozen=True, slots=True)
class Contender:
    """A config that is run as a trial is, and what is told of it."""

    kind: str
    config: Params
    detail: str = ""


def default_config(config: TunerConfig) -> Params:
    """Return the config without any tuning: defaults, with what the space holds fixed.

    Of another backtest than the embedded one the fixed values alone: it has its own defaults.
    """
    fixed = dict(config.space.fixed)
    return merge_config(fixed) if config.backtest is None else fixed


def rule_baselines(subject: Subject, config: TunerConfig) -> tuple[Baseline, ...]:
    """Return the scores of the rules without a config; no worker is needed for these.

    Without segments their bars are those that the embedded predictor can predict; of another
    backtest, of which that is not known, all.
    """
    closes = subject.candles.close
    said = rules.baseline_directions(closes)
    return tuple(
        _rule(name, said[rule][:-1], subject, config, np.asarray(closes[1:] / closes[:-1] - 1.0))
        for name, rule in RULES.items()
    )


def _rule(
    name: str, direction: np.ndarray, subject: Subject, config: TunerConfig, returns: np.ndarray
) -> Baseline:
    whole = BacktestStats(
        direction=direction,
        confidence=np.full(len(direction), 0.5),
        traded=direction != 0,
        returns=returns,
        interval_s=subject.candles.interval_s,
    )
    if subject.segments:
        walk = walk_segments(subject.segments, lambda s: _bars_of(whole, s))
        metrics: Metrics = {**walk.stats.metrics(), **walk_metrics(walk.scores)}
    else:
        metrics = whole.tail(most_predictions(subject.candles, config)).metrics()
    kept = {key: metrics[key] for key in _RULE_METRICS if key in metrics}
    return Baseline(name, RULE, COMPLETE, kept, score(kept, config).values)


def _bars_of(whole: BacktestStats, segment: Segment) -> BacktestStats:
    return whole.part(segment.first, segment.stop - 1)


@dataclass(frozen=True)
class Measure:
    """Measures the baselines in a pool in which no trial runs.

    job_of: the job for a number and a config. due: whether there is no more time; what runs then
    is killed and not told. renew: called now and then.
    """

    pool: Executor
    config: TunerConfig
    job_of: Callable[[int, Params], TrialJob]
    due: Callable[[], bool]
    renew: Callable[[], None] = lambda: None

    def rules_and_default(self, subject: Subject, known: Container[str]) -> Iterator[Baseline]:
        """Yield each that is not known by its name, as it is measured; a failure as FAIL."""
        for rule in rule_baselines(subject, self.config):
            if rule.name not in known:
                yield rule
        if DEFAULT not in known:
            yield from self._run(Contender(DEFAULT, default_config(self.config)))

    def champion(self, find: Callable[[], Champion | None]) -> Iterator[Baseline]:
        """Yield the champion's, where one is found and there is time; FAIL as above."""
        champion = find() if not self.due() else None
        if champion is not None and champion.fault:
            yield Baseline(CHAMPION, CHAMPION, FAIL, detail=champion.fault)
        elif champion is not None:
            detail = f"version {champion.version}"
            yield from self._run(Contender(CHAMPION, champion.config, detail))

    def _run(self, contender: Contender) -> Iterator[Baseline]:
        """Run a config as a trial is run; yield its score, nothing when there was no time."""
        if self.due():
            return
        job = replace(self.job_of(_NUMBER, contender.config), grid=())
        self.pool.submit(job, self.config.timeout_per_trial)
        while self.pool.running:
            self.renew()
            if self.due():
                self.pool.kill(_NUMBER, _STOPPED)
            for event in self.pool.wait(_TICK_S):
                if not isinstance(event, Ended):
                    self.pool.answer(event.number, go_on=True)
                elif event.outcome.reason != INTERRUPTED:
                    yield _scored(contender, event.outcome, self.config)


def _scored(contender: Contender, outcome: TrialOutcome, config: TunerConfig) -> Baseline:
    """Return the score of a config; one with too few predictions has no objective value."""
    sha256 = Bundle(contender.config, {}, {}).config_sha256
    told = Baseline(
        contender.kind, contender.kind, outcome.state, detail=contender.detail, config_sha256=sha256
    )
    if outcome.state != COMPLETE:
        return replace(told, state=FAIL, detail=outcome.message or outcome.reason)
    counts = judged(outcome, config).state == COMPLETE
    values = score(outcome.metrics, config).values if counts else ()
    return replace(told, metrics=outcome.metrics, values=values)
