"""The probability of backtest overfitting, by combinatorially symmetric cross-validation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

N_PARTS = 16
ACCURACY, SHARPE = "accuracy", "sharpe"
# Parts at the end of which each choice is added up before: 64 rows, of which at most 20 are taken.
_LAST_PARTS = 6


@dataclass(frozen=True, slots=True)
class Overfitting:
    """The result of the cross-validation of choosing the best trial.

    Attributes:
        pbo: Probability of backtest overfitting, in [0, 1]: how often the best trial of the
            training half ranks below the median in the test half; a rank on the median counts
            half. Near .5 without skill.
        below_baseline: How often the chosen trial does not beat the baseline in the test half.
        inside: Mean performance of the chosen trial in the training half.
        outside: Its mean performance in the test half.
        degradation: inside − outside.
        trials: Number of trials.
        parts: Number of parts.
        splits: Number of splits into two halves.
        metric: "accuracy" or "sharpe".
        baseline: Performance without skill.
    """

    pbo: float
    below_baseline: float
    inside: float
    outside: float
    degradation: float
    trials: int
    parts: int
    splits: int
    metric: str
    baseline: float


def probability_of_overfitting(
    blocks: np.ndarray,
    metric: str = ACCURACY,
    *,
    parts: int = N_PARTS,
    baseline: float | None = None,
    n_bars: np.ndarray | int | None = None,
) -> Overfitting | None:
    """Return the probability of backtest overfitting by combinatorially symmetric cross-validation.

    The blocks are pooled into ``parts`` parts of consecutive ones; each choice of half of the parts
    is a training half (12,870 for 16), the rest its test half. In each the trial with the best
    performance is chosen, the first of equals; ω is its rank in the test half over trials + 1 (mean
    rank of equals), and pbo the share of ln(ω / (1 − ω)) < 0, plus half of those that are 0 (D. H.
    Bailey, J. M. Borwein, M. López de Prado and Q. J. Zhu, The probability of backtest overfitting,
    Journal of Computational Finance 20 (2017) no. 4, 39-69; SSRN 2015, who count 0 wholly: an odd
    number of equal trials would have 1, not .5). A trial without predictions (or without any spread
    of returns) in a half is not chosen there, and performs like the baseline when it is tested
    there.

    Args:
        blocks: Predictions, hits, Σ return and Σ return² of each trial and time block, (trials,
            blocks, 4).
        metric: "accuracy", hits / predictions, or "sharpe", mean / sd (ddof 1) of a bar, not
            annualised.
        parts: An even number from 2 to 20.
        baseline: Performance without skill; None is .5 for accuracy and 0 for Sharpe.
        n_bars: Of each trial, (trials,) or one number, needed for "sharpe"; its blocks are as equal
            as those of ``BacktestStats.blocks``.

    Returns:
        The result, or None for fewer than two trials, fewer blocks than parts, or a half in which
        no trial can be chosen.

    Raises:
        ValueError: Another shape, metric or number of parts.
    """
    if metric not in (ACCURACY, SHARPE):
        raise ValueError(f"metric: must be {ACCURACY!r} or {SHARPE!r}, got {metric!r}")
    if parts % 2 or not 2 <= parts <= 20:
        raise ValueError(f"parts: must be an even number from 2 to 20, got {parts!r}")
    sums = np.asarray(blocks, np.float64)
    if sums.ndim != 3 or sums.shape[2] != 4:
        raise ValueError(f"blocks: must have shape (trials, blocks, 4), got {sums.shape}")
    trials, n_blocks = sums.shape[:2]
    if trials < 2 or n_blocks < parts:
        return None
    starts = np.arange(parts) * n_blocks // parts
    pooled = np.add.reduceat(sums, starts, axis=1)
    level = (0.5 if metric == ACCURACY else 0.0) if baseline is None else baseline
    if metric == ACCURACY:
        columns = [pooled[:, :, 0], pooled[:, :, 1]]
    else:
        bars = np.add.reduceat(_block_sizes(n_bars, trials, n_blocks), starts, axis=1)
        columns = [bars, pooled[:, :, 2], pooled[:, :, 3]]
    performance = _accuracy if metric == ACCURACY else _sharpe
    by_part = np.ascontiguousarray(np.stack(columns).transpose(0, 2, 1))
    halves = _crossed(by_part, performance, level)
    if halves is None:
        return None
    score, inside, outside = halves
    return Overfitting(
        pbo=float(score.mean()),
        below_baseline=float((outside <= level).mean()),
        inside=float(inside.mean()),
        outside=float(outside.mean()),
        degradation=float((inside - outside).mean()),
        trials=trials,
        parts=parts,
        splits=len(score),
        metric=metric,
        baseline=level,
    )


def training_halves(parts: int) -> np.ndarray:
    """Return each choice of half of the parts as a row of 0 and 1, (C(parts, parts/2), parts).

    Row i and row −1 − i are each other's complement.
    """
    chosen = itertools.combinations(range(parts), parts // 2)
    places = np.fromiter(itertools.chain.from_iterable(chosen), np.int64).reshape(-1, parts // 2)
    halves = np.zeros((math.comb(parts, parts // 2), parts))
    np.put_along_axis(halves, places, 1.0, axis=1)
    return halves


def _crossed(
    columns: np.ndarray, performance: Callable[[np.ndarray], np.ndarray], level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return for each split: overfit (0, ½, 1), and the chosen trial's performance in both halves.

    columns: (k, parts, trials), sums that ``performance`` takes.
    """
    parts = columns.shape[1]
    halves, cut = training_halves(parts), max(parts // 2, parts - _LAST_PARTS)
    firsts, choices = columns[:, :cut], _sums_of_choices(columns[:, cut:])
    choice = (halves[:, cut:] @ 2.0 ** np.arange(parts - cut)).astype(np.int64)

    def perform(rows: np.ndarray) -> np.ndarray:
        sums = choices[:, choice[rows]]
        sums += firsts[:, halves[rows[0], :cut] > 0].sum(axis=1, keepdims=True)
        return performance(sums)

    overfit, inside, outside = (np.empty(len(halves)) for _ in range(3))
    # What many halves share is added up once: their first parts, and each choice of the last ones.
    for rows in _alike(halves[: len(halves) // 2, :cut]):
        # The complement of a row is a row too: what a trial does in one half of the parts counts
        # for two splits, as training half and as test half.
        first, second = perform(rows), perform(-1 - rows)
        for splits, train, test in ((rows, first, second), (-1 - rows, second, first)):
            overfit[splits], inside[splits], outside[splits] = _chosen(train, test, level)
    return None if np.isneginf(inside).any() else (overfit, inside, outside)


def _sums_of_choices(columns: np.ndarray) -> np.ndarray:
    """Return the sum of each choice of parts, (k, 2^parts, trials); part i is bit i of the row."""
    sums = np.zeros_like(columns[:, :1])
    for part in range(columns.shape[1]):
        sums = np.concatenate([sums, sums + columns[:, part : part + 1]], axis=1)
    return sums


def _alike(rows: np.ndarray) -> list[np.ndarray]:
    """Return the numbers of neighbouring rows that are equal, (n,) each."""
    changes = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1)) + 1
    return np.split(np.arange(len(rows)), changes)


def _chosen(
    train: np.ndarray, test: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each row of (splits, trials): overfit, and the chosen trial's performances."""
    rows, trials = np.arange(len(train)), train.shape[1]
    best = train.argmax(axis=1)  # where there is NaN, of a NaN
    if np.isnan(train[rows, best]).any():
        train = np.where(np.isnan(train), -np.inf, train)
        best = train.argmax(axis=1)
    if np.isnan(test.max(axis=1)).any():
        test = np.where(np.isnan(test), level, test)
    inside, outside = train[rows, best], test[rows, best]
    below = [np.count_nonzero(row < value) for row, value in zip(test, outside, strict=True)]
    equal = [np.count_nonzero(row == value) for row, value in zip(test, outside, strict=True)]
    rank = np.array(below) + (np.array(equal) + 1) / 2
    return (np.sign(trials + 1 - 2 * rank) + 1) / 2, inside, outside


def _block_sizes(n_bars: np.ndarray | int | None, trials: int, n_blocks: int) -> np.ndarray:
    """Return the bars of each block, (trials, n_blocks)."""
    if n_bars is None:
        raise ValueError("n_bars: must be given for the metric 'sharpe', got None")
    bars = np.broadcast_to(np.asarray(n_bars, np.int64), (trials,))
    edges = np.arange(n_blocks + 1) * bars[:, None] // n_blocks
    return np.diff(edges, axis=1).astype(np.float64)


def _accuracy(sums: np.ndarray) -> np.ndarray:
    """Return hits / predictions, NaN without predictions."""
    n, hits = sums
    if n.min(initial=1.0) > 0:
        return np.asarray(hits / n)
    return np.asarray(np.divide(hits, n, out=np.full(n.shape, np.nan), where=n > 0))


def _sharpe(sums: np.ndarray) -> np.ndarray:
    """Return mean / sd of a bar, NaN without any spread."""
    n, total, squares = sums
    variance = (squares - total * total / np.maximum(n, 1.0)) / np.maximum(n - 1.0, 1.0)
    spread = (n > 1) & (variance > 1e-14 * squares)
    root = np.sqrt(np.where(spread, variance, 1.0))
    return np.where(spread, total / np.maximum(n, 1.0) / root, np.nan)
