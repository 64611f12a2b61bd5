"""The embedded predictor: candles through indicators, classifier and ensemble, in blocks."""

from __future__ import annotations

import numpy as np

from titan_mlopt.backtest.engine.classifier import TRAINING_BARS, Classifier
from titan_mlopt.backtest.engine.ensemble import (
    Decisions,
    decide_bars,
    new_decisions,
    new_state,
    settings_of,
)
from titan_mlopt.backtest.engine.indicators import (
    N_FEATURES,
    N_INDICATORS,
    Bars,
    fill_features,
    fill_indicators,
    new_carry,
    warm_up_bars,
    windows_of,
)
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import CandleError
from titan_mlopt.core.parameters import Params

# Bars per block of indicators, which fits the processor's cache.
_BLOCK = 4096
_NO_QUOTA = -1


class Predictor:
    """Predicts the direction of each next candle; ``run`` continues where the last one stopped.

    The decisions are a pure function of (candles, config, seed), however many runs there are.

    Args:
        candles: At least ``warm_up_bars(config) + 2``.
        config: Full config, as ``merge_config`` returns it.
        seed: Seed of the classifier.
        keep_p_up: Whether to keep p(UP), which no metric needs: 8 bytes per candle.

    Attributes:
        warm_up: Number of bars before the first that can be predicted.
        decisions: Decisions of all bars, FLAT until they are decided.
        bar: The next bar to decide.
        n_predictions: Predictions so far, those before an unchanged close not counted.

    Raises:
        CandleError: There are too few candles.
    """

    def __init__(
        self, candles: Candles, config: Params, seed: int = 0, *, keep_p_up: bool = True
    ) -> None:
        self.warm_up: int = warm_up_bars(config)
        if len(candles) < self.warm_up + 2:
            raise CandleError(
                f"{candles.name}: must have at least {self.warm_up + 2} candles for these "
                f"indicators, got {len(candles)}; pass more candles or a larger limit"
            )
        self._bars = Bars(candles.open, candles.high, candles.low, candles.close, candles.volume)
        self._windows, self._settings = windows_of(config), settings_of(config)
        self._carry, self._state = new_carry(), new_state()
        self._indicators = np.empty((N_INDICATORS, _BLOCK))
        self._classified = np.full(_BLOCK, np.nan)
        self._classifier = Classifier(config, seed) if config["ml.enabled"] else None
        self._past = _Past(candles.close)
        self._next_fit = self.warm_up + int(config["ml.min_samples"])
        self._fit_interval = int(config["ml.train_interval"])
        self._block = (0, 0)
        self.decisions: Decisions = new_decisions(len(candles), keep_p_up=keep_p_up)
        self.bar = 0
        self.n_predictions = 0

    @property
    def finished(self) -> bool:
        """Whether every bar is decided."""
        return self.bar >= len(self._bars.close)

    @property
    def weights(self) -> np.ndarray:
        """The models' current weights, (4,), summing to 1."""
        return self._state.weights.copy()

    def run(self, until: int | None = None) -> None:
        """Decide bars until ``until`` predictions have been made in all, or all bars if None."""
        while not self.finished and (until is None or self.n_predictions < until):
            if self.bar == self._block[1]:
                self._open_block()
            quota = _NO_QUOTA if until is None else until - self.n_predictions
            self.bar, n_made = decide_bars(
                self._bars.close,
                max(self.bar, self.warm_up),
                self._block[1],
                self._block[0],
                quota,
                self._indicators,
                self._classified,
                self._settings,
                self._state,
                self.decisions,
            )
            self.n_predictions += n_made
        if self.finished:
            self.close()

    def close(self) -> None:
        """Free the classifier's trees; needed only if the run stops before the last bar."""
        if self._classifier is not None:
            self._classifier.close()

    def _open_block(self) -> None:
        """Train the classifier when it is due, then compute indicators and p(UP) of the block."""
        start = self._block[1]
        if self._classifier is not None and start == self._next_fit:
            self._classifier.fit(*self._past.examples())
            self._next_fit += self._fit_interval
        ends = [start + _BLOCK, len(self._bars.close)]
        if start < self.warm_up:
            ends.append(self.warm_up)
        if self._classifier is not None:
            ends.append(self._next_fit)
        stop = min(ends)
        fill_indicators(self._bars, start, stop, self._windows, self._carry, self._indicators)
        if self._classifier is not None and start >= self.warm_up:
            rows = np.empty((stop - start, N_FEATURES), np.float32)
            fill_features(self._bars, start, stop, self._indicators, rows)
            self._classified[: stop - start] = self._classifier.predict(rows)
            self._past.add(rows, start)
        self._block = (start, stop)


class _Past:
    """The classifier's training data: features and outcomes of the last ``TRAINING_BARS`` bars."""

    def __init__(self, close: np.ndarray) -> None:
        self._close = close
        self._rows = np.empty((0, N_FEATURES), np.float32)
        self._stop = 0

    def add(self, rows: np.ndarray, start: int) -> None:
        """Append the features of the bars from ``start`` on."""
        self._rows = np.concatenate([self._rows, rows])[-TRAINING_BARS:]
        self._stop = start + len(rows)

    def examples(self) -> tuple[np.ndarray, np.ndarray]:
        """Return features and labels of the bars with a known outcome, without unchanged closes."""
        start = self._stop - len(self._rows)
        step = np.diff(self._close[start : self._stop + 1])
        changed = step != 0.0
        return self._rows[changed], (step[changed] > 0.0).astype(np.float32)
