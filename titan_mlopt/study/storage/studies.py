"""Studies in Titan's database: opening them, storing their attributes, reading their trials."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypedDict

import optuna
import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.dialects import postgresql, sqlite

from titan_mlopt.analysis.optuna_view import Snapshot, quiet_optuna
from titan_mlopt.core.errors import NoStudiesError, StudyError, did_you_mean, short_repr
from titan_mlopt.core.findings import Finding
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.plain import PlainError, read_plain
from titan_mlopt.core.study import Baseline, Opening, StudyRecord
from titan_mlopt.core.study_attributes import (
    CandlesPart,
    ClosesPart,
    CountedPart,
    HoldoutPart,
    Identity,
    SamplerPart,
    ScoringPart,
    SettingsPart,
    TransferPart,
    WarmStartPart,
)
from titan_mlopt.core.trial import INTERRUPTED, PLOT_FIELDS, TrialOutcome, TrialRecord, rows_text
from titan_mlopt.report.findings.kinds import load_findings
from titan_mlopt.report.markup import flat
from titan_mlopt.study.storage.lock import find_holder
from titan_mlopt.study.storage.lock_holder import Holder
from titan_mlopt.study.storage.looks import keep_openings
from titan_mlopt.study.storage.sqlite import (
    open_existing,
    open_read_only,
    storage_errors,
)
from titan_mlopt.study.storage.versions import SCHEMA

# Keys of the study's user attributes.
UID, OBJECTIVE, CANDLES, SPACE, BACKTEST, SCORING, PRUNER, SEED, SETTINGS = (
    f"titan_mlopt.{key}"
    for key in (
        *("uid", "objective", "candles", "space_sha256", "backtest", "scoring"),
        *("pruner", "seed", "settings"),
    )
)
#: The sealed candles (part of the identity), their openings, and the baselines.
HOLDOUT, OPENINGS, BASELINES = (
    f"titan_mlopt.{key}" for key in ("holdout", "holdout_openings", "baselines")
)
#: Sampled closes of the candles that were tuned on; part of no comparison. Older studies lack it.
CLOSES = "titan_mlopt.closes"
#: The sampler (part of the identity). Older studies lack it; theirs is TPE.
SAMPLER = "titan_mlopt.sampler"
#: SHA-256 by module of an external backtest's sources. Older studies lack it.
SOURCES = "titan_mlopt.sources"
#: What was asked for as a warm start, and the start points that came of it. Only of such studies.
WARM_START = "titan_mlopt.warm_start"
#: The same of the other studies that the search starts from, with their trials.
TRANSFER = "titan_mlopt.transfer"
# Keys of a trial's user attributes; START only of start points, WEIGHTS (by the names of the
# sources) only of points that were sampled with what other studies say.
OUTCOME, POINT, START, WEIGHTS = "outcome", "point", "warm_start", "transfer_weights"
#: What was sampled of a parameter where that is not its value (``TrialCoordinates``), by name; and
#: the parameters whose condition does not hold.
QUANTILES, INACTIVE = "quantiles", "inactive"
# What the values of the study's attributes must be.
_KINDS: dict[str, Any] = {
    **dict.fromkeys((UID, OBJECTIVE, SPACE), str),
    **{CANDLES: CandlesPart, HOLDOUT: HoldoutPart, CLOSES: ClosesPart, BACKTEST: Identity},
    **{SCHEMA: int, SETTINGS: SettingsPart, SCORING: ScoringPart, SOURCES: dict[str, str]},
    **{SAMPLER: SamplerPart, WARM_START: WarmStartPart, TRANSFER: TransferPart},
    **{OPENINGS: tuple[Opening, ...], BASELINES: tuple[Baseline, ...]},
}


class _TrialPart(TypedDict, total=False):
    """What is read of a trial's attributes beside its outcome."""

    point: int | None
    warm_start: str
    quantiles: Mapping[str, float] | None
    inactive: Sequence[str] | None


_READ = tuple(_TrialPart.__annotations__)


_ATTRS = sa.table(
    "study_user_attributes", sa.column("study_id"), sa.column("key"), sa.column("value_json")
)


def open_study(storage: RDBStorage, name: str, directions: tuple[str, ...]) -> optuna.Study:
    """Open a study, created if needed.

    Args:
        storage: Where it is stored.
        name: Its name.
        directions: Optuna's directions for a new study; an existing one keeps its own.
    """
    with quiet_optuna():
        return optuna.create_study(
            storage=storage,
            study_name=name,
            directions=[StudyDirection[d.upper()] for d in directions],
            load_if_exists=True,
        )


def load_study(db_path: str | Path, name: str) -> optuna.Study:
    """Return a study of an existing database.

    Raises:
        StudyError: There is no such database or study; the message names the existing studies.
    """
    return load_stored(db_path, name)[0]


def load_stored(db_path: str | Path, name: str) -> tuple[optuna.Study, RDBStorage]:
    """Return a study of an existing database and its storage; raises as ``load_study`` does."""
    with storage_errors(db_path):
        backend = open_existing(db_path)
        return find_study(backend, name), backend


def find_study(backend: RDBStorage, name: str, without: str = "") -> optuna.Study:
    """Return a study of an open database; raises as ``load_study`` does when there is none.

    Args:
        backend: The database.
        name: Of the study.
        without: Name of a study that is none of those to choose from, "" for none.
    """
    names = [n for n in optuna.study.get_all_study_names(backend) if n != without]
    if name not in names:
        raise _no_such_study(name, names)
    return optuna.load_study(study_name=name, storage=backend)


def _no_such_study(name: str, names: Sequence[str]) -> StudyError:
    existing = ", ".join(names) or "none"
    return StudyError(
        f"study_name: must be a study of this database ({existing}), got {short_repr(name)}"
        f"{did_you_mean(name, names)}"
    )


def load_snapshot(db_path: str | Path, name: str) -> Snapshot:
    """Return a study as it is now, reading alone; raises as ``load_study`` does.

    What is read later on, such as the names of its objectives, is read from the database.
    """
    with storage_errors(db_path):
        study = find_study(open_read_only(db_path), name)
        return Snapshot(study, study.get_trials(deepcopy=False))


def load_source(db_path: str | Path, name: str) -> StudyRecord:
    """Return a study to read from alone, as ``load_record`` does; its database is left as it is."""
    with storage_errors(db_path):
        try:
            backend = open_read_only(db_path)
        except NoStudiesError as error:
            raise _no_such_study(name, ()) from error
        return read_study(find_study(backend, name))


def load_record(db_path: str | Path, name: str) -> StudyRecord:
    """Return a study of an existing database as a record; raises as ``load_study`` does."""
    with storage_errors(db_path):
        return read_study(load_study(db_path, name))


def load_with_holder(
    db_path: str | Path, name: str
) -> tuple[optuna.Study, StudyRecord, Holder | None]:
    """Return a study, its record, and the living coordinator that tunes it (None without one).

    Raises:
        StudyError: As in ``load_study`` and ``find_holder``.
    """
    with storage_errors(db_path):
        study, backend = load_stored(db_path, name)
        return study, read_study(study), find_holder(backend, name)


def find_identity(db_path: str | Path, name: str) -> StudyRecord | None:
    """Return the record of a study without its trials, None if there is no such study.

    Neither a database nor a table is made.

    Raises:
        StudyError: The database cannot be used.
    """
    with storage_errors(db_path):
        try:
            backend = open_read_only(db_path)
        except NoStudiesError:
            return None
        if name not in optuna.study.get_all_study_names(backend):
            return None
        return read_identity(optuna.load_study(study_name=name, storage=backend))


def remove_study(db_path: str | Path, name: str) -> None:
    """Delete a study with all its trials from an existing database, in one transaction.

    The looks at its hold-out stay in the ledger.

    Raises:
        StudyError: The database does not exist or cannot be used.
    """
    with storage_errors(db_path):
        study, backend = load_stored(db_path, name)
        keep_openings(backend, read_identity(study))
        optuna.delete_study(study_name=name, storage=backend)


def save_sources(study: optuna.Study, sources: Mapping[str, str]) -> None:
    """Store the sources that trials have loaded, SHA-256 by module, in place of the old ones."""
    if sources and sources != study.user_attrs.get(SOURCES):
        study.set_user_attr(SOURCES, dict(sources))


def read_study(study: optuna.Study) -> StudyRecord:
    """Return the record of a study with all its trials."""
    trials = tuple(read_trial(trial) for trial in study.get_trials(deepcopy=False))
    return build_record(study.study_name, study.directions, study.user_attrs, trials)


def count_ended(study: optuna.Study) -> int:
    """Return the number of ``ended_trials``, without building their records."""
    ended = (
        raw_outcome(trial).get("reason") != INTERRUPTED
        for trial in study.get_trials(deepcopy=False)
        if trial.state != TrialState.RUNNING
    )
    return sum(ended)


def read_identity(study: optuna.Study) -> StudyRecord:
    """Return the record of a study without its trials, which take long to read."""
    return build_record(study.study_name, study.directions, study.user_attrs, ())


def build_record(
    name: str,
    directions: Sequence[StudyDirection],
    attrs: Mapping[str, Any],
    trials: tuple[TrialRecord, ...],
) -> StudyRecord:
    """Return the record of a study.

    Args:
        name: Its name.
        directions: Optuna's directions.
        attrs: Its user attributes; missing ones, as of another program, get empty values.
        trials: Its trials.
    """
    with _attribute_errors(f"study {flat(name)}"):
        parts = {
            key: read_plain(kind, attrs[key], key) for key, kind in _KINDS.items() if attrs.get(key)
        }
        if HOLDOUT in parts:
            read_plain(CountedPart, parts.get(CANDLES, {}), CANDLES)
        return StudyRecord(
            uid=parts.get(UID, ""),
            name=name,
            objective=parts.get(OBJECTIVE, "multi" if len(directions) > 1 else "accuracy"),
            directions=tuple(direction.name.lower() for direction in directions),
            candles=parts.get(CANDLES, {}),
            backtest=parts.get(BACKTEST, {}),
            space_sha256=parts.get(SPACE, ""),
            settings=parts.get(SETTINGS, {}),
            trials=trials,
            scoring=parts.get(SCORING, {}),
            holdout=parts.get(HOLDOUT, {}),
            openings=parts.get(OPENINGS, ()),
            baselines=parts.get(BASELINES, ()),
            findings=load_findings(attrs),
            sources=parts.get(SOURCES, {}),
            closes=parts.get(CLOSES, {}),
        )


@contextmanager
def _attribute_errors(owner: str) -> Iterator[None]:
    """Turn a ``PlainError`` into a ``StudyError`` that names whose attribute it is."""
    try:
        yield
    except PlainError as error:
        raise StudyError(
            f"{owner}: its attribute {flat(error)}; restore a backup of the database"
        ) from error


def save_finding(study: optuna.Study, finding: Finding) -> None:
    """Store a finding with the study, in place of one with the same key."""
    study.set_user_attr(finding.key, asdict(finding))


def save_baselines(study: optuna.Study, baselines: Sequence[Baseline]) -> None:
    """Store the baselines with the study, in place of the old ones."""
    study.set_user_attr(BASELINES, [asdict(baseline) for baseline in baselines])


def append_to_attribute(
    study: optuna.Study, storage: RDBStorage, key: str, row: Mapping[str, Any]
) -> None:
    """Append a row to a list attribute in one transaction, so that no concurrent one is lost.

    Args:
        study: The study.
        storage: Its storage.
        key: Key of the study's user attribute; a missing list is created.
        row: JSON object to append.
    """
    study_id = storage.get_study_id_from_name(study.study_name)
    attribute = (_ATTRS.c.study_id == study_id) & (_ATTRS.c.key == key)
    insert = postgresql.insert if storage.engine.dialect.name == "postgresql" else sqlite.insert
    empty = insert(_ATTRS).values(study_id=study_id, key=key, value_json="[]")
    with storage.engine.begin() as connection:
        # SQLite locks the database here, even if nothing is inserted; PostgreSQL the row below.
        connection.execute(empty.on_conflict_do_nothing())
        query = sa.select(_ATTRS.c.value_json).where(attribute).with_for_update()
        rows = [*json.loads(connection.execute(query).scalar_one()), dict(row)]
        connection.execute(sa.update(_ATTRS).where(attribute).values(value_json=json.dumps(rows)))


def stored_outcome(outcome: TrialOutcome, *, violated: bool) -> dict[str, Any]:
    """Return the outcome as it is stored in a trial's attribute.

    Fields for plots become JSON text, as Optuna keeps all attributes of all trials in memory.

    Args:
        outcome: The outcome.
        violated: Whether the ECE was above its constraint.
    """
    # ``asdict`` of the whole would copy curves and blocks number by number.
    return {
        **outcome.fields(),
        **{name: rows_text(getattr(outcome, name)) for name in PLOT_FIELDS},
        "blocks": list(outcome.blocks),
        "checkpoints": [asdict(point) for point in outcome.checkpoints],
        "segments": [asdict(segment) for segment in outcome.segments],
        "violated": violated,
    }


def active_params(trial: FrozenTrial) -> Params:
    """Return the values of a trial without the parameters that were inactive."""
    inactive = trial.user_attrs.get(INACTIVE) or ()
    return {name: value for name, value in trial.params.items() if name not in inactive}


def raw_outcome(trial: FrozenTrial) -> dict[str, Any]:
    """Return the outcome as it is stored, {} for a trial without one.

    Raises:
        StudyError: It is no object.
    """
    with _attribute_errors(f"trial {trial.number}"):
        raw = trial.user_attrs.get(OUTCOME) or {}
        if not isinstance(raw, dict):
            raise PlainError("an object", raw, (OUTCOME,))
        return raw


def read_trial(trial: FrozenTrial) -> TrialRecord:
    """Return the record of a trial."""
    with _attribute_errors(f"trial {trial.number}"):
        raw = raw_outcome(trial)
        outcome = TrialOutcome.from_plain(raw) if raw else None
        attributes = trial.user_attrs
        read_plain(_TrialPart, {key: attributes[key] for key in _READ if key in attributes})
    return TrialRecord(
        number=trial.number,
        state=trial.state.name,
        params=active_params(trial),
        values=tuple(trial.values) if trial.values is not None else None,
        started_at=trial.datetime_start.timestamp() if trial.datetime_start else None,
        finished_at=trial.datetime_complete.timestamp() if trial.datetime_complete else None,
        outcome=outcome,
        violated=bool(raw.get("violated")),
        point=trial.user_attrs.get(POINT),
        warm_start=trial.user_attrs.get(START, ""),
    )
