"""``titan-mlopt watch``: the champion in production, against what was promised of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result, warn
from titan_mlopt.cli.types import NUMBER, Choice
from titan_mlopt.core.errors import ConfigError, TitanMloptError
from titan_mlopt.production.release import TITANS_BACKTEST
from titan_mlopt.production.watch.figures import Figures, figures_of, figures_of_stats
from titan_mlopt.production.watch.reaction import REACTIONS, TELL, Reaction
from titan_mlopt.production.watch.table import look_lines, look_tests
from titan_mlopt.production.watch.watcher import Look, Watcher
from titan_mlopt.tracking.uri import tracking_uri

#: A test has raised the alarm, or the run is silent.
EXIT_ALARM = 4
_BUSY = "another process is looking"
_MINUTE_S = 60.0
# Options that name a file.
_FILES = ("predictions", "db", "candles")


@command()
@click.argument("hook", nargs=-1)
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    required=True,
    help="The live run's predictions.jsonl, one record a bar.",
)
@options.name
@click.option("--version", default=None, help="Number of the version.  [default: the champion]")
@options.switch("--once", "Look once and end; the default.")
@options.switch("--follow", "Look again and again, until an alarm or Ctrl-C.")
@click.option(
    "--every", type=NUMBER, default=60, show_default=True, help="Seconds between looks to --follow."
)
@click.option(
    "--alpha",
    type=NUMBER,
    default=None,
    help="Probability of a false alarm over the whole life of a watch.  [default: 0.05]",
)
@click.option(
    "--silence",
    type=NUMBER,
    default=60,
    show_default=True,
    help="Minutes without a record that are an alarm too; 0 for none.",
)
@click.option(
    "--on-alarm",
    type=Choice(REACTIONS),
    default=TELL,
    show_default=True,
    help="Only tell; roll back and apply; or run the program HOOK.",
)
@click.option("--db", default="titan.db", show_default=True, help="Production's own SQLite file.")
@click.option(
    "--backtest",
    default="",
    help=f"The backtest that production runs.  [default: {TITANS_BACKTEST}]",
)
@options.setting("backtest_path")
@click.option(
    "--candles",
    default=None,
    help="Replay the champion before on the last bars of this file, which ends with the live run.",
)
@options.candle_layout("none")
@options.switch("--skip-old", "Leave out what is in the file at the first look.")
@options.switch("--anew", "Begin a new watch of the version; each one has its own false alarms.")
@options.as_json
def watch(**chosen: Any) -> None:
    """Watch the champion's live run against what the gate promised.

    Reads what the live run has written since the last look, and never locks it. Accuracy, ECE,
    coverage and drawdown are tested against the gate's figures; you may look every minute: the
    probability of a false alarm over the whole life of the watch is at most --alpha. The watch is a
    run in MLflow, with its curves.

    \b
    From cron, and with the champion before put back at an alarm:
      titan-mlopt watch --predictions live/predictions.jsonl --once --json
      titan-mlopt watch --predictions live/predictions.jsonl --on-alarm rollback --db titan.db
      titan-mlopt watch --predictions live/predictions.jsonl --on-alarm hook ./tell-me

    Exit code 0: no alarm, or another process is looking; 4: an alarm.
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    if chosen["once"] and chosen["follow"]:
        raise ConfigError("once, follow: must be one of the two, got both; leave one out")
    watcher = Watcher(
        *(tracking_uri(), chosen["name"], chosen["version"], chosen["predictions"]),
        reaction=Reaction(
            *(chosen["on_alarm"], chosen["hook"], chosen["db"]),
            _backtest(chosen),
        ),
        notice=warn,
        clock=time.time,
        alpha=chosen["alpha"],
        silence_s=chosen["silence"] * _MINUTE_S,
        skip_old=chosen["skip_old"],
    )
    if chosen["follow"]:
        look = _follow(watcher, chosen)
    else:
        look = _show(watcher.look(anew=chosen["anew"]), chosen)
    if look.alarmed:
        sys.exit(EXIT_ALARM)


def _follow(watcher: Watcher, chosen: Mapping[str, Any]) -> Look:
    """Look until an alarm; each look with something new is shown."""
    look = _show(watcher.look(anew=chosen["anew"]), chosen)
    while not look.alarmed:
        time.sleep(chosen["every"])
        look = watcher.look()
        if look.n_new or look.alarmed:
            _show(look, chosen)
    return look


def _show(look: Look, chosen: Mapping[str, Any]) -> Look:
    previous = _previous(look, chosen)
    document = look_document(look)
    if previous is not None:
        document["previous"] = {"version": previous[0], **asdict(previous[1])}
    print_result(document, look_lines(look, previous, _again()), as_json=chosen["as_json"])
    return look


def _again() -> list[str]:
    """Return the arguments of this command, without the one that begins a new watch."""
    hook = list[str](click.get_current_context().params["hook"])
    args = options.typed_args(_FILES, without=("hook", "anew"))
    return [*args, *(["--"] if any(word.startswith("-") for word in hook) else []), *hook]


def _previous(look: Look, chosen: Mapping[str, Any]) -> tuple[str, Figures] | None:
    """Replay the champion before where candles are given; a failure is a notice."""
    if chosen["candles"] is None or look.version is None or look.state is None:
        return None
    # Optuna and the backtest are loaded only for it.
    from titan_mlopt.evaluation.previous_champion import replay_previous
    from titan_mlopt.evaluation.rerun import BacktestChoice

    choice = BacktestChoice.of_options({**chosen, "backtest": _backtest(chosen)})
    identity = (tracking_uri(), look.name, look.version)
    try:
        replayed = replay_previous(
            *(*identity, chosen["candles"], look.state.n_records, choice),
            options=options.candle_options(chosen),
        )
    except TitanMloptError as error:
        warn(f"the champion before is not told: {error}")
        return None
    if replayed is None:
        warn(f"{look.name} has no champion before version {look.version}, or no record yet")
        return None
    return replayed.version, figures_of_stats(replayed.stats)


def _backtest(chosen: Mapping[str, Any]) -> str:
    return str(chosen["backtest"] or TITANS_BACKTEST)


def look_document(look: Look) -> dict[str, Any]:
    """Return a look for scripts: whether it was done, the figures, the tests, the alarms."""
    state, promise = look.state, look.promise
    if state is None or promise is None:
        return {"name": look.name, "looked": False, "why": _BUSY, "not_due": _BUSY}
    figures = asdict(figures_of(state, promise))
    return {
        "name": look.name,
        "looked": True,
        "version": look.version,
        "run_id": look.run_id,
        "promised_by": promise.source or None,
        "n_new": look.n_new,
        "n_records": state.n_records,
        "n_bad_lines": state.n_bad,
        "n_predictions": state.n_predictions,
        "coin": 0.5,
        **figures,
        "alpha": promise.alpha,
        "needed": promise.needed,
        "tests": look_tests(look),
        "alarms": [asdict(alarm) for alarm in state.alarms],
        "silent_s": look.silent_s,
        "action": look.action,
        "not_due": None if look.n_new or look.alarmed else "no new record",
    }
