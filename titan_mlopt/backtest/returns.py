"""Returns of a position per bar, and their ratios, equity, drawdown and moments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from titan_mlopt.backtest.chunks import Column, chunks_of, mean_of, sum_of

_TINY = 1e-15


def position_changes(position: np.ndarray, breaks: Sequence[int] = ()) -> np.ndarray:
    """Return the absolute change of the position at each bar.

    Args:
        position: +1, -1 or 0 per bar, (n,). Before the first bar it is 0.
        breaks: Bars before which the position is 0 again, because a new run begins there.

    Returns:
        The changes, (n,), each 0, 1 or 2.
    """
    return _changes(position, breaks, 0, len(position))


def _changes(position: np.ndarray, breaks: Sequence[int], start: int, stop: int) -> np.ndarray:
    before = position[start - 1] if start else position.dtype.type(0)
    changes = np.abs(np.diff(position[start:stop], prepend=before))
    for bar in breaks:
        if start <= bar < stop:
            changes[bar - start] = abs(position[bar])
    return np.asarray(changes)


@dataclass(frozen=True, slots=True)
class NetReturns:
    """The position's return per bar after costs: position · return - cost · change of position.

    A ``Column`` that computes only the bars that are read.

    Attributes:
        position: +1, -1 or 0 per bar, (n,).
        returns: Return of each bar, (n,).
        cost_bps: Costs in basis points per unit of changed position.
        breaks: As in ``position_changes``.
    """

    position: np.ndarray
    returns: np.ndarray
    cost_bps: float = 0.0
    breaks: Sequence[int] = ()

    def __len__(self) -> int:
        """Return the number of bars."""
        return len(self.returns)

    def __getitem__(self, cut: slice, /) -> np.ndarray:
        """Return the net returns of a slice without a step."""
        start, stop, _ = cut.indices(len(self))
        net = np.asarray(self.position[start:stop] * self.returns[start:stop])
        if self.cost_bps:
            net -= _changes(self.position, self.breaks, start, stop) * (self.cost_bps / 1e4)
        return net


def net_returns(
    position: np.ndarray,
    returns: np.ndarray,
    cost_bps: float = 0.0,
    breaks: Sequence[int] = (),
) -> np.ndarray:
    """Return the net return of every bar, (n,), as ``NetReturns`` defines it."""
    return NetReturns(position, returns, cost_bps, breaks)[:]


def break_even_bps(
    position: np.ndarray, returns: np.ndarray, breaks: Sequence[int] = ()
) -> float | None:
    """Return the costs at which the mean return of a position is 0.

    Σ position · return / Σ change of position, one way: above these costs the position loses.

    Args:
        position: +1, -1 or 0 per bar, (n,).
        returns: Return of each bar before costs, (n,).
        breaks: As in ``position_changes``.

    Returns:
        Basis points of what changes hands, negative where it loses before any costs; None without a
        change of position.
    """
    changed = float(position_changes(position, breaks).sum())
    gross = sum_of(chunks_of(NetReturns(position, returns)))
    return gross / changed * 1e4 if changed else None


def sharpe_ratio(returns: Column, bars_per_year: float) -> float | None:
    """Return the annualised Sharpe ratio, mean / sd (ddof 1) · √(bars per year).

    W. F. Sharpe, The Sharpe ratio, Journal of Portfolio Management 21 (1994) no. 1, 49-58, with a
    risk-free rate of 0.

    Args:
        returns: Return per bar, (n,), bars without a position included.
        bars_per_year: > 0.

    Returns:
        The ratio; None for n < 2 or a standard deviation of 0.
    """
    n = len(returns)
    if n < 2:
        return None
    mean = mean_of(returns)
    sd = math.sqrt(sum_of(_squares(part - mean) for part in chunks_of(returns)) / (n - 1))
    if sd <= _TINY:
        return None
    return mean / sd * math.sqrt(bars_per_year)


def _squares(values: np.ndarray) -> np.ndarray:
    np.square(values, out=values)
    return values


def sharpe_standard_error(sharpe: float, n: int, bars_per_year: float) -> float:
    """Return the standard error of an annualised Sharpe ratio.

    √((1 + s²/2) / n) · √(bars per year), s the per-bar ratio (A. W. Lo, The statistics of Sharpe
    ratios, Financial Analysts Journal 58 (2002) no. 4, 36-52, eq. 9).

    Args:
        sharpe: The annualised ratio.
        n: Number of bars, > 0, taken as independent.
        bars_per_year: > 0.
    """
    per_bar = sharpe / math.sqrt(bars_per_year)
    return math.sqrt((1.0 + per_bar * per_bar / 2.0) / n * bars_per_year)


def sortino_ratio(returns: Column, bars_per_year: float) -> float | None:
    """Return the annualised Sortino ratio, mean / downside deviation · √(bars per year).

    The downside deviation is √(Σ min(return, 0)² / n).

    Args:
        returns: Return per bar, (n,), bars without a position included.
        bars_per_year: > 0.

    Returns:
        The ratio; None without a losing bar.
    """
    n = len(returns)
    if not n:
        return None
    losses = sum_of(_squares(np.minimum(part, 0.0)) for part in chunks_of(returns))
    downside = math.sqrt(losses / n)
    return mean_of(returns) / downside * math.sqrt(bars_per_year) if downside > _TINY else None


def equity_and_drawdown(returns: Column) -> tuple[np.ndarray, np.ndarray]:
    """Return the compounded equity and its drawdown after each bar.

    Args:
        returns: Return per bar, (n,). One below -1 (a short position while the price more than
            doubles) loses everything: equity is 0 from there on.

    Returns:
        Equity, (n,), starting from 1 before the first bar and limited to the largest float; and
        its drawdown from the highest value so far, (n,), in [0, 1].
    """
    parts = [(np.empty(0), np.empty(0)), *equity_chunks(returns)]
    equity, drawdown = (np.concatenate(column) for column in zip(*parts, strict=True))
    return equity, drawdown


def equity_chunks(returns: Column) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield ``equity_and_drawdown`` in chunks, bit for bit the same values."""
    last = highest = np.float64(1.0)
    for part in chunks_of(returns):
        equity = 1.0 + part
        np.maximum(equity, 0.0, out=equity)
        with np.errstate(over="ignore", invalid="ignore"):
            equity[0] *= last
            np.cumprod(equity, out=equity)
        last = equity[-1]
        np.nan_to_num(equity, copy=False, nan=0.0)  # inf · 0: everything is lost
        peak = np.maximum.accumulate(equity)
        np.maximum(peak, highest, out=peak)
        highest = peak[-1]
        drawdown = np.divide(equity, peak, out=peak)
        yield equity, np.subtract(1.0, drawdown, out=drawdown)


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of the returns of n bars.

    Attributes:
        n: Number of bars.
        sharpe: Per-bar Sharpe ratio, mean / sd (ddof 1).
        skewness: m₃ / m₂^1.5.
        kurtosis: m₄ / m₂², 3 for a normal distribution.
    """

    n: int
    sharpe: float
    skewness: float
    kurtosis: float


def find_moments(returns: Column) -> Moments | None:
    """Return the moments of per-bar returns, from central moments m with divisor n.

    Args:
        returns: Return per bar, (n,).

    Returns:
        The moments; None for n < 2 or when all returns are equal.
    """
    n = len(returns)
    if n < 2:
        return None
    mean = mean_of(returns)
    scale = max(float(np.abs(part - mean).max()) for part in chunks_of(returns))
    # Equal returns have a spread of this size from rounding alone.
    if scale <= 1e-14 * abs(mean) or scale == 0.0:
        return None
    m2, m3, m4 = (
        sum_of(((part - mean) / scale) ** k for part in chunks_of(returns)) / n for k in (2, 3, 4)
    )
    sd = scale * math.sqrt(m2 * n / (n - 1))
    return Moments(n, mean / sd, m3 / m2**1.5, m4 / m2**2)
