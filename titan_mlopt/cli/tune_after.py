"""What ``titan-mlopt tune`` does after its study when told to: placebo studies, and the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.placebo import placebo_document, placebo_line, run_placebo
from titan_mlopt.cli.promote import promotion_document, promotion_text
from titan_mlopt.cli.types import OPTIONAL_COUNT
from titan_mlopt.cli.verdict import gate as gate
from titan_mlopt.cli.verdict import named, open_court, tell
from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import ConfigError, shown

if TYPE_CHECKING:
    from titan_mlopt.promotion import Court, Promotion
    from titan_mlopt.records import StudyRecord
    from titan_mlopt.tuning import TuneReport

placebo = click.option(
    "--placebo",
    type=OPTIONAL_COUNT,
    default="0",
    show_default=True,
    help="Repeat the study so often on candles with random directions, 19 or more for p <= .05.",
)
promote = options.switch(
    "--promote", help="Ask the gate at the end, and make the new version champion if it says so."
)


@dataclass(frozen=True, slots=True)
class After:
    """What was done after the study; None for what was not asked for, or could not be done.

    stopped: by a Ctrl-C.
    """

    placebo: StudyRecord | None
    promotion: Promotion | None
    stopped: bool

    def lines(self) -> list[str]:
        """Return what came of it, for people."""
        lines = [] if self.placebo is None else ["", placebo_line(self.placebo)]
        return lines if self.promotion is None else [*lines, "", promotion_text(self.promotion)]

    def document(self) -> dict[str, Any]:
        """Return the same for scripts."""
        return {
            "placebo": None if self.placebo is None else placebo_document(self.placebo),
            "promotion": None if self.promotion is None else promotion_document(self.promotion),
        }


def check_after(config: TunerConfig, chosen: Mapping[str, Any]) -> None:
    """Raise ``ConfigError`` for what cannot be done after the study: now, not hours later."""
    if not chosen["promote"]:
        return
    if config.register_as is None:
        raise ConfigError("promote: must have a version to judge, got register_as none; name one")
    if config.backtest_path is not None and not Path(config.backtest_path).is_dir():
        raise ConfigError(
            "promote: must have the backtest here, where the hold-out stays, got backtest_path "
            f"{shown(config.backtest_path)} on Dask's workers alone; promote from a machine with it"
        )
    _court(chosen, config.register_as)


def _court(chosen: Mapping[str, Any], name: str) -> Court:
    backtest = named(chosen["backtest"], chosen["backtest_path"])
    return open_court(chosen["db"], name, chosen["candles"], backtest, chosen["gate"])


def go_on(report: TuneReport, chosen: Mapping[str, Any]) -> After:
    """Do what was asked for after a study that has come to its end."""
    from titan_mlopt.report.ranking import best_trial

    record, promotion, stopped = None, None, False
    if chosen["placebo"] and best_trial(report.study) is not None:
        record, stopped = run_placebo(chosen, chosen["placebo"], None)
    if chosen["promote"] and not stopped:
        if report.registered is None:
            tell("promote: nothing was registered, so there is nothing to judge")
        else:
            promotion = _court(chosen, report.registered.name).promote(report.registered.version)
    return After(record, promotion, stopped)
