"""``titan-mlopt studies``, ``export`` and ``copy-study``: what a database holds, and out of it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.summary import plain_json, state_counts
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo, notice, print_json, print_result
from titan_mlopt.core.bundle import Bundle, build_bundle, config_text
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.files import write_file
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.storage_url import parse_storage
from titan_mlopt.core.trial import RUNNING
from titan_mlopt.report import format as fmt
from titan_mlopt.report.commands import of_study, replay_command, this_shell, tune_command
from titan_mlopt.report.leaderboard import board_document
from titan_mlopt.report.markup import flat
from titan_mlopt.study.storage import copy
from titan_mlopt.study.storage.overview import Overview, read_overviews
from titan_mlopt.study.storage.studies import load_record


@command()
@options.db
@options.as_json
def studies(db: str, as_json: bool) -> None:
    """List the studies of a database, the last active first.

    Of each: its trials, the best one, its candles, and when something happened last.
    """
    overviews, shell = read_overviews(db), this_shell()
    if as_json:
        print_json([_document(overview) for overview in overviews])
        return
    if not overviews:
        echo(f"{db}: no study yet")
        echo(f"next:\n  {shell.line('tune', *shell.storage(db), mlflow=True)}")
        return
    echo("\n\n".join("\n".join(_lines(overview)) for overview in overviews))
    echo(f"next:\n  {of_study(shell, 'leaderboard', db, overviews[0].study.name)}")


def _lines(overview: Overview) -> Iterator[str]:
    study, best = overview.study, overview.best
    states = ", ".join(
        f"{count} {state}{f' ({why})' if why else ''}"
        for state, count, why in fmt.state_rows(study)
    )
    yield f"{flat(study.name)} ({study.objective})"
    yield f"  trials    {states or 'none'}"
    if best is not None:
        worth = f"{fmt.objective_text(study, best)}, accuracy {fmt.accuracy_text(best)}"
        yield f"  best      trial {best.number}, {worth}"
    yield f"  candles   {fmt.candles_text(study.candles)}"
    running = sum(trial.state == RUNNING for trial in study.trials)
    activity = f"{fmt.trials_text(running)} RUNNING" if running else "no trial is RUNNING"
    since, last = fmt.moment_text(overview.since), fmt.moment_text(overview.last)
    yield f"  activity  {since} to {last}; {activity}"


def _document(overview: Overview) -> object:
    study, best = overview.study, overview.best
    return plain_json(
        {
            "study": study.name,
            "study_uid": study.uid,
            "objective": study.objective,
            "trials": {state: count for state, (count, _) in state_counts(study).items()},
            "running": any(trial.state == RUNNING for trial in study.trials),
            "best": board_document(study, [best])[0] if best else None,
            "candles": study.candles,
            "backtest": study.backtest,
            "since": overview.since,
            "last_activity": overview.last,
        }
    )


@command()
@options.study
@click.option("--out", default="config.json", show_default=True, help="File for the config.")
@click.option(
    "--allow-defaults",
    is_flag=True,
    help="Write production's defaults when no trial is COMPLETE yet.",
)
@options.as_json
def export(db: str, study_name: str, out: str, allow_defaults: bool, as_json: bool) -> None:
    """Write the best config of a study as JSON, without MLflow.

    It is read straight from the study's database, and has the bytes that `pull` would write.
    """
    record = load_record(db, study_name)
    best = best_trial(record)
    if best is None and not allow_defaults:
        raise StudyError(
            f"study {study_name}: must have a COMPLETE trial to export, got none among "
            f"{len(record.trials)}; tune on, or pass --allow-defaults"
        )
    # The bytes are those that the registry keeps for the same trial.
    bundle = build_bundle(record, best, None) if best else Bundle(dict(DEFAULTS), {}, {})
    write_file(out, config_text(bundle))
    if best is None:
        notice(f"study {study_name} has no COMPLETE trial: {out} holds production's defaults")
    shell = this_shell()
    if best is None:
        source, command = "the defaults, no trial", tune_command(shell, db, record)
    else:
        source, command = f"trial {best.number}", replay_command(shell, db, record, best)
    document = {"out": out, "study": study_name, "trial": best and best.number}
    lines = [f"{out}: {len(bundle.config)} keys, {source} of study {study_name}"]
    lines += [] if command is None else [f"next:\n  {command}"]
    print_result({**document, "config_sha256": bundle.config_sha256}, lines, as_json=as_json)


@command("copy-study")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@options.study_name
@click.option("--as", "new_name", default=None, help="Name of the copy.  [default: the same]")
@options.as_json
def copy_study(
    source: str, target: str, study_name: str, new_name: str | None, as_json: bool
) -> None:
    """Copy a study between databases, files and servers.

    FROM and TO are SQLite files, postgresql+psycopg:// addresses or env:NAME.

    Every trial is read back and compared before the copy gets its name. The study stays where it
    was; `delete-study --keep-runs` removes it there. MLflow's runs belong to both.
    """
    storages = parse_storage(source), parse_storage(target)
    name = new_name or study_name
    n_trials = copy.copy_study(*storages, study_name, name)
    names = {"from": str(storages[0]), "to": str(storages[1]), "study": study_name, "as": name}
    renamed = "" if name == study_name else f" as {name}"
    lines = [
        f"copied study {study_name}{renamed} to {storages[1]}: {n_trials} trials, all equal",
        f"next:\n  {of_study(this_shell(), 'leaderboard', storages[1], name)}",
    ]
    print_result({**names, "trials": n_trials}, lines, as_json=as_json)
