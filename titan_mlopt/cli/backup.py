"""``titan-mlopt backup`` and ``restore``: a copy of the database, and the way back."""

from __future__ import annotations

import time
from pathlib import Path

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.storage_url import ServerUrl
from titan_mlopt.study.storage.backup import (
    default_name,
    find_sound_backup,
    restore_backup,
    save_backup,
)


@command()
@options.db
@click.option(
    "--to",
    default=None,
    help="File for the copy.  [default: the database's name with the time and .backup]",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@options.as_json
def backup(db: str, to: str | None, force: bool, as_json: bool) -> None:
    """Copy a database while it is in use, and check the copy.

    It has everything in the file, studies and the tables of other programs.
    """
    file = _file(db)
    target = Path(to) if to else default_name(file, time.time())
    save_backup(file, target, force=force)
    size = target.stat().st_size
    document = {"db": db, "backup": str(target), "bytes": size}
    print_result(document, [f"{target}: {size:,} bytes, checked"], as_json=as_json)


@command()
@options.db
@click.option(
    "--from",
    "source",
    default=None,
    help="The copy.  [default: the newest sound one beside the database]",
)
@options.as_json
def restore(db: str, source: str | None, as_json: bool) -> None:
    """Put a backup in the place of the database, which is kept.

    The database is kept under another name. Everything in the file goes back to the time of the
    backup, the tables of other programs too.
    """
    file = _file(db)
    copy = Path(source) if source else find_sound_backup(file)
    if copy is None:
        raise StudyError(
            f"{db}: must have a sound backup beside it, got none; name one with --from"
        )
    aside = restore_backup(file, copy)
    document = {"db": db, "backup": str(copy), "kept": aside and str(aside)}
    suffix = f"; what was there is {aside}" if aside else ""
    print_result(document, [f"{db}: restored from {copy}{suffix}"], as_json=as_json)


def _file(db: str) -> Path:
    """Return the database's file; ``ConfigError`` for that of a server."""
    if isinstance(db, ServerUrl):
        raise ConfigError(
            f"storage: must be a SQLite file for a backup, got {db}; back up a server's database "
            "with pg_dump, or copy a study into a file with `titan-mlopt copy-study`"
        )
    return Path(db)
