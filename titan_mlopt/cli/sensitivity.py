"""``titan-mlopt sensitivity``: which parameters act on these candles, before hours are spent."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import backtest_options as of_backtest
from titan_mlopt.cli import options
from titan_mlopt.cli.backtest_options import given
from titan_mlopt.cli.interrupts import stopping
from titan_mlopt.cli.sensitivity_report import sensitivity_json, sensitivity_text, tune_command
from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import ConfigError, shown
from titan_mlopt.files import write_file
from titan_mlopt.space import Space, load_space, space_text

if TYPE_CHECKING:
    from titan_mlopt.sensitivity_study import SensitivityReport

_EXIT_STOPPED = 130
_EXIT_INCOMPLETE = 1


@click.command()
@of_backtest.candles
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
@of_backtest.n_jobs
@of_backtest.timeout_per_trial
@of_backtest.seed
@of_backtest.limit
@of_backtest.backtest
@of_backtest.backtest_path
@of_backtest.repeat
@of_backtest.space
@of_backtest.scratch
@of_backtest.memory_per_trial
@of_backtest.experiment
@click.option("--no-mlflow", is_flag=True, help="Write nothing into MLflow.")
@options.as_json
def sensitivity(**chosen: Any) -> None:
    """Vary each parameter alone and show which ones act, and which are dead.

    Each goes to both ends of its range while the others stay as they are in the config; the config
    itself runs at least twice, which tells the noise. Stop with Ctrl-C: what was measured is shown.
    """
    config = TunerConfig(
        n_jobs=chosen["n_jobs"],
        timeout_per_trial=chosen["timeout_per_trial"],
        seed=chosen["seed"],
        limit=chosen["limit"],
        backtest=given(chosen["backtest"], "embedded"),
        backtest_path=given(chosen["backtest_path"], "none"),
        repeat=chosen["repeat"],
        space=Space() if chosen["space"] == "none" else load_space(chosen["space"]),
        scratch=given(chosen["scratch"], "auto"),
        memory_per_trial=given(chosen["memory_per_trial"], "none"),
        experiment=given(chosen["experiment"], "auto"),
        tracking=not chosen["no_mlflow"],
    )
    target = given(chosen["freeze_dead"], "none")
    if target is not None:
        _check_target(target)
    try:
        report = _measure(config, chosen)
    except KeyboardInterrupt:
        click.echo("titan-mlopt: stopped; the same command begins anew", err=True)
        sys.exit(_EXIT_STOPPED)
    if report.stopped:  # half a study would leave dead parameters in the space
        target = None
    refused = None if target is None else _write_space(config, report, target)
    written = target if refused is None else None
    command = tune_command(config, chosen["candles"], written or given(chosen["space"], "none"))
    say = sensitivity_json if chosen["as_json"] else sensitivity_text
    click.echo(say(report, command, written))
    if report.stopped:
        sys.exit(_EXIT_STOPPED)
    if refused is not None:
        raise refused
    if report.mirror_failure is not None:
        sys.exit(_EXIT_INCOMPLETE)


def _check_target(path: str) -> None:
    """Raise ``ConfigError`` when the file cannot be written: now, not hours later."""
    folder = Path(path).absolute().parent
    if Path(path).is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(
            f"freeze_dead: must be a file in a folder that can be written, got {shown(path)}; name "
            "another"
        )


def _write_space(config: TunerConfig, report: SensitivityReport, path: str) -> ConfigError | None:
    """Write the space without the dead; return why not, which comes after the table."""
    from titan_mlopt.sensitivity import freeze_dead

    try:
        space = freeze_dead(config.space, report.result, embedded=config.backtest is None)
        write_file(path, space_text(space))
    except ConfigError as error:
        return error
    return None


def _measure(config: TunerConfig, chosen: Mapping[str, Any]) -> SensitivityReport:
    """Run the study with a progress display; the first Ctrl-C ends it with what it has."""
    from rich.console import Console

    from titan_mlopt.base_config import base_config, load_config
    from titan_mlopt.cli.sensitivity_progress import SensitivityProgress
    from titan_mlopt.sensitivity_study import SensitivityStudy
    from titan_mlopt.subject import choose_candles

    file, embedded = given(chosen["config_file"], "defaults"), config.backtest is None
    values = None if file is None else load_config(file)
    base = base_config(config.space, values, embedded=embedded, where=file or "config")
    progress = SensitivityProgress(Console(stderr=True))
    candles = choose_candles(chosen["candles"], config, progress.notice)
    stop = threading.Event()
    study = SensitivityStudy(config, candles, base, stop, (progress,), progress.notice)
    text = "stopping: what was measured follows; once more to stop at once"
    with stopping(lambda _: stop.set(), text), progress:
        return study.run()
