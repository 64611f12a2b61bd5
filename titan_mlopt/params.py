"""The search space and the config: names, ranges and defaults of production Titan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from titan_mlopt.errors import ConfigError, shown

ParamValue = bool | int | float
Params = dict[str, ParamValue]
Range = tuple[float, float, str]

#: ``{name: (low, high, "int" | "float" | "log")}``, both ends included.
TUNABLE_PARAMS: dict[str, Range] = {
    "feature.fast_window": (3, 10, "int"),
    "feature.slow_window": (15, 30, "int"),
    "feature.rsi_window": (10, 20, "int"),
    "model.flat_threshold": (0.50, 0.60, "float"),
    "model.rsi_oversold": (25, 35, "int"),
    "model.rsi_overbought": (65, 75, "int"),
    "pattern.boost_threshold": (0.52, 0.60, "float"),
    "pattern.penalty_threshold": (0.40, 0.48, "float"),
    "pattern.max_boost": (0.01, 0.05, "float"),
    "pattern.max_penalty": (0.01, 0.05, "float"),
    "ml.n_estimators": (50, 200, "int"),
    "ml.max_depth": (4, 10, "int"),
    "ml.learning_rate": (0.01, 0.2, "log"),
    "ml.num_leaves": (20, 50, "int"),
    "confidence_compressor.max_confidence": (0.60, 0.75, "float"),
    "confidence_filter.threshold": (0.52, 0.60, "float"),
    "online.learning_rate": (0.001, 0.1, "log"),
    "online.min_weight": (0.05, 0.20, "float"),
    "online.max_weight": (0.40, 0.60, "float"),
    "ensemble.flat_threshold": (0.50, 0.60, "float"),
    "ensemble.min_margin": (0.02, 0.10, "float"),
}

#: Every key of a config with production Titan's default; the tunable ones among them.
DEFAULTS: Params = {
    "feature.fast_window": 5,
    "feature.slow_window": 20,
    "feature.rsi_window": 14,
    "feature.vol_window": 20,
    "feature.volume_window": 20,
    "model.flat_threshold": 0.566,
    "model.rsi_oversold": 27,
    "model.rsi_overbought": 67,
    "pattern.boost_threshold": 0.551,
    "pattern.penalty_threshold": 0.413,
    "pattern.max_boost": 0.033,
    "pattern.max_penalty": 0.045,
    "ml.enabled": True,
    "ml.min_samples": 500,
    "ml.train_interval": 1000,
    "ml.n_estimators": 196,
    "ml.max_depth": 7,
    "ml.learning_rate": 0.065,
    "ml.num_leaves": 31,
    "confidence_compressor.max_confidence": 0.667,
    "confidence_filter.threshold": 0.565,
    "online.learning_rate": 0.049,
    "online.min_weight": 0.072,
    "online.max_weight": 0.484,
    "ensemble.flat_threshold": 0.571,
    "ensemble.min_margin": 0.062,
    "calibration.enabled": True,
    "calibration.min_samples": 30,
    "calibration.blend": 0.7,
    "calibration.decay": 1.0,
}

# Ranges of the keys that are not tuned: (low, high).
_FIXED_RANGES: dict[str, tuple[float, float]] = {
    "feature.vol_window": (2, 1000),
    "feature.volume_window": (2, 1000),
    "ml.min_samples": (50, 5000),
    "ml.train_interval": (10, 1_000_000),
    "calibration.min_samples": (1, 1_000_000),
    "calibration.blend": (0.0, 1.0),
    "calibration.decay": (0.5, 1.0),
}


def merge_config(params: Mapping[str, ParamValue]) -> Params:
    """Return the full config: the defaults with ``params`` laid over them, in the defaults' order.

    Raises ``ConfigError`` when a name is unknown or a value has another type or lies out of range.
    """
    for name, value in params.items():
        check_param(name, value)
    return {name: params.get(name, default) for name, default in DEFAULTS.items()}


def check_param(name: str, value: ParamValue) -> None:
    """Raise ``ConfigError`` unless ``value`` has the type and range of the config key ``name``."""
    if name not in DEFAULTS:
        raise ConfigError(
            f"config: keys must be Titan's, got {shown(name)}; see docs/parameters.md"
        )
    default = DEFAULTS[name]
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ConfigError(f"{name}: must be true or false, got {shown(value)}")
        return
    low, high = TUNABLE_PARAMS[name][:2] if name in TUNABLE_PARAMS else _FIXED_RANGES[name]
    whole = isinstance(default, int)
    kind = "a whole number" if whole else "a number"
    is_number = isinstance(value, int) if whole else isinstance(value, int | float)
    if isinstance(value, bool) or not is_number or not low <= value <= high:
        raise ConfigError(f"{name}: must be {kind} from {low:g} to {high:g}, got {shown(value)}")


def canonical_json(value: object) -> str:
    """Return compact JSON with sorted keys: equal values give equal bytes.

    Raises ``ValueError`` for NaN and infinities, which JSON has no word for.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(value: object) -> str:
    """Return the SHA-256 (64 hex digits) of the canonical JSON of ``value``."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
