"""What a person sees while placebo studies run: a bar on a terminal, a line a study elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from titan_mlopt.judgements import PlaceboRun
from titan_mlopt.records import Checkpoint, TrialRecord


class PlaceboProgress:
    """Listens to placebo studies and shows how many are done, and what each has found."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._observed, self._done, self._runs, self._reached = 0.0, 0, 0, 0
        self._bar: Progress | None = None

    def __enter__(self) -> PlaceboProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def planned(self, observed: float, n_trials: int, done: int, runs: int) -> None:
        """Say what is to be repeated, and begin to show it."""
        self._observed, self._done, self._runs = observed, done, runs
        before = f", {done} of them done before" if done else ""
        self.notice(
            f"{runs} placebo studies of {n_trials} trials each{before}; the study found "
            f"{observed:.4f}"
        )
        if self._console.is_terminal:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("placebo trials"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._task = self._bar.add_task("", total=runs * n_trials, completed=done * n_trials)
            self._bar.start()

    def repeated(self, run: PlaceboRun) -> None:
        """Show what a placebo study has found."""
        self._done += 1
        self._reached += run.best is not None and run.best >= self._observed
        best = "nothing" if run.best is None else f"{run.best:.4f}"
        self.notice(f"{self._done}/{self._runs} placebo studies, the last one found {best}")

    def trial_started(self, trial: TrialRecord) -> None:
        """Nothing to show."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Nothing to show."""

    def trial_finished(self, trial: TrialRecord) -> None:
        """Move the bar on."""
        if self._bar is not None:
            self._bar.advance(self._task)

    def notice(self, text: str) -> None:
        """Show one line above the bar."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
