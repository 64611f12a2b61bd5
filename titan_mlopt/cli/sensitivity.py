"""``titan-mlopt sensitivity``: which parameters act on these candles, before hours are spent."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from titan_mlopt.candles.sample import is_whole_sample
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result, warn
from titan_mlopt.cli.progress import SensitivityProgress, stopping
from titan_mlopt.cli.space_file import check_space_file, write_space
from titan_mlopt.cli.tune_output import sealed_text
from titan_mlopt.core.config_files import base_config, load_config
from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.settings import NONE, tuner_config
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.sensitivity.analysis import DEAD, METRICS, MOVES, UNKNOWN, freeze_dead
from titan_mlopt.evaluation.sensitivity.report import text_lines
from titan_mlopt.evaluation.sensitivity.study import SensitivityReport, SensitivityStudy
from titan_mlopt.report.commands import this_shell, tune_line
from titan_mlopt.study.dataset import read_candles, resolve_auto, tuning_data

_EXIT_STOPPED = 130
_EXIT_INCOMPLETE = 1


@command()
@options.settings_of("sensitivity")
@click.option(
    "--config",
    "config_file",
    default="defaults",
    show_default=True,
    help="JSON file of the config to vary around, as pull and export write it; defaults: "
    "production's.",
)
@click.option(
    "--freeze-dead",
    default="none",
    show_default=True,
    help="File for a search space without the dead parameters, for tune --space.",
)
@click.option("--no-mlflow", is_flag=True, help="Write nothing into MLflow.")
@options.as_json
def sensitivity(**chosen: Any) -> None:
    """Show which parameters act on the candles, and which are dead.

    It sees the candles that tune would tune on, not the hold-out.

    Each parameter goes to both ends of its range while the others stay as they are in the config;
    the config itself runs at least twice, which tells the noise. Stop with Ctrl-C: what was
    measured is shown.
    """
    config = tuner_config("sensitivity", chosen, tracking=not chosen["no_mlflow"])
    target = _none_if(NONE, chosen["freeze_dead"])
    if target is not None:
        _check_target(target)
    try:
        report = _measure(config, chosen)
    except KeyboardInterrupt:
        warn("stopped; the same command begins anew")
        sys.exit(_EXIT_STOPPED)
    if report.stopped:  # half a study would leave dead parameters in the space
        target = None
    refusal = None if target is None else _write_space(config, report, target)
    space_file = target if refusal is None else None
    space_of_tune = space_file or _none_if(NONE, chosen["space"])
    command = tune_line(this_shell(), config, chosen["candles"], space_of_tune)
    document = sensitivity_document(report, command, space_file)
    print_result(document, _lines(report, command, space_file), as_json=chosen["as_json"])
    if report.stopped:
        sys.exit(_EXIT_STOPPED)
    if refusal is not None:
        raise refusal
    if report.mirror_failure is not None:
        sys.exit(_EXIT_INCOMPLETE)


def _none_if(absent: str, value: str) -> str | None:
    return None if value == absent else value


def _check_target(path: str) -> None:
    """Raise ``ConfigError`` when the file cannot be written: now, not hours later."""
    check_space_file("freeze_dead", path)
    folder = Path(path).absolute().parent
    if Path(path).is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(
            f"freeze_dead: must be a file in a folder that can be written, got {short_repr(path)}; "
            "name another"
        )


def _write_space(config: TunerConfig, report: SensitivityReport, path: str) -> ConfigError | None:
    """Write the space without the dead; return why not, which comes after the table."""
    try:
        space = freeze_dead(config.space, report.result, embedded=config.backtest is None)
        write_space(path, space, report.candles)
    except ConfigError as error:
        return error
    return None


def _measure(config: TunerConfig, chosen: Mapping[str, Any]) -> SensitivityReport:
    """Run the study with a progress display; the first Ctrl-C ends it with what it has."""
    file, embedded = _none_if("defaults", chosen["config_file"]), config.backtest is None
    values = None if file is None else load_config(file)
    base = base_config(config.space, values, embedded=embedded, where=file or "config")
    progress = SensitivityProgress()
    whole = read_candles(
        chosen["candles"], config.limit, progress.notice, options=config.candle_options
    )
    # The part that tune would tune on: what is found on the rest would be told to the study.
    config = resolve_auto(
        config,
        {**chosen, "segments": config.segments},
        len(whole),
        None,
        whole_sample=is_whole_sample(whole),
    )
    data = tuning_data(whole, config)
    if data.holdout:
        progress.notice(sealed_text(data))
    stop = threading.Event()
    study = SensitivityStudy(config, data.candles, base, stop, (progress,), progress.notice)
    text = "stopping: what was measured follows; once more to stop at once"
    with stopping(lambda _: stop.set(), text), progress:
        return study.run()


def _lines(report: SensitivityReport, command: str, frozen_to: str | None) -> list[str]:
    """Return the table with its verdicts, where to look at it, and what to do next."""
    lines = ["", *text_lines(report.result)]
    lines.append(f"time: {report.measured} of {report.jobs} runs, {report.seconds:.1f} s")
    if frozen_to is not None and report.frozen is not None:
        n_ranges, n_fixed = len(report.frozen.names), len(report.frozen.fixed)
        lines.append(f"{frozen_to}: {n_ranges} parameters to draw, {n_fixed} fixed")
    elif report.stopped:
        lines.append("stopped: no space was written; the same command begins anew")
    elif report.frozen is not None and report.result.names(DEAD):
        lines.append("--freeze-dead FILE writes the search space without the dead ones")
    if report.links:
        lines += ["", "look at it:", f"  {report.links['ui']}", f"  {report.links['study']}"]
    return [*lines, "next:", f"  {command}"]


def sensitivity_document(
    report: SensitivityReport, command: str, frozen_to: str | None
) -> dict[str, Any]:
    """Return the same for scripts."""
    result = report.result
    return {
        "config": result.config,
        "candles": report.candles,
        "base": result.base,
        "noise": result.noise,
        "base_runs": result.base_runs,
        "parameters": [
            {**asdict(effect), "effects": {name: effect.effect(name) for name in METRICS}}
            for effect in result.effects
        ],
        **{verdict: list(result.names(verdict)) for verdict in (MOVES, DEAD, UNKNOWN)},
        "runs": report.jobs,
        "runs_measured": report.measured,
        "stopped": report.stopped,
        "space": frozen_to,
        "mirror_failure": report.mirror_failure,
        "links": report.links,
        "seconds": report.seconds,
        "next": command,
    }
