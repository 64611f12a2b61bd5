"""An executor whose trials must all run the same source of an external backtest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from titan_mlopt.backtest.sources import ABSENT, find_difference, shown_digest
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.trial import CHANGED, FAIL, INTERRUPTED, TrialJob, TrialOutcome
from titan_mlopt.executors.base import Ended, Event, Executor


class PinnedPool(Executor):
    """Compares the source that each trial loaded of its backtest with that of the others.

    A trial that loaded another source ends as interrupted, whatever its outcome. No trial is
    started afterwards: ``wait``, ``submit`` and the end of the block raise ``BacktestError``, which
    names the module.

    Args:
        pool: Runs the trials.
        backtest: Its import path, for messages.
        sources: SHA-256 by module, as a dry run or earlier trials loaded them; modules that a trial
            loads besides are added to it.
        keep: Called with all of them whenever some were added.
    """

    def __init__(
        self,
        pool: Executor,
        backtest: str,
        sources: dict[str, str],
        keep: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._pool, self._backtest = pool, backtest
        self._sources, self._keep = sources, keep
        self._changed: BacktestError | None = None

    def __exit__(self, *raised: object) -> None:
        self.close()
        if raised[0] is None:
            self._check()

    @property
    def free(self) -> int:
        """Number of trials that may be submitted now, 0 once the source has changed."""
        return 0 if self._changed is not None else self._pool.free

    @property
    def running(self) -> tuple[int, ...]:
        """Numbers of the trials that were submitted and have not ended."""
        return self._pool.running

    def submit(self, job: TrialJob, timeout_s: float) -> None:
        """Start a trial; raises ``BacktestError`` once the source has changed."""
        self._check()
        self._pool.submit(replace(job, sources=dict(self._sources)), timeout_s)

    def answer(self, number: int, *, go_on: bool) -> None:
        """Answer the checkpoint of a trial."""
        self._pool.answer(number, go_on=go_on)

    def kill(self, number: int, outcome: TrialOutcome) -> None:
        """Kill a running trial; it ends with ``outcome``, unless it was done already."""
        self._pool.kill(number, outcome)

    def wait(self, timeout_s: float | None = None) -> list[Event]:
        """Return the next events; raises ``BacktestError`` once the source has changed."""
        self._check()
        return [
            self._checked(event) if isinstance(event, Ended) else event
            for event in self._pool.wait(timeout_s)
        ]

    def close(self) -> None:
        """Kill the running trials and remove their files."""
        self._pool.close()

    def _check(self) -> None:
        if self._changed is not None:
            raise self._changed

    def _checked(self, event: Ended) -> Ended:
        """Return the end of the trial: as interrupted when its source differs."""
        outcome, module = event.outcome, find_difference(self._sources, event.sources)
        if module is None and outcome.reason != CHANGED:
            if event.sources.keys() - self._sources.keys():
                self._sources.update(event.sources)
                self._keep(self._sources)
            return event
        got = outcome.message
        if module is not None:
            got = _got(module, self._sources[module], event.sources[module])
        line = f"must stay as it is while its trials run, got {got}"
        self._changed = self._changed or BacktestError(
            f"backtest {self._backtest}: {line}; put back what was there, or begin anew"
        )
        interrupted = TrialOutcome(
            FAIL,
            INTERRUPTED,
            f"its backtest {line}",
            log=outcome.log,
            checkpoints=outcome.checkpoints,
            duration_seconds=outcome.duration_seconds,
        )
        return Ended(event.number, interrupted)


def _got(module: str, before: str, after: str) -> str:
    if after == ABSENT:
        return f"no {module} any more"
    return f"another {module} ({shown_digest(after)}, not {shown_digest(before)})"
