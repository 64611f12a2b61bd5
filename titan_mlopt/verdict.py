"""A study's config before the gate: hold-out opened, rivals run on it, judged, and written down."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import optuna
from optuna.storages import RDBStorage

from titan_mlopt.bundle import Bundle, build_bundle
from titan_mlopt.candles import Candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.engine.classifier import TRAINING_BARS
from titan_mlopt.engine.indicators import warm_up_bars
from titan_mlopt.errors import BacktestError, StudyError, shown
from titan_mlopt.holdout_scores import Contender, score_on_holdout
from titan_mlopt.judgements import Judgement
from titan_mlopt.params import DEFAULTS, Params
from titan_mlopt.records import COMPLETE, StudyRecord, TrialRecord
from titan_mlopt.report.statistics import study_statistics
from titan_mlopt.report.summary import best_trial, plain_json
from titan_mlopt.study.findings import save_judgement
from titan_mlopt.study.holdout import (
    OpenedHoldout,
    count_candidates,
    open_holdout,
    openings_of,
)
from titan_mlopt.study.storage import read_study
from titan_mlopt.subject import SETTLE_BARS
from titan_mlopt.validation.baselines import baseline_directions
from titan_mlopt.validation.evidence import build_evidence
from titan_mlopt.validation.gate import CANNOT_TELL, KEEP_CHAMPION, judge
from titan_mlopt.validation.thresholds import GateThresholds


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trial of the study, with the full config that it stands for."""

    trial: TrialRecord
    config: Params
    seed: int

    @property
    def config_sha256(self) -> str:
        """SHA-256 of the config's JSON, as of a registered version."""
        return Bundle(self.config, {}, {}).config_sha256


@dataclass(frozen=True, slots=True)
class Rival:
    """The champion. name: "titan-config version 3" say; seed: that its study had."""

    name: str
    config: Params
    seed: int

    @property
    def config_sha256(self) -> str:
        """SHA-256 of the config's JSON."""
        return Bundle(self.config, {}, {}).config_sha256


@dataclass(frozen=True, slots=True)
class Material:
    """All candles that a study was made from, and the settings that run its configs again."""

    candles: Candles
    config: TunerConfig


@dataclass(frozen=True)
class Gate:
    """What judges a study's configs. clock: UTC seconds since 1970."""

    study: optuna.Study
    backend: RDBStorage
    thresholds: GateThresholds
    clock: Callable[[], float] = time.time

    def judge(
        self,
        candidate: Candidate,
        rival: Rival | None,
        material_of: Callable[[StudyRecord], Material],
    ) -> Judgement:
        """Return the decision, which is stored with the study when the hold-out was opened.

        material_of: asked only when something is to be run. Nothing is opened for a study without a
        hold-out, nor for a candidate that is the champion. Raises ``StudyError`` for other candles.
        """
        record = read_study(self.study)
        unopened = _unopened(record, candidate, rival)
        if unopened is not None:
            verdict, sentence = unopened
            return self._judgement(candidate, rival, len(record.openings), verdict, sentence)
        material = material_of(record)
        opened = open_holdout(
            self.study,
            self.backend,
            material.candles,
            why=f"trial {candidate.trial.number} against {rival.name if rival else 'baselines'}",
            config_sha256=candidate.config_sha256,
            warm_up=_warm_up(candidate, rival),
            clock=self.clock,
        )
        judgement = self._judge_on(opened, record, material.config, candidate, rival)
        save_judgement(self.study, judgement)
        return judgement

    def _judge_on(
        self,
        opened: OpenedHoldout,
        record: StudyRecord,
        config: TunerConfig,
        candidate: Candidate,
        rival: Rival | None,
    ) -> Judgement:
        contenders = [Contender("the candidate", candidate.config, candidate.seed)]
        contenders += [Contender("the champion", rival.config, rival.seed)] if rival else []
        scored = score_on_holdout(opened.candles, opened.first, contenders, config)
        fault = next((one.fault for one in scored if one.stats is None), "")
        n = len(opened.openings)
        if fault:
            sentence = f"{fault[:1].upper()}{fault[1:]}."
            return self._judgement(candidate, rival, n, CANNOT_TELL, sentence)
        stats = [one.stats for one in scored if one.stats is not None]
        found = study_statistics(record, candidate.trial)
        rules = baseline_directions(opened.candles.close)
        try:
            evidence = build_evidence(
                stats[0],
                stats[1] if rival else None,
                {name: said[opened.first : -1] for name, said in rules.items()},
                candidates=self._candidates(record),
                deflated_sharpe=found.sharpe.dsr if found and found.sharpe else None,
                overfitting=found.overfitting if found else None,
                seed=candidate.seed,
            )
        except BacktestError as error:
            return self._judgement(candidate, rival, n, CANNOT_TELL, f"{error}.")
        decision = judge(evidence, self.thresholds)
        told = self._judgement(candidate, rival, n, decision.verdict, decision.sentence)
        return replace(told, decision=plain_json(decision.to_dict()))

    def _candidates(self, record: StudyRecord) -> int:
        """Return how many configs were judged on these candles, those of other studies too."""
        return count_candidates(openings_of(self.backend, str(record.holdout["sha256"])))

    def _judgement(
        self,
        candidate: Candidate,
        rival: Rival | None,
        opening: int,
        verdict: str,
        sentence: str,
    ) -> Judgement:
        return Judgement(
            when=datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            trial=candidate.trial.number,
            config_sha256=candidate.config_sha256,
            verdict=verdict,
            sentence=sentence,
            rival=rival.name if rival else "",
            rival_sha256=rival.config_sha256 if rival else "",
            opening=opening,
        )


def find_candidate(record: StudyRecord, number: int | None) -> Candidate:
    """Return a COMPLETE trial as a candidate, None for the best one; ``StudyError`` for others."""
    complete = {trial.number: trial for trial in record.trials if trial.state == COMPLETE}
    trial = best_trial(record) if number is None else complete.get(number)
    if trial is None:
        there = ", ".join(map(str, list(complete)[:10])) + (" …" if len(complete) > 10 else "")
        raise StudyError(
            f"trial: must be a COMPLETE trial of the study {record.name} ({there or 'none'}), got "
            f"{shown('best' if number is None else number)}; see titan-mlopt leaderboard"
        )
    seed = int(record.settings.get("seed", 0))
    return Candidate(trial, build_bundle(record, trial, None).config, seed)


def _unopened(
    record: StudyRecord, candidate: Candidate, rival: Rival | None
) -> tuple[str, str] | None:
    """Return verdict and sentence where the hold-out need not be opened; None where it must."""
    if rival is not None and rival.config_sha256 == candidate.config_sha256:
        return KEEP_CHAMPION, f"The candidate is the champion, {rival.name}."
    if not record.holdout:
        return CANNOT_TELL, (
            f"The study {record.name} has no hold-out: all of its candles were tuned on, so they "
            "cannot tell skill from luck. Tune a new study with --holdout 20%."
        )
    return None


def _warm_up(candidate: Candidate, rival: Rival | None) -> int:
    """Return the candles before the hold-out that either config warms up on.

    As many as the classifier remembers, so that both are as they would be in production by then.
    """
    longest = 0
    for one in (candidate, rival):
        if one is not None:
            config = {**DEFAULTS, **one.config}
            remembered = max(TRAINING_BARS, int(config["ml.min_samples"]))
            longest = max(longest, remembered + max(SETTLE_BARS, 2 * warm_up_bars(config)))
    return longest
