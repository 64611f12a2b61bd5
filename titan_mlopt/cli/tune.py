"""``titan-mlopt tune``: run a study, show it, stop it softly, say what came out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from titan_mlopt.analysis.optuna_view import hide_optuna_info
from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.candles.sample import SAMPLE, is_whole_sample
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo, notice, print_json, warn
from titan_mlopt.cli.placebo import placebo_document, placebo_line, run_placebo
from titan_mlopt.cli.progress import TrialProgress, stopping
from titan_mlopt.cli.tune_output import split_remarks, study_remarks, tune_document, tune_text
from titan_mlopt.core.errors import ConfigError, TitanMloptError, short_repr
from titan_mlopt.core.settings import NONE, tuner_config
from titan_mlopt.core.storage_url import HIDDEN, StorageUrl
from titan_mlopt.core.trial import ended_trials
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.gate.thresholds import load_thresholds
from titan_mlopt.executors.local.workspace import temporary_folder
from titan_mlopt.study.beginning import Beginning
from titan_mlopt.study.dataset import TuningData, read_candles, resolve_auto, tuning_data
from titan_mlopt.study.growth import check_growth
from titan_mlopt.study.storage.studies import find_identity, read_study
from titan_mlopt.tracking.uri import tracking_uri
from titan_mlopt.tuner import AutoTuner, optimize_on
from titan_mlopt.tuning import TuneReport, check_new_study

_LOGGED = (
    "`mlflow run` logs its parameters, the password in storage too: delete that run, change the "
    "password, and pass env:NAME, the name of a variable"
)
_LOST = (
    "{db}: lies in {folder}, where `mlflow run` copied the project for this run alone; to go on "
    "with the study later, pass an absolute path, -P db=/path/titan.db"
)
_STOPPING = "stopping: running trials get a few seconds; once more to stop at once"
_EXIT_STOPPED = 130
# The study is whole, but MLflow is not, or no trial completed.
_EXIT_INCOMPLETE = 1


@command()
@options.settings_of("tune")
@options.as_json
def tune(**chosen: Any) -> None:
    """Search parameters on candles and register the best config.

    Stop with Ctrl-C at any time: running the same command again goes on where it stopped.

    Exit code 0: the study is whole, whatever the gate of --promote says, whose verdict is the last
    line; 1: no trial is COMPLETE, or MLflow has not all of it; 2: refused; 130: stopped.
    """
    config = tuner_config("tune", chosen)
    check_follow_up(config, chosen)
    report = _tune(config, chosen)
    if not chosen["as_json"]:
        gate = None if chosen["gate"] == NONE else chosen["gate"]
        echo(tune_text(report, promotes=chosen["promote"], gate=gate))
    follow_up = _follow_up(report, chosen)
    if chosen["as_json"]:
        print_json({**tune_document(report), **follow_up.document})
    elif follow_up.lines:
        echo("\n".join(follow_up.lines))
    if follow_up.failure is not None:
        raise follow_up.failure
    if follow_up.stopped:
        sys.exit(_EXIT_STOPPED)
    if report.mirror_failure is not None or best_trial(report.study) is None:
        sys.exit(_EXIT_INCOMPLETE)


def _tune(config: TunerConfig, chosen: Mapping[str, Any]) -> TuneReport:
    """Run a tune with a progress display; the first Ctrl-C stops it softly, the second at once."""
    hide_optuna_info()
    progress = TrialProgress()
    source, limit = chosen["candles"], config.limit
    read = partial(read_candles, source, limit, progress.notice, options=config.candle_options)
    candles = read()
    # Before the database is opened: too few candles leave nothing behind.
    tuning_data(candles, resolve_auto(config, chosen, len(candles), {}))
    stored = find_identity(chosen["db"], config.study_name)
    scoring = stored.scoring if stored is not None and stored.uid else None
    if source == SAMPLE and stored is not None:
        candles = read(stored.candles)
    if stored is not None:
        check_growth(candles, stored)
    config = resolve_auto(
        config, chosen, len(candles), scoring, whole_sample=is_whole_sample(candles)
    )
    data = tuning_data(candles, config)
    beginning, backtest = Beginning(chosen["warm_start"], chosen["transfer"]), None
    if stored is None:
        backtest = check_new_study(chosen["db"], config, data, beginning, progress.notice)
    with AutoTuner(chosen["db"], config, listeners=[progress], on_notice=progress.notice) as tuner:
        begin = partial(_begin, tuner, chosen, data, len(candles), progress)
        with stopping(tuner.stop, _STOPPING), progress:
            optimize_on(
                *(tuner, data, chosen["timeout_total"]),
                extra_trials=chosen["more"],
                beginning=beginning,
                backtest=backtest,
                on_begin=begin,
                on_wait=progress.wait_for,
            )
        assert tuner.report is not None
        return tuner.report


def _begin(
    tuner: AutoTuner,
    chosen: Mapping[str, Any],
    data: TuningData,
    n_candles: int,
    progress: TrialProgress,
) -> None:
    """Say what a person should know before the first trial, and show the progress from then on."""
    study = read_study(tuner.study)
    n_ended = len(ended_trials(study.trials))
    total = n_ended + chosen["more"] if chosen["more"] else tuner.config.n_trials
    for text in split_remarks(data, chosen, n_candles, new=not n_ended):
        progress.notice(text)
    for text in study_remarks(tuner.config, data, n_ended, total):
        progress.notice(text)
    if HIDDEN in str(tuner.db_path) and "MLFLOW_RUN_ID" in os.environ:
        progress.notice(_LOGGED)
    if _is_lost(tuner.db_path):
        progress.notice(_LOST.format(db=tuner.db_path, folder=Path.cwd()))
    progress.resume(study, total)


def _is_lost(storage: StorageUrl) -> bool:
    """Return whether a file lies in the copy that `mlflow run` makes of a git address."""
    folder = Path.cwd()
    is_temporary = folder.parent == temporary_folder().resolve() and folder.name.startswith("tmp")
    in_copy = "MLFLOW_RUN_ID" in os.environ and is_temporary  # as tempfile.mkdtemp names it
    return in_copy and isinstance(storage, Path) and not storage.is_absolute()


@dataclass
class _FollowUp:
    """What was done after the study: placebo studies and the gate, for people and for scripts.

    stopped: by Ctrl-C, here or in the study itself. failure: why the gate could not judge; the
    study is whole all the same.
    """

    stopped: bool
    lines: list[str] = field(default_factory=list)
    document: dict[str, Any] = field(
        default_factory=lambda: {"placebo": None, "promotion": None, "verdict": None}
    )
    failure: TitanMloptError | None = None


def check_follow_up(config: TunerConfig, chosen: Mapping[str, Any]) -> None:
    """Raise ``ConfigError`` for what cannot be done after the study: now, not hours later."""
    if chosen["gate"] != NONE:
        load_thresholds(chosen["gate"])
    if not chosen["promote"]:
        return
    if config.register_as is None:
        raise ConfigError("promote: must have a version to judge, got register_as none; name one")
    if config.backtest_path is not None and not Path(config.backtest_path).is_dir():
        raise ConfigError(
            "promote: must have the backtest here, where the hold-out stays, got backtest_path "
            f"{short_repr(config.backtest_path)} on Dask's workers alone; promote from a machine "
            "with it"
        )
    tracking_uri()  # raises for a store that cannot be used


def _follow_up(report: TuneReport, chosen: Mapping[str, Any]) -> _FollowUp:
    """Do what was asked for after a study that has come to its end."""
    result = _FollowUp(report.stopped)
    if chosen["placebo"] and not result.stopped and best_trial(report.study) is not None:
        record, result.stopped = run_placebo(chosen, chosen["placebo"], None)
        result.lines += ["", placebo_line(record)]
        result.document["placebo"] = placebo_document(record)
    if chosen["promote"] and not result.stopped:
        _promote(report, chosen, result)
    return result


def _promote(report: TuneReport, chosen: Mapping[str, Any], result: _FollowUp) -> None:
    """Ask the gate about the version that was registered; its verdict is the last line."""
    # Imports MLflow, which a coordinator does without.
    from titan_mlopt.cli import gate

    promotion = None
    if report.registered is None:
        warn("--promote: nothing was registered, so there is nothing to judge")
    else:
        registered = report.registered
        notice(f"asking the gate about version {registered.version}")
        try:
            service = gate.promotion_service(chosen, registered.name)
            promotion = service.promote(registered.version)
        except TitanMloptError as error:
            result.failure = error
    if promotion is not None:
        result.lines += ["", gate.promotion_text(promotion)]
        result.document["promotion"] = gate.promotion_document(promotion)
        if promotion.decision is not None:
            result.document["verdict"] = promotion.decision.verdict
    failed = result.failure is not None
    result.lines.append(gate.verdict_line(promotion, failed=failed))
