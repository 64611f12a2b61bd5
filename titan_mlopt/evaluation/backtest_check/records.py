"""The records that a run has written, bar by bar, and what is wrong with its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, parse_record, record_fault
from titan_mlopt.core.errors import short_repr
from titan_mlopt.core.json_text import parse_json

_TIMES = ("timestamp", "ts", "time")
# A sum over a whole column may differ in its last bits when later values do.
_SAME_CONFIDENCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """The records of one run.

    Attributes:
        bars: A row for each record: direction (+1, -1, 0), confidence in [0, 1], return and
            direction of the outcome; shape (n_records, 4).
        faults: What is wrong with lines, the first five.
    """

    bars: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))
    faults: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.bars)

    def first_different_decision(self, second: Records) -> int | None:
        """Return the first record whose direction or confidence differs, None if none does."""
        return _first_different(self.bars[:, :2], second.bars[:, :2], _SAME_CONFIDENCE)

    def first_different_outcome(self, second: Records) -> int | None:
        """Return the first record whose return or outcome differs, None if none does."""
        return _first_different(self.bars[:, 2:], second.bars[:, 2:], 0.0)


def _first_different(
    first: NDArray[np.float64], second: NDArray[np.float64], tolerance: float
) -> int | None:
    n = min(len(first), len(second))
    differs = (np.abs(first[:n] - second[:n]) > tolerance).any(axis=1)
    if differs.any():
        return int(differs.argmax())
    return None if len(first) == len(second) else n


def read_records(folder: Path) -> Records | None:
    """Return the records that an examined run left in a folder, None where it wrote no file."""
    path = folder / PREDICTIONS_FILE
    if not path.is_file():
        return None
    with path.open("rb") as file:
        lines = [line.strip() for line in file]
    bars = [bar for line in lines if (bar := parse_record(line)) is not None]
    faults = [text for _, text in zip(range(5), _faults(lines), strict=False)]
    return Records(np.array(bars, np.float64).reshape(-1, 4), tuple(faults))


def _faults(lines: list[bytes]) -> Iterator[str]:
    """Yield what is wrong: lines that are no record, and records that are not in order of time."""
    before: tuple[str, object] = ("", None)
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        if fault := record_fault(line):
            yield f"line {number} {short_repr(line.decode(errors='replace'))}: {fault}"
            continue
        record = parse_json(line.decode("utf-8-sig"), strict=False)
        name = next((name for name in _TIMES if name in record), "")
        moment = record.get(name)
        same = type(moment) is type(before[1]) and name == before[0]
        if same and isinstance(moment, int | float | str) and moment <= before[1]:  # type: ignore[operator]  # of one type
            yield f"line {number}: {name} {moment} does not come after {before[1]}"
        before = name, moment
