"""Paired differences by the stationary block bootstrap: how sure, and between which bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from titan_mlopt.validation.block_length import optimal_block_length

RESAMPLES = 2000
# Numbers of a chunk of resamples that are held at once: it fits the processor's cache.
_CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference a − b on common bars, and what the bootstrap says of it.

    p_greater, p_less: one-sided p-values of "a is not greater" and "a is not less", in (0, 1].
    low, high: 95 % interval (basic bootstrap), which excludes 0 below when p_greater < .025.
    standard_error: over the resamples. block_length: mean, in bars. n: bars.
    """

    difference: float
    p_greater: float
    p_less: float
    low: float
    high: float
    standard_error: float
    block_length: float
    n: int
    resamples: int


def mean_difference(
    a: np.ndarray,
    b: np.ndarray,
    rng: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
    block_length: float | None = None,
) -> Difference:
    """Return the difference of the means of two series on the same bars, (n,) each, n >= 1.

    block_length: mean, >= 1; None chooses it by ``optimal_block_length`` of a − b.
    Raises ``ValueError`` for other shapes or values.
    """
    apart = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    length = _length_of(apart, block_length)
    sums = resampled_sums(apart[:, None], length, resamples, rng)
    return difference_of(float(apart.mean()), sums[:, 0] / len(apart), length, len(apart))


def ratio_difference(
    over_a: np.ndarray,
    under_a: np.ndarray,
    over_b: np.ndarray,
    under_b: np.ndarray,
    rng: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
    block_length: float | None = None,
) -> Difference | None:
    """Return Σ over_a / Σ under_a − Σ over_b / Σ under_b; None when a divisor is 0.

    All are (n,) on the same bars. For accuracies: over is the hit, under whether there is a
    prediction, each 0 or 1, so a FLAT bar counts for neither accuracy of its config, while the
    bars of both are drawn together. Against a rate that chance gives, under_b = under_a and over_b
    = rate · under_a. block_length: mean, >= 1; None chooses it by ``optimal_block_length`` of the
    bars' influence on the difference, (over − ratio · under) / mean of under of a less that of b.
    A resample in which a divisor is 0 takes the ratio observed. Raises ``ValueError`` for other
    shapes or values.
    """
    columns = np.column_stack([over_a, under_a, over_b, under_b]).astype(np.float64)
    totals = columns.sum(axis=0)
    if totals[1] == 0 or totals[3] == 0:
        return None
    first, second = totals[0] / totals[1], totals[2] / totals[3]
    influence = (columns[:, 0] - first * columns[:, 1]) / totals[1]
    influence -= (columns[:, 2] - second * columns[:, 3]) / totals[3]
    length = _length_of(influence * len(columns), block_length)
    sums = resampled_sums(columns, length, resamples, rng)
    drawn = _ratio(sums[:, 0], sums[:, 1], first) - _ratio(sums[:, 2], sums[:, 3], second)
    return difference_of(float(first - second), drawn, length, len(columns))


def sharpe_difference(
    a: np.ndarray,
    b: np.ndarray,
    rng: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
    block_length: float | None = None,
) -> Difference | None:
    """Return the difference of two per-bar Sharpe ratios (ddof 1) of returns on the same bars.

    a, b: (n,). Returns that never differ have the ratio 0 here: a config that never trades earns
    nothing. None for n < 2, or when neither has any spread. block_length: as in
    ``ratio_difference``, from the influences of ``sharpe_influence``. O. Ledoit and M. Wolf, Robust
    performance hypothesis testing with the Sharpe ratio, Journal of Empirical Finance 15 (2008)
    850-859, resample the pair so; theirs is studentised.
    """
    columns = np.column_stack([a, b]).astype(np.float64)
    n = len(columns)
    scale = np.abs(columns).max(axis=0, initial=0.0)
    if n < 2 or not (np.ptp(columns, axis=0) > 1e-14 * scale).any():
        return None
    columns = columns / np.where(scale > 0, scale, 1.0)  # the ratio does not see it, rounding does
    length = _length_of(sharpe_influence(columns[:, 0]) - sharpe_influence(columns[:, 1]), None)
    length = length if block_length is None else _length_of(columns[:, 0], block_length)
    sums = resampled_sums(np.hstack([columns, np.square(columns)]), length, resamples, rng)
    drawn = _sharpe(sums[:, 0], sums[:, 2], n) - _sharpe(sums[:, 1], sums[:, 3], n)
    whole = np.hstack([columns.sum(axis=0), np.square(columns).sum(axis=0)])[None, :]
    seen = _sharpe(whole[:, 0], whole[:, 2], n) - _sharpe(whole[:, 1], whole[:, 3], n)
    return difference_of(float(seen[0]), drawn, length, n)


def sharpe_influence(returns: np.ndarray) -> np.ndarray:
    """Return how far each bar moves the per-bar Sharpe ratio, times n: mean 0, (n,).

    z − s / 2 · (z² − 1), z the return in standard deviations from the mean. Its variance is that of
    ``sharpe.sharpe_variance``. All 0 for returns without any spread.
    """
    values = np.asarray(returns, np.float64)
    away = values - values.mean()
    sd = math.sqrt(float(np.square(away).mean()))
    if sd <= 1e-14 * float(np.abs(values).max(initial=0.0)):
        return np.zeros(len(values))
    z = away / sd
    return np.asarray(z - float(values.mean()) / sd / 2 * (np.square(z) - 1))


def resampled_sums(
    columns: np.ndarray, block_length: float, resamples: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the column sums of resamples of the rows, (resamples, k).

    columns: (n, k), n >= 1. Rows are drawn in blocks that begin anywhere and run on from the last
    row to the first, their lengths geometric with mean ``block_length`` >= 1, cut at n rows in all
    (D. N. Politis and J. P. Romano, The stationary bootstrap, JASA 89 (1994) 1303-1313). 43,200
    rows and 2,000 resamples take about a second.
    Raises ``ValueError`` when an argument is out of its range.
    """
    n = len(columns)
    if n < 1 or not block_length >= 1 or resamples < 1:
        raise ValueError(
            "resampled_sums: must have rows, block_length >= 1, resamples >= 1, got "
            f"{n=}, {block_length=}, {resamples=}"
        )
    drawn = [counts @ columns for counts in _counts(n, block_length, resamples, rng)]
    return np.concatenate(drawn)


def _counts(
    n: int, block_length: float, resamples: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield how often each row is drawn, (chunk, n), until ``resamples`` are done."""
    wide = max(1, _CHUNK // n)
    for done in range(0, resamples, wide):
        chunk = min(wide, resamples - done)
        if block_length == 1:
            places = rng.integers(0, n, (chunk, n)) + n * np.arange(chunk)[:, None]
            counts = np.bincount(places.ravel(), minlength=chunk * n)
            yield counts.reshape(chunk, n).astype(np.float64)
            continue
        begins = rng.random((chunk, n), np.float32) < 1.0 / block_length
        begins[:, 0] = True
        lengths = np.diff(np.flatnonzero(begins), append=chunk * n)
        blocks = np.count_nonzero(begins, axis=1)
        row = np.repeat(np.arange(chunk), blocks)
        starts = rng.integers(0, n, len(row))
        ends = starts + lengths
        wraps = ends >= n
        # A block adds 1 from its start on and takes it off at its end; one that runs on from the
        # last row also adds 1 from the first on.
        row *= n
        steps = np.bincount(row + starts, minlength=chunk * n)
        steps -= np.bincount(row + ends - n * wraps, minlength=chunk * n)
        lines = steps.reshape(chunk, n)
        lines[:, 0] += np.add.reduceat(wraps, np.cumsum(blocks) - blocks, dtype=np.int64)
        yield np.cumsum(lines, axis=1, dtype=np.float64)


def _length_of(influence: np.ndarray, block_length: float | None) -> float:
    return optimal_block_length(influence) if block_length is None else block_length


def _ratio(over: np.ndarray, under: np.ndarray, empty: float) -> np.ndarray:
    whole = np.full(len(over), empty)
    return np.asarray(np.divide(over, under, out=whole, where=under != 0))


def _sharpe(total: np.ndarray, squares: np.ndarray, n: int) -> np.ndarray:
    """Return per-bar ratios from Σr and Σr²; 0 without any spread."""
    variance = (squares - total * total / n) / (n - 1)
    spread = variance > 1e-14 * squares
    root = np.sqrt(np.where(spread, variance, 1.0))
    return np.where(spread, total / n / root, 0.0)


def difference_of(seen: float, drawn: np.ndarray, length: float, n: int) -> Difference:
    """Return p-values of the centred resamples, and the basic interval, which goes with them.

    seen: the difference; drawn: that of each resample, (resamples,). length, n: of blocks and data.
    """
    apart, k = drawn - seen, len(drawn)
    slack = 1e-12 * max(1.0, abs(seen))  # sums in another order
    below, above = np.quantile(apart, [0.025, 0.975])
    return Difference(
        difference=seen,
        p_greater=(1 + int((apart >= seen - slack).sum())) / (k + 1),
        p_less=(1 + int((apart <= seen + slack).sum())) / (k + 1),
        low=seen - float(above),
        high=seen - float(below),
        standard_error=float(apart.std()),
        block_length=length,
        n=n,
        resamples=k,
    )
