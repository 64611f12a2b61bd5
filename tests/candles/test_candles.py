"""Candles: every usual spelling gives the same ones, and what is odd about them is told."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.candle_cases import ROWS, candles, load_text, quick, some_candles, text_of, written
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.candles.formats import epoch_seconds
from titan_mlopt.core.errors import ConfigError

# A fixture: pytest finds it here by its name.
__all__ = ["candles"]


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
    naive = times[0] in ("2023-11-14T22:14:00", "2023-11-14 22:14")
    assert [notice.split(";")[0] for notice in read.notices] == [
        *["times without a zone counted as UTC"] * naive
    ]


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


# --- the digest --------------------------------------------------------------------------------


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
