"""Candle files: what is read, what is refused and where the message points."""

from __future__ import annotations

import gzip
import hashlib
import io
import mmap
import re
import struct
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from titan_mlopt.candle_format import COLUMNS, epoch_seconds
from titan_mlopt.candles import Candles, load_candles, save_candles
from titan_mlopt.errors import CandleError, ConfigError

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no example files in {DATA}")
quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

HEADER = "timestamp,open,high,low,close,volume"
ROWS = (
    "1700000040,10,12,9,11,5",
    "1700000100,11,13,10,12,6",
    "1700000160,12,12.5,11.5,12.25,0.5",
    "1700000220,12.25,14,12,13,7",
)


def text_of(*rows: str, header: str = HEADER) -> str:
    return "\n".join((header, *(rows or ROWS))) + "\n"


def written(folder: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def load_text(folder: Path, content: str | bytes, name: str = "x.csv") -> Candles:
    return load_candles(written(folder, content, name))


@pytest.fixture
def candles(tmp_path: Path) -> Candles:
    return load_text(tmp_path, text_of())


# --- the plain case, worked by hand ------------------------------------------------------------


def test_a_plain_file_gives_its_numbers(candles: Candles) -> None:
    assert candles.ts.tolist() == [1700000040, 1700000100, 1700000160, 1700000220]
    assert candles.open.tolist() == [10, 11, 12, 12.25]
    assert candles.high.tolist() == [12, 13, 12.5, 14]
    assert candles.low.tolist() == [9, 10, 11.5, 12]
    assert candles.close.tolist() == [11, 12, 12.25, 13]
    assert candles.volume.tolist() == [5, 6, 0.5, 7]
    assert [values.dtype.str for values in candles.arrays] == ["<i8"] + ["<f8"] * 5
    assert candles.notices == ()


def test_describe_says_what_the_file_holds(candles: Candles) -> None:
    assert candles.describe() == {
        "name": "x.csv",
        "sha256": candles.digest,
        "count": 4,
        "first": "2023-11-14T22:14:00Z",
        "last": "2023-11-14T22:17:00Z",
        "interval_s": 60,
        "gaps": 0,
    }


def test_the_digest_is_over_head_then_times_then_prices(candles: Candles) -> None:
    content = b"titan_mlopt candles 1\n" + struct.pack("<4q", *candles.ts.tolist())
    for values in (candles.open, candles.high, candles.low, candles.close, candles.volume):
        content += struct.pack("<4d", *values.tolist())
    assert candles.digest == hashlib.sha256(content).hexdigest()


def test_arrays_are_read_only(candles: Candles) -> None:
    for values in candles.arrays:
        assert not values.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


def test_making_candles_leaves_the_callers_arrays_writeable() -> None:
    ts, price = np.array([0, 60]), np.array([1.0, 2.0])
    made = Candles("made", ts, price, price, price, price, price)
    assert price.flags.writeable
    assert not made.close.flags.writeable


def test_arrays_of_different_lengths_are_refused() -> None:
    one, two = np.ones(1), np.ones(2)
    with pytest.raises(ValueError, match=r"low must have shape \(2,\), got \(1,\)"):
        Candles("made", np.array([0, 60]), two, two, one, two, two)


def test_head_takes_the_first_candles(candles: Candles) -> None:
    assert candles.head(2).ts.tolist() == [1700000040, 1700000100]
    assert candles.head(99).digest == candles.digest
    with pytest.raises(ConfigError, match=r"limit: must be a whole number >= 2, got 1"):
        candles.head(1)


def test_limit_takes_the_first_in_time_also_of_a_file_that_is_newest_first(tmp_path: Path) -> None:
    path = written(tmp_path, text_of(*reversed(ROWS)))
    cut = load_candles(path, limit=3)
    assert cut.ts.tolist() == [1700000040, 1700000100, 1700000160]
    assert cut.notices == ("newest first: turned round",)


@pytest.mark.parametrize("limit", [1, 0, -3, True, 2.5, "3"])
def test_a_limit_below_two_is_refused(tmp_path: Path, limit: Any) -> None:
    with pytest.raises(ConfigError, match="limit: must be a whole number >= 2"):
        load_candles(written(tmp_path, text_of()), limit)


# --- spellings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "t,o,h,l,c,v",
        "TIMESTAMP,OPEN,HIGH,LOW,CLOSE,VOLUME",
        " timestamp , open , high , low , close , volume ",
        "Open Time,Open,High,Low,Close,Volume",
        "openTime,open,high,low,close,vol",
        "svunix,open,high,low,close,Volume BTC",
        "date,open,high,low,close,volume_btc",
        "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
        '"timestamp","open","high","low","close","volume"',
        "\ufefftimestamp,open,high,low,close,volume",
    ],
)
def test_usual_headers_mean_the_same(tmp_path: Path, candles: Candles, header: str) -> None:
    assert load_text(tmp_path, text_of(header=header)).digest == candles.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [("\n", "\r\n"), ("\n", "\r"), (",", ";"), (",", "\t"), (",", " , "), ("\n", "\n\n")],
    ids=["windows", "old mac", "semicolon", "tab", "blanks", "blank lines"],
)
def test_line_ends_separators_and_blanks_change_nothing(
    tmp_path: Path, candles: Candles, old: str, new: str
) -> None:
    assert load_text(tmp_path, text_of().replace(old, new)).digest == candles.digest


def in_unit(factor: int) -> list[str]:
    return [str(int(row[:10]) * factor) for row in ROWS]


TIMES = {
    "ms": in_unit(10**3),
    "us": in_unit(10**6),
    "ns": in_unit(10**9),
    "float": [row[:10] + ".0" for row in ROWS],
    "iso": [f"2023-11-14T22:{m}:00" for m in (14, 15, 16, 17)],
    "iso Z": [f"2023-11-14T22:{m}:00Z" for m in (14, 15, 16, 17)],
    "iso zone": [f"2023-11-15 00:{m}:00+02:00" for m in (14, 15, 16, 17)],
    "iso minutes": [f"2023-11-14 22:{m}" for m in (14, 15, 16, 17)],
}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES.keys())
def test_every_spelling_of_time_gives_the_same_digest(
    tmp_path: Path, candles: Candles, times: list[str]
) -> None:
    rows = [time + row[10:] for time, row in zip(times, ROWS, strict=True)]
    read = load_text(tmp_path, text_of(*rows))
    assert read.digest == candles.digest
    assert read.notices == ()


def test_hours_with_am_and_pm_are_read(tmp_path: Path) -> None:
    hours = ("12-AM", "01-AM", "11-AM", "12-PM", "01-PM", "11-PM")
    rows = [f"2019-10-17 {hour},10,12,9,11,5" for hour in hours]
    read = load_text(tmp_path, text_of(*rows))
    midnight = 1571270400  # 2019-10-17T00:00:00Z
    assert ((read.ts - midnight) // 3600).tolist() == [0, 1, 11, 12, 13, 23]


def test_an_epoch_is_read_by_its_size_at_both_ends_of_each_unit() -> None:
    ends = np.array([1e8, 99_999_999_999, 1e11, 1e14, 1e17, 99_999_999, 1e20, np.nan])
    seconds, notices = epoch_seconds(ends)
    expected = [1e8, 99_999_999_999, 1e8, 1e8, 1e8, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(seconds, expected)
    assert notices == ("the times come in several units: s, ms, us, ns",)


def test_parts_of_seconds_are_cut_with_a_notice(tmp_path: Path, candles: Candles) -> None:
    rows = [row[:10] + ".999" + row[10:] for row in ROWS]
    read = load_text(tmp_path, text_of(*rows))
    assert read.digest == candles.digest
    assert "times cut to whole seconds" in read.notices


def test_a_newest_first_file_is_turned_round_with_a_notice(
    tmp_path: Path, candles: Candles
) -> None:
    read = load_text(tmp_path, text_of(*reversed(ROWS)))
    assert read.digest == candles.digest
    assert read.notices == ("newest first: turned round",)


def test_a_banner_before_the_header_is_skipped_with_a_notice(
    tmp_path: Path, candles: Candles
) -> None:
    read = load_text(tmp_path, "Times are UTC,https://example.org\n" + text_of())
    assert read.digest == candles.digest
    assert read.notices == ("the lines before the header skipped",)


@pytest.mark.parametrize(
    ("header", "cells", "volume"),
    [
        ("volume,quote_volume", "5,7", 5),
        ("quote_volume,volume", "7,5", 5),
        ("Volume BTC,Volume USDT", "5,7", 5),
        ("Volume_(BTC),Volume_(Currency)", "5,7", 5),
        ("volume,volume_btc", "5,7", 5),
        ("symbol,volume_btc,volume", "BTCUSD,5,7", 5),
        ("symbol,Volume USD,Volume BTC", "BTC/USD,7,5", 5),
        ("symbol,Volume ETH,Volume BTC", "ETHBTC,5,7", 5),
    ],
)
def test_the_base_volume_is_chosen(tmp_path: Path, header: str, cells: str, volume: float) -> None:
    rows = [f"{1700000040 + 60 * i},10,12,9,11,{cells}" for i in range(3)]
    read = load_text(tmp_path, text_of(*rows, header="timestamp,open,high,low,close," + header))
    assert read.volume.tolist() == [volume] * 3


def test_binance_klines_without_a_header_are_known(tmp_path: Path, candles: Candles) -> None:
    def kline(row: str) -> str:
        ts, rest = row.split(",", 1)
        return f"{ts}000,{rest},{int(ts) + 59}999,1,2,3,4,0"

    read = load_text(tmp_path, "\n".join(map(kline, ROWS)))
    assert read.digest == candles.digest
    assert read.notices == ("no header: read as Binance klines",)


# --- what is refused ---------------------------------------------------------------------------

GOOD = ROWS[1]
REFUSED_ROWS = [
    ("1700000100,abc,13,10,12,6", "open must be a number > 0, got 'abc'"),
    ("1700000100,,13,10,12,6", "open must be a number > 0, got ''"),
    ("1700000100,nan,13,10,12,6", "open must be a number > 0, got 'nan'"),
    ("1700000100,11,inf,10,12,6", "high must be a number > 0, got 'inf'"),
    ("1700000100,11,1e999,10,12,6", "high must be a number > 0, got '1e999'"),
    ("1700000100,11,13,0,12,6", "low must be a number > 0, got '0'"),
    ("1700000100,11,13,-10,12,6", "low must be a number > 0, got '-10'"),
    ("1700000100,11,13,10,True,6", "close must be a number > 0, got 'True'"),
    ('1700000100,"1,1",13,10,12,6', "open must be a number > 0, got '1,1'"),
    ("1700000100,11,13,10,12,-6", "volume must be a number >= 0, got '-6'"),
    ("1700000100,11,13,10,12,NA", "volume must be a number >= 0, got 'NA'"),
    ("1700000100,11,9,10,12,6", "high must be >= low, got high=9, low=10"),
    ("1700000100,14,13,10,12,6", "open must lie in low..high, got open=14, low=10, high=13"),
    ("1700000100,11,13,10,9.5,6", "close must lie in low..high, got close=9.5, low=10, high=13"),
    ("soon,11,13,10,12,6", "timestamp must be an epoch (s, ms, us, ns) from 1973-03-03 on, got "),
    ("2023-11-14T22:15:00Z,11,13,10,12,6", "timestamp must be an epoch (s, ms, us, ns) from "),
    ("60,11,13,10,12,6", "timestamp must be an epoch (s, ms, us, ns) from 1973-03-03 on, got '60'"),
    ("1700000040,11,13,10,12,6", "timestamp must differ from row 2's, got '1700000040'"),
    ("1700000030,11,13,10,12,6", "timestamp must be after row 2's '1700000040', got '1700000030'"),
    ("1700000100,11,13,10,12", "must have 6 cells, got 5"),
    ("1700000100,11,13,10,12,6,7", "must have 6 cells, got 7"),
]


@pytest.mark.parametrize(("row", "message"), REFUSED_ROWS, ids=[m for _, m in REFUSED_ROWS])
def test_a_wrong_row_is_named_with_its_value(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(CandleError, match=rf"^x\.csv: row 3: {re.escape(message)}.*; "):
        load_text(tmp_path, text_of(ROWS[0], row, *ROWS[2:]))


def test_an_iso_file_asks_for_iso_times(tmp_path: Path) -> None:
    rows = [f"2023-11-1{d},10,12,9,11,5" for d in (1, 2, 3)] + ["14.11.2023,10,12,9,11,5"]
    with pytest.raises(CandleError, match=r"row 5: timestamp must be an ISO time .* got '14\.11"):
        load_text(tmp_path, text_of(*rows))


def test_the_first_offence_is_named_and_all_are_counted(tmp_path: Path) -> None:
    rows = [ROWS[0], "1700000100,11,9,10,12,6", "1700000160,12,13,11,12,-1", "1700000220,1,2,x,1,7"]
    with pytest.raises(CandleError, match=r"row 3: high must .*\(3 of 4 rows are wrong\)$"):
        load_text(tmp_path, text_of(*rows))


def test_rows_are_the_files_own_lines_after_banner_blank_lines_and_turning(tmp_path: Path) -> None:
    rows = [*reversed(ROWS)]
    rows[2] = rows[2].replace("11,13,10", "11,9,10")
    text = "a banner\n" + text_of(*rows).replace(rows[1], "\n" + rows[1])
    line = text.split("\n").index(rows[2]) + 1
    with pytest.raises(CandleError, match=rf"row {line}: high must be >= low"):
        load_text(tmp_path, text)
    assert line == 6


def test_a_time_twice_is_refused_newest_first_too(tmp_path: Path) -> None:
    with pytest.raises(CandleError, match=r"row 4: timestamp must differ from row 3's"):
        load_text(tmp_path, text_of(*(ROWS[i] for i in (3, 2, 2, 1, 0))))


def test_one_text_cell_among_many_rows_is_found(tmp_path: Path) -> None:
    rows = [f"{1700000040 + 60 * i},10,12,9,11,5" for i in range(30_000)]
    rows[23_456] = rows[23_456].replace(",12,", ",twelve,")
    with pytest.raises(CandleError, match=r"row 23458: high .*'twelve'.*\(1 of 30000 rows"):
        load_text(tmp_path, text_of(*rows))


def test_a_column_of_booleans_is_no_price(tmp_path: Path) -> None:
    rows = ["1700000040,True,True,True,True,1", "1700000100,True,True,True,True,1"]
    with pytest.raises(CandleError, match=r"row 2: open .* got 'True'; .*\(2 of 2"):
        load_text(tmp_path, text_of(*rows))


REFUSED_FILES: list[tuple[str, str | bytes, str]] = [
    ("x.csv", "", "must hold candles, got an empty file"),
    ("x.csv", "\n\n", "must hold candles, got an empty file"),
    ("x.csv", HEADER, "must hold at least 2 candles, got 0"),
    ("x.csv", text_of(ROWS[0]), "must hold at least 2 candles, got 1"),
    ("x.csv", text_of(header="timestamp,open,high,low,close,x"), "row 1: .* got no volume in"),
    ("x.csv", "timestamp,close\n1700000040,5\n", "row 1: .* got no open, high, low, volume in"),
    ("x.csv", text_of(header=HEADER.replace("volume", "Volume USDT")), "got no volume in"),
    ("x.csv", text_of(header=HEADER + ",Open"), "got 'open' 2 times"),
    ("x.csv", "\n".join(ROWS), "row 1: must be a header line .* got '1700000040,10,"),
    ("x.csv", "1700000040,10,12,9,11,5,1700000099,1\n" * 2, "row 1: must be a header line"),
    ("x.csv", "hello\nworld\n", "row 1: must be a header line .* got 'hello'"),
    ("x.csv", text_of().encode("utf-16"), "must be CSV text in UTF-8, .* got bytes"),
    ("x.csv", b"PK\x03\x04\x00\x00", "must be CSV text in UTF-8, .* got bytes b'PK"),
    ("x.csv", text_of().replace("11,", '"11,', 1), "quotes must close on the line"),
    ("x.csv.gz", text_of(), "must be a gz file as its name says"),
    ("x.csv.gz", gzip.compress(text_of().encode())[:-9], "must be whole gzip data"),
    ("x.csv.gz", b"\x1f\x8b\x08" + b"?" * 30, "must be whole gzip data"),
    ("x.parquet", text_of(), "must be a parquet file as its name says"),
    ("x.parquet", b"PAR1" + b"?" * 60, "must be a readable parquet table"),
    ("x.npy", text_of(), "must be a npy file as its name says"),
    ("x.npy", b"\x93NUMPY\x01\x00" + b"?" * 90, r"must be float64 of shape \(6, n\)"),
]


@pytest.mark.parametrize(("name", "content", "message"), REFUSED_FILES)
def test_a_file_that_is_none_is_refused_with_a_remedy(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(CandleError, match=rf"^{re.escape(name)}: .*{message}.*; "):
        load_text(tmp_path, content, name)


def test_no_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CandleError, match=r"nope\.csv: must be a file, got no such file; "):
        load_candles(tmp_path / "nope.csv")
    with pytest.raises(CandleError, match="must be a file, got a directory; "):
        load_candles(tmp_path)


def saved_array(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((5, 4)), r"got .*float64 of shape \(5, 4\)"),
        (np.ones((6, 4), np.float32), r"got .*float32"),
        (np.asfortranarray(np.ones((6, 4))), r"must be float64 of shape \(6, n\)"),
        (np.array([None]), r"must be float64 of shape \(6, n\)"),
        (np.ones((6, 4)), r"row 1: timestamp must be"),
        (np.ones((6, 0)), r"must hold at least 2 candles, got 0"),
    ],
)
def test_a_foreign_npy_file_is_refused(
    tmp_path: Path, array: np.ndarray[Any, Any], message: str
) -> None:
    with pytest.raises(CandleError, match=message):
        load_text(tmp_path, saved_array(array), "x.npy")


# --- notices -----------------------------------------------------------------------------------


def test_gaps_are_counted_and_the_longest_is_told(tmp_path: Path) -> None:
    steps = [0, 60, 120, 180, 2280, 2340, 2460]  # 35 minutes, then 2
    rows = [f"{1700000040 + step},10,12,9,11,5" for step in steps]
    read = load_text(tmp_path, text_of(*rows))
    assert (read.interval_s, read.gaps) == (60, 2)
    assert read.notices == ("2 gaps (longest 35 min)",)


def test_an_irregular_file_has_its_median_step(tmp_path: Path) -> None:
    rows = [f"{1700000040 + step},10,12,9,11,5" for step in (0, 10, 40, 100)]
    read = load_text(tmp_path, text_of(*rows))
    assert (read.interval_s, read.gaps) == (30, 1)  # steps 10, 30, 60


def test_candles_without_volume_are_allowed_and_a_flat_last_one_is_told(tmp_path: Path) -> None:
    read = load_text(tmp_path, text_of(*ROWS, "1700000280,13,13,13,13,0"))
    assert read.notices == (
        "1 of 5 candles without volume",
        "the last candle is flat and without volume: it may not have been closed",
    )


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


# --- properties --------------------------------------------------------------------------------

prices = st.floats(1e-8, 1e9, allow_subnormal=False)


@st.composite
def some_candles(draw: st.DrawFn, at_least: int = 2) -> Candles:
    n = draw(st.integers(at_least, 12))
    start = draw(st.integers(10**8, 4 * 10**9))
    steps = draw(st.lists(st.integers(1, 10**5), min_size=n, max_size=n))
    bars = [sorted(draw(st.tuples(prices, prices, prices, prices))) for _ in range(n)]
    volume = draw(st.lists(st.floats(0, 1e12), min_size=n, max_size=n))
    low, open_, close, high = np.array(bars).T
    return Candles("drawn", start + np.cumsum(steps), open_, high, low, close, np.array(volume))


@quick
@given(drawn=some_candles(), name=st.sampled_from(["y.csv", "y.csv.gz", "y.parquet", "y.npy"]))
def test_any_candles_survive_any_format(tmp_path: Path, drawn: Candles, name: str) -> None:
    save_candles(drawn, tmp_path / name)
    assert (
        load_candles(tmp_path / name).digest == (replace(drawn, volume=drawn.volume + 0.0)).digest
    )


@quick
@given(drawn=some_candles(), column=st.sampled_from(range(6)), data=st.data())
def test_the_digest_changes_with_any_single_value(
    drawn: Candles, column: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(drawn) - 1))
    arrays: list[Any] = [values.copy() for values in drawn.arrays]
    values = arrays[column]
    values[index] = values[index] + 1 if column == 0 else np.nextafter(values[index], np.inf)
    ts, open_, high, low, close, volume = arrays
    changed = Candles("drawn", ts, open_, high, low, close, volume)
    assert changed.digest != drawn.digest


@quick
@given(
    drawn=some_candles(at_least=3),
    column=st.sampled_from(range(6)),
    cell=st.sampled_from(["", "x", "nan", "-1", "-inf", "1e999", "1 2", "0x1", "--", "None"]),
    newest_first=st.booleans(),
    data=st.data(),
)
def test_a_corrupted_cell_is_named_by_row_and_column(
    tmp_path: Path,
    drawn: Candles,
    column: int,
    cell: str,
    newest_first: bool,
    data: st.DataObject,
) -> None:
    save_candles(drawn, tmp_path / "y.csv")
    header, *rows = (tmp_path / "y.csv").read_text().splitlines()
    rows = rows[::-1] if newest_first else rows
    index = data.draw(st.integers(0, len(rows) - 1))
    cells = rows[index].split(",")
    cells[column] = cell
    rows[index] = ",".join(cells)
    with pytest.raises(CandleError, match=rf"^y\.csv: row {index + 2}: {COLUMNS[column]} must"):
        load_text(tmp_path, "\n".join([header, *rows]), "y.csv")


@quick
@given(order=st.permutations(range(6)))
def test_shuffled_rows_load_only_in_one_of_the_two_orders(tmp_path: Path, order: list[int]) -> None:
    rows = [f"{1700000040 + 60 * i},10,12,9,11,{i}" for i in order]
    if order in (sorted(order), sorted(order, reverse=True)):
        assert load_text(tmp_path, text_of(*rows)).volume.tolist() == [0, 1, 2, 3, 4, 5]
    else:
        with pytest.raises(CandleError, match=r"row \d: timestamp must be (before|after) row \d's"):
            load_text(tmp_path, text_of(*rows))


def check_any_bytes(folder: Path, content: bytes, name: str) -> None:
    path = written(folder, content, name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            read = load_candles(path)
        except CandleError as error:
            message = str(error)
        else:
            assert len(read) >= 2
            return
    assert message.startswith(f"{name}: ")
    assert "; " in message


names = st.sampled_from(["z", "z.csv", "z.csv.gz", "z.parquet", "z.npy"])


@settings(quick, max_examples=150)
@given(content=st.binary(max_size=200), name=names)
@example(content=b"\x1f\x8b", name="z")
@example(content=b"PAR1", name="z")
@example(content=b"\x93NUMPY", name="z")
@example(content=b"t,o,h,l,c,v\n\xff", name="z")
def test_any_bytes_give_candles_or_a_candle_error(
    tmp_path: Path, content: bytes, name: str
) -> None:
    check_any_bytes(tmp_path, content, name)


csv_like = st.text(
    alphabet=st.sampled_from('0123456789,,,\n\n".-eT:Z \r;\tanif\x00é'), max_size=120
)


@settings(quick, max_examples=150)
@given(body=csv_like, headed=st.booleans(), gzipped=st.booleans())
def test_any_text_gives_candles_or_a_candle_error(
    tmp_path: Path, body: str, headed: bool, gzipped: bool
) -> None:
    content = ((text_of() if headed else "") + body).encode()
    check_any_bytes(tmp_path, gzip.compress(content) if gzipped else content, "z")


@settings(quick, max_examples=100)
@given(name=st.sampled_from(["y.csv", "y.csv.gz", "y.parquet", "y.npy"]), data=st.data())
def test_a_damaged_file_gives_candles_or_a_candle_error(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    ts = 1700000040 + 60 * np.arange(4)
    price = np.full(4, 10.0)
    save_candles(Candles("made", ts, price, price, price, price, price), tmp_path / name)
    content = bytearray((tmp_path / name).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(content), at]))
    check_any_bytes(tmp_path, bytes(content[:cut]), name)


# --- borders -----------------------------------------------------------------------------------


def test_a_trial_child_reads_its_candles_without_pandas(tmp_path: Path, candles: Candles) -> None:
    save_candles(candles, tmp_path / "y.npy")
    code = (
        "import sys; from titan_mlopt.candles import load_candles;"
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
