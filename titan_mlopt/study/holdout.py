"""The sealed hold-out of a study: opened here alone, and each opening is counted for ever."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import optuna
import sqlalchemy as sa
from optuna.storages import RDBStorage
from sqlalchemy.dialects import postgresql, sqlite

from titan_mlopt.candles import Candles
from titan_mlopt.errors import StudyError
from titan_mlopt.records import Opening, StudyRecord
from titan_mlopt.study.storage import HOLDOUT, OPENINGS, read_identity

_attrs = sa.table(
    "study_user_attributes", sa.column("study_id"), sa.column("key"), sa.column("value_json")
)


@dataclass(frozen=True, slots=True)
class OpenedHoldout:
    """The sealed candles, with some of those before them.

    first: number of the first sealed candle; what comes before it warms a predictor up and is not
    to be scored. openings: all of this hold-out so far, this one the last.
    """

    candles: Candles
    first: int
    openings: tuple[Opening, ...]

    @property
    def candidates(self) -> int:
        """How many configs were judged on this hold-out so far, this one counted."""
        return count_candidates(self.openings)


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
    """Return the sealed candles of a study; who looks at them, and when, is stored before.

    candles: those that the study was made from, of whose end the hold-out was cut; later ones may
    have been added since. why: for whom or what, one line. config_sha256: of the config that is to
    be judged. warm_up: candles before the sealed ones to be given too, as many as there are.
    Raises ``StudyError`` when the study has no hold-out or these are other candles; nothing is
    counted then.
    """
    record = read_identity(study)
    first = _check_sealed(record, candles)
    stop, start = first + int(record.holdout["count"]), max(0, first - warm_up)
    moment = datetime.fromtimestamp(clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _append(study, backend, Opening(moment, why, config_sha256))
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
    for name, (wanted, part) in parts.items():
        if part.digest != wanted:
            raise StudyError(
                f"candles: those {name} must be those of the study {record.name}, SHA-256 "
                f"{wanted[:12]}…, got {candles.name} with {part.digest[:12]}…; pass the file that "
                "it was made from"
            )
    return first


def _append(study: optuna.Study, backend: RDBStorage, opening: Opening) -> None:
    """Add an opening to the study's list in one transaction: of two at once none is lost."""
    study_id = backend.get_study_id_from_name(study.study_name)
    mine = (_attrs.c.study_id == study_id) & (_attrs.c.key == OPENINGS)
    insert = postgresql.insert if backend.engine.dialect.name == "postgresql" else sqlite.insert
    empty = insert(_attrs).values(study_id=study_id, key=OPENINGS, value_json="[]")
    with backend.engine.begin() as connection:
        # SQLite locks the database here, also when nothing is inserted; PostgreSQL the row below.
        connection.execute(empty.on_conflict_do_nothing())
        there = connection.execute(sa.select(_attrs.c.value_json).where(mine).with_for_update())
        openings = [*json.loads(there.scalar_one()), asdict(opening)]
        connection.execute(sa.update(_attrs).where(mine).values(value_json=json.dumps(openings)))
