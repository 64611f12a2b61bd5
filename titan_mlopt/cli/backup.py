"""``titan-mlopt backup`` and ``restore``: a copy of the database, and the way back."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from titan_mlopt.cli import options
from titan_mlopt.errors import ConfigError
from titan_mlopt.place import Server


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

    file = _file(db)
    target = Path(to) if to else default_name(file, time.time())
    save_backup(file, target, force=force)
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

    file = _file(db)
    copy = Path(source) if source else find_sound_backup(file)
    if copy is None:
        raise StudyError(
            f"{db}: must have a sound backup beside it, got none; name one with --from"
        )
    aside = restore_backup(file, copy)
    if as_json:
        kept = None if aside is None else str(aside)
        click.echo(json.dumps({"db": db, "backup": str(copy), "kept": kept}, indent=2))
    else:
        click.echo(
            f"{db}: restored from {copy}" + (f"; what was there is {aside}" if aside else "")
        )


def _file(db: str) -> Path:
    """Return the database's file; ``ConfigError`` for that of a server."""
    if isinstance(db, Server):
        raise ConfigError(
            f"storage: must be a SQLite file for a backup, got {db}; back up a server's database "
            "with pg_dump, or copy a study into a file with `titan-mlopt copy-study`"
        )
    return Path(db)
