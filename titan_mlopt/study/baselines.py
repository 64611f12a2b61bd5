"""Baselines that trials have to beat, scored once per study on the bars of the trials."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace

import numpy as np

from titan_mlopt.analysis.statistics import naive_rules as rules
from titan_mlopt.backtest.segments import walk_metrics, walk_segments
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.parameters import Params, merge_config
from titan_mlopt.core.scoring import enforce_min_predictions, score
from titan_mlopt.core.study import Baseline, Champion
from titan_mlopt.core.trial import COMPLETE, FAIL, Metrics, Segment, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.base import Executor
from titan_mlopt.executors.jobs import TrialJobs
from titan_mlopt.executors.run import run_jobs
from titan_mlopt.study.dataset import TuningData

#: Kinds of baselines. The default config and the champion are also named by their kind.
RULE, DEFAULT, CHAMPION = "rule", "default", "champion"
#: The naive rules by name.
RULES = {
    "majority": rules.MAJORITY,
    "persistence": rules.PERSISTENCE,
    "anti_persistence": rules.ANTI_PERSISTENCE,
}
# The metrics of a rule; those of confidence do not apply.
_RULE_METRICS = (
    *("accuracy", "hits", "n_predictions", "n_bars", "coverage", "sharpe", "sharpe_se"),
    *("total_return", "max_drawdown", "walk_accuracy", "walk_sharpe"),
)
# Job number of a baseline, which no trial has.
_NUMBER = -2


@dataclass(frozen=True, slots=True)
class Contender:
    """A config that runs like a trial; ``kind`` and ``detail`` as in ``Baseline``."""

    kind: str
    config: Params
    detail: str = ""


def default_config(config: TunerConfig) -> Params:
    """Return the untuned config: the defaults with the space's fixed values.

    For an external backtest, which has its own defaults, only the fixed values.
    """
    fixed, beyond = dict(config.space.fixed), config.space.beyond_titan
    return merge_config(fixed, beyond=beyond) if config.backtest is None else fixed


def rule_baselines(data: TuningData, config: TunerConfig) -> tuple[Baseline, ...]:
    """Return the scores of the naive rules, computed in this process.

    With segments they are scored on the segments' bars, else on the last
    ``data.most_predictions``: the bars that the embedded predictor can predict, or all bars for an
    external backtest, whose warm-up is unknown.

    Args:
        data: The candles of the study.
        config: Holds the objective.
    """
    closes = data.candles.close
    directions = rules.baseline_directions(closes, unchanged=config.unchanged)
    return tuple(
        _rule(name, directions[rule][:-1], data, config, np.asarray(closes[1:] / closes[:-1] - 1.0))
        for name, rule in RULES.items()
    )


def _rule(
    name: str, direction: np.ndarray, data: TuningData, config: TunerConfig, returns: np.ndarray
) -> Baseline:
    whole = BacktestStats(
        direction=direction,
        confidence=np.full(len(direction), 0.5),
        traded=direction != 0,
        returns=returns,
        interval_s=data.candles.interval_s,
        cost_bps=config.cost_bps,
        unchanged=config.unchanged,
    )
    if data.segments:
        walk = walk_segments(data.segments, lambda s: _bars_of(whole, s))
        metrics: Metrics = {**walk.stats.metrics(), **walk_metrics(walk.scores)}
    else:
        metrics = whole.tail(data.most_predictions).metrics()
    metrics = {key: metrics[key] for key in _RULE_METRICS if key in metrics}
    return Baseline(name, RULE, COMPLETE, metrics, score(metrics, config).values)


def _bars_of(whole: BacktestStats, segment: Segment) -> BacktestStats:
    return whole.part(segment.first, segment.stop - 1)


@dataclass(frozen=True)
class Measure:
    """Scores the baselines in a pool in which no trial runs.

    Attributes:
        pool: Runs the configs.
        config: The settings of the study.
        jobs: Makes the jobs.
        due: Returns whether the time is up; a config that runs then is killed and not stored.
        renew: Called regularly while a config runs.
    """

    pool: Executor
    config: TunerConfig
    jobs: TrialJobs
    due: Callable[[], bool]
    renew: Callable[[], None] = lambda: None

    def rules_and_default(self, data: TuningData, measured: Container[str]) -> Iterator[Baseline]:
        """Yield the rules and the default config, except names in ``measured``, as they end.

        A config that fails becomes a baseline with state FAIL.
        """
        for rule in rule_baselines(data, self.config):
            if rule.name not in measured:
                yield rule
        if DEFAULT not in measured:
            yield from self._run(Contender(DEFAULT, default_config(self.config)))

    def champion(self, find: Callable[[], Champion | None]) -> Iterator[Baseline]:
        """Yield the champion's score, if ``find`` returns one and time is left.

        A champion that cannot be used, or fails, becomes a baseline with state FAIL.
        """
        champion = find() if not self.due() else None
        if champion is not None and champion.fault:
            yield Baseline(CHAMPION, CHAMPION, FAIL, detail=champion.fault)
        elif champion is not None:
            detail = f"version {champion.version}"
            yield from self._run(Contender(CHAMPION, champion.config, detail))

    def _run(self, contender: Contender) -> Iterator[Baseline]:
        """Run a config like a trial and yield its score, or nothing if the time is up."""
        if self.due():
            return
        job = self.jobs.job(_NUMBER, contender.config, grid=())
        timeout_s = self.config.timeout_per_trial
        ends = run_jobs(self.pool, deque([job]), timeout_s, is_stopped=self._is_stopped)
        if _NUMBER in ends:
            yield _scored(contender, ends[_NUMBER].outcome, self.config)

    def _is_stopped(self) -> bool:
        self.renew()
        return self.due()


def _scored(contender: Contender, outcome: TrialOutcome, config: TunerConfig) -> Baseline:
    """Return the baseline of a config's outcome; with too few predictions it has no values."""
    sha256 = Bundle(contender.config, {}, {}).config_sha256
    baseline = Baseline(
        contender.kind, contender.kind, outcome.state, detail=contender.detail, config_sha256=sha256
    )
    if outcome.state != COMPLETE:
        return replace(baseline, state=FAIL, detail=outcome.message or outcome.reason)
    counts = enforce_min_predictions(outcome, config).state == COMPLETE
    values = score(outcome.metrics, config).values if counts else ()
    return replace(baseline, metrics=outcome.metrics, values=values)
