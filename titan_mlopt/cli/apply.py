"""``titan-mlopt apply``: a registered config into Titan's own database, and back out."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.registry import (
    alias_option,
    offline_option,
    version_option,
    wanted_version,
)
from titan_mlopt.cli.types import NUMBER
from titan_mlopt.errors import ConfigError, TrackingError
from titan_mlopt.production import TITANS_BACKTEST

if TYPE_CHECKING:
    from titan_mlopt.deployment import Step
    from titan_mlopt.production import Change, Release
    from titan_mlopt.titan_db import Titan
    from titan_mlopt.tracking.cache import Pulled, Wanted


@dataclass(frozen=True, slots=True)
class _Target:
    """The database, and what was said about writing to it. reason: None unless forced."""

    db: str
    timeout_s: float
    dry_run: bool
    create: bool
    reason: str | None
    as_json: bool


@click.command()
@options.name
@alias_option
@version_option
@click.option("--db", default="titan.db", show_default=True, help="Titan's own SQLite file.")
@options.switch("--dry-run", "Show what would change, and write nothing.")
@options.switch("--undo", "Put back what stood there before the last apply.")
@options.switch("--create", "Make the table kv in a database that has none.")
@options.switch("--force", "Do it although it is refused, for a --reason.")
@click.option("--reason", default="", help="Why it is forced; kept in the database.")
@click.option(
    "--backtest", default="", help=f"The target's backtest.  [default: {TITANS_BACKTEST}]"
)
@offline_option
@click.option(
    "--timeout", type=NUMBER, default=30, show_default=True, help="Seconds to wait for a lock."
)
@options.as_json
def apply(
    *,
    name: str,
    alias: str | None,
    version: str | None,
    backtest: str,
    undo: bool,
    force: bool,
    reason: str,
    offline: bool,
    timeout: float,
    **how: Any,
) -> None:
    """Write a registered config into Titan's table kv, in one transaction; or take it back out.

    What changes is shown first. Only the config's own keys are written, and what stood there before
    is kept for --undo, apply by apply. MLflow is found as by `pull`.
    """
    target = _Target(timeout_s=timeout, reason=_reason(force, reason), **how)
    if undo:
        not_meant = {"alias": alias, "version": version, "backtest": backtest, "offline": offline}
        _refuse_with_undo({**not_meant, "create": target.create})
        _undo(target)
    else:
        wanted = wanted_version(name, alias, version)
        _apply(wanted, target, backtest or TITANS_BACKTEST, offline)


def _reason(force: bool, reason: str) -> str | None:
    """Return why it is forced; None when it is not."""
    given = reason.strip()
    if force and not given:
        raise ConfigError('force: must come with a reason, got none; say --reason "…"')
    if given and not force:
        raise ConfigError("reason: must come with --force, got no --force; leave it out or add it")
    return given or None


def _refuse_with_undo(given: Mapping[str, object]) -> None:
    if extra := [name for name, value in given.items() if value]:
        raise ConfigError(
            f"undo: must stand without {', '.join(extra)}, got both; it takes back the last apply"
        )


def _apply(wanted: Wanted, target: _Target, backtest: str, offline: bool) -> None:
    from titan_mlopt.deployment import plan_apply
    from titan_mlopt.production import check_release
    from titan_mlopt.tracking.cache import describe_age, pull_config

    pulled = pull_config(wanted, offline=offline, on_notice=_notice)
    release = check_release(
        wanted.name, pulled.version, pulled.bundle, target=backtest, reason=target.reason
    )
    label = f"{wanted.name} version {pulled.version}"
    age = f" ({describe_age(pulled)})" if offline else ""
    head = f"{target.db}: {label}{age}, tuned on {release.backtest}"
    step = _carry_out(target, lambda titan: plan_apply(titan, release, int(time.time())), head)
    if not target.dry_run and step.after and step.in_force is not None:
        _tag(wanted, pulled, release, step.in_force.at, offline)
    if target.as_json:
        _print_json(target, step, release, pulled)
    elif not step.after:
        click.echo("in force already and unchanged; nothing was written")
    elif not target.dry_run:
        click.echo(f"{label} is in force; take it back with:\n  {_undo_command(target)}")


def _undo(target: _Target) -> None:
    from titan_mlopt.deployment import plan_undo

    head = f"{target.db}: back to before the last apply"
    plan = lambda titan: plan_undo(titan, int(time.time()), target.reason)  # noqa: E731 - as above
    step = _carry_out(target, plan, head)
    if target.as_json:
        _print_json(target, step)
    elif not target.dry_run and step.undone is not None:
        now = step.in_force
        then = f"{now.name} version {now.version} is in force" if now else "nothing is applied"
        click.echo(f"{step.undone.name} version {step.undone.version} is undone; {then}")


def _carry_out(target: _Target, plan: Callable[[Titan], Step], head: str) -> Step:
    """Plan, show, and unless it is a dry run write; the same open database serves all three."""
    from titan_mlopt.deployment import write_step
    from titan_mlopt.titan_db import open_titan

    with open_titan(
        target.db, timeout_s=target.timeout_s, create=target.create, read_only=target.dry_run
    ) as titan:
        step = plan(titan)
        if not target.as_json:
            click.echo("\n".join([head, *_diff(step)]))
        if not target.dry_run:
            write_step(titan, step)
    if target.dry_run and not target.as_json:
        click.echo("dry run: nothing was written")
    return step


def _diff(step: Step) -> Iterator[str]:
    """Yield a line for each key that changes, aligned, and how many stay."""
    cells = [(change.key, _shown(change.old), _shown(change.new)) for change in step.changes]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for key, old, new in cells:
        yield f"  {key:<{widths[0]}}  {old:>{widths[1]}} → {new}"
    yield f"{len(cells)} changed, {step.unchanged} unchanged"


def _shown(text: str | None) -> str:
    return "none" if text is None else text


def _undo_command(target: _Target) -> str:
    return shlex.join(["titan-mlopt", "apply", "--undo", "--db", target.db])


def _tag(wanted: Wanted, pulled: Pulled, release: Release, at: str, offline: bool) -> None:
    """Tag the version in the registry; the database has it already, so a failure is a notice."""
    from titan_mlopt.tracking.registry import tag_applied
    from titan_mlopt.tracking.store import mlflow_errors, open_client

    if offline:
        _notice(f"{wanted.name} version {pulled.version} gets no tag in the registry: offline")
        return
    try:
        with mlflow_errors(wanted.uri):
            client = open_client(wanted.uri, "write")
            reason = release.forced_reason
            tag_applied(client, wanted.name, pulled.version, at=at, forced_reason=reason)
    except TrackingError as error:
        _notice(f"{wanted.name} version {pulled.version} got no tag in the registry: {error}")


def _notice(text: str) -> None:
    click.echo(text, err=True)


def _print_json(
    target: _Target, step: Step, release: Release | None = None, pulled: Pulled | None = None
) -> None:
    in_force, undone = (
        {"name": told.name, "version": told.version, "config_sha256": told.config_sha256}
        if told
        else None
        for told in (step.in_force, step.undone)
    )
    document = {
        "db": target.db,
        "written": bool(step.after) and not target.dry_run,
        "in_force": in_force,
        "undone": undone,
        "changes": [_change(change) for change in step.changes],
        "unchanged": step.unchanged,
        "forced_reason": release.forced_reason if release else target.reason,
        "cached_s": pulled.cached_s if pulled else None,
    }
    click.echo(json.dumps(document, indent=2))


def _change(change: Change) -> dict[str, object]:
    """Return a change with values; a text that is no value of JSON's stays a text."""
    values: list[object] = []
    for text in (change.old, change.new):
        try:
            values.append(None if text is None else json.loads(text, parse_constant=str))
        except ValueError:
            values.append(text)
    return {"key": change.key, "old": values[0], "new": values[1]}
