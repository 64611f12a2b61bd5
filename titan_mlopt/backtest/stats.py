"""The scored bars of a backtest and all their metrics."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from titan_mlopt.backtest.calibration import Bins, calibration_metrics
from titan_mlopt.backtest.chunks import cuts
from titan_mlopt.backtest.returns import (
    NetReturns,
    break_even_bps,
    equity_chunks,
    find_moments,
    position_changes,
    sharpe_ratio,
    sharpe_standard_error,
    sortino_ratio,
)
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.trial import SECONDS_PER_YEAR, Checkpoint, Metrics
from titan_mlopt.core.unchanged import DOWN, SKIP, UP

N_PLOT_BINS = 25
#: Edges of the confidence bins in plots.
PLOT_EDGES = np.arange(N_PLOT_BINS, 2 * N_PLOT_BINS + 1) / (2 * N_PLOT_BINS)
N_BLOCKS = 64
_CURVE_POINTS = 200
ROLLING_PREDICTIONS = 200


@dataclass(frozen=True)
class BacktestStats:
    """The scored bars of a backtest; each array has one entry per bar, (n,), in order of time.

    Attributes:
        direction: Predicted direction, int8: +1 UP, -1 DOWN, 0 FLAT (no prediction).
        confidence: In the direction, float64 in [.5, 1].
        traded: Whether the prediction is traded, bool.
        returns: Close-to-close return of the bar after the decision, float64.
        interval_s: Seconds per bar.
        cost_bps: Trading costs in basis points per unit of changed position.
        seed: Seed of the ECE's noise floor.
        outcome: Actual direction, int8 as ``direction``; None for the sign of the returns.
        breaks: Bars before which the position is 0 again, because a new run begins there.
        unchanged: What an unchanged close counts as (``core.unchanged``).
    """

    direction: np.ndarray
    confidence: np.ndarray
    traded: np.ndarray
    returns: np.ndarray
    interval_s: float = 60.0
    cost_bps: float = 0.0
    seed: int = 0
    outcome: np.ndarray | None = None
    breaks: tuple[int, ...] = ()
    unchanged: str = SKIP

    @cached_property
    def actual(self) -> np.ndarray:
        """The direction that each bar's close took, int8 (n,); 0 for an unchanged one.

        Where an unchanged close counts as a move, it is one here.
        """
        if self.outcome is not None:
            actual = self.outcome
        else:
            actual = np.empty(len(self.returns), np.int8)
            for cut in cuts(len(actual)):
                actual[cut] = np.sign(self.returns[cut])
        return fill_unchanged(actual, self.unchanged)

    @cached_property
    def predicted(self) -> np.ndarray:
        """Whether each bar has a prediction that counts, bool (n,)."""
        predicted = np.asarray(self.direction != 0)
        if self.unchanged == SKIP:
            predicted &= self.actual != 0
        return predicted

    @cached_property
    def hit(self) -> np.ndarray:
        """Whether each bar's prediction came true, bool (n,)."""
        hit = np.empty(len(self.direction), np.bool_)
        for cut in cuts(len(hit)):
            np.greater(self.direction[cut] * self.actual[cut], 0, out=hit[cut])
        return hit

    @property
    def total(self) -> int:
        """Number of predictions that count."""
        return int(self.predicted.sum())

    @property
    def correct(self) -> int:
        """Number of hits."""
        return int(self.hit.sum())

    @property
    def bars_per_year(self) -> float:
        """Bars per year of 365 days: 525,600 for one-minute candles."""
        return SECONDS_PER_YEAR / self.interval_s

    @cached_property
    def position(self) -> np.ndarray:
        """The traded position per bar, +1, -1 or 0, int8 (n,)."""
        return np.where(self.traded, self.direction, np.int8(0)).astype(np.int8, copy=False)

    @property
    def net(self) -> np.ndarray:
        """Return of the position per bar after costs, (n,); not cached."""
        return self.net_returns[:]

    @property
    def net_returns(self) -> NetReturns:
        """The same as a column that computes only the bars that are read."""
        return NetReturns(self.position, self.returns, self.cost_bps, self.breaks)

    def predictions(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield confidence and hit of the predictions in order, in chunks of bars."""
        for cut in cuts(len(self.direction)):
            predicted = self.predicted[cut]
            yield self.confidence[cut][predicted], self.hit[cut][predicted]

    def _bins(self, *edges: np.ndarray) -> Bins:
        bins = Bins(*edges)
        for confidence, hit in self.predictions():
            bins.add(confidence, hit)
        return bins

    def accuracy(self) -> float:
        """Return hits / predictions, 0 without predictions."""
        return self.correct / self.total if self.total else 0.0

    def expected_calibration_error(self) -> float:
        """Return the ECE (see ``calibration.expected_calibration_error``)."""
        return self._bins().ece()

    def sharpe_ratio(self) -> float | None:
        """Return the annualised Sharpe ratio of the position, None without any spread."""
        return sharpe_ratio(self.net_returns, self.bars_per_year)

    def brier_score(self) -> float | None:
        """Return the top-label Brier score, None without predictions."""
        return self.metrics()["brier"]

    def max_drawdown(self) -> float:
        """Return the largest drawdown of the compounded equity, in [0, 1]."""
        return self.metrics()["max_drawdown"] or 0.0

    def head(self, n_bars: int) -> BacktestStats:
        """Return the stats of the first ``n_bars`` bars."""
        return self.part(0, n_bars)

    def tail(self, n_bars: int) -> BacktestStats:
        """Return the stats of the last ``n_bars`` bars, or of all if there are fewer.

        The position before the first of them is 0.
        """
        return self.part(max(0, len(self.direction) - n_bars), len(self.direction))

    def part(self, start: int, stop: int) -> BacktestStats:
        """Return the stats of the bars start <= bar < stop, counted from 0."""
        cut = slice(start, stop)
        return replace(
            self,
            direction=self.direction[cut],
            confidence=self.confidence[cut],
            traded=self.traded[cut],
            returns=self.returns[cut],
            outcome=None if self.outcome is None else self.outcome[cut],
            breaks=tuple(bar - start for bar in self.breaks if start < bar < stop),
        )

    def checkpoint(self) -> Checkpoint:
        """Return the metrics that a running trial reports."""
        return Checkpoint(
            n_predictions=self.total,
            n_bars=len(self.direction),
            accuracy=self.accuracy(),
            ece=self.expected_calibration_error(),
            sharpe=self.sharpe_ratio(),
        )

    def metrics(self) -> Metrics:
        """Return every metric by its logged name, None where undefined (docs/metrics.md)."""
        return dict(self._metrics)

    @cached_property
    def _metrics(self) -> Metrics:
        n, ratio, net = len(self.direction), self.bars_per_year, self.net_returns
        sharpe, moments = self.sharpe_ratio(), find_moments(net)
        changes = position_changes(self.position, self.breaks)
        equity, drawdown = 1.0, 0.0
        for values, falls in equity_chunks(net):
            equity, drawdown = float(values[-1]), max(drawdown, float(falls.max()))
        return {
            **calibration_metrics(self.predictions(), self.seed),
            "sharpe": sharpe,
            "sharpe_se": None if sharpe is None else sharpe_standard_error(sharpe, n, ratio),
            "skewness": None if moments is None else moments.skewness,
            "kurtosis": None if moments is None else moments.kurtosis,
            "sortino": sortino_ratio(net, ratio),
            "max_drawdown": drawdown,
            "total_return": equity - 1.0,
            "turnover": float(changes.mean()) if n else 0.0,
            "break_even_bps": break_even_bps(self.position, self.returns, self.breaks),
            "n_predictions": float(self.total),
            "n_bars": float(n),
            "n_traded": float(np.count_nonzero(self.position)),
            "hits": float(self.correct),
            "coverage": self.total / n if n else 0.0,
            "unchanged_share": float((self.returns == 0.0).mean()) if n else 0.0,
        }

    def plot_bins(self) -> tuple[tuple[int, float, int], ...]:
        """Return (count, sum of confidence, hits) of 25 equal bins on [.5, 1]."""
        bins = self._bins(PLOT_EDGES)
        rows = zip(bins.count, bins.confidence, bins.hits, strict=True)
        return tuple((int(count), round(float(total), 6), int(hits)) for count, total, hits in rows)

    def curve(self) -> tuple[tuple[int, float, float], ...]:
        """Return at most 200 evenly spaced (bar, equity, drawdown), the last bar included."""
        bars, start = _spread(len(self.direction)), 0
        points = list[tuple[int, float, float]]()
        for equity, drawdown in equity_chunks(self.net_returns):
            stop = start + len(equity)
            for bar in bars[(start <= bars) & (bars < stop)].tolist():
                value, fall = float(equity[bar - start]), float(drawdown[bar - start])
                points.append((bar, round(value, 6), round(fall, 6)))
            start = stop
        return tuple(points)

    def rolling(self) -> tuple[tuple[int, float], ...]:
        """Return at most 200 (number of predictions, accuracy of the last 200 of them)."""
        hits, window = self.hit[self.predicted], ROLLING_PREDICTIONS
        ends = window + _spread(max(0, len(hits) + 1 - window))
        return tuple(
            (end, round(int(hits[end - window : end].sum()) / window, 4)) for end in ends.tolist()
        )

    def blocks(self) -> tuple[tuple[int, int, float, float], ...]:
        """Return (predictions, hits, Σ return, Σ return²) of 64 equal time blocks.

        With fewer than 64 bars each bar is a block.
        """
        n, net = len(self.direction), self.net_returns
        n_blocks = min(N_BLOCKS, n)
        if not n_blocks:
            return ()
        edges = [block * n // n_blocks for block in range(n_blocks)]
        rows = list[tuple[int, int, float, float]]()
        for start, stop in zip(edges, [*edges[1:], n], strict=True):
            n_predictions, hits = self.predicted[start:stop].sum(), self.hit[start:stop].sum()
            returns = net[start:stop]
            rows.append((int(n_predictions), int(hits), _sum(returns), _sum(np.square(returns))))
        return tuple(rows)


def fill_unchanged(moves: np.ndarray, rule: str) -> np.ndarray:
    """Return the moves with those of unchanged closes counted as the rule says.

    Args:
        moves: +1, -1 and 0 for an unchanged close, of any integer type, (n,).
        rule: Of ``core.unchanged``.

    Returns:
        Moves of the same type, (n,): the same array unless the rule is UP or DOWN.
    """
    if rule not in (UP, DOWN):
        return moves
    return np.where(moves == 0, 1 if rule == UP else -1, moves).astype(moves.dtype)


def _sum(values: np.ndarray) -> float:
    return float(np.add.reduceat(values, [0])[0])


def _spread(n: int) -> np.ndarray:
    """Return at most 200 evenly spaced indices from 0 to n - 1, both ends included."""
    return np.linspace(0, max(n - 1, 0), min(n, _CURVE_POINTS)).astype(np.int64)


# --- bars in a file ------------------------------------------------------------------------------

_COLUMNS = ("direction", "confidence", "traded", "returns")


def save_bars(stats: BacktestStats, path: str | Path) -> None:
    """Write stats to a ``.npz`` file, so that two runs can be compared bar by bar."""
    columns = {name: getattr(stats, name) for name in _COLUMNS}
    if stats.outcome is not None:
        columns["outcome"] = stats.outcome
    numbers = np.array([stats.interval_s, stats.cost_bps, float(stats.seed)])
    columns["unchanged"] = np.array(stats.unchanged)
    with Path(path).open("wb") as file:
        np.savez(file, numbers=numbers, **columns)


def load_bars(path: str | Path) -> BacktestStats:
    """Return the stats that ``save_bars`` wrote. Nothing is unpickled.

    Raises:
        BacktestError: The file cannot be read or is no such file.
    """
    try:
        with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            interval_s, cost_bps, seed = file["numbers"].tolist()
            return BacktestStats(
                **{name: file[name] for name in _COLUMNS},
                interval_s=interval_s,
                cost_bps=cost_bps,
                seed=int(seed),
                outcome=file["outcome"] if "outcome" in file.files else None,
                unchanged=str(file["unchanged"]),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BacktestError(
            f"bars: must be the file that the backtest's process wrote, got {error}"
        ) from error
