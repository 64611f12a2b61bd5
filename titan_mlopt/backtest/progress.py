"""The metrics of a run at its checkpoints, each from the bars since the one before."""

from __future__ import annotations

from titan_mlopt.backtest.calibration import Bins
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.records import Checkpoint


class Progress:
    """Gives what ``BacktestStats.checkpoint`` would, to the bit, without scoring old bars again.

    whole: stats of all bars of the run; their decisions may still be to come.
    """

    def __init__(self, whole: BacktestStats) -> None:
        self._whole, self._bars, self._bins = whole, 0, Bins()

    def checkpoint(self, n_bars: int) -> Checkpoint:
        """Return the checkpoint after ``n_bars`` bars, no fewer than at the call before."""
        for confidence, hit in self._whole.part(self._bars, n_bars).predictions():
            self._bins.add(confidence, hit)
        self._bars, n = n_bars, self._bins.total
        return Checkpoint(
            n_predictions=n,
            n_bars=n_bars,
            accuracy=int(self._bins.hits.sum()) / n if n else 0.0,
            ece=self._bins.ece(),
            sharpe=self._whole.head(n_bars).sharpe_ratio(),
        )
