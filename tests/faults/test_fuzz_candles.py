"""Hostile candle files: a clear error or valid candles, within bounds of time and memory."""

from __future__ import annotations

import bz2
import gzip
import io
import re
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as pf
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.candle_cases import HEADER, ROWS, some_candles, text_of, written
from support.fault_cases import ROOT, fuzzed
from support.tally import TALLY
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.core.errors import CandleError

pytestmark = pytest.mark.slow

AREA = "candle files: any bytes, lines of 10 MB, bombs"
NAMES = ("z", "z.csv", "z.csv.gz", "z.csv.bz2", "z.zst", "z.parquet", "z.feather", "z.npy", "z.zip")


def check(path: Path) -> None:
    """Load the file: candles that keep their promises, or one line that names file and remedy."""
    TALLY.add(AREA, inputs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            candles = load_candles(path)
        except CandleError as error:
            message = str(error)
        else:
            check_candles(candles)
            return
    assert re.fullmatch(rf"{re.escape(path.name)}: .*; .*", message), message
    assert message.isprintable(), message
    assert len(message) < 1000


def check_candles(candles: Candles) -> None:
    assert len(candles) >= 2
    assert (np.diff(candles.ts) > 0).all()
    for prices in (candles.open, candles.high, candles.low, candles.close):
        assert (np.isfinite(prices) & (prices > 0)).all()
    assert (np.isfinite(candles.volume) & (candles.volume >= 0)).all()
    assert (candles.low <= np.minimum(candles.open, candles.close)).all()
    assert (candles.high >= np.maximum(candles.open, candles.close)).all()


# --- bytes ---------------------------------------------------------------------------------------

MAGIC = (
    b"",
    b"\x1f\x8b\x08",
    b"PAR1",
    b"\x93NUMPY\x01\x00",
    b"PK\x03\x04",
    b"BZh9",
    b"\x28\xb5\x2f\xfd",
    b"ARROW1\0\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
)


@fuzzed(60, 3000)
@given(magic=st.sampled_from(MAGIC), body=st.binary(max_size=2000), name=st.sampled_from(NAMES))
def test_any_bytes(tmp_path: Path, magic: bytes, body: bytes, name: str) -> None:
    check(written(tmp_path, magic + body, name))


cells = st.one_of(
    st.sampled_from(
        ["1700000040", "1700000040000", "10", "12.5", "-0", "0", "1e308", "1e309", "nan"]
    ),
    st.sampled_from(
        ["2023-11-14", "2023-11-14 22:14", "9999-12-31", "0001-01-01", "2019-10-17 09-AM"]
    ),
    st.sampled_from(
        ["", " ", '"', '""', '"1"', "'", "True", "1_000", "0x10", "١٢", "1.700000040e9"]
    ),
    st.text(max_size=8),
    st.floats().map(repr),
    st.integers().map(str),
)
separators = st.sampled_from([",", ";", "\t"])
heads = st.one_of(
    st.just(HEADER),
    st.permutations(HEADER.split(",")).map(",".join),
    st.lists(cells, max_size=9).map(",".join),
    st.just("unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT"),
)


@fuzzed(60, 3000)
@given(
    head=heads,
    rows=st.lists(st.lists(cells, max_size=8), max_size=8),
    separator=separators,
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\v", "\x85", "\u2028"]),
    coding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    packed=st.booleans(),
)
def test_any_table_of_any_cells(
    tmp_path: Path,
    head: str,
    rows: list[list[str]],
    separator: str,
    end: str,
    coding: str,
    packed: bool,
) -> None:
    lines = [head.replace(",", separator), *ROWS[:2], *(separator.join(row) for row in rows)]
    content = end.join(lines).encode(coding, "replace")
    check(written(tmp_path, gzip.compress(content, mtime=0) if packed else content, "z"))


@fuzzed(40, 1500)
@given(
    candles=some_candles(),
    name=st.sampled_from(["y.csv", "y.csv.gz", "y.parquet", "y.npy", "y.feather", "y.zip"]),
    data=st.data(),
)
def test_any_damage_to_a_good_file(
    tmp_path: Path, candles: Candles, name: str, data: st.DataObject
) -> None:
    if name == "y.feather":
        frame = pd.DataFrame(dict(zip(HEADER.split(","), candles.arrays, strict=True)))
        frame.to_feather(tmp_path / name)
    else:
        save_candles(candles, tmp_path / name.replace("zip", "csv"))
    if name == "y.zip":
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(tmp_path / "y.csv", "y.csv")
    content = bytearray((tmp_path / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        stop = min(len(content), at + data.draw(st.integers(0, 40)))
        content[at:stop] = data.draw(st.binary(max_size=40))
    check(written(tmp_path, bytes(content), name))


# --- parquet -------------------------------------------------------------------------------------

columns = st.one_of(
    st.lists(st.floats(), min_size=3, max_size=3),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.lists(st.binary(max_size=5), min_size=3, max_size=3),
    st.lists(st.datetimes(), min_size=3, max_size=3),
    st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3), min_size=3, max_size=3),
    st.lists(st.lists(st.integers(0, 9), max_size=2), min_size=3, max_size=3),
    st.lists(st.none(), min_size=3, max_size=3),
    st.sampled_from([[1_700_000_040, 1_700_000_100, 1_700_000_160], [1.0, 1.0, 1.0]]),
)


@fuzzed(40, 1500)
@given(
    drawn=st.lists(columns, min_size=6, max_size=7),
    index=st.sampled_from([None, "timestamp", "", "other"]),
    name=st.sampled_from([*HEADER.split(","), "x", "", "\n"]),
)
def test_any_types_of_columns(
    tmp_path: Path, drawn: list[Any], index: str | None, name: str
) -> None:
    names = [*HEADER.split(","), name]
    table = dict(zip(names, drawn, strict=False))
    try:
        frame = pd.DataFrame(table)
        if index is not None:
            frame.index = pd.Index(frame.pop("timestamp"), name=index or None)
        frame.to_parquet(tmp_path / "y.parquet")
    except (pa.ArrowException, ValueError, OverflowError, TypeError):  # no such file can be
        return
    check(tmp_path / "y.parquet")


# --- bombs and long lines ------------------------------------------------------------------------

SECONDS, MEGABYTES = 20, 900
LOAD = """
import resource, sys, time
from titan_mlopt.candles.candles import load_candles
from titan_mlopt.core.errors import CandleError

import pandas, pyarrow.parquet
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
try:
    load_candles(sys.argv[1])
except CandleError as error:
    print(error)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.process_time() - began, (after - before) / 1024)
"""
MANY = 10**9


def packed(piece: bytes, size: int) -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1, mtime=0) as file:
        block = piece * (2**20 // len(piece))
        for _ in range(size // len(block)):
            file.write(block)
    return stream.getvalue()


def row_bomb() -> bytes:
    """Return rows that are all the same but for the head: a table as it may be, for its form."""
    return gzip.compress((HEADER + "\n").encode(), mtime=0) + packed(
        b"1700000040,1,1,1,1,1\n", MANY
    )


def members_bomb() -> bytes:
    return packed(b"1,1,1,1,1,1\n", 2**26) * 16


def parquet_of(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def text_bomb() -> bytes:
    """Return a parquet file that says a hundred thousand times the same text of a megabyte."""
    n = 100_000
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array(["x" * 10**6]))
    plain = pa.array(np.ones(n))
    return parquet_of(pa.table([text, *[plain] * 5], names=HEADER.split(",")))


def rows_bomb() -> bytes:
    plain = pa.array(np.zeros(10**8, np.int8))
    return parquet_of(pa.table([plain] * 6, names=HEADER.split(",")))


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("candles.csv", bytes(2**28))
    return stream.getvalue()


def feather_bomb(compression: str) -> bytes:
    stream = io.BytesIO()
    table = pa.table([pa.array(np.zeros(10**8, np.int8))] * 6, names=HEADER.split(","))
    pf.write_feather(table, stream, compression=compression, chunksize=10**8)
    return stream.getvalue()


def zstandard() -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        for _ in range(MANY // 2**20):
            stream.write(b"\n" * 2**20)
    return sink.getvalue().to_pybytes()


BOMBS = {
    "newlines.csv.zst": zstandard,
    "newlines.csv.bz2": lambda: bz2.compress(b"\n" * (MANY // 4)),
    "rows.feather": lambda: feather_bomb("zstd"),
    "lz4.feather": lambda: feather_bomb("lz4"),
    "zeros.csv.gz": lambda: packed(b"\0", MANY),
    "newlines.csv.gz": lambda: packed(b"\n", MANY),
    "spaces.gz": lambda: packed(b" ", MANY),
    "rows.csv.gz": row_bomb,
    "members.csv.gz": members_bomb,
    "texts.parquet": text_bomb,
    "rows.parquet": rows_bomb,
    "candles.zip": zipped,
    "one_line.csv": lambda: b"x" * 10**7,
    "one_line.csv.gz": lambda: gzip.compress(
        bytes(np.random.default_rng(1).integers(48, 58, 10**7, np.uint8))
    ),
    "commas.csv": lambda: b"," * 10**7,
    "quotes.csv": lambda: b'"' * 10**7,
    "header.csv": lambda: (HEADER + ",x" * (5 * 10**6) + "\n").encode(),
    "middle.csv": lambda: text_of(*ROWS, "1700000280,1," + "1" * 10**7 + ",1,1,1").encode(),
    "last_cell.csv": lambda: text_of(*ROWS, "1700000280,1,1,1,1," + "0" * 10**7).encode(),
    "blank.csv": lambda: text_of(*ROWS).encode() + b"\n" * 10**7,
    "short_rows.csv": lambda: (HEADER + "\n").encode() + b"1\n" * (5 * 10**6),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_or_a_line_of_10_mb_is_one_line_in_bounded_time_and_memory(
    tmp_path: Path, name: str
) -> None:
    path = written(tmp_path, BOMBS[name](), name)
    ran = subprocess.run(
        [sys.executable, "-c", LOAD, str(path)],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=1500,
    )
    *messages, used = ran.stdout.splitlines()
    seconds, megabytes = map(float, used.split())
    assert (seconds < SECONDS, megabytes < MEGABYTES) == (True, True), used
    assert ran.stderr == ""
    if name != "blank.csv":
        (message,) = messages
        assert re.fullmatch(rf"{re.escape(name)}: .*; .*", message), message
        assert len(message) < 1000
    TALLY.add(AREA, inputs=1)
