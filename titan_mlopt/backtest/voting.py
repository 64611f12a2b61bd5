"""How the configs of an ensemble vote on each bar.

A member's vote is its confidence beyond a coin's, signed by its direction: .04 for UP with a
confidence of .54, −.04 for DOWN, 0 where it is FLAT. The ensemble predicts where the mean of the
votes is far enough from 0. Its confidence is that of a linear pool: 1/2 and the distance.

Served versions import this module, so it knows arrays alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from titan_mlopt.backtest.stats import BacktestStats


class Ballot(NamedTuple):
    """What one config, or an ensemble of them, decides; columns as in ``BacktestStats``."""

    direction: np.ndarray
    confidence: np.ndarray
    traded: np.ndarray


def mean_votes(ballots: Sequence[Ballot]) -> np.ndarray:
    """Return the mean of the members' votes on each bar.

    Args:
        ballots: At least one, of the same bars.

    Returns:
        float64 (n,), in [-.5, .5]; the same to the bit on any part of the bars.
    """
    total = np.zeros(len(ballots[0].direction))
    for ballot in ballots:  # one after another: the order of a sum decides its last bits
        total += ballot.direction * (ballot.confidence - 0.5)
    return total / len(ballots)


def equal_coverage(votes: np.ndarray, counted: np.ndarray, n_predictions: int) -> float:
    """Return the threshold at which an ensemble predicts as often as another config.

    Args:
        votes: Mean votes, (n,).
        counted: Whether a prediction on this bar would count, bool (n,).
        n_predictions: How many of its predictions count, >= 1.

    Returns:
        The distance of that many-th most certain vote from 0, among those counted; further votes
        of the very same distance predict too. Where fewer votes differ from 0, the least distance
        of these.

    Raises:
        ValueError: ``n_predictions`` is below 1, or every vote is 0.
    """
    distances = np.abs(votes[counted])
    distances = np.sort(distances[distances > 0])[::-1]
    if n_predictions < 1 or not len(distances):
        raise ValueError(
            f"equal_coverage: there must be predictions to equal and votes to do it with, got "
            f"{n_predictions} and {len(distances)}"
        )
    return float(distances[min(n_predictions, len(distances)) - 1])


def elect(ballots: Sequence[Ballot], threshold: float) -> Ballot:
    """Return what the members decide together.

    It trades where at least half of the members that vote for its direction would trade.

    Args:
        ballots: At least one, of the same bars.
        threshold: The least distance of a mean vote from 0 that is a prediction, above 0.
    """
    votes = mean_votes(ballots)
    distance = np.abs(votes)
    predicted = distance >= threshold
    direction = np.where(predicted, np.sign(votes), 0.0).astype(np.int8)
    confidence = np.where(predicted, 0.5 + distance, 0.5)
    supporters, traders = np.zeros(len(votes), np.int64), np.zeros(len(votes), np.int64)
    for ballot in ballots:
        supports = ballot.direction == direction
        supporters += supports
        traders += supports & ballot.traded
    return Ballot(direction, confidence, predicted & (2 * traders >= supporters))


def ballot_of(stats: BacktestStats) -> Ballot:
    """Return the decisions of a config from its stats."""
    return Ballot(stats.direction, stats.confidence, stats.traded)


def voted_stats(members: Sequence[BacktestStats], threshold: float) -> BacktestStats:
    """Return the stats of an ensemble from those of its members.

    Args:
        members: At least one, of the same bars with the same outcomes.
        threshold: As ``elect`` takes it.

    Returns:
        The stats, with returns, outcomes and settings of the first member.

    Raises:
        ValueError: The members have other numbers of bars.
    """
    n_bars = sorted({len(stats.direction) for stats in members})
    if len(n_bars) != 1:
        raise ValueError(f"voted_stats: members must have the same bars, got {n_bars}")
    elected = elect([ballot_of(stats) for stats in members], threshold)
    return replace(members[0], **elected._asdict())
