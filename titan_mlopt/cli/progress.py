"""What a person sees while trials run, and how Ctrl-C stops them.

On a terminal that is a bar, elsewhere plain lines; both on stderr.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from titan_mlopt.core.errors import printable
from titan_mlopt.core.findings import PlaceboRun
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    Checkpoint,
    TrialOutcome,
    TrialRecord,
    was_interrupted,
)
from titan_mlopt.evaluation.sensitivity.analysis import BASE, Variation
from titan_mlopt.evaluation.walk.records import POLICIES, WalkResult
from titan_mlopt.report.progress import TrialTally

# Plain lines come at least this far apart, but for what is news.
_QUIET_S = 10.0


@contextmanager
def stopping(stop: Callable[[str], None], text: str) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM call ``stop`` with its name, saying ``text``; then raise."""
    stopping_already = False

    def handle(number: int, _: FrameType | None) -> None:
        nonlocal stopping_already
        if stopping_already:
            raise KeyboardInterrupt
        stopping_already = True
        stop(signal.Signals(number).name)
        # Not through sys.stderr: the signal may have come in the middle of a write to it.
        os.write(2, f"\n{text}\n".encode())

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class ProgressDisplay:
    """A count of runs that are done, as a bar on a terminal and as lines elsewhere."""

    def __init__(self, unit: str) -> None:
        self._console = Console(stderr=True)
        self._unit = unit
        self._total = self._done = self._failed = self._shown = 0
        self._line_at = time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def notice(self, text: str) -> None:
        """Show one line above the bar."""
        self._console.print(printable(text), markup=False, highlight=False, soft_wrap=True)

    def wait_for(self, text: str) -> None:
        """Show what is waited for after the last run, below the count that was reached."""
        if self._shown != self._done:
            self._show(news=True)
        self.notice(text)

    def _begin(self, total: int, completed: int = 0) -> None:
        """Set how many there are in all; again to change it."""
        self._total, self._done, self._shown = total, completed, completed
        if self._bar is not None:
            self._bar.update(self._task, total=total)
        elif self._console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
            self._bar = Progress(
                *columns, MofNCompleteColumn(), TimeRemainingColumn(), console=self._console
            )
            self._task = self._bar.add_task(self._state(), total=total, completed=completed)
            self._bar.start()

    def _show(self, *, news: bool) -> None:
        """Show the new count; as a line only when it is news or the last, or after a while."""
        news = news or self._done == self._total != self._shown
        if self._bar is not None:
            self._shown = self._done
            self._bar.update(self._task, completed=self._done, description=self._state())
        elif news or time.monotonic() - self._line_at >= _QUIET_S:
            self._shown, self._line_at = self._done, time.monotonic()
            self.notice(f"{self._done}/{self._total} {self._unit}, {self._state()}")

    def _state(self) -> str:
        return f"failed {self._failed}"

    def trial_started(self, trial: TrialRecord) -> None:
        """Nothing to show."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Nothing to show."""


class TrialProgress(ProgressDisplay):
    """Listens to a study and shows trials done, the best so far, pruned and failed, time left."""

    def __init__(self) -> None:
        super().__init__("trials")
        self._tally = TrialTally()

    def resume(self, study: StudyRecord, total: int) -> None:
        """Begin with the trials that the study has; ``total`` is what it is to have."""
        self._tally.resume(study, total)
        self._begin(total, self._tally.done)

    def trial_finished(self, trial: TrialRecord) -> None:
        """Count the trial and show the new state."""
        failed_before = self._tally.failed
        news = self._tally.count(trial)
        self._done = self._tally.done
        self._show(news=news)
        if self._tally.failed > failed_before:
            self.notice(self._tally.failure)

    def _state(self) -> str:
        return self._tally.state()


class PlaceboProgress(ProgressDisplay):
    """Listens to placebo studies and shows how many are done, and the best value of each."""

    def __init__(self) -> None:
        super().__init__("placebo trials")
        self._studies = self._studies_done = 0

    def planned(self, observed: float, n_trials: int, n_done: int, runs: int) -> None:
        """Say what is to be repeated, and begin to show it."""
        self._studies, self._studies_done = runs, n_done
        before = f", {n_done} of them done before" if n_done else ""
        self.notice(
            f"{runs} placebo studies of {n_trials} trials each{before}; the study found "
            f"{observed:.4f}"
        )
        if self._console.is_terminal:  # elsewhere the line of each study is enough
            self._begin(runs * n_trials, n_done * n_trials)

    def repeated(self, run: PlaceboRun) -> None:
        """Show the best value of a placebo study."""
        self._studies_done += 1
        best = "nothing" if run.best is None else f"{run.best:.4f}"
        self.notice(
            f"{self._studies_done}/{self._studies} placebo studies, the last one found {best}"
        )

    def trial_finished(self, trial: TrialRecord) -> None:
        """Advance the bar."""
        if self._bar is not None:
            self._bar.advance(self._task)

    def _state(self) -> str:
        return self._unit


class WalkProgress(ProgressDisplay):
    """Listens to a walk, and shows trials done and what each step came to."""

    def __init__(self) -> None:
        super().__init__("trials")
        self._steps = 0

    def planned(self, n_steps: int, n_walked: int, n_trials: int) -> None:
        """Say how many steps there are, and begin to show their trials."""
        self._steps = n_steps
        before = f", {n_walked} of them walked before" if n_walked else ""
        self.notice(f"steps: {n_steps}, of {n_trials} trials each{before}")
        self._begin(n_steps * n_trials, n_walked * n_trials)

    def walked(self, result: WalkResult) -> None:
        """Show the equity of each policy after a step."""
        equities = ", ".join(
            f"{policy} {result.strategies[policy].equity[-1]:.4f}" for policy in POLICIES
        )
        self.notice(f"{len(result.steps)}/{self._steps} steps, equity {equities}")

    def trial_finished(self, trial: TrialRecord) -> None:
        """Count the trial and show the new state."""
        self._done += not was_interrupted(trial)
        self._failed += trial.state == FAIL and not was_interrupted(trial)
        self._show(news=False)


class PlateauProgress(ProgressDisplay):
    """Listens to a plateau study and shows how many runs are done: a line a tenth."""

    def __init__(self) -> None:
        super().__init__("runs")

    def planned(self, runs: int) -> None:
        """Say how many runs there are to be, and begin to show them."""
        self.notice(f"{runs} runs: the configs and their neighbours")
        self._begin(runs)

    def ran(self, outcome: TrialOutcome) -> None:
        """Count the run and show the new state."""
        tenths = self._done * 10 // self._total
        self._done += 1
        self._failed += outcome.state == FAIL
        self._show(news=self._done * 10 // self._total > tenths)


class SensitivityProgress(ProgressDisplay):
    """Listens to a sensitivity study and shows runs done and failed, and the time left."""

    def __init__(self) -> None:
        super().__init__("runs")
        self._base_runs = self._base_done = 0

    def planned(self, plan: Sequence[Variation]) -> None:
        """Take in how many runs there are to be; again when there are more."""
        base_runs = sum(variation.end == BASE for variation in plan)
        if self._total:
            added = base_runs - self._base_runs
            self.notice(f"the config's runs differ: {added} more of it will tell the noise")
        else:
            ends = len(plan) - base_runs
            self.notice(f"{len(plan)} runs: the config {base_runs} times, {ends} variations of it")
        self._base_runs = base_runs
        self._begin(len(plan), self._done)

    def varied(self, variation: Variation, outcome: TrialOutcome) -> None:
        """Count the run and show the new state."""
        failed = outcome.state != COMPLETE
        self._done += 1
        self._failed += failed
        self._base_done += variation.end == BASE
        base_ended = variation.end == BASE and self._base_done == self._base_runs
        self._show(news=failed or base_ended)
        if failed:
            self.notice(f"{outcome.reason}: {variation.name}: {outcome.message}")
