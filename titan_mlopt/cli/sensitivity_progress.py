"""What a person sees while parameters are varied: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from titan_mlopt.records import COMPLETE, TrialOutcome
from titan_mlopt.sensitivity import BASE, Variation

# Plain lines come at least this far apart, but for failures and the end of the base runs.
_QUIET_S = 10.0


class SensitivityProgress:
    """Listens to a sensitivity study and shows runs done and failed, and the time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = self._base_runs = self._base_done = self._done = self._failed = 0
        self._spoke_at = time.monotonic()
        self._bar: Progress | None = None
        if console.is_terminal:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=console,
            )
            self._task = self._bar.add_task(self._state(), total=None)

    def __enter__(self) -> SensitivityProgress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def planned(self, plan: Sequence[Variation]) -> None:
        """Take in how many runs there are to be."""
        base = sum(variation.end == BASE for variation in plan)
        if self._total:
            more = base - self._base_runs
            self.notice(f"the config's runs differ: {more} more of it will tell the noise")
        else:
            ends = len(plan) - base
            self.notice(f"{len(plan)} runs: the config {base} times, {ends} variations of it")
        self._total, self._base_runs = len(plan), base
        if self._bar is not None:
            self._bar.update(self._task, total=self._total)

    def varied(self, variation: Variation, outcome: TrialOutcome) -> None:
        """Count the run and show the new state."""
        failed = outcome.state != COMPLETE
        self._done += 1
        self._failed += failed
        self._base_done += variation.end == BASE
        news = failed or (variation.end == BASE and self._base_done == self._base_runs)
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, description=self._state())
        elif news or time.monotonic() - self._spoke_at >= _QUIET_S:
            self._spoke_at = time.monotonic()
            self.notice(f"{self._done}/{self._total} runs, {self._state()}")
        if failed:
            self.notice(f"{outcome.reason}: {variation.name}: {outcome.message}")

    def notice(self, text: str) -> None:
        """Show one line above the bar."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _state(self) -> str:
        return f"failed {self._failed}"
