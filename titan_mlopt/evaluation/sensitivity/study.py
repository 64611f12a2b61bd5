"""A sensitivity study: its jobs in processes, its runs in MLflow."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import BacktestError, ConfigError
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.search_space import Space, space_text
from titan_mlopt.core.trial import COMPLETE, TrialJob, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.sensitivity import analysis
from titan_mlopt.evaluation.sensitivity.report import (
    config_text,
    csv_text,
    markdown,
    parent_metrics,
)
from titan_mlopt.executors.base import Ended
from titan_mlopt.executors.dry_run import KnownBacktest, try_backtest
from titan_mlopt.executors.factory import open_jobs, warn_of_few_cores
from titan_mlopt.executors.run import run_jobs
from titan_mlopt.report.commands import SPACE_FILE

if TYPE_CHECKING:
    from titan_mlopt.evaluation.sensitivity.runs import SensitivityRuns

CSV_FILE, TORNADO_FILE, CONFIG_FILE = "sensitivity.csv", "tornado.html", "config.json"


@dataclass(frozen=True)
class SensitivityReport:
    """What a study found. frozen: the space without the dead parameters, None when all are.

    jobs, measured: how many there were and how many ended by themselves. stopped: told to, before
    the end. mirror_failure: why MLflow has not all of it. links: commands and addresses.
    """

    result: analysis.Sensitivity
    candles: Mapping[str, object]
    frozen: Space | None
    jobs: int
    measured: int
    stopped: bool
    mirror_failure: str | None
    links: dict[str, str]
    seconds: float


@dataclass(frozen=True)
class SensitivityStudy:
    """What a study works on; ``run`` does the work. base: as ``base_config`` gives it.

    config: of it the candles' limit, jobs, timeout, seed, backtest, repeat, space, scratch and
    tracking count. stop: set it, and running jobs are killed and what was measured is reported.
    """

    config: TunerConfig
    candles: Candles
    base: Params
    stop: threading.Event
    listeners: tuple[analysis.VariationListener, ...] = ()
    notice: Callable[[str], None] = print

    def run(self) -> SensitivityReport:
        """Run the jobs and report; whatever interrupts it, no process and no folder is left.

        Raises:
            BacktestError: The backtest cannot be used, or the base config fails.
            TrackingError: The address cannot be that of an MLflow store.
        """
        began = time.monotonic()
        ranges = self.config.space.ranges_around(self.base)
        plan = list(analysis.plan_variations(self.base, ranges, self.config.repeat))
        warn_of_few_cores(self.config, self.notice)
        backtest = try_backtest(self.config, self.candles, self.notice)
        with self._mirrored(backtest.identity) as mirror:
            listeners = [*self.listeners, *([mirror] if mirror else [])]
            outcomes = self._measure(plan, listeners, backtest)
            result = analysis.find_effects(self.base, ranges, plan, outcomes)
            stopped, frozen = len(outcomes) < len(plan), self._frozen(result)
            if mirror is not None:
                note = markdown(result, self.candles.describe())
                mirror.write_parent(note, parent_metrics(result), self._files(result, frozen))
                mirror.close("KILLED" if stopped else "FINISHED")
        return SensitivityReport(
            result=result,
            candles=self.candles.describe(),
            frozen=frozen,
            jobs=len(plan),
            measured=len(outcomes),
            stopped=stopped,
            mirror_failure=mirror.failure if mirror else None,
            links=mirror.links() if mirror else {},
            seconds=time.monotonic() - began,
        )

    @contextmanager
    def _mirrored(self, backtest: Mapping[str, str]) -> Iterator[SensitivityRuns | None]:
        """Give the mirror, None without tracking; it is closed afterwards, as FAILED if need be."""
        if not self.config.tracking:
            yield None
            return
        from titan_mlopt.evaluation.sensitivity.runs import SensitivityRuns
        from titan_mlopt.tracking.uri import tracking_uri

        uri = tracking_uri(self.config.tracking_uri)
        about = self.candles.describe()
        mirror = SensitivityRuns(
            *(uri, self.config, about, backtest, self._failed, self.notice, self.stop)
        )
        status = "FAILED"
        try:
            yield mirror
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            mirror.close(status, hurry=True)

    def _failed(self, reason: str) -> None:
        self.notice(f"MLflow: must take the runs, got {reason}; the study goes on without it")

    def _measure(
        self,
        plan: list[analysis.Variation],
        listeners: Sequence[analysis.VariationListener],
        backtest: KnownBacktest,
    ) -> dict[int, TrialOutcome]:
        """Return the outcomes of the jobs that ended by themselves, by number.

        The plan gets more base runs when those that it has differ.
        """
        outcomes: dict[int, TrialOutcome] = {}
        _tell(listeners, plan)
        sources, notice = backtest.sources, self.notice
        config = replace(self.config, unchanged=backtest.unchanged)
        opened = open_jobs(config, self.candles, sources=sources, notice=notice)
        with opened as (pool, maker):

            def jobs_of(variations: Sequence[analysis.Variation]) -> list[TrialJob]:
                return [maker.job(v.number, v.config, repeat=v.repeat) for v in variations]

            jobs = deque(jobs_of(plan))

            def on_end(end: Ended) -> None:
                outcomes[end.number] = end.outcome
                for listener in listeners:
                    listener.varied(plan[end.number], end.outcome)
                _check_base(plan, outcomes)
                if base_runs := analysis.missing_base_runs(plan, outcomes):
                    plan.extend(base_runs)
                    jobs.extendleft(reversed(jobs_of(base_runs)))
                    _tell(listeners, plan)

            timeout_s = self.config.timeout_per_trial
            run_jobs(pool, jobs, timeout_s, is_stopped=self.stop.is_set, on_end=on_end)
        return outcomes

    def _frozen(self, result: analysis.Sensitivity) -> Space | None:
        try:
            return analysis.freeze_dead(
                self.config.space, result, embedded=self.config.backtest is None
            )
        except ConfigError:
            return None

    def _files(self, result: analysis.Sensitivity, frozen: Space | None) -> dict[str, str]:
        """Return the files of the study by name."""
        from titan_mlopt.evaluation.sensitivity.tornado import tornado_html

        return {
            CSV_FILE: csv_text(result),
            CONFIG_FILE: config_text(result),
            TORNADO_FILE: tornado_html(result),
            **(
                {SPACE_FILE: space_text(frozen, self.candles.describe())}
                if frozen is not None
                else {}
            ),
        }


def _tell(
    listeners: Sequence[analysis.VariationListener], plan: Sequence[analysis.Variation]
) -> None:
    for listener in listeners:
        listener.planned(plan)


def _check_base(plan: Sequence[analysis.Variation], outcomes: Mapping[int, TrialOutcome]) -> None:
    """Raise ``BacktestError`` when too few of the base runs can complete still."""
    base = [variation.number for variation in plan if variation.end == analysis.BASE]
    bad = [n for n in base if n in outcomes and outcomes[n].state != COMPLETE]
    if len(base) - len(bad) < analysis.LEAST_BASE_RUNS:
        last = outcomes[bad[-1]]
        raise BacktestError(
            f"base config: must complete {analysis.LEAST_BASE_RUNS} times unvaried, got "
            f"{last.reason}: {last.message or 'no word'}; nothing can be compared with it: put "
            "that right first"
        )
