"""Where trials run: what a coordinator asks of local processes and of a cluster alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from titan_mlopt.records import Checkpoint, TrialJob, TrialOutcome


@dataclass(frozen=True, slots=True)
class Reached:
    """A trial reached a checkpoint and waits for ``Executor.answer``."""

    number: int
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Ended:
    """A trial is over: its process and its folder are gone."""

    number: int
    outcome: TrialOutcome


Event = Reached | Ended


class Executor(Protocol):
    """Runs trials, each a process that can be killed; used by one thread, closed after use."""

    def __enter__(self) -> Self:
        """Return itself; leaving the block closes it."""

    def __exit__(self, *_: object) -> None:
        """Close it."""

    @property
    def free(self) -> int:
        """Number of trials that may be submitted now; it may change with ``wait``."""

    @property
    def running(self) -> tuple[int, ...]:
        """Numbers of the trials that were submitted and have not ended."""

    def submit(self, job: TrialJob, timeout_s: float) -> None:
        """Start a trial; it is killed when it is not done ``timeout_s`` seconds from its start."""

    def check(self, job: TrialJob, timeout_s: float) -> TrialOutcome:
        """Run ``job`` alone, to see what comes of it: before the first trial, as a dry one."""

    def answer(self, number: int, *, go_on: bool) -> None:
        """Answer the checkpoint of a trial: go on, or stop and hand in what there is.

        Nothing happens when the trial has died since.
        """

    def kill(self, number: int, outcome: TrialOutcome) -> None:
        """Kill a running trial; it ends with ``outcome``, unless it was done already."""

    def wait(self, timeout_s: float | None = None) -> list[Event]:
        """Return what happened, waiting for it at most ``timeout_s`` seconds."""

    def close(self) -> None:
        """Kill what runs and leave nothing behind; a second call does nothing."""


def run_alone(executor: Executor, job: TrialJob, timeout_s: float) -> TrialOutcome:
    """Run ``job`` with nothing else, whatever its checkpoints, and return its outcome."""
    executor.submit(job, timeout_s)
    while True:
        for event in executor.wait():
            if isinstance(event, Ended):
                return event.outcome
            executor.answer(event.number, go_on=True)
