"""A line of predictions: which spellings are read, and what is passed over."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.prediction_cases import UP, flat, line_of, read_whole
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader, parse_record


@pytest.mark.parametrize(
    "record",
    [
        {
            "decision": {"direction": "UP", "confidence": 0.55, "votes": {"rsi": -1}},
            "outcome": {"direction": "DOWN", "return": -0.0003},
            "ts": 1_700_000_000,
        },
        {
            "prediction": {"direction": "UP", "confidence": 0.55},
            "actual": {"direction": "DOWN", "ret": -0.0003},
        },
        {
            "Prediction": {"Direction": "up", "Conf": 0.55},
            "Result": {"Direction": "down", "Return_Pct": -0.0003},
        },
        {
            "decision_direction": "UP",
            "decision_confidence": 0.55,
            "outcome_direction": "DOWN",
            "outcome_return": -0.0003,
        },
        {"direction": "UP", "confidence": 0.55, "actual_direction": "DOWN", "return": -0.0003},
        {"DIRECTION": "UP", "CONFIDENCE": 0.55, "Outcome-Direction": "DOWN", "RET": -0.0003},
        {
            "predictedDirection": "UP",
            "predictedProbability": "0.55",
            "actualDirection": "DOWN",
            "actualReturn": "-0.0003",
        },
        {"prediction": "UP", "confidence": 0.55, "actual": "DOWN", "next_return": -0.0003},
        {"direction": "UP", "confidence": 0.55, "outcome": {"direction": -1, "return": -0.0003}},
        {"signal": "LONG", "side": "BUY", "prob": 0.55, "outcome": "SHORT", "return": -0.0003},
        # Without a direction of the outcome, the return tells.
        {"direction": "UP", "confidence": 0.55, "outcome": {"return": -0.0003}},
        {"direction": "UP", "confidence": 0.55, "outcome": "LOSS", "return": -0.0003},
        {"direction": "UP", "confidence": 0.55, "outcome_direction": None, "ret": -0.0003},
    ],
)
def test_a_record_is_read_in_any_spelling(record: dict[str, Any]) -> None:
    assert parse_record(line_of(record)) == (1, 0.55, -0.0003, -1)


@pytest.mark.parametrize(
    ("spelled", "direction"),
    [
        *[(word, 1) for word in ("UP", "up", " Long ", "BUY", "1", "+1", 1, 1.0, "Direction.UP")],
        *[(word, -1) for word in ("DOWN", "Short", "sell", "-1", -1, -1.0, "Side.SELL")],
        *[(word, 0) for word in ("FLAT", "hold", "Neutral", "none", "0", 0, 0.0, None)],
    ],
)
def test_a_direction_is_a_word_or_a_sign(spelled: object, direction: int) -> None:
    found = parse_record(flat(spelled, 0.75, "UP", 0.01))
    assert found is not None
    assert found[0] == direction


@pytest.mark.parametrize(
    ("direction", "told", "meant"),
    [
        ("UP", 0.55, 0.55),
        ("DOWN", 0.55, 0.55),
        ("DOWN", 0.5, 0.5),
        ("DOWN", 0.25, 0.75),  # the probability of UP
        ("DOWN", 0, 1.0),
        ("UP", 0.25, 0.25),  # nothing that it could be but an odd confidence
        ("UP", 1.5, 1.0),
        ("UP", -0.5, 0.0),
        ("DOWN", 55, 1.0),
    ],
)
def test_a_confidence_below_one_half_in_down_is_the_probability_of_up(
    direction: str, told: float, meant: float
) -> None:
    found = parse_record(flat(direction, told, "UP", 0.01))
    assert found is not None
    assert found[1] == meant


def test_the_outcome_that_is_told_counts_above_the_sign_of_the_return(tmp_path: Path) -> None:
    # Moves within the costs are FLAT to some programs: a miss for both sides.
    lines = [flat("UP", 0.6, "FLAT", 0.0001), flat("DOWN", 0.6, "DOWN", 0.0), flat("UP", 0.6, 1, 1)]
    stats = read_whole(b"".join(lines), tmp_path).stats()
    assert stats.hit.tolist() == [False, True, True]
    assert stats.outcome is not None
    assert stats.outcome.tolist() == [0, -1, 1]
    # Without it, by the sign: .0001 is UP, an unchanged close a miss.
    assert replace(stats, outcome=None).hit.tolist() == [True, False, True]


def test_a_flat_record_needs_neither_confidence_nor_outcome(tmp_path: Path) -> None:
    lines = [line_of({"direction": "FLAT"}), flat(None, None, None, None), flat(0, "x", 0, 0.5)]
    reader = read_whole(b"".join(lines), tmp_path)
    assert (reader.n_records, reader.n_predictions, reader.skipped) == (3, 0, 0)
    stats = reader.stats()
    assert stats.returns.tolist() == [0.0, 0.0, 0.5]
    assert stats.accuracy() == stats.metrics()["coverage"] == 0.0


NO_RECORDS = [
    b"{",
    b'{"direction": "UP", "confidence": 0.6, "outcome_dir',
    b"null",
    b"17",
    b'"UP"',
    b"[]",
    b"{}",
    b"\x00",
    b"\xff\xfe\x00",
    '{"direction": "UP"'.encode("utf-16"),
    b"[" * 200_000,
    b'{"decision":' * 50_000 + b"1" + b"}" * 50_000,
    b'{"confidence": ' + b"9" * 10_000 + b"}",
    line_of({key: value for key, value in UP.items() if key != "direction"}).strip(),
    line_of({key: value for key, value in UP.items() if key != "confidence"}).strip(),
    line_of({"direction": "UP", "confidence": 0.6}).strip(),
    *[
        line_of({**UP, name: value}).strip()
        for name, values in {
            "direction": ("SIDEWAYS", "1.0", "", True, 2, 0.5, math.nan, [], ["UP"]),
            "confidence": (None, "sure", "", True, math.nan, math.inf, 10**400, [0.6]),
            "outcome_direction": ("WIN", False, 3, -math.inf),
            "return": ("up", True, math.nan, -math.inf, 1e7, 10**400, [0.01]),
        }.items()
        for value in values
    ],
]


@pytest.mark.parametrize("content", NO_RECORDS, ids=range(len(NO_RECORDS)))
def test_a_line_that_is_no_record_is_counted_and_passed_over(
    content: bytes, tmp_path: Path
) -> None:
    reader = read_whole(line_of(UP) + content + b"\n" + line_of(UP), tmp_path)
    assert (reader.n_predictions, reader.skipped) == (2, 1)


def test_blank_lines_and_the_marks_of_other_systems_are_nothing(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + line_of(UP).replace(b"\n", b"\r\n") + b"\r\n\n  \n" + line_of(UP)
    reader = read_whole(content, tmp_path)
    assert (reader.n_predictions, reader.skipped) == (2, 0)


def test_the_metrics_of_five_records_are_those_worked_by_hand(tmp_path: Path) -> None:
    lines = [
        flat("UP", 0.75, "UP", 0.02),
        flat("FLAT", 0.5, "UP", 0.03),
        flat("DOWN", 0.75, "UP", 0.01),
        flat("DOWN", 0.35, "DOWN", -0.04),  # P(up) .35: .65 in DOWN
        flat("UP", 0.55, "FLAT", 0.0),
    ]
    path = tmp_path / PREDICTIONS_FILE
    path.write_bytes(b"".join(lines))
    reader = PredictionReader(path, interval_s=3600, seed=3, unchanged="miss")
    assert reader.read() == 5
    metrics = reader.stats().metrics()
    assert (metrics["accuracy"], metrics["hits"], metrics["n_predictions"]) == (0.5, 2, 4)
    assert (metrics["n_bars"], metrics["n_traded"], metrics["coverage"]) == (5, 4, 0.8)
    # [.7,.8): 1.5 sure, 1 hit; [.6,.7): .65, 1; [.5,.6): .55, 0: (.5 + .35 + .55) / 4.
    assert metrics["ece"] == pytest.approx(0.35)
    # Returns .02, 0, -.01, .04, 0: mean .01, squared deviations 1, 1, 4, 9, 1 (·1e-4), over 4.
    assert metrics["sharpe"] == pytest.approx(0.5 * math.sqrt(8760))
    assert reader.stats().seed == 3
    # Of the first two predictions: a hit, FLAT, a miss; .02, 0, -.01: mean 1/300, sd .01528.
    point = reader.stats(2).checkpoint()
    assert (point.n_predictions, point.n_bars, point.accuracy) == (2, 3, 0.5)
    assert point.ece == pytest.approx(0.25)
    assert point.sharpe == pytest.approx(0.218218 * math.sqrt(8760), rel=1e-5)
