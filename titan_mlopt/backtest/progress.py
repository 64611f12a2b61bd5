"""The metrics of a run at its checkpoints, each from the bars since the one before."""

from __future__ import annotations

import numpy as np

from titan_mlopt.backtest.returns import net_returns, sharpe_ratio
from titan_mlopt.backtest.stats import ECE_EDGES, N_ECE_BINS, BacktestStats, bins_of
from titan_mlopt.records import Checkpoint


class Progress:
    """Gives what ``BacktestStats.checkpoint`` would, to the bit, without scoring old bars again.

    whole: stats of all bars of the run; their decisions may still be to come.
    """

    def __init__(self, whole: BacktestStats) -> None:
        self._whole, self._bars = whole, 0
        self._net = np.empty(len(whole.returns))
        self._predictions = self._hits = 0
        self._confidence, self._bin_hits = np.zeros(N_ECE_BINS), np.zeros(N_ECE_BINS)

    def checkpoint(self, n_bars: int) -> Checkpoint:
        """Return the checkpoint after ``n_bars`` bars, no fewer than at the call before."""
        self._score(n_bars)
        n, gaps = self._predictions, np.abs(self._confidence - self._bin_hits)
        return Checkpoint(
            n_predictions=n,
            n_bars=n_bars,
            accuracy=self._hits / n if n else 0.0,
            ece=float(gaps.sum() / n) if n else 0.0,
            sharpe=sharpe_ratio(self._net[:n_bars], self._whole.bars_per_year),
        )

    def _score(self, n_bars: int) -> None:
        """Take in the bars up to ``n_bars``; sums go on in their order, so that no bit differs."""
        old = min(1, self._bars)  # its position is what the first new one changes from
        new = self._whole.part(self._bars - old, n_bars)
        self._net[self._bars : n_bars] = net_returns(new.position, new.returns, new.cost_bps)[old:]
        made = new.predicted[old:]
        confidence, hit = new.confidence[old:][made], new.hit[old:][made]
        place = bins_of(confidence, ECE_EDGES)
        np.add.at(self._confidence, place, confidence)
        np.add.at(self._bin_hits, place, hit)
        self._predictions += len(hit)
        self._hits += int(hit.sum())
        self._bars = n_bars
