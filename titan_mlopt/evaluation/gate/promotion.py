"""Promotion service: asks the gate, and writes its decision to study, run and registry."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import optuna
from optuna.storages import RDBStorage

from titan_mlopt.analysis.looks import CANDIDATE, CHAMPION, TunedRange
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.candle_options import NO_OPTIONS, CandleOptions
from titan_mlopt.core.ensemble import Ensemble
from titan_mlopt.core.errors import ConfigError, StudyError, TrackingError
from titan_mlopt.core.findings import PROMOTE, GateDecision
from titan_mlopt.core.look import Look
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.evaluation.gate.fresh_gate import FreshGate
from titan_mlopt.evaluation.gate.gate import Candidate, Gate, find_candidate
from titan_mlopt.evaluation.gate.promoted import Promotion
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.evaluation.gate.tuned import tuned_in_manifest
from titan_mlopt.evaluation.rerun import BacktestChoice, Rerun, load_rerun
from titan_mlopt.study.dataset import read_candles
from titan_mlopt.study.storage import sqlite
from titan_mlopt.study.storage.looks import add_looks, read_looks
from titan_mlopt.study.storage.studies import UID, load_stored, read_study
from titan_mlopt.tracking.registry.aliases import promote_version
from titan_mlopt.tracking.registry.champion import champion_version, find_champion
from titan_mlopt.tracking.registry.lock import promotion_turn
from titan_mlopt.tracking.registry.look_tags import find_looks, write_looks
from titan_mlopt.tracking.registry.verdict_tags import (
    find_same,
    finish_versions,
    force_version,
    write_decision,
    write_openings,
)
from titan_mlopt.tracking.registry.versions import (
    CONFIG_SHA256,
    find_model,
    find_versions,
    pull_bundle,
    resolve_version,
)
from titan_mlopt.tracking.store import STUDY_UID, mlflow_errors, open_client, sqlite_file
from titan_mlopt.tracking.study_runs import mirror_findings

if TYPE_CHECKING:
    from mlflow import MlflowClient

_MAX_REASON = 900
_REMEDY = "pass the --db or --storage that has it, or --force with a --reason"
# Candidate and champion at once.
_JOBS = 2


@dataclass(frozen=True)
class PromotionService:
    """The gate between the database of studies and the registry.

    name: of the registered model. candles: file of the study's candles, None for where it had
    them. named: the backtest. notice: gets one-line messages. clock: UTC seconds since 1970. fresh:
    file with candles after the study's, which decide in place of the hold-out; None for that.
    options: how to read the candle file, where that is not as the study read its own.
    """

    db_path: StorageUrl
    uri: str
    name: str
    thresholds: GateThresholds
    candles: str | None
    named: BacktestChoice
    notice: Callable[[str], None]
    clock: Callable[[], float] = time.time
    fresh: str | None = None
    options: CandleOptions = NO_OPTIONS

    def validate(self, study_name: str, trial: int | None) -> tuple[StudyRecord, GateDecision]:
        """Decide on a COMPLETE trial; the decision is stored with the study.

        It is mirrored to the study's parent run and to the versions that have the same config.

        Args:
            study_name: Of a study in the database.
            trial: Its number; None for the best one.

        Returns:
            The study and the decision.

        Raises:
            StudyError: The study or the trial is missing, or the candles are not the study's.
            CandleError: The candle file cannot be used.
            TrackingError: The registry, in which the champion may be, does not answer; nothing is
                opened then.
        """
        with sqlite.storage_errors(self.db_path):
            study, backend = load_stored(self.db_path, study_name)
            record = read_study(study)
            candidate = find_candidate(record, trial)
            rival = self._find_rival(record) if self._has_registry() else None
            return self._decide(study, backend, candidate, rival)

    def validate_version(self, version: str) -> tuple[StudyRecord, GateDecision]:
        """Decide on a registered version, a config or an ensemble, as ``validate`` does on a trial.

        Raises:
            StudyError: As in ``validate``, and when its study is not in the database.
            CandleError: As in ``validate``.
            TrackingError: As in ``validate``, and when there is no such version.
        """
        with mlflow_errors(self.uri):
            bundle = self._pull(open_client(self.uri, "write"), version)
        with sqlite.storage_errors(self.db_path):
            study, backend = self._study_of(bundle)
            record = read_study(study)
            candidate = self._candidate_of(record, version, bundle)
            return self._decide(study, backend, candidate, self._find_rival(record))

    def promote(self, version: str) -> Promotion:
        """Decide on a registered version, and make it the champion when the verdict is PROMOTE.

        One process at a time judges versions of a model on a machine. On any, a version replaces
        no champion but the one that it was judged against.

        Raises as ``validate_version`` does, and ``TrackingError`` when there is another champion by
        the end.
        """
        with promotion_turn(self.uri, self.name, self.notice):
            with mlflow_errors(self.uri):
                rival = champion_version(open_client(self.uri, "read"), self.name)
            _, decision = self.validate_version(version)
            with mlflow_errors(self.uri):
                client = open_client(self.uri, "write")
                was = champion_version(client, self.name)
                if decision.verdict == PROMOTE:
                    promote_version(
                        client,
                        self.name,
                        version,
                        reason=f"PROMOTE: {decision.sentence}"[:_MAX_REASON],
                        beaten=(rival,),
                        clock=self.clock,
                        notice=self.notice,
                    )
                promoted = champion_version(client, self.name) == version
        return Promotion(self.name, version, was, promoted, decision)

    def force(self, version: str, reason: str) -> Promotion:
        """Make a version the champion without asking the gate; no hold-out is opened."""
        with mlflow_errors(self.uri):
            client = open_client(self.uri, "write")
            bundle = self._pull(client, version)
            was = force_version(
                client, self.name, version, bundle, reason, self.clock(), self.notice
            )
        return Promotion(self.name, version, was, True, None)

    def _pull(self, client: MlflowClient, version: str) -> Bundle:
        """Return the version's files, after completing what a killed process left unfinished."""
        resolve_version(client, self.name, alias=None, version=version)
        finish_versions(client, self.name, self.notice)
        return pull_bundle(client, self.name, version)

    def _has_registry(self) -> bool:
        """Return whether there may be a registry: not when its SQLite file does not exist."""
        file = sqlite_file(self.uri)
        return file is None or file.is_file()

    def _decide(
        self,
        study: optuna.Study,
        backend: RDBStorage,
        candidate: Candidate,
        rival: ConfigUnderTest | None,
    ) -> tuple[StudyRecord, GateDecision]:
        """Return the study, with the decision where it is stored, and the decision."""
        if self._has_registry():
            with mlflow_errors(self.uri):
                client = open_client(self.uri, "read")
                add_looks(backend, find_looks(client, self.name, self.notice))
                candidate = self._with_other_studies(
                    client, str(study.user_attrs.get(UID, "")), candidate
                )

        def on_look(look: Look) -> None:
            self._tell_registry(backend)

        gate: Gate | FreshGate = Gate(study, backend, self.thresholds, self.clock, on_look)
        if self.fresh is not None:
            options = self.options.or_of(read_study(study).settings, same_file=False)
            file = read_candles(self.fresh, None, self.notice, options=options)
            gate = FreshGate(
                *(study, backend, self.thresholds, file, self.notice, self.clock, on_look)
            )
        decision = gate.decide(candidate, rival, self._load_rerun)
        record = read_study(study)
        if decision in (*record.gate_decisions, *record.fresh_decisions):
            self._publish(record, decision)
        return record, decision

    def _with_other_studies(
        self, client: MlflowClient, study_uid: str, candidate: Candidate
    ) -> Candidate:
        """Return the candidate with the bars on which other studies found the same config."""
        tuned = list[TunedRange]()
        hashes = {candidate.config_sha256}
        hashes |= {Bundle(config, {}, {}).config_sha256 for config in candidate.configs}
        for version in find_versions(client, self.name):
            same = version.tags.get(CONFIG_SHA256) in hashes
            if same and version.tags.get(STUDY_UID) != study_uid:
                name = f"{self.name} version {version.version}"
                try:
                    bundle = pull_bundle(client, self.name, str(version.version))
                except (TrackingError, ConfigError) as error:
                    self.notice(f"{name}: must tell what it was tuned on, got {error}")
                    continue
                tuned += tuned_in_manifest(CANDIDATE, name, bundle.manifest)
        return replace(candidate, tuned=tuple(tuned))

    def _tell_registry(self, backend: RDBStorage) -> None:
        """Write the looks that the registered model lacks, before the bars are scored."""
        if not self._has_registry():
            return
        try:
            with mlflow_errors(self.uri):
                client = open_client(self.uri, "write")
                write_looks(client, self.name, read_looks(backend))
        except TrackingError as error:
            self.notice(f"MLflow: must take the look, got {error}; {self.db_path} has it")

    def _load_rerun(self, record: StudyRecord) -> Rerun:
        # --columns are those of the fresh file where there is one.
        options = self.options if self.fresh is None else replace(self.options, columns=None)
        return load_rerun(record, self.named, self.candles, _JOBS, self.notice, options=options)

    def _find_rival(self, record: StudyRecord) -> ConfigUnderTest | None:
        """Return the champion; None without one, or when it is of another backtest."""
        with mlflow_errors(self.uri):
            client = open_client(self.uri, "read")
            champion = find_champion(client, self.name, record.backtest)
            version = champion_version(client, self.name)
        if champion is not None and champion.fault:
            raise TrackingError(
                f"champion: {self.name} version {champion.version} must be usable to be compared "
                f"with, got {champion.fault}; mend it, or promote another with --force"
            )
        if champion is not None:
            name = f"{self.name} version {champion.version}"
            return ConfigUnderTest(
                *(name, champion.config, champion.seed),
                tuned=tuned_in_manifest(CHAMPION, name, champion.manifest),
                ensemble=Ensemble.read(champion.manifest),
            )
        if version is not None:
            self.notice(
                f"champion: {self.name} version {version} is of another backtest, so the candidate "
                "is judged against the coin and every simple rule"
            )
        return None

    def _study_of(self, bundle: Bundle) -> tuple[optuna.Study, RDBStorage]:
        manifest = bundle.manifest["study"]
        try:
            study, backend = load_stored(self.db_path, str(manifest["name"]))
        except StudyError as error:
            raise StudyError(f"{error}: it has the hold-out; {_REMEDY}") from error
        if read_study(study).uid != manifest["uid"]:
            raise StudyError(
                f"study {manifest['name']}: must be the one that the version is of, "
                f"{manifest['uid']}, got another one of that name in {self.db_path}; {_REMEDY}"
            )
        return study, backend

    def _candidate_of(self, record: StudyRecord, version: str, bundle: Bundle) -> Candidate:
        """Return the version's config, or ensemble, with the trials of the study that it is of.

        Raises ``StudyError`` when a trial of such a number has another config: a study that goes on
        from a backup draws the numbers after it again.
        """
        ensemble = bundle.ensemble
        configs = [(int(bundle.manifest["trial"]), bundle.config)]
        if ensemble is not None:
            configs = list(zip(ensemble.trials, ensemble.configs, strict=True))
        members = [self._trial_of(record, version, *config) for config in configs]
        return replace(
            members[0],
            config=bundle.config,
            seed=int(bundle.manifest.get("seed") or 0),
            ensemble=ensemble,
            further=tuple(member.trial for member in members[1:]),
        )

    def _trial_of(
        self, record: StudyRecord, version: str, number: int, config: Params
    ) -> Candidate:
        """Return a trial of the study as a candidate, after a look at its config."""
        try:
            candidate = find_candidate(record, number)
        except StudyError as error:
            raise StudyError(f"{self.name} version {version}: {error}; {_REMEDY}") from error
        if (difference := _difference(config, candidate.config)) is not None:
            name, registered, stored = difference
            raise StudyError(
                f"trial {candidate.trial.number} of study {record.name}: must be the one that "
                f"{self.name} version {version} is of, with {name} {registered}, got {stored} in "
                f"{self.db_path}, whose trials were drawn again after a restore; "
                f"{_REMEDY}"
            )
        return candidate

    def _publish(self, record: StudyRecord, decision: GateDecision) -> None:
        """Write the decision to the parent run and to the versions; the study has it already."""
        if not self._has_registry():
            return
        try:
            with mlflow_errors(self.uri):
                mirror_findings(record, self.db_path, self.uri)
                client = open_client(self.uri, "write")
                if find_model(client, self.name) is None:
                    return
                for version in find_same(client, self.name, record.uid, decision.config_sha256):
                    bundle = pull_bundle(client, self.name, version)
                    write_decision(client, self.name, version, bundle, decision, self.notice)
                write_openings(client, self.name, record.uid, len(record.openings))
        except TrackingError as error:
            self.notice(f"MLflow: must take the decision, got {error}; the study has it")


def _difference(registered: Params, stored: Params) -> tuple[str, str, str] | None:
    """Return name and values of the first key that differs, "none" for a missing one."""
    for name in [*registered, *(name for name in stored if name not in registered)]:
        values = [
            json.dumps(config[name]) if name in config else "none"
            for config in (registered, stored)
        ]
        if values[0] != values[1]:
            return name, values[0], values[1]
    return None
