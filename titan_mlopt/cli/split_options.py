"""Options of what trials are scored on: the hold-out, the segments, and what auto makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli.types import AUTO, AUTO_POSITIVE, AUTO_SHARE
from titan_mlopt.config import TunerConfig

if TYPE_CHECKING:
    from titan_mlopt.subject import Subject

#: From so many candles on, auto holds out a share of them and scores on segments.
AUTO_CANDLES, AUTO_HOLDOUT, AUTO_SEGMENTS = 20_000, 0.2, 4

holdout = click.option(
    "--holdout",
    type=AUTO_SHARE,
    default=AUTO,
    show_default=True,
    help="Share of the candles, the last ones, that no trial sees: 0.2 or 20%; 0 for none; auto: "
    f"20% from {AUTO_CANDLES:,} candles on.",
)
segments = click.option(
    "--segments",
    type=AUTO_POSITIVE,
    default=AUTO,
    show_default=True,
    help="Parts of the other candles on which each trial runs afresh; 1: one run over all; auto: "
    f"{AUTO_SEGMENTS} from {AUTO_CANDLES:,} candles on.",
)


def resolve_auto(
    config: TunerConfig,
    chosen: Mapping[str, Any],
    n_candles: int,
    stored: Mapping[str, Any] | None,
) -> TunerConfig:
    """Return the config with what was chosen, None being auto: as the study has it, or by size.

    stored: the scoring of the study that goes on, None for a new one.
    """
    large, had = n_candles >= AUTO_CANDLES, stored is not None
    holdout, segments = chosen["holdout"], chosen["segments"]
    if holdout is None:
        holdout = (stored or {}).get("holdout", AUTO_HOLDOUT if large and not had else 0.0)
    if segments is None:
        segments = (stored or {}).get("segments", AUTO_SEGMENTS if large and not had else 1)
    return replace(config, holdout=holdout, segments=segments)


def split_remarks(
    subject: Subject, chosen: Mapping[str, Any], n_candles: int, *, new: bool
) -> Iterator[str]:
    """Yield what a person should know of hold-out and segments.

    n_candles: of tuning part and hold-out together. new: the study has no trial yet.
    """
    small = new and n_candles < AUTO_CANDLES
    if subject.holdout:
        yield (
            f"hold-out: the last {subject.holdout['count']:,} candles are sealed, from "
            f"{subject.holdout['first']} on; trials see the {len(subject.candles):,} before"
        )
    elif chosen["holdout"] is None and small:
        yield (
            f"hold-out: none, as {n_candles:,} candles are fewer than {AUTO_CANDLES:,}; what is "
            "found can then be judged on other candles alone (--holdout 20% seals some all the "
            "same)"
        )
    if subject.segments:
        yield (
            f"segments: each trial runs afresh on {len(subject.segments)}, of about "
            f"{subject.segments[0].bars:,} bars, after {subject.warm_up:,} unscored ones"
        )
    elif chosen["segments"] is None and small:
        yield (
            f"segments: one, as {n_candles:,} candles are fewer than {AUTO_CANDLES:,}; --segments "
            f"{AUTO_SEGMENTS} scores each trial on several all the same"
        )
