"""The study in Titan's database: open it, identify it, store outcomes, read them back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.errors import StudyError, shown
from titan_mlopt.place import read_place
from titan_mlopt.records import (
    DRAWN,
    INTERRUPTED,
    Baseline,
    Opening,
    StudyRecord,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.report.snapshot import quiet_optuna
from titan_mlopt.rows import rows_text
from titan_mlopt.scoring import directions_of
from titan_mlopt.study.database import open_existing, open_storage, storage_errors
from titan_mlopt.study.findings import read_judgements, read_placebos, read_plateau

SCHEMA_VERSION = 1
# Keys of the study's user attributes.
UID, SCHEMA, OBJECTIVE, CANDLES, SPACE, BACKTEST, SCORING, PRUNER, SEED, SETTINGS = (
    f"titan_mlopt.{key}"
    for key in (
        *("uid", "schema", "objective", "candles", "space_sha256", "backtest", "scoring"),
        *("pruner", "seed", "settings"),
    )
)
#: What is sealed, who looked at it, and what had to be beaten; the first is part of the identity.
HOLDOUT, OPENINGS, BASELINES = (
    f"titan_mlopt.{key}" for key in ("holdout", "holdout_openings", "baselines")
)
# Keys of a trial's user attributes.
OUTCOME, POINT = "outcome", "point"


def open_study(
    storage: optuna.storages.RDBStorage, name: str, directions: tuple[str, ...]
) -> optuna.Study:
    """Open the study of that name, or make it; a resumed one keeps its own directions."""
    with quiet_optuna():
        return optuna.create_study(
            storage=storage,
            study_name=name,
            directions=[StudyDirection[d.upper()] for d in directions],
            load_if_exists=True,
        )


def load_study(db_path: str | Path, name: str) -> optuna.Study:
    """Return the study of that name in an existing database.

    Raises ``StudyError`` that names those there are.
    """
    return load_stored(db_path, name)[0]


def load_stored(db_path: str | Path, name: str) -> tuple[optuna.Study, optuna.storages.RDBStorage]:
    """Return the study of that name, and the storage that it is in."""
    with storage_errors(db_path):
        backend = open_existing(db_path)
        names = optuna.study.get_all_study_names(backend)
        if name not in names:
            there = ", ".join(names) or "none"
            raise StudyError(
                f"study_name: must be a study of this database ({there}), got {shown(name)}"
            )
        return optuna.load_study(study_name=name, storage=backend), backend


def load_record(db_path: str | Path, name: str) -> StudyRecord:
    """Return the study of that name in an existing database as plain data."""
    with storage_errors(db_path):
        return read_study(load_study(db_path, name))


def find_identity(db_path: str | Path, name: str) -> StudyRecord | None:
    """Return the study of that name as plain data without its trials; None when there is none.

    On a server, where it is another one's to make the database, the tables are made.
    """
    place = read_place(db_path)
    if isinstance(place, Path) and not place.is_file():
        return None
    with storage_errors(place):
        backend = open_storage(place)
        if name not in optuna.study.get_all_study_names(backend):
            return None
        return read_identity(optuna.load_study(study_name=name, storage=backend))


def remove_study(db_path: str | Path, name: str) -> None:
    """Delete a study with all its trials from an existing database, in one transaction."""
    with storage_errors(db_path):
        optuna.delete_study(study_name=name, storage=open_existing(db_path))


def pin_identity(study: optuna.Study, identity: Mapping[str, Any]) -> None:
    """Store what the study is of, or hold it against what is stored.

    Raises ``StudyError`` that names what differs. ``identity`` is by attribute key.
    """
    stored = study.user_attrs
    wanted = directions_of(str(identity[OBJECTIVE]))
    if tuple(direction.name.lower() for direction in study.directions) != wanted:
        raise StudyError(
            f"study {study.study_name}: must have the same objective, with directions "
            f"{', '.join(wanted)}, got {', '.join(d.name.lower() for d in study.directions)}; "
            "choose another study_name"
        )
    if UID not in stored:  # written last: a study that has it has all of its identity
        if any(trial.state.is_finished() for trial in study.get_trials(deepcopy=False)):
            raise StudyError(
                f"study {study.study_name}: must be one of titan_mlopt's, got trials of another "
                "program; choose another study_name"
            )
        for key, value in {**identity, SCHEMA: SCHEMA_VERSION, UID: uuid.uuid4().hex}.items():
            study.set_user_attr(key, value)
        return
    for key, value in identity.items():
        was = stored.get(key)
        if key != SETTINGS and _essence(key, was) != _essence(key, value):
            what, before, now = _difference(key.removeprefix("titan_mlopt."), was, value)
            raise StudyError(
                f"study {study.study_name}: must go on with the same {what}, {before}, got {now}; "
                "choose another study_name for a new study"
            )
    if stored.get(SETTINGS) != identity.get(SETTINGS):
        study.set_user_attr(SETTINGS, identity.get(SETTINGS))


def _difference(name: str, was: Any, value: Any) -> tuple[str, str, str]:
    """Return what differs, and how it was and is, for a message; of settings only those that do."""
    settings = isinstance(was, dict) and isinstance(value, dict)
    if not settings or "sha256" in {*was, *value}:
        return name, _named(was), _named(value)
    keys = [key for key in {**was, **value} if was.get(key) != value.get(key)]
    before, now = (", ".join(f"{k}={side.get(k, 'none')}" for k in keys) for side in (was, value))
    return name, before, now


def _named(value: Any) -> str:
    """Return a part of the identity for a message: what has a digest with the head of it."""
    if value is None or value == {}:
        return "none"
    if isinstance(value, dict) and "sha256" in value:
        version = f" {value['version']}" if value.get("version") else ""
        name = value.get("name") or value.get("path")
        return f"{name!r}{version} (SHA-256 {value['sha256'][:12]}…)"
    return shown(value)


def _essence(key: str, value: Any) -> Any:
    """Return what must stay the same: of candles their digest, not their file's name."""
    if key == HOLDOUT:  # older studies have no such attribute
        return (value or {}).get("sha256")
    is_candles = key == CANDLES and isinstance(value, dict)
    return value.get("sha256", value) if is_candles else value


def read_study(study: optuna.Study) -> StudyRecord:
    """Return the study with all its trials as plain data."""
    trials = tuple(read_trial(trial) for trial in study.get_trials(deepcopy=False))
    return build_record(study.study_name, study.directions, study.user_attrs, trials)


def count_ended(study: optuna.Study) -> int:
    """Return how many trials count toward ``n_trials``: the number of ``points.ended_trials``."""
    ended = (
        (trial.user_attrs.get(OUTCOME) or {}).get("reason") != INTERRUPTED
        for trial in study.get_trials(deepcopy=False)
        if trial.state != TrialState.RUNNING
    )
    return sum(ended)


def read_identity(study: optuna.Study) -> StudyRecord:
    """Return the study as plain data without its trials, which take long to read."""
    return build_record(study.study_name, study.directions, study.user_attrs, ())


def build_record(
    name: str,
    directions: Sequence[StudyDirection],
    attrs: Mapping[str, Any],
    trials: tuple[TrialRecord, ...],
) -> StudyRecord:
    """Return a study as plain data, from its user attributes and trials."""
    return StudyRecord(
        uid=attrs.get(UID, ""),
        name=name,
        objective=attrs.get(OBJECTIVE, "multi" if len(directions) > 1 else "accuracy"),
        directions=tuple(direction.name.lower() for direction in directions),
        candles=attrs.get(CANDLES, {}),
        backtest=attrs.get(BACKTEST, {}),
        space_sha256=attrs.get(SPACE, ""),
        settings=attrs.get(SETTINGS, {}),
        trials=trials,
        scoring=attrs.get(SCORING, {}),
        holdout=attrs.get(HOLDOUT, {}),
        openings=tuple(Opening(**row) for row in attrs.get(OPENINGS, ())),
        baselines=tuple(_baseline(row) for row in attrs.get(BASELINES, ())),
        placebos=read_placebos(attrs),
        judgements=read_judgements(attrs),
        plateau=read_plateau(attrs),
    )


def _baseline(row: Mapping[str, Any]) -> Baseline:
    return Baseline(**{**row, "values": tuple(row["values"])})


def save_baselines(study: optuna.Study, baselines: Sequence[Baseline]) -> None:
    """Store the baselines with the study, in place of those that it has."""
    study.set_user_attr(BASELINES, [asdict(baseline) for baseline in baselines])


def stored_outcome(outcome: TrialOutcome, *, violated: bool) -> dict[str, Any]:
    """Return the outcome as a trial's attribute has it.

    What is only drawn is text in it: Optuna keeps every attribute of every trial in memory.
    """
    # Not ``asdict`` of the whole: that copies each number of curves and blocks, one by one.
    return {
        **outcome.fields(),
        **{name: rows_text(getattr(outcome, name)) for name in DRAWN},
        "checkpoints": [asdict(point) for point in outcome.checkpoints],
        "segments": [asdict(segment) for segment in outcome.segments],
        "violated": violated,
    }


def read_trial(trial: FrozenTrial) -> TrialRecord:
    """Return one trial as plain data."""
    raw = trial.user_attrs.get(OUTCOME)
    return TrialRecord(
        number=trial.number,
        state=trial.state.name,
        params=dict(trial.params),
        values=tuple(trial.values) if trial.values is not None else None,
        started_at=trial.datetime_start.timestamp() if trial.datetime_start else None,
        finished_at=trial.datetime_complete.timestamp() if trial.datetime_complete else None,
        outcome=TrialOutcome.from_plain(raw) if raw else None,
        violated=bool(raw and raw["violated"]),
        point=trial.user_attrs.get(POINT),
    )
