"""Candle files: real ones have a verdict, and every format gives back what was saved."""

from __future__ import annotations

import mmap
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.candle_cases import candles, load_text, quick, saved_array, some_candles, text_of
from support.paths import DATA, ROOT
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.candles.formats import COLUMNS
from titan_mlopt.candles.numbers import plain_numbers
from titan_mlopt.core.errors import CandleError

# A fixture: pytest finds it here by its name.
__all__ = ["candles"]

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no example files in {DATA}")


# --- real files --------------------------------------------------------------------------------

BAD_FILES = {
    "BTCUSDT_1m_closeonly_raw.csv": "row 1: .* got no open, high, low, volume in 'timestamp,close'",
    "BTCUSDT_1m_header_descending_132rows_raw.csv": (132, "newest first: turned round"),
    "BTCUSDT_1m_noheader_descending_ms_raw.csv.gz": (
        15_000,
        "no header: read as a CryptoDataDownload file",
    ),
    # Two series overlap about 2017-11-12: the same candle stands under 03-AM and 08-AM.
    "BTCUSD_1h_banner_ampm_descending_raw.csv.gz": (
        r"row 16901: timestamp must be before row 16900's '2017-11-12 03-AM', got '2017-11-12 08-AM"
    ),
    "BTC_1m_microseconds_inconsistentOHLC_suspect_raw.csv": (
        r"row 1: close must lie in low..high, got close=65006.47, .*\(467 of 1500 rows are wrong"
    ),
    "BTC_1m_tiny101rows_zerovolume_raw.csv": (100, "the last candle is flat and without volume"),
    "GBPUSD_1m_novolume_head1500_raw.csv": "row 1: .* got no volume in 'timestamp,open,high,low,cl",
    "LINKUSDT_1m_binance12col_head5000_raw.csv.gz": (5000, ""),
    # OHLCV or OCHLV: nothing in the file says which.
    "LTCUSD_1m_bitfinex_OCHLV_noheader_head20000_raw.csv.gz": "row 1: must be a header line",
}


@needs_data
def test_every_bad_file_has_a_verdict() -> None:
    assert {path.name for path in (DATA / "bad").iterdir()} == set(BAD_FILES)


@needs_data
@pytest.mark.parametrize(("name", "verdict"), BAD_FILES.items(), ids=BAD_FILES)
def test_a_bad_file_loads_or_says_why_not(name: str, verdict: str | tuple[int, str]) -> None:
    path = DATA / "bad" / name
    if isinstance(verdict, str):
        with pytest.raises(CandleError, match=rf"^{re.escape(name)}: .*{verdict}"):
            load_candles(path)
    else:
        read = load_candles(path)
        assert len(read) == verdict[0]
        assert verdict[1] in "\n".join(read.notices)


@needs_data
@pytest.mark.parametrize(
    ("name", "count", "gaps"),
    [
        ("BTCUSDT_1m_20210326.csv.gz", 50_000, 2),
        ("BTCUSDT_1m_20250101.csv.gz", 50_000, 0),
        ("BTCUSDT_1m_20250301.csv.gz", 44_640, 0),
        ("BTCUSDT_1m_20251228.csv", 1480, 0),
        ("ETHUSDT_1m_20250101.csv.gz", 50_000, 0),
        ("ETHUSDT_1m_20250301.csv.gz", 44_640, 0),
        ("NEARUSDT_1m_20230801.csv.gz", 132_480, 0),
        ("UNITTESTBTC_1m_20171104.csv.gz", 13_681, 538),
    ],
)
def test_good_files_load_whole(name: str, count: int, gaps: int) -> None:
    read = load_candles(DATA / name)
    assert (len(read), read.gaps, read.interval_s) == (count, gaps, 60)


# As the reader of July gave them, which was another one.
DIGESTS = {
    "BTCUSDT_1m_20210326.csv.gz": "5b715423374db289",
    "BTCUSDT_1m_20250101.csv.gz": "07197aa8156aefd7",
    "BTCUSDT_1m_20250301.csv.gz": "fcef5857abba70f9",
    "BTCUSDT_1m_20251228.csv": "03bec77af371d9e1",
    "ETHUSDT_1m_20250101.csv.gz": "b9b0557c4b192ce2",
    "ETHUSDT_1m_20250301.csv.gz": "d8545658fbd153b9",
    "NEARUSDT_1m_20230801.csv.gz": "947e88e9ad7ff7c4",
    "UNITTESTBTC_1m_20171104.csv.gz": "0bb2f72f6818e7cf",
    "bad/BTCUSDT_1m_header_descending_132rows_raw.csv": "3dcb53a5e2486aa1",
    "bad/BTCUSDT_1m_noheader_descending_ms_raw.csv.gz": "b7b03899125b9602",
    "bad/BTC_1m_tiny101rows_zerovolume_raw.csv": "35cc0b1d08ebcd80",
    "bad/LINKUSDT_1m_binance12col_head5000_raw.csv.gz": "9465e5d063bb523b",
}


@needs_data
@pytest.mark.parametrize(("name", "digest"), DIGESTS.items(), ids=DIGESTS)
def test_a_real_file_keeps_the_digest_that_an_earlier_reader_gave_it(
    name: str, digest: str
) -> None:
    assert load_candles(DATA / name).digest[:16] == digest


@quick
@given(
    numbers=st.lists(
        st.one_of(
            st.floats(5e-324, 1e300).map(repr),
            st.decimals(1, 10**9, places=25).map(str),
            st.integers(1, 10**30).map(str),
            st.from_regex(r"[1-9][0-9]{0,25}\.[0-9]{0,25}([eE][+-]?[0-9]{1,2})?", fullmatch=True),
        ),
        min_size=2,
        max_size=9,
    ),
)
def test_numbers_are_rounded_as_python_rounds_them(tmp_path: Path, numbers: list[str]) -> None:
    rows = [f"{1700000040 + 60 * i},{x},{x},{x},{x},{x}" for i, x in enumerate(numbers)]
    expected = [float(x) for x in numbers]
    read = load_text(tmp_path, text_of(*rows))
    assert read.close.tolist() == read.volume.tolist() == expected
    # As texts they are read where a cell of the file is no plain number.
    assert plain_numbers(pd.Series(numbers, dtype=object)).tolist() == expected


# --- saving ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["y.csv", "y.csv.gz", "y.parquet", "y.npy"])
def test_every_format_gives_the_same_candles_back(
    tmp_path: Path, candles: Candles, name: str
) -> None:
    save_candles(candles, tmp_path / name)
    read = load_candles(tmp_path / name)
    assert read.digest == candles.digest
    assert read.name == name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.csv", name]


def test_a_failed_save_leaves_nothing_behind(tmp_path: Path, candles: Candles) -> None:
    (tmp_path / "y.csv").mkdir()
    with pytest.raises(CandleError, match=r"y\.csv: must be writable, got Is a directory; "):
        save_candles(candles, tmp_path / "y.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.csv", "y.csv"]


def test_a_negative_zero_is_a_zero(tmp_path: Path) -> None:
    rows = [f"{1700000040 + 60 * i},10,12,9,11,0" for i in range(3)]
    zero = load_text(tmp_path, text_of(*rows))
    negative = load_text(tmp_path, text_of(*(row[:-1] + "-0.0" for row in rows)))
    assert negative.digest == zero.digest


def test_the_same_candles_give_the_same_gzip_bytes(tmp_path: Path, candles: Candles) -> None:
    save_candles(candles, tmp_path / "a.csv.gz")
    save_candles(replace(candles, name="other"), tmp_path / "b.csv.gz")
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_a_npy_file_stays_mapped(tmp_path: Path, candles: Candles) -> None:
    save_candles(candles, tmp_path / "y.npy")
    base: Any = load_candles(tmp_path / "y.npy", limit=3).close
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    assert isinstance(base, mmap.mmap)


def test_a_wrong_value_in_a_npy_file_is_named(tmp_path: Path, candles: Candles) -> None:
    block = np.array(candles.arrays, np.float64)
    block[4, 2] = np.nan
    with pytest.raises(CandleError, match=r"y\.npy: row 3: close must be a number > 0, got 'nan'"):
        load_text(tmp_path, saved_array(block), "y.npy")


def test_saving_under_an_unknown_ending_or_in_no_folder_is_refused(
    tmp_path: Path, candles: Candles
) -> None:
    with pytest.raises(CandleError, match=r"y\.xlsx: must end in \.csv, .*; rename it"):
        save_candles(candles, tmp_path / "y.xlsx")
    with pytest.raises(CandleError, match=r"y\.csv: must be writable, .*; choose another path"):
        save_candles(candles, tmp_path / "nope" / "y.csv")


@pytest.mark.parametrize(
    "form", ["datetime", "zone", "index", "named index", "text", "nanoseconds", "float32 time"]
)
def test_parquet_times_are_read_in_every_type(tmp_path: Path, candles: Candles, form: str) -> None:
    frame = pd.DataFrame(dict(zip(COLUMNS, candles.arrays, strict=True)))
    times = pd.to_datetime(frame["timestamp"], unit="s")
    if form == "float32 time":
        frame = frame.astype({"timestamp": "float64"})
    elif form == "nanoseconds":
        frame["timestamp"] *= 10**9
    elif form == "text":
        frame["timestamp"] = times.astype(str)
    elif form == "zone":
        frame["timestamp"] = times.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    else:
        frame["timestamp"] = times
    if form in ("index", "named index"):
        frame = frame.set_index("timestamp")
        frame.index.name = None if form == "index" else "Date"
    frame.to_parquet(tmp_path / "y.parquet")
    assert load_candles(tmp_path / "y.parquet").digest == candles.digest


def test_a_wrong_parquet_cell_is_named_by_its_row(tmp_path: Path, candles: Candles) -> None:
    frame = pd.DataFrame(dict(zip(COLUMNS, candles.arrays, strict=True)))
    frame.loc[1, "volume"] = np.nan
    frame.to_parquet(tmp_path / "y.parquet")
    with pytest.raises(CandleError, match=r"y\.parquet: row 2: volume must .* got 'nan'"):
        load_candles(tmp_path / "y.parquet")


@quick
@given(drawn=some_candles(), name=st.sampled_from(["y.csv", "y.csv.gz", "y.parquet", "y.npy"]))
def test_any_candles_survive_any_format(tmp_path: Path, drawn: Candles, name: str) -> None:
    save_candles(drawn, tmp_path / name)
    assert (
        load_candles(tmp_path / name).digest == (replace(drawn, volume=drawn.volume + 0.0)).digest
    )


# --- borders -----------------------------------------------------------------------------------


def test_a_trial_child_reads_its_candles_without_pandas(tmp_path: Path, candles: Candles) -> None:
    save_candles(candles, tmp_path / "y.npy")
    code = (
        "import sys; from titan_mlopt.candles.candles import load_candles;"
        f"print(load_candles({str(tmp_path / 'y.npy')!r}).digest);"
        "print([m for m in ('pandas', 'pyarrow') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    assert run.stdout.split("\n")[:2] == [candles.digest, "[]"]


THREADS = """
import os, sys
import pandas, pyarrow as pa, pyarrow.parquet as pq
from titan_mlopt.candles.candles import load_candles

pa.set_cpu_count(1)
with open(sys.argv[1], "rb") as stream:
    pq.read_table(pa.BufferReader(stream.read()))  # its one thread for columns runs from here on
before = len(os.listdir("/proc/self/task"))
load_candles(sys.argv[1])
print(len(os.listdir("/proc/self/task")) - before)
"""


def test_reading_parquet_leaves_no_thread_that_could_abort_the_process_when_it_ends(
    tmp_path: Path, candles: Candles
) -> None:
    # Arrow's threads for reading Python streams let one process in ten die of SIGABRT under load.
    save_candles(candles, tmp_path / "c.parquet")
    told = subprocess.run(
        [sys.executable, "-c", THREADS, str(tmp_path / "c.parquet")],
        env={"PYTHONPATH": str(ROOT), "JE_ARROW_MALLOC_CONF": "background_thread:false"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "0\n"
