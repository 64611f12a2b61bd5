"""From a verdict to the champion: the registry beside the gate, told of everything that it says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import optuna
from mlflow import MlflowClient
from optuna.storages import RDBStorage

from titan_mlopt.bundle import Bundle
from titan_mlopt.errors import StudyError, TrackingError
from titan_mlopt.judgements import Judgement
from titan_mlopt.mirroring import mirror_findings
from titan_mlopt.place import Place
from titan_mlopt.records import StudyRecord
from titan_mlopt.replay import check_candles, find_whole, tuning_part
from titan_mlopt.rerun import Named, check_named, rerun_config
from titan_mlopt.study import database
from titan_mlopt.study.storage import load_stored, read_study
from titan_mlopt.tracking.champion import find_champion
from titan_mlopt.tracking.registry import (
    CHAMPION,
    find_model,
    promote_version,
    pull_bundle,
    resolve_version,
)
from titan_mlopt.tracking.store import mlflow_errors, open_client, sqlite_file
from titan_mlopt.tracking.verdicts import find_same, force_version, write_judgement, write_openings
from titan_mlopt.validation.gate import PROMOTE
from titan_mlopt.validation.thresholds import GateThresholds
from titan_mlopt.verdict import Candidate, Gate, Material, Rival, find_candidate

_MOST_OF_REASON = 900
# Candidate and champion at once.
_JOBS = 2


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of a version: ``was`` is the champion before, None when there was none.

    judgement: None when the gate was not asked. moved: whether the version is the champion now.
    """

    name: str
    version: str
    was: str | None
    moved: bool
    judgement: Judgement | None


@dataclass(frozen=True)
class Court:
    """Where configs are judged: the database of studies, the registry, and the gate's limits.

    name: of the registered model. candles: file of the study's candles, None for where it had
    them. named: the backtest. notice: told what a person should know besides. clock: UTC seconds.
    """

    db_path: Place
    uri: str
    name: str
    thresholds: GateThresholds
    candles: str | None
    named: Named
    notice: Callable[[str], None]
    clock: Callable[[], float] = time.time

    def validate(self, study_name: str, trial: int | None) -> tuple[StudyRecord, Judgement]:
        """Judge a COMPLETE trial, None for the best one; return the study and the decision.

        It is stored with the study, and mirrored to its parent run and to the version that is this
        config, where there are such. Raises ``StudyError``, ``CandleError``, and ``TrackingError``
        when the registry, in which the champion may be, gives no answer; nothing is opened then.
        """
        with database.storage_errors(self.db_path):
            study, backend = load_stored(self.db_path, study_name)
            record = read_study(study)
            candidate = find_candidate(record, trial)
            rival = self._rival(record) if self._has_registry() else None
            judgement = self._judge(study, backend, candidate, rival)
            record = read_study(study)
        if judgement in record.judgements:
            self._publish(record, judgement)
        return record, judgement

    def promote(self, version: str) -> Promotion:
        """Judge a registered version, and make it the champion when the verdict is PROMOTE.

        Raises as ``validate`` does, and ``StudyError`` when its study is not in the database.
        """
        with mlflow_errors(self.uri):
            client = open_client(self.uri, "write")
            resolve_version(client, self.name, alias=None, version=version)
            bundle = pull_bundle(client, self.name, version)
        with database.storage_errors(self.db_path):
            study, backend = self._study_of(bundle)
            record = read_study(study)
            judgement = self._judge(
                study, backend, _candidate_of(record, bundle), self._rival(record)
            )
            record = read_study(study)
        if judgement in record.judgements:
            self._publish(record, judgement)
        with mlflow_errors(self.uri):
            was = self._champion(client)
            if judgement.verdict == PROMOTE:
                reason = f"PROMOTE: {judgement.sentence}"[:_MOST_OF_REASON]
                promote_version(client, self.name, version, reason=reason, clock=self.clock)
            moved = self._champion(client) == version
        return Promotion(self.name, version, was, moved, judgement)

    def force(self, version: str, reason: str) -> Promotion:
        """Make a version the champion without the gate's word; no hold-out is opened."""
        with mlflow_errors(self.uri):
            client = open_client(self.uri, "write")
            resolve_version(client, self.name, alias=None, version=version)
            bundle = pull_bundle(client, self.name, version)
            was = force_version(client, self.name, version, bundle, reason, self.clock())
        return Promotion(self.name, version, was, True, None)

    def _has_registry(self) -> bool:
        """Return whether there may be one: not for a file that is not there."""
        file = sqlite_file(self.uri)
        return file is None or file.is_file()

    def _judge(
        self,
        study: optuna.Study,
        backend: RDBStorage,
        candidate: Candidate,
        rival: Rival | None,
    ) -> Judgement:
        gate = Gate(study, backend, self.thresholds, self.clock)
        return gate.judge(candidate, rival, self._material)

    def _material(self, record: StudyRecord) -> Material:
        check_named(record, self.named)  # before candles are read for nothing
        whole = find_whole(record, self.candles)
        part = tuning_part(record, whole)
        check_candles(record, part)
        return Material(whole, rerun_config(record, part, self.named, _JOBS, self.notice))

    def _champion(self, client: MlflowClient) -> str | None:
        model = find_model(client, self.name)
        version = model.aliases.get(CHAMPION) if model is not None else None
        return None if version is None else str(version)

    def _rival(self, record: StudyRecord) -> Rival | None:
        """Return the champion as a rival; None without one, or when it is of another backtest."""
        with mlflow_errors(self.uri):
            client = open_client(self.uri, "read")
            found = find_champion(client, self.name, record.backtest)
            version = self._champion(client)
        if found is not None and found.fault:
            raise TrackingError(
                f"champion: {self.name} version {found.version} must be usable to be compared "
                f"with, got {found.fault}; mend it, or promote another with --force"
            )
        if found is not None:
            return Rival(f"{self.name} version {found.version}", found.config, found.seed)
        if version is not None:
            self.notice(
                f"champion: {self.name} version {version} is of another backtest, so the candidate "
                "is judged against the coin and every simple rule"
            )
        return None

    def _study_of(self, bundle: Bundle) -> tuple[optuna.Study, RDBStorage]:
        told = bundle.manifest["study"]
        remedy = "pass the --db or --storage that has it, or --force with a --reason"
        try:
            study, backend = load_stored(self.db_path, str(told["name"]))
        except StudyError as error:
            raise StudyError(f"{error}: it has the hold-out; {remedy}") from error
        if read_study(study).uid != told["uid"]:
            raise StudyError(
                f"study {told['name']}: must be the one that the version is of, {told['uid']}, got "
                f"another one of that name in {self.db_path}; {remedy}"
            )
        return study, backend

    def _publish(self, record: StudyRecord, judgement: Judgement) -> None:
        """Write the decision to the parent run and to the versions; the study has it already."""
        if not self._has_registry():
            return
        try:
            with mlflow_errors(self.uri):
                mirror_findings(record, self.db_path, self.uri)
                client = open_client(self.uri, "write")
                if find_model(client, self.name) is None:
                    return
                same = find_same(client, self.name, record.uid, judgement.config_sha256)
                for version in same:
                    bundle = pull_bundle(client, self.name, version)
                    write_judgement(client, self.name, version, bundle, judgement)
                write_openings(client, self.name, record.uid, len(record.openings))
        except TrackingError as error:
            self.notice(f"MLflow: must take the decision, got {error}; the study has it")


def _candidate_of(record: StudyRecord, bundle: Bundle) -> Candidate:
    """Return the version's config with the trial of the study that it is of."""
    found = find_candidate(record, int(bundle.manifest["trial"]))
    seed = int(bundle.manifest.get("seed") or 0)
    return Candidate(found.trial, bundle.config, seed)
