"""A hostile predictions.jsonl: whatever it holds, however it grows, the same finite numbers."""

from __future__ import annotations

import json
import math
import tempfile
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.fault_cases import fuzzed
from support.prediction_cases import UP, append, line_of, same
from support.tally import TALLY
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader
from titan_mlopt.core.trial import TrialOutcome
from titan_mlopt.executors.local.outcomes import ended

pytestmark = pytest.mark.slow

AREA = "predictions.jsonl: torn, huge, of wrong types"

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        ["UP", "DOWN", "FLAT", "Side.BUY", 1, -1, 0, 0.5, 0.6, "0.55", 1e6, -1e6, 1e-300]
    ),
    st.sampled_from(
        [math.nan, math.inf, -math.inf, 1e308, -1e308, 10**400, -(10**30), "1e999", "nan"]
    ),
    st.floats(),
    st.integers(),
    st.text(max_size=6),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
keys = st.sampled_from(
    [
        *(
            "direction",
            "confidence",
            "outcome_direction",
            "return",
            "decision",
            "outcome",
            "actual",
        ),
        *("Direction", "prob", "side", "ret", "result", "next_return", "ts"),
    ]
)
records = st.dictionaries(keys | st.text(max_size=5), values, max_size=6)
#: A record that counts, with one thing in it that may be anything.
nearly = st.builds(lambda key, value: {**UP, key: value}, keys, values)
lines = st.one_of(
    nearly.map(line_of),
    records.map(line_of),
    st.just(line_of(UP)),
    # So many that what is multiplied overflows.
    st.sampled_from([1e6, -1e6, 1.0, -1.0, 2.0, 1e-300]).map(
        lambda change: line_of({**UP, "return": change}) * 200
    ),
    st.binary(max_size=40).map(lambda raw: raw + b"\n"),
    st.integers(1, 3000).map(lambda depth: b"[" * depth + b"\n"),
    st.integers(1, 3000).map(lambda depth: b'{"decision":' * depth + b"1" + b"}" * depth + b"\n"),
)


@fuzzed(60, 3000)
@given(content=st.lists(lines, max_size=12).map(b"".join), data=st.data())
def test_any_lines_however_they_arrive(content: bytes, data: st.DataObject) -> None:
    TALLY.add(AREA, inputs=1)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        path = Path(folder) / PREDICTIONS_FILE
        growing, at = PredictionReader(path), 0
        while at < len(content):
            size = data.draw(st.integers(1, max(1, len(content) // 3)))
            append(path, content[at : at + size])
            at += size
            growing.read()
        growing.read(ended=True)
        whole = PredictionReader(path)
        whole.read(ended=True)
        assert growing.n_records == whole.n_records
        assert growing.skipped == whole.skipped
        assert same(growing.stats(), whole.stats())
        check_outcome(ended(whole.stats(), (), stopped=False))
        if whole.n_predictions:
            check_outcome(ended(whole.stats(1), [whole.stats(1).checkpoint()], stopped=True))


def check_outcome(outcome: TrialOutcome) -> None:
    """The outcome is JSON that any program reads: neither NaN nor infinity is in it."""
    text = json.dumps(json.loads(outcome.to_json(), parse_constant=refuse), allow_nan=False)
    assert TrialOutcome.from_json(text) == outcome


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is no JSON")


def test_a_line_of_50_mb_is_passed_over_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / PREDICTIONS_FILE
    with path.open("wb") as file:
        file.write(line_of(UP) + b'{"direction": "')
        for _ in range(50):
            file.write(b"U" * 10**6)
        file.write(b'"}\n' + line_of(UP))
    reader = PredictionReader(path)
    tracemalloc.start()
    try:
        reader.read(ended=True)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert (reader.n_predictions, reader.skipped) == (2, 1)
    TALLY.add(AREA, inputs=1)
