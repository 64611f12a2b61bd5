"""``titan-mlopt promote``: a version becomes the champion when the gate says so, or by force."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from titan_mlopt.cli import backtest_options as of_backtest
from titan_mlopt.cli import options
from titan_mlopt.cli.verdict import candles, exit_by, gate, named, open_court
from titan_mlopt.errors import ConfigError

if TYPE_CHECKING:
    from titan_mlopt.promotion import Promotion


@click.command()
@click.argument("version")
@options.name
@options.db
@candles
@of_backtest.backtest
@of_backtest.backtest_path
@gate
@options.switch("--force", help="Make it the champion without asking the gate; needs --reason.")
@click.option("--reason", default="", help="Why; kept for ever with the version and the move.")
@options.as_json
def promote(
    version: str,
    name: str,
    db: str,
    candles: str | None,
    backtest: str,
    backtest_path: str,
    gate: str,
    force: bool,
    reason: str,
    as_json: bool,
) -> None:
    """Point the alias champion at VERSION, the config that production pulls, if it earned it.

    The gate judges it on the sealed hold-out of its study, which is counted, against the champion
    or, without one, the coin and simple rules (docs/verdicts.md). Exit code 0: it is the champion;
    3: the gate said KEEP CHAMPION or CANNOT TELL, and nothing was moved.
    """
    if reason.strip() and not force:
        raise ConfigError(
            "reason: must go with --force, got it alone; a promotion by the gate has its own reason"
        )
    if force and not reason.strip():
        raise ConfigError("force: must have a --reason, got none; say why the gate is not asked")
    court = open_court(db, name, candles, named(backtest, backtest_path), gate)
    done = court.force(version, reason.strip()) if force else court.promote(version)
    click.echo(json.dumps(promotion_document(done), indent=2) if as_json else promotion_text(done))
    if done.judgement is not None and not done.moved:
        exit_by(done.judgement)


def promotion_text(done: Promotion) -> str:
    """Return what the gate said, who the champion is, and what to do next."""
    from titan_mlopt.report.judgement_words import headline

    lines = [headline(done.judgement)] if done.judgement else ["by force: the gate was not asked"]
    if not done.moved:
        stays = f"stays version {done.was}" if done.was else "there is none still"
        again = ["titan-mlopt", "promote", done.version, *_named(done.name)]
        again += ["--force", "--reason", "…"]
        lines += [f"champion of {done.name}: {stays}", "next, if you know better:"]
        return "\n".join([*lines, f"  {shlex.join(again)}"])
    return "\n".join([*lines, champion_text(done.name, done.version, done.was)])


def champion_text(name: str, version: str, before: str | None) -> str:
    """Return which version is the champion now, and the command that fetches it."""
    was = f" (was version {before})" if before not in (None, version) else ""
    then = ["titan-mlopt", "pull", "--name", name, "--alias", "champion", "--out", "config.json"]
    return f"champion of {name} is version {version}{was}\nnext:\n  {shlex.join(then)}"


def _named(name: str) -> list[str]:
    return [] if name == "titan-config" else ["--name", name]


def promotion_document(done: Promotion) -> dict[str, Any]:
    """Return the same for scripts: the champion now, the one before, and the decision."""
    return {
        "name": done.name,
        "champion": done.version if done.moved else done.was,
        "was": done.was,
        "moved": done.moved,
        "forced": done.judgement is None,
        "judgement": asdict(done.judgement) if done.judgement else None,
    }
