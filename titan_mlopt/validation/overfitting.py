"""The probability of backtest overfitting: whether the best of one half is good in the other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

N_PARTS = 16
ACCURACY, SHARPE = "accuracy", "sharpe"
# Numbers of a chunk of splits that are held in memory at once: split × trial.
_CHUNK = 2**19


@dataclass(frozen=True, slots=True)
class Overfitting:
    """What cross-validation over all halvings of the time says about choosing the best trial.

    pbo: probability of backtest overfitting, in [0, 1]: how often the best trial of one half ranks
    below the median in the other, a rank on the median counting half. Without skill it is near
    .5. below_baseline: how often the chosen one is not better than the baseline in the other half.
    inside, outside: mean performance of the chosen one in its half and in the other; degradation:
    inside − outside. parts, splits: how many. trials, metric, baseline: what was looked at.
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

    blocks: (trials, n_blocks, 4), of each trial and time block predictions, hits, Σ return and
    Σ return². They are pooled into ``parts`` parts of consecutive blocks; each choice of half of
    the parts is a training half (12,870 for 16), the rest its test half. In each the trial with
    the best performance is chosen, the first of equals; ω is its rank in the test half over
    trials + 1 (mean rank of equals), and pbo the share of ln(ω / (1 − ω)) < 0, plus half of those
    that are 0 (D. H. Bailey, J. M. Borwein, M. López de Prado and Q. J. Zhu, The probability of
    backtest overfitting, Journal of Computational Finance 20 (2017) no. 4, 39-69; SSRN 2015, who
    count 0 wholly: an odd number of equal trials would have 1, not .5).

    metric: "accuracy", hits / predictions, or "sharpe", mean / sd (ddof 1) of a bar, not
    annualised. n_bars: of each trial, (trials,) or one number, needed for "sharpe"; its blocks are
    as equal as those of ``BacktestStats.blocks``. baseline: performance without skill; None is .5
    for accuracy and 0 for Sharpe. A trial without predictions (or without any spread of returns)
    in a half is not chosen there, and performs like the baseline when it is tested there.
    None for fewer than two trials, fewer blocks than parts, or a half in which none can be chosen.
    Raises ``ValueError`` for another shape, metric or number of parts (even, 2 to 20).
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
    found = _crossed(np.stack(columns), performance, level)
    if found is None:
        return None
    score, inside, outside = found
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
    """Return of each split: overfit (0, ½, 1), and the chosen one's performance in either half.

    columns: (k, trials, parts), sums that ``performance`` takes.
    """
    trials, parts = columns.shape[1:]
    halves, sums = training_halves(parts), columns.transpose(0, 2, 1)
    overfit, inside, outside = (np.empty(len(halves)) for _ in range(3))
    step = max(1, _CHUNK // trials)
    for start in range(0, len(halves), step):
        here = slice(start, start + step)
        train = performance(halves[here] @ sums)
        test = performance((1.0 - halves[here]) @ sums)
        train = np.where(np.isnan(train), -np.inf, train)
        test = np.where(np.isnan(test), level, test)
        best = train.argmax(axis=1)
        rows = np.arange(len(best))
        inside[here], outside[here] = train[rows, best], test[rows, best]
        own = outside[here][:, None]
        rank = (test < own).sum(axis=1) + ((test == own).sum(axis=1) + 1) / 2
        overfit[here] = (np.sign(trials + 1 - 2 * rank) + 1) / 2
    return None if np.isneginf(inside).any() else (overfit, inside, outside)


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
    return np.asarray(np.divide(hits, n, out=np.full(n.shape, np.nan), where=n > 0))


def _sharpe(sums: np.ndarray) -> np.ndarray:
    """Return mean / sd of a bar, NaN without any spread."""
    n, total, squares = sums
    variance = (squares - total * total / np.maximum(n, 1.0)) / np.maximum(n - 1.0, 1.0)
    spread = (n > 1) & (variance > 1e-14 * squares)
    root = np.sqrt(np.where(spread, variance, 1.0))
    return np.where(spread, total / np.maximum(n, 1.0) / root, np.nan)
