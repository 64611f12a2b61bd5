"""Records of a live run's predictions.jsonl, read from where the last look stopped.

The file is opened for reading only, and no lock is taken: Titan writes on. Only whole lines are
read, so that a record that is being written is read at the next look.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

import numpy as np

from titan_mlopt.backtest.predictions import LINE_LIMIT_BYTES, parse_record
from titan_mlopt.core.errors import ConfigError

#: Most records of one batch.
BATCH = 4096
# Bytes before the offset by which a file is recognised.
_PRINT_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file was read: which file it is, and the bytes that were read.

    device, inode: of the file, 0 before the first look. offset: end of the last line that was read.
    mark: SHA-256 of at most 1,024 bytes before the offset, by which the file is recognised when it
    was copied, and found out when it was truncated and has grown again.
    """

    device: int = 0
    inode: int = 0
    offset: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records in the order of the file, with the position after them.

    direction, outcome: int8 (n,), +1, −1 or 0. confidence, returns: float64 (n,). n_bad: lines in
    between that are no record. notice: what happened to the file, "" for nothing.
    """

    direction: np.ndarray
    confidence: np.ndarray
    returns: np.ndarray
    outcome: np.ndarray
    n_bad: int
    position: Position
    notice: str = ""

    def part(self, start: int, stop: int) -> Batch:
        """Return the records start <= index < stop; bad lines count with the last of them."""
        cut = slice(start, stop)
        return replace(
            self,
            direction=self.direction[cut],
            confidence=self.confidence[cut],
            returns=self.returns[cut],
            outcome=self.outcome[cut],
            n_bad=self.n_bad if stop >= len(self.direction) else 0,
        )


def read_new(path: Path, position: Position) -> Iterator[Batch]:
    """Yield what was appended since a position, in batches.

    A file that was replaced or truncated is read from its start; what was left in the old one is
    read first where that stands beside it under another name, as after a rotation by renaming. A
    copy of the file that holds what was read before goes on where that ended.

    Args:
        path: The file; while it does not exist there is nothing new.
        position: After the last batch.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        _check_kind(path)
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            notice = ""
            if position.inode and not _goes_on(file, status, position):
                old_path = _find_old(path, position)
                if old_path is not None:
                    with old_path.open("rb") as old:
                        yield from _batches(old, position)
                notice = _replaced_text(path, old_path)
                position = Position()
            position = replace(position, device=status.st_dev, inode=status.st_ino)
            yield from _batches(file, position, notice)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(
            f"{path}: must be readable, got {error.strerror}; name the predictions.jsonl of the "
            "live run"
        ) from error


def real_path(path: Path) -> str:
    """Return the absolute path without links; links in a circle stay, and reading tells of them."""
    return os.path.realpath(path)


def _check_kind(path: Path) -> None:
    """Refuse what is no regular file before it is opened: to open a pipe waits for its writer."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ConfigError(
            f"{path}: must be a regular file, got another kind; name the predictions.jsonl of the "
            "live run"
        )


def holds(path: Path, position: Position) -> bool:
    """Whether a file begins with what was read up to a position; True where nothing was read."""
    if not position.offset:
        return True
    try:
        _check_kind(path)
        with path.open("rb") as file:
            return _goes_on(file, os.fstat(file.fileno()), position)
    except (OSError, ConfigError):
        return False


def end_of(path: Path) -> Position:
    """Return the position after the last whole line; that of an unread file where there is none."""
    position = Position()
    for batch in read_new(path, position):
        position = batch.position
    return position


def _goes_on(file: BufferedReader, status: os.stat_result, position: Position) -> bool:
    """Whether the file begins with what was read, wherever it stands now."""
    return status.st_size >= position.offset and _mark(file, position.offset) == position.mark


def _mark(file: BufferedReader, offset: int) -> str:
    if not offset:
        return ""
    first = max(0, offset - _PRINT_BYTES)
    file.seek(first)
    return hashlib.sha256(file.read(offset - first)).hexdigest()[:16]


def _find_old(path: Path, position: Position) -> Path | None:
    """Return where the file that was read stands now; None when it is gone."""
    for candidate in sorted(path.parent.glob(f"{path.name}*")):
        status = candidate.lstat()
        same = (status.st_dev, status.st_ino) == (position.device, position.inode)
        if same and candidate != path and stat.S_ISREG(status.st_mode):
            with candidate.open("rb") as file:
                if _goes_on(file, status, position):
                    return candidate
    return None


def _replaced_text(path: Path, old_path: Path | None) -> str:
    lost = "records that were left in the old one are not counted"
    end = f"the rest of the old one was read from {old_path.name}" if old_path is not None else lost
    return f"{path}: was replaced or truncated, and is read from its start; {end}"


def _batches(file: BufferedReader, position: Position, notice: str = "") -> Iterator[Batch]:
    """Yield the records from the position on; at least one batch if there is something to tell."""
    file.seek(position.offset)
    offset, announced = position.offset, False
    while True:
        bars, n_bad, offset_before = list[tuple[int, float, float, int]](), 0, offset
        while len(bars) < BATCH and (length := _next_line(file)) is not None:
            size, line = length
            offset += size
            if not line.strip() and size <= LINE_LIMIT_BYTES:
                continue
            bar = parse_record(line) if size <= LINE_LIMIT_BYTES else None
            if bar is None:
                n_bad += 1
            else:
                bars.append(bar)
        if offset == offset_before and (announced or not notice):
            return
        announced = True
        after = replace(position, offset=offset, mark=_mark(file, offset))
        file.seek(offset)
        direction, confidence, returns, outcome = zip(*bars, strict=True) if bars else ((),) * 4
        yield Batch(
            np.array(direction, np.int8),
            np.array(confidence, np.float64),
            np.array(returns, np.float64),
            np.array(outcome, np.int8),
            n_bad,
            after,
            notice,
        )
        notice = ""


def _next_line(file: BufferedReader) -> tuple[int, bytes] | None:
    """Return size and content of the next whole line; None where it has no end yet.

    Of a line above the limit only the end is returned.
    """
    size = 0
    while piece := file.readline(LINE_LIMIT_BYTES + 1):
        size += len(piece)
        if piece.endswith(b"\n"):
            return size, piece
    return None
