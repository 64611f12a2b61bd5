"""The ledger of looks at sealed bars: a table of its own, so that no deleted study takes it away.

Rows are added and never changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from optuna.storages import RDBStorage
from sqlalchemy.dialects import postgresql, sqlite

from titan_mlopt.analysis.looks import openings_as_looks
from titan_mlopt.core.look import Look, look_text, parse_look
from titan_mlopt.core.study import StudyRecord

TABLE = "titan_mlopt_looks"
# The same table for a database that SQLAlchemy does not have open.
_CREATE = (
    "CREATE TABLE IF NOT EXISTS titan_mlopt_looks "
    "(id VARCHAR(16) NOT NULL, look TEXT NOT NULL, PRIMARY KEY (id))"
)
_TIMEOUT_S = 60.0
# Id of the row that a transaction locks; it holds no look.
_LOCK = ""

_looks = sa.Table(
    TABLE,
    sa.MetaData(),
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("look", sa.Text, nullable=False),
)


def create_looks_table(storage: RDBStorage) -> None:
    """Create the table of looks if needed."""
    _looks.create(storage.engine, checkfirst=True)


def read_looks(storage: RDBStorage) -> list[Look]:
    """Return every look in the table; rows that hold none are left out."""
    with storage.engine.connect() as connection:
        return _read(connection)


def append_look(
    storage: RDBStorage, look: Look, number_of: Callable[[list[Look], Look], int]
) -> Look:
    """Number a look and add it to the table, in one transaction, so that no concurrent one is lost.

    Args:
        storage: The storage.
        look: The look.
        number_of: Returns its number, from the looks in the table and the look.

    Returns:
        The look as it was added.
    """
    insert = _insert(storage)
    with storage.engine.begin() as connection:
        # SQLite locks the database here, even if nothing is inserted; PostgreSQL the row below.
        connection.execute(insert.values(id=_LOCK, look="").on_conflict_do_nothing())
        connection.execute(sa.select(_looks.c.id).where(_looks.c.id == _LOCK).with_for_update())
        numbered = replace(look, number=number_of(_read(connection), look))
        row = {"id": numbered.id, "look": look_text(numbered)}
        connection.execute(insert.values(row).on_conflict_do_nothing())
    return numbered


def add_looks(storage: RDBStorage, looks: Iterable[Look]) -> None:
    """Add looks that have their numbers; those that are there already change nothing."""
    rows = [{"id": look.id, "look": look_text(look)} for look in looks]
    if rows:
        with storage.engine.begin() as connection:
            connection.execute(_insert(storage).on_conflict_do_nothing(), rows)


def keep_openings(storage: RDBStorage, record: StudyRecord) -> None:
    """Add the openings of a study that is about to be deleted, as far as no look tells of them."""
    known = {look.judged for look in read_looks(storage)}
    add_looks(storage, [look for look in openings_as_looks(record) if look.judged not in known])


def keep_looks(replaced: Path, restored: Path) -> None:
    """Add the looks of a database to the one that takes its place; those of a damaged one are lost.

    Args:
        replaced: The database.
        restored: A copy that nobody else has open.

    Raises:
        sqlite3.Error: One of them cannot be used for another reason than damage.
    """
    uri = f"{replaced.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_TIMEOUT_S)) as connection:
            rows = connection.execute("SELECT id, look FROM titan_mlopt_looks").fetchall()
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise  # a lock or a disk, say
        return  # damaged, or without the table
    with closing(sqlite3.connect(restored)) as connection, connection:
        connection.execute(_CREATE)
        connection.executemany("INSERT OR IGNORE INTO titan_mlopt_looks VALUES (?, ?)", rows)


def _insert(storage: RDBStorage) -> postgresql.Insert | sqlite.Insert:
    is_server = storage.engine.dialect.name == "postgresql"
    return (postgresql.insert if is_server else sqlite.insert)(_looks)


def _read(connection: sa.Connection) -> list[Look]:
    looks = list[Look]()
    for text in connection.execute(sa.select(_looks.c.look).where(_looks.c.id != _LOCK)).scalars():
        try:
            looks.append(parse_look(text))
        except ValueError:
            continue  # of another program, or of a later version of this one
    return looks
