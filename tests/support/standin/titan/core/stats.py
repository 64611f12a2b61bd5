"""What the stand-in returns: ``ece()`` but no ``accuracy()``, methods beside plain attributes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class BacktestStats:
    """Sums of the bars so far."""

    total: int = 0
    correct: int = 0
    bars: int = 0
    max_drawdown: float = 0.0
    _gains: list[float] = field(default_factory=list)
    _bins: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0] for _ in range(10)])
    _equity: float = 1.0
    _peak: float = 1.0

    def add(self, direction: int, confidence: float, change: float) -> None:
        """Count one bar; direction 0 is no prediction."""
        self.bars += 1
        gain = direction * change
        self._gains.append(gain)
        self._equity *= 1.0 + gain
        self._peak = max(self._peak, self._equity)
        self.max_drawdown = max(self.max_drawdown, 1.0 - self._equity / self._peak)
        if direction:
            self.total += 1
            self.correct += gain > 0
            place = self._bins[min(int(confidence * 10), 9)]
            place[0] += confidence
            place[1] += gain > 0

    def ece(self) -> float:
        """Return the expected calibration error over 10 bins."""
        return sum(abs(sure - hits) for sure, hits in self._bins) / max(self.total, 1)

    def sharpe_ratio(self) -> float:
        """Return the Sharpe ratio of one-minute bars, a year of them; 0 without spread."""
        n = len(self._gains)
        mean = sum(self._gains) / max(n, 1)
        variance = sum((gain - mean) ** 2 for gain in self._gains) / max(n - 1, 1)
        return mean / math.sqrt(variance) * math.sqrt(525_600) if variance > 0 else 0.0

    def win_rate(self) -> float:
        """Return the share of predictions that won; fails without one, as Titan's does."""
        return self.correct / self.total

    def reset(self) -> None:
        """Forget everything; whoever calls every method of an object loses its numbers."""
        self.__init__()  # type: ignore[misc]
