"""A thread that looks at a growing file of predictions, and tells each step that it reached."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from titan_mlopt.backtest.predictions import PredictionReader

#: Seconds between two looks.
POLL_S = 0.05


class Follower(threading.Thread):
    """Looks at a growing file of predictions until it is told to finish."""

    def __init__(
        self,
        reader: PredictionReader,
        grid: Sequence[int],
        on_step: Callable[[PredictionReader, int], None],
    ) -> None:
        super().__init__(name="predictions", daemon=True)
        self._reader, self._grid, self._on_step = reader, list(grid), on_step
        self._done = threading.Event()

    def run(self) -> None:
        """Look, again and again, until it is finished."""
        while not self._done.wait(POLL_S):
            self._look()

    def _look(self, *, ended: bool = False) -> None:
        """Take in what was written, and tell each step that it reached."""
        self._reader.read(ended=ended)
        while self._grid and self._grid[0] <= self._reader.n_predictions:
            self._on_step(self._reader, self._grid.pop(0))

    def finish(self) -> None:
        """Stop looking after a last look: so the steps are the same however fast it was."""
        self._done.set()
        self.join()
        self._look(ended=True)
