"""Bars that others were tuned on: other studies, the champion, and the candidate's config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.storages import RDBStorage

from titan_mlopt.analysis.looks import CANDIDATE, STUDY, TunedRange, shares_bars, tuned_range
from titan_mlopt.core.look import PriceRange
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.study.storage.studies import (
    CANDLES,
    CLOSES,
    SETTINGS,
    UID,
    active_params,
    build_record,
)

# Attributes of another study that its bars are told from; no finding, see ``holdout``.
_OF_TUNED = (UID, CANDLES, CLOSES, SETTINGS)


def tuned_in_manifest(role: str, name: str, manifest: Mapping[str, Any]) -> tuple[TunedRange, ...]:
    """Return the bars that a registered version was tuned on; () where its manifest has none.

    Args:
        role: CANDIDATE or CHAMPION.
        name: Of the version, for messages.
        manifest: Of the version; earlier ones hold no sample of closes.
    """
    bars = tuned_range(
        manifest.get("candles") or {}, manifest.get("closes") or {}, manifest.get("symbol")
    )
    return () if bars is None else (TunedRange(role, name, bars),)


def tuned_in_database(
    backend: RDBStorage, record: StudyRecord, candidates: Sequence[TrialRecord], sealed: PriceRange
) -> list[TunedRange]:
    """Return the sealed bars that other studies of the database were tuned on.

    A study that has tried the candidate's very config, or a member's, tells of the candidate.

    Args:
        backend: The database.
        record: The study of the candidate.
        candidates: The candidate, or the members of an ensemble.
        sealed: The bars.
    """
    found = list[TunedRange]()
    mine = [_point(record.settings, trial.params) for trial in candidates]
    for study in backend.get_all_studies():
        attrs = {key: study.user_attrs[key] for key in _OF_TUNED if key in study.user_attrs}
        other = build_record(study.study_name, study.directions, attrs, ())
        settings = other.settings
        bars = tuned_range(other.candles, other.closes, settings.get("symbol"))
        if bars is None or other.uid == record.uid:
            continue
        if shares_bars(sealed, bars, unknown=True):
            study_id = backend.get_study_id_from_name(study.study_name)
            trials = backend.get_all_trials(study_id, deepcopy=False)
            tried = any(_point(settings, active_params(one)) in mine for one in trials)
            role = CANDIDATE if tried else STUDY
            found.append(TunedRange(role, f"study {study.study_name}", bars))
    return found


def _point(settings: Mapping[str, Any], params: Params) -> Params:
    return {**(settings.get("space") or {}).get("fixed", {}), **params}
