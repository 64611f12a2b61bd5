"""What the engine answered on some candles and configs, as hashes, and how they are taken.

    PYTHONPATH=tests python -m support.golden_cases

takes them anew, from the real candles too, when ENGINE_VERSION rises.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import tempfile
from pathlib import Path

import numpy as np

from support.engine_cases import bits, candles_with
from support.paths import DATA
from titan_mlopt.backtest.engine.predictor import Predictor
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.candles.sample import SAMPLE, START_TS, sample_candles
from titan_mlopt.core.parameters import Params, ParamValue, merge_config
from titan_mlopt.core.trial import COMPLETE, TrialJob
from titan_mlopt.executors.local.worker import run_trial

GOLDEN = Path(__file__).with_name("golden") / "engine.json"
#: Real candles from this one on, as many.
FIRST, COUNT = 3000, 9000

CONFIGS: dict[str, dict[str, ParamValue]] = {
    "defaults": {},
    "untrained": {"ml.enabled": False},
    "shallow": {
        "ml.n_estimators": 50,
        "ml.max_depth": 4,
        "ml.num_leaves": 20,
        "ml.learning_rate": 0.2,
    },
    "deep": {
        "ml.n_estimators": 200,
        "ml.max_depth": 10,
        "ml.num_leaves": 50,
        "ml.learning_rate": 0.01,
    },
    "windows": {
        "feature.fast_window": 9,
        "feature.slow_window": 29,
        "feature.rsi_window": 11,
        "feature.vol_window": 31,
        "feature.volume_window": 40,
        "ml.n_estimators": 77,
    },
    "often": {"ml.min_samples": 50, "ml.train_interval": 130, "ml.n_estimators": 60},
}
#: What was there when the answers were taken; later fields may come beside it.
METRICS = (
    *("accuracy", "ece", "ece_noise", "ece_noise_95", "ece_gap", "mce", "brier", "log_loss"),
    *("sharpe", "sharpe_se", "sortino", "max_drawdown", "total_return", "turnover"),
    *("n_predictions", "n_bars", "n_traded", "hits", "coverage", "unchanged_share"),
)
CHECKPOINT = ("n_predictions", "n_bars", "accuracy", "ece", "sharpe")
FILES = (
    *("BTCUSDT_1m_20210326.csv.gz", "BTCUSDT_1m_20250101.csv.gz", "BTCUSDT_1m_20250301.csv.gz"),
    *("ETHUSDT_1m_20250101.csv.gz", "ETHUSDT_1m_20250301.csv.gz", "NEARUSDT_1m_20230801.csv.gz"),
    "UNITTESTBTC_1m_20171104.csv.gz",
)


def quiet_candles(n: int = 3000) -> Candles:
    """A market that mostly stands: nearly every column is the same value in most rows."""
    rng = np.random.default_rng(5)
    moves = np.where(rng.random(n) < 0.06, rng.choice([-1.0, 1.0], n) * 0.01, 0.0)
    volume = np.where(rng.random(n) < 0.2, np.round(rng.random(n), 2), 0.0)
    close = np.round(100.0 + np.cumsum(moves), 2)
    made = candles_with(close, volume)
    return Candles("quiet", START_TS + made.ts, *made.arrays[1:])


def candles_of(name: str) -> Candles:
    if name == SAMPLE:
        return sample_candles(version=1)
    if name == "quiet":
        return quiet_candles()
    whole = load_candles(DATA / name)
    cut = slice(FIRST, FIRST + COUNT)
    return Candles(name, *(column[cut] for column in whole.arrays))


def hashes(candles: Candles, config: Params, folder: Path) -> dict[str, str]:
    """Return the digests of the decisions and of what a trial hands in, checkpoints included."""
    predictor = Predictor(candles, config, seed=3)
    predictor.run()
    path = folder / "candles.npy"
    save_candles(candles, path)
    grid = tuple(len(candles) * k // 8 for k in range(1, 8))
    outcome = run_trial(TrialJob(0, config, str(path), str(folder), grid, seed=3), lambda _: True)
    assert outcome.state == COMPLETE, outcome.message
    handed_in = {
        "metrics": [outcome.metrics[name] for name in METRICS],
        "checkpoints": [[getattr(p, name) for name in CHECKPOINT] for p in outcome.checkpoints],
        "bins": outcome.bins,
        "curve": outcome.curve,
        "rolling": outcome.rolling,
        "blocks": outcome.blocks,
    }
    return {
        "decisions": _sha(bits(predictor.decisions)),
        "outcome": _sha(json.dumps(handed_in).encode()),
    }


def config_of(name: str) -> Params:
    return merge_config(CONFIGS[name])


def arithmetic() -> str:
    """Return a digest of what may differ between machines: rounding of libm, numpy, LightGBM."""
    x = np.random.default_rng(0).random(10_007)
    numbers = [
        *(math.exp(-4.0 * value) for value in x[:2000].tolist()),
        *(float(total) for total in (x.sum(), x.std(ddof=1), np.log(x).mean(), np.cumprod(x)[99])),
        *np.random.default_rng(1).binomial(500, x[:50]).tolist(),
    ]
    versions = [importlib.metadata.version(name) for name in ("lightgbm",)]
    return _sha(json.dumps([numbers, versions]).encode())


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def main() -> None:
    """Take the answers anew."""
    with tempfile.TemporaryDirectory() as folder:
        answers = {
            f"{name} {config}": hashes(candles_of(name), config_of(config), Path(folder))
            for name in (SAMPLE, "quiet", *FILES)
            for config in CONFIGS
        }
    stored = {"arithmetic": arithmetic(), "hashes": answers}
    GOLDEN.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
