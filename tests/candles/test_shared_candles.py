"""Candles that trials map: the same, not copied, and read by everything that reads candles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from titan_mlopt.candles.candles import load_candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.shared import map_candles, share_candles
from titan_mlopt.core.errors import CandleError


def test_mapped_candles_are_those_that_were_shared(tmp_path: Path) -> None:
    candles, path = sample_candles(500), tmp_path / "candles.npy"
    share_candles(candles, path)
    mapped = map_candles(path)
    assert mapped is not None
    assert mapped.digest == candles.digest
    assert mapped.describe() == {**candles.describe(), "name": "candles.npy"}
    assert load_candles(path).digest == candles.digest


def test_no_array_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "candles.npy"
    share_candles(sample_candles(500), path)
    mapped = map_candles(path)
    assert mapped is not None
    for values in mapped.arrays:
        assert not values.flags.owndata
        assert not values.flags.writeable
        whole = values
        while isinstance(whole.base, np.ndarray):
            whole = whole.base
        assert isinstance(whole, np.memmap)


def test_a_limit_takes_the_first(tmp_path: Path) -> None:
    path = tmp_path / "candles.npy"
    share_candles(sample_candles(500), path)
    mapped = map_candles(path, 100)
    assert mapped is not None
    assert mapped.digest == sample_candles(500).head(100).digest


@pytest.mark.parametrize("name", ["candles.npy", "candles.csv"])
def test_files_that_were_saved_for_exchange_are_left_to_load_candles(
    tmp_path: Path, name: str
) -> None:
    save_candles(sample_candles(100), tmp_path / name)
    assert map_candles(tmp_path / name) is None


@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY\x01\x00", b"no array"])
def test_what_cannot_be_mapped_is_left_to_load_candles_which_says_why(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "candles.npy"
    if content is not None:
        path.write_bytes(content)
    assert map_candles(path) is None
    with pytest.raises(CandleError, match=r"candles\.npy: must be"):
        load_candles(path)


def test_returns_are_mapped_too_and_are_those_of_the_closes(tmp_path: Path) -> None:
    candles, path = sample_candles(500), tmp_path / "candles.npy"
    share_candles(candles, path)
    mapped = map_candles(path)
    assert mapped is not None
    assert not mapped.returns.flags.owndata
    assert not mapped.returns.flags.writeable
    assert mapped.returns.tobytes() == (candles.close[1:] / candles.close[:-1] - 1.0).tobytes()
    for start, stop in [(0, 500), (10, 20), (498, 500), (3, 9999)]:
        part = mapped.part(start, stop)
        assert part.known_returns is not None
        assert part.returns.tobytes() == candles.part(start, stop).returns.tobytes()
    limited = map_candles(path, 100)
    assert limited is not None
    assert limited.returns.tobytes() == candles.head(100).returns.tobytes()
