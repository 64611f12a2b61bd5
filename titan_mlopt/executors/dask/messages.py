"""Messages between a coordinator and Dask workers, and between the coordinator's two threads."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.trial import TrialJob, TrialOutcome

#: Kinds of a ``TrialEvent``, and keys of what a task returns.
STARTED, CHECKPOINT = "started", "checkpoint"
OUTCOME, SOURCES, LACKS = "outcome", "sources", "lacks"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A candle file by its SHA-256. suffix: the end of its name, which says how to read it."""

    digest: str
    suffix: str


@dataclass(frozen=True, slots=True)
class TrialRequest:
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
            dataclasses.replace(segment, path=paths[segment.path]) if segment.path else segment
            for segment in self.job.segments
        )
        candles = paths[self.job.candles_path]
        return dataclasses.replace(self.job, candles_path=candles, segments=segments)

    def to_json(self) -> str:
        """Return the request as one line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> TrialRequest:
        """Return the request that ``to_json`` wrote; ``ValueError`` as in ``parse_json``."""
        raw = parse_json(text, strict=False)
        files = tuple(SentFile(**file) for file in raw["files"])
        return cls(**{**raw, "job": TrialJob.from_plain(raw["job"]), "files": files})


@dataclass(frozen=True, slots=True)
class WorkersChanged:
    """The workers, with the number of trials each can run; remarks are for the user."""

    workers: Mapping[str, int]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialEvent:
    """What a worker reports of a running trial. content: a checkpoint's fields, else None."""

    number: int
    attempt: int
    kind: str
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A trial ended, and its process and folder are gone. sources: as in ``Ended``."""

    number: int
    attempt: int
    outcome: TrialOutcome
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AttemptLost:
    """An attempt at a trial failed, as far as is known not because of the trial."""

    number: int
    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The study cannot go on: the scheduler is gone, or this program has a bug."""

    error: BaseException


ClusterMessage = WorkersChanged | TrialEvent | Finished | AttemptLost | Failed
