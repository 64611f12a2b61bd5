"""Parameters that walk-forward runs of another backtest vary."""

from __future__ import annotations

from titan_mlopt.core.search_space import Space

#: A space that warms up for 50 + 250 candles.
SHORT = Space({"confidence_filter.threshold": (0.52, 0.6, "float")}, {"ml.min_samples": 50})
