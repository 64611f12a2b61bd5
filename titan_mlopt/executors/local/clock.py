"""The time that a trial has used: what a stopped process or an unanswered question costs is not.

The zygote counts a trial's time, and sees neither its questions nor the answers. Memory that both
share says that the trial asks or reports; whether the coordinator has answered, or read the report,
shows at the trial's end of the socket. So a coordinator that is stopped costs the trial no time,
and the time of a trial that somebody stops while it asks runs on as soon as its answer is there.
"""

from __future__ import annotations

import mmap
import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: Of a longer time between two looks only so much counts: the process that looks was stopped.
MAX_STEP_S = 1.0
#: What a trial may do beside its own work: ask a question whose answer it needs, or report.
ASKS, TELLS = 0, 1


@dataclass(slots=True)
class Stopwatch:
    """Adds up the time between looks.

    looked_at: the last look, of ``time.monotonic``. seconds: what has been counted so far.
    """

    looked_at: float
    seconds: float = 0.0

    def look(self, at: float, *, counts: bool = True) -> float:
        """Return what is counted so far.

        Args:
            at: The time of this look, in seconds; before the last one it adds nothing.
            counts: Whether the time since the last look counts. Of more than ``MAX_STEP_S`` only
                that much does.
        """
        passed, self.looked_at = at - self.looked_at, at
        if counts:
            self.seconds += min(max(passed, 0.0), MAX_STEP_S)
        return self.seconds

    def restart(self, at: float) -> None:
        """Count from ``at`` on, from 0."""
        self.looked_at, self.seconds = at, 0.0


def is_waiting(*, asks: bool, tells: bool, readable: bool, writable: bool) -> bool:
    """Return whether a trial waits for its coordinator.

    Args:
        asks: Whether it has asked, or is about to.
        tells: Whether it writes a report, which needs no answer.
        readable: Whether an answer has come that the trial has not read.
        writable: Whether the coordinator has read nearly all that the trial wrote.
    """
    return (asks and not readable) or (tells and not writable)


class WaitCounter:
    """Counts of a trial's threads that ask and that report; made before the fork, and so shared."""

    def __init__(self) -> None:
        self._counts, self._lock = mmap.mmap(-1, 2), threading.Lock()
        self._owner = 0

    def claim(self) -> None:
        """Let this process alone count: its own forks share the memory, too."""
        self._owner = os.getpid()

    @contextmanager
    def during(self, activity: int) -> Iterator[None]:
        """Count a thread of the trial as one that ``ASKS`` or ``TELLS`` while the block lasts."""
        self._add(activity, 1)
        try:
            yield
        finally:
            self._add(activity, -1)

    def _add(self, activity: int, n: int) -> None:
        if os.getpid() == self._owner:
            with self._lock:
                self._counts[activity] += n

    def is_waiting(self, fd: int) -> bool:
        """Return, in the zygote, whether the trial waits; fd: the trial's end of the socket."""
        asks, tells = self._counts[ASKS] > 0, self._counts[TELLS] > 0
        if not asks and not tells:
            return False
        poll = select.poll()
        poll.register(fd, select.POLLIN | select.POLLOUT)
        ready = dict(poll.poll(0)).get(fd, 0)
        readable, writable = bool(ready & select.POLLIN), bool(ready & select.POLLOUT)
        return is_waiting(asks=asks, tells=tells, readable=readable, writable=writable)

    def close(self) -> None:
        """Release the memory."""
        self._counts.close()
