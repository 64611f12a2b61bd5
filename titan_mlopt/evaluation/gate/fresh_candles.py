"""Candles after a study's last one: found in a file that may begin before it, and checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import CandleError, StudyError
from titan_mlopt.core.findings import utc_text
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.evaluation.gate.holdout import check_sealed
from titan_mlopt.evaluation.rerun import check_candles


@dataclass(frozen=True, slots=True)
class FreshCandles:
    """Fresh candles, after the last ones of the study.

    candles: both. first: index of the first fresh one; those before it warm a predictor up.
    notices: what the user should know, in one line each.
    """

    candles: Candles
    first: int
    notices: tuple[str, ...]


def study_candles(record: StudyRecord, whole: Candles) -> Candles:
    """Return all candles of the study, the sealed ones too, from a file that may have grown.

    Raises:
        StudyError: They are not the study's.
    """
    tuned = int(record.candles["count"])
    if not record.holdout:
        part = whole.head(tuned)
        check_candles(record, part)
        return part
    return whole.head(check_sealed(record, whole) + int(record.holdout["count"]))


def find_fresh(
    study: Candles, file: Candles, warm_up: int, *, must_overlap: bool = False
) -> FreshCandles:
    """Return the candles of a file that are later than the study's last one.

    Args:
        study: All candles of the study.
        file: May begin before the study's last candle, and must agree with the study there, or
            after it.
        warm_up: How many of the study's last candles to put before them, as far as there are any.
        must_overlap: Whether the file must hold the study's last candle: it shows that both are of
            the same instrument, and that nobody has chosen where the fresh ones begin.

    Raises:
        CandleError: There are fewer than 2 fresh candles, which is no bar, or they have another
            interval.
        StudyError: The file has other candles than the study where both have some, or it must hold
            the study's last candle and does not.
    """
    last = int(study.ts[-1])
    start = int(np.searchsorted(file.ts, last, side="right"))
    if len(file) - start < 2:
        raise CandleError(
            f"{file.name}: must hold at least 2 candles after the study's last one, of "
            f"{utc_text(last)}, got {len(file) - start}; pass a file that goes on after it"
        )
    if file.interval_s != study.interval_s:
        raise CandleError(
            f"{file.name}: must have candles of {study.interval_s} s, as the study has, got "
            f"{file.interval_s} s; pass a file of that interval"
        )
    overlap = _check_overlap(study, file, start)
    if must_overlap and not overlap:
        raise StudyError(
            f"{file.name}: must hold the study's last candle, of {utc_text(last)}, at the first "
            f"look at fresh candles, got {utc_text(int(file.ts[0]))} as its first; pass a file "
            "that begins with candles of the study"
        )
    before = study.part(max(0, len(study) - max(2, warm_up)), len(study))
    ts, open_, high, low, close, volume = (
        np.concatenate([ours, theirs[start:]])
        for ours, theirs in zip(before.arrays, file.arrays, strict=True)
    )
    return FreshCandles(
        Candles(file.name, ts, open_, high, low, close, volume),
        len(before),
        _notices(study, file, start, overlap),
    )


def _check_overlap(study: Candles, file: Candles, stop: int) -> int:
    """Return how many candles before ``stop`` both have; ``StudyError`` where they differ."""
    theirs = slice(int(np.searchsorted(file.ts, study.ts[0])), stop)
    ours = slice(int(np.searchsorted(study.ts, file.ts[0])), len(study))
    n = min(theirs.stop - theirs.start, ours.stop - ours.start)
    pairs = [(a[ours], b[theirs]) for a, b in zip(study.arrays, file.arrays, strict=True)]
    differs = np.any([a[:n] != b[:n] for a, b in pairs], axis=0)
    same_length = len(pairs[0][0]) == len(pairs[0][1])
    if same_length and not differs.any():
        return n
    index = int(differs.argmax()) if differs.any() else n
    at = min(int(times[index]) for times in pairs[0] if index < len(times))
    raise StudyError(
        f"{file.name}: must have the study's candles up to the study's last one, got others from "
        f"{utc_text(at)} on; pass a file of the same instrument and source, or one that "
        "begins later"
    )


def _notices(study: Candles, file: Candles, start: int, overlap: int) -> tuple[str, ...]:
    notices = []
    missing = (int(file.ts[start]) - int(study.ts[-1])) // study.interval_s - 1
    if missing > 0:
        notices.append(
            f"{file.name}: {missing:,} candles are missing between the study's last one and the "
            f"first fresh one, of {utc_text(int(file.ts[start]))}"
        )
    if not overlap:
        notices.append(
            f"{file.name}: has no candle of the study, so nothing shows that both are of the same "
            "instrument"
        )
    return tuple(notices)
