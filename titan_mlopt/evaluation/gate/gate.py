"""The gate: opens the hold-out, runs candidate and champion on it, decides, stores the decision."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import numpy as np
import optuna
from optuna.storages import RDBStorage

from titan_mlopt.analysis.looks import TunedOverlap, tuned_overlaps
from titan_mlopt.analysis.ranking import complete_trial
from titan_mlopt.analysis.significance import study_statistics
from titan_mlopt.analysis.statistics.bootstrap_tail import resamples_for
from titan_mlopt.analysis.statistics.look_levels import level_of_look
from titan_mlopt.analysis.statistics.naive_rules import baseline_directions
from titan_mlopt.analysis.summary import plain_json
from titan_mlopt.backtest.engine.windows import TRAINING_BARS, warm_up_bars
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.bundle import build_bundle
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.findings import CANNOT_TELL, KEEP_CHAMPION, MEMBERS, GateDecision, utc_text
from titan_mlopt.core.look import Look, PriceRange
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.evaluation.gate.decision import Decision, decide
from titan_mlopt.evaluation.gate.evidence import Evidence, build_evidence
from titan_mlopt.evaluation.gate.holdout import OpenedHoldout, open_holdout
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest, score_on_holdout
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.evaluation.gate.tuned import tuned_in_database
from titan_mlopt.evaluation.rerun import Rerun
from titan_mlopt.study.dataset import SETTLE_BARS
from titan_mlopt.study.storage.studies import read_study, save_finding

D = TypeVar("D", bound=GateDecision)


@dataclass(frozen=True, slots=True)
class Candidate(ConfigUnderTest):
    """A trial of the study with the full config that it stands for, or an ensemble of trials.

    trial: of an ensemble its best member's. further: those of its other members.
    """

    trial: TrialRecord
    further: tuple[TrialRecord, ...] = ()

    @property
    def trials(self) -> tuple[TrialRecord, ...]:
        """The trials whose configs are judged, the best one first."""
        return (self.trial, *self.further)

    @property
    def label(self) -> str:
        """What it is, in words."""
        numbers = ", ".join(str(trial.number) for trial in self.trials)
        return f"the ensemble of trials {numbers}" if self.further else f"trial {numbers}"


@dataclass(frozen=True)
class Gate:
    """Decides on the configs of one study.

    clock: UTC seconds since 1970. on_look: called with each look when the ledger has it and
    nothing has run on the sealed bars yet.
    """

    study: optuna.Study
    backend: RDBStorage
    thresholds: GateThresholds
    clock: Callable[[], float] = time.time
    on_look: Callable[[Look], None] = lambda look: None

    def decide(
        self,
        candidate: Candidate,
        rival: ConfigUnderTest | None,
        load_rerun: Callable[[StudyRecord], Rerun],
    ) -> GateDecision:
        """Return the decision, which is stored with the study when the hold-out was opened.

        Args:
            candidate: The config that wants to become the champion.
            rival: The champion; None when there is none.
            load_rerun: Called only when something is to be run. Nothing is opened for a study
                without a hold-out, nor for a candidate that is the champion.

        Raises:
            StudyError: The candles are not those of the study.
        """
        record = read_study(self.study)
        unopened = _unopened(record, candidate, rival)
        if unopened is not None:
            opening = len(record.openings)
            return decision_of(GateDecision, self.clock, candidate, rival, opening, *unopened)
        rerun = load_rerun(record)
        opened = open_holdout(
            self.study,
            self.backend,
            rerun.whole,
            why=f"{candidate.label} against {rival.name if rival else 'baselines'}",
            config_sha256=candidate.config_sha256,
            warm_up=warm_up_candles(candidate, rival),
            clock=self.clock,
        )
        self.on_look(opened.look)
        outcome = self._evaluate(opened, record, rerun, candidate, rival)
        if isinstance(outcome, Decision):
            verdict, sentence = outcome.verdict, outcome.sentence
            numbers = plain_json(asdict(outcome))
        else:
            verdict, sentence, numbers = CANNOT_TELL, outcome, {}
        n_openings = len(opened.openings)
        decision = decision_of(
            *(GateDecision, self.clock, candidate, rival),
            *(n_openings, verdict, sentence, numbers),
        )
        save_finding(self.study, decision)
        return decision

    def _evaluate(
        self,
        opened: OpenedHoldout,
        record: StudyRecord,
        rerun: Rerun,
        candidate: Candidate,
        rival: ConfigUnderTest | None,
    ) -> Decision | str:
        """Run both configs on the hold-out and decide; return a sentence if that is impossible."""
        look = opened.look
        scored = score_configs(
            *(opened.candles, opened.first, record, rerun, candidate, rival),
            look=look.number,
            resamples=resamples_for(level_of_look(self.thresholds.alpha, look.number)),
        )
        if isinstance(scored, str):
            return scored
        tuned = tuned_by_all(self.backend, record, candidate, rival, look.sealed)
        return decide(scored.evidence, self.thresholds, tuned)


def decision_of(
    kind: type[D],
    clock: Callable[[], float],
    candidate: Candidate,
    rival: ConfigUnderTest | None,
    opening: int,
    verdict: str,
    sentence: str,
    numbers: Mapping[str, Any] = {},
) -> D:
    """Return the decision on a candidate, of the gate on the hold-out or on fresh candles.

    Args:
        kind: Which of the two.
        clock: UTC seconds since 1970.
        candidate: The config that wants to become the champion.
        rival: The champion; None when there is none.
        opening: How often the hold-out was opened so far.
        verdict: PROMOTE, KEEP_CHAMPION or CANNOT_TELL.
        sentence: Why.
        numbers: Everything that decided it, as JSON; {} when nothing was scored.
    """
    if numbers and candidate.further:
        numbers = {**numbers, MEMBERS: [trial.number for trial in candidate.trials]}
    return kind(
        when=utc_text(clock()),
        trial=candidate.trial.number,
        config_sha256=candidate.config_sha256,
        verdict=verdict,
        sentence=sentence,
        rival=rival.name if rival else "",
        rival_sha256=rival.config_sha256 if rival else "",
        opening=opening,
        decision=numbers,
    )


@dataclass(frozen=True, slots=True)
class ScoredConfigs:
    """Candidate and champion (None without one) on the same bars, with the rules' directions."""

    candidate: BacktestStats
    champion: BacktestStats | None
    naive_rules: Mapping[str, np.ndarray]
    evidence: Evidence


def score_configs(
    candles: Candles,
    first: int,
    record: StudyRecord,
    rerun: Rerun,
    candidate: Candidate,
    rival: ConfigUnderTest | None,
    *,
    look: int,
    resamples: int,
) -> ScoredConfigs | str:
    """Run both configs, and return their bars with the evidence; or a sentence why there is none.

    Args:
        candles: Those to score, with candles to warm up on before them.
        first: Index of the first bar that is scored.
        record: The study of the candidate.
        rerun: What it takes to run its configs.
        candidate: The config that wants to become the champion.
        rival: The champion; None when there is none.
        look: Which config this is that is judged on these candles, from 1.
        resamples: Of the bootstrap of the accuracies.
    """
    configs: list[ConfigUnderTest] = [candidate]
    configs += [replace(rival, name="the champion")] if rival else []
    scores = score_on_holdout(candles, first, configs, rerun.config, rerun.sources)
    fault = next((score.fault for score in scores if score.stats is None), "")
    if fault:
        return f"{fault[:1].upper()}{fault[1:]}."
    stats = [score.stats for score in scores if score.stats is not None]
    champion = stats[1] if rival else None
    significance = study_statistics(record, candidate.trial)
    rules = baseline_directions(candles.close, first, rerun.config.unchanged)
    naive_rules = {name: directions[first:-1] for name, directions in rules.items()}
    try:
        evidence = build_evidence(
            *(stats[0], champion, naive_rules),
            candidates=look,
            deflated_sharpe=significance.sharpe.dsr
            if significance and significance.sharpe
            else None,
            overfitting=significance.overfitting if significance else None,
            seed=candidate.seed,
            resamples=resamples,
        )
    except BacktestError as error:
        return f"{error}."
    return ScoredConfigs(stats[0], champion, naive_rules, evidence)


def tuned_by_all(
    backend: RDBStorage,
    record: StudyRecord,
    candidate: Candidate,
    rival: ConfigUnderTest | None,
    bars: PriceRange,
) -> tuple[TunedOverlap, ...]:
    """Return who was tuned on the bars that candidate and champion are judged on."""
    tuned = [*candidate.tuned, *(rival.tuned if rival else ())]
    return tuned_overlaps(bars, tuned + tuned_in_database(backend, record, candidate.trials, bars))


def find_candidate(record: StudyRecord, number: int | None) -> Candidate:
    """Return a COMPLETE trial of the study as a candidate.

    Args:
        record: The study.
        number: Of the trial; None for the best one.

    Raises:
        StudyError: The study has no COMPLETE trial, or none of this number.
    """
    trial = complete_trial(record, number)
    seed = int(record.settings.get("seed", 0))
    return Candidate("the candidate", build_bundle(record, trial, None).config, seed, trial)


def _unopened(
    record: StudyRecord, candidate: Candidate, rival: ConfigUnderTest | None
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


def warm_up_candles(candidate: Candidate, rival: ConfigUnderTest | None) -> int:
    """Return the number of candles before the scored ones that both configs warm up on.

    As many as the classifier remembers, so that both are as they would be in production by then.
    """
    longest = 0
    for tested in (candidate, rival):
        for params in () if tested is None else tested.configs:
            config = {**DEFAULTS, **params}
            remembered = max(TRAINING_BARS, int(config["ml.min_samples"]))
            longest = max(longest, remembered + max(SETTLE_BARS, 2 * warm_up_bars(config)))
    return longest
