"""What a coordinator and the Dask workers say to each other, and what its two threads do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from titan_mlopt.records import TrialJob, TrialOutcome

#: Kinds of the events that a coordinator hears, and keys of what a task returns.
STARTED, CHECKPOINT = "started", "checkpoint"
OUTCOME, LACKS = "outcome", "lacks"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A candle file by its SHA-256. suffix: of its name; how it is read depends on it."""

    digest: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Order:
    """One attempt at a trial. session: the coordinator's; files: what the job reads.

    Where the job names a file it has the digest of one of these.
    """

    session: str
    attempt: int
    job: TrialJob
    files: tuple[SentFile, ...]
    timeout_s: float

    def job_reading(self, paths: Mapping[str, str]) -> TrialJob:
        """Return the job with the files' paths, given by digest, where it has the digests."""
        segments = tuple(
            dataclasses.replace(one, path=paths[one.path]) if one.path else one
            for one in self.job.segments
        )
        candles = paths[self.job.candles_path]
        return dataclasses.replace(self.job, candles_path=candles, segments=segments)

    def to_json(self) -> str:
        """Return the order as one line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Order:
        """Return the order that ``to_json`` wrote."""
        raw = json.loads(text)
        files = tuple(SentFile(**file) for file in raw["files"])
        return cls(**{**raw, "job": TrialJob.from_plain(raw["job"]), "files": files})


@dataclass(frozen=True, slots=True)
class Joined:
    """Who is there now, with the number of trials each can run; remarks are for people."""

    workers: Mapping[str, int]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker says of a trial while it runs, as ``dask_host`` words it."""

    number: int
    attempt: int
    kind: str
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A trial ended, and its process and folder are gone."""

    number: int
    attempt: int
    outcome: TrialOutcome


@dataclass(frozen=True, slots=True)
class Lost:
    """An attempt at a trial came to nothing, by no fault of the trial that is known."""

    number: int
    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing can go on: the scheduler is gone, or there is an error in this program."""

    error: BaseException


Arrived = Joined | Told | Finished | Lost | Failed
