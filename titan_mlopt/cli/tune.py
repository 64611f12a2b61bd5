"""``titan-mlopt tune``: run a study, show it, stop it softly, say what came out."""

from __future__ import annotations

import json
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.types import CHOICE, COUNT, NUMBER, OPTIONAL_COUNT, OPTIONAL_NUMBER
from titan_mlopt.config import OBJECTIVES, PRUNERS, TunerConfig

if TYPE_CHECKING:
    from titan_mlopt.tuner import AutoTuner
    from titan_mlopt.tuning import TuneReport

_EXIT_STOPPED = 130
_EXIT_NO_MIRROR = 1


@click.command()
@click.option(
    "--candles",
    default="sample",
    show_default=True,
    help="CSV, CSV.gz or parquet of candles; 'sample' is the embedded one.",
)
@click.option(
    "--n-trials",
    type=COUNT,
    default="100",
    show_default=True,
    help="Trials of the study in all, earlier runs included.",
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
    help="Stops hopeless trials early: median, hyperband or none.",
)
@click.option(
    "--pruner-spec-defaults",
    is_flag=True,
    help="Prune from 10 predictions on, as the plain pruners do, not from "
    "max(1000, 25 % of the bars).",
)
@click.option(
    "--n-jobs",
    type=COUNT,
    default="1",
    show_default=True,
    help="Trials at once, each in a process of its own.",
)
@click.option(
    "--timeout-per-trial",
    type=NUMBER,
    default="300",
    show_default=True,
    help="Seconds after which a trial is killed.",
)
@click.option(
    "--timeout-total",
    type=OPTIONAL_NUMBER,
    default="0",
    show_default=True,
    help="Seconds after which no trial is started; 0 for none.",
)
@click.option(
    "--seed",
    type=COUNT,
    default="42",
    show_default=True,
    help="Same seed, same candles, one job: the same study.",
)
@click.option(
    "--limit",
    type=OPTIONAL_COUNT,
    default="0",
    show_default=True,
    help="Use only the first candles; 0 for all.",
)
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
    "--experiment",
    default="auto",
    show_default=True,
    help="MLflow experiment; auto: that of `mlflow run`, else titan_mlopt.",
)
@click.option(
    "--register-as",
    default="titan-config",
    show_default=True,
    help="Name in the model registry for the best config; none registers nothing.",
)
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
        seed=chosen["seed"],
        limit=chosen["limit"],
        n_warmup_steps=10 if chosen["pruner_spec_defaults"] else None,
        experiment=None if chosen["experiment"] == "auto" else chosen["experiment"],
        register_as=None if chosen["register_as"] == "none" else chosen["register_as"],
    )
    report = _tune(config, chosen["db"], chosen["candles"], chosen["timeout_total"])
    click.echo(_tune_json(report) if chosen["as_json"] else _tune_text(report))
    if report.stopped:
        sys.exit(_EXIT_STOPPED)
    if report.mirror_failure is not None:
        sys.exit(_EXIT_NO_MIRROR)


def _tune(config: TunerConfig, db: str, candles: str, timeout_total: float | None) -> TuneReport:
    """Run a tune with a progress display; the first Ctrl-C stops it softly, the second at once."""
    import optuna
    from rich.console import Console

    from titan_mlopt.cli.progress import TrialProgress
    from titan_mlopt.study.coordinator import count_finished
    from titan_mlopt.tuner import AutoTuner

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    console = Console(stderr=True)
    listeners: list[Any] = []
    with AutoTuner(
        db, config, listeners=listeners, on_notice=lambda text: listeners[0].notice(text)
    ) as tuner:
        summary = tuner.get_summary()
        done = count_finished(tuner.study)
        best = summary.get("best_value", summary.get("best_accuracy"))
        progress = TrialProgress(config.n_trials, done, best, console)
        tuner.add_listener(progress)
        listeners.append(progress)
        if done:
            left = max(0, config.n_trials - done)
            progress.notice(
                f"study {config.study_name} has {done} trials; n_trials is the total, so "
                + (f"{left} more follow" if left else "nothing is left to run")
            )
        before = _stop_softly(tuner)
        try:
            with progress:
                tuner.optimize(candles, timeout_total)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        assert tuner.report is not None
        return tuner.report


def _stop_softly(tuner: AutoTuner) -> dict[int, Any]:
    """Let SIGINT and SIGTERM stop the tuner; the second one raises. Return the old handlers."""
    asked = False

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        tuner.stop()
        # Not through sys.stderr: the signal may have come in the middle of a write to it.
        os.write(2, b"\nstopping: running trials get a few seconds; once more to stop at once\n")

    return {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}


def _tune_text(report: TuneReport) -> str:
    from titan_mlopt.report.note import summary_lines

    lines = ["", *summary_lines(report.study)]
    parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in report.seconds.items())
    lines.append(f"time: {report.trials_run} trials run now; {parts}")
    if report.registered is not None:
        word = "registered as" if report.registered.new else "registered before as"
        lines.append(
            f"{word} {report.registered.name} version {report.registered.version}, alias challenger"
        )
    if report.stopped:
        lines.append("stopped: nothing was registered; the same command goes on from here")
    if report.links:
        lines += ["", "look at it:", f"  {report.links['ui']}"]
        lines += [f"  {report.links['study']}", f"  {report.links['trials']}  (the trials)"]
    if report.registered is not None:
        lines += ["next:", f"  titan-mlopt promote {report.registered.version}"]
    return "\n".join(lines)


def _tune_json(report: TuneReport) -> str:
    from titan_mlopt.report.summary import summarise

    registered = report.registered
    return json.dumps(
        {
            "summary": summarise(report.study),
            "trials_run": report.trials_run,
            "stopped": report.stopped,
            "registered": registered and {"name": registered.name, "version": registered.version},
            "mirror_failure": report.mirror_failure,
            "links": report.links,
            "seconds": report.seconds,
        },
        indent=2,
    )
