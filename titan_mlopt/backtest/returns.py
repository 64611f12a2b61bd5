"""Returns of a position, bar by bar, and what is made of them: ratios, equity, moments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_TINY = 1e-15


def position_changes(position: np.ndarray, breaks: Sequence[int] = ()) -> np.ndarray:
    """Return by how much the position changes at each bar, (n,), >= 0; it is 0 before the first.

    breaks: bars before which it is 0 again, as a run of its own begins there.
    """
    changes = np.abs(np.diff(position, prepend=position.dtype.type(0)))
    for bar in breaks:
        changes[bar] = abs(position[bar])
    return np.asarray(changes)


def net_returns(
    position: np.ndarray,
    returns: np.ndarray,
    cost_bps: float = 0.0,
    breaks: Sequence[int] = (),
) -> np.ndarray:
    """Return position · return of each bar, less ``cost_bps`` / 10⁴ a unit of changed position."""
    net = np.asarray(position * returns)
    if cost_bps:
        net -= position_changes(position, breaks) * (cost_bps / 1e4)
    return net


def sharpe_ratio(returns: np.ndarray, bars_per_year: float) -> float | None:
    """Return mean / sd (ddof 1) · sqrt(bars per year) (Sharpe 1994); None for n < 2 or sd 0."""
    if len(returns) < 2:
        return None
    sd = float(returns.std(ddof=1))
    if sd <= _TINY:
        return None
    return float(returns.mean()) / sd * math.sqrt(bars_per_year)


def sharpe_standard_error(sharpe: float, n: int, bars_per_year: float) -> float:
    """Return the standard error of an annualised Sharpe ratio from ``n`` independent bars.

    sqrt((1 + s²/2) / n) · sqrt(bars per year), s the ratio of one bar (Lo 2002, eq. 9).
    """
    per_bar = sharpe / math.sqrt(bars_per_year)
    return math.sqrt((1.0 + per_bar * per_bar / 2.0) / n * bars_per_year)


def sortino_ratio(returns: np.ndarray, bars_per_year: float) -> float | None:
    """Return mean / root mean square of the losses · sqrt(bars per year); None without losses."""
    if not len(returns):
        return None
    losses = np.minimum(returns, 0.0)
    downside = math.sqrt(float(np.square(losses, out=losses).mean()))
    return float(returns.mean()) / downside * math.sqrt(bars_per_year) if downside > _TINY else None


def equity_and_drawdown(returns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return compounded equity from 1 on, and its fall from the highest so far, in [0, 1].

    A bar that loses more than everything (a short position in a price that more than doubles)
    ends at 0, where equity stays. Equity that no float holds is the largest float.
    """
    equity = 1.0 + returns
    np.maximum(equity, 0.0, out=equity)
    with np.errstate(over="ignore", invalid="ignore"):
        np.cumprod(equity, out=equity)
    np.nan_to_num(equity, copy=False, nan=0.0)  # inf · 0: all is lost
    peak = np.maximum.accumulate(equity)
    np.maximum(peak, 1.0, out=peak)
    drawdown = np.divide(equity, peak, out=peak)
    return equity, np.subtract(1.0, drawdown, out=drawdown)


@dataclass(frozen=True, slots=True)
class Moments:
    """Of the returns of n bars: Sharpe ratio of one bar, skewness, kurtosis (3 for normal ones)."""

    n: int
    sharpe: float
    skewness: float
    kurtosis: float


def find_moments(returns: np.ndarray) -> Moments | None:
    """Return the moments of per-bar returns (n,); None for n < 2 or returns without any spread.

    sharpe: mean / sd with ddof 1, not annualised. skewness: m₃ / m₂^1.5, kurtosis: m₄ / m₂², with
    central moments of divisor n.
    """
    values = np.asarray(returns, np.float64)
    n = len(values)
    if n < 2:
        return None
    mean = float(values.mean())
    away = values - mean
    scale = float(np.abs(away).max())
    # Rounding alone leaves a spread of this size.
    if scale <= 1e-14 * abs(mean) or scale == 0.0:
        return None
    away /= scale
    m2, m3, m4 = (float((away**k).mean()) for k in (2, 3, 4))
    sd = scale * math.sqrt(m2 * n / (n - 1))
    return Moments(n, mean / sd, m3 / m2**1.5, m4 / m2**2)
