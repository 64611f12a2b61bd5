"""Several candle files that are one series: those of a folder, or of a pattern such as *.csv."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.core.errors import CandleError, short_repr
from titan_mlopt.core.findings import utc_text

_ENDINGS = (".csv", ".txt", ".tsv", ".gz", ".bz2", ".zst", ".zip", ".parquet", ".feather", ".npy")

_Arrays = Sequence[NDArray[Any]]


def series_files(path: Path) -> tuple[list[Path], tuple[str, ...]] | None:
    """Return the files of a folder or a pattern in the order of their names, and notices.

    None for the path of anything else.

    Raises:
        CandleError: The folder has no candle file, or the pattern fits none.
    """
    pattern = str(path)
    try:
        is_folder = path.is_dir()
    except OSError:  # a name that no file can have
        return None
    if is_folder:
        entries = [file for file in sorted(path.iterdir()) if not file.name.startswith(".")]
        files = [f for f in entries if f.is_file() and f.name.lower().endswith(_ENDINGS)]
        left_out = [file.name for file in entries if file not in files]
        notices = (f"left out: {', '.join(map(short_repr, left_out[:5]))}",) if left_out else ()
    elif glob.has_magic(pattern) and not path.exists():
        files = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - absolute patterns too
        files, notices = [file for file in files if file.is_file()], ()
    else:
        return None
    if not files:
        raise CandleError(
            f"{path}: must be a candle file, a folder of some, or a pattern of their names, got no "
            f"file with one of the endings {', '.join(_ENDINGS)}; give the path of a candle file"
        )
    return files, notices


def is_there(path: str | os.PathLike[str]) -> bool:
    """Return whether the path is a file, or a folder or pattern with one."""
    try:
        return Path(path).is_file() or series_files(Path(path)) is not None
    except (CandleError, OSError):
        return False


def join_series(
    where: str, names: Sequence[str], parts: Sequence[_Arrays]
) -> tuple[NDArray[Any], ...]:
    """Return the candles of several files in the order of time, each once.

    Args:
        where: Name of the folder, for messages.
        names: Names of the files.
        parts: Time, open, high, low, close and volume of each, in the order of time.

    Raises:
        CandleError: Two files have different candles of the same time, or different intervals.
    """
    steps = [int(np.median(np.diff(part[0]))) for part in parts]
    for name, step in zip(names, steps, strict=True):
        if step != steps[0]:
            raise CandleError(
                f"{where}: must hold candles of one interval, got {steps[0]} s in {names[0]} and "
                f"{step} s in {name}; keep one of the two in the folder"
            )
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    of_file = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    order = np.argsort(columns[0], kind="stable")
    columns, of_file = [column[order] for column in columns], of_file[order]
    twice = np.append(False, np.diff(columns[0]) == 0)
    for k in np.flatnonzero(twice):
        if any(column[k] != column[k - 1] for column in columns):
            first, second = (names[of_file[index]] for index in (k - 1, k))
            raise CandleError(
                f"{where}: must have the same candle of {utc_text(int(columns[0][k]))} in {first} "
                f"and {second}, got two; keep the files of one instrument in the folder"
            )
    return tuple(column[~twice] for column in columns)
