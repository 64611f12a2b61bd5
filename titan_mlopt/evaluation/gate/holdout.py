"""The sealed hold-out of a study: it is opened only here, and every opening is counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import optuna
from optuna.storages import RDBStorage

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.findings import utc_text
from titan_mlopt.core.study import Opening, StudyRecord
from titan_mlopt.study.storage.studies import HOLDOUT, OPENINGS, append_to_attribute, read_identity


@dataclass(frozen=True, slots=True)
class OpenedHoldout:
    """The sealed candles, with some of those before them.

    first: index of the first sealed candle; the candles before it warm a predictor up and are not
    scored. openings: all of this study's hold-out so far, this one last.
    """

    candles: Candles
    first: int
    openings: tuple[Opening, ...]


def count_candidates(openings: Iterable[Opening]) -> int:
    """Return how many different configs were judged, by which a significance level is divided."""
    return len({opening.config_sha256 for opening in openings})


def openings_of(backend: RDBStorage, sha256: str) -> tuple[Opening, ...]:
    """Return every look at the hold-out of this digest, in whatever study of the database."""
    return tuple(
        Opening(**row)
        for study in backend.get_all_studies()
        if (study.user_attrs.get(HOLDOUT) or {}).get("sha256") == sha256
        for row in study.user_attrs.get(OPENINGS, ())
    )


def open_holdout(
    study: optuna.Study,
    backend: RDBStorage,
    candles: Candles,
    *,
    why: str,
    config_sha256: str,
    warm_up: int = 0,
    clock: Callable[[], float] = time.time,
) -> OpenedHoldout:
    """Return the sealed candles of a study, after storing who opens them and when.

    Args:
        study: The study, in ``backend``.
        backend: The database.
        candles: Those that the study was made from; later ones may have been appended since.
        why: The reason, in one line.
        config_sha256: Of the config under test.
        warm_up: How many candles before the sealed ones to return too, as far as there are any.
        clock: UTC seconds since 1970.

    Raises:
        StudyError: The study has no hold-out, or these are other candles; nothing is counted then.
    """
    record = read_identity(study)
    first = _check_sealed(record, candles)
    stop, start = first + int(record.holdout["count"]), max(0, first - warm_up)
    row = asdict(Opening(utc_text(clock()), why, config_sha256))
    append_to_attribute(study, backend, OPENINGS, row)
    return OpenedHoldout(candles.part(start, stop), first - start, read_identity(study).openings)


def _check_sealed(record: StudyRecord, candles: Candles) -> int:
    """Return where the hold-out begins in the candles; ``StudyError`` unless both parts are theirs.

    Not by the share: the file may have grown.
    """
    if not record.holdout:
        raise StudyError(
            f"study {record.name}: must have a hold-out to open, got none; tune a new study with "
            "--holdout 20%"
        )
    n_tuned, n_sealed = int(record.candles["count"]), int(record.holdout["count"])
    first = n_tuned + int(record.holdout["purged"])
    if len(candles) < first + n_sealed:
        raise StudyError(
            f"candles: must be those of the study {record.name}, {first + n_sealed:,} of them, got "
            f"{candles.name} with {len(candles):,}; pass the file that it was made from"
        )
    parts = {
        "to tune on": (record.candles["sha256"], candles.part(0, n_tuned)),
        "held out": (record.holdout["sha256"], candles.part(first, first + n_sealed)),
    }
    for name, (digest, part) in parts.items():
        if part.digest != digest:
            raise StudyError(
                f"candles: those {name} must be those of the study {record.name}, SHA-256 "
                f"{digest[:12]}…, got {candles.name} with {part.digest[:12]}…; pass the file that "
                "it was made from"
            )
    return first
