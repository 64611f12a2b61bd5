"""How configs vote together; every number here is worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from support.gate_cases import stats_of
from titan_mlopt.backtest.voting import Ballot, elect, equal_coverage, mean_votes, voted_stats


def ballot(
    direction: list[int], confidence: list[float], traded: list[bool] | None = None
) -> Ballot:
    sides = np.array(direction, np.int8)
    trades = sides != 0 if traded is None else np.array(traded)
    return Ballot(sides, np.array(confidence), trades)


# Bar 0: (.08 + .04 + 0) / 3 = .04.  Bar 1: (.02 − .10 + .02) / 3 = −.02: one that is sure outvotes
# two.  Bar 2: nobody.  Bar 3: (−.06 + .06 + 0) / 3 = 0: a draw.
MEMBERS = [
    ballot([1, 1, 0, -1], [0.58, 0.52, 0.5, 0.56], [True, False, False, True]),
    ballot([1, -1, 0, 1], [0.54, 0.60, 0.5, 0.56], [False, True, False, True]),
    ballot([0, 1, 0, 0], [0.50, 0.52, 0.5, 0.50], [False, False, False, False]),
]


def test_a_vote_is_the_confidence_beyond_a_coin_with_the_sign_of_the_direction() -> None:
    assert mean_votes(MEMBERS) == pytest.approx([0.04, -0.02, 0.0, 0.0])


def test_the_ensemble_predicts_where_the_mean_vote_reaches_the_threshold() -> None:
    together = elect(MEMBERS, 0.03)
    assert together.direction.tolist() == [1, 0, 0, 0]
    assert together.direction.dtype == np.int8
    assert together.confidence == pytest.approx([0.54, 0.5, 0.5, 0.5])
    assert elect(MEMBERS, 0.01).direction.tolist() == [1, -1, 0, 0]
    assert elect(MEMBERS, 0.01).confidence == pytest.approx([0.54, 0.52, 0.5, 0.5])


def test_a_mean_vote_of_exactly_the_threshold_is_a_prediction() -> None:
    alone = [ballot([1, -1], [0.75, 0.625])]
    assert elect(alone, 0.125).direction.tolist() == [1, -1]
    assert elect(alone, 0.25).direction.tolist() == [1, 0]


def test_it_trades_where_half_of_those_that_vote_with_it_would() -> None:
    # Bar 0: one of two supporters trades.  Bar 1: the only supporter does.
    assert elect(MEMBERS, 0.01).traded.tolist() == [True, True, False, False]
    third = ballot([1, 0, 0, 0], [0.52, 0.5, 0.5, 0.5], [False] * 4)
    assert elect([*MEMBERS[:2], third], 0.01).traded.tolist() == [False, True, False, False]


def test_a_bar_without_a_prediction_is_not_traded() -> None:
    assert not elect(MEMBERS, 0.3).traded.any()


def test_a_member_alone_decides_as_it_does_without_an_ensemble() -> None:
    together = elect(MEMBERS[:1], 0.02)
    assert together.direction.tolist() == [1, 1, 0, -1]
    assert together.confidence == pytest.approx(MEMBERS[0].confidence)
    assert together.traded.tolist() == MEMBERS[0].traded.tolist()


def test_the_votes_of_a_part_are_the_same_to_the_bit() -> None:
    rng = np.random.default_rng(3)
    ballots = [
        Ballot(
            rng.choice([-1, 0, 1], 1000).astype(np.int8),
            rng.uniform(0.5, 0.7, 1000),
            rng.random(1000) < 0.5,
        )
        for _ in range(7)
    ]
    parts = [Ballot(*(column[137:138] for column in one)) for one in ballots]
    assert mean_votes(parts)[0] == mean_votes(ballots)[137]


VOTES = np.array([0.01, -0.05, 0.0, 0.03, -0.02])
ALL = np.ones(5, np.bool_)


@pytest.mark.parametrize(("n", "threshold"), [(1, 0.05), (2, 0.03), (3, 0.02), (4, 0.01)])
def test_the_threshold_lets_as_many_votes_pass_as_the_best_member_predicts(
    n: int, threshold: float
) -> None:
    found = equal_coverage(VOTES, ALL, n)
    assert found == threshold
    assert int((np.abs(VOTES) >= found).sum()) == n


def test_only_bars_that_count_decide_the_threshold() -> None:
    counted = np.array([True, False, True, True, True])  # the surest vote is before no move
    assert equal_coverage(VOTES, counted, 2) == 0.02


def test_where_too_few_vote_every_vote_is_a_prediction() -> None:
    assert equal_coverage(VOTES, ALL, 99) == 0.01


def test_votes_of_the_same_distance_pass_together() -> None:
    votes = np.array([0.04, -0.02, 0.02])
    assert equal_coverage(votes, np.ones(3, np.bool_), 2) == 0.02


@pytest.mark.parametrize(("votes", "n"), [(VOTES, 0), (np.zeros(5), 3)])
def test_a_threshold_needs_predictions_to_equal_and_votes(votes: np.ndarray, n: int) -> None:
    with pytest.raises(ValueError, match="there must be predictions to equal and votes"):
        equal_coverage(votes, ALL, n)


def test_the_stats_of_an_ensemble_have_its_decisions_and_the_members_outcomes() -> None:
    returns = [0.01, -0.02, 0.01, 0.0]
    members = [
        stats_of([1, 1, 0, -1], returns, [0.58, 0.52, 0.5, 0.56]),
        stats_of([1, -1, 0, 1], returns, [0.54, 0.60, 0.5, 0.56]),
        stats_of([0, 1, 0, 0], returns, [0.50, 0.52, 0.5, 0.50]),
    ]
    stats = voted_stats(members, 0.01)
    assert stats.direction.tolist() == [1, -1, 0, 0]
    assert (stats.total, stats.correct) == (2, 2)
    assert stats.returns.tolist() == returns


def test_members_of_other_bars_cannot_vote() -> None:
    short, long = stats_of([1], [0.01]), stats_of([1, 1], [0.01, 0.01])
    with pytest.raises(ValueError, match=r"members must have the same bars, got \[1, 2\]"):
        voted_stats([short, long], 0.01)
