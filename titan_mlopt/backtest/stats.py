"""Metrics of a backtest: pure functions of arrays, and the record that gathers them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from titan_mlopt.backtest.returns import (
    equity_and_drawdown,
    find_moments,
    net_returns,
    position_changes,
    sharpe_ratio,
    sharpe_standard_error,
    sortino_ratio,
)
from titan_mlopt.records import Checkpoint, Metrics

SECONDS_PER_YEAR = 365 * 86_400
N_ECE_BINS = 10
#: Edges of the bins of the ECE.
ECE_EDGES = np.arange(N_ECE_BINS + 1) / N_ECE_BINS
N_PLOT_BINS = 25
N_BLOCKS = 64
_CURVE_POINTS = 200
ROLLING_PREDICTIONS = 200
_NOISE_DRAWS = 1000
_TINY = 1e-15


def accuracy(hit: np.ndarray) -> float:
    """Return the share of True in ``hit`` (n,), 0 when there is no prediction."""
    return float(hit.mean()) if len(hit) else 0.0


def calibration_bins(
    confidence: np.ndarray, hit: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return count, sum of confidence and hits of each bin, (len(edges) - 1,) each.

    Bins are closed below and open above, the last one closed on both sides; the first and the last
    also take what lies beyond them.
    """
    n_bins, place = len(edges) - 1, bins_of(confidence, edges)
    count = np.bincount(place, minlength=n_bins)
    total = np.bincount(place, weights=confidence, minlength=n_bins)
    hits = np.bincount(place[np.asarray(hit, np.bool_)], minlength=n_bins)
    return count, total, hits


def bins_of(confidence: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the number of the bin that each confidence lies in (see ``calibration_bins``)."""
    place = np.searchsorted(edges, confidence, side="right")
    place -= 1
    return np.clip(place, 0, len(edges) - 2, out=place)


def _ece_bins(confidence: np.ndarray, hit: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return calibration_bins(confidence, hit, ECE_EDGES)


def expected_calibration_error(confidence: np.ndarray, hit: np.ndarray) -> float:
    """Return the top-label ECE in [0, 1] over 10 equal bins on [0, 1], 0 without predictions.

    Σ_b n_b/n · |mean confidence_b - hit rate_b| (Naeini et al. 2015; Guo et al. 2017).
    """
    if not len(confidence):
        return 0.0
    _, total, hits = _ece_bins(confidence, hit)
    return float(np.abs(total - hits).sum() / len(confidence))


def maximum_calibration_error(confidence: np.ndarray, hit: np.ndarray) -> float:
    """Return the largest |mean confidence - hit rate| of a bin that is not empty, else 0."""
    count, total, hits = _ece_bins(confidence, hit)
    filled = count > 0
    if not filled.any():
        return 0.0
    return float((np.abs(total - hits)[filled] / count[filled]).max())


def ece_noise(
    confidence: np.ndarray, seed: int = 0, draws: int = _NOISE_DRAWS
) -> tuple[float, float]:
    """Return mean and 95 % quantile of the ECE that perfect calibration shows; (0, 0) for n = 0.

    confidence: of the predictions, (n,), in [0, 1]. The hits of each bin are drawn as
    Binomial(n_b, mean confidence_b), ``draws`` times, seeded (after Bröcker & Smith 2007). The
    quantile is the smallest ECE drawn that at least 95 % of the draws do not exceed.
    """
    if not len(confidence):
        return 0.0, 0.0
    count, total, _ = _ece_bins(confidence, np.zeros(len(confidence), np.bool_))
    filled = count > 0
    count, total = count[filled], total[filled]
    rng = np.random.default_rng(seed)
    chance = np.minimum(total / count, 1.0)  # a sum of many 1.0 may round above its count
    hits = rng.binomial(count, chance, size=(draws, len(count)))
    gaps = np.abs(total - hits).sum(axis=1)
    most = np.quantile(gaps, 0.95, method="inverted_cdf")
    return float(gaps.mean() / len(confidence)), float(most / len(confidence))


def brier_score(confidence: np.ndarray, hit: np.ndarray) -> float | None:
    """Return the mean of (confidence - hit)², top-label, in [0, 1] (Brier 1950); None for n = 0."""
    gap = confidence - hit
    return float(np.square(gap, out=gap).mean()) if len(hit) else None


def log_loss(confidence: np.ndarray, hit: np.ndarray) -> float | None:
    """Return the mean of -ln(probability given to what happened), in nats; None for n = 0."""
    if not len(hit):
        return None
    given = 1.0 - confidence
    np.copyto(given, confidence, where=hit)
    np.log(np.clip(given, _TINY, None, out=given), out=given)
    return float(np.negative(given, out=given).mean())


@dataclass(frozen=True)
class BacktestStats:
    """The scored bars of a backtest; each array has one entry a bar, in order of time.

    direction: int8 +1 UP, -1 DOWN, 0 FLAT. confidence: in [.5, 1]. traded: bool.
    returns: close-to-close return of the bar after the decision. interval_s: seconds a bar.
    outcome: int8 direction of what happened, as direction; None means the sign of the returns.
    breaks: bars before which the position is 0 again, as a run of its own begins there.
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

    @cached_property
    def predicted(self) -> np.ndarray:
        """Bars with a prediction, bool (n,)."""
        return np.asarray(self.direction != 0)

    @cached_property
    def hit(self) -> np.ndarray:
        """Whether each bar's prediction came true; an unchanged close is a miss. bool (n,)."""
        outcome = self.returns if self.outcome is None else self.outcome  # their sign counts
        return np.asarray(self.direction * outcome > 0)

    @property
    def total(self) -> int:
        """Number of predictions."""
        return int(self.predicted.sum())

    @property
    def correct(self) -> int:
        """Number of hits."""
        return int(self.hit.sum())

    @property
    def bars_per_year(self) -> float:
        """Bars a year of 365 days: 525,600 for one-minute candles."""
        return SECONDS_PER_YEAR / self.interval_s

    @cached_property
    def position(self) -> np.ndarray:
        """+1, -1 or 0 for each bar, int8 (n,)."""
        return np.where(self.traded, self.direction, np.int8(0)).astype(np.int8, copy=False)

    @cached_property
    def net(self) -> np.ndarray:
        """Return of the position on each bar after costs, (n,)."""
        return net_returns(self.position, self.returns, self.cost_bps, self.breaks)

    def _scored(self) -> tuple[np.ndarray, np.ndarray]:
        return self.confidence[self.predicted], self.hit[self.predicted]

    def accuracy(self) -> float:
        """Return hits / predictions, 0 without predictions."""
        return accuracy(self.hit[self.predicted])

    def expected_calibration_error(self) -> float:
        """Return the ECE (see the function of that name)."""
        return expected_calibration_error(*self._scored())

    def sharpe_ratio(self) -> float | None:
        """Return the annualised Sharpe ratio of the position, None when it never moved."""
        return sharpe_ratio(self.net, self.bars_per_year)

    def brier_score(self) -> float | None:
        """Return the top-label Brier score, None without predictions."""
        return brier_score(*self._scored())

    def max_drawdown(self) -> float:
        """Return the largest fall of compounded equity from its peak, in [0, 1]."""
        return float(equity_and_drawdown(self.net)[1].max(initial=0.0))

    def head(self, n_bars: int) -> BacktestStats:
        """Return the stats of the first ``n_bars`` bars alone."""
        return self.part(0, n_bars)

    def tail(self, n_bars: int) -> BacktestStats:
        """Return the stats of the last ``n_bars`` bars alone, of all when there are fewer.

        The position counts as taken up at the first of them.
        """
        return self.part(max(0, len(self.direction) - n_bars), len(self.direction))

    def part(self, start: int, stop: int) -> BacktestStats:
        """Return the stats of the bars start <= bar < stop alone, counted from 0."""
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
        """Return every metric by its logged name, None where it has no value (docs/metrics.md)."""
        return dict(self._metrics)

    @cached_property
    def _metrics(self) -> Metrics:
        calibration = self._calibration()
        n, ratio = len(self.direction), self.bars_per_year
        sharpe, moments = self.sharpe_ratio(), find_moments(self.net)
        changes = position_changes(self.position, self.breaks)
        equity, drawdown = equity_and_drawdown(self.net)
        return {
            **calibration,
            "sharpe": sharpe,
            "sharpe_se": None if sharpe is None else sharpe_standard_error(sharpe, n, ratio),
            "skewness": None if moments is None else moments.skewness,
            "kurtosis": None if moments is None else moments.kurtosis,
            "sortino": sortino_ratio(self.net, ratio),
            "max_drawdown": float(drawdown.max(initial=0.0)),
            "total_return": float(equity[-1]) - 1.0 if n else 0.0,
            "turnover": float(changes.mean()) if n else 0.0,
            "n_predictions": float(self.total),
            "n_bars": float(n),
            "n_traded": float(np.count_nonzero(self.position)),
            "hits": float(self.correct),
            "coverage": self.total / n if n else 0.0,
            "unchanged_share": float((self.returns == 0.0).mean()) if n else 0.0,
        }

    def _calibration(self) -> Metrics:
        """Return the metrics of the predictions, whatever was traded."""
        confidence, hit = self._scored()
        noise, noise_95 = ece_noise(confidence, self.seed)
        return {
            "accuracy": accuracy(hit),
            "ece": expected_calibration_error(confidence, hit),
            "ece_noise": noise,
            "ece_noise_95": noise_95,
            "ece_gap": float((confidence - hit).mean()) if len(hit) else None,
            "mce": maximum_calibration_error(confidence, hit),
            "brier": brier_score(confidence, hit),
            "log_loss": log_loss(confidence, hit),
        }

    def plot_bins(self) -> tuple[tuple[int, float, int], ...]:
        """Return (count, sum of confidence, hits) of 25 equal bins on [.5, 1]."""
        edges = np.arange(N_PLOT_BINS, 2 * N_PLOT_BINS + 1) / (2 * N_PLOT_BINS)
        rows = zip(*calibration_bins(*self._scored(), edges), strict=True)
        return tuple((int(count), round(float(total), 6), int(hits)) for count, total, hits in rows)

    def curve(self) -> tuple[tuple[int, float, float], ...]:
        """Return at most 200 (bar, equity, drawdown) at equal distances, the last bar included."""
        equity, drawdown = equity_and_drawdown(self.net)
        return tuple(
            (int(i), round(float(equity[i]), 6), round(float(drawdown[i]), 6))
            for i in _spread(len(equity))
        )

    def rolling(self) -> tuple[tuple[int, float], ...]:
        """Return at most 200 (prediction, accuracy of the last 200 predictions before it)."""
        hits = np.cumsum(self.hit[self.predicted])
        window = ROLLING_PREDICTIONS
        ends = window + _spread(max(0, len(hits) + 1 - window))
        before = np.where(ends > window, hits[ends - window - 1], 0)
        rates = (hits[ends - 1] - before) / window
        return tuple(
            (int(end), round(float(rate), 4)) for end, rate in zip(ends, rates, strict=True)
        )

    def blocks(self) -> tuple[tuple[int, int, float, float], ...]:
        """Return (predictions, hits, Σ return, Σ return²) of 64 equal time blocks, or one a bar."""
        n_blocks = min(N_BLOCKS, len(self.direction))
        if not n_blocks:
            return ()
        starts = np.arange(n_blocks) * len(self.direction) // n_blocks
        sums = [
            np.add.reduceat(self.predicted, starts, dtype=np.int64),
            np.add.reduceat(self.hit, starts, dtype=np.int64),
            np.add.reduceat(self.net, starts),
            np.add.reduceat(np.square(self.net), starts),
        ]
        return tuple(
            (int(n), int(k), float(r), float(r2)) for n, k, r, r2 in zip(*sums, strict=True)
        )


def _spread(n: int) -> np.ndarray:
    """Return at most 200 indices from 0 to n - 1, equally far apart, both ends included."""
    return np.linspace(0, max(n - 1, 0), min(n, _CURVE_POINTS)).astype(np.int64)
