"""Production Titan's parameters: names, ranges and defaults of its search space and config."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TypeGuard

from titan_mlopt.core.errors import ConfigError, short_repr

ParamValue = bool | int | float | str
Params = dict[str, ParamValue]
Range = tuple[float, float, str]

#: Limit of the characters of a value that is a text, which only external backtests have.
MOST_CHARACTERS = 200
# Above it a float may not hold a whole number exactly. It also refuses JSON's Infinity.
_HUGE = 1e15

#: What databases and MLflow accept as the name of a parameter.
PARAMETER_NAME = re.compile(r"[A-Za-z_][\w.\-]{0,199}", re.ASCII)

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

#: Every key of a config, tunable or not, with production Titan's default.
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

# (low, high) of the keys that are not tuned.
_FIXED_RANGES: dict[str, tuple[float, float]] = {
    "feature.vol_window": (2, 1000),
    "feature.volume_window": (2, 1000),
    "ml.min_samples": (50, 5000),
    "ml.train_interval": (10, 1_000_000),
    "calibration.min_samples": (1, 1_000_000),
    "calibration.blend": (0.0, 1.0),
    "calibration.decay": (0.5, 1.0),
}

# (low, high) of what the embedded predictor can compute, by the end of the key, where a search may
# go beyond Titan's ranges.
_COMPUTABLE: dict[str, tuple[float, float]] = {
    "window": (2, 1000),
    "rsi_oversold": (0, 100),
    "rsi_overbought": (0, 100),
    "n_estimators": (1, 2000),
    "max_depth": (1, 50),
    "num_leaves": (2, 1000),
}


def merge_config(params: Mapping[str, ParamValue], *, beyond: bool = False) -> Params:
    """Return a full config: the defaults updated with ``params``, in the order of ``DEFAULTS``.

    Args:
        params: Values to set, by the names of ``DEFAULTS``.
        beyond: As in ``check_param``.

    Raises:
        ConfigError: A name is unknown, or a value has the wrong type or is out of its range.
    """
    for name, value in params.items():
        check_param(name, value, beyond=beyond)
    return {name: params.get(name, default) for name, default in DEFAULTS.items()}


def check_param(name: str, value: ParamValue, *, beyond: bool = False) -> None:
    """Check the value of one config key.

    Args:
        name: A key of ``DEFAULTS``.
        value: Its value, of the default's type and within its range, both ends included. A whole
            number is accepted for a float.
        beyond: Whether a tuned parameter may leave Titan's range for all that can be computed.

    Raises:
        ConfigError: The name is unknown, or the value has the wrong type or is out of its range.
    """
    if name not in DEFAULTS:
        raise ConfigError(
            f"config: keys must be Titan's, got {short_repr(name)}; see docs/parameters.md"
        )
    default = DEFAULTS[name]
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ConfigError(f"{name}: must be true or false, got {short_repr(value)}")
        return
    low, high = _range_of(name, beyond)
    whole = isinstance(default, int)
    kind = "a whole number" if whole else "a number"
    is_number = isinstance(value, int) if whole else isinstance(value, int | float)
    if isinstance(value, bool) or not is_number or not low <= value <= high:  # type: ignore[operator]  # a number
        raise ConfigError(
            f"{name}: must be {kind} from {low:g} to {high:g}, got {short_repr(value)}"
        )


def _range_of(name: str, beyond: bool) -> tuple[float, float]:
    if name not in TUNABLE_PARAMS:
        return _FIXED_RANGES[name]
    if not beyond:
        return TUNABLE_PARAMS[name][:2]
    ends = (end for suffix, end in _COMPUTABLE.items() if name.endswith(suffix))
    return next(ends, (1e-6, 1.0))


def beyond_titan(config: Mapping[str, ParamValue]) -> tuple[str, ...]:
    """Return the parameters of a config whose values are outside of Titan's ranges."""
    return tuple(
        name
        for name, value in config.items()
        if name in TUNABLE_PARAMS
        and is_number(value)
        and not TUNABLE_PARAMS[name][0] <= value <= TUNABLE_PARAMS[name][1]
    )


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is an int or float, no bool, of less than 1e15 in size."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < _HUGE  # type: ignore[arg-type]  # a number by now


def is_value(value: object) -> bool:
    """Return whether a parameter may have this value: a number, a bool, or a short plain text."""
    if isinstance(value, str):
        return 0 < len(value) <= MOST_CHARACTERS and value.isprintable()
    return isinstance(value, bool) or is_number(value)


def same_value(first: object, second: object) -> bool:
    """Return whether two values are the same: true is not 1, but 1.0 is."""
    return isinstance(first, bool) == isinstance(second, bool) and first == second


def canonical_json(value: object) -> str:
    """Return compact JSON with sorted keys, so that equal values give equal text.

    Raises:
        ValueError: A number is NaN or infinite, which JSON cannot express.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of ``value``, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
