"""The gate on fresh candles: runs the configs on what came after the study, adds up the evidence.

Nothing is sealed here and nothing opened. What must stay fixed from the first look on is: the
candidate, the first bar, and the level; all three are. Every look runs the candidate again from the
same candles on, so that bars which were counted before give the same predictions, which is checked.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import optuna
from optuna.storages import RDBStorage

from titan_mlopt.analysis.looks import CANDIDATE, claimed_bars, look_of, number_of_claim
from titan_mlopt.analysis.statistics.bootstrap_tail import GATE_RESAMPLES
from titan_mlopt.analysis.summary import plain_json
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sampled_closes import price_range
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.findings import CANNOT_TELL, KEEP_CHAMPION, FreshDecision, utc_text
from titan_mlopt.core.look import Look, PriceRange
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.evaluation.gate.fresh import (
    FreshBars,
    FreshVerdict,
    build_fresh,
    decide_fresh,
    log_e_values,
)
from titan_mlopt.evaluation.gate.fresh_candles import FreshCandles, find_fresh, study_candles
from titan_mlopt.evaluation.gate.gate import (
    Candidate,
    decision_of,
    score_configs,
    tuned_by_all,
    warm_up_candles,
)
from titan_mlopt.evaluation.gate.holdout import earlier_openings
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest
from titan_mlopt.evaluation.gate.thresholds import GateThresholds
from titan_mlopt.evaluation.rerun import Rerun
from titan_mlopt.study.storage.looks import append_look, read_looks
from titan_mlopt.study.storage.studies import read_study, save_finding


@dataclass(frozen=True)
class FreshGate:
    """Decides on configs of one study by candles after its last one.

    file: the candles, or more of them. notice: gets one-line messages. clock: UTC seconds since
    1970. on_look: called with a look when the ledger has got it.
    """

    study: optuna.Study
    backend: RDBStorage
    thresholds: GateThresholds
    file: Candles
    notice: Callable[[str], None]
    clock: Callable[[], float] = time.time
    on_look: Callable[[Look], None] = lambda look: None

    def decide(
        self,
        candidate: Candidate,
        rival: ConfigUnderTest | None,
        load_rerun: Callable[[StudyRecord], Rerun],
    ) -> FreshDecision:
        """Return the decision on all fresh bars so far; the study keeps it when they were scored.

        Args:
            candidate: The config that wants to become the champion.
            rival: The champion; None when there is none. It may be another one than at an earlier
                look: each is compared from the first fresh bar on. One that was chosen by its luck
                on these bars is the harder to beat, so the level is kept.
            load_rerun: Called only when something is to be run.

        Raises:
            CandleError: The file has no fresh bar, or another interval.
            ConfigError: ``alpha`` is not that of the earlier looks.
            StudyError: Candles differ from those of the study or of an earlier look.
        """
        record = read_study(self.study)
        opening = len(record.openings)
        decide_as = partial(decision_of, FreshDecision, self.clock, candidate, rival, opening)
        if rival is not None and rival.config_sha256 == candidate.config_sha256:
            sentence = f"The candidate is the champion, {rival.name}."
            return decide_as(KEEP_CHAMPION, sentence)
        kept = _kept(record, candidate)
        self._check_alpha(kept)
        rerun = load_rerun(record)
        # The candidate's alone, since the champion may be another one at the next look.
        warm_up = warm_up_candles(candidate, None)
        whole = study_candles(record, rerun.whole)
        fresh = find_fresh(whole, self.file, warm_up, must_overlap=not kept)
        if kept:
            check_counted(fresh, kept["fresh"]["bars"])
        for notice in fresh.notices:
            self.notice(notice)
        outcome = self._evaluate(fresh, record, rerun, candidate, rival, kept)
        if isinstance(outcome, str):
            return decide_as(CANNOT_TELL, outcome)
        decision = decide_as(outcome.verdict, outcome.sentence, plain_json(asdict(outcome)))
        save_finding(self.study, decision)
        return decision

    def _evaluate(
        self,
        fresh: FreshCandles,
        record: StudyRecord,
        rerun: Rerun,
        candidate: Candidate,
        rival: ConfigUnderTest | None,
        kept: dict[str, Any],
    ) -> FreshVerdict | str:
        """Run both configs on the fresh candles and decide; return why if that is impossible."""
        candles, first, alpha = fresh.candles, fresh.first, self.thresholds.alpha
        bars = price_range(
            candles.part(first, len(candles)), str(record.settings.get("symbol") or "")
        )
        # Evidence that goes on is of a config that was fixed before these bars.
        if not kept and (seen := self._tuned_text(record, candidate, rival, bars)) is not None:
            return seen
        look = self._look(record, candidate, bars, again=bool(kept))
        scored = score_configs(
            *(candles, first, record, rerun, candidate, rival),
            look=look,
            resamples=GATE_RESAMPLES,
        )
        if isinstance(scored, str):
            return scored
        if kept:
            check_predictions(scored.candidate, kept["fresh"]["bars"])
        evidence = build_fresh(
            log_e_values(scored.candidate, scored.champion, scored.naive_rules),
            candles.ts[first + 1 :],
            bars_of(fresh, scored.candidate),
            alpha=alpha,
            look=look,
            looks=(kept["fresh"]["looks"] if kept else 0) + 1,
        )
        return decide_fresh(evidence, scored.evidence, self.thresholds)

    def _look(
        self, record: StudyRecord, candidate: Candidate, bars: PriceRange, *, again: bool
    ) -> int:
        """Return the number of the config, which the ledger has for all fresh bars so far.

        It claims more bars than there are, so that it need not be counted at each look: whoever is
        judged on claimed bars counts it. Where the evidence so far is missing, as in a copy of the
        study, other fresh candles make it another test: nothing else shows whether those that were
        counted are still the same.
        """
        when, ledger = utc_text(self.clock()), read_looks(self.backend)
        look = look_of(record, claimed_bars(bars), when, candidate.config_sha256)
        look = replace(look, fresh=True)
        mine = [
            claim
            for claim in ledger
            if again
            and (claim.fresh, claim.study_uid) == (True, record.uid)
            and claim.judged[:4] == look.judged[:4]
        ]
        if mine:
            digest = min(mine, key=lambda claim: claim.when).sealed.sha256
            look = replace(look, sealed=replace(look.sealed, sha256=digest))
        if any(claim.judged == look.judged and claim.sealed.last >= bars.last for claim in mine):
            return max(claim.number for claim in mine)
        earlier = earlier_openings(self.backend)
        look = append_look(
            self.backend, look, lambda looks, this: number_of_claim([*looks, *earlier], this)
        )
        self.on_look(look)
        return look.number

    def _tuned_text(
        self,
        record: StudyRecord,
        candidate: Candidate,
        rival: ConfigUnderTest | None,
        bars: PriceRange,
    ) -> str | None:
        """Return that the candidate was tuned on fresh bars; None where it was not."""
        for overlap in tuned_by_all(self.backend, record, candidate, rival, bars):
            if overlap.role == CANDIDATE:
                return (
                    f"The candidate has seen fresh bars: {overlap.name} was tuned on "
                    f"{overlap.share:.0%} of them."
                )
        return None

    def _check_alpha(self, kept: dict[str, Any]) -> None:
        alpha = self.thresholds.alpha
        if kept and kept["thresholds"]["alpha"] != alpha:
            raise ConfigError(
                f"gate: alpha must be {kept['thresholds']['alpha']:g}, as at the first look at "
                f"fresh candles of this config, got {alpha:g}; leave it as it was"
            )


def _kept(record: StudyRecord, candidate: Candidate) -> dict[str, Any]:
    """Return the numbers of the last look at this config, {} before the first one."""
    return next(
        (
            dict(decision.decision)
            for decision in record.fresh_decisions
            if decision.config_sha256 == candidate.config_sha256
        ),
        {},
    )


def check_counted(fresh: FreshCandles, counted: dict[str, Any]) -> None:
    """Check that the fresh candles begin with those that were counted at an earlier look.

    Args:
        fresh: The candles of this look.
        counted: The ``FreshBars`` of the earlier one, as plain JSON.

    Raises:
        StudyError: There are fewer, or some have other values.
    """
    n, name = int(counted["candles"]), fresh.candles.name
    got = len(fresh.candles) - fresh.first
    span = f"{utc_text(counted['first'])} to {utc_text(counted['last'])}"
    if got < n:
        raise StudyError(
            f"{name}: must hold the {n:,} fresh candles that were counted at an earlier look, "
            f"{span}, got {got:,}; pass a file with all of them"
        )
    digest = fresh.candles.part(fresh.first, fresh.first + n).digest
    if digest != counted["candles_sha256"]:
        raise StudyError(
            f"{name}: the {n:,} fresh candles that were counted at an earlier look, {span}, must "
            f"still be the same, SHA-256 {counted['candles_sha256'][:12]}…, got {digest[:12]}…; "
            "pass a file in which they were not revised"
        )


def check_predictions(candidate: BacktestStats, counted: dict[str, Any]) -> None:
    """Check that counted bars have the predictions that they were counted with.

    Args:
        candidate: Stats of all fresh bars.
        counted: The ``FreshBars`` of an earlier look, as plain JSON.

    Raises:
        StudyError: A prediction is another one now.
    """
    n = int(counted["n_bars"])
    if _directions_sha256(candidate, n) != counted["directions_sha256"]:
        raise StudyError(
            f"candidate: its predictions on the {n:,} bars that were counted at an earlier look "
            "must be the same again, got others; use a backtest that gives the same for the "
            "same candles, whatever comes after them"
        )


def bars_of(fresh: FreshCandles, candidate: BacktestStats) -> FreshBars:
    """Return which bars are counted, from the candles and the candidate's stats of their bars."""
    part = fresh.candles.part(fresh.first, len(fresh.candles))
    n_bars = len(part) - 1
    return FreshBars(
        first=int(part.ts[0]),
        last=int(part.ts[-1]),
        candles=len(part),
        n_bars=n_bars,
        candles_sha256=part.digest,
        directions_sha256=_directions_sha256(candidate, n_bars),
    )


def _directions_sha256(candidate: BacktestStats, n: int) -> str:
    return hashlib.sha256(candidate.direction[:n].astype("i1").tobytes()).hexdigest()
