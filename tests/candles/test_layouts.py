"""Each layout of candle files that people have: it loads, or the error says what to do."""

from __future__ import annotations

import os
import re
import struct
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow.feather import write_feather
from pyarrow.parquet import write_table

from support.candle_cases import HEADER, ROWS, load_text, text_of, written
from support.layout_cases import AUTUMN, LAYOUTS, ZONE, Layout
from support.paths import ROOT
from titan_mlopt.candles.candles import load_candles
from titan_mlopt.candles.formats import COLUMNS
from titan_mlopt.core.candle_options import NO_OPTIONS
from titan_mlopt.core.errors import CandleError, ConfigError

CASES = ROOT.parent / "shared" / "cases" / "candles"
PAGE = ROOT / "docs" / "candles.md"
BEGIN, END = "<!-- layouts -->\n", "<!-- end of layouts -->"


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.what)
def test_a_layout_loads_or_is_refused_in_words(tmp_path: Path, layout: Layout) -> None:
    path = layout.write(tmp_path)
    if layout.refused:
        with pytest.raises(CandleError, match=re.escape(layout.refused)) as refused:
            load_candles(path, **layout.options)
        message = str(refused.value)
        assert message.startswith(f"{path.name}: ")
        assert "; " in message
        for name in layout.names:
            assert name in message
        return
    read = load_candles(path, **layout.options)
    assert read.ts.tolist() == [1700000040, 1700000100, 1700000160, 1700000220]
    expected = np.array([[float(cell) for cell in row.split(",")[1:]] for row in ROWS]).T
    expected[:4] += layout.plus
    np.testing.assert_array_equal(read.arrays[1:], expected)
    assert layout.notice == "" or any(n.startswith(layout.notice) for n in read.notices)
    if not layout.notice:
        assert not [n for n in read.notices if "zone counted" in n]


def verdict(layout: Layout) -> str:
    if layout.refused:
        return f"refused: {layout.refused}"
    return f"loads, and says: {layout.notice}" if layout.notice else "loads"


def test_the_page_has_the_table_of_layouts() -> None:
    rows = [f"| {layout.what} | {verdict(layout)} |\n" for layout in LAYOUTS]
    table = "".join(["| layout | verdict |\n", "|---|---|\n", *rows])
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    stands, _, after = rest.partition(END)
    if os.environ.get("TITAN_MLOPT_WRITE_PAGES"):
        PAGE.write_text(before + BEGIN + table + END + after, encoding="utf-8")
    else:
        assert stands == table, "where this is meant: TITAN_MLOPT_WRITE_PAGES=1 writes it anew"


# --- files that people sent ----------------------------------------------------------------------

# All hold the same candles; MetaTrader's volumes are counts of ticks.
SAME, TICKS = "3ce1b9a2", "2a025147"
SENT: dict[str, tuple[dict[str, str], str]] = {
    "mt5.csv": ({}, TICKS),
    "mt4.csv": ({}, TICKS),
    "date_time.csv": ({}, SAME),
    "bybit.csv": ({}, SAME),
    "yf_multi.csv": ({}, SAME),
    "binance.zip": ({}, SAME),
    "ft.feather": ({}, SAME),
    "excel_decimal_comma.csv": ({}, SAME),
    "thousands.csv": ({}, SAME),
    "two_symbols_inter.csv": ({"symbol": "ACME"}, SAME),
}


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no files in {CASES}")
@pytest.mark.parametrize(("name", "options", "digest"), [(n, *v) for n, v in SENT.items()])
def test_files_that_failed_give_the_same_candles(
    name: str, options: dict[str, str], digest: str
) -> None:
    read = load_candles(CASES / name, **options)
    assert (len(read), read.digest[:8]) == (1500, digest)


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no files in {CASES}")
def test_local_times_over_the_end_of_summer_time_load_with_their_zone() -> None:
    path = CASES / "dst_fall_naive.csv"
    with pytest.raises(CandleError, match=r"row 362: .* an hour comes twice.*--timezone"):
        load_candles(path)
    read = load_candles(path, timezone="America/New_York")
    assert (len(read), read.gaps, read.interval_s) == (1500, 0, 60)
    assert read.describe()["first"] == "2025-11-02T00:00:00Z"  # 20:00 of the day before, EDT


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (("60.019,07", "60019,07"), 60019.07),
        (("60 019,07", "60019,07"), 60019.07),
        (("60\u202f019,07", "60019,07"), 60019.07),
        (("60'019.07", "60019.07"), 60019.07),
        (("60,019.07", "60019.07"), 60019.07),
        (("1,060,019", "1060019"), 1060019.0),
        (("60.019,5", "60.019"), 60019.5),
    ],
)
def test_separators_are_read_where_the_file_shows_what_they_mean(
    tmp_path: Path, cells: tuple[str, str], value: float
) -> None:
    rows = [f"{1700000040 + 60 * i};{cell};{cell};{cell};{cell};7" for i, cell in enumerate(cells)]
    read = load_text(tmp_path, "\n".join([HEADER.replace(",", ";"), *rows]))
    assert read.close[0] == value
    assert read.close[1] in (value, 60019.0)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            ("60,019", "60,020"),
            "row 2: open .* '60,019', which is 60.019 .* and 60019 with a decimal point",
        ),
        (("60000,07", "1.234"), "row 3: open .* '1.234', which is 1234 .* and 1.234 with"),
        (("60 019", "1.234"), "row 3: open .* '1.234', which is 1234 .* and 1.234 with"),
    ],
)
def test_numbers_of_two_readings_are_refused_with_both(
    tmp_path: Path, cells: tuple[str, str], message: str
) -> None:
    rows = [f"{1700000040 + 60 * i};{cell};{cell};{cell};{cell};7" for i, cell in enumerate(cells)]
    with pytest.raises(CandleError, match=message):
        load_text(tmp_path, "\n".join([HEADER.replace(",", ";"), *rows]))


def test_a_cell_that_agrees_with_no_other_is_wrong_and_no_style(tmp_path: Path) -> None:
    rows = [*ROWS[:3], '1700000220,"1,2",14,12,13,7']
    with pytest.raises(CandleError, match=r"row 5: open must be a number > 0, got '1,2'; correct"):
        load_text(tmp_path, text_of(*rows))


# --- zones ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_hour_that_autumn_repeats_is_told_apart_by_order(
    tmp_path: Path, newest_first: bool
) -> None:
    rows = AUTUMN[::-1] if newest_first else AUTUMN
    read = load_candles(written(tmp_path, text_of(*rows)), **ZONE)
    # 01:30 CEST is 23:30 of the day before; from the second 02:00 on it is CET.
    assert (read.ts - 1761435000).tolist() == [0, 1800, 3600, 5400, 7200, 9000]


@pytest.mark.parametrize("stamp", ["2023-11-15 00:{}", "2023111500{}"])
def test_the_zone_that_a_study_hands_on_to_another_file_is_told(tmp_path: Path, stamp: str) -> None:
    path = written(tmp_path, of_times(*(stamp.format(minute) for minute in (14, 15, 16))))
    settings = {"timezone": "Europe/Kyiv", "columns": "volume,open,high,low,close,timestamp"}
    options = NO_OPTIONS.or_of(settings, same_file=False)
    read = load_candles(path, **asdict(options))
    assert read.ts[0] == 1700000040
    assert read.notices == ("times without a zone are read as Europe/Kyiv",)


def test_times_that_tell_their_zone_need_none(tmp_path: Path) -> None:
    path = written(tmp_path, text_of())
    read = load_candles(path, timezone="Asia/Tokyo")
    assert read.ts[0] == 1700000040
    assert read.notices == ("the times tell their zone: Asia/Tokyo not used",)


def test_a_feather_file_with_a_text_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    """Arrow ends the whole process where such a text is looked at."""
    path = tmp_path / "x.feather"
    cells = list(zip(*(row.split(",") for row in ROWS), strict=True))
    table = {name: list(map(float, column)) for name, column in zip(COLUMNS, cells, strict=True)}
    write_feather(pa.table({**table, "note": [*"abcd"]}), path, compression="uncompressed")
    ends = (struct.pack("<5i", 0, 1, 2, 3, 4), struct.pack("<5i", 0, -1, 2, 3, 4))
    content = path.read_bytes()
    assert content.count(ends[0]) == 1
    path.write_bytes(content.replace(*ends))
    with pytest.raises(CandleError, match="must be a readable feather table, got ArrowInvalid"):
        load_candles(path)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.large_binary()], ids=str
)
def test_a_parquet_text_of_any_type_is_bounded_before_it_is_copied(
    tmp_path: Path, kind: pa.DataType
) -> None:
    """A few bytes may stand for millions of copies of it; pandas writes large texts."""
    path = tmp_path / "x.parquet"
    write_table(pa.table({"note": pa.array(["x" * 101] * 4).cast(kind)}), path)
    with pytest.raises(CandleError, match="'note' must hold texts of at most 100 characters"):
        load_candles(path)


def test_datetimes_of_a_table_are_local_where_they_have_no_zone(tmp_path: Path) -> None:
    table = pd.DataFrame(
        [[float(cell) for cell in row.split(",")[1:]] for row in ROWS],
        columns=HEADER.split(",")[1:],
    )
    table["date"] = pd.to_datetime([f"2023-11-15 00:{m}" for m in (14, 15, 16, 17)])
    table.to_feather(tmp_path / "x.feather")
    assert load_candles(tmp_path / "x.feather", timezone="Europe/Kyiv").ts[0] == 1700000040
    assert load_candles(tmp_path / "x.feather").ts[0] == 1700000040 + 2 * 3600


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"timezone": "Berlin"},
            "timezone: must be a name of the time zone database, got 'Berlin'",
        ),
        ({"timezone": "../x"}, "timezone: must be a name of the time zone database"),
        ({"columns": "open,close"}, "columns: must be the file's columns in its order"),
        ({"symbol": ""}, "symbol: must be 1 to 40 printable characters"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(
    tmp_path: Path, options: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        load_candles(tmp_path / "none.csv", **options)


# --- dates of digits alone ----------------------------------------------------------------------


def of_times(*times: object) -> str:
    return text_of(*(f"{time},10,12,9,11,5" for time in times))


@pytest.mark.parametrize("form", ["%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d%H"])
@pytest.mark.parametrize("table", ["csv", "parquet"])
def test_times_of_digits_alone_are_no_epochs(tmp_path: Path, form: str, table: str) -> None:
    times = pd.date_range("2024-01-30 01:00", periods=30, freq="h").strftime(form)
    path = written(tmp_path, of_times(*times))
    if table == "parquet":
        path, frame = tmp_path / "x.parquet", pd.read_csv(path)
        assert frame.timestamp.dtype == np.int64
        frame.to_parquet(path)
    read = load_candles(path)
    assert (read.describe()["first"], read.interval_s) == ("2024-01-30T01:00:00Z", 3600)
    assert read.notices[0].startswith("times without a zone counted as UTC")
    assert load_candles(path, **ZONE).describe()["first"] == "2024-01-30T00:00:00Z"


def test_a_date_of_digits_that_does_not_exist_is_named(tmp_path: Path) -> None:
    message = "row 4: timestamp must be a time YYYYMMDDHH .*, got '2024013024'"
    with pytest.raises(CandleError, match=message):
        load_text(tmp_path, of_times(2024013022, 2024013023, 2024013024, 2024013101))


@pytest.mark.parametrize("step", [1, 60, 300, 3600, 86400])
def test_epochs_of_2034_stay_epochs(tmp_path: Path, step: int) -> None:
    times = range(2024013000, 2024013000 + 40 * step, step)
    assert load_text(tmp_path, of_times(*times)).ts.tolist() == [*times]


def test_few_times_that_may_be_epochs_or_dates_are_refused_with_both(tmp_path: Path) -> None:
    # date -u -d @2024013001
    message = (
        r"row 2: .* got 2024013001, which is 2024-01-30T01:00:00Z as YYYYMMDDHH and "
        r"2034-02-20T01:50:01Z as an epoch; write the times as 2024-01-31 09:00"
    )
    with pytest.raises(CandleError, match=message):
        load_text(tmp_path, of_times(2024013001, 2024013002, 2024013003))


# --- symbols -------------------------------------------------------------------------------------


def test_a_symbol_only_names_the_instrument_of_a_file_that_has_one(tmp_path: Path) -> None:
    rows = [f"{row},BTC/USDT" for row in ROWS]
    path = written(tmp_path, text_of(*rows, header=HEADER + ",symbol"))
    assert load_candles(path, symbol="btcusdt").notices == ()
    told = load_candles(path, symbol="ETHUSDT")
    assert told.notices == ("its symbol is 'BTC/USDT', not ETHUSDT",)
    assert len(told) == 4


def test_errors_name_the_rows_of_the_file_when_a_symbol_was_chosen(tmp_path: Path) -> None:
    rows = [f"{row},{name}" for row in ROWS for name in ("AAA", "BBB")]
    rows[5] = rows[5].replace(",12.5,", ",abc,")  # the third candle of BBB, in line 7
    path = written(tmp_path, text_of(*rows, header=HEADER + ",symbol"))
    with pytest.raises(CandleError, match=r"row 7: high must be a number > 0, got 'abc'"):
        load_candles(path, symbol="BBB")
    assert len(load_candles(path, symbol="AAA")) == 4


# --- several files -------------------------------------------------------------------------------


def months(folder: Path) -> Path:
    """Write a day in three files, in two layouts, of which two overlap."""
    folder.mkdir()
    rows = [f"{1700000040 + 60 * k},10,12,9,11,{k}" for k in range(30)]
    (folder / "b.csv").write_text(text_of(*rows[8:20]))
    (folder / "a.csv").write_text(text_of(*reversed(rows[:10])))
    (folder / "c.csv").write_text(
        "\n".join([HEADER.replace(",", ";"), *rows[25:]]).replace(",", ";")
    )
    return folder


def test_a_folder_is_one_series_in_the_order_of_time(tmp_path: Path) -> None:
    folder = months(tmp_path / "btc")
    (folder / "README.md").write_text("of an exchange")
    read = load_candles(folder)
    assert read.volume.tolist() == [*range(20), *range(25, 30)]
    assert read.notices == (
        "3 files read as one series",
        "left out: 'README.md'",
        "a.csv: newest first: turned round",
        "1 gap (longest 6 min)",
        "1 of 25 candles without volume",
    )
    assert (read.name, read.path) == ("btc", str(folder))


def test_a_pattern_reads_the_same_as_a_file_of_all(tmp_path: Path) -> None:
    folder = months(tmp_path / "btc")
    one = load_text(
        tmp_path,
        text_of(*(f"{1700000040 + 60 * k},10,12,9,11,{k}" for k in (*range(20), *range(25, 30)))),
    )
    assert load_candles(folder / "*.csv").digest == one.digest
    assert load_candles(folder / "[ab].csv", 12).volume.tolist() == [*range(12)]
    with pytest.raises(CandleError, match=r"\*\.zip: must be a candle file, a folder of some"):
        load_candles(folder / "*.zip")


def test_two_files_that_differ_where_they_overlap_are_refused(tmp_path: Path) -> None:
    folder = months(tmp_path / "btc")
    (folder / "b.csv").write_text((folder / "b.csv").read_text().replace(",11,9", ",11,9.5"))
    message = (
        r"^btc: must have the same candle of 2023-11-14T22:23:00Z in a\.csv and b\.csv, got two"
    )
    with pytest.raises(CandleError, match=message):
        load_candles(folder)


def test_files_of_two_intervals_are_no_series(tmp_path: Path) -> None:
    folder = months(tmp_path / "btc")
    (folder / "h.csv").write_text(
        text_of(*(f"{1700003600 + 3600 * k},10,12,9,11,5" for k in range(3)))
    )
    with pytest.raises(CandleError, match=r"one interval, got 60 s in a.csv and 3600 s in h.csv"):
        load_candles(folder)


def of_symbols(folder: Path) -> Path:
    """Write files of AAA, of BBB at other times, of BBB and CCC, and one that tells no symbol."""
    folder.mkdir()
    header = HEADER + ",symbol"
    later = [row.replace("17000", "17001") for row in ROWS]
    (folder / "a.csv").write_text(text_of(*(f"{row},AA/A" for row in ROWS), header=header))
    (folder / "b.csv").write_text(text_of(*(f"{row},BBB" for row in later), header=header))
    both = [f"{row},{name}" for row in later for name in ("BBB", "CCC")]
    (folder / "c.csv").write_text(text_of(*both, header=header))
    (folder / "d.csv").write_text(text_of(*ROWS))
    return folder


def test_files_of_two_symbols_are_no_series(tmp_path: Path) -> None:
    folder = of_symbols(tmp_path / "all")
    message = (
        r"\[ab\]\.csv: must hold candles of one symbol, got those of 'AA/A', 'BBB'; .*--symbol AA/A"
    )
    with pytest.raises(CandleError, match=message):
        load_candles(folder / "[ab].csv")
    with pytest.raises(CandleError, match=r"all: .* of the symbol X, got .*'AA/A', 'BBB', 'CCC'"):
        load_candles(folder, symbol="X")
    yahoo = "Price,Open,High,Low,Close,Volume\nTicker,BBB,BBB,BBB,BBB,BBB\nDate,,,,,\n"
    (folder / "y.csv").write_text(yahoo + "\n".join(ROWS))
    with pytest.raises(CandleError, match="got those of 'AA/A', 'BBB'"):
        load_candles(folder / "[ay].csv")


def test_files_without_the_symbol_are_left_out_with_a_notice(tmp_path: Path) -> None:
    folder = of_symbols(tmp_path / "all")
    read = load_candles(folder, symbol="AAA")
    assert read.digest == load_text(tmp_path, text_of()).digest
    assert read.notices[:2] == (
        "2 files read as one series",
        "left out, as without the symbol AAA: 'b.csv', 'c.csv'",
    )
    assert len(load_candles(folder / "[abc].csv", symbol="BBB")) == 4
    assert load_candles(folder / "a*", symbol="B").notices[1] == "its symbol is 'AA/A', not B"


def test_a_wrong_row_in_a_folder_is_named_with_its_file(tmp_path: Path) -> None:
    folder = months(tmp_path / "btc")
    text = (folder / "b.csv").read_text()
    (folder / "b.csv").write_text(text.replace(",12,9,11,12", ",8,9,11,12"))
    with pytest.raises(CandleError, match=r"^b\.csv: row 6: high must be >= low, got high=8"):
        load_candles(folder)


@pytest.mark.parametrize("column", ["open", "volume", "date", "symbol"])
def test_a_cell_without_a_value_in_a_table_of_texts_is_no_crash(
    tmp_path: Path, column: str
) -> None:
    names = ["symbol", "date", *HEADER.split(",")[1:]]
    table = pd.DataFrame(
        [["AAA", f"2023-11-14 22:{14 + k}", *row.split(",")[1:]] for k, row in enumerate(ROWS)],
        columns=names,
        dtype=object,
    )
    table.loc[1, column] = None
    table.to_parquet(tmp_path / "x.parquet")
    if column == "symbol":
        assert len(load_candles(tmp_path / "x.parquet")) == 4
    else:
        named = column.replace("date", "timestamp")
        with pytest.raises(CandleError, match=rf"^x\.parquet: row 2: {named} must be"):
            load_candles(tmp_path / "x.parquet")
