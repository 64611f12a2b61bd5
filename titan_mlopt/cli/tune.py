"""``titan-mlopt tune``: run a study, show it, stop it softly, say what came out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import backtest_options as of_backtest
from titan_mlopt.cli import options, split_options, tune_after
from titan_mlopt.cli.interrupts import stopping
from titan_mlopt.cli.tune_report import tune_json, tune_text
from titan_mlopt.cli.types import CHOICE, COUNT, NUMBER, OPTIONAL_COUNT, OPTIONAL_NUMBER, POSITIVE
from titan_mlopt.config import OBJECTIVES, PRUNERS, TunerConfig
from titan_mlopt.place import HIDDEN
from titan_mlopt.space import Space, load_space

if TYPE_CHECKING:
    from titan_mlopt.subject import Subject
    from titan_mlopt.tuning import TuneReport

_LOGGED = (
    "`mlflow run` logs its parameters, the password in storage too: delete that run, change the "
    "password, and pass env:NAME, the name of a variable"
)
_STOPPING = "stopping: running trials get a few seconds; once more to stop at once"
_EXIT_STOPPED = 130
# The study is whole, but MLflow is not, or no trial completed.
_EXIT_INCOMPLETE = 1


@click.command()
@of_backtest.candles
@click.option(
    "--n-trials",
    type=POSITIVE,
    default="100",
    show_default=True,
    help="Trials of the study in all, earlier runs included.",
)
@click.option(
    "--more",
    type=OPTIONAL_COUNT,
    default="0",
    show_default=True,
    help="Run so many on top of those that the study has, whatever --n-trials says; 0 for off.",
)
@options.db
@options.study_name
@click.option(
    "--objective",
    type=CHOICE(OBJECTIVES),
    default="accuracy",
    show_default=True,
    help="accuracy, sharpe, or multi for both.",
)
@click.option(
    "--pruner",
    type=CHOICE(PRUNERS),
    default="median",
    show_default=True,
    help="Stops hopeless trials early: median, hyperband, racing or none.",
)
@options.switch(
    "--pruner-spec-defaults",
    help="Prune from 10 predictions on, as the plain pruners do, not from "
    "max(1000, 25 % of the bars).",
)
@of_backtest.n_jobs
@of_backtest.timeout_per_trial
@click.option(
    "--timeout-total",
    type=OPTIONAL_NUMBER,
    default="0",
    show_default=True,
    help="Seconds after which no trial is started; 0 for none.",
)
@of_backtest.seed
@options.switch(
    "--deterministic",
    help="The same study from the same seed with several jobs too; some workers wait.",
)
@options.switch("--no-retry", help="Do not try trials again that were interrupted.")
@of_backtest.limit
@split_options.holdout
@split_options.segments
@click.option(
    "--ece-constraint",
    type=NUMBER,
    default="0.05",
    show_default=True,
    help="A trial with a larger calibration error loses a tenth of its objective.",
)
@click.option(
    "--min-predictions",
    type=COUNT,
    default="100",
    show_default=True,
    help="A trial with fewer predictions is pruned.",
)
@click.option(
    "--accuracy-weight",
    type=NUMBER,
    default="0.7",
    show_default=True,
    help="Weight of accuracy in multi, for pruning and the order of the front.",
)
@click.option(
    "--sharpe-weight",
    type=NUMBER,
    default="0.3",
    show_default=True,
    help="Weight of the Sharpe ratio there; each counts in units of its noise.",
)
@of_backtest.backtest
@of_backtest.backtest_path
@of_backtest.repeat
@of_backtest.space
@of_backtest.scratch
@of_backtest.memory_per_trial
@options.no_backup
@of_backtest.executor
@of_backtest.scheduler
@of_backtest.experiment
@click.option(
    "--register-as",
    default="titan-config",
    show_default=True,
    help="Name in the model registry for the best config; none registers nothing.",
)
@options.switch(
    "--register-stopped", help="Register the best so far also when the study is stopped."
)
@tune_after.placebo
@tune_after.promote
@tune_after.gate
@options.as_json
def tune(**chosen: Any) -> None:
    """Search the 21 parameters on a candle file and register the best config.

    Stop with Ctrl-C at any time: running the same command again goes on where it stopped.
    """
    config = TunerConfig(
        n_trials=chosen["n_trials"],
        timeout_per_trial=chosen["timeout_per_trial"],
        study_name=chosen["study_name"],
        pruner_type=chosen["pruner"],
        n_jobs=chosen["n_jobs"],
        objective_type=chosen["objective"],
        ece_constraint=chosen["ece_constraint"],
        min_predictions=chosen["min_predictions"],
        accuracy_weight=chosen["accuracy_weight"],
        sharpe_weight=chosen["sharpe_weight"],
        seed=chosen["seed"],
        limit=chosen["limit"],
        n_warmup_steps=10 if chosen["pruner_spec_defaults"] else None,
        deterministic=chosen["deterministic"],
        backtest=of_backtest.given(chosen["backtest"], "embedded"),
        backtest_path=of_backtest.given(chosen["backtest_path"], "none"),
        repeat=chosen["repeat"],
        space=Space() if chosen["space"] == "none" else load_space(chosen["space"]),
        scratch=of_backtest.given(chosen["scratch"], "auto"),
        backup=not chosen["no_backup"],
        memory_per_trial=of_backtest.given(chosen["memory_per_trial"], "none"),
        executor=chosen["executor"],
        scheduler=of_backtest.given(chosen["scheduler"], "none"),
        experiment=of_backtest.given(chosen["experiment"], "auto"),
        register_as=of_backtest.given(chosen["register_as"], "none"),
        register_stopped=chosen["register_stopped"],
        retry=not chosen["no_retry"],
    )
    from titan_mlopt.report.ranking import best_trial

    tune_after.check_after(config, chosen)
    report = _tune(config, chosen)
    if not chosen["as_json"]:
        click.echo(tune_text(report, promotes=chosen["promote"]))
    after = (
        tune_after.After(None, None, True) if report.stopped else tune_after.go_on(report, chosen)
    )
    if chosen["as_json"]:
        click.echo(tune_json(report, after.document()))
    elif lines := after.lines():
        click.echo("\n".join(lines))
    if after.stopped:
        sys.exit(_EXIT_STOPPED)
    if report.mirror_failure is not None or best_trial(report.study) is None:
        sys.exit(_EXIT_INCOMPLETE)


def _tune(config: TunerConfig, chosen: Mapping[str, Any]) -> TuneReport:
    """Run a tune with a progress display; the first Ctrl-C stops it softly, the second at once."""
    import optuna
    from rich.console import Console

    from titan_mlopt.cli.progress import TrialProgress
    from titan_mlopt.study.points import ended_trials
    from titan_mlopt.study.storage import find_identity, read_study
    from titan_mlopt.subject import read_candles, study_subject
    from titan_mlopt.tuner import AutoTuner

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    progress = TrialProgress(Console(stderr=True))
    # Before the study is made: a wrong file leaves nothing behind.
    candles = read_candles(chosen["candles"], config.limit, progress.notice)
    study_subject(candles, split_options.resolve_auto(config, chosen, len(candles), {}))
    stored = find_identity(chosen["db"], config.study_name)
    scoring = stored.scoring if stored is not None and stored.uid else None
    config = split_options.resolve_auto(config, chosen, len(candles), scoring)
    subject = study_subject(candles, config)
    with AutoTuner(chosen["db"], config, listeners=[progress], on_notice=progress.notice) as tuner:
        study = read_study(tuner.study)
        done = len(ended_trials(study.trials))
        total = done + chosen["more"] if chosen["more"] else config.n_trials
        for text in split_options.split_remarks(subject, chosen, len(candles), new=not done):
            progress.notice(text)
        for text in _remarks(config, subject, done, total):
            progress.notice(text)
        if HIDDEN in str(tuner.db_path) and "MLFLOW_RUN_ID" in os.environ:
            progress.notice(_LOGGED)
        progress.resume(study, total)
        del study  # of thousands of trials
        with stopping(tuner.stop, _STOPPING), progress:
            tuner.optimize(candles, chosen["timeout_total"], more=chosen["more"])
        assert tuner.report is not None
        return tuner.report


def _remarks(config: TunerConfig, subject: Subject, done: int, total: int) -> Iterator[str]:
    """Yield what a person should know before the first trial."""
    from titan_mlopt.study.pruning import first_step
    from titan_mlopt.subject import most_predictions

    if done:
        left = max(0, total - done)
        yield f"study {config.study_name} has {done} trials of {total}, " + (
            f"{left} more follow" if left else "nothing is left to run; --more N runs more"
        )
    if config.pruner_type != "none":
        step = first_step(config, most_predictions(subject.candles, config))
        what = "scored bars, after a whole segment" if subject.segments else "predictions"
        yield f"pruner {config.pruner_type}: no trial is stopped before {step:,} {what}"
    if config.n_jobs > 1 and not config.deterministic:
        yield (
            f"n_jobs={config.n_jobs}: trials end in any order, so the same seed need not give the "
            "same study; --deterministic does"
        )
