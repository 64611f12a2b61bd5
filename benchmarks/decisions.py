"""The gate's decision on the bars of a hold-out, and those of gates that lack a part of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from worlds import World, draw_candles

from titan_mlopt.analysis.statistics.naive_rules import baseline_directions
from titan_mlopt.analysis.statistics.paired_tests import PairedTest, mcnemar_with_flat
from titan_mlopt.backtest.engine.windows import TRAINING_BARS, warm_up_bars
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.findings import FAILED, PROMOTE
from titan_mlopt.core.parameters import Params, merge_config
from titan_mlopt.evaluation.gate.checks import DECIDES
from titan_mlopt.evaluation.gate.decision import Decision, decide
from titan_mlopt.evaluation.gate.evidence import CHAMPION, COIN, build_evidence
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest, same_bars
from titan_mlopt.study.dataset import SETTLE_BARS

#: The champion of every world.
CHAMPION_CONFIG: Params = merge_config({"ml.enabled": False})
#: Bars on which it is measured whether a rule is truly better, of seeds that no study has.
N_TRUTH_BARS, TRUTH_SEED = 100_000, 2_000_000
#: The gate, and gates that lack a part of it.
GATE, NO_RULES, NO_BLOCKS = "the gate", "without the simple rules", "without the block test"
NEITHER, NO_GUARDS = "without either", "without the guards"
DECISIONS = (GATE, NO_RULES, NO_BLOCKS, NEITHER, NO_GUARDS)
ALONE = "no champion"
RIVALS = (CHAMPION, ALONE)
# A block test that rejects, so that the other two decide.
_REJECTED = PairedTest(math.inf, 0.0, 1.0)


@dataclass(frozen=True)
class Holdout:
    """Candidate, champion and simple rules on the same bars.

    rules: directions by the rule's name. seed: of the evidence. is_champion: whether the candidate
    is the default config.
    """

    candidate: BacktestStats
    champion: BacktestStats
    rules: dict[str, np.ndarray]
    seed: int
    is_champion: bool

    @classmethod
    def of(cls, candles: Candles, first: int, candidate: ConfigUnderTest) -> Holdout:
        """Run both configs as the gate does, warmed up on as many candles, and score from first."""
        configs = (candidate.config, CHAMPION_CONFIG)
        warm_up = TRAINING_BARS + max(SETTLE_BARS, *(2 * warm_up_bars(one) for one in configs))
        start = max(0, first - warm_up)
        part, seed = candles.part(start, len(candles)), candidate.seed
        ours, theirs = (
            same_bars(backtest_stats(part, config, seed), part, first - start) for config in configs
        )
        said = baseline_directions(part.close, first - start)
        rules = {name: directions[first - start : -1] for name, directions in said.items()}
        return cls(ours, theirs, rules, seed, candidate.config == CHAMPION_CONFIG)

    def head(self, n: int) -> Holdout:
        """Return the first ``n`` bars."""
        rules = {name: directions[:n] for name, directions in self.rules.items()}
        ours, theirs = self.candidate.head(n), self.champion.head(n)
        return replace(self, candidate=ours, champion=theirs, rules=rules)

    def decisions(self) -> dict[str, Decision | None]:
        """Return the gate's decision by rival; None where the candidate is the champion.

        The study's own statistics, which only warn, are left out. The coin and the rules are the
        same with and without a champion, and are compared once.
        """
        with_champion = build_evidence(self.candidate, self.champion, self.rules, seed=self.seed)
        others = tuple(one for one in with_champion.accuracy if one.rival != CHAMPION)
        without = replace(build_evidence(self.candidate, seed=self.seed), accuracy=others)
        return {
            CHAMPION: None if self.is_champion else decide(with_champion),
            ALONE: decide(without),
        }

    def ahead(self) -> float:
        """Return by how many standard errors the best rule is ahead of the candidate; <= 0: none.

        On the bars that the candidate predicts and that moved.
        """
        ours, outcome = self.candidate.direction, np.sign(self.candidate.outcome)
        most = -math.inf
        for said in self.rules.values():
            test = mcnemar_with_flat(
                np.where(ours != 0, said, 0), ours, outcome, np.random.default_rng(self.seed)
            )
            most = max(most, -math.inf if test is None else test.statistic)
        return most

    def net_return(self, cost_bps: float) -> float:
        """Return what the candidate earned, compounded, at these costs."""
        net = replace(self.candidate, cost_bps=cost_bps).net
        return float(np.prod(np.maximum(1.0 + net, 0.0))) - 1.0


def promotions(decisions: dict[str, Decision | None]) -> dict[str, dict[str, bool]]:
    """Return by decision and rival whether the gate, or one without a part of it, promotes."""
    promoted: dict[str, dict[str, bool]] = {name: {} for name in DECISIONS}
    for rival, decision in decisions.items():
        for name in DECISIONS:
            promoted[name][rival] = decision is not None and promotes(name, decision)
    return promoted


def promotes(name: str, decision: Decision) -> bool:
    """Return whether the gate of this name promotes, from the evidence of the whole gate."""
    if name == GATE:
        return decision.verdict == PROMOTE
    if name == NO_GUARDS:
        return not failed(decision, DECIDES)
    evidence = decision.evidence
    accuracy = evidence.accuracy
    if name in (NO_RULES, NEITHER):
        accuracy = tuple(one for one in accuracy if one.rival in (CHAMPION, COIN))
    if name in (NO_BLOCKS, NEITHER):
        accuracy = tuple(replace(one, block_means=_REJECTED) for one in accuracy)
    return decide(replace(evidence, accuracy=accuracy)).verdict == PROMOTE


def failed(decision: Decision, role: str) -> list[str]:
    """Return the names of the tests of a role that failed."""
    return [one.test for one in decision.findings if (one.role, one.status) == (role, FAILED)]


def new_bars(world: World, config: ConfigUnderTest, number: int) -> Holdout:
    """Return config and rules on 100,000 new bars of the hold-out's odds."""
    warm_up = 2_000
    candles = draw_candles(world, TRUTH_SEED + number, warm_up, N_TRUTH_BARS)
    return Holdout.of(candles, warm_up, config)
