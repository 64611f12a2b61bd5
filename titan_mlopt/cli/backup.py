"""``titan-mlopt backup`` and ``restore``: a copy of the database, and the way back."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from titan_mlopt.cli import options


@click.command()
@options.db
@click.option(
    "--to",
    default=None,
    help="File for the copy.  [default: the database's name with the time and .backup]",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@options.as_json
def backup(db: str, to: str | None, force: bool, as_json: bool) -> None:
    """Copy Titan's database, studies and all, while it is in use; the copy is checked."""
    from titan_mlopt.study.backup import default_name, save_backup

    target = Path(to) if to else default_name(Path(db), time.time())
    save_backup(db, target, force=force)
    size = target.stat().st_size
    if as_json:
        click.echo(json.dumps({"db": db, "backup": str(target), "bytes": size}, indent=2))
    else:
        click.echo(f"{target}: {size:,} bytes, checked")


@click.command()
@options.db
@click.option(
    "--from",
    "source",
    default=None,
    help="The copy.  [default: the newest sound one beside the database]",
)
@options.as_json
def restore(db: str, source: str | None, as_json: bool) -> None:
    """Put a backup in the place of the database, which is kept under another name.

    Everything in the file goes back to the time of the backup, Titan's own tables too.
    """
    from titan_mlopt.errors import StudyError
    from titan_mlopt.study.backup import find_sound_backup, restore_backup

    copy = Path(source) if source else find_sound_backup(Path(db))
    if copy is None:
        raise StudyError(
            f"{db}: must have a sound backup beside it, got none; name one with --from"
        )
    aside = restore_backup(Path(db), copy)
    if as_json:
        kept = None if aside is None else str(aside)
        click.echo(json.dumps({"db": db, "backup": str(copy), "kept": kept}, indent=2))
    else:
        click.echo(
            f"{db}: restored from {copy}" + (f"; what was there is {aside}" if aside else "")
        )
