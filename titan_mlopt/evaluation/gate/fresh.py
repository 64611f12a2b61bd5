"""The decision on fresh candles: an e-process against every rival, and the guards of the gate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from titan_mlopt.analysis.statistics.e_process import bar_scores, bars_to_go, e_process
from titan_mlopt.analysis.statistics.look_levels import level_of_look
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.findings import CANNOT_TELL, FAILED, KEEP_CHAMPION, PASSED, PROMOTE
from titan_mlopt.evaluation.gate import checks
from titan_mlopt.evaluation.gate.checks import DECIDES, GUARDS, Check, named
from titan_mlopt.evaluation.gate.decision import harm_text, rivals_text
from titan_mlopt.evaluation.gate.evidence import CHAMPION, COIN, Evidence
from titan_mlopt.evaluation.gate.thresholds import GateThresholds

#: Points of the curve that are stored.
_CURVE_POINTS = 200
# Beyond it an e-value is no float any more.
_LARGEST_LOG = 690.0


@dataclass(frozen=True, slots=True)
class FreshBars:
    """Which bars were counted, so that a later look can tell whether they are the same.

    first, last: opening times of the first and last fresh candle, UTC seconds. candles: how many
    there are. n_bars: scored ones, one less. candles_sha256: ``Candles.digest`` of the fresh
    candles. directions_sha256: of the candidate's directions on the bars, int8.
    """

    first: int
    last: int
    candles: int
    n_bars: int
    candles_sha256: str
    directions_sha256: str


@dataclass(frozen=True, slots=True)
class FreshEvidence:
    """The e-process of a candidate on all fresh bars so far.

    look: number of this config among those judged on these candles, from 1. level: of the look,
    ``level_of_look(alpha, look)``. needed: 1 / level. e_value: the least of all rivals, at the last
    bar. rival: whose it is. e_values: of each rival at the last bar. bars_to_go: until ``needed``
    at the pace so far; None when the e-value does not grow. seconds_to_go: the same in time. looks:
    how often this config's evidence was looked at. bars: those that it is from. curve: pairs of
    time (UTC seconds) and log10 of the least e-value then, at most 200.
    """

    look: int
    level: float
    needed: float
    e_value: float
    rival: str
    e_values: Mapping[str, float]
    bars_to_go: float | None
    seconds_to_go: float | None
    looks: int
    bars: FreshBars
    curve: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class FreshVerdict:
    """The verdict on fresh candles with everything it rests on; as ``decision.Decision``."""

    verdict: str
    sentence: str
    findings: tuple[Check, ...]
    alpha: float
    thresholds: GateThresholds
    evidence: Evidence
    rivals: tuple[str, ...]
    fresh: FreshEvidence


def log_e_values(
    candidate: BacktestStats, champion: BacktestStats | None, naive_rules: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return log E after each bar, (n_bars,), against each rival.

    Rivals are the champion on its own bars, the coin, and each simple rule on the bars that the
    candidate predicts.

    Args:
        candidate: Stats of the fresh bars, with their outcomes.
        champion: Of the same bars; None without one.
        naive_rules: Directions, (n_bars,), by the rule's name.
    """
    outcome = candidate.actual
    scores = {COIN: np.full(len(outcome), 0.5)}
    if champion is not None:
        scores = {CHAMPION: bar_scores(champion.direction, outcome), **scores}
    for name, rule in naive_rules.items():
        scores[name] = bar_scores(np.where(candidate.predicted, rule, 0), outcome)
    ours = bar_scores(candidate.direction, outcome)
    return {name: e_process(ours - theirs) for name, theirs in scores.items()}


def build_fresh(
    log_e: Mapping[str, np.ndarray],
    times: np.ndarray,
    bars: FreshBars,
    *,
    alpha: float,
    look: int,
    looks: int,
) -> FreshEvidence:
    """Return the evidence: the least e-value of all rivals, at the last bar and as a curve.

    The null hypothesis is that the candidate is no better than at least one of the rivals. The
    least e-value is at most that of this rival, so it keeps the level too, whichever it is.

    Args:
        log_e: As of ``log_e_values``.
        times: When the outcome of each bar was known, UTC seconds, (n_bars,).
        bars: The bars.
        alpha: Level of all looks together.
        look: Number of this config among those judged.
        looks: How often this config's evidence was looked at, this time included.
    """
    least = np.min(list(log_e.values()), axis=0)
    level = level_of_look(alpha, look)
    last = {name: float(values[-1]) for name, values in log_e.items()}
    rival = min(last, key=lambda name: last[name])
    to_go = bars_to_go(last[rival], bars.n_bars, -math.log(level))
    pace = (bars.last - bars.first) / bars.n_bars
    shown = np.unique(np.linspace(0, bars.n_bars - 1, _CURVE_POINTS).astype(int))
    return FreshEvidence(
        look=look,
        level=level,
        needed=1 / level,
        e_value=_e_value(last[rival]),
        rival=rival,
        e_values={name: _e_value(value) for name, value in last.items()},
        bars_to_go=to_go,
        seconds_to_go=None if to_go is None else to_go * pace,
        looks=looks,
        bars=bars,
        curve=tuple((int(times[i]), round(float(least[i]) / math.log(10), 4)) for i in shown),
    )


def _e_value(log_e: float) -> float:
    return math.exp(min(log_e, _LARGEST_LOG))


def decide_fresh(
    fresh: FreshEvidence, evidence: Evidence, thresholds: GateThresholds
) -> FreshVerdict:
    """Return whether the fresh bars so far make the candidate the champion.

    PROMOTE: the least e-value has reached 1 / level, each difference of the accuracies is at least
    ``min_improvement``, and no guard fails. KEEP_CHAMPION: it is reached, but one of these objects.
    CANNOT_TELL: it is not reached, so collecting goes on.

    Args:
        fresh: As ``build_fresh`` returns it.
        evidence: Of the same bars, for accuracies and guards; its p-values are of a single look and
            decide nothing here.
        thresholds: The limits.
    """
    enough = fresh.e_value >= fresh.needed
    e_values = [
        Check(
            f"e-value against {named(name)}",
            DECIDES,
            PASSED if value >= fresh.needed else FAILED,
            value,
            fresh.needed,
            f"{e_value_text(value)} after {_bars_text(fresh, '')}; {needed_text(fresh)} are needed",
        )
        for name, value in fresh.e_values.items()
    ]
    accuracy = [checks.check_accuracy(r, fresh.level, thresholds)[0] for r in evidence.accuracy]
    guards = (*checks.check_guards(evidence, thresholds), *checks.check_study(evidence, thresholds))
    harm = [check for check in guards if check.role == GUARDS and check.status == FAILED]
    small = [difference for difference in accuracy if difference.status == FAILED]
    if not enough:
        verdict, sentence = CANNOT_TELL, _collecting_text(fresh)
    elif harm or small:
        verdict, sentence = KEEP_CHAMPION, harm_text(small, harm, thresholds)
    else:
        verdict, sentence = PROMOTE, _better_text(fresh, evidence)
    return FreshVerdict(
        verdict=verdict,
        sentence=sentence,
        findings=(*e_values, *accuracy, *guards),
        alpha=fresh.level,
        thresholds=thresholds,
        evidence=evidence,
        rivals=tuple(fresh.e_values),
        fresh=fresh,
    )


def e_value_text(value: float) -> str:
    """Return an e-value as people read it: two digits, or a whole number from 10 on."""
    return f"{value:,.0f}" if 10 <= value < 1e6 else f"{value:.2g}"


def _bars_text(fresh: FreshEvidence, kind: str = "fresh ") -> str:
    n = fresh.bars.n_bars
    return f"{n:,} {kind}bar{'' if n == 1 else 's'}"


def needed_text(fresh: FreshEvidence) -> str:
    """Return the e-value that is needed, a whole number that is enough."""
    return f"{math.ceil(fresh.needed - 1e-9):,}"


def _collecting_text(fresh: FreshEvidence) -> str:
    if fresh.seconds_to_go is None:
        pace = "never at this pace, as it does not grow"
    else:
        pace = f"at this pace {span_text(fresh.seconds_to_go)} more"
    return (
        f"Go on collecting: e-value {e_value_text(fresh.e_value)}, {needed_text(fresh)} are "
        f"needed, {pace} ({_bars_text(fresh)} so far; the hardest rival is {named(fresh.rival)})."
    )


def _better_text(fresh: FreshEvidence, evidence: Evidence) -> str:
    return (
        f"Better than {rivals_text(evidence)} on {_bars_text(fresh)}: e-value "
        f"{e_value_text(fresh.e_value)}, {needed_text(fresh)} are needed, the least of all rivals, "
        f"against {named(fresh.rival)}; no guard objects."
    )


def span_text(seconds: float) -> str:
    """Return a time span in whole days, hours or minutes, rounded up; two of the unit at least."""
    for unit, size in (("days", 86_400), ("hours", 3600)):
        if seconds > size:
            return f"{math.ceil(seconds / size):,} {unit}"
    return f"{max(2, math.ceil(seconds / 60))} minutes"
