"""``titan-mlopt apply``: a registered config into Titan's own database, and back out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import echo, notice, print_json
from titan_mlopt.cli.types import NUMBER
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.production.plan import Step, plan_apply, plan_undo, write_step
from titan_mlopt.production.release import TITANS_BACKTEST, Applied, check_release
from titan_mlopt.production.titan_db import Titan, open_titan

_IN_FORCE = "in force already and unchanged"


@command()
@options.name
@options.alias
@options.version
@click.option("--db", default="titan.db", show_default=True, help="Production's own SQLite file.")
@options.switch("--dry-run", "Show what would change, and write nothing.")
@options.switch("--undo", "Put back what stood there before the last apply.")
@options.switch("--create", "Make the table kv in a database that has none.")
@options.switch("--force", "Do it although it is refused, for a --reason.")
@click.option("--reason", default="", help="Why it is forced; kept in the database.")
@click.option(
    "--backtest",
    default="",
    help=f"The backtest that production runs.  [default: {TITANS_BACKTEST}]",
)
@options.offline
@click.option(
    "--timeout", type=NUMBER, default=30, show_default=True, help="Seconds to wait for a lock."
)
@options.as_json
def apply(**chosen: Any) -> None:
    """Write a registered config into a live database, or undo that.

    It goes into the table kv, in one transaction. What changes is shown first. Only the config's
    own keys are written, and what stood there before is kept for --undo, apply by apply. MLflow is
    found as by `pull`.
    """
    chosen["reason"] = _checked_reason(chosen["force"], chosen["reason"])
    if not chosen["undo"]:
        _apply(chosen)
        return
    not_with_undo = ("alias", "version", "backtest", "create")
    if extra := [f"--{name}" for name in not_with_undo if chosen[name]]:
        raise ConfigError(
            f"undo: must stand without {', '.join(extra)}, got both; it takes back the last apply"
        )
    _undo(chosen)


def _checked_reason(force: bool, reason: str) -> str | None:
    """Return why it is forced; None when it is not."""
    reason = reason.strip()
    if force and not reason:
        raise ConfigError('force: must come with a reason, got none; say --reason "…"')
    if reason and not force:
        raise ConfigError("reason: must come with --force, got no --force; leave it out or add it")
    return reason or None


def _apply(chosen: Mapping[str, Any]) -> None:
    # MLflow is imported only where the registry is asked: --undo may do without.
    from titan_mlopt.tracking.registry.pull import describe_age, pull_config, version_reference

    offline, dry_run = chosen["offline"], chosen["dry_run"]
    reference = version_reference(chosen["name"], chosen["alias"], chosen["version"])
    pulled = pull_config(reference, offline=offline, on_notice=notice)
    backtest = chosen["backtest"] or TITANS_BACKTEST
    release = check_release(
        reference.name, pulled.version, pulled.bundle, target=backtest, reason=chosen["reason"]
    )
    label = f"{reference.name} version {pulled.version}"
    age = f" ({describe_age(pulled)})" if offline else ""
    head = f"{chosen['db']}: {label}{age}, tuned on {release.backtest}"
    if (ensemble := pulled.bundle.ensemble) is not None:
        head += (
            f"\n{label} is an ensemble of {len(ensemble.trials)}; production does not vote: it "
            f"gets the config of the best member, trial {ensemble.trials[0]}"
        )
    now_s = time.time()
    step = _carry_out(chosen, lambda titan: plan_apply(titan, release, int(now_s)), head)
    # Also when nothing was to do: the process that applied it may have been killed before the tag.
    if not dry_run and (step.after or not offline):
        _tell_registry(chosen, step, now_s)
    if chosen["as_json"]:
        print_json(_document(chosen, step, release.forced_reason, pulled.cached_s))
    elif not step.after:
        echo(f"{_IN_FORCE}; nothing was written")
    elif not dry_run:
        echo(f"{label} is in force; take it back with:\n  {_undo_command(chosen['db'])}")


def _tell_registry(chosen: Mapping[str, Any], step: Step, now_s: float) -> None:
    """Tag the version that was applied, or undone, in the store in force."""
    from titan_mlopt.production.release_record import tell_registry

    options = {"offline": chosen["offline"], "reason": chosen["reason"]}
    tell_registry(step, chosen["db"], now_s, notice=notice, **options)


def _undo(chosen: Mapping[str, Any]) -> None:
    now_s = time.time()
    step = _carry_out(
        chosen,
        lambda titan: plan_undo(titan, int(now_s), chosen["reason"]),
        f"{chosen['db']}: back to before the last apply",
    )
    if chosen["as_json"]:
        print_json(_document(chosen, step, chosen["reason"], None))
    elif not chosen["dry_run"] and step.undone is not None:
        applied, state = step.in_force, "nothing is applied"
        if applied is not None:
            state = f"{applied.name} version {applied.version} is in force"
        echo(f"{step.undone.name} version {step.undone.version} is undone; {state}")
    if not chosen["dry_run"]:
        _tell_registry(chosen, step, now_s)


def _carry_out(chosen: Mapping[str, Any], plan: Callable[[Titan], Step], head: str) -> Step:
    """Plan, show, and unless it is a dry run write; the same open database serves all three."""
    dry_run, create = chosen["dry_run"], chosen["create"]
    with open_titan(
        chosen["db"], timeout_s=chosen["timeout"], create=create, read_only=dry_run
    ) as titan:
        step = plan(titan)
        if not chosen["as_json"]:
            echo("\n".join([head, *_change_lines(step)]))
        if not dry_run:
            write_step(titan, step)
    if dry_run and not chosen["as_json"]:
        echo("dry run: nothing was written")
    return step


def _change_lines(step: Step) -> list[str]:
    """Return a line for each key that changes, aligned, and how many stay."""
    rows = [
        (change.key, *("none" if text is None else text for text in (change.old, change.new)))
        for change in step.changes
    ]
    key_width, old_width = (max((len(row[i]) for row in rows), default=0) for i in (0, 1))
    lines = [f"  {key:<{key_width}}  {old:>{old_width}} → {new}" for key, old, new in rows]
    return [*lines, f"{len(rows)} changed, {step.unchanged} unchanged"]


def _undo_command(db: str) -> str:
    from titan_mlopt.report.commands import this_shell

    shell = this_shell()
    return shell.line("apply", "--undo", "--db", shell.path(db))


def _document(
    chosen: Mapping[str, Any], step: Step, forced_reason: str | None, cached_s: float | None
) -> dict[str, object]:
    return {
        "db": chosen["db"],
        "written": bool(step.after) and not chosen["dry_run"],
        "in_force": _version(step.in_force),
        "undone": _version(step.undone),
        "changes": [
            {"key": change.key, "old": _value(change.old), "new": _value(change.new)}
            for change in step.changes
        ],
        "unchanged": step.unchanged,
        "forced_reason": forced_reason,
        "cached_s": cached_s,
        "not_due": None if step.after else _IN_FORCE,
    }


def _version(applied: Applied | None) -> dict[str, str] | None:
    names = ("name", "version", "config_sha256")
    return None if applied is None else {name: getattr(applied, name) for name in names}


def _value(text: str | None) -> object:
    """Return the value of a JSON text; a text that is no JSON stays a text."""
    try:
        return None if text is None else parse_json(text)
    except ValueError:
        return text
