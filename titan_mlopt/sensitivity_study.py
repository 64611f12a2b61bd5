"""One sensitivity study from candles to effects: its jobs in processes, its runs in MLflow."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.candles import Candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import BacktestError, ConfigError
from titan_mlopt.params import Params
from titan_mlopt.records import COMPLETE, FAIL, INTERRUPTED, TrialJob, TrialOutcome
from titan_mlopt.sensitivity import (
    BASE,
    LEAST_BASE_RUNS,
    Sensitivity,
    Variation,
    VariationListener,
    find_effects,
    freeze_dead,
    more_base_runs,
    plan_variations,
)
from titan_mlopt.space import Space, space_text
from titan_mlopt.subject import backtest_identity, open_scratch, put_candles
from titan_mlopt.trial.executor import Ended
from titan_mlopt.trial.pool import WorkerPool

if TYPE_CHECKING:
    from titan_mlopt.tracking.sensitivity_runs import SensitivityRuns

CSV_FILE, TORNADO_FILE, CONFIG_FILE = "sensitivity.csv", "tornado.html", "config.json"
# How long a wait lasts at most, so that a stop is noticed.
_TICK_S = 0.2
_STOPPED = TrialOutcome(FAIL, INTERRUPTED, "stopped before it was done")


@dataclass(frozen=True)
class SensitivityReport:
    """What a study found. frozen: the space without the dead parameters, None when all are.

    jobs, measured: how many there were and how many ended by themselves. stopped: told to, before
    the end. mirror_failure: why MLflow has not all of it. links: commands and addresses.
    """

    result: Sensitivity
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
    listeners: tuple[VariationListener, ...] = ()
    notice: Callable[[str], None] = print

    def run(self) -> SensitivityReport:
        """Run the jobs and report; whatever interrupts it, no process and no folder is left.

        Raises ``BacktestError`` when the backtest cannot be used or the base config fails,
        ``TrackingError`` for an address that can be no MLflow store.
        """
        from titan_mlopt.report.sensitivity import markdown, parent_metrics

        began = time.monotonic()
        ranges = self.config.space.ranges
        plan = list(plan_variations(self.base, ranges, self.config.repeat))
        backtest = backtest_identity(self.config, self.candles, self.notice)
        with self._mirrored(backtest) as mirror:
            listeners = [*self.listeners, *([mirror] if mirror else [])]
            outcomes = self._measure(plan, listeners)
            result = find_effects(self.base, ranges, plan, outcomes)
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
        from titan_mlopt.tracking.sensitivity_runs import SensitivityRuns
        from titan_mlopt.tracking.store import tracking_uri

        uri = tracking_uri(self.config.tracking_uri)
        about = self.candles.describe()
        mirror = SensitivityRuns(uri, self.config, about, backtest, self._failed, self.stop)
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
        self, plan: list[Variation], listeners: Sequence[VariationListener]
    ) -> dict[int, TrialOutcome]:
        """Return the outcomes of the jobs that ended by themselves, by number.

        The plan gets more base runs when those that it has differ.
        """
        waiting, outcomes = deque(plan), dict[int, TrialOutcome]()
        _tell(listeners, plan)
        scratch = open_scratch(self.config)
        with WorkerPool(self.config.n_jobs, scratch) as pool:
            path = put_candles(self.candles, self.config, scratch)
            while True:
                while waiting and pool.free and not self.stop.is_set():
                    job = self._job(waiting.popleft(), path)
                    pool.submit(job, self.config.timeout_per_trial)
                if not pool.running:
                    return outcomes
                if self.stop.is_set():
                    for number in pool.running:
                        pool.kill(number, _STOPPED)
                for event in pool.wait(_TICK_S):
                    if not isinstance(event, Ended):
                        pool.answer(event.number, go_on=True)
                    elif event.outcome.reason != INTERRUPTED:
                        outcomes[event.number] = event.outcome
                        for listener in listeners:
                            listener.varied(plan[event.number], event.outcome)
                        _check_base(plan, outcomes)
                        if more := more_base_runs(plan, outcomes):
                            plan += more
                            waiting.extendleft(reversed(more))
                            _tell(listeners, plan)

    def _job(self, variation: Variation, candles_path: Path) -> TrialJob:
        return TrialJob(
            number=variation.number,
            config=variation.config,
            candles_path=str(candles_path),
            folder="",
            grid=(),
            seed=self.config.seed,
            backtest=self.config.backtest or "",
            backtest_path=self.config.backtest_path or "",
            repeat=variation.repeat,
            interval_s=self.candles.interval_s,
            memory_bytes=self.config.memory_bytes,
        )

    def _frozen(self, result: Sensitivity) -> Space | None:
        try:
            return freeze_dead(self.config.space, result, embedded=self.config.backtest is None)
        except ConfigError:
            return None

    def _files(self, result: Sensitivity, frozen: Space | None) -> dict[str, str]:
        """Return the files of the study by name."""
        from titan_mlopt.report import sensitivity as words
        from titan_mlopt.report.commands import SPACE_FILE
        from titan_mlopt.report.tornado import tornado_html

        return {
            CSV_FILE: words.csv_text(result),
            CONFIG_FILE: words.config_text(result),
            TORNADO_FILE: tornado_html(result),
            **({SPACE_FILE: space_text(frozen)} if frozen is not None else {}),
        }


def _tell(listeners: Sequence[VariationListener], plan: Sequence[Variation]) -> None:
    for listener in listeners:
        listener.planned(plan)


def _check_base(plan: Sequence[Variation], outcomes: Mapping[int, TrialOutcome]) -> None:
    """Raise ``BacktestError`` when too few of the base runs can complete still."""
    base = [variation.number for variation in plan if variation.end == BASE]
    bad = [n for n in base if n in outcomes and outcomes[n].state != COMPLETE]
    if len(base) - len(bad) < LEAST_BASE_RUNS:
        last = outcomes[bad[-1]]
        raise BacktestError(
            f"base config: must complete {LEAST_BASE_RUNS} times unvaried, got {last.reason}: "
            f"{last.message or 'no word'}; nothing can be compared with it: put that right first"
        )
