"""Prices and volumes: columns of numbers or of texts, also with decimal commas and thousands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from titan_mlopt.candles.formats import COLUMNS, FloatArray
from titan_mlopt.core.errors import CandleError, short_repr

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
# 60.019,07 and 60,019.07; for thousands blanks, also those that never break, and apostrophes too.
_GROUP = " \u00a0\u202f'’"
_DECIMAL_COMMA = re.compile(rf"[+-]?(?:\d+|\d{{1,3}}(?:[.{_GROUP}]\d{{3}})+)(?:,\d+)?", re.ASCII)
_THOUSANDS = re.compile(rf"[+-]?(?:\d+|\d{{1,3}}(?:[,{_GROUP}]\d{{3}})+)(?:\.\d+)?", re.ASCII)
_SEPARATORS = re.compile(rf"\d[,{_GROUP}]\d")
_GROUPS = re.compile(f"[{_GROUP}]")

_Read = Callable[[str], float]


def read_values(
    where: str, columns: Sequence[pd.Series[Any]], row: Callable[[int], int]
) -> tuple[list[FloatArray], tuple[str, ...]]:
    """Return open, high, low, close and volume as float64 (n,) each, and notices.

    NaN stands where a cell is no number. Texts are rounded as ``float`` rounds them. Decimal commas
    and thousands separators are read where all texts of the file agree on them.

    Args:
        where: Name of the file, for messages.
        columns: The five columns, (n,) each.
        row: Returns the row's number in the file by its index.

    Raises:
        CandleError: A text can be read with a decimal comma and with thousands separators.
    """
    texts = {
        number: plain_texts(column).tolist()
        for number, column in enumerate(columns)
        if not _is_numeric(column)
    }
    read, notices = _style(where, texts, row)
    values = [
        _floats(texts[number], read)
        if number in texts
        else column.to_numpy(dtype=np.float64, na_value=np.nan)
        for number, column in enumerate(columns)
    ]
    return values, notices


def plain_texts(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as texts without blanks around them; "nan" where a cell has no value."""
    return column.astype("str").fillna("nan").str.strip()


def plain_numbers(column: pd.Series[Any]) -> FloatArray:
    """Return a column as float64, (n,); NaN where a cell is no number."""
    if _is_numeric(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return _floats(plain_texts(column).tolist(), None)


def _is_numeric(column: pd.Series[Any]) -> bool:
    is_number = pd.api.types.is_numeric_dtype(column)
    return is_number and not pd.api.types.is_bool_dtype(column) and column.dtype.kind != "c"


def _floats(texts: list[str], read: _Read | None) -> FloatArray:
    if read is not None:
        return np.array([read(text) for text in texts], np.float64)
    joined = "".join(texts)
    if joined.isascii() and "_" not in joined:  # float would accept 1_000 and other digits
        try:
            return np.array(texts, object).astype(np.float64)
        except ValueError:
            pass
    is_number = _NUMBER.fullmatch
    return np.array([float(text) if is_number(text) else np.nan for text in texts], np.float64)


def _style(
    where: str, texts: dict[int, list[str]], row: Callable[[int], int]
) -> tuple[_Read | None, tuple[str, ...]]:
    """Return how to read texts with separators, None for plain numbers, and notices."""
    cells = dict.fromkeys(cell for column in texts.values() for cell in column)
    example = next(filter(_SEPARATORS.search, cells), None)
    if example is None:
        return None, ()
    comma = all(map(_DECIMAL_COMMA.fullmatch, cells))
    thousands = all(map(_THOUSANDS.fullmatch, cells))
    if not comma and not thousands:
        return None, ()
    # In a file of decimal commas 1.234 needs a 1.234,5 beside it to be a thousand.
    if comma and (thousands or not any("." in cell and "," in cell for cell in cells)):
        _check_one_reading(where, [cell for cell in cells if thousands or "." in cell], texts, row)
    read, name = (_with_comma, "decimal commas") if comma else (_with_point, "thousands separators")
    return read, (f"{name}: {short_repr(example)} read as {read(example):.12g}",)


def _check_one_reading(
    where: str, cells: list[str], texts: dict[int, list[str]], row: Callable[[int], int]
) -> None:
    """Raise ``CandleError`` for the first cell that means two numbers."""
    for cell in cells:
        if _with_comma(cell) != _with_point(cell):
            index, column = min((t.index(cell), k) for k, t in texts.items() if cell in t)
            raise CandleError(
                f"{where}: row {row(index)}: {COLUMNS[1 + column]} must be readable in one way, "
                f"got {short_repr(cell)}, which is {_with_comma(cell):.12g} with a decimal comma "
                f"and {_with_point(cell):.12g} with a decimal point; write the numbers as 60019.07"
            )


def _with_comma(text: str) -> float:
    return float(_GROUPS.sub("", text).replace(".", "").replace(",", "."))


def _with_point(text: str) -> float:
    return float(_GROUPS.sub("", text).replace(",", ""))
