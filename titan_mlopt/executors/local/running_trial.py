"""A trial that runs, as the coordinator sees it: what it has sent, and how it has ended."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from titan_mlopt.core.trial import FAIL, Checkpoint, TrialJob, TrialOutcome
from titan_mlopt.executors.base import Ended, Reached
from titan_mlopt.executors.local import messages, workspace
from titan_mlopt.executors.local.memory import count_kills
from titan_mlopt.executors.local.outcomes import Death, abandoned, died

_CHUNK_BYTES = 2**18
# A package with all that it imports has hundreds of modules.
_MOST_SOURCES = 50_000


@dataclass
class RunningTrial:
    """A submitted trial.

    connection: the coordinator's end of the socket. kills: the kernel's count when it started.
    outcome: what it ends with, as far as that is decided. is_killed: whether the zygote was told to
    kill it.
    """

    job: TrialJob
    timeout_s: float
    connection: socket.socket
    frames: messages.Frames = field(default_factory=messages.Frames)
    started: float = field(default_factory=time.monotonic)
    kills: int | None = field(default_factory=count_kills)
    outcome: TrialOutcome | None = None
    is_killed: bool = False
    points: list[Checkpoint] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether something may come of it still."""
        return self.connection.fileno() >= 0

    def begin(self) -> None:
        """Send the job; whatever is received afterwards is not waited for."""
        self.send(json.dumps(asdict(self.job)).encode())
        self.connection.setblocking(False)

    def send(self, data: bytes) -> None:
        """Send a message as ``Connection.recv_bytes`` reads it; a dead trial does not get it."""
        with suppress(OSError):
            self.connection.sendall(messages.pack_frame(data))

    def receive(self) -> list[Reached]:
        """Take in a part of what the trial has sent, and return the checkpoints in it.

        Raises:
            StrayBytesError: Something in it is no message of ours.
        """
        try:
            data = self.connection.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.connection.close()  # dead; the zygote tells how
        events: list[Reached] = []
        for frame in self.frames.feed(data):
            if self.is_open:
                events += self._take(messages.json_object(frame))
        return events

    def _take(self, message: dict[str, Any]) -> list[Reached]:
        if "checkpoint" in message:
            point = messages.read_checkpoint(message["checkpoint"])
            if len(self.points) >= max(len(self.job.grid), len(self.job.segments)):
                raise messages.StrayBytesError("more checkpoints than it was asked for")
            self.points.append(point)
            return [Reached(self.job.number, point)] if self.outcome is None else []
        if "source" in message:
            module, digest = messages.read_source(message["source"])
            self.sources[module] = digest
            if len(self.sources) > _MOST_SOURCES:
                raise messages.StrayBytesError(f"more than {_MOST_SOURCES:,} sources")
            return []
        outcome = messages.read_outcome(message.get("outcome"))
        self.outcome = self.outcome or outcome
        self.connection.close()  # an outcome is the last message
        return []

    def end(self, code: int | None, message: dict[str, Any]) -> Ended:
        """Return the end of the trial.

        message: what the zygote says of it, or under ``lost`` what became of the zygote.
        """
        folder = Path(self.job.folder)
        log = _read_log(folder) if self.outcome is None or self.outcome.state == FAIL else ""
        if self.outcome is not None:
            outcome = self.outcome
        elif "lost" in message:
            outcome = abandoned(self.job, self.points, message["lost"])
        else:
            outcome = died(self._death(code, message, log))
        seconds = time.monotonic() - self.started
        points = outcome.checkpoints or tuple(self.points)
        outcome = replace(outcome, log=log, checkpoints=points, duration_seconds=seconds)
        return Ended(self.job.number, outcome, self.sources)

    def _death(self, code: int | None, message: dict[str, Any], log: str) -> Death:
        """Return the facts about a trial that ended without an outcome."""
        kills = count_kills()
        return Death(
            job=self.job,
            points=self.points,
            code=code,
            why=message.get("why", ""),
            timeout_s=self.timeout_s if message.get("timed_out") else None,
            log=log,
            kills=None if self.kills is None or kills is None else kills - self.kills,
        )


def _read_log(folder: Path) -> str:
    """Return the end of a trial's log; one that cannot be read says why instead of ending us."""
    try:
        return workspace.read_log(folder)
    except OSError as error:
        return f"(the log could not be read: {error})"
