"""What a person sees while a study runs: a bar on a terminal, plain lines elsewhere; on stderr."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from titan_mlopt.records import COMPLETE, FAIL, PRUNED, Checkpoint, StudyRecord, TrialRecord
from titan_mlopt.report.summary import best_trial
from titan_mlopt.study.points import ended_trials, was_interrupted

# Plain lines come at least this far apart, but for a better best and for failures.
_QUIET_S = 10.0


class TrialProgress:
    """Listens to a study and shows trials done, the best so far, pruned and failed, time left."""

    def __init__(self, console: Console) -> None:
        self._total = self._done = self._pruned = self._failed = 0
        self._best: float | None = None
        self._console = console
        self._spoke_at = time.monotonic()
        self._bar: Progress | None = None

    def resume(self, study: StudyRecord, total: int) -> None:
        """Begin with the trials that the study has; ``total`` is what it is to have."""
        best = best_trial(study)
        self._total, self._done = total, len(ended_trials(study.trials))
        self._best = best.values[0] if best and best.values else None
        if self._console.is_terminal:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._task = self._bar.add_task(self._state(), total=total, completed=self._done)

    def __enter__(self) -> TrialProgress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def trial_started(self, trial: TrialRecord) -> None:
        """Nothing to show."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Nothing to show."""

    def trial_finished(self, trial: TrialRecord) -> None:
        """Count the trial and show the new state."""
        better = self._count(trial)
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, description=self._state())
        elif better or _failed(trial) or time.monotonic() - self._spoke_at >= _QUIET_S:
            self._say()
        if _failed(trial) and trial.outcome is not None:
            message = trial.outcome.message
            where = f"trial {trial.number}: "
            text = message if message.startswith(where) else where + message
            self.notice(f"{trial.outcome.reason}: {text}")

    def _count(self, trial: TrialRecord) -> bool:
        """Take the trial into account; return whether it is the best so far."""
        self._done += not was_interrupted(trial)
        self._pruned += trial.state == PRUNED
        self._failed += _failed(trial)
        value = trial.values[0] if trial.values and trial.state == COMPLETE else None
        better = value is not None and (self._best is None or value > self._best)
        if better:
            self._best = value
        return better

    def notice(self, text: str) -> None:
        """Show one line above the bar."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _say(self) -> None:
        self._spoke_at = time.monotonic()
        self.notice(f"{self._done}/{self._total} trials, {self._state()}")

    def _state(self) -> str:
        best = "none yet" if self._best is None else f"{self._best:.4f}"
        return f"best {best}, pruned {self._pruned}, failed {self._failed}"


def _failed(trial: TrialRecord) -> bool:
    return trial.state == FAIL and not was_interrupted(trial)
