"""The candles of a study: read, limited, and split into hold-out and segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from titan_mlopt.backtest.engine.windows import VOL_Z_BARS, warm_up_bars
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.candles.sample import SAMPLE, is_whole_sample, stored_sample
from titan_mlopt.candles.sampled_closes import sample_closes
from titan_mlopt.candles.splits import PURGED, split_candles, split_segments
from titan_mlopt.core.candle_options import NO_OPTIONS, CandleOptions
from titan_mlopt.core.errors import CandleError
from titan_mlopt.core.look import SampledCloses
from titan_mlopt.core.parameters import DEFAULTS, TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.settings import (
    AUTO_CANDLES,
    AUTO_HOLDOUT,
    AUTO_SAMPLE_HOLDOUT,
    AUTO_SEGMENTS,
)
from titan_mlopt.core.trial import Segment
from titan_mlopt.core.tuner_config import TunerConfig, figures_of

#: Unscored bars of a segment, at least, after the ``ml.min_samples`` that the classifier needs.
SETTLE_BARS = 250
#: Defaults of the command line that differ from those of the fields and go by no candles.
COMMAND_DEFAULTS: dict[str, Any] = {"n_warmup_steps": None}
#: The fewest scored bars of a segment.
LEAST_SEGMENT = 100


@dataclass(frozen=True)
class TuningData:
    """The data that the trials of a study run on, made once by ``tuning_data``.

    Attributes:
        candles: The part to tune on, which is all that trials see.
        description: Its ``Candles.describe``.
        holdout: The same of the sealed part, with its share and the number of purged candles
            between the two; {} without a hold-out.
        segments: The walk-forward segments, () for one run over all candles.
        warm_up: Unscored candles before each segment; 0 without segments.
        most_predictions: Largest number of predictions that a trial can make.
        closes: Sampled closes of the part to tune on.
    """

    candles: Candles
    description: Mapping[str, Any]
    holdout: Mapping[str, Any]
    segments: tuple[Segment, ...]
    warm_up: int
    most_predictions: int
    closes: SampledCloses


def tuning_data(candles: Candles, config: TunerConfig) -> TuningData:
    """Return the data of a study on these candles, with hold-out and segments split off.

    Args:
        candles: All candles of the study, already limited.
        config: Holds holdout, segments, space and min_predictions.

    Raises:
        CandleError: There are too few candles for the config.
    """
    part, sealed = split_candles(candles, config.holdout)
    most = _most_predictions(len(part), config)
    _check_enough(part, most, config)
    cut = {"share": config.holdout, "purged": PURGED}
    return TuningData(
        candles=part,
        description=part.describe(),
        holdout={} if sealed is None else {**cut, **sealed.describe()},
        segments=study_segments(part, config),
        warm_up=segment_warm_up(config.space) if config.segments > 1 else 0,
        most_predictions=most,
        closes=sample_closes(part),
    )


def study_segments(candles: Candles, config: TunerConfig) -> tuple[Segment, ...]:
    """Return the segments of the candles to tune on, () for one run over all.

    Raises:
        CandleError: There are too few candles for the segments.
    """
    if config.segments == 1:
        return ()
    return split_segments(candles, config.segments, segment_warm_up(config.space))


def least_candles(config: TunerConfig) -> int:
    """Return the fewest candles that ``tuning_data`` takes to tune on, those beside a hold-out."""
    return _fewest_predictions(config)[0] - _most_predictions(0, config)


def _fewest_predictions(config: TunerConfig) -> tuple[int, str]:
    """Return the fewest predictions that a trial must have room for, >= 1, and why."""
    needed, reason = max(config.min_predictions, 1), f"min_predictions={config.min_predictions}"
    if config.segments > 1 and needed < LEAST_SEGMENT * config.segments:
        needed = LEAST_SEGMENT * config.segments
        reason = f"{config.segments} segments of {LEAST_SEGMENT}"
    return needed, reason


def _check_enough(candles: Candles, most: int, config: TunerConfig) -> None:
    """Raise ``CandleError`` if there are too few candles to tune on."""
    needed, reason = _fewest_predictions(config)
    if most >= needed:
        return
    warm_up = len(candles) - most - 1
    remedy = "pass more candles, a larger limit or a lower min_predictions"
    if config.segments > 1:
        remedy = "pass more candles, a larger limit or fewer segments"
    beside = " beside the hold-out" if config.holdout > 0 else ""
    raise CandleError(
        f"{candles.name}: must have at least {warm_up + needed + 1} candles{beside} ({warm_up} to "
        f"warm up and {reason}), got {len(candles)}; {remedy}"
    )


def segment_warm_up(space: Space) -> int:
    """Return the number of unscored candles before each segment.

    It is ``ml.min_samples`` plus ``SETTLE_BARS``, or plus twice the warm-up of the indicators if
    that is longer, at the upper bounds of the space: enough to train the classifier for any
    parameters. An external backtest's parameters of the same names are taken to mean the same.
    """
    longest = {**DEFAULTS, **space.fixed, **space.highest()}
    return int(longest["ml.min_samples"]) + max(SETTLE_BARS, 2 * warm_up_bars(longest))


def load_tuning_data(
    source: str | Path | Candles,
    config: TunerConfig,
    notice: Callable[[str], None],
    stored: Mapping[str, Any],
) -> TuningData:
    """Read the candles of a study and return its data.

    Args:
        source: A file, "sample", or candles.
        config: The settings of the study.
        notice: Called with each notice about the file, and of a new study with what the command
            line's defaults would have been.
        stored: As ``read_candles`` takes it.

    Raises:
        CandleError: The file cannot be used, or there are too few candles.
    """
    candles = read_candles(source, config.limit, notice, stored, config.candle_options)
    data = tuning_data(candles, config)
    if not stored and (remark := defaults_notice(config, candles)) is not None:
        notice(remark)
    return data


def read_candles(
    source: str | Path | Candles,
    limit: int | None,
    notice: Callable[[str], None],
    stored: Mapping[str, Any] = MappingProxyType({}),
    options: CandleOptions = NO_OPTIONS,
) -> Candles:
    """Return the candles of a source.

    Args:
        source: A file or several, "sample", or candles.
        limit: Return only the first candles; None for all.
        notice: Called with each notice about the file.
        stored: What the study stores of its candles, which names the version of the sample; {} for
            a new study.
        options: How to read what a file does not say itself.

    Raises:
        CandleError: The file cannot be used.
        ConfigError: ``limit`` is below 2.
    """
    if isinstance(source, Candles):
        candles = source
    else:
        candles = (
            stored_sample(stored) if source == SAMPLE else load_candles(source, **asdict(options))
        )
        for remark in candles.notices:
            notice(f"{candles.name}: {remark}")
    return candles if limit is None else candles.head(limit)


def _most_predictions(n_candles: int, config: TunerConfig) -> int:
    """Return the largest number of predictions of a trial; the last candle has no outcome.

    On segments it is the number of scored bars. An external backtest without segments may predict
    from the first candle on.
    """
    if config.segments > 1:
        return n_candles - 1 - segment_warm_up(config.space)
    if config.backtest is not None:
        return n_candles - 1
    ends = {name: bounds[1] for name, bounds in TUNABLE_PARAMS.items()}
    if config.space.beyond_titan:
        ends |= {name: float(value) for name, value in config.space.highest().items()}
    longest = [int(ends[f"feature.{name}_window"]) for name in ("slow", "rsi")]
    vol = int(DEFAULTS["feature.vol_window"]) + VOL_Z_BARS - 1
    return n_candles - 1 - max(*longest, vol)


def resolve_auto(
    config: TunerConfig,
    chosen: Mapping[str, Any],
    n_candles: int,
    scoring: Mapping[str, Any] | None,
    *,
    whole_sample: bool = False,
) -> TunerConfig:
    """Return the config with "auto" for hold-out and segments resolved.

    Args:
        config: The settings of the command line.
        chosen: The options ``holdout`` and ``segments``, None for auto.
        n_candles: Number of candles, hold-out included.
        scoring: Stored scoring settings of a resumed study, whose values auto takes over; None for
            a new study.
        whole_sample: Whether the candles are the sample, all of it.
    """
    auto = n_candles >= AUTO_CANDLES and scoring is None
    holdout, segments = chosen["holdout"], chosen["segments"]
    if holdout is None:
        share = AUTO_SAMPLE_HOLDOUT if whole_sample and scoring is None else 0.0
        holdout = (scoring or {}).get("holdout", AUTO_HOLDOUT if auto else share)
    if segments is None:
        segments = (scoring or {}).get("segments", AUTO_SEGMENTS if auto else 1)
    return replace(config, holdout=holdout, segments=segments)


def defaults_notice(config: TunerConfig, candles: Candles) -> str | None:
    """Return what a new study of `titan-mlopt tune` has by default, and these settings have not.

    Args:
        config: Settings of a study in Python, which have the fields' own defaults.
        candles: All candles of the study, already limited.

    Returns:
        One sentence on the fields that were left at a default which the command has not; None
        where there are none.
    """
    plain = type(config)()
    command = resolve_auto(
        *(replace(config, **COMMAND_DEFAULTS), {"holdout": None, "segments": None}),
        *(len(candles), None),
        whole_sample=is_whole_sample(candles),
    )
    unread = {"n_warmup_steps"} - set(figures_of(config.pruner_type))
    names = [
        name
        for name in ("holdout", "segments", *COMMAND_DEFAULTS)
        if getattr(config, name) == getattr(plain, name) != getattr(command, name)
        and name not in unread
    ]
    if not names:
        return None
    of_command, of_config = (
        ", ".join(f"{name}={getattr(settings, name)!r}" for name in names)
        for settings in (command, config)
    )
    return (
        f"defaults: `titan-mlopt tune` would take {of_command} on these candles, TunerConfig has "
        f"{of_config}; pass those for the same study, or go on with these (docs/parameters.md)"
    )
