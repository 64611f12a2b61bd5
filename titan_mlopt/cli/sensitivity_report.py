"""What ``titan-mlopt sensitivity`` says at its end: for people, and for scripts."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING

from titan_mlopt.config import TunerConfig

if TYPE_CHECKING:
    from titan_mlopt.sensitivity import Effect
    from titan_mlopt.sensitivity_study import SensitivityReport

# Settings that tune has too; each option is named as the setting is.
_SHARED = (
    *("limit", "n_jobs", "timeout_per_trial", "seed", "backtest", "backtest_path", "repeat"),
    *("scratch", "experiment"),
)


def tune_command(config: TunerConfig, candles: str, space: str | None) -> str:
    """Return the command that tunes the same backtest on the same candles, ready for a shell."""
    plain, words = TunerConfig(), ["titan-mlopt", "tune"]
    if space is not None:
        words += ["--space", space]
    if candles != "sample":
        words += ["--candles", candles]
    for name in _SHARED:
        value = getattr(config, name)
        if value != getattr(plain, name):
            words += ["--" + name.replace("_", "-"), str(value)]
    return shlex.join(words)


def sensitivity_text(report: SensitivityReport, command: str, frozen_to: str | None) -> str:
    """Return the table with its verdicts, where to look at it, and what to do next."""
    from titan_mlopt.report.sensitivity import text_lines
    from titan_mlopt.sensitivity import DEAD

    lines = ["", *text_lines(report.result)]
    lines.append(f"time: {report.measured} of {report.jobs} runs, {report.seconds:.1f} s")
    if frozen_to is not None and report.frozen is not None:
        drawn, held = len(report.frozen.ranges), len(report.frozen.fixed)
        lines.append(f"{frozen_to}: {drawn} parameters to draw, {held} fixed")
    elif report.stopped:
        lines.append("stopped: no space was written; the same command begins anew")
    elif report.frozen is not None and report.result.names(DEAD):
        lines.append("--freeze-dead FILE writes the search space without the dead ones")
    if report.links:
        lines += ["", "look at it:", f"  {report.links['ui']}", f"  {report.links['study']}"]
    return "\n".join([*lines, "next:", f"  {command}"])


def sensitivity_json(report: SensitivityReport, command: str, frozen_to: str | None) -> str:
    """Return the same as one JSON document."""
    from titan_mlopt.sensitivity import DEAD, MOVES, UNKNOWN

    result = report.result
    return json.dumps(
        {
            "config": result.config,
            "candles": report.candles,
            "base": result.base,
            "noise": result.noise,
            "base_runs": result.base_runs,
            "parameters": [_parameter(effect) for effect in result.effects],
            **{verdict: list(result.names(verdict)) for verdict in (MOVES, DEAD, UNKNOWN)},
            "runs": report.jobs,
            "runs_measured": report.measured,
            "stopped": report.stopped,
            "space": frozen_to,
            "mirror_failure": report.mirror_failure,
            "links": report.links,
            "seconds": report.seconds,
            "next": command,
        },
        indent=2,
    )


def _parameter(effect: Effect) -> dict[str, object]:
    from titan_mlopt.sensitivity import SHOWN

    return {**asdict(effect), "effects": {name: effect.effect(name) for name in SHOWN}}
