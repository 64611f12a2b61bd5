"""The sealed hold-out of a study: it is opened only here, and every opening is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import optuna
from optuna.storages import RDBStorage

from titan_mlopt.analysis.looks import look_of, number_of_look, openings_as_looks
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sampled_closes import price_range
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.findings import utc_text
from titan_mlopt.core.look import Look
from titan_mlopt.core.study import Opening, StudyRecord
from titan_mlopt.study.storage.looks import append_look
from titan_mlopt.study.storage.studies import (
    BACKTEST,
    CANDLES,
    HOLDOUT,
    OPENINGS,
    SETTINGS,
    SOURCES,
    UID,
    append_to_attribute,
    build_record,
    read_identity,
)

# Attributes of a study that its openings are told from.
_OF_OPENINGS = (UID, BACKTEST, SOURCES, CANDLES, HOLDOUT, OPENINGS, SETTINGS)


@dataclass(frozen=True, slots=True)
class OpenedHoldout:
    """The sealed candles, with some of those before them.

    first: index of the first sealed candle; the candles before it warm a predictor up and are not
    scored. openings: all of this study's hold-out so far, this one last. look: this one, as the
    ledger has it.
    """

    candles: Candles
    first: int
    openings: tuple[Opening, ...]
    look: Look


def earlier_openings(backend: RDBStorage) -> list[Look]:
    """Return the openings that the studies of the database tell of, those before the ledger too."""
    return [
        look
        for study in backend.get_all_studies()
        if study.user_attrs.get(OPENINGS)
        for look in openings_as_looks(
            build_record(
                study.study_name,
                study.directions,
                # No finding: one of a later version must not stop the gate of another study.
                {key: study.user_attrs[key] for key in _OF_OPENINGS if key in study.user_attrs},
                (),
            )
        )
    ]


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
        backend: The database, whose ledger gets the look.
        candles: Those that the study was made from; later ones may have been appended since.
        why: The reason, in one line.
        config_sha256: Of the config under test.
        warm_up: How many candles before the sealed ones to return too, as far as there are any.
        clock: UTC seconds since 1970.

    Raises:
        StudyError: The study has no hold-out, or these are other candles; nothing is counted then.
    """
    record = read_identity(study)
    first = check_sealed(record, candles)
    stop, start = first + int(record.holdout["count"]), max(0, first - warm_up)
    symbol = str(record.settings.get("symbol") or "")
    when, sealed = utc_text(clock()), price_range(candles.part(first, stop), symbol)
    earlier = earlier_openings(backend)

    def number_of(ledger: list[Look], look: Look) -> int:
        return number_of_look([*ledger, *earlier], look)

    look = append_look(backend, look_of(record, sealed, when, config_sha256), number_of)
    append_to_attribute(study, backend, OPENINGS, asdict(Opening(when, why, config_sha256)))
    openings = read_identity(study).openings
    return OpenedHoldout(candles.part(start, stop), first - start, openings, look)


def check_sealed(record: StudyRecord, candles: Candles) -> int:
    """Return where the hold-out begins in the candles, not by the share: the file may have grown.

    Args:
        record: A study with a hold-out.
        candles: Those that the study was made from, or these with later ones after them.

    Raises:
        StudyError: The study has no hold-out, or tuned or sealed candles are not its own.
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
