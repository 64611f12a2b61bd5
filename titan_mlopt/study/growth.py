"""Candle files that have grown since a study was tuned on their first candles."""

from __future__ import annotations

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.study import StudyRecord


def check_growth(candles: Candles, study: StudyRecord) -> None:
    """Refuse candles that begin with those of the study and go on after them.

    A study goes on with the candles that it began with, or its trials could not be compared; which
    of the two the user wants, those or a new study, nobody can guess.

    Args:
        candles: All candles, already limited.
        study: The identity of the study; one that has none yet accepts any candles.

    Raises:
        StudyError: There are more of them; the message says how many, and how to go on.
    """
    n = _count(study)
    if n is None or len(candles) <= n or not _begins_with(candles, n, study):
        return
    part = candles.head(n).describe()
    raise StudyError(
        f"study {study.name}: must go on with the {n:,} candles that it was tuned on, "
        f"{part['first']} to {part['last']}, got {len(candles) - n:,} more after them in "
        f"{candles.name}; go on with --limit {n} (limit={n} in Python), or choose another "
        "study_name for a new study"
    )


def _count(study: StudyRecord) -> int | None:
    """Return how many candles the study was made from, its hold-out included; None if unknown."""
    counts = [study.candles.get("count")]
    if study.holdout:
        counts += [study.holdout.get("purged"), study.holdout.get("count")]
    whole = [count for count in counts if isinstance(count, int)]
    return sum(whole) if study.uid and len(whole) == len(counts) else None


def _begins_with(candles: Candles, n: int, study: StudyRecord) -> bool:
    """Whether the first ``n`` candles are those of the study."""
    if candles.head(int(study.candles["count"])).digest != study.candles.get("sha256"):
        return False
    if not study.holdout:
        return True
    sealed = candles.part(n - int(study.holdout["count"]), n)
    return sealed.digest == study.holdout.get("sha256")
