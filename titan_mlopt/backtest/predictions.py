"""Predictions that an external backtest writes to a file, one per line, read while it grows."""

from __future__ import annotations

import errno
import math
import os
import stat
from array import array
from collections.abc import Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import TypeGuard

import numpy as np

from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.unchanged import DOWN, MISS, SKIP, UP

PREDICTIONS_FILE = "predictions.jsonl"
#: A longer line is no record; it is skipped without being held in memory.
LINE_LIMIT_BYTES = 2**20
_CHUNK_BYTES = 2**18
#: A larger return of a single candle is an error in any unit.
_MOST_RETURN = 1e6

_Bar = tuple[int, float, float, int]
_NO_FILE = (0, 0)

_DIRECTIONS = {
    **dict.fromkeys(("UP", "LONG", "BUY", "1", "+1"), 1),
    **dict.fromkeys(("DOWN", "SHORT", "SELL", "-1"), -1),
    **dict.fromkeys(("FLAT", "NEUTRAL", "HOLD", "NONE", "0"), 0),
}


def _spelled(nouns: Iterable[str], *roles: str) -> tuple[str, ...]:
    return tuple(role + noun for noun in nouns for role in roles)


# Keys as ``_flattened`` gives them, the most explicit first.
_DECISION = ("decision", "prediction", "predicted", "pred", "forecast", "signal")
_OUTCOME = ("outcome", "actual", "result", "realized", "realised", "true")
_SIDE, _CONFIDENCE = ("direction", "side"), ("confidence", "conf", "probability", "prob")
_RETURN = ("return", "returns", "ret", "returnpct")
_DIRECTION_KEYS = (*_spelled(_SIDE, *_DECISION), *_SIDE, *_DECISION)
_CONFIDENCE_KEYS = (*_spelled(_CONFIDENCE, *_DECISION), *_CONFIDENCE)
_OUTCOME_KEYS, _AMBIGUOUS_OUTCOME_KEYS = _spelled(_SIDE, *_OUTCOME), ("outcome", "actual")
_RETURN_KEYS = (*_spelled(_RETURN, *_OUTCOME, "next"), *_RETURN)


class PredictionReader:
    """Reads the records of a growing file: one JSON object per line and bar, in order of time.

    A record holds direction and confidence of the decision, and direction or return of the
    outcome. It is nested (``{"decision": {"direction": "UP", "confidence": 0.55}, "outcome":
    {"direction": "DOWN", "return": -0.0003}}``) or flat (``outcome_direction``), in upper or lower
    case. A FLAT record is a bar without a prediction. No content of the file raises.

    Args:
        path: The file; it need not exist yet.
        interval_s: Seconds per bar, for the Sharpe ratio.
        seed: Seed of the ECE's noise floor.
        cost_bps: Trading costs in basis points per unit of changed position.
        unchanged: What an unchanged close counts as (``core.unchanged``).

    Attributes:
        skipped: Number of lines that are no record.
    """

    def __init__(
        self,
        path: str | Path,
        interval_s: float = 60.0,
        seed: int = 0,
        cost_bps: float = 0.0,
        unchanged: str = SKIP,
    ) -> None:
        self._path, self._interval_s = Path(path), interval_s
        self._seed, self._cost_bps, self._unchanged = seed, cost_bps, unchanged
        self._begin(_NO_FILE)

    def _begin(self, identity: tuple[int, int]) -> None:
        self._identity, self._offset = identity, 0
        self._line, self._too_long = bytearray(), False
        self._direction, self._outcome = array("b"), array("b")
        self._confidence, self._returns = array("d"), array("d")
        self._bars_at = array("q")  # number of records up to and including each prediction
        self.skipped = 0

    @property
    def n_records(self) -> int:
        """Number of records so far, FLAT ones included."""
        return len(self._direction)

    @property
    def n_predictions(self) -> int:
        """Number of predictions so far that count."""
        return len(self._bars_at)

    def read(self, *, ended: bool = False) -> int:
        """Read what was appended since the last call.

        A file that shrank or was replaced is read again from its start. While it does not exist or
        cannot be read, nothing is new. Memory holds one line (at most 1 MB) and 26 bytes per
        record, however much was appended.

        Args:
            ended: Nothing will follow: the last line counts even without a line end, and a file
                that cannot be read is an error.

        Returns:
            The number of new records.

        Raises:
            BacktestError: At the end the file cannot be read, or it is gone although it was read
                before, or its folder is gone. A file that never existed is fine: not every
                backtest writes one.
        """
        before = self.n_records
        try:
            before = self._read_new(before)
        except OSError as error:
            if ended and self._must_be_there(error):
                raise BacktestError(
                    f"{PREDICTIONS_FILE}: must be readable when the backtest ends, got "
                    f"{error.strerror or error}; see what removes or replaces it, or uses up the "
                    "open files (ulimit -n)"
                ) from error
        if ended:
            self._end_line()
        return self.n_records - before

    def _read_new(self, before: int) -> int:
        """Read what was appended; return ``before``, or less if the file was replaced."""
        if not stat.S_ISREG(self._path.stat().st_mode):  # a pipe would wait for its writer
            raise OSError(errno.EINVAL, "no regular file")
        with self._path.open("rb", buffering=0) as file:
            size = self._seek(file)
            before = min(before, self.n_records)
            self._read_until(file, size)
        return before

    def _must_be_there(self, error: OSError) -> bool:
        """Whether it is an error that the file cannot be read: it may be absent on purpose."""
        was_seen = self._identity != _NO_FILE
        return was_seen or error.errno != errno.ENOENT or not self._path.parent.is_dir()

    def _read_until(self, file: FileIO, size: int) -> None:
        while self._offset < size:
            chunk = file.read(min(_CHUNK_BYTES, size - self._offset))
            if not chunk:  # truncated meanwhile
                return
            self._offset += len(chunk)
            self._take(chunk)

    def _seek(self, file: FileIO) -> int:
        """Seek to the end of the last read, or the start of a replaced file; return the size."""
        status = os.fstat(file.fileno())
        identity = (status.st_dev, status.st_ino)
        if identity != self._identity or status.st_size < self._offset:
            self._begin(identity)
        file.seek(self._offset)
        return status.st_size

    def _take(self, chunk: bytes) -> None:
        *pieces, tail = chunk.split(b"\n")
        for piece in pieces:
            self._lengthen(piece)
            self._end_line()
        self._lengthen(tail)

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
        if direction and (outcome or self._unchanged != SKIP):
            self._bars_at.append(self.n_records)

    def stats(self, n_predictions: int | None = None) -> BacktestStats:
        """Return the stats of the records so far, or up to and including one prediction.

        The same number gives the same stats, no matter when the file was read. Every prediction
        counts as traded, and a record without a return has the return 0.

        Args:
            n_predictions: Number of that prediction, >= 0, where 0 means no records; None, or more
                than there are, for all records.

        Returns:
            The stats, with copied columns (n_records,).
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
            cost_bps=self._cost_bps,
            seed=self._seed,
            outcome=np.array(self._outcome[:n_records]),
            unchanged=self._unchanged,
        )


def unchanged_rule(stats: BacktestStats, n_predictions: float | None) -> str:
    """Return what a backtest's records count an unchanged close as.

    Args:
        stats: Of all its records.
        n_predictions: How many predictions the backtest says that it made; None where it does not.

    Returns:
        UP or DOWN where most records with a prediction and a return of 0 say so; MISS where they
        name no direction, and the backtest counts them as predictions. Otherwise SKIP, also
        without such a record, or where no record has a return.
    """
    made = stats.direction != 0
    unchanged = made & (stats.returns == 0.0)
    if not stats.returns.any() or stats.outcome is None or not unchanged.any():
        return SKIP
    for rule, direction in ((UP, 1), (DOWN, -1)):
        if (stats.outcome[unchanged] == direction).mean() > 0.5:
            return rule
    n_moved = int((made & (stats.outcome != 0)).sum())
    return MISS if n_predictions == int(made.sum()) > n_moved else SKIP


def parse_record(line: bytes | bytearray) -> _Bar | None:
    """Parse one line of the file.

    Args:
        line: One JSON object in UTF-8, see ``PredictionReader``.

    Returns:
        Direction (+1 UP, -1 DOWN, 0 FLAT), confidence in that direction (in [0, 1], .5 when FLAT;
        below .5 with DOWN it is taken for the probability of UP), return (0 without one) and
        outcome (as direction). None when the line is no record.
    """
    try:
        fields = _flattened(parse_json(line.decode("utf-8-sig"), strict=False))
        return _bar_of(fields)
    except ValueError:
        return None


def record_fault(line: bytes | bytearray) -> str:
    """Return why a line is left out, or which value of it is not taken as it is; "" for a good one.

    Args:
        line: As in ``parse_record``.
    """
    try:
        fields = _flattened(parse_json(line.decode("utf-8-sig"), strict=False))
        direction = _bar_of(fields)[0]
        confidence = _number_of(_find(fields, _CONFIDENCE_KEYS)) if direction else 0.5
    except ValueError as error:
        return str(error)
    return "" if 0.0 <= confidence <= 1.0 else f"confidence {confidence:g}, not from 0 to 1"


def _flattened(record: object) -> dict[str, object]:
    """Return the record with one level of nesting joined, as in decisiondirection."""
    if not isinstance(record, dict):
        raise ValueError("no object")
    flat: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update({_plain(key + inner): content for inner, content in value.items()})
        else:
            flat[_plain(key)] = value
    return flat


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


def _find(fields: dict[str, object], keys: Iterable[str], default: object = None) -> object:
    return next((fields[key] for key in keys if key in fields), default)


def _bar_of(fields: dict[str, object]) -> _Bar:
    """Return the bar of a record; raise ``ValueError`` if a value is missing or invalid."""
    side = _find(fields, _DIRECTION_KEYS, "")
    direction = 0 if side is None else _direction_of(side)
    raw_return = _find(fields, _RETURN_KEYS)
    change = None if raw_return is None else _number_of(raw_return)
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
    """Return the outcome's direction, as given or by the sign of the return; None without both."""
    raw_outcome = _find(fields, _OUTCOME_KEYS)
    if raw_outcome is not None:
        return _direction_of(raw_outcome)
    for key in _AMBIGUOUS_OUTCOME_KEYS:
        with suppress(ValueError):  # it may be "WIN"
            return _direction_of(fields.get(key))
    return None if change is None else (change > 0) - (change < 0)


def _direction_of(value: object) -> int:
    """Return +1, -1 or 0 for a direction in any spelling, also ``Direction.UP`` of an enum."""
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
    """Return a finite number, given as a number or as text."""
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
