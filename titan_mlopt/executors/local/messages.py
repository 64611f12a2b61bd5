"""What a trial and its coordinator send each other, taken out of bytes that may be anything.

``Connection.send_bytes`` of ``multiprocessing`` writes a message as its length (4 bytes, signed,
big-endian) and its bytes. ``recv_bytes`` blocks until a message whose length was read is whole, and
allocates as much memory as that length says. A reader of an untrusted process can afford neither.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from titan_mlopt.core.errors import short_repr
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, Checkpoint, TrialJob, TrialOutcome

#: The answers to a checkpoint.
GO_ON, STOP = b"1", b"0"
#: No message of ours comes near: an outcome with its traceback and curves is some 100 kB.
LIMIT_BYTES = 2**25
_LENGTH = struct.Struct("!i")
_LONGEST_NAME = 2000


class StrayBytesError(ValueError):
    """The bytes are no message of ours; the text says what they are."""


def pack_frame(data: bytes) -> bytes:
    """Return a message as ``Connection.recv_bytes`` reads it."""
    return _LENGTH.pack(len(data)) + data


class Frames:
    """Collects bytes as they come and returns the messages that are complete."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit, self._data = limit_bytes, bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that ``data`` completes, in order.

        Raises:
            StrayBytesError: A length is negative or above the limit; nothing after it counts.
        """
        self._data += data
        messages = []
        while len(self._data) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._data)
            if not 0 <= length <= self._limit:
                raise StrayBytesError(f"a message of {length:,} bytes")
            end = _LENGTH.size + length
            if len(self._data) < end:
                break
            messages.append(bytes(self._data[_LENGTH.size : end]))
            del self._data[:end]
        return messages


class Lines:
    """Collects bytes as they come and returns the JSON objects of the lines that are complete."""

    def __init__(self, limit_bytes: int = 65_536) -> None:
        self._limit, self._rest = limit_bytes, b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Return the objects that ``data`` completes, in order.

        Raises:
            StrayBytesError: A line is no JSON object, or longer than the limit.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > self._limit:
            raise StrayBytesError(f"a line of more than {self._limit:,} bytes")
        return [json_object(line) for line in lines]


def json_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object in a message; raise ``StrayBytesError`` when there is none."""
    try:
        message = parse_json(text, strict=False)
    except ValueError as error:
        raise StrayBytesError(f"{text[:40]!r}") from error
    if not isinstance(message, dict):
        raise StrayBytesError(f"{text[:40]!r}")
    return message


def read_checkpoint(raw: Any) -> Checkpoint:
    """Return a checkpoint that a trial sent; raise ``StrayBytesError`` when it is none."""
    try:
        point = Checkpoint(**raw)
    except TypeError as error:
        raise StrayBytesError(f"{short_repr(raw)} for a checkpoint") from error
    counts = (point.n_predictions, point.n_bars)
    figures = (point.accuracy, point.ece, point.sharpe, point.walk_accuracy, point.walk_sharpe)
    if not all(isinstance(count, int) for count in counts) or not all(
        figure is None or isinstance(figure, int | float) for figure in figures
    ):
        raise StrayBytesError(f"{short_repr(raw)} for a checkpoint")
    return point


def read_outcome(text: Any) -> TrialOutcome:
    """Return the outcome that a trial sent; raise ``StrayBytesError`` when it is none."""
    try:
        outcome = TrialOutcome.from_json(text)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise StrayBytesError(f"{short_repr(text)} for an outcome") from error
    if outcome.state not in (COMPLETE, PRUNED, FAIL):
        raise StrayBytesError(f"{short_repr(text)} for an outcome")
    return outcome


def read_source(raw: Any) -> tuple[str, str]:
    """Return module and digest of a source that a trial loaded; ``StrayBytesError`` if neither."""
    if not isinstance(raw, list) or len(raw) != 2:
        raise StrayBytesError(f"{short_repr(raw)} for a source")
    if not all(isinstance(part, str) and len(part) <= _LONGEST_NAME for part in raw):
        raise StrayBytesError(f"{short_repr(raw)} for a source")
    return raw[0], raw[1]


@dataclass(frozen=True)
class ImportRequest:
    """What is to be imported.

    Attributes:
        backtest: Import path, "package.module:function".
        folder: Folder put first on ``sys.path``, "" for none.
        sources: File with the pinned SHA-256 of each module, as JSON. There may be thousands, too
            many for one message. The import has an empty folder beside it.
        sealed: Whether trials work in folders of their own, see ``TrialJob.sealed``.
    """

    backtest: str
    folder: str
    sources: str
    sealed: bool

    @classmethod
    def write(cls, job: TrialJob, sources: Path) -> ImportRequest:
        """Return the request for what a job runs; the digests are written to a file."""
        sources.write_text(json.dumps(dict(job.sources or {})), encoding="utf-8")
        return cls(job.backtest, job.backtest_path, str(sources), job.sealed)
