"""The interface of executors: local processes and clusters run trials alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

from titan_mlopt.core.trial import Checkpoint, TrialJob, TrialOutcome

#: Key beside a backtest's identity: what a dry run found that it counts an unchanged close as.
UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Reached:
    """A trial reached a checkpoint and waits for ``Executor.answer``."""

    number: int
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Ended:
    """A trial has ended: its process and its folder are gone.

    sources: SHA-256 by module of what it loaded of an external backtest.
    """

    number: int
    outcome: TrialOutcome
    sources: Mapping[str, str] = field(default_factory=dict)


Event = Reached | Ended


class Executor(Protocol):
    """Runs trials, each a process that can be killed; used by one thread, closed after use."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def free(self) -> int:
        """Number of trials that may be submitted now; it may change with ``wait``."""

    @property
    def running(self) -> tuple[int, ...]:
        """Numbers of the trials that were submitted and have not ended."""

    def submit(self, job: TrialJob, timeout_s: float) -> None:
        """Start a trial; it is killed when it is not done ``timeout_s`` seconds from its start."""

    def answer(self, number: int, *, go_on: bool) -> None:
        """Answer the checkpoint of a trial: go on, or stop and report its metrics so far.

        Nothing happens when the trial has died since.
        """

    def kill(self, number: int, outcome: TrialOutcome) -> None:
        """Kill a running trial; it ends with ``outcome``, unless it was done already."""

    def wait(self, timeout_s: float | None = None) -> list[Event]:
        """Return the next events, waiting for them at most ``timeout_s`` seconds."""

    def close(self) -> None:
        """Kill the running trials and remove their files; a second call does nothing."""
