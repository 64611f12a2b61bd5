"""What a person sees of ``optimize`` while trials run: a live table in a notebook, else lines.

Nothing here imports IPython: it is there when the program runs inside a notebook.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

from titan_mlopt.analysis.ranking import best_trial, ranked_trials
from titan_mlopt.analysis.summary import trial_seconds
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    PRUNED,
    Checkpoint,
    TrialRecord,
    ended_trials,
    was_interrupted,
)
from titan_mlopt.report import format as fmt
from titan_mlopt.report.markup import flat, html_fragment, html_table, html_text

# The best trials that the live table shows.
_TOP = 5
# Seconds between two states that are shown, and between two lines of a log without news.
_EVERY_S, _QUIET_S = 0.5, 10.0
Show = Callable[["LiveProgress", bool], None]
_HEADS = ("trial", "state", "objective", "accuracy", "ECE", "Sharpe", "seconds")


@dataclass
class TrialTally:
    """The counts of a study while its trials run.

    Attributes:
        total: Trials that the study is to have.
        done: Trials that it has, without interrupted ones.
        pruned: Pruned ones of this call.
        failed: Failed ones of this call.
        best: Highest first objective value, None without a COMPLETE trial.
        failure: Reason and message of the last failed trial, "" without one.
    """

    total: int = 0
    done: int = 0
    pruned: int = 0
    failed: int = 0
    best: float | None = None
    failure: str = ""

    def resume(self, study: StudyRecord, total: int) -> None:
        """Begin with the trials that the study has."""
        best = best_trial(study)
        self.best = best.values[0] if best and best.values else None
        self.total, self.done = total, len(ended_trials(study.trials))

    def count(self, trial: TrialRecord) -> bool:
        """Count a trial that ended; return whether it is news: a new best one, or a failure."""
        interrupted = was_interrupted(trial)
        failed = trial.state == FAIL and not interrupted
        self.done += not interrupted
        self.pruned += trial.state == PRUNED
        self.failed += failed
        value = trial.values[0] if trial.values and trial.state == COMPLETE else None
        better = value is not None and (self.best is None or value > self.best)
        if better:
            self.best = value
        if failed and trial.outcome is not None:
            prefix, message = f"trial {trial.number}: ", trial.outcome.message
            text = message if message.startswith(prefix) else prefix + message
            self.failure = f"{trial.outcome.reason}: {text}"
        return better or failed

    def state(self) -> str:
        """Return the best value and the counts, in a line."""
        best = "none yet" if self.best is None else f"{self.best:.4f}"
        return f"best {best}, pruned {self.pruned}, failed {self.failed}"

    def line(self) -> str:
        """Return how far the study is, in a line."""
        return f"{self.done}/{self.total} trials, {self.state()}"


@dataclass
class LiveProgress:
    """Listens to a study, and shows it no more often than can be read.

    Attributes:
        show: Called with the progress itself, and whether there is news.
        clock: Seconds, as of ``time.monotonic``.
        tally: The counts.
        running: Running trials by number, each with its last checkpoint.
        top: The best trials, the best first.
        ended: Whether nothing runs any more.
        waits_for: What is waited for after the last trial, in a sentence; "" before.
    """

    show: Show
    clock: Callable[[], float] = time.monotonic
    tally: TrialTally = field(default_factory=TrialTally)
    running: dict[int, Checkpoint | None] = field(default_factory=dict)
    top: list[TrialRecord] = field(default_factory=list)
    ended: bool = False
    waits_for: str = ""
    _shown_at: float = float("-inf")

    def resume(self, study: StudyRecord, total: int) -> None:
        """Begin with the trials that the study has; ``total`` is what it is to have."""
        self.tally.resume(study, total)
        self.top = ranked_trials(study)[:_TOP]
        self._show(news=True)

    def trial_started(self, trial: TrialRecord) -> None:
        """Add a row."""
        self.running[trial.number] = None
        self._show(news=False)

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Show how far the trial is."""
        self.running[number] = checkpoint
        self._show(news=False)

    def trial_finished(self, trial: TrialRecord) -> None:
        """Count the trial, and list it when it is one of the best."""
        self.running.pop(trial.number, None)
        if trial.values and trial.state == COMPLETE:
            self.top = sorted([*self.top, trial], key=_descending)[:_TOP]
        self._show(news=self.tally.count(trial))

    def wait_for(self, text: str) -> None:
        """Show what is waited for after the last trial."""
        self.waits_for = text
        self._show(news=True)

    def line(self) -> str:
        """Return how far the study is, in a line."""
        return f"{self.tally.line()}{self.waits_for and '; '}{self.waits_for}"

    def close(self) -> None:
        """Show the end, if anything was shown."""
        if self._shown_at == float("-inf"):
            return
        self.running.clear()
        self.waits_for = ""
        self.ended = True
        self._show(news=True)

    def _show(self, *, news: bool) -> None:
        if news or self.clock() - self._shown_at >= _EVERY_S:
            self._shown_at = self.clock()
            self.show(self, news)


def _descending(trial: TrialRecord) -> tuple[float, ...]:
    return tuple(-value for value in trial.values or ())


def progress_html(progress: LiveProgress) -> str:
    """Return the live table: counts, running trials with their progress, the best trials."""
    tally = progress.tally
    rows = [_running_row(number, point) for number, point in sorted(progress.running.items())]
    rows += [
        (
            *(str(trial.number), "complete", fmt.values_text(trial), fmt.accuracy_text(trial)),
            *(fmt.ece_text(trial), fmt.sharpe_text(trial)),
            fmt.format_value(trial_seconds(trial), ".1f"),
        )
        for trial in progress.top
    ]
    bar = f'<progress max="{tally.total}" value="{tally.done}"></progress>'
    parts = [f"<p>{bar} {html_text(progress.line())}</p>"]
    parts += [html_table(rows, _HEADS)] if rows else []
    parts += [f"<p>{html_text(tally.failure)}</p>"] if tally.failure else []
    return html_fragment(parts)


def _running_row(number: int, point: Checkpoint | None) -> tuple[str, ...]:
    if point is None:
        return (str(number), "running", *[fmt.NONE] * 5)
    accuracy = f"{point.accuracy:.4f} so far (n={point.n_predictions:,})"
    sharpe = fmt.format_value(point.sharpe, ".2f")
    return (str(number), "running", fmt.NONE, accuracy, f"{point.ece:.4f}", sharpe, fmt.NONE)


def open_progress(progress: bool | None, stream: TextIO | None = None) -> LiveProgress | None:
    """Return what shows the trials of a call, None for nothing.

    Args:
        progress: Whether to show them; None for in a notebook and on a terminal.
        stream: Where there is no notebook; ``sys.stderr`` by default.
    """
    if progress is False:
        return None
    if in_notebook():
        return LiveProgress(_notebook())
    stream = stream or sys.stderr
    if stream is None:  # a program without a console
        return None
    if getattr(stream, "isatty", bool)():  # a stand-in need not have it
        return LiveProgress(_terminal(stream))
    return LiveProgress(_log(stream, time.monotonic)) if progress else None


def in_notebook() -> bool:
    """Return whether this program runs in a kernel of Jupyter's, which shows HTML."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def _notebook() -> Show:
    """Return what displays a table once and updates it in place."""
    from IPython.display import HTML, display

    tables: list[Any] = []

    def show(progress: LiveProgress, news: bool) -> None:
        table = HTML(progress_html(progress))
        if tables:
            tables[0].update(table)
        else:
            tables.append(display(table, display_id=True))

    return show


def _terminal(stream: TextIO) -> Show:
    """Return what writes one line over and over, with each failure above it."""
    failure = ""

    def show(progress: LiveProgress, news: bool) -> None:
        nonlocal failure
        tally = progress.tally
        above = f"{flat(tally.failure)}\n" if tally.failure != failure else ""
        failure = tally.failure
        end = "\n" if progress.ended else ""
        # A line that wraps could not be written over.
        line = progress.line()[: shutil.get_terminal_size().columns - 1]
        stream.write(f"\r\x1b[K{above}{line}{end}")
        stream.flush()

    return show


def _log(stream: TextIO, clock: Callable[[], float]) -> Show:
    """Return what writes a line for what is news, and now and then."""
    line_at, line = clock(), ""

    def show(progress: LiveProgress, news: bool) -> None:
        nonlocal line_at, line
        if (news or clock() - line_at >= _QUIET_S) and progress.line() != line:
            line_at, line = clock(), progress.line()
            stream.write(f"{line}\n")
            stream.flush()

    return show
