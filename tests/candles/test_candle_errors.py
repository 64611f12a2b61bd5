"""Wrong candle files: what is refused and where the message points."""

from __future__ import annotations

import gzip
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.candle_cases import (
    HEADER,
    ROWS,
    load_text,
    quick,
    saved_array,
    some_candles,
    text_of,
    written,
)
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.candles.formats import COLUMNS
from titan_mlopt.core.errors import CandleError

# --- what is refused ---------------------------------------------------------------------------

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
    with pytest.raises(CandleError, match=r"row 2: open .* got 'True'; nearly all rows are so"):
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
    ("x.csv", b"MZ\x03\x04\x00\x00", "must be CSV text in UTF-8, .* got bytes b'MZ"),
    ("x.csv", b"PK\x03\x04\x00\x00", "must be whole zip data without a password"),
    ("x.csv", text_of().replace("11,", '"11,', 1), "quotes must close on the line"),
    ("x.csv.gz", text_of(), "must be a gz file as its name says"),
    ("x.csv.gz", gzip.compress(text_of().encode(), mtime=0)[:-9], "must be whole gzip data"),
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
    with pytest.raises(
        CandleError, match=r"must be a candle file, a folder .* got no file with one"
    ):
        load_candles(tmp_path)


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


# --- properties --------------------------------------------------------------------------------


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
    check_any_bytes(tmp_path, gzip.compress(content, mtime=0) if gzipped else content, "z")


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
