"""Returns of a position, bar by bar, and what is made of them: ratios, equity, moments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from titan_mlopt.backtest.chunks import Column, chunks_of, mean_of, sum_of

_TINY = 1e-15


def position_changes(position: np.ndarray, breaks: Sequence[int] = ()) -> np.ndarray:
    """Return by how much the position changes at each bar, (n,), >= 0; it is 0 before the first.

    breaks: bars before which it is 0 again, as a run of its own begins there.
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
    """Position · return of each bar, less ``cost_bps`` / 10⁴ a unit of changed position.

    A ``Column``: computed for the bars that are asked for. position, returns: (n,); breaks: as in
    ``position_changes``.
    """

    position: np.ndarray
    returns: np.ndarray
    cost_bps: float = 0.0
    breaks: Sequence[int] = ()

    def __len__(self) -> int:
        """Return the number of bars."""
        return len(self.returns)

    def __getitem__(self, cut: slice, /) -> np.ndarray:
        """Return those of the bars of a slice without a step."""
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
    """Return ``NetReturns`` of all bars, (n,)."""
    return NetReturns(position, returns, cost_bps, breaks)[:]


def sharpe_ratio(returns: Column, bars_per_year: float) -> float | None:
    """Return mean / sd (ddof 1) · sqrt(bars per year) (Sharpe 1994); None for n < 2 or sd 0."""
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
    """Return the standard error of an annualised Sharpe ratio from ``n`` independent bars.

    sqrt((1 + s²/2) / n) · sqrt(bars per year), s the ratio of one bar (Lo 2002, eq. 9).
    """
    per_bar = sharpe / math.sqrt(bars_per_year)
    return math.sqrt((1.0 + per_bar * per_bar / 2.0) / n * bars_per_year)


def sortino_ratio(returns: Column, bars_per_year: float) -> float | None:
    """Return mean / root mean square of the losses · sqrt(bars per year); None without losses."""
    n = len(returns)
    if not n:
        return None
    losses = sum_of(_squares(np.minimum(part, 0.0)) for part in chunks_of(returns))
    downside = math.sqrt(losses / n)
    return mean_of(returns) / downside * math.sqrt(bars_per_year) if downside > _TINY else None


def equity_and_drawdown(returns: Column) -> tuple[np.ndarray, np.ndarray]:
    """Return compounded equity from 1 on, and its fall from the highest so far, in [0, 1].

    A bar that loses more than everything (a short position in a price that more than doubles)
    ends at 0, where equity stays. Equity that no float holds is the largest float.
    """
    parts = [(np.empty(0), np.empty(0)), *equity_chunks(returns)]
    equity, drawdown = (np.concatenate(column) for column in zip(*parts, strict=True))
    return equity, drawdown


def equity_chunks(returns: Column) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield ``equity_and_drawdown`` of the returns in chunks, with the bits of the whole."""
    last = highest = np.float64(1.0)
    for part in chunks_of(returns):
        equity = 1.0 + part
        np.maximum(equity, 0.0, out=equity)
        with np.errstate(over="ignore", invalid="ignore"):
            equity[0] *= last
            np.cumprod(equity, out=equity)
        last = equity[-1]
        np.nan_to_num(equity, copy=False, nan=0.0)  # inf · 0: all is lost
        peak = np.maximum.accumulate(equity)
        np.maximum(peak, highest, out=peak)
        highest = peak[-1]
        drawdown = np.divide(equity, peak, out=peak)
        yield equity, np.subtract(1.0, drawdown, out=drawdown)


@dataclass(frozen=True, slots=True)
class Moments:
    """Of the returns of n bars: Sharpe ratio of one bar, skewness, kurtosis (3 for normal ones)."""

    n: int
    sharpe: float
    skewness: float
    kurtosis: float


def find_moments(returns: Column) -> Moments | None:
    """Return the moments of per-bar returns (n,); None for n < 2 or returns without any spread.

    sharpe: mean / sd with ddof 1, not annualised. skewness: m₃ / m₂^1.5, kurtosis: m₄ / m₂², with
    central moments of divisor n.
    """
    n = len(returns)
    if n < 2:
        return None
    mean = mean_of(returns)
    scale = max(float(np.abs(part - mean).max()) for part in chunks_of(returns))
    # Rounding alone leaves a spread of this size.
    if scale <= 1e-14 * abs(mean) or scale == 0.0:
        return None
    m2, m3, m4 = (
        sum_of(((part - mean) / scale) ** k for part in chunks_of(returns)) / n for k in (2, 3, 4)
    )
    sd = scale * math.sqrt(m2 * n / (n - 1))
    return Moments(n, mean / sd, m3 / m2**1.5, m4 / m2**2)
