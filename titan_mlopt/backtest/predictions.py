"""The predictions that any backtest writes to a file, one a line, followed while it grows."""

from __future__ import annotations

import json
import math
import os
from array import array
from collections.abc import Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import TypeGuard

import numpy as np

from titan_mlopt.backtest.stats import BacktestStats

PREDICTIONS_FILE = "predictions.jsonl"
#: A longer line is no record of ours; it is skipped without being held in memory.
LINE_LIMIT_BYTES = 2**20
_CHUNK_BYTES = 2**18
#: A candle's return beyond it is a mistake, whatever its unit.
_MOST_RETURN = 1e6

_Bar = tuple[int, float, float, int]

_DIRECTIONS = {
    **dict.fromkeys(("UP", "LONG", "BUY", "1", "+1"), 1),
    **dict.fromkeys(("DOWN", "SHORT", "SELL", "-1"), -1),
    **dict.fromkeys(("FLAT", "NEUTRAL", "HOLD", "NONE", "0"), 0),
}


def _spelled(nouns: Iterable[str], *roles: str) -> tuple[str, ...]:
    return tuple(role + noun for noun in nouns for role in roles)


# Keys as ``_flattened`` gives them, the most explicit first.
_DECIDED = ("decision", "prediction", "predicted", "pred", "forecast", "signal")
_HAPPENED = ("outcome", "actual", "result", "realized", "realised", "true")
_SIDE, _SURE = ("direction", "side"), ("confidence", "conf", "probability", "prob")
_RETURN = ("return", "returns", "ret", "returnpct")
_DIRECTION_KEYS = (*_spelled(_SIDE, *_DECIDED), *_SIDE, *_DECIDED)
_CONFIDENCE_KEYS = (*_spelled(_SURE, *_DECIDED), *_SURE)
_OUTCOME_KEYS, _OUTCOME_OR_OTHER_KEYS = _spelled(_SIDE, *_HAPPENED), ("outcome", "actual")
_RETURN_KEYS = (*_spelled(_RETURN, *_HAPPENED, "next"), *_RETURN)


class PredictionReader:
    """The records of a growing file: one JSON object a line, one bar each, in order of time.

    A record has the direction and confidence of the decision, and the direction or the return of
    the outcome, nested (``{"decision": {"direction": "UP", "confidence": 0.55}, "outcome":
    {"direction": "DOWN", "return": -0.0003}}``) or flat (``outcome_direction``), in any case.
    A FLAT record is a bar without a prediction. Lines that are no such record are counted in
    ``skipped``; nothing that the file may hold raises.

    interval_s: seconds a bar, for the Sharpe ratio. seed: that of the stats' ``ece_noise``.
    """

    def __init__(self, path: str | Path, interval_s: float = 60.0, seed: int = 0) -> None:
        self._path, self._interval_s, self._seed = Path(path), interval_s, seed
        self._begin((0, 0))

    def _begin(self, identity: tuple[int, int]) -> None:
        self._identity, self._offset = identity, 0
        self._line, self._too_long = bytearray(), False
        self._direction, self._outcome = array("b"), array("b")
        self._confidence, self._returns = array("d"), array("d")
        self._bars_at = array("q")  # number of records up to and with each prediction
        self.skipped = 0

    @property
    def n_records(self) -> int:
        """Number of records so far, FLAT ones included."""
        return len(self._direction)

    @property
    def n_predictions(self) -> int:
        """Number of predictions so far."""
        return len(self._bars_at)

    def read(self, *, ended: bool = False) -> int:
        """Take in what was appended since the last call; return the number of new records.

        ended: nothing will follow, so the last line counts even without an end of line.
        A file that shrank or was replaced is read anew from its start. Without a file, or with one
        that cannot be read now, there is nothing new. Memory holds one line (1 MB at most) and 26
        bytes for each record, however much was appended.
        """
        before = self.n_records
        with suppress(OSError):
            if self._path.is_file():  # a pipe of that name would wait for its writer
                with self._path.open("rb", buffering=0) as file:
                    size = self._find_place(file)
                    before = min(before, self.n_records)
                    self._read_until(file, size)
        if ended:
            self._end_line()
        return self.n_records - before

    def _read_until(self, file: FileIO, size: int) -> None:
        while self._offset < size:
            chunk = file.read(min(_CHUNK_BYTES, size - self._offset))
            if not chunk:  # cut off since
                return
            self._offset += len(chunk)
            self._take(chunk)

    def _find_place(self, file: FileIO) -> int:
        """Go to where the last call stopped, or to the start of another file; return the size."""
        found = os.fstat(file.fileno())
        identity = (found.st_dev, found.st_ino)
        if identity != self._identity or found.st_size < self._offset:
            self._begin(identity)
        file.seek(self._offset)
        return found.st_size

    def _take(self, chunk: bytes) -> None:
        *pieces, rest = chunk.split(b"\n")
        for piece in pieces:
            self._lengthen(piece)
            self._end_line()
        self._lengthen(rest)

    def _lengthen(self, piece: bytes) -> None:
        if self._too_long or len(self._line) + len(piece) > LINE_LIMIT_BYTES:
            self._too_long = True
        else:
            self._line += piece

    def _end_line(self) -> None:
        line, too_long = self._line.strip(), self._too_long
        self._line, self._too_long = bytearray(), False
        if not line and not too_long:
            return
        bar = None if too_long else parse_record(line)
        if bar is None:
            self.skipped += 1
            return
        direction, confidence, change, outcome = bar
        self._direction.append(direction)
        self._confidence.append(confidence)
        self._returns.append(change)
        self._outcome.append(outcome)
        if direction:
            self._bars_at.append(self.n_records)

    def stats(self, n_predictions: int | None = None) -> BacktestStats:
        """Return the stats of the records up to and with that prediction; None means all records.

        n_predictions: from 0 (no records) on; with fewer so far, all records count. The same
        number gives the same stats whenever the file was looked at. Every prediction is traded; a
        record without a return has 0. Columns are (n_records,), copied.
        """
        n_records = self.n_records
        if n_predictions is not None and n_predictions <= self.n_predictions:
            n_records = self._bars_at[n_predictions - 1] if n_predictions > 0 else 0
        direction = np.array(self._direction[:n_records])
        return BacktestStats(
            direction=direction,
            confidence=np.array(self._confidence[:n_records]),
            traded=direction != 0,
            returns=np.array(self._returns[:n_records]),
            interval_s=self._interval_s,
            seed=self._seed,
            outcome=np.array(self._outcome[:n_records]),
        )


def parse_record(line: bytes | bytearray) -> _Bar | None:
    """Return direction, confidence, return and outcome of a line; None when it is no record.

    direction, outcome: +1 UP, -1 DOWN, 0 FLAT. confidence: in the direction, [0, 1]; .5 when FLAT.
    A confidence below .5 in DOWN is taken for the probability of UP.
    """
    try:
        fields = _flattened(json.loads(line.decode("utf-8-sig")))
        return _bar_of(fields)
    except (ValueError, RecursionError):
        return None


def _flattened(record: object) -> dict[str, object]:
    """Return the record with one level of nesting joined: Decision.Direction, decisiondirection."""
    if not isinstance(record, dict):
        raise ValueError("no object")
    flat: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update({_plain(key + inner): found for inner, found in value.items()})
        else:
            flat[_plain(key)] = value
    return flat


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


def _find(fields: dict[str, object], keys: Iterable[str], default: object = None) -> object:
    return next((fields[key] for key in keys if key in fields), default)


def _bar_of(fields: dict[str, object]) -> _Bar:
    """Return the bar; raise ``ValueError`` when a value is missing or no such value."""
    side = _find(fields, _DIRECTION_KEYS, "")
    direction = 0 if side is None else _direction_of(side)
    moved = _find(fields, _RETURN_KEYS)
    change = None if moved is None else _number_of(moved)
    if change is not None and abs(change) > _MOST_RETURN:
        raise ValueError("no return")
    outcome = _outcome_of(fields, change)
    if direction == 0:
        return 0, 0.5, change or 0.0, outcome or 0
    if outcome is None:
        raise ValueError("no outcome")
    confidence = _number_of(_find(fields, _CONFIDENCE_KEYS))
    if direction < 0 and confidence < 0.5:
        confidence = 1.0 - confidence
    return direction, min(max(confidence, 0.0), 1.0), change or 0.0, outcome


def _outcome_of(fields: dict[str, object], change: float | None) -> int | None:
    """Return the direction of what happened, told or by the sign of the return; None if neither."""
    told = _find(fields, _OUTCOME_KEYS)
    if told is not None:
        return _direction_of(told)
    for key in _OUTCOME_OR_OTHER_KEYS:
        with suppress(ValueError):  # "WIN"
            return _direction_of(fields.get(key))
    return None if change is None else (change > 0) - (change < 0)


def _direction_of(value: object) -> int:
    """Return +1, -1 or 0 for a direction in any of its spellings, ``Direction.UP`` too."""
    if isinstance(value, str):
        name = value.strip().upper()
        last = name.rpartition(".")[2]
        name = last if last.isalpha() else name
        if name in _DIRECTIONS:
            return _DIRECTIONS[name]
    elif _is_number(value) and value in (-1, 0, 1):
        return int(value)
    raise ValueError("no direction")


def _number_of(value: object) -> float:
    """Return a finite number, written as one or as text."""
    if not _is_number(value) and not isinstance(value, str):
        raise ValueError("no number")
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError("no float holds it") from error
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
