"""The engine: the sum of its stages, alive in every parameter, on made and real minutes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from support.engine_cases import bars_of, bits, decided, indicators_of
from support.paths import DATA
from titan_mlopt.backtest.engine.classifier import TRAINING_BARS, Classifier
from titan_mlopt.backtest.engine.ensemble import (
    Decisions,
    decide_bars,
    new_decisions,
    new_state,
    settings_of,
)
from titan_mlopt.backtest.engine.indicators import N_FEATURES, fill_features, warm_up_bars
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, ParamValue, merge_config

REAL = DATA / "BTCUSDT_1m_20250301.csv.gz"
SOURCES = ("sample", "real")
CandlesOf = Callable[[str], Candles]


@pytest.fixture(scope="module")
def candles_of() -> CandlesOf:
    """The embedded sample, or four days of real minutes; without the file the test is skipped."""
    loaded = {"sample": sample_candles()}

    def of(source: str) -> Candles:
        if source == "real" and "real" not in loaded:
            if not REAL.is_file():
                pytest.skip(f"no real candles: {REAL} is absent")
            loaded["real"] = load_candles(REAL, 5760)
        return loaded[source]

    return of


class Assembly:
    """The predictor put together anew: whole series at once, classifier answers kept.

    Parameters of the ensemble can then be tried without training again.
    """

    def __init__(self, candles: Candles) -> None:
        self._candles = candles
        self._kept: dict[tuple[ParamValue, ...], tuple[np.ndarray, np.ndarray]] = {}

    def stats(self, config: Params) -> BacktestStats:
        out, candles, warm = self.decisions(config), self._candles, warm_up_bars(config)
        scored = slice(warm, len(candles) - 1)
        returns = candles.close[warm + 1 :] / candles.close[scored] - 1.0
        return BacktestStats(
            out.direction[scored], out.confidence[scored], out.traded[scored], returns
        )

    def decisions(self, config: Params) -> Decisions:
        key = tuple(v for name, v in config.items() if name.startswith(("feature.", "ml.")))
        if key not in self._kept:
            self._kept[key] = self._learned(config)
        indicators, p_up = self._kept[key]
        n, warm, out = len(self._candles), warm_up_bars(config), new_decisions(len(self._candles))
        decide_bars(
            *(self._candles.close, warm, n, warm, -1, indicators, p_up),
            *(settings_of(config), new_state(), out),
        )
        return out

    def _learned(self, config: Params) -> tuple[np.ndarray, np.ndarray]:
        candles, n, warm = self._candles, len(self._candles), warm_up_bars(config)
        indicators = np.ascontiguousarray(indicators_of(candles, config)[:, warm:])
        rows = np.empty((n - warm, N_FEATURES), np.float32)
        fill_features(bars_of(candles), warm, n, indicators, rows)
        p_up, classifier = np.full(n - warm, np.nan), Classifier(config, 0)
        step = np.diff(candles.close)[warm:]  # of the row's next bar
        interval = int(config["ml.train_interval"])
        for now in range(int(config["ml.min_samples"]), n - warm, interval):
            known = np.arange(max(0, now - TRAINING_BARS), now)
            known = known[step[known] != 0.0]
            classifier.fit(rows[known], step[known] > 0.0)
            p_up[now : now + interval] = classifier.predict(rows[now : now + interval])
        classifier.close()
        return indicators, p_up


@pytest.fixture(scope="module")
def assembly_of(candles_of: CandlesOf) -> Callable[[str], Assembly]:
    kept: dict[str, Assembly] = {}

    def of(source: str) -> Assembly:
        if source not in kept:
            kept[source] = Assembly(candles_of(source))
        return kept[source]

    return of


@pytest.mark.parametrize("source", SOURCES)
def test_the_predictor_is_the_sum_of_its_stages(
    candles_of: CandlesOf, assembly_of: Callable[[str], Assembly], source: str
) -> None:
    # 5,760 bars: a block of 4,096 is crossed, and the last training forgets the oldest bars.
    config = merge_config({})
    assert bits(decided(candles_of(source), config)) == bits(assembly_of(source).decisions(config))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", TUNABLE_PARAMS)
def test_each_parameter_is_alive(
    assembly_of: Callable[[str], Assembly], name: str, source: str
) -> None:
    low, high, _ = TUNABLE_PARAMS[name]
    one, other = (assembly_of(source).stats(merge_config({name: end})) for end in (low, high))
    decisions = (one.direction != other.direction) | (one.traded != other.traded)
    confidences = one.confidence != other.confidence
    assert max(decisions.sum(), confidences.sum()) >= 20
    points = one.checkpoint(), other.checkpoint()
    moved = [f for f in ("accuracy", "ece", "sharpe") if len({getattr(p, f) for p in points}) > 1]
    assert moved


def test_defaults_predict_on_most_real_bars_and_trade_some(candles_of: CandlesOf) -> None:
    metrics = backtest_stats(candles_of("real"), merge_config({})).metrics()
    assert metrics["coverage"] > 0.5  # type: ignore[operator]
    assert 0.1 < metrics["n_traded"] / metrics["n_predictions"] < 0.9  # type: ignore[operator]
