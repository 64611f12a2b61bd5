"""A study copied from one storage to another, complete and verified, or not at all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import optuna
import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial

from titan_mlopt.errors import StudyError, shown
from titan_mlopt.place import Place
from titan_mlopt.report.snapshot import quiet_optuna
from titan_mlopt.study.database import open_existing, open_storage, storage_errors
from titan_mlopt.study.lease import hold_study

# A copy has this at the end of its name until it is whole.
_UNFINISHED = " (being copied)"
_studies = sa.table("studies", sa.column("study_name"))


def copy_study(source: Place, target: Place, name: str, new_name: str) -> int:
    """Copy the study ``name`` of a place to another one, as ``new_name``; return its trials.

    All of it: attributes and directions; of each trial params, distributions, values, intermediate
    values, attributes, state and times. Nobody sees the copy under its name before every trial was
    read back and found equal. Raises ``StudyError`` when there is no such study, it is being tuned
    or already there; then, and when it is interrupted, the target has nothing of it.
    """
    with storage_errors(source):
        sender = open_existing(source)
        _find(sender, name, source)
        with storage_errors(target):
            receiver = open_storage(target)
            with (
                hold_study(sender, name),
                hold_study(receiver, new_name),
                _new_study(receiver, new_name) as draft,
            ):
                return _copy(sender, name, receiver, draft)


def _find(storage: RDBStorage, name: str, place: Place) -> None:
    names = [study.study_name for study in storage.get_all_studies()]
    if name not in names:
        there = ", ".join(names) or "none"
        raise StudyError(f"study_name: must be a study of {place} ({there}), got {shown(name)}")


@contextmanager
def _new_study(storage: RDBStorage, name: str) -> Iterator[str]:
    """Give the name for an unfinished study; it gets its own after the block, or is deleted."""
    draft, names = f"{name}{_UNFINISHED}", [s.study_name for s in storage.get_all_studies()]
    if name in names:
        raise StudyError(
            f"study {name}: must not be there yet, got one of that name in the target; choose "
            "another name with --as, or delete that one"
        )
    if draft in names:  # of a copy that was killed: we hold the lease of its name
        optuna.delete_study(study_name=draft, storage=storage)
    try:
        yield draft
        with storage.engine.begin() as connection:
            mine = _studies.c.study_name == draft
            connection.execute(sa.update(_studies).where(mine).values(study_name=name))
    except BaseException:
        if draft in (study.study_name for study in storage.get_all_studies()):
            optuna.delete_study(study_name=draft, storage=storage)
        raise


def _copy(sender: RDBStorage, name: str, receiver: RDBStorage, draft: str) -> int:
    with quiet_optuna():
        optuna.copy_study(
            from_study_name=name, from_storage=sender, to_storage=receiver, to_study_name=draft
        )
    one, other = (_content(*side) for side in ((sender, name), (receiver, draft)))
    if different := [part for part in one if one[part] != other.get(part)]:
        raise StudyError(
            f"study {name}: its copy must equal it, got another {different[0]}; nothing was copied"
        )
    trials = [
        storage.get_all_trials(_id(storage, of))
        for storage, of in ((sender, name), (receiver, draft))
    ]
    for was, now in zip(*trials, strict=True):
        for part, value in trial_content(was).items():
            if not same(value, trial_content(now)[part]):
                raise StudyError(
                    f"study {name}: its copy must equal it, got another {part} of trial "
                    f"{was.number}; nothing was copied"
                )
    return len(trials[0])


def _id(storage: RDBStorage, name: str) -> int:
    return storage.get_study_id_from_name(name)


def _content(storage: RDBStorage, name: str) -> dict[str, Any]:
    """Return what a study holds besides its trials."""
    study = _id(storage, name)
    return {
        "directions": storage.get_study_directions(study),
        "user attributes": storage.get_study_user_attrs(study),
        "system attributes": storage.get_study_system_attrs(study),
        "number of trials": storage.get_n_trials(study),
    }


def trial_content(trial: FrozenTrial) -> Mapping[str, Any]:
    """Return all that a trial holds, by what it is; its number in the database aside."""
    return {
        "number": trial.number,
        "state": trial.state,
        "values": trial.values,
        "params": trial.params,
        "distributions": trial.distributions,
        "intermediate values": trial.intermediate_values,
        "user attributes": trial.user_attrs,
        "system attributes": trial.system_attrs,
        "times": (trial.datetime_start, trial.datetime_complete),
    }


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, NaN to NaN, however deep they lie."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
