"""A growing file of predictions: no look at it changes a number, whatever it holds."""

from __future__ import annotations

import math
import os
import sys
import tempfile
import tracemalloc
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.prediction_cases import UP, append, flat, line_of, read_whole, same
from titan_mlopt.backtest.predictions import (
    LINE_LIMIT_BYTES,
    PREDICTIONS_FILE,
    PredictionReader,
)
from titan_mlopt.core.errors import BacktestError

# --- a file that grows ---------------------------------------------------------------------------


def test_a_file_that_is_not_there_yet_has_nothing_and_is_read_when_it_comes(tmp_path: Path) -> None:
    reader = PredictionReader(tmp_path / "out" / PREDICTIONS_FILE)
    assert reader.read() == reader.n_records == 0
    assert reader.stats().checkpoint().sharpe is None
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / PREDICTIONS_FILE).write_bytes(line_of(UP))
    assert reader.read() == 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_has_nothing_and_is_an_error_at_the_end(tmp_path: Path, make: Any) -> None:
    make(tmp_path / PREDICTIONS_FILE)
    reader = PredictionReader(tmp_path / PREDICTIONS_FILE)
    assert reader.read() == 0
    with pytest.raises(BacktestError, match=r"must be readable when .* ends, got no regular file"):
        reader.read(ended=True)


def test_a_file_that_never_was_there_is_no_error(tmp_path: Path) -> None:
    assert PredictionReader(tmp_path / PREDICTIONS_FILE).read(ended=True) == 0
    (tmp_path / PREDICTIONS_FILE).symlink_to("/nowhere")
    assert PredictionReader(tmp_path / PREDICTIONS_FILE).read(ended=True) == 0


def test_a_file_that_is_gone_at_the_end_is_an_error_and_no_absence(tmp_path: Path) -> None:
    path = tmp_path / "out" / PREDICTIONS_FILE
    path.parent.mkdir()
    path.write_bytes(line_of(UP))
    reader = PredictionReader(path)
    assert reader.read() == 1
    path.unlink()
    assert reader.read() == 0  # it may come back
    with pytest.raises(BacktestError, match="must be readable when the backtest ends, got No such"):
        reader.read(ended=True)


def test_a_folder_that_is_gone_at_the_end_is_an_error_though_the_file_was_never_seen(
    tmp_path: Path,
) -> None:
    with pytest.raises(BacktestError, match="must be readable when the backtest ends, got No such"):
        PredictionReader(tmp_path / "out" / PREDICTIONS_FILE).read(ended=True)


def test_a_torn_line_waits_for_its_end(tmp_path: Path) -> None:
    path, line = tmp_path / PREDICTIONS_FILE, line_of(UP)
    reader = PredictionReader(path)
    for end in range(len(line)):
        append(path, line[end : end + 1])
        assert reader.read() == (end == len(line) - 1)
    assert (reader.n_predictions, reader.skipped) == (1, 0)


@pytest.mark.parametrize(("rest", "n", "skipped"), [(line_of(UP).strip(), 2, 0), (b'{"dir', 1, 1)])
def test_a_last_line_without_end_counts_when_the_program_has_ended(
    tmp_path: Path, rest: bytes, n: int, skipped: int
) -> None:
    reader = read_whole(line_of(UP) + rest, tmp_path)
    assert (reader.n_predictions, reader.skipped) == (1, 0)
    assert reader.read(ended=True) == n - 1
    assert (reader.n_predictions, reader.skipped) == (n, skipped)
    assert reader.read(ended=True) == 0


def test_a_file_that_shrank_is_read_anew(tmp_path: Path) -> None:
    reader = read_whole(line_of(UP) * 3 + b"?\n" + b'{"torn', tmp_path)
    before = reader.stats()
    (tmp_path / PREDICTIONS_FILE).write_bytes(flat("DOWN", 0.7, "DOWN", -0.5))
    assert reader.read() == 1
    assert (reader.n_records, reader.n_predictions, reader.skipped) == (1, 1, 0)
    assert reader.stats().direction.tolist() == [-1]
    assert before.direction.tolist() == [1, 1, 1]


def test_another_file_in_its_place_is_read_anew(tmp_path: Path) -> None:
    reader = read_whole(line_of(UP), tmp_path)
    (tmp_path / "new").write_bytes(flat("DOWN", 0.7, "DOWN", -0.5) * 5)
    (tmp_path / "new").replace(tmp_path / PREDICTIONS_FILE)
    assert reader.read() == 5
    assert reader.stats().direction.tolist() == [-1] * 5


def test_a_prefix_is_the_same_whenever_the_file_is_looked_at(tmp_path: Path) -> None:
    rng, path = np.random.default_rng(5), tmp_path / PREDICTIONS_FILE
    sides = rng.choice(["UP", "DOWN", "FLAT"], 300)
    lines = [flat(side, rng.uniform(0.5, 1), "UP", rng.normal(0, 0.001)) for side in sides]
    reader = PredictionReader(path)
    early = {0: reader.stats()}
    for line in lines:
        append(path, line)
        reader.read()
        early.setdefault(reader.n_predictions, reader.stats())
    assert reader.n_records == 300
    for n, stats in early.items():
        assert same(reader.stats(n), stats)
        assert reader.stats(n).checkpoint().n_predictions == stats.total == n
    last = int(np.flatnonzero(sides != "FLAT")[-1]) + 1
    assert len(reader.stats(reader.n_predictions).direction) == last
    assert len(reader.stats(10**9).direction) == len(reader.stats().direction) == 300
    assert len(reader.stats(0).direction) == 0


def test_a_line_is_read_up_to_its_limit_and_passed_over_beyond(tmp_path: Path) -> None:
    short = line_of(UP).strip()
    longest = short + b" " * (LINE_LIMIT_BYTES - len(short))
    content = longest + b"\n" + longest + b" \n" + short + b"\n"
    reader = read_whole(content, tmp_path)
    assert (reader.n_predictions, reader.skipped) == (2, 1)


def test_memory_does_not_grow_with_what_was_appended(tmp_path: Path) -> None:
    record = line_of({**UP, "note": "x" * 10_000})
    (tmp_path / PREDICTIONS_FILE).write_bytes(b"x" * 10_000_000 + b"\n" + record * 1000)
    reader = PredictionReader(tmp_path / PREDICTIONS_FILE)
    tracemalloc.start()
    try:
        assert reader.read() == 1000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
    assert reader.skipped == 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_every_byte_is_read_once(tmp_path: Path) -> None:
    def bytes_read() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    path, reader = tmp_path / PREDICTIONS_FILE, PredictionReader(tmp_path / PREDICTIONS_FILE)
    before = bytes_read()
    for _ in range(300):
        append(path, line_of(UP) * 20)
        reader.read()
    assert reader.n_predictions == 6000
    assert bytes_read() - before < 1.1 * path.stat().st_size


# --- whatever the file holds ---------------------------------------------------------------------

KEYS = ("decision", "outcome", "direction", "confidence", "return", "actual", "Prediction", "ret")
WORDS = ("UP", "DOWN", "FLAT", "long", "1", "WIN", "0.55")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)
GOOD = st.builds(
    flat,
    st.sampled_from(["UP", "DOWN", "FLAT"]),
    st.floats(0, 1),
    st.sampled_from(["UP", "DOWN", "FLAT"]),
    st.floats(-1e6, 1e6) | st.floats(-0.01, 0.01),
)
ODD = st.dictionaries(st.sampled_from(KEYS), VALUES).map(line_of)
LINES = st.lists(GOOD | ODD | st.binary(max_size=30), max_size=25).map(b"".join)


@settings(max_examples=80, deadline=None)
@given(content=LINES, places=st.lists(st.floats(0, 1), max_size=6))
def test_torn_anywhere_a_file_gives_the_same_as_read_at_once(
    content: bytes, places: list[float]
) -> None:
    cuts = [0, *sorted(int(place * len(content)) for place in places), len(content)]
    with tempfile.TemporaryDirectory() as folder:
        whole = read_whole(content, Path(folder))
        path = Path(folder) / "torn.jsonl"
        torn = PredictionReader(path)
        new = 0
        for start, end in pairwise(cuts):
            append(path, content[start:end])
            new += torn.read()
    assert new == whole.n_records
    assert (torn.n_predictions, torn.skipped) == (whole.n_predictions, whole.skipped)
    assert same(torn.stats(), whole.stats())


@settings(max_examples=80, deadline=None)
@given(content=LINES)
def test_whatever_a_file_holds_its_metrics_are_finite(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        reader = read_whole(content, Path(folder))
        reader.read(ended=True)
    stats = reader.stats()
    assert all(math.isfinite(value) for value in stats.metrics().values() if value is not None)
    assert all(0.0 <= drawdown <= 1.0 for _, _, drawdown in stats.curve())
    assert sum(count for count, _, _ in stats.plot_bins()) == reader.n_predictions
    assert len(stats.blocks()) == min(64, reader.n_records)


# --- what stats make of it -----------------------------------------------------------------------


def test_head_keeps_the_outcomes(tmp_path: Path) -> None:
    stats = read_whole(flat("UP", 0.6, "DOWN", 0.01) * 3, tmp_path).stats()
    assert stats.head(2).outcome is not None
    assert stats.head(2).correct == 0
    assert replace(stats, outcome=None).head(2).outcome is None


def test_a_confidence_below_one_half_stands_in_the_first_bin_of_the_plot(tmp_path: Path) -> None:
    stats = read_whole(flat("UP", 0.25, "UP", 0.01) + flat("UP", 0.5, 1, 1), tmp_path).stats()
    assert stats.plot_bins()[0] == (2, 0.75, 2)
    # Ten bins on [0, 1] have it where it belongs: |.25 - 1| + |.5 - 1|, over 2.
    assert stats.expected_calibration_error() == pytest.approx(0.625)


def test_an_equity_beyond_every_float_is_the_largest_until_all_is_lost(tmp_path: Path) -> None:
    lines = [flat("UP", 0.6, "UP", 1e6)] * 60 + [flat("UP", 0.6, "DOWN", -1)]
    stats = read_whole(b"".join(lines), tmp_path).stats()
    _, equity, drawdown = zip(*stats.curve(), strict=True)
    assert equity[-2:] == (sys.float_info.max, 0.0)
    assert drawdown[-2:] == (0.0, 1.0)
