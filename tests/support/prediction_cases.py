"""Lines of predictions, and files read whole, for the tests of the reader."""

from __future__ import annotations

import json
from pathlib import Path

from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader
from titan_mlopt.backtest.stats import BacktestStats

COLUMNS = ("direction", "confidence", "traded", "returns", "outcome")
UP = {"direction": "UP", "confidence": 0.6, "outcome_direction": "UP", "return": 0.01}


def line_of(record: object) -> bytes:
    return json.dumps(record).encode() + b"\n"


def flat(direction: object, confidence: object, outcome: object, change: object) -> bytes:
    values = (direction, confidence, outcome, change)
    return line_of(
        dict(zip(("direction", "confidence", "outcome_direction", "return"), values, strict=True))
    )


def read_whole(content: bytes, folder: Path) -> PredictionReader:
    path = folder / PREDICTIONS_FILE
    path.write_bytes(content)
    reader = PredictionReader(path)
    reader.read()
    return reader


def same(one: BacktestStats, other: BacktestStats) -> bool:
    return all(getattr(one, c).tobytes() == getattr(other, c).tobytes() for c in COLUMNS)


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)
